"""What a template says is put into a sandbox once, as its user, whatever happens in between; and then it is its owner's."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.kit.errors import FieldErrors
from commands.sandbox.role import user_role
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import CreateArguments, SandboxEffects
from playground.cluster import ClusterDouble
from storage.db import Database
from storage.sandboxes import SandboxRow, SandboxState
from tests.commands.sandbox.stage import PATIENCE, Stage, service_of, staged
from tests.conftest import FakeClock

MINE = {
    "template.yaml": "summary: Mine\nparameters:\n  size: {type: size, default: 1Gi}\n",
    "config.yaml.j2": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\ndata: {size: {{ size }}}\n",
    "volume.yaml.j2": (
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: mine}\n"
        "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: {{ size }}}}}\n"
    ),
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a template of the platform's own, `mine`."""
    folder = tmp_path / "templates"
    (folder / "mine").mkdir(parents=True)
    for name, content in MINE.items():
        (folder / "mine" / name).write_text(content)
    return folder


@pytest.fixture
async def stage(database: Database, clock: FakeClock, tmp_path: Path, own: Path) -> AsyncIterator[Stage]:
    settings = SandboxSettings(grace="none", templates=own, domain="example.com")
    async with staged(database, clock, tmp_path, settings) as stage:
        stage.double.put(user_role())
        yield stage


def kinds(double: ClusterDouble, namespace: str) -> set[str]:
    """Of what came from a template."""
    return {
        str(each["kind"])
        for each in double.contents(namespace)
        if "platform-bot.io/template" in (each["metadata"].get("labels") or {})
    }


def password(double: ClusterDouble, namespace: str, name: str = "postgres") -> str:
    secret = double.object("Secret", name, namespace)
    assert secret is not None
    return base64.b64decode(secret["data"]["password"]).decode()


async def refused(stage: Stage, row: SandboxRow) -> str:
    """Why it could not be set up."""
    await stage.settle()
    now = await stage.row(row.id)
    assert now.state == SandboxState.FAILED
    assert not now.furnished
    return now.problem or ""


async def test_a_sandbox_that_is_ready_has_what_its_template_says(stage: Stage) -> None:
    row = await stage.standing(template="web", parameters={"replicas": "2", "image": "registry.example.com/shop:7"})
    assert row.furnished
    assert kinds(stage.double, row.namespace) == {"Deployment", "Service", "Ingress"}
    web = stage.double.object("Deployment", "web", row.namespace)
    assert web is not None
    assert web["spec"]["replicas"] == 2
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example.com/shop:7"
    assert web["metadata"]["labels"]["platform-bot.io/template"] == "web"
    ingress = stage.double.object("Ingress", "web", row.namespace)
    assert ingress is not None
    assert ingress["spec"]["rules"][0]["host"] == f"{row.namespace}.example.com"


@pytest.mark.parametrize("template", ["empty", "postgres", "redis", "web", "mine"])
async def test_every_template_fits_into_a_small_sandbox(stage: Stage, template: str) -> None:
    row = await stage.standing(template=template)
    assert row.furnished
    assert bool(kinds(stage.double, row.namespace)) is (template != "empty")


async def test_the_empty_one_asks_the_cluster_for_nothing_more(stage: Stage) -> None:
    await stage.standing()
    assert not [line for line in stage.requests if line.endswith("/token")]


async def test_it_is_made_by_the_sandboxes_user_and_not_by_the_bot(stage: Stage) -> None:
    row = await stage.standing(template="web")
    assert [line for line in stage.requests if line.endswith(f"/{row.namespace}/serviceaccounts/sandbox-user/token")]
    stage.double.edit("ClusterRole", "platform-bot-sandbox-user", {"rules": []})
    problem = await refused(stage, await stage.create("other", template="web"))
    assert problem.startswith("The cluster refuses Service web of the template web: ")
    assert "sandbox-user" in problem


async def test_once_made_it_is_its_owners(stage: Stage) -> None:
    row = await stage.standing(template="web")
    stage.double.edit("Deployment", "web", {"spec": {"replicas": 0}}, row.namespace)
    made = len([line for line in stage.requests if line.startswith("POST")])
    for _ in range(3):
        await stage.change(row.id, look_at=stage.clock.now())
        await stage.settle()
    web = stage.double.object("Deployment", "web", row.namespace)
    assert web is not None
    assert web["spec"]["replicas"] == 0
    assert len([line for line in stage.requests if line.startswith("POST")]) == made


async def test_what_its_owner_has_made_already_is_not_overwritten(stage: Stage) -> None:
    row = await stage.standing()
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": row.namespace}}
    stage.double.put({**service, "spec": {"ports": [{"port": 1234}]}})
    await stage.change(row.id, template="web", furnished=False, look_at=stage.clock.now())
    await stage.settle()
    assert (await stage.row(row.id)).furnished
    found = stage.double.object("Service", "web", row.namespace)
    assert found is not None
    assert [port["port"] for port in found["spec"]["ports"]] == [1234]
    assert kinds(stage.double, row.namespace) == {"Deployment", "Ingress"}


async def test_an_outage_in_the_middle_is_gone_on_from_with_the_same_secret(stage: Stage) -> None:
    stage.double.faults.failing["create statefulsets"] = 503
    row = await stage.create(template="postgres")
    for _ in range(3):
        await stage.service.reconciler.round()
        stage.clock.advance(60)
        await asyncio.sleep(0.05)
    now = await stage.row(row.id)
    assert not now.furnished
    assert now.state == SandboxState.PROVISIONING
    before = password(stage.double, now.namespace)
    stage.double.faults.clear()
    await stage.change(row.id, look_at=stage.clock.now())
    await stage.settle()
    now = await stage.row(row.id)
    assert now.state == SandboxState.READY
    assert kinds(stage.double, now.namespace) >= {"Secret", "Service", "StatefulSet"}
    assert password(stage.double, now.namespace) == before


async def test_a_process_that_dies_in_the_middle_leaves_it_to_the_next(stage: Stage, database: Database) -> None:
    row = await stage.create(template="postgres")
    held = stage.double.faults.holds.hold("create services", "done")  # the bot never hears that it was made
    working = asyncio.create_task(stage.settle())
    async with asyncio.timeout(PATIENCE):
        await held.reached()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    stage.double.faults.clear()
    assert kinds(stage.double, row.namespace) == {"Secret", "Service"}
    before = password(stage.double, row.namespace)
    stage.clock.advance(60)  # its claim has run out
    stage.service = service_of(database, stage.clock, stage.cluster, stage.service.settings)
    await stage.settle()
    assert (await stage.row(row.id)).state == SandboxState.READY
    assert kinds(stage.double, row.namespace) >= {"Secret", "Service", "StatefulSet"}
    assert password(stage.double, row.namespace) == before


async def test_what_the_quota_has_no_room_for_is_said_and_works_once_there_is(stage: Stage) -> None:
    row = await stage.create(template="mine", parameters={"size": "9Gi"})
    other = await stage.create("other", template="mine", parameters={"size": "500Gi"})
    await stage.settle()
    assert (await stage.row(row.id)).state == SandboxState.READY
    problem = await refused(stage, other)
    assert problem.startswith("The cluster refuses PersistentVolumeClaim mine of the template mine: ")
    await stage.change(other.id, parameters={"size": "1Gi"}, look_at=stage.clock.now())
    await stage.settle()
    assert (await stage.row(other.id)).state == SandboxState.READY


async def test_a_sandbox_that_sleeps_is_furnished_when_it_wakes(stage: Stage) -> None:
    row = await stage.create(template="web")
    await stage.change(row.id, asleep=True, asleep_why="asked")
    await stage.settle()
    now = await stage.row(row.id)
    assert now.state == SandboxState.SLEEPING
    assert not now.furnished
    assert kinds(stage.double, now.namespace) == set()
    await stage.change(row.id, asleep=False, asleep_why=None, look_at=stage.clock.now())
    await stage.settle()
    assert kinds(stage.double, now.namespace) == {"Deployment", "Service", "Ingress"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"template": "gone"}, "The template gone does not work: template must be empty, mine, postgres, redis or web"),
        ({"template": "web", "parameters": {"colour": "red"}}, "parameters.colour is no parameter of the template web"),
    ],
)
async def test_a_template_that_changed_since_says_what_is_wrong(
    stage: Stage, changes: dict[str, Any], problem: str
) -> None:
    row = await stage.create()
    await stage.change(row.id, **changes)
    assert problem in await refused(stage, row)


# --- asking for it --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "errors"),
    [
        ({"template": "wbe"}, {"template": "must be empty, mine, postgres, redis or web; did you mean web?"}),
        ({"template": "web", "parameters": {"replicas": "9"}}, {"parameters.replicas": "must be at most 5"}),
        ({"parameters": {"image": "x"}}, {"parameters.image": "is no parameter of the template empty: it takes none"}),
        (
            {"template": "postgres", "parameters": {"password": "x"}},
            {"parameters.password": "is made for you and cannot be given"},
        ),
    ],
)
async def test_what_does_not_fit_is_said_at_its_field_before_anything_is_recorded(
    stage: Stage, arguments: dict[str, Any], errors: dict[str, str]
) -> None:
    for asking in (stage.service.creating.check, stage.service.creating.create):
        with pytest.raises(FieldErrors) as caught:
            await asking(stage.call(), CreateArguments(name="shop", **arguments))
        assert caught.value.errors == errors
    assert await stage.rows() == []


async def test_the_plan_names_what_is_put_into_it_and_rules_can_look_at_the_template(stage: Stage) -> None:
    plan = await stage.service.creating.plan(stage.call(), CreateArguments(name="shop", template="web"))
    assert "Puts into it, from the template web: Service web, Deployment web and Ingress web" in plan.lines
    assert isinstance(plan.effects, SandboxEffects)
    assert plan.effects.template == "web"
    plain = await stage.service.creating.plan(stage.call(), CreateArguments(name="shop"))
    assert not [line for line in plain.lines if "template" in line]


async def test_only_what_was_given_is_kept_and_no_generated_secret(stage: Stage) -> None:
    row = await stage.standing(template="postgres", parameters={"storage": "2Gi"})
    assert row.parameters == {"storage": "2Gi"}
    made = password(stage.double, row.namespace)
    assert made not in str(row)
    assert not [entry for entry in await stage.trail() if made in str(entry)]
