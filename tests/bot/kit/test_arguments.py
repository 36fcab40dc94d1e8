"""What a model says of its arguments, for every surface alike."""

from datetime import timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from bot.kit.arguments import Kind, arguments_of, typed
from bot.kit.units import Duration
from tests.bot.kit.sample import Colour, Everything

Many = StrEnum("Many", [f"v{number}" for number in range(101)])  # type: ignore[misc]
Wordy = StrEnum("Wordy", {"LONG": "x" * 76})
Number = IntEnum("Number", ["ONE", "TWO"])


def test_arguments_keep_the_order_of_the_model() -> None:
    assert [each.name for each in arguments_of(Everything)] == list(Everything.model_fields)


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, Kind.TEXT),
        (int, Kind.INTEGER),
        (bool, Kind.BOOLEAN),
        (float, Kind.DECIMAL),
        (Decimal, Kind.DECIMAL),
        (timedelta, Kind.DURATION),
        (Duration, Kind.DURATION),
        (Colour, Kind.CHOICE),
        (Literal["a", "b"], Kind.CHOICE),
        (Many, Kind.CHOICE),
        (tuple[Many, ...], Kind.CHOICES),
        (Annotated[str, Field(max_length=5)], Kind.TEXT),
    ],
)
def test_a_type_says_what_is_asked_for_with_or_without_none(annotation: Any, kind: Kind) -> None:
    plain = create_model("M", field=(annotation, ...))
    optional = create_model("M", field=(annotation | None, None))
    assert [arguments_of(model)[0].kind for model in (plain, optional)] == [kind, kind]


@pytest.mark.parametrize(
    "annotation", [list[str], dict[str, str], BaseModel, int | str, Literal[1, 2], Number, Wordy, list[Wordy], bytes]
)
def test_what_no_surface_could_ask_for_is_refused_at_declaration(annotation: Any) -> None:
    model = create_model("M", field=(annotation, ...))
    with pytest.raises(TypeError, match=r"M\.field"):
        arguments_of(model)


def test_an_argument_carries_its_words() -> None:
    name, colour, region, *_ = arguments_of(Everything)
    assert (name.title, name.required, name.example, name.placeholder) == ("Name", True, "checkout", "<name>")
    assert (colour.hint, colour.default, colour.choices) == ("What it is painted in.", "red", ("red", "green"))
    assert (region.title, region.default, region.placeholder) == ("Where", None, "[region]")


def test_bounds_are_told_as_they_would_be_typed() -> None:
    bounds = {each.name: (each.minimum, each.maximum) for each in arguments_of(Everything)}
    assert bounds["name"] == ("2", "20")
    assert bounds["count"] == ("1", "9")
    assert bounds["ratio"] == ("-1", "1.5")
    assert bounds["lifetime"] == ("1h", None)
    assert bounds["loud"] == (None, None)


def test_an_exclusive_bound_of_a_whole_number_becomes_the_next_one() -> None:
    model = create_model("M", field=(int, Field(gt=0, lt=10)))
    assert (arguments_of(model)[0].minimum, arguments_of(model)[0].maximum) == ("1", "9")


def test_only_a_long_text_gets_more_than_one_line() -> None:
    assert [each.name for each in arguments_of(Everything) if each.multiline] == ["notes"]


def test_a_default_made_by_a_factory_is_told_like_any_other() -> None:
    model = create_model("M", field=(str, Field(default_factory=lambda: "made")))
    argument = arguments_of(model)[0]
    assert (argument.required, argument.default) == (False, "made")


@pytest.mark.parametrize("annotation", [bool, int, Decimal, Duration, Colour, Annotated[int, Field(ge=40)]])
def test_a_required_argument_that_is_no_text_always_has_a_valid_example(annotation: Any) -> None:
    model = create_model("M", field=(annotation, ...))
    model.model_validate({"field": arguments_of(model)[0].example})


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (False, "no"), (Colour.RED, "red"), (timedelta(hours=36), "1d12h"), (3, "3"), ("x", "x")],
)
def test_a_value_is_written_as_a_person_would_type_it(value: object, text: str) -> None:
    assert typed(value) == text
