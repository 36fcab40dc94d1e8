"""How long a sandbox lives and what it costs: by rules that know no clock but the one they are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.sandbox.rules.life import Phase, extended, next_warning, phase, too_many, warning_due
from commands.sandbox.rules.prices import PriceList, money, saved, spent
from commands.sandbox.sizes import NAMED, Resources, Size

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
THRESHOLDS = (timedelta(hours=24), timedelta(hours=4), timedelta(minutes=30))
PRICES = PriceList(Decimal("0.03"), Decimal("0.004"), Decimal("0.073"), "EUR")
HOURS = st.integers(0, 24 * 90).map(lambda hours: timedelta(hours=hours))


def test_its_end_is_a_moment_after_which_it_has_its_grace() -> None:
    moments = [NOW - timedelta(seconds=1), NOW, NOW + timedelta(hours=23), NOW + timedelta(hours=24)]
    assert [phase(NOW, timedelta(hours=24), moment) for moment in moments] == [
        Phase.LIVE,
        Phase.GRACE,
        Phase.GRACE,
        Phase.OVER,
    ]
    assert phase(NOW, timedelta(0), NOW) is Phase.OVER


@given(st.lists(HOURS, max_size=20), HOURS)
def test_however_it_is_extended_it_is_never_older_than_it_may_become(by: list[timedelta], first: timedelta) -> None:
    made, longest, most = NOW, timedelta(days=60), 5
    end, used = NOW + min(first, longest), 0
    for each in by:
        try:
            later = extended(end, made, used, each, most=most, longest=longest, now=NOW)
        except ValueError:
            assert used == most or end + each <= end or end == made + longest
            continue
        assert end < later <= made + longest
        end, used = later, used + 1
    assert used <= most


def test_in_its_grace_it_counts_from_now() -> None:
    now = NOW + timedelta(hours=5)
    longer = extended(NOW, NOW - timedelta(days=1), 0, timedelta(hours=2), most=1, longest=timedelta(days=9), now=now)
    assert longer == now + timedelta(hours=2)


@pytest.mark.parametrize(
    ("left", "due"),
    [
        (timedelta(hours=25), None),
        (timedelta(hours=24), timedelta(hours=24)),
        (timedelta(hours=5), timedelta(hours=24)),
        (timedelta(hours=4), timedelta(hours=4)),
        (timedelta(minutes=29), timedelta(minutes=30)),
        (timedelta(0), None),
    ],
)
def test_the_last_warning_that_is_due_is_the_one_to_give(left: timedelta, due: timedelta | None) -> None:
    assert warning_due(NOW, NOW + timedelta(days=3), THRESHOLDS, NOW + timedelta(days=3) - left) == due


def test_a_short_life_begins_without_a_warning() -> None:
    assert warning_due(NOW, NOW + timedelta(hours=1), THRESHOLDS, NOW) is None
    assert next_warning(NOW, NOW + timedelta(hours=1), THRESHOLDS, NOW) == NOW + timedelta(minutes=30)
    assert next_warning(NOW, NOW + timedelta(minutes=50), THRESHOLDS, NOW) is None


@given(HOURS, HOURS)
def test_no_warning_is_passed_over_by_looking_when_the_next_one_is_due(life: timedelta, into: timedelta) -> None:
    end = NOW + life
    at = min(NOW + into, end)
    upcoming = next_warning(NOW, end, THRESHOLDS, at)
    assert upcoming is None or upcoming > at
    if upcoming is not None:
        assert warning_due(NOW, end, THRESHOLDS, upcoming) != warning_due(NOW, end, THRESHOLDS, at)


def test_too_many_ends_at_once_name_some_of_them() -> None:
    assert too_many(20, 20, ["a"]) is None
    assert too_many(21, 20, [f"s{number}" for number in range(21)]) == (
        "21 sandboxes would be deleted within an hour because their time is over (s0, s1, s2 and 18 more); 20 are the most."
    )


# --- prices ---------------------------------------------------------------------------------------------------------


def test_a_price_is_exact_and_asleep_only_storage_costs() -> None:
    small = NAMED[Size.SMALL]  # 2 cores, 4 GiB, 20 GiB of storage at 0.0001 an hour
    assert PRICES.hourly(small) == Decimal("0.06") + Decimal("0.016") + Decimal("0.002")
    assert PRICES.hourly(small, asleep=True) == Decimal("0.002")
    assert PRICES.daily(small) == Decimal("0.078") * 24
    assert PRICES.hourly(Resources(0, 0, 0)) == 0


@dataclass(frozen=True)
class Span:
    since: datetime
    until: datetime | None
    hourly: Decimal
    awake_hourly: Decimal


@st.composite
def spans(draw: st.DrawFn) -> Sequence[Span]:
    """One after the other, in whole minutes; the last may still run."""
    at, found = NOW, []
    for minutes in draw(st.lists(st.integers(1, 5000), max_size=6)):
        awake = Decimal(draw(st.integers(1, 10_000))) / 1000
        hourly = draw(st.sampled_from([awake, awake / 10]))
        found.append(Span(at, at + timedelta(minutes=minutes), hourly, awake))
        at += timedelta(minutes=minutes)
    return found


@given(spans(), st.integers(0, 20_000), st.integers(0, 20_000))
def test_what_was_spent_adds_up_however_the_time_is_cut(found: Sequence[Span], cut: int, end: int) -> None:
    start, middle, last = NOW, NOW + timedelta(minutes=min(cut, end)), NOW + timedelta(minutes=end)
    for total in (spent, saved):
        whole = total(found, start, last)
        parts = total(found, start, middle) + total(found, middle, last)
        assert abs(whole - parts) < Decimal("1e-15")
        assert whole >= 0
    by_minute = sum(
        (
            span.hourly / 60
            for span in found
            for minute in range(end)
            if span.since <= _at(minute) < (span.until or last)
        ),
        Decimal(0),
    )
    assert abs(spent(found, None, last) - by_minute) < Decimal("1e-9")


def _at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def test_what_still_runs_costs_until_now() -> None:
    running = [Span(NOW, None, Decimal("1"), Decimal("3"))]
    assert spent(running, None, NOW + timedelta(hours=2)) == 2
    assert saved(running, None, NOW + timedelta(hours=2)) == 4


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00 EUR"),
        ("0.004", "< 0.01 EUR"),
        ("0.01", "0.01 EUR"),
        ("12.345", "12.34 EUR"),
        ("1234.5", "1234.50 EUR"),
    ],
)
def test_money_is_shown_to_the_cent_and_a_little_is_not_nothing(amount: str, shown: str) -> None:
    assert money(Decimal(amount), "EUR") == shown
