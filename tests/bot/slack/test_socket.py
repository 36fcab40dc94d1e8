"""Socket Mode against the double: nothing that Slack sends is lost while sockets come and go."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.kit.errors import Busy
from bot.metrics import Metrics
from bot.slack import socket as socket_module
from bot.slack.manifest import manifest
from bot.slack.socket import SocketMode
from integrations.slack import SlackClient
from playground.slack import SlackDouble, acme


async def until(condition: Callable[[], bool], what: str) -> None:
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"it did not happen that {what}")


class Sockets:
    """The bot's side under test, with a Bolt app that answers every command with its own text."""

    def __init__(self, slack: SlackDouble, session: aiohttp.ClientSession, silence: float) -> None:
        self.slack = slack
        self.metrics = Metrics()
        self.hold = asyncio.Event()
        self.hold.set()
        client = SlackClient(session, slack.app_token, slack.api_url)
        self.turned_away: list[str] = []
        self.mode = SocketMode(
            self._bolt(), client, session, self.metrics, connections=2, silence=silence, busy=self._busy, most=3
        )

    def _busy(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if "command" not in payload:
            raise Busy("deliveries")
        self.turned_away.append(payload["text"])
        return {"text": "busy"}

    def _bolt(self) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-test", bot_id="B1")

        app = AsyncApp(name="test", authorize=authorize, signing_secret="", process_before_response=True)

        async def echo(ack: AsyncAck, command: dict[str, str]) -> None:
            await self.hold.wait()
            await ack(command["text"])

        app.command("/platform")(echo)
        return app

    def replaced(self, reason: str) -> float:
        return self.metrics.registry.get_sample_value("platform_bot_sockets_replaced_total", {"reason": reason}) or 0.0

    async def up(self) -> None:
        await until(lambda: self.slack.sockets.speaking == 2, "two sockets are up")

    async def says(self, text: str) -> str:
        return (await self.slack.person("ada").slash("#platform", "/platform", text)).text


@pytest.fixture
async def sockets(request: pytest.FixtureRequest) -> AsyncIterator[Sockets]:
    silence = getattr(request, "param", 30.0)
    async with (
        SlackDouble(manifest("/platform", []), acme(), ping_seconds=0.05) as slack,
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


@pytest.mark.parametrize("sockets", [1.0], indirect=True)
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


async def test_a_frame_that_is_too_large_costs_its_socket_and_not_the_memory(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "_LARGEST", 50_000)
    await sockets.slack.sockets.disconnect("warning", close_after=0.0, one=False)
    await until(lambda: sockets.replaced("warning") == 2, "sockets with the small bound have replaced them")
    await sockets.up()
    await sockets.slack.person("ada").slash("#platform", "/platform", "x" * 200_000)
    await until(lambda: sockets.replaced("oversized") >= 1, "its socket was given up")
    await sockets.up()
    assert await sockets.says("still here") == "still here"
