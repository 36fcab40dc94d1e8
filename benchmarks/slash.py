"""Signed slash commands in process, up to the acknowledgement, durably recorded; against raw Bolt with one listener.

Ours does everything that stands before the acknowledgement: signature, routing, parsing, identity, permission, validation, the
commit. What was accepted is not run here: that comes after the acknowledgement, and raw Bolt has nothing like it.
"""

import asyncio
import gc
import hashlib
import hmac
import itertools
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any, cast
from urllib.parse import urlencode

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from benchmarks.databases import database
from benchmarks.report import Measured
from bot.calls.audit import CallAudit
from bot.calls.desk import Desk
from bot.calls.identify import Identity
from bot.calls.record import Journal, Recorded
from bot.calls.run import Runner
from bot.kit.access import AccessSettings
from bot.kit.clock import SystemClock
from bot.kit.roles import Person
from bot.metrics import Metrics
from bot.sealing import Sealer
from bot.slack.bolt import build_bolt
from bot.slack.botuser import BotUser
from bot.slack.dialogs import Dialogs
from bot.slack.events import Events
from bot.slack.lookups import Lookups
from bot.slack.routing import Router
from bot.wiring import GROUPS
from integrations.slack import SlackClient
from storage.audit import AuditStore
from storage.audit_chain import Keyring
from storage.calls import CallRow
from storage.db import Database
from storage.messages import MessageStore
from storage.people import PersonRow, PersonStore
from storage.writer import GroupedWriter

_SECRET = "benchmark"
_RUNS = 5
_CALLS = {1: 400, 64: 4_000}

Dispatch = Callable[[AsyncBoltRequest], Awaitable[object]]
_numbers = itertools.count()


class _Parked:
    """Stands where the runner does, and runs nothing."""

    def make_room(self, taking: int) -> None: ...

    def hand_over(self, recorded: Recorded) -> None: ...


def _request() -> AsyncBoltRequest:
    number = next(_numbers)
    body = urlencode(
        {
            "team_id": "T1",
            "channel_id": "C1",
            "user_id": "U1",
            "command": "/platform",
            "text": "sandbox list everyone=yes",
            "trigger_id": f"{number}.1.abc",
            "response_url": f"https://hooks.slack.com/commands/T1/{number}/secret",
            "api_app_id": "A1",
        }
    )
    now = str(int(time.time()))
    signature = hmac.new(_SECRET.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
    return AsyncBoltRequest(
        body=body,
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": now,
            "x-slack-signature": f"v0={signature}",
        },
    )


def _raw_bolt() -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="UB")

    app = AsyncApp(name="raw", authorize=authorize, signing_secret=_SECRET, process_before_response=True)

    async def answer(ack: AsyncAck) -> None:
        await ack()

    app.command("/platform")(answer)
    return app


async def _our_bolt(db: Database, session: aiohttp.ClientSession) -> tuple[AsyncApp, GroupedWriter]:
    clock, metrics = SystemClock(), Metrics()

    async def nobody(user_id: str) -> Person:
        raise AssertionError("everybody is known in this benchmark")

    async with db.transaction() as transaction:
        person = PersonRow(user_id="U1", name="ada", zone="UTC", full_member=True, learnt_at=datetime.now(UTC))
        await PersonStore().save(transaction, person)
    identity = Identity(db, nobody, AccessSettings(), clock)
    writer = GroupedWriter(db, cast(Any, CallRow).__table__, "key")
    journal = Journal(db, writer, Sealer("xoxb-1"), "bench", timedelta(hours=1))
    audit = CallAudit(db, AuditStore(Keyring.of("benchmark")), clock)
    desk = Desk(identity, journal, cast(Runner, _Parked()), {}, clock, audit)
    client = SlackClient(session, "xoxb-1", "http://127.0.0.1:1/api/")
    groups = {group.name: group for group in GROUPS}
    dialogs, lookups = Dialogs(identity, client, {}, "/platform", clock, audit), Lookups(identity, groups, {})
    router = Router(desk, dialogs, lookups, groups, client, metrics, "/platform")
    me = BotUser("T1", "B1", "UB")
    events = Events(desk, db, MessageStore(clock), groups, "/platform", lambda: me)
    bolt = build_bolt(router, events, "xoxb-1", _SECRET, "http://127.0.0.1:1/api/", session, lambda: me)
    return bolt, writer


async def _load(app: AsyncApp, concurrency: int) -> tuple[float, float]:
    """Acknowledged commands per second, and the 99th percentile of their seconds."""
    requests = [_request() for _ in range(_CALLS[concurrency])]
    waiting = iter(requests)
    seconds: list[float] = []

    async def client() -> None:
        for request in waiting:
            began = time.perf_counter()
            answer = await app.async_dispatch(request)
            seconds.append(time.perf_counter() - began)
            if answer.status != 200 or answer.body:
                raise AssertionError(f"not accepted: {answer.status} {answer.body}")

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(concurrency)))
    return len(requests) / (time.perf_counter() - began), quantiles(seconds, n=100)[98]


async def run() -> Measured:
    """Keys: `sqlite_c64` acknowledged commands per second; `…_p99_ms` their 99th percentile."""
    measured = Measured(
        "slash",
        reference_of={f"{kind}_c{count}": f"bolt_c{count}" for kind in ("sqlite", "postgres") for count in _CALLS},
    )
    raw = _raw_bolt()
    async with aiohttp.ClientSession() as session:
        for kind in ("sqlite", "postgres"):
            async with database(kind) as db:
                ours, writer = await _our_bolt(db, session)
                gc.freeze()  # as the application does when it has started
                for concurrency in _CALLS:
                    await _load(raw, concurrency)  # warm-up
                    await _load(ours, concurrency)
                    for _ in range(_RUNS):
                        reference, _p99 = await _load(raw, concurrency)
                        rate, p99 = await _load(ours, concurrency)
                        measured.add_reference(f"bolt_c{concurrency}", reference)
                        measured.add(f"{kind}_c{concurrency}", rate)
                        measured.add(f"{kind}_c{concurrency}_p99_ms", p99 * 1000)
                gc.unfreeze()
                await writer.close()
    return measured
