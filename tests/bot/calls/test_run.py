"""Running recorded calls: once, under a lease, and again only where that is safe."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.kit.call import Surface
from bot.kit.errors import Unavailable, UserError
from storage.calls import CallRow, CallState
from storage.db import Database
from tests.bot.calls.conftest import Counter, People, Till
from tests.conftest import FakeClock


async def _leave_behind(counter: Counter, till: Till, verb: str, *, started: bool) -> str:
    """A call of a process that dies: before it started, or in the middle. Its lease has not run out yet."""
    till.gate.clear()
    recorded = await counter.desk.take(counter.request(verb))
    assert recorded is not None
    if started:
        for _ in range(500):
            if till.begun:
                break
            await asyncio.sleep(0.01)
    counter.runner._tasks[recorded.ref].cancel()
    await asyncio.sleep(0)
    till.gate.set()
    return recorded.ref


async def _text(counter: Counter, ref: str) -> str:
    """What the person was told at the end."""
    answer = await counter.answer(ref)
    assert answer is not None
    assert answer.body is not None
    return str(answer.body["text"])


async def _take_over(database: Database, clock: FakeClock, people: People, till: Till) -> Counter:
    """Another process, some time later."""
    clock.advance(timedelta(seconds=31))
    other = Counter(database, clock, people, till, holder="two")
    keeping = asyncio.create_task(other.runner.keep_leases())
    for _ in range(200):
        await asyncio.sleep(0.01)
        if other.metrics.registry.get_sample_value("platform_bot_calls_running") or other.till.ran:
            break
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    return other


async def test_a_repeatable_call_whose_process_died_in_the_middle_is_resumed(
    counter: Counter, database: Database, clock: FakeClock, people: People, till: Till
) -> None:
    ref = await _leave_behind(counter, till, "add", started=True)
    other = await _take_over(database, clock, people, till)
    row = await other.ended(ref)
    assert (row.state, row.attempt) == (CallState.DONE, 2)
    assert till.ran == [ref]
    await other.close()


async def test_a_call_that_must_not_run_twice_is_told_to_be_interrupted(
    counter: Counter, database: Database, clock: FakeClock, people: People, till: Till
) -> None:
    ref = await _leave_behind(counter, till, "spend", started=True)
    other = await _take_over(database, clock, people, till)
    row = await other.ended(ref)
    assert row.state == CallState.INTERRUPTED
    assert till.ran == []
    answer = await other.answer(ref)
    assert answer is not None
    assert answer.body is not None
    assert "interrupted" in answer.body["text"]
    await other.close()


async def test_a_call_that_never_started_is_run_by_whoever_finds_it_even_if_it_must_not_run_twice(
    counter: Counter, database: Database, clock: FakeClock, people: People, till: Till
) -> None:
    people.down = True  # it waits for Slack to say who asked, and has not started
    ref = await _leave_behind(counter, till, "spend", started=False)
    people.down = False
    other = await _take_over(database, clock, people, till)
    assert (await other.ended(ref)).state == CallState.DONE
    assert till.ran == [ref]
    await other.close()


async def test_a_process_that_lost_its_lease_ends_nothing(
    counter: Counter, database: Database, clock: FakeClock, people: People, till: Till
) -> None:
    till.gate.clear()
    recorded = await counter.desk.take(counter.request())
    assert recorded is not None
    clock.advance(timedelta(seconds=31))
    other = Counter(database, clock, people, Till(clock), holder="two")
    other.till.gate.set()
    keeping = asyncio.create_task(other.runner.keep_leases())
    row = await other.ended(recorded.ref)
    till.gate.set()  # the first process wakes up again, too late
    for _ in range(100):
        await asyncio.sleep(0.01)
        if not counter.runner._tasks:
            break
    again = await other.row(recorded.ref)
    assert (again.state, again.ended_at) == (CallState.DONE, row.ended_at)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await other.close()


async def test_what_something_unavailable_stopped_is_tried_again_if_that_is_safe(counter: Counter, till: Till) -> None:
    till.failing = [Unavailable("the till", "it is jammed")]
    recorded = await counter.desk.take(counter.request("add"))
    assert recorded is not None
    assert (await counter.ended(recorded.ref)).state == CallState.DONE


async def test_what_must_not_run_twice_ends_when_something_is_unavailable_and_says_what(
    counter: Counter, till: Till
) -> None:
    till.failing = [Unavailable("the till", "it is jammed")]
    recorded = await counter.desk.take(counter.request("spend"))
    assert recorded is not None
    row = await counter.ended(recorded.ref)
    assert row.state == CallState.FAILED
    assert row.problem is not None
    assert row.problem["kind"] == "outcome-unknown"
    assert "The till is not available" in await _text(counter, recorded.ref)
    assert "I do not try again by myself" in await _text(counter, recorded.ref)


async def test_what_was_stopped_before_it_began_says_that_nothing_was_done(counter: Counter, people: People) -> None:
    people.down = True
    recorded = await counter.desk.take(counter.request("spend"))
    assert recorded is not None
    row = await counter.ended(recorded.ref)
    assert row.problem is not None
    assert row.problem["kind"] == "unavailable"
    assert "Nothing was done" in await _text(counter, recorded.ref)


async def test_a_question_that_got_no_answer_did_nothing(counter: Counter, till: Till) -> None:
    till.failing = [Unavailable("the till", "it is jammed")]
    recorded = await counter.desk.take(counter.request("look"))
    assert recorded is not None
    await counter.ended(recorded.ref)
    assert "Nothing was done" in await _text(counter, recorded.ref)


async def test_who_waits_for_longer_is_told_once_what_is_down_and_that_it_is_tried_again(
    counter: Counter, till: Till, clock: FakeClock
) -> None:
    till.failing = [Unavailable("the till", "it is jammed") for _ in range(3)]
    till.gate.clear()
    recorded = await counter.desk.take(counter.request("add"))
    assert recorded is not None
    clock.advance(6)
    till.gate.set()
    assert (await counter.ended(recorded.ref)).state == CallState.DONE
    told = await counter.answer(recorded.ref, "waits")
    assert told is not None
    assert told.body is not None
    assert told.body["text"].startswith("The till is not available right now. I keep trying by myself")
    assert told.wanted == 1
    assert await _text(counter, recorded.ref) == "The total is 7."


async def test_a_system_that_asks_for_a_pause_gets_it(counter: Counter, till: Till) -> None:
    till.failing = [Unavailable("the till", "it is jammed", retry_after=2)]
    began = asyncio.get_running_loop().time()
    recorded = await counter.desk.take(counter.request("add"))
    assert recorded is not None
    await counter.ended(recorded.ref)
    assert asyncio.get_running_loop().time() - began >= 2


async def test_a_short_wait_is_nothing_to_tell(counter: Counter, till: Till) -> None:
    till.failing = [Unavailable("the till", "it is jammed")]
    recorded = await counter.desk.take(counter.request("add"))
    assert recorded is not None
    await counter.ended(recorded.ref)
    assert await counter.answer(recorded.ref, "waits") is None


async def test_what_was_tried_for_too_long_says_that_it_is_not_any_more(
    counter: Counter, till: Till, clock: FakeClock
) -> None:
    till.failing = [Unavailable("the till", "it is jammed")]
    till.gate.clear()
    recorded = await counter.desk.take(counter.request("add"))
    assert recorded is not None
    clock.advance(timedelta(minutes=16))
    till.gate.set()
    assert (await counter.ended(recorded.ref)).state == CallState.FAILED
    assert "have stopped now; asking again does no harm" in await _text(counter, recorded.ref)


async def test_attempts_put_off_are_counted_by_what_was_down(counter: Counter, till: Till) -> None:
    till.failing = [Unavailable("the till", "it is jammed"), Unavailable("the safe", "it is locked")]
    recorded = await counter.desk.take(counter.request("add"))
    assert recorded is not None
    await counter.ended(recorded.ref)
    figure = counter.metrics.registry.get_sample_value
    assert figure("platform_bot_call_waits_total", {"system": "the till"}) == 1
    assert figure("platform_bot_call_waits_total", {"system": "the safe"}) == 1


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (UserError("There is no money left."), CallState.REFUSED, "There is no money left."),
        (ZeroDivisionError("1/0"), CallState.FAILED, "reference c-"),
    ],
)
async def test_what_went_wrong_is_told_and_a_bug_only_by_its_reference(
    counter: Counter, till: Till, error: Exception, state: CallState, words: str
) -> None:
    till.failing = [error]
    recorded = await counter.desk.take(counter.request())
    assert recorded is not None
    assert (await counter.ended(recorded.ref)).state == state
    answer = await counter.answer(recorded.ref)
    assert answer is not None
    assert answer.body is not None
    assert words in answer.body["text"]
    assert "1/0" not in str(answer.body)


async def test_a_button_that_achieved_nothing_can_be_pressed_again(counter: Counter, till: Till) -> None:
    till.failing = [UserError("Not now.")]
    button = counter.request(key="button:C1:1.0:run:till.add:1", surface=Surface.BUTTON)
    first = await counter.desk.take(button)
    assert first is not None
    await counter.ended(first.ref)
    second = await counter.desk.take(button)
    assert second is not None
    await counter.ended(second.ref)
    assert await counter.desk.take(button) is None
    assert till.ran == [second.ref]


async def test_draining_lets_running_calls_end(counter: Counter, till: Till) -> None:
    till.gate.clear()
    recorded = await counter.desk.take(counter.request())
    assert recorded is not None
    draining = asyncio.create_task(counter.runner.drain(10))
    await asyncio.sleep(0)
    till.gate.set()
    await draining
    assert (await counter.row(recorded.ref)).state == CallState.DONE


async def test_what_does_not_end_in_time_is_left_for_others_at_once(
    counter: Counter, till: Till, clock: FakeClock
) -> None:
    till.gate.clear()
    recorded = await counter.desk.take(counter.request())
    assert recorded is not None
    await counter.runner.drain(0.05)
    row = await counter.row(recorded.ref)
    assert row.state == CallState.ACCEPTED
    assert row.lease_until == clock.now()


async def test_a_reply_that_slack_would_not_take_ends_the_call_as_a_bug(counter: Counter) -> None:
    recorded = await counter.desk.take(counter.request("shout"))
    assert recorded is not None
    assert (await counter.ended(recorded.ref)).state == CallState.FAILED


async def test_a_call_that_takes_every_process_down_is_given_up(counter: Counter, till: Till, clock: FakeClock) -> None:
    till.gate.clear()
    recorded = await counter.desk.take(counter.request())
    assert recorded is not None
    counter.runner._tasks[recorded.ref].cancel()
    await asyncio.sleep(0)
    async with counter.db.transaction() as session:
        await session.execute(update(CallRow).values(attempt=5))
    clock.advance(timedelta(seconds=31))
    await counter.runner._sweep()
    assert (await counter.ended(recorded.ref)).state == CallState.FAILED
    assert till.begun == 0
    taken = counter.metrics.registry.get_sample_value("platform_bot_calls_taken_over_total", {"outcome": "given_up"})
    assert taken == 1


async def test_a_stopping_process_takes_nothing_over(counter: Counter, till: Till, clock: FakeClock) -> None:
    till.gate.clear()
    recorded = await counter.desk.take(counter.request())
    assert recorded is not None
    await counter.runner.drain(0.05)
    clock.advance(timedelta(seconds=31))
    await counter.runner._sweep()
    assert (await counter.row(recorded.ref)).attempt == 1
