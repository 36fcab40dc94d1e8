"""Socket Mode against the double: nothing that Slack sends is lost while sockets come and go."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any, cast

import aiohttp
import pytest
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot import metrics as metrics_module
from bot.kit.errors import Busy
from bot.metrics import Metrics
from bot.slack import socket as socket_module
from bot.slack.manifest import manifest
from bot.slack.socket import SocketMode
from integrations.slack import SlackClient
from playground.slack import SlackDouble, acme


async def until(condition: Callable[[], bool], what: str) -> None:
    for _ in range(4_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"it did not happen that {what}")


class _Breaking:
    """Bolt, until it is told to raise."""

    def __init__(self, bolt: AsyncApp) -> None:
        self._bolt = bolt
        self.broken: Exception | None = None

    async def async_dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        if self.broken is not None:
            raise self.broken
        return await self._bolt.async_dispatch(request)


class Sockets:
    """The bot's side under test, with a Bolt app that answers every command with its own text."""

    def __init__(self, slack: SlackDouble, session: aiohttp.ClientSession, silence: float) -> None:
        self.slack = slack
        self.metrics = Metrics()
        self.hold = asyncio.Event()
        self.hold.set()
        client = SlackClient(session, slack.app_token, slack.api_url)
        self.turned_away: list[str] = []
        self.heard: list[str] = []
        self.mode = SocketMode(
            self._bolt(), client, session, self.metrics, connections=2, silence=silence, busy=self._busy, most=3
        )

    def _busy(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if "command" not in payload:
            raise Busy("deliveries")
        if payload["text"] == "break":
            raise RuntimeError("a bug")
        self.turned_away.append(payload["text"])
        return {"text": "busy"}

    def _bolt(self) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-test", bot_id="B1")

        app = AsyncApp(name="test", authorize=authorize, signing_secret="", process_before_response=True)

        async def echo(ack: AsyncAck, command: dict[str, str]) -> None:
            await self.hold.wait()
            await ack(command["text"])

        async def hear(ack: AsyncAck, body: dict[str, str]) -> None:
            self.heard.append(body["event_id"])
            await ack()

        app.command("/platform")(echo)
        app.event("app_home_opened")(hear)
        self.bolt = _Breaking(app)
        return cast(AsyncApp, self.bolt)

    def figure(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"platform_bot_{name}", labels) or 0.0

    def replaced(self, reason: str) -> float:
        return self.figure("sockets_replaced_total", reason=reason)

    async def up(self) -> None:
        await until(lambda: self.slack.sockets.speaking == 2, "two sockets are up")

    async def says(self, text: str) -> str:
        return (await self.slack.person("ada").slash("#platform", "/platform", text)).text


@pytest.fixture
def silence() -> float:
    return 30.0


@pytest.fixture
def ack_seconds() -> float:
    """How long Slack waits; for ever, as far as a stalled machine is concerned."""
    return 30.0


@pytest.fixture
async def sockets(silence: float, ack_seconds: float) -> AsyncIterator[Sockets]:
    again = (0.0,) * 100  # as often as it takes on a machine that stalls
    asked = manifest("/platform", [])
    async with (
        SlackDouble(asked, acme(), ping_seconds=0.05, ack_seconds=ack_seconds, retry_delays=again) as slack,
        aiohttp.ClientSession() as session,
    ):
        sockets = Sockets(slack, session, silence)
        sockets.mode.start()
        await sockets.up()
        yield sockets
        sockets.hold.set()
        await sockets.mode.close()


async def test_an_envelope_is_answered_with_what_the_listener_acknowledged(sockets: Sockets) -> None:
    assert await sockets.says("hello") == "hello"
    assert sockets.slack.sockets.unexpected == []


async def test_a_refreshed_socket_is_replaced_before_it_goes(sockets: Sockets) -> None:
    await sockets.slack.sockets.disconnect("refresh_requested", close_after=5.0)
    await until(lambda: sockets.slack.sockets.connections == 3, "the replacement is up beside the old one")
    assert await sockets.says("still here") == "still here"


async def test_commands_are_answered_while_both_sockets_are_refreshed_at_once(sockets: Sockets) -> None:
    await sockets.slack.sockets.disconnect("warning", close_after=0.1, one=False)
    answers = [await sockets.says(str(number)) for number in range(20)]
    assert answers == [str(number) for number in range(20)]
    await until(lambda: sockets.replaced("warning") == 2, "both old sockets are gone")
    assert sockets.mode.connected == 2


async def test_sockets_that_break_are_opened_again(sockets: Sockets) -> None:
    await sockets.slack.sockets.cut()
    await sockets.up()
    assert await sockets.says("again") == "again"


@pytest.mark.parametrize("silence", [1.0])
async def test_a_socket_that_says_nothing_any_more_is_replaced(sockets: Sockets) -> None:
    sockets.slack.sockets.silence()
    await until(lambda: sockets.replaced("silent") >= 2, "both silent sockets are replaced")
    await sockets.up()
    assert await sockets.says("awake") == "awake"


async def test_closing_waits_until_what_was_received_is_acknowledged(sockets: Sockets) -> None:
    sockets.hold.clear()
    asked = asyncio.create_task(sockets.says("last words"))
    await until(lambda: any(task.get_name() == "socket delivery" for task in asyncio.all_tasks()), "it arrives")
    closing = asyncio.create_task(sockets.mode.close())
    await asyncio.sleep(0)
    assert not closing.done()
    sockets.hold.set()
    await closing
    assert await asked == "last words"


async def test_a_socket_is_opened_again_while_slack_refuses_for_a_while(sockets: Sockets) -> None:
    fault = sockets.slack.faults.inject("server_error", "apps.connections.open", times=2)
    await sockets.slack.sockets.cut()
    await sockets.up()
    assert fault.hits == 2
    assert await sockets.says("back") == "back"


async def test_slack_is_not_asked_for_a_socket_before_it_said_that_it_may_be(sockets: Sockets) -> None:
    sockets.slack.faults.inject("ratelimited", "apps.connections.open", times=2, retry_after=2)
    await sockets.slack.sockets.cut()
    await sockets.up()
    asked = sockets.slack.calls_of("apps.connections.open")
    limited = [call for call in asked if call.status == 429]
    assert len(limited) == 2
    again = [call for call in asked if call.at > max(each.at for each in limited)]
    assert min(call.at for call in again) - min(call.at for call in limited) >= timedelta(seconds=2)


async def test_past_the_bound_a_delivery_is_answered_at_once_that_the_bot_is_busy_and_afterwards_there_is_room(
    sockets: Sockets,
) -> None:
    sockets.hold.clear()
    held = [asyncio.create_task(sockets.says(f"held {number}")) for number in range(3)]
    await until(lambda: sockets.mode.in_hand == 3, "three are being worked on")
    assert await sockets.says("one more") == "busy"
    assert sockets.turned_away == ["one more"]
    sockets.hold.set()
    assert sorted(await asyncio.gather(*held)) == ["held 0", "held 1", "held 2"]
    await until(lambda: sockets.mode.in_hand == 0, "nothing is being worked on")
    assert await sockets.says("again") == "again"


async def test_a_socket_that_a_bug_stopped_reading_is_replaced(sockets: Sockets) -> None:
    sockets.hold.clear()
    held = [asyncio.create_task(sockets.says(f"held {number}")) for number in range(3)]
    await until(lambda: sockets.mode.in_hand == 3, "three are being worked on")
    broken = asyncio.create_task(sockets.says("break"))
    await until(lambda: sockets.replaced("bug") == 1, "it is counted")
    sockets.hold.set()
    await asyncio.gather(*held)
    await until(
        lambda: sockets.mode.connected == 2 and sockets.slack.sockets.connections == 2, "another took its place"
    )
    assert await sockets.says("still here") == "still here"
    broken.cancel()


async def test_a_frame_that_is_too_large_costs_its_socket_and_not_the_memory(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "_LARGEST", 50_000)
    await sockets.slack.sockets.disconnect("warning", close_after=0.0, one=False)
    await until(lambda: sockets.replaced("warning") == 2, "sockets with the small bound have replaced them")
    await sockets.up()
    asked = asyncio.create_task(sockets.says("x" * 200_000))
    await until(lambda: sockets.replaced("oversized") >= 1, "its socket was given up")
    asked.cancel()
    await until(
        lambda: sockets.mode.connected == 2 and sockets.slack.sockets.connections == 2, "another took its place"
    )
    assert await sockets.says("still here") == "still here"


async def test_what_slack_says_and_nobody_understands_is_counted_and_logged_once(sockets: Sockets) -> None:
    with structlog.testing.capture_logs() as lines:
        for frame in ('{"type": "weather"}', '{"type": "weather", "sunny": true}', '{"type": ["odd"]}', b"\x00\x01"):
            await sockets.slack.sockets.say(frame)
        await until(lambda: sockets.figure("socket_messages_unknown_total") == 8, "each of them came by both sockets")
    assert [line["kind"] for line in lines if line["event"] == "socket_message_unknown"] == [
        "weather",
        "['odd']",
        "binary",
    ]
    assert await sockets.says("still here") == "still here"
    assert sockets.mode.connected == 2


async def test_new_kinds_without_end_do_not_fill_the_log(sockets: Sockets) -> None:
    with structlog.testing.capture_logs() as lines:
        for number in range(30):
            await sockets.slack.sockets.say(f'{{"type": "kind-{number}"}}')
        await until(lambda: sockets.figure("socket_messages_unknown_total") == 60, "all of them came")
    assert len([line for line in lines if line["event"] == "socket_message_unknown"]) == 20


@pytest.mark.parametrize("frame", ["no JSON", "[]", '"hello"', "{}", "[" * 100_000])
async def test_garbage_costs_neither_the_socket_nor_what_follows(sockets: Sockets, frame: str) -> None:
    await sockets.slack.sockets.say(frame)
    await until(lambda: sockets.figure("deliveries_refused_total", reason="garbage") == 2, "both are counted")
    assert await sockets.says("still here") == "still here"
    assert sockets.mode.connected == 2


@pytest.mark.parametrize("ack_seconds", [0.5])
async def test_a_delivery_that_breaks_is_logged_with_a_reference_counted_and_not_acknowledged(sockets: Sockets) -> None:
    sockets.bolt.broken = RuntimeError("a bug")
    with structlog.testing.capture_logs() as lines:
        asked = asyncio.create_task(sockets.slack.person("ada").slash("#platform", "/platform", "anything"))
        await until(lambda: sockets.figure("deliveries_refused_total", reason="bug") == 1, "it is counted")
    [line] = [line for line in lines if line["event"] == "delivery_failed"]
    assert line["call"].startswith("c-")
    assert line["exc_info"] is sockets.bolt.broken
    assert sockets.figure("acks_missed_total", reason="withheld") == 1
    assert (await asked).error == "operation_timeout"
    assert sockets.mode.in_hand == 0


@pytest.mark.parametrize("ack_seconds", [0.5])
async def test_an_event_that_broke_comes_again_and_is_then_taken(sockets: Sockets) -> None:
    sockets.bolt.broken = RuntimeError("a bug")
    sockets.slack.events.send({"type": "app_home_opened", "user": "U1"})
    await until(lambda: sockets.figure("acks_missed_total", reason="withheld") >= 1, "it was not acknowledged")
    assert sockets.heard == []
    sockets.bolt.broken = None
    await until(lambda: bool(sockets.heard), "it came again")
    assert len(set(sockets.heard)) == 1


async def test_an_acknowledgement_that_finds_its_socket_gone_is_counted(sockets: Sockets) -> None:
    sockets.hold.clear()
    asked = asyncio.create_task(sockets.says("too late"))
    await until(lambda: sockets.mode.in_hand == 1, "it arrives")
    await sockets.slack.sockets.cut()
    await until(lambda: sockets.replaced("closed") == 2, "both sockets are gone")
    sockets.hold.set()
    await until(lambda: sockets.figure("acks_missed_total", reason="lost") == 1, "nobody hears it")
    asked.cancel()


async def test_an_acknowledgement_later_than_slack_waits_is_counted(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await sockets.says("in time") == "in time"
    assert sockets.figure("acks_missed_total", reason="late") == 0
    monkeypatch.setattr(metrics_module, "SLACK_WAITS", 0.0)
    assert await sockets.says("late") == "late"
    await until(lambda: sockets.figure("acks_missed_total", reason="late") == 1, "it is counted")
