"""A command whose result is a credential: called from a form only, shown there and nowhere else, and written down nowhere."""

import asyncio

import pytest
from pydantic import BaseModel
from sqlalchemy import text

from bot.calls.record import Recorded, Request
from bot.kit.call import Surface
from bot.kit.clock import Clock
from bot.kit.declare import Group
from bot.kit.errors import OnlyInAForm, Refused, Unavailable, UserError
from bot.kit.replies import Reply
from storage.calls import CallState
from storage.db import Database
from tests.bot.calls.conftest import GROUP, Counter, People, Till

SECRET = 424_242  # what the command hands over, in its result and in its reply


async def take(counter: Counter, request: Request) -> Recorded | None:
    """As Slack does: what a busy machine was too slow to take comes again."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await counter.desk.take(request)
            except Unavailable:
                await asyncio.sleep(0.05)


async def _everything(database: Database) -> str:
    """All that any table holds."""
    async with database.reading() as session:
        listing = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if database.dialect == "sqlite"
            else "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        )
        tables = (await session.execute(text(listing))).scalars().all()
        rows = [(await session.execute(text(f'SELECT * FROM "{table}"'))).all() for table in tables]
    return repr(rows)


@pytest.mark.parametrize("surface", [each for each in Surface if each is not Surface.FORM])
async def test_it_is_refused_everywhere_but_in_a_form(counter: Counter, till: Till, surface: Surface) -> None:
    with pytest.raises(OnlyInAForm, match="a form that only you see"):
        await take(counter, counter.request("key", surface=surface))
    assert till.begun == 0


async def test_whoever_may_not_is_told_that_first(counter: Counter, people: People) -> None:
    people.guests.add("UGUEST")
    with pytest.raises(Refused, match=r"till\.key"):
        await take(counter, counter.request("key", surface=Surface.API, user="UGUEST"))


async def test_its_result_is_shown_in_the_form_and_is_in_no_table(counter: Counter, database: Database) -> None:
    counter.till.handed_over = SECRET
    recorded = await take(counter, counter.request("key", surface=Surface.FORM, key="form:V1"))
    assert recorded is not None
    row = await counter.ended(recorded.ref)
    await counter.runner.drain(30)
    assert (row.state, row.result) == (CallState.DONE, None)
    assert counter.in_forms == [("V1", f"The total is {SECRET}.")]
    assert await counter.answer(recorded.ref) is None
    kept = await _everything(database)
    assert recorded.ref in kept
    assert str(SECRET) not in kept


async def test_when_the_form_was_closed_it_is_shown_to_nobody_and_the_person_hears_that(
    counter: Counter, database: Database
) -> None:
    counter.till.handed_over, counter.forms_open = SECRET, False
    recorded = await take(counter, counter.request("key", surface=Surface.FORM, key="form:V1"))
    assert recorded is not None
    await counter.ended(recorded.ref)
    await counter.runner.drain(30)
    answer = await counter.answer(recorded.ref)
    assert answer is not None
    assert answer.body is not None
    assert "Ask again with `till key`" in answer.body["text"]
    assert str(SECRET) not in await _everything(database)


async def test_what_went_wrong_is_said_whether_the_form_is_open_or_not(counter: Counter) -> None:
    counter.till.failing.append(UserError("There is no key today."))
    counter.forms_open = False
    recorded = await take(counter, counter.request("key", surface=Surface.FORM, key="form:V1"))
    assert recorded is not None
    assert (await counter.ended(recorded.ref)).state == CallState.REFUSED
    await counter.runner.drain(30)
    answer = await counter.answer(recorded.ref)
    assert answer is not None
    assert answer.body is not None
    assert "no key today" in answer.body["text"]


async def test_it_waits_for_no_approval(database: Database, clock: Clock, people: People, till: Till) -> None:
    rule = {"name": "keys", "when": {"command": "till.key"}, "approvers": {"users": ["U0BOSS"]}}
    counter = Counter(database, clock, people, till, approvals={"channel": "C0OPS", "rules": [rule]})
    recorded = await take(counter, counter.request("key", surface=Surface.FORM, key="form:V1"))
    assert recorded is not None
    row = await counter.ended(recorded.ref)
    await counter.runner.drain(30)
    assert (row.state, till.begun) == (CallState.REFUSED, 0)
    assert "cannot wait for an approval" in (row.error or "")
    await counter.close()


def test_it_shows_its_progress_and_runs_only_for_whom_is_known_well() -> None:
    key = GROUP.commands["key"]
    assert (key.progress, key.sensitive) == (True, True)


@pytest.mark.parametrize(("dangerous", "changes"), [(True, True), (False, False)])
def test_it_is_written_down_and_asks_nothing_first(dangerous: bool, changes: bool) -> None:
    group = Group("box", summary="x", service=Till)
    with pytest.raises(ValueError, match="credential"):
        group.command(
            "key",
            arguments=BaseModel,
            result=BaseModel,
            permission="box.key",
            summary="Key",
            view=lambda result: Reply(text="x"),
            credential=True,
            dangerous=dangerous,
            changes=changes,
        )
