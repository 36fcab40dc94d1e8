"""When a sandbox is awake, against a model that looks at every minute by itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.sandbox.rules.hours import Hours, Rest, Why, next_change, parse_hours, put_to_sleep, settled, woken

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")
MINUTE = timedelta(minutes=1)
# Days on which clocks change somewhere, and ordinary ones.
DAYS = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 6, 17), date(2026, 10, 4), date(2026, 10, 25)]
DAYS += [date(2026, 11, 1), date(2026, 12, 31)]

hours = st.builds(
    Hours,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30])),
    end=st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30])),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    holidays=st.frozensets(st.sampled_from(DAYS), max_size=3),
)
moments = st.builds(
    lambda day, minutes: datetime.combine(day, time(0), UTC) + minutes * MINUTE,
    st.sampled_from(DAYS),
    st.integers(-600, 2000),
)


def awake(one: Hours, moment: datetime) -> bool:
    """By the wall clock alone; right where no clock changes between a boundary and the moment."""
    local = moment.astimezone(one.zone)
    today, clock = local.date(), local.time().replace(fold=0)

    def works(day: date) -> bool:
        return day.weekday() in one.days and day not in one.holidays

    if one.end > one.start:
        return works(today) and one.start <= clock < one.end
    return (works(today) and clock >= one.start) or (works(today - timedelta(days=1)) and clock < one.end)


def steady(one: Hours, moment: datetime) -> bool:
    """Whether the zone's offset is the same all around."""
    around = [moment + timedelta(hours=number) for number in range(-36, 37, 6)]
    return len({each.astimezone(one.zone).utcoffset() for each in around}) == 1


@given(hours, moments)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_it_is_awake_when_the_clock_on_the_wall_says_so(one: Hours, moment: datetime) -> None:
    if steady(one, moment):
        assert one.awake(moment) == awake(one, moment)


def minutes(start: datetime, days: int) -> Iterator[datetime]:
    return (start + number * MINUTE for number in range(days * 24 * 60))


@given(hours, moments)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_next_change_is_the_first_minute_that_is_otherwise(one: Hours, moment: datetime) -> None:
    """Clock changes or not: it wakes and sleeps when it says it will, and not in between."""
    found, now = one.next_change(moment), one.awake(moment)
    first = next((each for each in minutes(moment + MINUTE, 4) if one.awake(each) is not now), None)
    if first is not None:
        assert found == first
    elif found is not None:
        assert found > moment + timedelta(days=4)
        assert one.awake(found) is not now


@pytest.mark.parametrize(
    ("text", "asleep", "awake_again"),
    [
        # 02:30 does not exist on the 29th of March in Berlin: it opens an hour of the old clock later.
        ("sun 02:30-05:00 Europe/Berlin", "2026-03-29T01:29:00Z", "2026-03-29T01:30:00Z"),
        # 02:30 is there twice on the 25th of October: the first one counts.
        ("sun 02:30-05:00 Europe/Berlin", "2026-10-25T00:29:00Z", "2026-10-25T00:30:00Z"),
        ("mon-fri 22:00-06:00 America/New_York", "2026-11-06T02:59:00Z", "2026-11-06T03:00:00Z"),
        ("mon 08:00-08:00 UTC", "2026-11-02T07:59:00Z", "2026-11-02T08:00:00Z"),
    ],
)
def test_it_opens_to_the_minute_also_when_clocks_change(text: str, asleep: str, awake_again: str) -> None:
    one = parse_hours(text)
    assert one is not None
    before, after = (datetime.fromisoformat(each) for each in (asleep, awake_again))
    assert (one.awake(before), one.awake(after)) == (False, True)
    assert one.next_change(before) == after


def test_a_holiday_is_slept_through() -> None:
    one = parse_hours("mon-fri 08:00-18:00 Europe/Berlin", "UTC", frozenset({date(2026, 12, 24), date(2026, 12, 25)}))
    assert one is not None
    evening = datetime(2026, 12, 23, 20, tzinfo=UTC)
    assert one.next_change(evening) == datetime(2026, 12, 28, 7, tzinfo=UTC)


@given(hours)
@settings(deadline=None, derandomize=True)
def test_what_is_written_is_read_back(one: Hours) -> None:
    again = parse_hours(str(one), "UTC", one.holidays)
    assert again == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mon",
        "mon-fri",
        "8-18",
        "mon 25:00-26:00",
        "mon 08:00-18:00 Mars/Base",
        "xyz 08:00-18:00",
        "mon-fri 8-18 UTC",
    ],
)
def test_what_is_no_hours_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be such as|there is no time zone"):
        parse_hours(text)


rests = st.one_of(
    st.just(Rest()),
    st.sampled_from(list(Why)).map(lambda why: Rest(True, why)),
    st.builds(lambda why, until: Rest(False, why, until), st.sampled_from([None, *Why]), moments),
)


@given(rests, st.none() | hours, moments)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_settling_twice_is_settling_once(rest: Rest, one: Hours | None, now: datetime) -> None:
    once = settled(rest, one, now)
    assert settled(once, one, now) == once


@given(rests, st.none() | hours, moments)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_nothing_changes_before_the_next_change(rest: Rest, one: Hours | None, now: datetime) -> None:
    """Whoever looks only when it says so misses nothing."""
    rest = settled(rest, one, now)
    until = next_change(rest, one, now)
    for each in minutes(now, 2):
        if until is not None and each >= until:
            break
        assert settled(rest, one, each) == rest


@given(rests, st.none() | hours, moments)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_who_wakes_it_finds_it_awake(rest: Rest, one: Hours | None, now: datetime) -> None:
    for until in (None, now + timedelta(hours=2)):
        again = woken(rest, until, one, now)
        assert not settled(again, one, now).asleep
        if until is not None:
            assert not settled(again, one, until - MINUTE).asleep


def test_woken_for_a_while_it_falls_asleep_again_for_the_same_reason() -> None:
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    asleep = put_to_sleep(Rest(), Why.ASKED)
    again = woken(asleep, now + timedelta(hours=2), None, now)
    assert settled(again, None, now + timedelta(hours=2)) == asleep
