"""What the HTTP side lets in and what not: forged, replayed, oversized and garbage deliveries; health, metrics, closed paths."""

import hashlib
import hmac
import io
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.canaries import overheard
from tests.world import World


@pytest.fixture
def mode() -> str:
    return "http"


class Outside:
    """Somebody who knows the bot's address."""

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world = world
        self._session = session

    def signed(self, body: bytes, *, secret: str | None = None, age: int = 0) -> dict[str, str]:
        stamp = str(int(time.time()) - age)
        key = (secret or self._world.slack.signing_secret).encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        return (await self.request("POST", "/slack/events", data=io.BytesIO(body), headers=headers))[0]

    async def request(self, method: str, path: str, **more: object) -> tuple[int, str]:
        assert self._world.app is not None
        url = f"http://127.0.0.1:{self._world.app.port}{path}"
        async with self._session.request(method, url, **more) as answer:  # type: ignore[arg-type]
            text = await answer.text()
            overheard(f"the answer to {method} {path}", text)
            return answer.status, text

    async def refused(self, reason: str) -> float:
        _status, text = await self.request("GET", "/metrics")
        lines = [line for line in text.splitlines() if line.startswith("platform_bot_deliveries_refused_total")]
        return sum(float(line.rpartition(" ")[2]) for line in lines if f'reason="{reason}"' in line)


@pytest.fixture
async def outside(bot: World) -> AsyncIterator[Outside]:
    async with aiohttp.ClientSession() as session:
        yield Outside(bot, session)


def _command(text: str) -> bytes:
    fields = {
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "UNOBODY",
        "command": "/platform",
        "text": text,
        "trigger_id": "1.2.3",
        "response_url": "http://127.0.0.1:1/actions",
    }
    return urlencode(fields).encode()


async def test_a_signed_delivery_is_answered(outside: Outside) -> None:
    body = _command("help")
    assert await outside.deliver(body, outside.signed(body)) == 200


async def test_what_is_not_signed_or_wrongly_is_refused_and_counted(outside: Outside) -> None:
    body = _command("sandbox create mine")
    assert await outside.deliver(body, {"Content-Type": "application/x-www-form-urlencoded"}) == 401
    assert await outside.refused("unsigned") == 1
    assert await outside.deliver(body, outside.signed(body, secret="guess")) == 401
    assert await outside.deliver(body, outside.signed(body, age=301)) == 401
    assert await outside.deliver(body + b"x", outside.signed(body)) == 401
    assert await outside.refused("forged") == 3


async def test_garbage_and_too_much_are_refused_and_the_bot_goes_on(outside: Outside) -> None:
    garbage = b"\xff\xfe\x00garbage"
    assert await outside.deliver(garbage, outside.signed(garbage)) == 400
    too_much = b"payload=" + b"x" * (2 * 1024 * 1024)
    assert await outside.deliver(too_much, outside.signed(too_much)) == 413
    for odd in (b"payload=not json", b"{", b"", b"payload=[]", b'payload={"type":"block_actions"}'):
        await outside.deliver(odd, outside.signed(odd))
    body = _command("help")
    assert await outside.deliver(body, outside.signed(body)) == 200


async def test_the_api_is_closed_before_anything_is_looked_up(outside: Outside) -> None:
    for path in ("/api/v1/sandbox/create", "/api/v1/nothing/here", "/api/v1"):
        status, text = await outside.request("POST", path, json={})
        assert status == 401
        assert "token" in text


async def test_it_is_alive_and_ready_also_while_slack_is_away(outside: Outside, bot: World) -> None:
    bot.slack.faults.inject("server_error", times=None)
    assert (await outside.request("GET", "/healthz"))[0] == 200
    status, text = await outside.request("GET", "/readyz")
    assert status == 200, text
    assert (await outside.request("GET", "/nothing"))[0] == 404
