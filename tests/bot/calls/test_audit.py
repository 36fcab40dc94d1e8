"""What the audit trail holds of calls: an entry for each that ended, and for each refusal, whoever was refused."""

import json

from bot.calls.audit import MOST_REFUSALS, CallAudit
from bot.calls.record import Request
from bot.kit.call import Surface
from bot.kit.clock import Clock
from bot.kit.errors import Refused, Unavailable, UserError
from storage.audit import AuditReader, AuditRow, AuditStore, Search
from storage.audit_chain import Keyring
from storage.db import Database
from tests.bot.calls.conftest import Counter, Till


async def _trail(db: Database, **wanted: str) -> list[AuditRow]:
    async with db.reading() as session:
        return [row async for row in AuditReader().each(session, Search(**wanted))]  # type: ignore[arg-type]


async def test_a_call_that_ended_is_written_down_with_who_where_and_what(counter: Counter) -> None:
    recorded = await counter.desk.take(counter.request(number="7"))
    assert recorded is not None
    await counter.ended(recorded.ref)
    (row,) = await _trail(counter.db)
    assert (row.action, row.object, row.actor, row.on_behalf_of) == ("call.done", "command:till.add", "U1", None)
    assert (row.surface, row.channel, row.call) == ("slash", "C1", recorded.ref)
    assert json.loads(row.after or "") == {"arguments": {"number": "7"}}


async def test_a_call_by_token_is_the_tokens_doing_on_behalf_of_its_owner(counter: Counter) -> None:
    request = counter.request(surface=Surface.API)
    recorded = await counter.desk.take(
        Request(request.command, request.raw, "U1", Surface.API, request.key, token="abcd2345")
    )
    assert recorded is not None
    assert (await counter.ended(recorded.ref)).token == "abcd2345"
    (row,) = await _trail(counter.db, person="U1")
    assert (row.actor, row.on_behalf_of) == ("token:abcd2345", "U1")


async def test_a_call_that_failed_or_was_refused_says_why(counter: Counter, till: Till) -> None:
    till.failing += [UserError("No room."), RuntimeError("xoxb-123456789012 is wrong")]
    for expected, words in (("call.refused", "No room."), ("call.failed", "RuntimeError: [redacted] is wrong")):
        recorded = await counter.desk.take(counter.request())
        assert recorded is not None
        await counter.ended(recorded.ref)
        newest = (await _trail(counter.db))[0]
        assert (newest.action, newest.note, newest.call) == (expected, words, recorded.ref)


async def _refused(counter: Counter) -> None:
    try:
        await counter.desk.take(counter.request("audit", user="U2"))
    except Refused:
        return
    raise AssertionError("it was not refused")


async def test_a_refusal_before_the_call_was_recorded_is_written_down_aside(counter: Counter) -> None:
    await _refused(counter)
    await counter.audit.close(60)
    (row,) = await _trail(counter.db)
    assert (row.action, row.object, row.actor, row.call) == ("call.refused", "command:till.audit", "U2", None)
    assert "books.read" in row.note
    assert counter.audit.waiting == 0


async def test_more_refusals_than_can_wait_are_counted_and_nobody_waits(
    database: Database, clock: Clock, counter: Counter
) -> None:
    dropped: list[int] = []
    audit = CallAudit(database, AuditStore(Keyring.of("x")), clock, dropped.append)
    for _ in range(MOST_REFUSALS + 5):
        audit.refused(counter.request(), Refused("No."))
    assert dropped == [1] * 5
    await audit.close(60)
    assert len(await _trail(database, action="call.refused")) == MOST_REFUSALS


async def test_refusals_wait_for_a_database_that_is_away_and_are_written_once(
    database: Database, clock: Clock, counter: Counter
) -> None:
    store = AuditStore(Keyring.of("x"))
    audit = CallAudit(_away_once(database), store, clock)
    audit.refused(counter.request(), Refused("No."))
    await audit.close(60)
    assert len(await _trail(database, action="call.refused")) == 1


def _away_once(database: Database) -> Database:
    class Away:
        def __init__(self) -> None:
            self.tries = 0

        def transaction(self) -> object:
            self.tries += 1
            if self.tries == 1:
                raise Unavailable("the database", "it is away")
            return database.transaction()

    return Away()  # type: ignore[return-value]


async def test_a_question_leaves_no_trace(counter: Counter) -> None:
    recorded = await counter.desk.take(counter.request("look"))
    assert recorded is not None
    await counter.ended(recorded.ref)
    assert await _trail(counter.db) == []
