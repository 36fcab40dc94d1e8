"""The way into a sandbox: as its user and with no right of the bot's, by tokens that end."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.kit.errors import Unavailable
from commands.sandbox.inside import Inside, Room
from commands.sandbox.objects import GUARD_NAME, USER_ACCOUNT, sandbox_objects
from integrations.kubernetes import Cluster, ForbiddenInCluster, NotFoundInCluster, reference_of
from playground.cluster import ClusterDouble
from tests.commands.sandbox.test_objects import plan
from tests.conftest import FakeClock

ROLE = Path(__file__).parents[3] / "deploy" / "base" / "sandbox-role.yaml"
CONFIG_MAP = reference_of("v1", "ConfigMap")
QUOTA = reference_of("v1", "ResourceQuota")
NAMESPACE = reference_of("v1", "Namespace")


@pytest.fixture
async def double(clock: FakeClock) -> AsyncIterator[ClusterDouble]:
    async with ClusterDouble(clock=clock) as running:
        running.put(yaml.safe_load(ROLE.read_text()))
        yield running


@pytest.fixture
async def cluster(double: ClusterDouble, tmp_path: Path) -> AsyncIterator[Cluster]:
    async with Cluster(kubeconfig=str(double.write_kubeconfig(tmp_path / "config"))) as client:
        yield client


@pytest.fixture
def inside(clock: FakeClock, cluster: Cluster) -> Inside:
    return Inside(clock, cluster)


async def stand(cluster: Cluster, name: str = "one") -> tuple[str, str]:
    """A sandbox's namespace, and its uid."""
    wanted = replace(plan(), namespace=f"sbx-{name}", sandbox_id=name)
    for manifest in sandbox_objects(wanted):
        await cluster.apply(manifest)
    live = await cluster.get(NAMESPACE, wanted.namespace)
    assert live is not None
    return wanted.namespace, live["metadata"]["uid"]


def config_map(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}}


def mints(double: ClusterDouble) -> list[str]:
    asked: list[str] = []
    double.on_request(lambda line: asked.append(line) if line.endswith("/token") else None)
    return asked


async def test_it_does_what_the_user_may_and_the_walls_hold(cluster: Cluster, inside: Inside) -> None:
    room = inside.of(*await stand(cluster))
    await room.create(config_map("mine"))
    assert [each["metadata"]["name"] for each in await room.list(CONFIG_MAP)] == ["kube-root-ca.crt", "mine"]
    await room.merge_patch(CONFIG_MAP, "mine", {"data": {"a": "2"}})
    found = await room.get(CONFIG_MAP, "mine")
    assert found is not None
    assert found["data"] == {"a": "2"}
    assert (await room.apply(config_map("applied")))["metadata"]["namespace"] == "sbx-one"
    assert await room.delete(CONFIG_MAP, "mine")
    assert await room.get(QUOTA, GUARD_NAME) is not None
    with pytest.raises(ForbiddenInCluster):
        await room.merge_patch(QUOTA, GUARD_NAME, {"spec": {"hard": {"pods": "100"}}})
    other = Room(inside, (await stand(cluster, "two"))[0], (await cluster_uid(cluster, "sbx-one")))
    with pytest.raises(ForbiddenInCluster):  # the token of one is no key to the other
        await other.list(CONFIG_MAP)


async def cluster_uid(cluster: Cluster, namespace: str) -> str:
    live = await cluster.get(NAMESPACE, namespace)
    assert live is not None
    return str(live["metadata"]["uid"])


async def test_nothing_is_put_into_another_namespace(cluster: Cluster, inside: Inside) -> None:
    room = inside.of(*await stand(cluster))
    with pytest.raises(ValueError, match="not of sbx-one"):
        await room.create({**config_map("x"), "metadata": {"name": "x", "namespace": "default"}})


async def test_one_token_serves_until_it_is_about_to_end(
    clock: FakeClock, double: ClusterDouble, cluster: Cluster, inside: Inside
) -> None:
    asked, room = mints(double), inside.of(*await stand(cluster))
    for _time in range(3):
        await room.list(CONFIG_MAP)
    assert len(asked) == 1
    clock.advance(timedelta(minutes=7))
    await room.list(CONFIG_MAP)
    assert len(asked) == 1
    clock.advance(timedelta(minutes=1, seconds=1))  # 119 seconds are left of it
    await room.list(CONFIG_MAP)
    assert len(asked) == 2


async def test_a_token_that_is_refused_is_minted_anew_once(
    double: ClusterDouble, cluster: Cluster, inside: Inside
) -> None:
    namespace, uid = await stand(cluster)
    asked, room = mints(double), inside.of(namespace, uid)
    await room.list(CONFIG_MAP)
    # Somebody made the account anew: what was minted for the one before is refused.
    double.delete("ServiceAccount", USER_ACCOUNT, namespace)
    for manifest in sandbox_objects(replace(plan(), namespace=namespace, sandbox_id="one")):
        await cluster.apply(manifest)
    await room.list(CONFIG_MAP)
    assert len(asked) == 2


async def test_a_sandbox_without_its_user_has_no_way_in(
    double: ClusterDouble, cluster: Cluster, inside: Inside
) -> None:
    namespace, uid = await stand(cluster)
    double.delete("ServiceAccount", USER_ACCOUNT, namespace)
    with pytest.raises(NotFoundInCluster):
        await inside.of(namespace, uid).list(CONFIG_MAP)


async def test_a_cluster_that_is_down_is_unavailable_and_nothing_is_kept_of_it(
    double: ClusterDouble, cluster: Cluster, inside: Inside
) -> None:
    room = inside.of(*await stand(cluster))
    double.faults.down = "unavailable"
    with pytest.raises(Unavailable):
        await room.list(CONFIG_MAP)
    double.faults.clear()
    assert await room.list(CONFIG_MAP)


async def test_no_more_tokens_are_kept_than_a_bound(cluster: Cluster, inside: Inside, double: ClusterDouble) -> None:
    namespace, _uid = await stand(cluster)
    asked = mints(double)
    for number in range(501):
        await inside.user(namespace, f"uid-{number}")
    assert len(asked) == 501
    await inside.user(namespace, "uid-500")
    assert len(asked) == 501
    await inside.user(namespace, "uid-0")
    assert len(asked) == 502
    assert len(inside._kept) == 500
