"""Named texts as one argument: typed, from a form, from a program."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bot.calls.admit import validate
from bot.kit.arguments import arguments_of, typed
from bot.kit.declare import Group
from bot.kit.entries import LONGEST, MOST, dotted, flat, gathered, read_entries, written
from bot.kit.errors import FieldErrors
from bot.kit.fields import Entries
from bot.kit.replies import Reply

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", {}),
        ("  ", {}),
        ("image=nginx", {"image": "nginx"}),
        ("image=nginx replicas=2", {"image": "nginx", "replicas": "2"}),
        ("image=nginx,\n  replicas=2,", {"image": "nginx", "replicas": "2"}),
        ('title="two words" empty= last=x', {"title": "two words", "empty": "", "last": "x"}),
        ('title="say \\"so\\"\\n"', {"title": 'say "so"\n'}),
        ("Max-Size=1Gi", {"max_size": "1Gi"}),
        ("url=postgres://a=b", {"url": "postgres://a=b"}),
    ],
)
def test_pairs_are_read(text: str, entries: dict[str, str]) -> None:
    assert read_entries(text) == entries


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("image", "name=value pairs"),
        ("image nginx", "name=value pairs"),
        ('image="nginx', "name=value pairs"),
        ('image="nginx"x', "name=value pairs"),
        ('image="\\x"', "name=value pairs"),
        ("image=a image=b", "image is given twice"),
        (["image"], "name=value pairs"),
        (3, "name=value pairs"),
        ({"image": ["a"]}, "texts, numbers, or true and false"),
        ({"Image": "a"}, "names of lower-case letters"),
        ({"": "a"}, "names of lower-case letters"),
        ({"image": "x" * (LONGEST + 1)}, "at most 3000 characters"),
        ({f"n{number}": "x" for number in range(MOST + 1)}, "at most 50"),
    ],
)
def test_what_is_no_entries_is_refused(value: Any, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_entries(value)
    assert problem in str(caught.value)


def test_an_object_of_a_program_becomes_texts_as_one_would_type_them() -> None:
    sent = {"image": "nginx", "replicas": 2, "ratio": 0.5, "public": True, "root": False, "later": None}
    assert read_entries(sent) == {"image": "nginx", "replicas": "2", "ratio": "0.5", "public": "yes", "root": "no"}


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.text(max_size=50), max_size=10))
def test_what_is_written_is_read_again(entries: dict[str, str]) -> None:
    assert read_entries(written(entries)) == entries
    assert typed(entries) == written(entries)


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_entries(text)
    except ValueError:
        return
    assert read_entries(written(found)) == found


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.text(max_size=20), max_size=5))
def test_flat_entries_are_gathered_again(entries: dict[str, str]) -> None:
    raw = {"name": "x", "parameters": written(entries)} if entries else {"name": "x"}
    spread = flat(raw, ["parameters"])
    assert spread == {"name": "x", **{dotted("parameters", name): text for name, text in entries.items()}}
    assert gathered(spread, ["parameters"]) == ({"name": "x", "parameters": entries} if entries else {"name": "x"})


def test_what_cannot_be_read_yet_stays_as_it_is_in_a_form() -> None:
    assert flat({"parameters": "image"}, ["parameters"]) == {"parameters": "image"}


class Mixed(BaseModel):
    name: str = ""
    parameters: Entries = {}
    rest: str = ""


def command() -> Any:
    group: Group[object] = Group("mix", summary="Mixes", service=object)

    @group.command(
        "it", arguments=Mixed, result=Mixed, permission="mix.it", summary="Mixes it", view=lambda _: Reply("mixed")
    )
    async def run(service: object, call: object, arguments: Mixed) -> Mixed:
        return arguments

    return group.commands["it"]


@pytest.mark.parametrize(
    "raw",
    [
        {"parameters": "image=nginx replicas=2"},
        {"parameters.image": "nginx", "parameters.replicas": "2"},
        {"parameters": "image=nginx", "parameters.replicas": "2"},
        {"parameters": {"image": "nginx", "replicas": 2}},
    ],
)
def test_however_they_are_given_a_command_gets_the_same(raw: dict[str, object]) -> None:
    assert validate(command(), raw) == Mixed(parameters={"image": "nginx", "replicas": "2"})


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({"parameters": "image"}, "name=value pairs"),
        ({"parameters": "image=a", "parameters.image": "b"}, "image is given twice"),
        ({"parameters.": "x"}, "names of lower-case letters"),
        ({"parameters.image": ["x"]}, "texts, numbers"),
        ({"parameters": {"image": "\0"}}, "must not contain NUL"),
        ({"parameters.image": "\ud800"}, "must not contain NUL"),
    ],
)
def test_wrong_entries_are_told_at_their_argument(raw: dict[str, object], problem: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        validate(command(), raw)
    assert problem in caught.value.errors["parameters"]


def test_entries_are_given_by_name_and_never_needed() -> None:
    assert [each.placeholder for each in arguments_of(Mixed)] == ["[name]", "[parameters=…]", "[rest]"]

    class Needed(BaseModel):
        parameters: Entries

    with pytest.raises(TypeError, match="it needs a default"):
        arguments_of(Needed)
