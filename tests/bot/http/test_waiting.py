"""What a program sees of a call that takes long or fails: over a group of commands that behave as the test wants."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.calls.desk import Desk
from bot.calls.record import Journal, Recorded, Request
from bot.config import ApiSettings
from bot.http.api import Api, api_gate
from bot.http.server import build_server
from bot.http.tokens import Tokens, new_token
from bot.kit.call import Surface
from bot.kit.clock import Clock
from bot.kit.errors import Conflict, FieldErrors, Refused, Unavailable, UserError
from bot.sealing import Sealer
from storage.audit import AuditReader, Search
from storage.calls import CallState
from storage.db import Database
from storage.tokens import TokenStore
from storage.writer import OutcomeUnknown
from tests.bot.calls.conftest import GROUP, Counter, People, Till
from tests.bot.calls.conftest import counter as counter  # fixtures
from tests.bot.calls.conftest import people as people
from tests.bot.calls.conftest import till as till
from tests.bot.http.conftest import Answer, Program
from tests.conftest import FakeClock

COMMANDS = {command.name: command for command in GROUP.commands.values()}


async def _served(session: aiohttp.ClientSession, runner: web.AppRunner, token: str) -> Program:
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return Program(session, int(runner.addresses[0][1]), token)


def _server(counter: Counter, clock: Clock, ready: bool = True) -> web.AppRunner:
    settings = ApiSettings(wait=timedelta(seconds=30), longest_wait=timedelta(seconds=60))
    routes = Api(counter.desk, counter.runner, counter.db, clock, settings, counter.audit).routes(COMMANDS)
    return web.AppRunner(build_server(routes, [api_gate(Tokens(counter.db, clock), lambda: ready)]), shutdown_timeout=1)


@pytest.fixture
async def token(database: Database, clock: FakeClock) -> str:
    row, token = new_token("U1", "test", frozenset({"*"}), clock.now(), None)
    async with database.transaction() as session:
        TokenStore().add(session, row)
    return token


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def program(
    counter: Counter, clock: FakeClock, token: str, session: aiohttp.ClientSession
) -> AsyncIterator[Program]:
    runner = _server(counter, clock)
    yield await _served(session, runner, token)
    await runner.cleanup()


async def _add(program: Program, verb: str = "add", number: int = 7, **headers: str) -> Answer:
    return await program.post(f"till {verb}", {"number": number}, **headers)


async def test_a_call_that_takes_long_is_accepted_and_its_end_seen_later(program: Program, till: Till) -> None:
    till.gate.clear()
    accepted = await _add(program, Prefer="respond-async")
    assert accepted.status == 202
    ref = accepted.json["ref"]
    assert accepted.json["state"] == "accepted"
    assert accepted.headers["Location"] == f"/api/v1/calls/{ref}"
    assert accepted.headers["Retry-After"] == "1"
    assert accepted.headers["Preference-Applied"] == "respond-async"
    now = await program.call("GET", accepted.headers["Location"])
    assert (now.status, now.json["state"], now.json["ended_at"]) == (200, "accepted", None)
    assert now.headers["Retry-After"] == "1"
    till.gate.set()
    ended = await program.call("GET", accepted.headers["Location"], headers={"Prefer": "wait=30"})
    assert ended.json["state"] == "done"
    assert ended.json["result"] == {"total": 7}
    assert ended.headers["Preference-Applied"] == "wait=30"


async def test_a_request_waits_for_the_end_as_long_as_it_asks_to(program: Program, till: Till) -> None:
    till.gate.clear()
    assert (await _add(program, Prefer="wait=0")).status == 202
    waiting = asyncio.create_task(_add(program, Prefer="respond-async, wait=30; x=y"))
    for _ in range(3000):
        if till.begun == 2:
            break
        await asyncio.sleep(0.01)
    assert not waiting.done()
    till.gate.set()
    answer = await waiting
    assert (answer.status, answer.json) == (200, {"total": 7})
    assert answer.headers["Preference-Applied"] == "wait=30"


async def test_no_request_waits_longer_than_it_may(program: Program) -> None:
    assert (await _add(program, Prefer="wait=99999")).headers["Preference-Applied"] == "wait=60"
    for unknown in ("return=minimal", "wait=soon", "wait=-1", ","):
        answer = await _add(program, Prefer=unknown)
        assert answer.status == 200
        assert "Preference-Applied" not in answer.headers


async def test_a_repeated_request_is_told_that_the_first_still_runs(program: Program, till: Till) -> None:
    till.gate.clear()
    first = await _add(program, Prefer="respond-async", Idempotency_Key="k")
    again = await _add(program, Prefer="respond-async", Idempotency_Key="k")
    assert (first.status, again.status) == (202, 202)
    assert again.json["ref"] == first.json["ref"]
    till.gate.set()
    assert (await _add(program, Idempotency_Key="k")).json == {"total": 7}
    assert till.begun == 1


async def test_a_repeated_request_is_answered_by_another_replica_too(
    program: Program,
    database: Database,
    clock: FakeClock,
    people: People,
    till: Till,
    token: str,
    session: aiohttp.ClientSession,
) -> None:
    till.gate.clear()
    first = await _add(program, Prefer="respond-async", Idempotency_Key="k")
    other = Counter(database, clock, people, till, holder="two")
    runner = _server(other, clock)
    try:
        elsewhere = await _served(session, runner, token)
        waiting = asyncio.create_task(_add(elsewhere, Idempotency_Key="k"))
        till.gate.set()
        answer = await waiting
        assert (answer.status, answer.json) == (200, {"total": 7})
        assert answer.headers["Call-Reference"] == first.json["ref"]
    finally:
        await runner.cleanup()
        await other.close()


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (UserError("The till is closed."), 422, "not-possible"),
        (FieldErrors({"number": "is too odd"}), 422, "invalid-arguments"),
        (Refused("Not you."), 403, "forbidden"),
        (Conflict("Somebody else paid."), 409, "conflict"),
        (RuntimeError("secret inside"), 500, "bug"),
        (Unavailable("the bank", "10.0.0.1 does not answer", retry_after=2.1), 503, "unavailable"),
        (Unavailable("the bank", "10.0.0.1 does not answer", retry_after=2.1), 503, "outcome-unknown"),
        (OutcomeUnknown(), 503, "outcome-unknown"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_each_failure_has_its_own_problem(
    program: Program, counter: Counter, till: Till, error: Exception, status: int, kind: str
) -> None:
    till.failing.append(error)
    # Whether anything was done when something fell away is certain only of what changes nothing.
    answer = await _add(program, "look" if kind == "unavailable" else "spend")
    assert (answer.status, answer.kind) == (status, kind)
    ref = answer.headers["Call-Reference"]
    assert answer.json["instance"] == f"/api/v1/calls/{ref}"
    assert "secret" not in answer.text
    assert "10.0.0.1" not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)
    if isinstance(error, Unavailable) and error.retry_after:
        assert answer.headers["Retry-After"] == "3"
    if kind == "invalid-arguments":
        assert answer.json["errors"] == [{"name": "number", "detail": "is too odd"}]
    if kind == "bug":
        assert ref in answer.json["detail"]
    seen = await program.call("GET", f"/api/v1/calls/{ref}")
    assert seen.json["state"] == ("refused" if status < 500 else "failed")
    assert seen.json["error"] == answer.json
    assert seen.json["result"] is None
    assert await counter.answer(ref) is None  # nothing is written into Slack for a program


async def test_what_could_not_be_tried_may_be_sent_again_with_the_same_key(program: Program, till: Till) -> None:
    till.failing.append(Unavailable("the bank", "closed"))
    assert (await _add(program, "look", Idempotency_Key="k")).status == 503
    again = await _add(program, "look", Idempotency_Key="k")
    assert (again.status, again.json) == (200, {"total": 7})
    assert "Idempotent-Replayed" not in again.headers


@pytest.mark.parametrize("error", [OutcomeUnknown(), Unavailable("the bank", "fell silent")], ids=["commit", "system"])
async def test_what_may_have_been_done_is_not_done_again_with_the_same_key(
    program: Program, till: Till, error: Unavailable
) -> None:
    till.failing.append(error)
    first = await _add(program, "spend", Idempotency_Key="k")
    again = await _add(program, "spend", Idempotency_Key="k")
    assert (first.status, again.status) == (503, 503)
    assert again.headers["Call-Reference"] == first.headers["Call-Reference"]
    assert till.begun == 1


async def test_a_busy_bot_says_so_and_records_nothing(program: Program, counter: Counter, till: Till) -> None:
    till.gate.clear()
    for _ in range(10):
        assert (await _add(program, Prefer="respond-async")).status == 202
    busy = await _add(program)
    assert (busy.status, busy.kind) == (503, "unavailable")
    assert int(busy.headers["Retry-After"]) >= 1
    assert busy.json["instance"] == "/api/v1/till/add"
    till.gate.set()


async def test_a_repeated_request_is_answered_also_while_the_bot_is_busy(program: Program, till: Till) -> None:
    first = await _add(program, Idempotency_Key="k")
    till.gate.clear()
    for _ in range(10):
        assert (await _add(program, Prefer="respond-async")).status == 202
    assert (await _add(program)).status == 503
    again = await _add(program, Idempotency_Key="k")
    assert (again.status, again.headers["Call-Reference"]) == (200, first.headers["Call-Reference"])
    till.gate.set()


class _Overtaken(Desk):
    """Another request with the same key is taken first, and what it does is why this one is refused."""

    async def take(self, request: Request) -> Recorded | None:
        await super().take(request)
        raise FieldErrors({"number": "is taken"})


async def test_a_request_whose_twin_got_ahead_is_answered_like_the_twin(
    counter: Counter, clock: FakeClock, token: str, session: aiohttp.ClientSession
) -> None:
    journal = Journal(counter.db, counter.writer, Sealer("xoxb-test"), "one", timedelta(seconds=30))
    desk = _Overtaken(counter.identity, journal, counter.runner, {"till": counter.till}, clock, counter.audit)
    routes = Api(desk, counter.runner, counter.db, clock, ApiSettings(), counter.audit).routes(COMMANDS)
    gate = api_gate(Tokens(counter.db, clock), lambda: True)
    runner = web.AppRunner(build_server(routes, [gate]), shutdown_timeout=1)
    try:
        program = await _served(session, runner, token)
        answer = await _add(program, Idempotency_Key="k")
        assert (answer.status, answer.json) == (200, {"total": 7})
        assert answer.headers["Idempotent-Replayed"] == "true"
        alone = await _add(program)
        assert (alone.status, alone.kind) == (422, "invalid-arguments")
    finally:
        await runner.cleanup()


async def test_waiting_for_a_call_ends_with_the_call_or_the_time(counter: Counter, till: Till) -> None:
    till.gate.clear()
    recorded = await counter.desk.take(counter.request("add"))
    assert recorded is not None
    await counter.runner.wait(recorded.ref, 0)
    assert (await counter.row(recorded.ref)).ended_at is None
    waiting = asyncio.create_task(counter.runner.wait(recorded.ref, 60))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    till.gate.set()
    await waiting
    assert (await counter.row(recorded.ref)).ended_at is not None
    await counter.runner.wait(recorded.ref, 60)  # returns at once for what does not run here


async def test_a_bot_that_stops_takes_no_calls_but_tells_what_became_of_them(
    program: Program, counter: Counter
) -> None:
    done = await _add(program)
    await counter.desk.close()
    assert (await _add(program)).status == 503
    seen = await program.call("GET", f"/api/v1/calls/{done.headers['Call-Reference']}")
    assert seen.json["state"] == "done"


async def test_a_bot_that_starts_asks_for_patience_but_lets_nobody_in_without_a_token(
    counter: Counter, clock: FakeClock, token: str, session: aiohttp.ClientSession
) -> None:
    runner = _server(counter, clock, ready=False)
    try:
        program = await _served(session, runner, token)
        assert (await _add(program)).status == 503
        assert (await _add(program.with_token(None))).status == 401
    finally:
        await runner.cleanup()


async def test_a_call_whose_process_died_is_told_as_interrupted(
    program: Program, database: Database, counter: Counter, clock: FakeClock
) -> None:
    recorded = await counter.desk.take(counter.request("spend", surface=Surface.API, key="x"))
    assert recorded is not None
    await counter.ended(recorded.ref)
    row = await counter.row(recorded.ref)
    row.state, row.result, row.problem = CallState.INTERRUPTED, None, None  # as an earlier release would have left it
    async with database.transaction() as session:
        await session.merge(row)
    seen = await program.call("GET", f"/api/v1/calls/{recorded.ref}")
    assert seen.json["error"]["type"] == "/api/docs#interrupted"
    assert recorded.ref in seen.json["error"]["detail"]


async def test_the_limits_of_a_token_hold_when_another_process_resumes_the_call(
    counter: Counter, till: Till, clock: FakeClock, people: People, database: Database
) -> None:
    till.gate.clear()
    request = counter.request("add", surface=Surface.API, key="limited")
    recorded = await counter.desk.take(type(request)(**{**vars(request), "limits": frozenset({"till.add"})}))
    assert recorded is not None
    row = await counter.row(recorded.ref)
    assert row.limits == ["till.add"]
    async with database.transaction() as session:
        row.limits = ["till.spend"]  # what it would be for a token that does not reach as far
        await session.merge(row)
    await counter.runner.drain(0)
    other = Counter(database, clock, people, till, holder="two")
    till.gate.set()
    keeping = asyncio.create_task(other.runner.keep_leases())
    try:
        ended = await other.ended(recorded.ref)
        assert ended.state == CallState.REFUSED
        assert till.ran == []
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await other.close()


async def test_a_token_that_is_too_narrow_is_refused_before_its_body_is_read_and_that_is_written_down(
    counter: Counter, clock: FakeClock, program: Program
) -> None:
    row, token = new_token("U1", "narrow", frozenset({"till.look"}), clock.now(), None)
    async with counter.db.transaction() as session:
        TokenStore().add(session, row)
    assert (await program.with_token(token).call("POST", "/api/v1/till/add", data=b"{")).status == 403
    await counter.audit.close(30)
    async with counter.db.reading() as reading:
        (entry,) = await AuditReader().find(reading, Search(action="call.refused"), 10)
    assert (entry.object, entry.surface) == ("command:till.add", "api")
    assert (entry.actor, entry.on_behalf_of) == (f"token:{row.id}", "U1")
    assert GROUP.commands["add"].permission in entry.note
