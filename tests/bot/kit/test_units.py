"""Durations as people type them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.kit.problems import by_field
from bot.kit.units import Duration, format_duration, parse_duration


class Wait(BaseModel):
    wait: Duration


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("36h", timedelta(hours=36)),
        ("3d", timedelta(days=3)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("1d 12h", timedelta(days=1, hours=12)),
        ("1 day, 12 hours and 5 min", timedelta(days=1, hours=12, minutes=5)),
        ("2 weeks", timedelta(weeks=2)),
        ("90 SEC", timedelta(seconds=90)),
        ("  45m ", timedelta(minutes=45)),
        ("1hr", timedelta(hours=1)),
        ("3650d", timedelta(days=3650)),
    ],
)
def test_a_duration_is_read_the_way_people_write_it(typed: str, meant: timedelta) -> None:
    assert parse_duration(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "h", "36", "3x", "three days", "-3d", "0h", "3d!", "1.5h", "P3D", "3 d d", "1:30"]
)
def test_what_is_no_duration_is_answered_with_an_example(typed: str) -> None:
    with pytest.raises(ValueError, match="such as 36h"):
        parse_duration(typed)


@pytest.mark.parametrize("typed", ["11y", "600w", "999999d", "3651d"])
def test_nothing_lasts_longer_than_ten_years(typed: str) -> None:
    with pytest.raises(ValueError, match=r"ten years|such as"):
        parse_duration(typed)


@given(st.integers(min_value=1, max_value=3650 * 86_400))
def test_a_formatted_duration_parses_to_itself(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@given(st.text(max_size=60))
def test_no_text_crashes_the_duration_parser(text: str) -> None:
    try:
        parsed = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) < parsed <= timedelta(days=3650)


@pytest.mark.parametrize("duration", [timedelta(0), timedelta(seconds=-5), timedelta(milliseconds=900)])
def test_less_than_a_second_is_shown_as_nothing(duration: timedelta) -> None:
    assert format_duration(duration) == "0s"


@pytest.mark.parametrize("value", [3600, -5, 1.5, True, float("nan"), None, [], {}])
def test_a_bare_number_is_no_duration_because_its_unit_is_unknown(value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Wait.model_validate({"wait": value})
    assert by_field(caught.value) == {"wait": "must be a duration such as 36h, 3d or 1d12h"}


def test_a_duration_survives_json() -> None:
    wait = Wait(wait=timedelta(days=1, hours=12))
    assert wait.model_dump_json() == '{"wait":"1d12h"}'
    assert Wait.model_validate_json(wait.model_dump_json()) == wait
