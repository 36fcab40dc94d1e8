"""A thousand marked messages to fifty channels until all are saved as sent; against bare loops of `chat.postMessage`.

Ours is the product's outbox, unpaced by its own setting: lease, claims, payloads, metadata, posts, and every `ts` committed. The
reference posts the same texts and blocks on one shared aiohttp session and saves nothing. It is the strongest we know: fifty
loops at once, one per channel (each channel's order is kept, as ours is), plain `session.post` with ready-made headers. Beside
it stand the same loops through slack_sdk's AsyncWebClient on a shared session, as an application would write them.
"""

import asyncio
import gc
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.databases import database
from benchmarks.double import double
from benchmarks.report import Measured
from bot.kit.clock import SystemClock
from bot.metrics import Metrics
from bot.outbox import Outbox
from bot.pacing import UNPACED
from integrations.slack import SlackClient
from storage.db import Database
from storage.message_claims import MessageClaims
from storage.messages import TOPIC, Channel, MessageStore

_RUNS = 7
_MESSAGES = 1_000
_CHANNELS = 50
_TOKEN = "xoxb-1"

Post = Callable[[str, Mapping[str, Any]], Awaitable[object]]


class _NoCards:
    async def render(self, view: str, object_id: str) -> Mapping[str, Any] | None:
        raise AssertionError("every message of this benchmark has a body")


class _Watch:
    """The product's metrics, and a bell when as many were sent as were marked."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._sent = 0
        self.all_sent = asyncio.Event()

    def sent(self, result: str) -> None:
        if result != "posted":
            raise AssertionError(result)
        self._metrics.sent(result)
        self._sent += 1
        if self._sent == _MESSAGES:
            self.all_sent.set()

    def backlog(self, due: int, oldest_seconds: float) -> None:
        self._metrics.backlog(due, oldest_seconds)


def _body(number: int) -> dict[str, Any]:
    text = f"*Sandbox `demo-{number}`* is ready: <https://demo-{number}.example.com|open it>. It expires in 8 hours."
    return {"text": text, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}


def _channel(number: int) -> str:
    return f"C{number % _CHANNELS:08}"


async def _mark(db: Database, run: int) -> None:
    store = MessageStore()
    async with db.transaction() as session:
        for number in range(_MESSAGES):
            to = Channel(_channel(number))
            await store.post(session, key=f"bench:{run}:{number}", to=to, body=_body(number))


async def _ours(db: Database, session: aiohttp.ClientSession, url: str, metrics: Metrics, run: int) -> float:
    """Messages per second."""
    await _mark(db, run)
    watch = _Watch(metrics)
    client = SlackClient(session, _TOKEN, url, observe=metrics.slack_request)
    outbox = Outbox(
        db, client, _NoCards(), SystemClock(), watch, holder=f"bench {run}", decrypt=lambda _: None, pacing=UNPACED
    )
    began = time.perf_counter()
    running = asyncio.create_task(outbox.run())
    await watch.all_sent.wait()
    seen = db.count(TOPIC)
    await db.wait(TOPIC, timeout=1.0, since=seen)  # every save tells
    while await _unsaved(db):
        await db.wait(TOPIC, timeout=1.0)
    seconds = time.perf_counter() - began
    await outbox.stop(5)
    await running
    return _MESSAGES / seconds


async def _unsaved(db: Database) -> int:
    async with db.reading() as session:
        return (await MessageClaims().backlog(session)).due


async def _bare(post: Post) -> float:
    """Messages per second."""

    async def loop(numbers: range) -> None:
        for number in numbers:
            await post(_channel(number), _body(number))

    began = time.perf_counter()
    await asyncio.gather(*(loop(range(first, _MESSAGES, _CHANNELS)) for first in range(_CHANNELS)))
    return _MESSAGES / (time.perf_counter() - began)


def _plain(session: aiohttp.ClientSession, url: str) -> Post:
    headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/json; charset=utf-8"}

    async def post(channel: str, body: Mapping[str, Any]) -> None:
        data = json.dumps({"channel": channel, **body}).encode()
        async with session.post(f"{url}chat.postMessage", data=data, headers=headers) as answer:
            if not json.loads(await answer.read())["ok"]:
                raise AssertionError("not posted")

    return post


def _sdk(session: aiohttp.ClientSession, url: str) -> Post:
    client = AsyncWebClient(token=_TOKEN, base_url=url, session=session)

    async def post(channel: str, body: Mapping[str, Any]) -> None:
        await client.chat_postMessage(channel=channel, **body)

    return post


async def run() -> Measured:
    """Keys: `sqlite`, `postgres` messages per second, against bare `session.post`; `…_vs_sdk` the same against slack_sdk."""
    kinds = ("sqlite", "postgres")
    measured = Measured(
        "outbox", reference_of=dict.fromkeys(kinds, "bare") | {f"{kind}_vs_sdk": "sdk" for kind in kinds}
    )
    metrics = Metrics()
    async with double() as url, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
        bare, sdk = _plain(session, url), _sdk(session, url)
        for kind in kinds:
            async with database(kind) as db:
                for run in range(_RUNS + 1):
                    reference = await _bare(bare), await _bare(sdk)
                    rate = await _ours(db, session, url, metrics, run)
                    if run == 0:  # warm-up
                        gc.freeze()  # as the application does when it has started
                        continue
                    measured.add_reference("bare", reference[0])
                    measured.add_reference("sdk", reference[1])
                    measured.add(kind, rate)
                    measured.add(f"{kind}_vs_sdk", rate)
                gc.unfreeze()
    return measured
