"""Whatever anybody sends to the running bot by HTTP: refused for what it is, counted, never a bug; then a good request works."""

import asyncio
import contextlib
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.http.tokens import new_token
from storage.tokens import TokenStore
from tests.faults.fleet import Fleet
from tests.faults.people import insist
from tests.faults.process import PATIENCE, BotProcess

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
SLACK, CREATE = "/slack/events", "/api/v1/sandbox/create"
TOO_MUCH = b"payload=" + b"x" * (1024 * 1024)
DEEP = b'{"type": ' + b"[" * 100_000
GARBAGE = [
    (b"\xff\xfe\x00garbage", FORM),
    (b"payload=not+json", FORM),
    (b"payload=[]", FORM),
    (b"payload=1", FORM),
    (b"payload=null", FORM),
    (b"payload=%ff%fe", FORM),
    (b"payload=" + DEEP, FORM),
    (b"{", JSON),
    (b'{"type": "event_callback", "event": ', JSON),
    (DEEP, JSON),
    (b'{"a": ' + b"9" * 5000 + b"}", JSON),
    (b'{"type": "event_callback", "event": []}', JSON),
    (b'{"type": "event_callback", "event": {"type": 7}}', JSON),
    (b'{"type": "event_callback"}', JSON),
    (b'payload={"type":"view_submission","view":1}', FORM),
    (b'payload={"type":"block_suggestion","user":"x","view":[]}', FORM),
]
# Sound as a body, and nothing that the bot knows.
ODD = [
    (b"", FORM),
    (b"\x00", FORM),
    (b"a=%zz&%=&&==", FORM),
    (b"command=%00&text=%ff&trigger_id=", FORM),
    (b'{"type": "a", "type": "b"}', JSON),
    (b'payload={"type":"block_actions"}', FORM),
    (b'payload={"type":"shortcut","callback_id":null}', FORM),
    (b'{"type": "\\ud800"}', JSON),
    (b"[]", JSON),
    (b"just text", "text/plain"),
    (b"\x1f\x8b\x08", "application/octet-stream"),
]

pytestmark = pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "http")], indirect=True, ids=["sqlite"])


class Outside:
    """Somebody who knows the bot's address, Slack's secret and an API token, and uses them as he likes."""

    def __init__(self, fleet: Fleet, bot: BotProcess, session: aiohttp.ClientSession, token: str) -> None:
        self._fleet = fleet
        self._session = session
        self._token = token
        self.bot = bot

    def signed(self, body: bytes, kind: str = FORM, *, secret: str | None = None, age: int = 0) -> dict[str, str]:
        stamp = str(int(time.time()) - age)
        key = (secret or self._fleet.world.slack.signing_secret).encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": kind}

    def bearing(self, kind: str = JSON) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": kind}

    async def post(self, path: str, body: bytes, headers: Mapping[str, str], *, chunked: bool = False) -> int:
        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 65536):
                yield body[start : start + 65536]

        url = f"http://127.0.0.1:{self.bot.port}{path}"
        data = pieces() if chunked else io.BytesIO(body)
        async with self._session.post(url, data=data, headers=headers) as answer:
            await answer.read()
            return answer.status

    async def counted(self, *words: str) -> float:
        """The sum of the figures whose lines have all `words`."""
        async with self._session.get(f"http://127.0.0.1:{self.bot.port}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if all(word in line for word in words))

    async def refused(self, reason: str) -> float:
        return await self.counted("platform_bot_deliveries_refused_total", f'reason="{reason}"')

    async def served(self) -> None:
        """People and programs are served as if nothing had been, and nothing was taken that should not have been."""
        assert await self._fleet.calls() == []
        await insist(self._fleet.world, "sandbox create checkout")
        await self._fleet.world.message("checkout", "is ready")
        assert await self.post("/api/v1/sandbox/list", b"{}", self.bearing()) == 200
        assert self.bot.alive
        assert [line for line in self.bot.complaints() if line.get("event") == "request_failed"] == []


@pytest.fixture
async def outside(fleet: Fleet) -> AsyncIterator[Outside]:
    bot = await fleet.start()
    row, token = new_token(fleet.world.ada.user_id, "test", frozenset({"*"}), datetime.now(UTC), None)
    async with fleet.database.transaction() as session:
        TokenStore().add(session, row)
    async with aiohttp.ClientSession() as session_of_ours:
        yield Outside(fleet, bot, session_of_ours, token)


def _command() -> bytes:
    fields = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/platform", "trigger_id": "1.2.3"}
    return urlencode({**fields, "text": "sandbox create mine", "response_url": "http://127.0.0.1:1/"}).encode()


async def test_what_is_forged_or_replayed_is_refused_and_counted(outside: Outside) -> None:
    body = _command()
    good = outside.signed(body)
    assert await outside.post(SLACK, body, {"Content-Type": FORM}) == 401
    for name in ("X-Slack-Signature", "X-Slack-Request-Timestamp"):
        assert await outside.post(SLACK, body, {key: value for key, value in good.items() if key != name}) == 401
    assert await outside.refused("unsigned") == 3
    forged = [
        outside.signed(body, secret="guess"),
        outside.signed(body + b"&a=b"),
        {**good, "X-Slack-Signature": ""},
        {**good, "X-Slack-Signature": "v0="},
        {**good, "X-Slack-Signature": "v1=" + good["X-Slack-Signature"].removeprefix("v0=")},
        {**good, "X-Slack-Signature": "v0=\u00e9"},
        {**good, "X-Slack-Request-Timestamp": "yesterday"},
        {**good, "X-Slack-Request-Timestamp": "9" * 5000},
        {**good, "X-Slack-Request-Timestamp": "nan"},
        # A stall between signing and receiving only makes the first older; the second has half an hour to spare.
        outside.signed(body, age=301),
        outside.signed(body, age=-1800),
    ]
    for headers in forged:
        assert await outside.post(SLACK, body, headers) == 401, headers
    assert await outside.refused("forged") == len(forged)
    await outside.served()


async def test_what_is_too_large_is_refused_and_counted(outside: Outside) -> None:
    for chunked in (False, True):
        assert await outside.post(SLACK, TOO_MUCH, outside.signed(TOO_MUCH), chunked=chunked) == 413
        assert await outside.post(CREATE, TOO_MUCH, outside.bearing(), chunked=chunked) == 413
    assert await outside.refused("oversized") == 2
    assert await outside.counted("platform_bot_http_requests_total", CREATE, 'status="413"') == 2
    await outside.served()


async def test_garbage_with_a_good_signature_is_refused_and_counted(outside: Outside) -> None:
    for body, kind in GARBAGE:
        assert await outside.post(SLACK, body, outside.signed(body, kind)) == 400, (body[:40], kind)
    assert await outside.refused("garbage") == len(GARBAGE)
    await outside.served()


async def test_what_is_well_formed_and_unknown_breaks_nothing(outside: Outside) -> None:
    for body, kind in ODD:
        status = await outside.post(SLACK, body, outside.signed(body, kind))
        assert status < 500, (body[:60], kind, status)
    await outside.served()


async def test_a_few_bytes_of_any_kind_break_nothing(outside: Outside) -> None:
    """As they arrive; tests/bot/http/test_garbage.py tries many more where they are read."""
    kinds = [FORM, JSON, "text/plain", "nonsense", f"{JSON}; charset=nonsense"]
    starts = [b"", b"payload=", b"{", b"[", b"command="]
    bodies = [start + rest for start in starts for rest in (b"\x00\xff{]\xe2\x82", b'"%00%zz&=\x1f[[')]
    for number, body in enumerate(bodies):
        kind = kinds[number % len(kinds)]
        assert await outside.post(SLACK, body, outside.signed(body, kind)) < 500, (body, kind)
        assert 400 <= await outside.post(CREATE, body, outside.bearing(kind)) < 500, (body, kind)
        assert await outside.post("/elsewhere", body, {}) == 404
    count = len(bodies)
    assert await outside.counted("platform_bot_http_requests_total", CREATE, 'status="4') == count
    assert await outside.counted("platform_bot_http_requests_total", 'route="none"', 'status="404"') == count
    await outside.served()


async def test_the_api_refuses_by_what_is_wrong_and_counts_it(outside: Outside) -> None:
    twice = b'{"name": "a", "name": "b"}'
    for path, body, headers, status in (
        (CREATE, b"{}", {}, 401),
        (CREATE, b"{}", {"Authorization": "Bearer pb_aaaaaaaa_" + "a" * 40}, 401),
        (CREATE, b"{}", {"Authorization": "Bearer \u00e9"}, 401),
        ("/api/v1/nothing/here", b"{}", {}, 401),
        ("/api/v1/nothing/here", b"{}", outside.bearing(), 404),
        (CREATE, b"\xff\xfe", outside.bearing(), 400),
        (CREATE, DEEP, outside.bearing(), 400),
        (CREATE, twice, outside.bearing(), 400),
        (CREATE, b'{"name": "mine"}', outside.bearing(FORM), 415),
        (CREATE, json.dumps({"name": "a\x00b"}).encode(), outside.bearing(), 422),
    ):
        assert await outside.post(path, body, headers) == status, (path, body[:40], headers)
    for status, times in ((400, 3), (415, 1), (422, 1)):
        assert await outside.counted("platform_bot_http_requests_total", CREATE, f'status="{status}"') == times
    assert await outside.counted("platform_bot_http_requests_total", 'status="401"') == 4
    await outside.served()


async def test_bodies_that_end_half_way_break_nothing(outside: Outside) -> None:
    body = _command()
    for path, headers in ((SLACK, outside.signed(body)), (CREATE, outside.bearing())):
        head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "bot", **headers}.items())
        for length, sent in (("Content-Length: 500", body), ("Transfer-Encoding: chunked", b"fff\r\n" + body)):
            await _said(outside.bot.port, f"POST {path} HTTP/1.1\r\n{head}{length}\r\n\r\n".encode() + sent)
    for line in (b"\x00\x01\x02\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nHost: bot\r\n\r\n"):
        await _said(outside.bot.port, line)
    await outside.served()


async def _said(port: int, data: bytes) -> None:
    """Sends it, and no more; returns when the bot has hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    with contextlib.suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        assert not answer.startswith(b"HTTP/1.1 5"), answer
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
