"""Letting a call in: the person may do it, and its arguments are complete, known and right."""

import pytest
from pydantic import BaseModel, ConfigDict

from bot.calls.admit import authorise, limited, validate
from bot.kit.access import AccessSettings
from bot.kit.call import Principal
from bot.kit.errors import FieldErrors, Refused
from bot.kit.roles import Rules
from tests.bot.kit.sample import Colour, Everything, Two, sample_group

COMMANDS = sample_group().commands
MAKE, NOTE = COMMANDS["make"], COMMANDS["note"]


def _person(*permissions: str) -> Principal:
    return Principal("U1", "ada", permissions=frozenset(permissions))


@pytest.mark.parametrize("permission", ["thing.make", "thing.*", "*"])
def test_somebody_with_the_permission_is_let_through(permission: str) -> None:
    authorise(MAKE, _person(permission), Rules(AccessSettings()))


@pytest.mark.parametrize("permissions", [(), ("thing.note",), ("other.*",), ("thing",)])
def test_a_refusal_names_the_permission_the_roles_that_carry_it_and_whom_to_ask(permissions: tuple[str, ...]) -> None:
    settings = AccessSettings.model_validate(
        {
            "roles": {"maker": ["thing.*"], "noter": ["thing.note"]},
            "teams": {"core": {"users": ["U0CORE"], "groups": ["@core"]}},
            "grants": [
                {
                    "roles": ["admin"],
                    "to": {"users": ["U0BOSS"], "groups": ["@admins"], "teams": ["core"]},
                    "teams": "all",
                },
                {"roles": ["maker"], "to": {"users": ["U0MAKER"]}},
            ],
        }
    )
    with pytest.raises(Refused) as caught:
        authorise(MAKE, _person(*permissions), Rules(settings))
    assert caught.value.message == (
        "You may not use “thing make”: it needs the permission thing.make, which the roles admin and maker carry. "
        "Ask @admins, @core, U0BOSS or U0CORE to grant it to you."
    )
    assert caught.value.whom == ("U0BOSS", "U0CORE")


def test_where_nobody_was_named_admin_whoever_runs_the_bot_is_to_be_asked() -> None:
    with pytest.raises(Refused, match=r"which the role admin carries\. Ask whoever runs this bot to grant it"):
        authorise(MAKE, _person(), Rules(AccessSettings()))


def test_a_permission_for_one_team_opens_the_door_and_a_token_narrows_it() -> None:
    rules = Rules(AccessSettings())
    person = Principal("U1", "ada", frozenset({"pay"}), scoped={"pay": frozenset({"thing.*"})})
    authorise(MAKE, person, rules)
    authorise(MAKE, limited(person, frozenset({"*.make"})), rules)
    with pytest.raises(Refused):
        authorise(NOTE, limited(person, frozenset({"*.make"})), rules)


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
