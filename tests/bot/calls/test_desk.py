"""Taking calls in: what is accepted is on disk, what is refused leaves nothing behind, the same delivery is one call."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from bot.calls import identify
from bot.calls.explain import unavailable
from bot.calls.record import Recorded
from bot.kit.errors import Busy, FieldErrors, Refused, Unavailable, UserError
from storage.calls import CallRow, CallState
from storage.people import PersonRow, PersonStore
from tests.bot.calls.conftest import Counter, People, Till


async def _recorded(counter: Counter) -> int:
    async with counter.db.reading() as session:
        return int((await session.execute(select(func.count()).select_from(CallRow))).scalar_one())


async def test_an_accepted_call_is_on_disk_before_it_runs_and_its_response_url_is_sealed(
    counter: Counter, till: Till
) -> None:
    till.gate.clear()
    recorded = await counter.desk.take(counter.request())
    assert recorded is not None
    row = await counter.row(recorded.ref)
    assert (row.command, row.user_id, row.channel, row.state) == ("till.add", "U1", "C1", CallState.ACCEPTED)
    assert row.arguments == {"number": "7"}
    assert row.response_url is not None
    assert "hooks" not in row.response_url
    assert till.ran == []


async def test_a_call_ends_with_its_result_and_an_answer_and_forgets_its_response_url(counter: Counter) -> None:
    recorded = await counter.desk.take(counter.request())
    assert recorded is not None
    row = await counter.ended(recorded.ref)
    assert (row.state, row.result, row.response_url, row.lease_until) == (CallState.DONE, {"total": 7}, None, None)
    answer = await counter.answer(recorded.ref)
    assert answer is not None
    assert answer.body == {"text": "The total is 7."}
    assert answer.person == "U1"


async def test_the_same_delivery_a_hundred_times_runs_once(counter: Counter, till: Till) -> None:
    taken = await asyncio.gather(*(counter.desk.take(counter.request(key="slash:same")) for _ in range(8)))
    [recorded] = [each for each in taken if each is not None]
    for _ in range(92):
        assert await counter.desk.take(counter.request(key="slash:same")) is None
    await counter.ended(recorded.ref)
    assert till.ran == [recorded.ref]


@pytest.mark.parametrize(
    ("number", "words"), [("1000", "at most 100"), ("seven", "whole number"), ("", "whole number")]
)
async def test_wrong_arguments_are_told_by_name_and_nothing_is_recorded(
    counter: Counter, number: str, words: str
) -> None:
    with pytest.raises(FieldErrors) as told:
        await counter.desk.take(counter.request(number=number))
    assert words in told.value.errors["number"]
    assert await _recorded(counter) == 0


async def test_who_lacks_the_permission_is_refused_by_its_name_and_nothing_is_recorded(counter: Counter) -> None:
    with pytest.raises(Refused, match=r"books\.read"):
        await counter.desk.take(counter.request("audit"))
    assert await _recorded(counter) == 0


async def test_a_guest_may_nothing(counter: Counter, people: People) -> None:
    people.guests.add("UGUEST")
    with pytest.raises(Refused):
        await counter.desk.take(counter.request(user="UGUEST"))
    assert await _recorded(counter) == 0


async def test_a_stranger_is_accepted_while_slack_is_down_and_judged_when_it_answers(
    counter: Counter, people: People, till: Till
) -> None:
    people.down = True
    people.guests.add("UGUEST")
    member = await counter.desk.take(counter.request(user="UNEW"))
    guest = await counter.desk.take(counter.request(user="UGUEST"))
    assert member is not None
    assert guest is not None
    assert till.ran == []
    people.down = False
    assert (await counter.ended(member.ref)).state == CallState.DONE
    assert (await counter.ended(guest.ref)).state == CallState.REFUSED
    assert till.ran == [member.ref]


async def test_somebody_seen_today_is_known_without_asking_slack(counter: Counter, people: People) -> None:
    await counter.desk.take(counter.request())
    people.down = True
    assert await counter.desk.take(counter.request()) is not None
    assert people.asked == ["U1"]


async def test_past_the_bound_calls_are_told_busy_and_nothing_accepted_is_lost_and_afterwards_there_is_room(
    counter: Counter, till: Till
) -> None:
    till.gate.clear()
    answers = await asyncio.gather(
        *(counter.desk.take(counter.request()) for _ in range(40)),  # those being recorded count as well
        return_exceptions=True,
    )
    accepted = [answer for answer in answers if isinstance(answer, Recorded)]
    refused = [answer for answer in answers if isinstance(answer, Busy)]
    assert (len(accepted), len(refused)) == (10, 30)
    assert "Nothing was done" in unavailable(refused[0])
    assert await _recorded(counter) == 10
    assert counter.metrics.registry.get_sample_value("platform_bot_queue_refused_total", {"queue": "calls"}) == 30
    till.gate.set()
    assert {(await counter.ended(each.ref)).state for each in accepted} == {CallState.DONE}
    again = await counter.desk.take(counter.request())
    assert again is not None
    assert (await counter.ended(again.ref)).state == CallState.DONE
    assert sorted(till.ran) == sorted([*(each.ref for each in accepted), again.ref])


async def test_past_the_bound_of_questions_to_slack_strangers_are_taken_and_judged_when_their_call_runs(
    counter: Counter, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify, "MOST_ASKED", 2)
    people.hold.clear()
    taken = await asyncio.gather(*(counter.desk.take(counter.request(user=f"U{number}")) for number in range(6)))
    refs = [each.ref for each in taken if each is not None]
    assert len(refs) == 6
    people.hold.set()
    assert {(await counter.ended(ref)).state for ref in refs} == {CallState.DONE}


async def test_a_closed_desk_takes_nothing(counter: Counter) -> None:
    await counter.desk.close()
    with pytest.raises(Unavailable, match="restarting"):
        await counter.desk.take(counter.request())
    assert await _recorded(counter) == 0


async def test_a_redelivery_is_not_refused_for_what_its_first_delivery_did(counter: Counter, till: Till) -> None:
    first = await counter.desk.take(counter.request("once", key="message:C1:1.0"))
    assert first is not None
    await counter.ended(first.ref)
    assert await counter.desk.take(counter.request("once", key="message:C1:1.0")) is None
    with pytest.raises(UserError, match="already"):
        await counter.desk.take(counter.request("once"))
    assert till.ran == [first.ref]


async def test_a_database_that_does_not_answer_costs_two_seconds_and_nothing_is_done(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(user_id: str, within: float, *, fresh: bool) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(counter.identity, "ask", never)
    with pytest.raises(Unavailable, match="too slow"):
        await counter.desk.take(counter.request())
    assert await _recorded(counter) == 0


async def test_two_replicas_may_learn_the_same_person_at_once(counter: Counter, people: People) -> None:
    def row(name: str) -> PersonRow:
        return PersonRow(user_id="U9", name=name, zone="UTC", full_member=True, learnt_at=datetime.now(UTC))

    for name in ("first", "second"):
        async with counter.db.transaction() as session:
            await PersonStore().save(session, row(name))
    async with counter.db.reading() as session:
        learnt = await PersonStore().get(session, "U9")
    assert learnt is not None
    assert learnt.name == "second"
