"""Fields beyond Python's own types: what is typed, what a form hands back and what an API sends mean the same."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.kit.arguments import Kind, arguments_of
from bot.kit.fields import Context
from bot.kit.problems import by_field
from bot.kit.units import format_bytes, parse_bytes
from tests.bot.kit.sample import Wide

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
BERLIN = Context("Europe/Berlin", NOW)


def _read(name: str, value: object, context: Context | None = BERLIN) -> Any:
    return getattr(Wide.model_validate({name: value}, context=context), name)


def _problem(name: str, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Wide.model_validate({name: value}, context=BERLIN)
    return by_field(caught.value)[name]


def test_each_field_says_what_it_is() -> None:
    kinds = {argument.name: argument.kind for argument in arguments_of(Wide)}
    assert kinds == {
        "who": Kind.USER,
        "people": Kind.USERS,
        "where": Kind.CHANNEL,
        "sizes": Kind.CHOICES,
        "volume": Kind.SIZE,
        "day": Kind.DATE,
        "at": Kind.MOMENT,
        "thing": Kind.LOOKUP,
        "extras": Kind.ENTRIES,
    }
    by_name = {argument.name: argument for argument in arguments_of(Wide)}
    assert (by_name["thing"].provider, by_name["sizes"].choices, by_name["volume"].default) == (
        "things",
        ("small", "large"),
        "10Gi",
    )


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("who", "<@U1>", "U1"),
        ("who", " <@U0ABC1234|ada lovelace> ", "U0ABC1234"),
        ("who", "W0ABC1234", "W0ABC1234"),
        ("people", "<@U1|ada lovelace>, <@U2>", ("U1", "U2")),
        ("people", "U0ABC1234 W0ABC1234", ("U0ABC1234", "W0ABC1234")),
        ("people", ["U0ABC1234"], ("U0ABC1234",)),
        ("people", "", ()),
        ("where", "<#C1|general>", "C1"),
        ("where", "C0ABC1234", "C0ABC1234"),
        ("sizes", "small, large", ("small", "large")),
        ("sizes", "large", ("large",)),
        ("sizes", ["small"], ("small",)),
        ("volume", "512Mi", 512 * 1024**2),
        ("volume", "1.5G", 1_500_000_000),
        ("volume", "4096", 4096),
        ("volume", 4096, 4096),
        ("day", "2026-12-01", date(2026, 12, 1)),
        ("thing", "x", "x"),
    ],
)
def test_what_is_typed_and_what_a_program_sends_are_both_read(name: str, typed: object, value: object) -> None:
    assert _read(name, typed) == value


@pytest.mark.parametrize(
    ("name", "typed", "problem"),
    [
        ("who", "ada", "must be a person, such as @ada"),
        ("who", "<#C1>", "must be a person, such as @ada"),
        ("who", "<!channel>", "must be a person, such as @ada"),
        ("where", "general", "must be a channel, such as #platform"),
        ("sizes", "huge", "must be small or large, not “huge”"),
        ("volume", "big", "must be a size such as 512Mi, 10Gi or 1.5G"),
        ("at", "soon", "must be a time such as 2026-12-01 14:00, or in 2h"),
        ("at", "in a while", "must be a time such as 2026-12-01 14:00, or in 2h"),
        ("at", "2026-13-01", "must be a time such as 2026-12-01 14:00, or in 2h"),
        ("at", "²", "must be a time such as 2026-12-01 14:00, or in 2h"),
        ("at", True, "must be a time such as 2026-12-01 14:00, or in 2h"),
        ("at", 10**30, "must be a time such as 2026-12-01 14:00, or in 2h"),
        ("at", [], "must be a time such as 2026-12-01 14:00, or in 2h"),
    ],
)
def test_what_is_wrong_is_answered_with_what_would_be_right(name: str, typed: object, problem: str) -> None:
    assert _problem(name, typed) == problem


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-12-01 14:00", datetime(2026, 12, 1, 13, 0, tzinfo=UTC)),
        ("2026-07-01T14:00", datetime(2026, 7, 1, 12, 0, tzinfo=UTC)),
        ("2026-12-01", datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        ("20261201", datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        ("2026-12-01 14:00+05:00", datetime(2026, 12, 1, 9, 0, tzinfo=UTC)),
        ("2026-12-01T14:00:00Z", datetime(2026, 12, 1, 14, 0, tzinfo=UTC)),
        ("in 2h", NOW + timedelta(hours=2)),
        ("In 1 day", NOW + timedelta(days=1)),
        ("1793610000", NOW),
        (1793610000, NOW),
        (datetime(2026, 12, 1, 14, 0, tzinfo=timezone(timedelta(hours=5))), datetime(2026, 12, 1, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_meant_in_the_zone_of_whoever_typed_it_and_kept_in_utc(typed: object, moment: datetime) -> None:
    read = _read("at", typed)
    assert (read, read.tzinfo) == (moment, UTC)


@pytest.mark.parametrize("context", [None, Context("Mars/Olympus", NOW), Context("", NOW), Context("../UTC", NOW)])
def test_a_moment_of_somebody_whose_zone_is_unknown_is_meant_in_utc(context: Context | None) -> None:
    assert _read("at", "2026-12-01 14:00", context) == datetime(2026, 12, 1, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(("typed", "zone"), [("0001-01-01 00:00", "Asia/Tokyo"), ("9999-12-31 23:59", "Etc/GMT+12")])
def test_a_moment_beyond_the_calendar_is_no_moment(typed: str, zone: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Wide.model_validate({"at": typed}, context=Context(zone, NOW))
    assert by_field(caught.value) == {"at": "must be a time such as 2026-12-01 14:00, or in 2h"}


def test_a_moment_survives_json_without_its_context() -> None:
    kept = Wide.model_validate({"at": "2026-12-01 14:00"}, context=BERLIN)
    assert Wide.model_validate_json(kept.model_dump_json()) == kept


@given(
    st.sampled_from(["who", "people", "where", "sizes", "volume", "day", "at", "thing"]),
    st.text(max_size=30) | st.integers() | st.floats() | st.booleans() | st.none() | st.datetimes().map(str),
    st.sampled_from([None, BERLIN, Context("Pacific/Kiritimati", NOW), Context("Etc/GMT+12", NOW)]),
)
def test_no_value_crashes_a_field(name: str, value: object, context: Context | None) -> None:
    try:
        read = _read(name, value, context)
    except ValidationError as error:
        assert list(by_field(error)) == [name]  # noqa: PT017 - which of both happens is up to the value
    else:
        assert not isinstance(read, datetime) or read.tzinfo is UTC


@pytest.mark.parametrize(
    ("count", "shown"),
    [(10 * 1024**3, "10Gi"), (1536 * 1024**2, "1536Mi"), (1000, "1000"), (0, "0"), (1024, "1Ki"), (1024**5, "1Pi")],
)
def test_a_size_is_shown_in_the_largest_unit_that_divides_it(count: int, shown: str) -> None:
    assert format_bytes(count) == shown
    assert parse_bytes(shown) == count


@given(st.integers(0, 10**18 - 1))
def test_a_formatted_size_parses_to_itself(count: int) -> None:
    assert parse_bytes(format_bytes(count)) == count
