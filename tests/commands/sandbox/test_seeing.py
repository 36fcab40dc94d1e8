"""What there is to see of a sandbox: read from the cluster's objects, looked at as its user, shown in Slack; and its logs."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.kit.errors import FieldErrors, NotFound, UserError
from bot.kit.replies import Reply
from commands.sandbox.role import user_role
from commands.sandbox.rules.seeing import containers_of, log_shown, main_container, pods_seen, quota_seen, warnings_seen
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.seeing import (
    GivenOut,
    Insight,
    LogsArguments,
    PodSeen,
    SandboxLogs,
    SandboxSeen,
    Used,
    Warned,
)
from commands.sandbox.views import seeing as views
from integrations.kubernetes import KubernetesObject
from playground.slack.block_kit import check_message_blocks
from storage.db import Database
from tests.commands.sandbox.stage import PATIENCE, Stage, person, staged
from tests.commands.sandbox.test_views import HOSTILE, _sandbox
from tests.conftest import FakeClock

DEPLOY = Path(__file__).parents[3] / "deploy" / "base"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


# --- rules --------------------------------------------------------------------------------------------------------------


def pod(name: str = "web-1", *, containers: tuple[str, ...] = ("app",), **status: Any) -> KubernetesObject:
    return {
        "metadata": {"name": name, "namespace": "sbx"},
        "spec": {"containers": [{"name": each, "image": "x"} for each in containers]},
        "status": {"phase": "Running", **status},
    }


def container(name: str = "app", *, ready: bool = True, restarts: int = 0, **more: Any) -> dict[str, Any]:
    return {"name": name, "ready": ready, "restartCount": restarts, **more}


def test_a_pod_that_runs_has_no_trouble() -> None:
    [seen] = pods_seen([pod(containerStatuses=[container(state={"running": {}})])])
    assert seen == PodSeen(name="web-1", phase="Running", ready=1, containers=1, restarts=0, trouble=())


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            {"containerStatuses": [container(ready=False, state={"waiting": {"reason": "CrashLoopBackOff"}})]},
            "app: CrashLoopBackOff",
        ),
        (
            {
                "initContainerStatuses": [
                    container("init", state={"waiting": {"reason": "ErrImagePull", "message": "no"}})
                ]
            },
            "init: ErrImagePull: no",
        ),
        (
            {"containerStatuses": [container(lastState={"terminated": {"reason": "OOMKilled", "exitCode": 137}})]},
            "app: ended with OOMKilled, exit code 137",
        ),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1"}]},
            "Unschedulable: 0/1",
        ),
        ({"phase": "Failed", "reason": "Evicted", "message": "disk"}, "Evicted: disk"),
    ],
)
def test_what_stands_in_a_pods_way_is_told_in_the_clusters_words(status: dict[str, Any], said: str) -> None:
    [seen] = pods_seen([pod(**status)])
    assert seen.trouble == (said,)


@pytest.mark.parametrize(
    "state",
    [{"waiting": {"reason": "ContainerCreating"}}, {"terminated": {"reason": "Completed", "exitCode": 0}}, None],
)
def test_what_is_on_its_way_or_has_ended_well_is_no_trouble(state: object) -> None:
    [seen] = pods_seen([pod(containerStatuses=[container(ready=False, state=state)])])
    assert seen.trouble == ()


def test_pods_in_trouble_come_first_and_those_that_leave_say_so() -> None:
    leaving = pod("b")
    leaving["metadata"]["deletionTimestamp"] = "2026-11-02T09:00:00Z"
    bad = pod("c", phase="Failed")
    assert [(each.name, each.phase) for each in pods_seen([pod("d"), leaving, bad])] == [
        ("c", "Failed"),
        ("b", "Terminating"),
        ("d", "Running"),
    ]


@pytest.mark.parametrize(
    "status", [None, {}, {"containerStatuses": None, "conditions": None}, {"containerStatuses": [{}]}]
)
def test_a_pod_of_which_little_is_known_is_shown_still(status: Any) -> None:
    [seen] = pods_seen([{**pod(), "status": status}])
    assert seen.name == "web-1"


def test_a_quota_says_how_much_of_it_is_used() -> None:
    quota = {"status": {"hard": {"pods": "20", "requests.cpu": "2"}, "used": {"pods": "3"}}}
    assert quota_seen(quota) == (
        Used(resource="pods", used="3", hard="20"),
        Used(resource="requests.cpu", used="0", hard="2"),
    )
    assert quota_seen(None) == quota_seen({}) == ()


def event(number: int, **more: Any) -> KubernetesObject:
    at = (NOW + timedelta(minutes=number)).isoformat()
    return {
        "type": "Warning",
        "metadata": {"name": f"e{number}", "creationTimestamp": at},
        "involvedObject": {"kind": "Pod", "name": "web-1"},
        "reason": "BackOff",
        "message": f"message {number}",
        "lastTimestamp": at,
        **more,
    }


def test_only_the_last_warnings_are_seen_the_newest_last() -> None:
    events = [event(number) for number in (3, 1, 7, 2, 5, 6, 4)]
    seen = warnings_seen([*events, event(9, type="Normal")])
    assert [each.message for each in seen] == [f"message {number}" for number in (3, 4, 5, 6, 7)]
    assert seen[-1].about == "Pod/web-1"
    assert seen[-1].at == NOW + timedelta(minutes=7)


def test_a_warning_in_a_series_counts_as_often_as_the_series_says() -> None:
    late = (NOW + timedelta(hours=1)).isoformat()
    [seen] = warnings_seen([event(1, lastTimestamp=None, series={"count": 12, "lastObservedTime": late})])
    assert (seen.count, seen.at) == (12, NOW + timedelta(hours=1))
    [odd] = warnings_seen([event(1, lastTimestamp="yesterday", count=None)])
    assert (odd.count, odd.at) == (1, None)


def test_the_container_that_is_meant_is_the_one_the_pod_says_or_its_first() -> None:
    two = pod(containers=("app", "side"))
    assert main_container(two) == "app"
    two["metadata"]["annotations"] = {"kubectl.kubernetes.io/default-container": "side"}
    assert main_container(two) == "side"
    two["metadata"]["annotations"] = {"kubectl.kubernetes.io/default-container": "gone"}
    assert main_container(two) == "app"
    two["spec"]["initContainers"] = [{"name": "init"}]
    assert containers_of(two) == ["app", "side", "init"]


def test_a_log_is_its_last_lines_without_colours_and_without_secrets() -> None:
    raw = "old\n\x1b[31mred\x1b[0m\r\npassword in postgres://ada:hunter2secret@db/x\n\x1b]0;title\x07end\n"
    text, cut = log_shown(raw, 3, 1000)
    assert text == "red\npassword in postgres://[redacted]@db/x\nend"
    assert cut is False


def test_a_key_whose_beginning_is_not_among_the_lines_that_are_shown_is_a_secret_still() -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "QUJDREVGRw==\n" * 20 + "-----END PRIVATE KEY-----\nafter\n"
    text, _cut = log_shown(key, 5, 1000)
    assert "QUJD" not in text
    assert text.endswith("after")


def test_more_than_fits_is_cut_at_whole_lines_from_the_beginning() -> None:
    text, cut = log_shown("".join(f"line {number}\n" for number in range(100)), 50, 40)
    assert (text, cut) == ("line 95\nline 96\nline 97\nline 98\nline 99", True)
    text, cut = log_shown("x" * 500, 50, 40)
    assert (len(text), cut) == (39, False)


# --- views --------------------------------------------------------------------------------------------------------------


def seen(**values: Any) -> SandboxSeen:
    known: dict[str, Any] = {
        **dict(_sandbox()),
        "inside": None,
        "unseen": None,
        "active_at": None,
        "spent": None,
        "saved": None,
        "shared_with": (),
        "access": (),
    }
    return SandboxSeen(**known | values)


def read(reply: Reply) -> str:
    payload = reply.to_payload()
    assert check_message_blocks(payload["blocks"]) == []
    return json.dumps(payload, ensure_ascii=False)


def test_everything_that_is_known_is_shown() -> None:
    bad = PodSeen(name="web-1", phase="Running", ready=0, containers=1, restarts=4, trouble=("app: CrashLoopBackOff",))
    warned = Warned(about="Pod/web-1", reason="BackOff", message="restarting", count=3, at=NOW)
    inside = Insight(pods=(bad,), quota=(Used(resource="pods", used="1", hard="20"),), warnings=(warned,))
    shown = read(
        views.shown(
            seen(
                inside=inside,
                spent=Decimal("12.345"),
                saved=Decimal("3.5"),
                active_at=NOW,
                shared_with=("Grace",),
                access=(GivenOut(to="Ada", until=NOW),),
            )
        )
    )
    for words in (
        "`web-1` Running, 0 of 1 ready, restarted 4 times",
        "app: CrashLoopBackOff",
        "Pods 1 of 20",
        "*BackOff* (3 times): restarting",
        "12.34 EUR, saved 3.50 EUR by sleeping",
        "Grace",
        "Ada until",
        "Logs",
    ):
        assert words in shown, words


def test_a_cluster_that_does_not_answer_is_said_so() -> None:
    assert "does not answer" in read(views.shown(seen(unseen="The cluster does not answer right now.")))


def test_nothing_that_anybody_wrote_inside_acts_as_markup_and_much_of_it_fits() -> None:
    pods = tuple(
        PodSeen(name=f"p{number}", phase="Pending", ready=0, containers=1, restarts=0, trouble=(HOSTILE * 20,) * 5)
        for number in range(100)
    )
    warned = Warned(about=f"Pod/{HOSTILE}", reason=HOSTILE, message=HOSTILE * 50, count=1, at=None)
    inside = Insight(pods=pods, quota=(), warnings=(warned,) * 5)
    shown = read(views.shown(seen(inside=inside, shared_with=(HOSTILE,) * 20)))
    assert "<!channel>" not in shown
    assert "and 88 more" in shown


def test_a_log_is_shown_as_it_is_and_nothing_in_it_ends_the_block() -> None:
    text = "\n".join(["```", HOSTILE, "x" * 5000, *(f"line {number}" for number in range(900))])
    reply = views.logs(SandboxLogs(sandbox="checkout", pod="web-1", container="app", text=text, cut=True))
    shown = read(reply)
    blocks = [each["text"]["text"] for each in reply.to_payload()["blocks"] if each["type"] == "section"]
    assert all(each.count("```") in (0, 2) for each in blocks)
    assert "&lt;!channel&gt;" in shown
    assert "Earlier lines did not fit." in shown
    assert "has written nothing" in read(
        views.logs(SandboxLogs(sandbox="checkout", pod="web-1", container="app", text="", cut=False))
    )


# --- against the cluster ------------------------------------------------------------------------------------------------


@pytest.fixture
async def stage(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Stage]:
    prices = {"cpu_hour": "0.10", "memory_gib_hour": "0.01", "currency": "EUR"}
    settings = SandboxSettings.model_validate({"grace": "none", "prices": prices})
    async with staged(database, clock, tmp_path, settings) as stage:
        stage.double.put(user_role())
        stage.double._tokens._clock = clock  # tokens end by the clock that tests move
        yield stage


async def run(stage: Stage, namespace: str, name: str, *containers: str) -> None:
    """A pod that runs there."""
    await stage.double.wait_until(
        lambda: stage.double.object("ServiceAccount", "default", namespace) is not None, seconds=60
    )
    made = [{"name": each, "image": "registry.k8s.io/pause:3.10"} for each in containers or ("app",)]
    metadata = {"name": name, "namespace": namespace}
    stage.double.put({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": made}})


async def show(stage: Stage) -> SandboxSeen:
    return await stage.service.seeing.show(stage.call("show"), "checkout")


async def looked_into(stage: Stage) -> SandboxSeen:
    """As `show`, again while this machine is slower than the moment that the cluster is given."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await show(stage)
            if found.unseen is None or "does not answer" not in found.unseen:
                return found


async def logs(stage: Stage, user_id: str = "U1", **arguments: Any) -> SandboxLogs:
    return await stage.service.seeing.logs(
        stage.call("logs", user_id), LogsArguments.model_validate({"sandbox": "checkout", **arguments})
    )


async def test_a_sandbox_is_shown_with_what_is_inside_and_what_it_has_cost(stage: Stage, clock: FakeClock) -> None:
    row = await stage.standing()
    await run(stage, row.namespace, "web-1")
    clock.advance(timedelta(hours=10))
    found = await looked_into(stage)
    assert found.unseen is None
    assert found.inside is not None
    assert [each.name for each in found.inside.pods] == ["web-1"]
    assert {each.resource for each in found.inside.quota} >= {"pods", "requests.cpu"}
    # 2 CPUs at 0.10 and 4 GiB at 0.01 an hour, since it stood
    assert found.spent is not None
    assert Decimal("2.4") <= found.spent < Decimal("2.5")
    assert found.saved == 0


async def test_while_the_cluster_is_down_what_the_rows_know_is_shown(stage: Stage) -> None:
    await stage.standing()
    stage.double.faults.down = "unavailable"
    found = await show(stage)
    assert (found.name, found.inside) == ("checkout", None)
    assert found.unseen is not None
    assert "does not answer" in found.unseen


async def test_a_cluster_that_is_slow_is_waited_for_a_moment_only(stage: Stage) -> None:
    await stage.standing()
    stage.double.faults.slow = 3600  # waiting for it would be the end of this test
    found = await show(stage)
    assert found.unseen is not None


async def test_what_its_user_may_not_see_the_bot_does_not_see_either(stage: Stage) -> None:
    await stage.standing()
    stage.double.delete("ClusterRole", "platform-bot-sandbox-user")
    found = await looked_into(stage)
    assert found.inside is None
    assert found.unseen is not None
    assert "does not let anybody look inside" in found.unseen


async def test_one_that_is_not_set_up_yet_is_not_looked_into(stage: Stage) -> None:
    await stage.create()
    before = len(stage.requests)
    found = await show(stage)
    assert (found.inside, found.unseen) == (None, None)
    assert len(stage.requests) == before


async def test_access_that_was_given_out_is_shown_without_the_credential(stage: Stage) -> None:
    await stage.standing()
    given = await stage.service.access.give(stage.call("access"), "checkout")
    found = await show(stage)
    assert [(each.to, each.until) for each in found.access] == [("u1", given.until)]
    assert "eyJ" not in found.model_dump_json()


async def test_logs_are_those_of_the_only_pod_or_of_the_one_that_is_named(stage: Stage) -> None:
    row = await stage.standing()
    with pytest.raises(UserError, match="Nothing runs"):
        await logs(stage)
    await run(stage, row.namespace, "web-1", "app", "side")
    stage.double.write_log("web-1", "app", "one\ntwo\nthree\n", row.namespace)
    only = await logs(stage, lines=2)
    assert (only.pod, only.container, only.text, only.cut) == ("web-1", "app", "two\nthree", False)
    assert "playground" in (await logs(stage, container="side")).text
    await run(stage, row.namespace, "web-2")
    with pytest.raises(FieldErrors, match="web-1 and web-2"):
        await logs(stage)
    assert (await logs(stage, pod="web-2")).pod == "web-2"
    with pytest.raises(FieldErrors, match="app and side"):
        await logs(stage, pod="web-1", container="nope")
    for name in ("gone", "../secrets/x", "a/b"):
        with pytest.raises(NotFound):
            await logs(stage, pod=name)


async def test_logs_show_no_secret(stage: Stage) -> None:
    row = await stage.standing()
    await run(stage, row.namespace, "web-1")
    stage.double.write_log("web-1", "app", "token xoxb-123456789012-abcdefghij\n", row.namespace)
    assert (await logs(stage)).text == "token [redacted]"


async def test_pods_are_offered_from_ones_own_sandboxes_and_from_none_while_the_cluster_is_down(stage: Stage) -> None:
    row = await stage.standing()
    await run(stage, row.namespace, "web-1")
    await run(stage, row.namespace, "db-1")
    async with asyncio.timeout(PATIENCE):
        while not (offered := await stage.service.seeing.pods(person("U1"), "we")):
            pass  # this machine is slower than the moment that the cluster is given
    assert [(each.value, each.label) for each in offered] == [("web-1", "web-1 (checkout)")]
    assert await stage.service.seeing.pods(person("U2"), "") == []
    stage.double.faults.down = "unavailable"
    assert await stage.service.seeing.pods(person("U1"), "") == []
