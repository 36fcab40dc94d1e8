"""What needs an admin is found and named; what an admin does about it is done to exactly that."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.kit.access import BUILT_IN
from bot.kit.errors import UserError
from commands.sandbox.handlers import GROUP
from commands.sandbox.objects import ID_LABEL, MANAGED_BY_LABEL
from commands.sandbox.views import doctor as views
from storage.sandboxes import SandboxRow, SandboxState
from tests.commands.sandbox.stage import BOSS, Stage

FINALIZER = "example.com/keeps-it"
ADMINS_ONLY = {"doctor", "unblock", "discard", "release"}


def put_held(stage: Stage, row: SandboxRow, name: str = "kept") -> None:
    metadata = {"name": name, "namespace": row.namespace, "finalizers": [FINALIZER]}
    stage.double.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


async def stuck(stage: Stage) -> SandboxRow:
    row = await stage.standing()
    put_held(stage, row)
    await stage.service.life.delete(stage.call("delete"), "checkout")
    await stage.settle(soon=timedelta(seconds=30))
    blocked = await stage.row(row.id)
    assert blocked.state == SandboxState.DELETE_BLOCKED, blocked
    return blocked


def orphan(stage: Stage, name: str = "sbx-lost-and-found", sandbox_id: str = "nobody", **labels: str) -> None:
    marks = {MANAGED_BY_LABEL: "platform-bot", ID_LABEL: sandbox_id, **labels}
    stage.double.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": marks}})


async def test_where_all_is_well_nobody_is_needed(stage: Stage) -> None:
    await stage.standing()
    found = await stage.service.doctor.examine()
    assert (found.sandboxes, found.orphans, found.lost, found.stuck, found.failed, found.marked) == (
        1,
        (),
        (),
        (),
        (),
        0,
    )
    assert "nothing needs you" in views.diagnosis(found).text


async def test_a_stuck_deletion_is_explained_with_object_and_finalizer_on_the_card_and_by_the_doctor(
    stage: Stage,
) -> None:
    row = await stuck(stage)
    assert f"configmaps/kept: {FINALIZER}" in (row.problem or "")
    [found] = (await stage.service.doctor.examine()).stuck
    assert (found.id, found.objects, found.unseen) == (row.id, (f"configmaps/kept: {FINALIZER}",), ())
    assert found.said
    assert "Take off the finalizers" in str([each.to_dict() for each in views.diagnosis(await _examined(stage)).blocks])


async def _examined(stage: Stage) -> Any:
    return await stage.service.doctor.examine()


async def test_what_the_bot_may_not_look_at_is_said(stage: Stage) -> None:
    await stuck(stage)
    stage.double.faults.failing["list configmaps"] = 403
    [found] = (await stage.service.doctor.examine()).stuck
    assert found.objects == ()
    assert [each.partition(" ")[0] for each in found.unseen] == ["configmaps"]


async def test_nothing_takes_a_finalizer_off_until_an_admin_says_so(stage: Stage) -> None:
    row = await stuck(stage)
    for _ in range(5):
        stage.clock.advance(timedelta(hours=5))
        await stage.service.reconciler.round()
        await stage.service.sweep.run()
    assert stage.double.object("ConfigMap", "kept", row.namespace) is not None
    plan = await stage.service.doctor.plan_unblock(stage.call("unblock", BOSS), row.id)
    assert plan.lines[0] == f"Takes off {FINALIZER} from configmaps/kept"
    assert plan.effects.model_dump() == {"objects": 1}
    done = await stage.service.doctor.unblock(stage.call("unblock", BOSS), row.id)
    assert done.objects == (f"configmaps/kept: {FINALIZER}",)
    await stage.settle()
    assert (await stage.row(row.id)).state == SandboxState.DELETED
    assert stage.namespaces() == []
    [entry] = await stage.trail("sandbox.unblocked")
    assert (entry.actor, json.loads(entry.before or "")) == (BOSS, {"held_by": f"configmaps/kept: {FINALIZER}"})


async def test_a_right_that_is_missing_is_named(stage: Stage) -> None:
    row = await stuck(stage)
    stage.double.faults.failing["patch configmaps"] = 403
    with pytest.raises(UserError, match=r"may not patch configmaps in .*component `unblock`"):
        await stage.service.doctor.unblock(stage.call("unblock", BOSS), row.id)
    assert await stage.trail("sandbox.unblocked") == []
    assert len(await stage.trail("sandbox.unblock_asked")) == 1


async def test_nothing_is_taken_off_in_a_sandbox_that_stands(stage: Stage) -> None:
    row = await stage.standing()
    put_held(stage, row)
    assert (await stage.service.doctor.unblock(stage.call("unblock", BOSS), row.id)).objects == ()
    kept = stage.double.object("ConfigMap", "kept", row.namespace)
    assert kept is not None
    assert kept["metadata"]["finalizers"] == [FINALIZER]


async def test_orphans_on_either_side_are_found(stage: Stage) -> None:
    row = await stage.standing()
    gone = await stage.standing("gone", "U2")
    await stage.service.life.delete(stage.call("delete", "U2"), "gone")
    await stage.settle()
    orphan(stage)
    orphan(stage, gone.namespace, gone.id)  # its row says that it is deleted
    stage.double.delete("Namespace", row.namespace)
    await stage.double.wait_until(lambda: row.namespace not in stage.namespaces(), seconds=60)
    found = await stage.service.doctor.examine()
    assert {each.namespace for each in found.orphans} == {"sbx-lost-and-found", gone.namespace}
    assert [each.id for each in found.lost] == [row.id]


async def test_failed_ones_say_why_and_marks_of_others_are_counted(stage: Stage) -> None:
    row = await stage.standing()
    stage.double.edit("Namespace", row.namespace, {"metadata": {"annotations": {"example.com/a": "b"}}})
    stage.double.faults.failing["patch resourcequotas"] = 403
    failed = await stage.create("poor", "U2")
    await stage.settle()
    found = await stage.service.doctor.examine()
    assert found.marked == 1
    [ailing] = found.failed
    assert (ailing.id, "refuses" in ailing.problem) == (failed.id, True)


async def test_an_orphan_is_discarded_and_that_is_written_down(stage: Stage) -> None:
    orphan(stage)
    assert (await stage.service.doctor.plan_discard("sbx-lost-and-found")).effects.model_dump() == {"objects": 1}
    assert not (await stage.service.doctor.discard(stage.call("discard", BOSS), "sbx-lost-and-found")).gone
    await stage.double.wait_until(lambda: not stage.namespaces(), seconds=60)
    assert (await stage.service.doctor.discard(stage.call("discard", BOSS), "sbx-lost-and-found")).gone
    [entry] = await stage.trail("sandbox.namespace_discarded")
    assert (entry.actor, entry.object) == (BOSS, "namespace:sbx-lost-and-found")


@pytest.mark.parametrize("name", ["default", "kube-system", "team-a"])
async def test_a_namespace_that_is_not_ours_is_never_discarded(stage: Stage, name: str) -> None:
    if name == "team-a":
        orphan(stage, name)  # even with our labels: our names begin otherwise
    with pytest.raises(UserError, match="was not made by this bot"):
        await stage.service.doctor.discard(stage.call("discard", BOSS), name)
    assert stage.double.object("Namespace", name) is not None


async def test_a_sandboxs_own_namespace_is_not_discarded(stage: Stage) -> None:
    row = await stage.standing()
    with pytest.raises(UserError, match="has that namespace"):
        await stage.service.doctor.discard(stage.call("discard", BOSS), row.namespace)
    assert stage.namespaces() == [row.namespace]


def test_every_command_is_a_developers_or_an_admins() -> None:
    developers = {verb for verb, command in GROUP.commands.items() if command.permission in _granted("developer")}
    assert set(GROUP.commands) - developers == ADMINS_ONLY


def _granted(role: str) -> set[str]:
    patterns = BUILT_IN[role]
    every = {command.permission for command in GROUP.commands.values()}
    return {each for each in every if patterns & {each, "sandbox.*", f"*.{each.partition('.')[2]}", "*"}}
