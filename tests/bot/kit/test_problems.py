"""What is wrong, in words that say what would be right."""

from datetime import timedelta
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.kit.errors import FieldErrors
from bot.kit.problems import by_field
from bot.kit.units import Duration
from tests.bot.kit.sample import Everything


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    word: Annotated[str, Field(pattern="^[a-z]+$")] = "x"
    words: tuple[str, ...] = ()
    level: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    size: int = Field(default=1, lt=5)
    pause: Duration = Field(default=timedelta(days=2), ge=timedelta(days=1, seconds=3661))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({}, "name", "is needed"),
        ({"name": ""}, "name", "must not be empty"),
        ({"name": "x"}, "name", "must have at least 2 characters"),
        ({"name": "x" * 21}, "name", "must have at most 20 characters"),
        ({"colour": "gren"}, "colour", "must be red or green, not “gren”; did you mean green?"),
        ({"colour": "x" * 99}, "colour", "must be red or green, not “xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…”"),
        ({"region": "eu"}, "region", "must be EU or US, not “eu”; did you mean EU?"),
        ({"count": "0"}, "count", "must be at least 1"),
        ({"count": "10"}, "count", "must be at most 9"),
        ({"count": "many"}, "count", "must be a whole number, such as 3, not “many”"),
        ({"count": "2.5"}, "count", "must be a whole number, such as 3, not “2.5”"),
        ({"count": 2.5}, "count", "must be a whole number, such as 3, not “2.5”"),
        ({"ratio": "half"}, "ratio", "must be a number, such as 2.5, not “half”"),
        ({"ratio": "-1.5"}, "ratio", "must be at least -1"),
        ({"ratio": "1.6"}, "ratio", "must be at most 1.5"),
        ({"lifetime": "1m"}, "lifetime", "must be at least 1h"),
        ({"lifetime": "soon"}, "lifetime", "must be a duration such as 36h, 3d or 1d12h"),
        ({"loud": "maybe"}, "loud", "must be yes or no, not “maybe”"),
        ({"notes": 7}, "notes", "must be text, not “7”"),
    ],
)
def test_a_wrong_argument_is_told_what_would_be_right(given: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate({"name": "checkout"} | given if given else given)
    assert by_field(caught.value) == {field: words}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"word": "A"}, "must match pattern '^[a-z]+$'"),
        ({"words": 3}, "must be a list, not “3”"),
        ({"level": float("nan")}, "must be a finite number"),
        ({"level": float("inf")}, "must be a finite number"),
        ({"level": 0}, "must be more than 0"),
        ({"size": 5}, "must be less than 5"),
        ({"pause": "1m"}, "must be at least 1d1h1m1s"),
        ({"wrod": "x"}, "is not known here"),
    ],
)
def test_a_wrong_setting_is_told_what_would_be_right(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Strict.model_validate(given)
    (problem,) = by_field(caught.value).values()
    assert problem == words


def test_each_argument_is_told_its_first_problem_only() -> None:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate({"count": "x", "loud": "x"})
    assert list(by_field(caught.value)) == ["name", "count", "loud"]


def test_a_problem_of_several_arguments_together_has_no_name() -> None:
    class Range(BaseModel):
        least: int = 0
        most: int = 0

        @model_validator(mode="after")
        def ordered(self) -> "Range":
            if self.least > self.most:
                raise ValueError("least must not exceed most")
            return self

    with pytest.raises(ValidationError) as caught:
        Range(least=2, most=1)
    problems = by_field(caught.value)
    assert problems == {"": "least must not exceed most"}
    assert FieldErrors(problems).message == "least must not exceed most"


def test_field_errors_name_their_arguments_in_the_message() -> None:
    error = FieldErrors({"name": "is needed", "count": "must be at least 1"})
    assert error.message == "name: is needed\ncount: must be at least 1"
