"""Socket Mode: single-use URLs, hello, one socket for each envelope, acknowledgements, refreshes, silence and cuts."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from playground.slack import SlackDouble
from tests.playground.slack.conftest import Json, SocketApp, client, double, manifest, refusal, socket_app


class Bare:
    """A socket without a library around it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> Json:
        message: Json = json.loads((await asyncio.wait_for(self.socket.receive(), 5)).data)
        return message

    async def acknowledge(self, envelope: Json, payload: Any = None) -> None:
        body = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload is not None else {})
        await self.socket.send_str(json.dumps(body))


async def url_of(slack: SlackDouble) -> str:
    return str((await client(slack).apps_connections_open(app_token=slack.app_token))["url"])


@asynccontextmanager
async def bare(slack: SlackDouble, url: str = "") -> AsyncIterator[Bare]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url or await url_of(slack), autoping=False) as socket,
    ):
        yield Bare(socket)


async def test_a_socket_is_greeted_with_how_many_there_are_and_how_long_it_lasts(slack: SlackDouble) -> None:
    async with bare(slack) as first, bare(slack) as second:
        assert (await first.next())["num_connections"] == 1
        hello = await second.next()
        assert hello["type"] == "hello"
        assert hello["num_connections"] == 2
        assert hello["debug_info"]["approximate_connection_time"] == 18_060
        assert hello["connection_info"]["app_id"] == slack.workspace.app_id


async def test_a_url_opens_one_socket_only(slack: SlackDouble) -> None:
    url = await url_of(slack)
    async with bare(slack, url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with bare(slack, url):
                pass


async def test_an_eleventh_socket_is_told_to_go(slack: SlackDouble) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(bare(slack))
        extra = await stack.enter_async_context(bare(slack))
        assert await extra.next() == {
            "type": "disconnect",
            "reason": "too_many_websockets",
            "debug_info": {"host": "applink-1"},
        }
        assert (await extra.socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        assert slack.sockets.connections == 10


async def test_without_socket_mode_no_url_is_given() -> None:
    async with double(manifest=manifest(socket_mode=False)) as slack:
        answer = await refusal(client(slack).apps_connections_open(app_token=slack.app_token))
        assert answer["error"] == "socket_mode_not_enabled"


async def test_each_envelope_goes_to_one_socket_and_all_sockets_get_some(slack: SlackDouble) -> None:
    async with socket_app(slack) as one, socket_app(slack) as two:
        await slack.wait_for(lambda: slack.sockets.connections == 2)
        for number in range(12):
            await slack.person("ada").slash("platform", "/platform", str(number))
        heard = [[payload["text"] for payload in app.payloads("slash_commands")] for app in (one, two)]
        assert sorted(heard[0] + heard[1], key=int) == [str(number) for number in range(12)]
        assert heard[0]
        assert heard[1]


async def test_the_acknowledgements_payload_counts_only_where_slack_accepts_one(slack: SlackDouble) -> None:
    async with bare(slack) as socket:
        await socket.next()
        command = asyncio.create_task(slack.person("ada").slash("platform", "/platform", "help"))
        envelope = await socket.next()
        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True
        assert "retry_attempt" not in envelope
        await socket.acknowledge(envelope, {"text": "usage", "response_type": "in_channel"})
        outcome = await command
        assert outcome.text == "usage"
        assert outcome.response_type == "in_channel"
        assert slack.person("grace").sees("platform")[-1].text == "usage"


async def test_a_command_nobody_acknowledges_times_out_and_the_person_is_told() -> None:
    async with double(ack_seconds=0.2) as slack, socket_app(slack) as app:
        app.mute = True
        ada = slack.person("ada")
        outcome = await ada.slash("platform", "/platform", "x")
        assert outcome.error == "operation_timeout"
        assert outcome.text == "/platform failed with the error “operation_timeout”"
        assert ada.sees("platform")[-1].ephemeral_to == ada.user_id
        assert len(app.payloads("slash_commands")) == 1
        assert slack.calls_of("slash_commands")[0].error == "timeout"


async def test_a_command_without_any_socket_fails_at_once(slack: SlackDouble) -> None:
    outcome = await slack.person("ada").slash("platform", "/platform", "x")
    assert outcome.error == "dispatch_failed"


async def test_an_event_nobody_acknowledges_comes_again_with_its_number_and_reason() -> None:
    async with double(ack_seconds=0.1, retry_delays=(0.0, 0.01, 0.01)) as slack, bare(slack) as socket:
        await socket.next()
        await slack.person("ada").say("platform", "hello")
        seen = []
        for _ in range(4):
            envelope = await socket.next()
            seen.append((envelope["retry_attempt"], envelope["retry_reason"]))
        assert seen == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
        await slack.wait_for(lambda: slack.events.given_up)
        assert slack.events.given_up[0]["event"]["text"] == "hello"


async def test_an_event_that_happened_during_downtime_comes_when_the_app_is_back() -> None:
    async with double(retry_delays=(0.0, 0.3, 0.3)) as slack:
        await slack.person("ada").say("platform", "while you were away")
        async with bare(slack) as socket:
            await socket.next()
            envelope = await socket.next()
            await socket.acknowledge(envelope)
            assert envelope["payload"]["event"]["text"] == "while you were away"
            assert envelope["retry_attempt"] >= 1
            await slack.wait_for(lambda: slack.events.pending == 0)
            assert not slack.events.given_up


async def test_sockets_are_pinged() -> None:
    async with double(ping_seconds=0.01) as slack, bare(slack) as socket:
        await socket.next()
        assert (await socket.socket.receive()).type == aiohttp.WSMsgType.PING


async def test_a_socket_told_to_leave_gets_no_more_while_another_is_open(slack: SlackDouble) -> None:
    async with bare(slack) as leaving:
        await leaving.next()
        await slack.sockets.disconnect("warning", close_after=60)
        assert (await leaving.next())["reason"] == "warning"
        async with socket_app(slack) as staying:
            await slack.wait_for(lambda: slack.sockets.connections == 2)
            for _ in range(5):
                assert (await slack.person("ada").slash("platform", "/platform")).ok
            assert len(staying.payloads("slash_commands")) == 5


async def test_the_library_reconnects_after_a_refresh(slack: SlackDouble, app: SocketApp) -> None:
    app.client.auto_reconnect_enabled = True
    await slack.sockets.disconnect("refresh_requested", close_after=0)
    await slack.wait_for(lambda: len(slack.calls_of("apps.connections.open")) == 2)
    await slack.wait_for(lambda: slack.sockets.connections == 1)
    assert (await slack.person("ada").slash("platform", "/platform")).ok


async def test_a_silent_socket_stays_open_and_hears_nothing() -> None:
    async with double(ack_seconds=0.1, ping_seconds=0.01) as slack, bare(slack) as socket:
        await socket.next()
        slack.sockets.silence()
        assert (await slack.person("ada").slash("platform", "/platform")).error == "operation_timeout"
        assert not socket.socket.closed
        assert (slack.sockets.connections, slack.sockets.speaking) == (1, 0)
        async with socket_app(slack):
            await slack.wait_for(lambda: slack.sockets.speaking == 1)
            outcomes = [(await slack.person("ada").slash("platform", "/platform")).ok for _ in range(8)]
            assert {True, False} == set(outcomes)


async def test_refused_sockets_still_get_a_url(slack: SlackDouble) -> None:
    slack.faults.refuse_sockets = True
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with bare(slack):
            pass
    slack.faults.clear()
    async with bare(slack) as socket:
        assert (await socket.next())["type"] == "hello"


async def test_a_cut_socket_is_no_longer_counted(slack: SlackDouble) -> None:
    async with bare(slack) as socket:
        await socket.next()
        await slack.sockets.cut()
        await slack.wait_for(lambda: slack.sockets.connections == 0)


async def test_what_slack_would_not_understand_is_kept(slack: SlackDouble) -> None:
    async with bare(slack) as socket:
        await socket.next()
        await socket.socket.send_str("hello?")
        await socket.socket.send_str('{"envelope_id": "unknown"}')
        await slack.wait_for(lambda: len(slack.sockets.unexpected) == 2)
