"""How often one may call: so many at once, so many a minute, everybody for himself; never twice for one call."""

import asyncio
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calls.problem import Kind, problem_of
from bot.calls.rate import RateLimit, Rates
from bot.calls.record import Recorded, Request
from bot.config import CallSettings
from bot.kit.call import Surface
from bot.kit.errors import FieldErrors, Refused, TooMany, UserError
from tests.bot.calls.conftest import Counter, Till
from tests.conftest import FakeClock


def _taken(limit: RateLimit, who: str = "U1", tries: int = 100) -> int:
    return sum(limit.wait(who) == 0 for _ in range(tries))


def test_as_many_as_the_burst_are_taken_at_once_and_then_as_many_as_the_minute_brings(clock: FakeClock) -> None:
    limit = RateLimit(clock, per_minute=6, burst=3)
    assert _taken(limit) == 3
    assert limit.wait("U1") == pytest.approx(10)
    clock.advance(9.9)
    assert limit.wait("U1") == pytest.approx(0.1)
    clock.advance(0.11)
    assert _taken(limit) == 1
    clock.advance(timedelta(days=1))
    assert _taken(limit) == 3


def test_everybody_has_a_bucket_of_his_own_and_no_limit_takes_all(clock: FakeClock) -> None:
    limit = RateLimit(clock, per_minute=1, burst=2)
    assert [_taken(limit, who) for who in ("U1", "U2", "U1")] == [2, 2, 0]
    assert _taken(RateLimit(clock, per_minute=None, burst=1)) == 100


def test_what_is_put_back_can_be_taken_again_and_never_makes_more_than_the_burst(clock: FakeClock) -> None:
    limit = RateLimit(clock, per_minute=1, burst=2)
    limit.refund("U1")
    assert _taken(limit) == 2
    limit.refund("U1")
    assert _taken(limit) == 1
    for _ in range(5):
        limit.refund("U1")
    assert _taken(limit) == 2


def test_a_clock_that_is_set_back_neither_fills_nor_empties_a_bucket(clock: FakeClock) -> None:
    limit = RateLimit(clock, per_minute=60, burst=2)
    assert _taken(limit) == 2
    clock.advance(timedelta(hours=-1))
    assert _taken(limit) == 0
    clock.advance(1)
    assert _taken(limit) == 1


def test_only_so_many_buckets_are_kept_and_the_one_unused_for_longest_goes(clock: FakeClock) -> None:
    limit = RateLimit(clock, per_minute=1, burst=1, bound=3)
    for who in ("U1", "U2", "U3", "U1", "U4"):
        limit.wait(who)
    assert len(limit._buckets) == 3
    assert [_taken(limit, who) for who in ("U1", "U3", "U4")] == [0, 0, 0]
    assert _taken(limit, "U2") == 1


def test_every_refusal_is_counted_and_only_the_first_of_several_says_so(clock: FakeClock) -> None:
    told = Tally[str]()
    limit = RateLimit(clock, per_minute=6, burst=1, refused=lambda: told.update(["refused"]))
    limit.charge("U1")
    firsts = []
    for _ in range(2):
        for _ in range(3):
            with pytest.raises(TooMany, match="try again in 10s") as refused:
                limit.charge("U1")
            firsts.append(refused.value.first)
        clock.advance(10)
        limit.charge("U1")
    assert firsts == [True, False, False] * 2
    assert told["refused"] == 6


@given(st.lists(st.floats(0, 120), max_size=60), st.integers(1, 120), st.integers(1, 20))
def test_in_any_time_no_more_than_the_burst_and_what_the_minutes_brought_is_taken(
    pauses: list[float], per_minute: int, burst: int
) -> None:
    clock = FakeClock(datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    limit = RateLimit(clock, per_minute, burst)
    taken = 0
    for pause in pauses:
        clock.advance(pause)
        taken += _taken(limit, tries=30)
    assert taken <= burst + sum(pauses) * per_minute / 60 + 1e-6


# --- at the desk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def limited(counter: Counter, clock: FakeClock) -> Callable[..., Counter]:
    """The desk with a limit of so many calls at once, for people and for tokens, and none that come back meanwhile."""

    def limited(person: int, token: int = 1) -> Counter:
        settings = CallSettings(person_per_minute=1, person_burst=person, token_per_minute=2, token_burst=token)
        counter.desk._rates = Rates.of(settings, clock)
        return counter

    return limited


async def test_past_the_limit_a_person_is_told_when_to_come_back_and_others_are_served(
    limited: Callable[..., Counter], clock: FakeClock, till: Till
) -> None:
    counter = limited(person=2)
    refs = [recorded.ref for recorded in [await counter.desk.take(counter.request()) for _ in range(2)] if recorded]
    with pytest.raises(TooMany, match="Nothing was done; try again in 1m"):
        await counter.desk.take(counter.request())
    other = await counter.desk.take(counter.request(user="U2"))
    clock.advance(60)
    again = await counter.desk.take(counter.request())
    assert other is not None
    assert again is not None
    for ref in (*refs, other.ref, again.ref):
        await counter.ended(ref)
    assert sorted(till.ran) == sorted([*refs, other.ref, again.ref])


async def test_a_call_that_comes_again_is_not_charged_and_not_refused(limited: Callable[..., Counter]) -> None:
    counter = limited(person=2)
    assert await counter.desk.take(counter.request(key="slash:1")) is not None
    for _ in range(5):
        assert await counter.desk.take(counter.request(key="slash:1")) is None
    assert await counter.desk.take(counter.request(key="slash:2")) is not None
    assert await counter.desk.take(counter.request(key="slash:1")) is None
    with pytest.raises(TooMany):
        await counter.desk.take(counter.request(key="slash:3"))
    with pytest.raises(TooMany):
        await counter.desk.take(counter.request(key="slash:3"))


async def test_the_same_call_many_times_at_once_is_charged_once(limited: Callable[..., Counter]) -> None:
    counter = limited(person=2)
    taken = await asyncio.gather(*(counter.desk.take(counter.request(key="slash:same")) for _ in range(8)))
    assert sum(isinstance(each, Recorded) for each in taken) == 1
    assert await counter.desk.take(counter.request()) is not None
    with pytest.raises(TooMany):
        await counter.desk.take(counter.request())


async def test_what_is_refused_or_wrong_counts_too(limited: Callable[..., Counter]) -> None:
    counter = limited(person=2)
    with pytest.raises(Refused):
        await counter.desk.take(counter.request("audit"))
    with pytest.raises(FieldErrors):
        await counter.desk.take(counter.request(number="seven"))
    with pytest.raises(TooMany):
        await counter.desk.take(counter.request())
    await counter.audit.close(60)


async def test_tokens_have_limits_of_their_own(limited: Callable[..., Counter]) -> None:
    counter = limited(person=1, token=2)

    def by(token: str | None) -> Request:
        return replace(counter.request(surface=Surface.API), token=token)

    assert await counter.desk.take(by(None)) is not None
    for token in ("one", "two") * 2:
        assert await counter.desk.take(by(token)) is not None
    for refused in ("one", "two", None):
        with pytest.raises(TooMany):
            await counter.desk.take(by(refused))


def test_a_program_is_told_its_own_kind_of_problem_and_the_seconds() -> None:
    problem = problem_of(TooMany(7.2))
    assert (problem.kind, problem.retry_after) == (Kind.TOO_MANY, 7.2)
    assert "try again in 8s" in problem.detail
    assert problem_of(UserError("No.")).kind is Kind.IMPOSSIBLE
