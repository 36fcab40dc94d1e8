"""Asleep nothing runs and nothing is lost; awake it is as it was, or it is said what is not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commands.sandbox.reconcile.slumber import not_back, snapshot_of
from commands.sandbox.role import user_role
from commands.sandbox.values.life import HoursArguments, WakeArguments
from storage.db import Database
from storage.sandboxes import SandboxRow, SandboxState
from tests.commands.sandbox.stage import Stage, staged
from tests.conftest import FakeClock


@pytest.fixture
async def bedroom(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(database, clock, tmp_path) as stage:
        stage.double.put(user_role())
        yield stage


def workload(namespace: str, name: str, replicas: int, kind: str = "Deployment") -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": name, "image": "registry.example/web:1"}
    spec: dict[str, Any] = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def pods(stage: Stage, row: SandboxRow) -> list[str]:
    found = [each for each in stage.double.contents(row.namespace) if each["kind"] == "Pod"]
    return sorted(str(each["metadata"]["name"]) for each in found)


async def runs(stage: Stage, row: SandboxRow, count: int) -> None:
    await stage.double.wait_until(lambda: len(pods(stage, row)) == count, seconds=30)


async def furnished(stage: Stage) -> SandboxRow:
    """With something that runs, and a pod that nothing would make again."""
    row = await stage.standing()
    stage.double.put(workload(row.namespace, "web", 2))
    stage.double.put(workload(row.namespace, "db", 1, kind="StatefulSet"))
    container = {"name": "debug", "image": "registry.example/debug:1"}
    metadata = {"name": "debug", "namespace": row.namespace}
    stage.double.put({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}})
    await runs(stage, row, 4)
    return row


async def sleeps(stage: Stage, row: SandboxRow) -> SandboxRow:
    await stage.service.sleeping.sleep(stage.call("sleep"), row.id)
    await stage.settle()
    return await stage.row(row.id)


async def wakes(stage: Stage, row: SandboxRow, until: str | None = None) -> SandboxRow:
    arguments = WakeArguments.model_validate({"sandbox": row.id, "until": until})
    await stage.service.sleeping.wake(stage.call("wake"), arguments)
    await stage.settle()
    return await stage.row(row.id)


def room_for_pods(stage: Stage, row: SandboxRow) -> str:
    quota = stage.double.object("ResourceQuota", "platform-bot-sandbox", row.namespace)
    assert quota is not None
    return str(quota["spec"]["hard"]["pods"])


async def test_asleep_nothing_runs_and_replicas_stay_as_they_were(bedroom: Stage) -> None:
    row = await furnished(bedroom)
    asleep = await sleeps(bedroom, row)
    assert asleep.state == SandboxState.SLEEPING
    assert pods(bedroom, row) == []
    assert room_for_pods(bedroom, row) == "0"
    assert asleep.snapshot == {"controllers": {"Deployment/web": 2, "StatefulSet/db": 1}, "alone": ["debug"]}
    deployment = bedroom.double.object("Deployment", "web", row.namespace)
    assert deployment is not None
    assert deployment["spec"]["replicas"] == 2


async def test_awake_it_is_as_it_was_and_what_nothing_makes_again_is_named(bedroom: Stage) -> None:
    row = await sleeps(bedroom, await furnished(bedroom))
    await wakes(bedroom, row)
    await runs(bedroom, row, 3)
    await bedroom.settle()
    awake = await bedroom.row(row.id)
    assert (awake.state, awake.snapshot) == (SandboxState.READY, None)
    assert "nothing makes these pods again: debug" in (awake.problem or "")
    assert room_for_pods(bedroom, row) == "20"


async def test_controllers_are_nudged_once_for_they_would_ask_again_only_after_a_while(bedroom: Stage) -> None:
    row = await sleeps(bedroom, await furnished(bedroom))
    await wakes(bedroom, row)
    for kind, name in (("Deployment", "web"), ("StatefulSet", "db")):
        found = bedroom.double.object(kind, name, row.namespace)
        assert found is not None
        assert "platform-bot.io/woken-at" in found["metadata"]["annotations"]


async def test_what_is_not_back_after_a_while_is_named(bedroom: Stage) -> None:
    row = await sleeps(bedroom, await furnished(bedroom))
    bedroom.double.edit("Deployment", "web", {"spec": {"replicas": 1}}, row.namespace)  # by somebody, meanwhile
    bedroom.double.delete("StatefulSet", "db", row.namespace)
    await wakes(bedroom, row)
    for _ in range(12):
        bedroom.clock.advance(timedelta(minutes=1))
        await bedroom.settle()
    awake = await bedroom.row(row.id)
    assert awake.problem == "Since it woke, not back yet: Deployment/web (1 of 2) and StatefulSet/db (0 of 1)."
    assert awake.state == SandboxState.READY


async def test_what_ran_is_written_down_before_anything_is_deleted(bedroom: Stage) -> None:
    """A crash between the two does not make it look as if nothing had run."""
    row = await furnished(bedroom)
    await bedroom.service.sleeping.sleep(bedroom.call("sleep"), row.id)
    while (await bedroom.row(row.id)).snapshot is None:
        assert len(pods(bedroom, row)) == 4
        await bedroom.service.reconciler.round()
        bedroom.clock.advance(timedelta(seconds=2))
    await bedroom.settle()
    snapshot = (await bedroom.row(row.id)).snapshot
    assert snapshot is not None
    assert snapshot["controllers"] == {"Deployment/web": 2, "StatefulSet/db": 1}


async def test_a_nap_ends_and_it_sleeps_again(bedroom: Stage) -> None:
    row = await wakes(bedroom, await sleeps(bedroom, await furnished(bedroom)), "2h")
    assert row.state == SandboxState.READY
    bedroom.clock.advance(timedelta(hours=2, minutes=1))
    await bedroom.settle()
    asleep = await bedroom.row(row.id)
    assert (asleep.state, asleep.asleep_why) == (SandboxState.SLEEPING, "asked")
    assert pods(bedroom, row) == []


async def test_the_hours_put_it_to_sleep_and_wake_it(bedroom: Stage) -> None:
    row = await furnished(bedroom)
    now = bedroom.clock.now()
    opens, closes = now + timedelta(hours=10), now + timedelta(hours=1)
    hours = f"mon-sun {opens:%H:%M}-{closes:%H:%M} UTC"
    arguments = HoursArguments.model_validate({"sandbox": row.id, "hours": hours})
    await bedroom.service.sleeping.keep_hours(bedroom.call("hours"), arguments)
    await bedroom.settle()
    assert (await bedroom.row(row.id)).state == SandboxState.READY
    bedroom.clock.set(closes + timedelta(seconds=1))
    await bedroom.settle()
    assert (await bedroom.row(row.id)).state == SandboxState.SLEEPING
    bedroom.clock.set(opens + timedelta(seconds=1))
    await bedroom.settle()
    assert (await bedroom.row(row.id)).state == SandboxState.READY


def test_a_pod_is_its_deployments_its_jobs_or_nobodys() -> None:
    def pod(name: str, kind: str | None, owner: str = "", **labels: str) -> dict[str, Any]:
        owners = [{"kind": kind, "name": owner, "controller": True}] if kind else []
        metadata = {"name": name, "ownerReferences": owners, "labels": labels}
        return {"metadata": metadata, "status": {"phase": "Running"}}

    found = [
        pod("web-5d4-x", "ReplicaSet", "web-5d4", **{"pod-template-hash": "5d4"}),
        pod("bare-rs-x", "ReplicaSet", "bare-rs"),
        pod("db-0", "StatefulSet", "db"),
        pod("import-x", "Job", "import"),
        pod("debug", None),
        {"metadata": {"name": "done"}, "status": {"phase": "Succeeded"}},
    ]
    snapshot = snapshot_of(found)
    assert snapshot == {
        "controllers": {"Deployment/web": 1, "ReplicaSet/bare-rs": 1, "StatefulSet/db": 1},
        "alone": ["debug", "import-x"],
    }
    assert not_back(snapshot["controllers"], found) == [  # none of them is ready
        "Deployment/web (0 of 1)",
        "ReplicaSet/bare-rs (0 of 1)",
        "StatefulSet/db (0 of 1)",
    ]
