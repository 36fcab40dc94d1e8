"""The sweep: one pass of list calls finds what differs, hands it to the reconciler and leaves the rest in peace."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commands.sandbox.objects import GUARD_NAME, ID_LABEL, MANAGED_BY_LABEL
from commands.sandbox.reconcile.sweep import Swept
from commands.sandbox.settings import SandboxSettings
from storage.db import Database
from storage.sandboxes import SandboxRow, SandboxState
from tests.commands.sandbox.stage import PATIENCE, Stage, service_of, staged
from tests.conftest import FakeClock

_RBAC = "rbac.authorization.k8s.io"


async def swept(stage: Stage) -> Swept:
    found = await stage.service.sweep.run()
    assert found is not None
    return found


async def healed(stage: Stage) -> list[str]:
    """What the reconciler put back after a sweep, by the trail."""
    await stage.settle()
    return [row.note for row in await stage.trail("sandbox.guard_healed")]


def guards(stage: Stage, row: SandboxRow) -> dict[str, Any]:
    kinds = ("ResourceQuota", "LimitRange", "NetworkPolicy", "RoleBinding", "ServiceAccount")
    return {
        f"{each['kind']}/{each['metadata']['name']}": {
            key: value for key, value in each.items() if key in {"spec", "subjects", "roleRef"}
        }
        | {"labels": each["metadata"]["labels"]}
        for each in stage.double.contents(row.namespace)
        if each["kind"] in kinds
    }


async def test_a_pass_over_what_is_as_it_should_be_writes_nothing_and_asks_page_by_page(stage: Stage) -> None:
    rows = [await stage.standing(f"s{number}", f"U{number}") for number in range(3)]
    stage.requests.clear()
    before = [await stage.row(row.id) for row in rows]
    found = await swept(stage)
    assert (found.sandboxes, found.suspected, found.handed, found.gone) == (3, 0, (), 0)
    assert found.listed == 3 * 10
    assert len(stage.requests) == 6  # a page for each kind, however many sandboxes
    assert {request.split()[0] for request in stage.requests} == {"GET"}
    assert [await stage.row(row.id) for row in rows] == before


def _quota(stage: Stage, row: SandboxRow) -> None:
    stage.double.edit("ResourceQuota", GUARD_NAME, {"spec": {"hard": {"pods": "500"}}}, row.namespace)


def _limits(stage: Stage, row: SandboxRow) -> None:
    stage.double.edit("LimitRange", GUARD_NAME, {"spec": {"limits": []}}, row.namespace)


def _way_in(stage: Stage, row: SandboxRow) -> None:
    stage.double.edit("NetworkPolicy", "default-deny", {"spec": {"ingress": [{}]}}, row.namespace)


def _selector(stage: Stage, row: SandboxRow) -> None:
    everywhere: dict[str, Any] = {"podSelector": {}, "namespaceSelector": {}}
    spec = {"spec": {"ingress": [{"from": [everywhere]}]}}
    stage.double.edit("NetworkPolicy", "allow-same-namespace", spec, row.namespace)


def _no_policy(stage: Stage, row: SandboxRow) -> None:
    stage.double.delete("NetworkPolicy", "default-deny", row.namespace)


def _internet(stage: Stage, row: SandboxRow) -> None:
    labels = {MANAGED_BY_LABEL: "platform-bot", ID_LABEL: row.id}
    metadata = {"name": "allow-internet", "namespace": row.namespace, "labels": labels}
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}
    stage.double.put(
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    )


def _subject(stage: Stage, row: SandboxRow) -> None:
    mallory = {"apiGroup": _RBAC, "kind": "User", "name": "mallory"}
    stage.double.edit("RoleBinding", GUARD_NAME, {"subjects": [mallory]}, row.namespace)


def _another_role(stage: Stage, row: SandboxRow) -> None:
    """As `kubectl replace --force` does it: a binding cannot be changed to another role."""
    stage.double.delete("RoleBinding", GUARD_NAME, row.namespace)
    labels = {MANAGED_BY_LABEL: "platform-bot", ID_LABEL: row.id}
    stage.double.put(
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": GUARD_NAME, "namespace": row.namespace, "labels": labels},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": "mallory"}],
        }
    )


def _unlabelled(stage: Stage, row: SandboxRow) -> None:
    stage.double.edit("ResourceQuota", GUARD_NAME, {"metadata": {"labels": {MANAGED_BY_LABEL: None}}}, row.namespace)


def _pod_security(stage: Stage, row: SandboxRow) -> None:
    label = {"pod-security.kubernetes.io/enforce": "privileged"}
    stage.double.edit("Namespace", row.namespace, {"metadata": {"labels": label}})


@pytest.mark.parametrize(
    ("somebody", "guard"),
    [
        (_quota, f"ResourceQuota/{GUARD_NAME}"),
        (_limits, f"LimitRange/{GUARD_NAME}"),
        (_way_in, "NetworkPolicy/default-deny"),
        (_selector, "NetworkPolicy/allow-same-namespace"),
        (_no_policy, "NetworkPolicy/default-deny"),
        (_internet, "NetworkPolicy/allow-internet"),
        (_subject, f"RoleBinding/{GUARD_NAME}"),
        (_another_role, f"RoleBinding/{GUARD_NAME}"),
        (_unlabelled, f"ResourceQuota/{GUARD_NAME}"),
    ],
)
async def test_a_wall_that_somebody_took_down_stands_again_and_the_trail_says_so(
    stage: Stage, somebody: Any, guard: str
) -> None:
    row = await stage.standing()
    before = guards(stage, row)
    somebody(stage, row)
    assert guards(stage, row) != before
    assert (await swept(stage)).handed == (row.id,)
    assert await healed(stage) == [guard]
    assert guards(stage, row) == before
    [entry] = await stage.trail("sandbox.guard_healed")
    assert entry.object == f"sandbox:{row.id}"
    assert entry.before != entry.after
    assert (await stage.row(row.id)).state == SandboxState.READY
    assert (await swept(stage)).suspected == 0


async def test_the_trail_has_what_was_there_and_what_was_put_back(stage: Stage) -> None:
    _quota(stage, await stage.standing())
    await swept(stage)
    await healed(stage)
    [entry] = await stage.trail("sandbox.guard_healed")
    assert json.loads(entry.before or "") == {"spec.hard.pods": "500"}
    assert json.loads(entry.after or "") == {"spec.hard.pods": "20"}


async def test_a_namespaces_own_labels_are_put_back(stage: Stage) -> None:
    row = await stage.standing()
    _pod_security(stage, row)
    await swept(stage)
    assert await healed(stage) == [f"Namespace/{row.namespace}"]
    labels = stage.double.object("Namespace", row.namespace)["metadata"]["labels"]  # type: ignore[index]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"


@pytest.mark.parametrize("label", [MANAGED_BY_LABEL, ID_LABEL])
async def test_a_namespace_that_lost_a_label_is_known_by_its_uid_and_gets_it_back(stage: Stage, label: str) -> None:
    row = await stage.standing()
    stage.double.edit("Namespace", row.namespace, {"metadata": {"labels": {label: None}}})
    assert (await swept(stage)).handed == (row.id,)
    assert await healed(stage) == [f"Namespace/{row.namespace}"]
    assert stage.namespaces() == [row.namespace]
    assert label in stage.double.object("Namespace", row.namespace)["metadata"]["labels"]  # type: ignore[index]


async def test_what_others_wrote_on_a_namespace_is_left_alone_and_said_once(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    row = await stage.standing()
    stage.double.edit("Namespace", row.namespace, {"metadata": {"labels": {"istio-injection": "enabled"}}})
    for _ in range(3):
        assert (await swept(stage)).suspected == 0
    assert capsys.readouterr().out.count("namespace_marked_by_others") == 1
    labels = stage.double.object("Namespace", row.namespace)["metadata"]["labels"]  # type: ignore[index]
    assert labels["istio-injection"] == "enabled"


async def test_a_namespace_that_is_gone_is_made_anew_and_its_owner_can_read_that_it_is_empty(stage: Stage) -> None:
    row = await stage.standing()
    stage.double.delete("Namespace", row.namespace)
    await stage.double.wait_until(lambda: not stage.namespaces(), seconds=60)
    found = await swept(stage)
    assert (found.handed, found.gone) == ((row.id,), 1)
    await stage.settle()
    again = await stage.row(row.id)
    assert (again.state, again.namespace) == (SandboxState.READY, row.namespace)
    assert again.namespace_uid != row.namespace_uid
    assert "made it anew" in (again.problem or "")
    assert len(guards(stage, again)) == 9
    [entry] = await stage.trail("sandbox.made_anew")
    assert json.loads(entry.before or "{}")["uid"] == row.namespace_uid
    assert await stage.trail("sandbox.guard_healed") == []
    await stage.change(row.id, look_at=stage.clock.now())
    await stage.settle()
    assert "made it anew" in ((await stage.row(row.id)).problem or ""), "it stays true"


async def test_so_many_namespaces_gone_at_once_are_not_made_anew(
    database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    settings = SandboxSettings(brake=2, per_person=9)
    async with staged(database, clock, tmp_path, settings) as stage:
        rows = [await stage.standing(f"s{number}") for number in range(4)]
        for row in rows[:3]:
            stage.double.delete("Namespace", row.namespace)
        _quota(stage, rows[3])
        await stage.double.wait_until(lambda: len(stage.namespaces()) == 1, seconds=60)
        found = await swept(stage)
        assert (found.gone, found.held_back, found.handed) == (3, True, (rows[3].id,))
        await stage.settle()
        assert len(stage.namespaces()) == 1


async def test_what_is_not_standing_is_in_its_own_look_and_not_in_the_sweep(stage: Stage) -> None:
    leaving = await stage.standing()
    await stage.create("fresh", "U2")
    await stage.service.life.delete(stage.call("delete"), "checkout")
    assert (await swept(stage)).sandboxes == 0
    assert (await stage.row(leaving.id)).state == SandboxState.DELETING


async def test_a_sandbox_is_compared_with_how_it_should_be_asleep(stage: Stage) -> None:
    row = await stage.standing()
    await stage.service.sleeping.sleep(stage.call("sleep"), "checkout")
    await stage.settle()
    assert (await stage.row(row.id)).state == SandboxState.SLEEPING
    assert (await swept(stage)).suspected == 0
    _quota(stage, row)
    await swept(stage)
    assert await healed(stage) == [f"ResourceQuota/{GUARD_NAME}"]
    hard = stage.double.object("ResourceQuota", GUARD_NAME, row.namespace)["spec"]["hard"]  # type: ignore[index]
    assert hard["pods"] == "0"


async def test_what_somebody_asked_for_is_no_healing(stage: Stage) -> None:
    await stage.standing()
    await stage.service.sleeping.sleep(stage.call("sleep"), "checkout")
    await stage.settle()
    assert await stage.trail("sandbox.guard_healed") == []


async def test_other_settings_are_brought_to_every_sandbox_and_are_no_healing(
    stage: Stage, database: Database, clock: FakeClock
) -> None:
    row = await stage.standing()
    stage.service = service_of(database, clock, stage.cluster, SandboxSettings(grace="none", internet=True))
    assert (await swept(stage)).handed == (row.id,)
    assert await healed(stage) == []
    assert "NetworkPolicy/allow-internet" in guards(stage, row)
    assert (await swept(stage)).suspected == 0
    stage.service = service_of(database, clock, stage.cluster, SandboxSettings(grace="none"))
    await swept(stage)
    await stage.settle()
    assert "NetworkPolicy/allow-internet" not in guards(stage, row)


class Normalising:
    """A server that writes label `size` in its own way, whatever it is given: admission webhooks do such things."""

    def __init__(self, stage: Stage) -> None:
        self._inner = stage.cluster
        self.writes: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def apply(self, manifest: dict[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        if not dry_run:
            self.writes.append(manifest["kind"])
        changed = {**manifest, "metadata": {**manifest["metadata"], "labels": dict(manifest["metadata"]["labels"])}}
        if manifest["kind"] == "LimitRange":
            changed["metadata"]["labels"][ID_LABEL] = manifest["metadata"]["labels"][ID_LABEL].upper()
        return await self._inner.apply(changed, dry_run=dry_run)


async def test_a_server_that_writes_things_its_own_way_is_not_fought(
    stage: Stage, database: Database, clock: FakeClock
) -> None:
    server = Normalising(stage)
    stage.service = service_of(database, clock, server, SandboxSettings(grace="none"))
    row = await stage.standing()
    server.writes.clear()
    for _ in range(2):
        found = await swept(stage)
        assert (found.suspected, found.handed) == (1, ())
    await stage.change(row.id, look_at=clock.now())
    await stage.settle()
    assert server.writes == []
    assert await stage.trail("sandbox.guard_healed") == []


async def test_a_list_that_shows_too_little_makes_nobody_act(stage: Stage) -> None:
    """The suspects are asked about one by one before anything is done."""
    rows = [await stage.standing(f"s{number}", f"U{number}") for number in range(2)]
    inner = stage.cluster.list

    async def nothing(reference: Any, namespace: str | None = None, **options: Any) -> Any:
        if namespace is not None:
            async for each in inner(reference, namespace, **options):
                yield each

    stage.cluster.list = nothing  # type: ignore[method-assign]
    found = await swept(stage)
    assert (found.suspected, found.handed, found.gone) == (len(rows), (), 0)


async def test_a_standing_sandbox_waits_for_its_next_timer_only(stage: Stage) -> None:
    row = await stage.standing(lifetime=timedelta(days=3))
    assert row.look_at == row.expires_at - timedelta(hours=24)
    stage.clock.set(row.expires_at - timedelta(minutes=20))
    await stage.settle(soon=timedelta(0))
    assert (await stage.row(row.id)).look_at == row.expires_at


async def test_a_refusal_while_comparing_leaves_the_others_their_turn(stage: Stage) -> None:
    first, second = [await stage.standing(f"s{number}", f"U{number}") for number in range(2)]
    _quota(stage, first)
    _way_in(stage, second)
    stage.double.faults.failing["patch resourcequotas"] = 403
    assert sorted((await swept(stage)).handed) == sorted([first.id, second.id])
    await stage.settle()
    assert "refuses" in ((await stage.row(first.id)).problem or "")
    assert [row.note for row in await stage.trail("sandbox.guard_healed")] == ["NetworkPolicy/default-deny"]


async def test_two_sweeps_at_once_are_one(stage: Stage) -> None:
    await stage.standing()
    hold = stage.double.faults.holds.hold("list namespaces")
    first = asyncio.create_task(stage.service.sweep.run())
    async with asyncio.timeout(PATIENCE):
        await hold.reached()
    assert await stage.service.sweep.run() is None
    hold.release()
    assert await first is not None
