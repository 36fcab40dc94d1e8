"""Letting a call in: the person may do it, and its arguments are complete, known and right."""

import pytest
from pydantic import BaseModel, ConfigDict

from bot.calls.admit import authorise, validate
from bot.kit.call import Principal
from bot.kit.errors import FieldErrors, Refused
from tests.bot.kit.sample import Colour, Everything, Two, sample_group

COMMANDS = sample_group().commands
MAKE, NOTE = COMMANDS["make"], COMMANDS["note"]


def _person(*permissions: str) -> Principal:
    return Principal("U1", "ada", permissions=frozenset(permissions))


@pytest.mark.parametrize("permission", ["thing.make", "thing.*", "*"])
def test_somebody_with_the_permission_is_let_through(permission: str) -> None:
    authorise(MAKE, _person(permission))


@pytest.mark.parametrize("permissions", [(), ("thing.note",), ("other.*",), ("thing",)])
def test_a_refusal_names_the_permission_that_is_missing_and_whom_to_ask(permissions: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as caught:
        authorise(MAKE, _person(*permissions))
    assert "thing.make" in caught.value.message
    assert "platform team" in caught.value.message


def test_typed_words_become_values() -> None:
    raw = {"name": " Checkout", "colour": "green", "count": "3", "ratio": "0.5", "lifetime": "36h", "loud": "yes"}
    arguments = validate(MAKE, raw)
    assert isinstance(arguments, Everything)
    assert (arguments.name, arguments.colour, arguments.count, arguments.loud) == ("checkout", Colour.GREEN, 3, True)
    assert arguments.model_dump(mode="json")["lifetime"] == "1d12h"


def test_values_of_an_api_call_are_taken_as_they_are() -> None:
    assert validate(MAKE, {"name": "pay", "count": 3, "loud": True}) == validate(
        MAKE, {"name": "pay", "count": "3", "loud": "yes"}
    )


@pytest.mark.parametrize(
    ("raw", "errors"),
    [
        ({}, {"service": "is needed", "summary": "is needed"}),
        ({"service": "pay"}, {"summary": "is needed"}),
        ({"service": "", "summary": "x"}, {"service": "must not be empty"}),
        ({"service": ["pay"], "summary": "x"}, {"service": "must be text, not “['pay']”"}),
        ({"service": None, "summary": "x"}, {"service": "must be text, not “None”"}),
        ({"service": "pay", "summary": "x", "zzz": "1"}, {"zzz": "is not an argument of this command"}),
    ],
)
def test_each_argument_that_is_wrong_is_named(raw: dict[str, object], errors: dict[str, str]) -> None:
    with pytest.raises(FieldErrors) as caught:
        validate(NOTE, raw)
    assert caught.value.errors == errors


def test_an_unknown_argument_is_refused_whatever_the_model_does_with_it() -> None:
    class Lenient(BaseModel):
        model_config = ConfigDict(extra="allow")

    group = sample_group()
    group.command(
        "loose", arguments=Lenient, result=Two, permission="thing.loose", summary="Takes all", view=MAKE.view
    )(_loose)
    with pytest.raises(FieldErrors) as caught:
        validate(group.commands["loose"], {"anything": "1"})
    assert caught.value.errors == {"anything": "is not an argument of this command"}


async def _loose(*_: object) -> Two:
    return Two(service="x", summary="y")
