"""Words after the slash command: read the way people write them, and never a crash."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from bot.calls.admit import validate
from bot.kit.declare import Command, Group
from bot.kit.errors import UserError
from bot.kit.fields import Entries
from bot.kit.replies import Reply
from bot.slack.parsing import Groups, HelpWanted, Invocation, _tokens, example, parse
from bot.wiring import GROUPS as WIRED
from tests.bot.kit.sample import Nothing, Service, sample_group

GROUPS: Groups = {group.name: group for group in (*WIRED, sample_group())}
COMMANDS = [command for group in GROUPS.values() for command in group.commands.values()]


def _raw(text: str) -> dict[str, str]:
    parsed = parse(text, GROUPS)
    assert isinstance(parsed, Invocation)
    return dict(parsed.raw)


def _problem(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse(text, GROUPS)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("thing ping", {}),
        ("  THING   Ping ", {}),
        ("thing make checkout", {"name": "checkout"}),
        ("thing make checkout green EU 3", {"name": "checkout", "colour": "green", "region": "EU", "count": "3"}),
        ("thing make name=checkout count=3", {"name": "checkout", "count": "3"}),
        ("thing make count=3 checkout green", {"count": "3", "name": "checkout", "colour": "green"}),
        ("thing make --name checkout --count 3", {"name": "checkout", "count": "3"}),
        ("thing make --name=checkout --COUNT=3", {"name": "checkout", "count": "3"}),
        ("thing make a --loud", {"name": "a", "loud": "yes"}),
        ("thing make a --loud no", {"name": "a", "loud": "no"}),
        ("thing make a --loud --count 3", {"name": "a", "loud": "yes", "count": "3"}),
        ("thing make a --loud count=3", {"name": "a", "loud": "yes", "count": "3"}),
        ("thing make a --loud green", {"name": "a", "loud": "yes", "colour": "green"}),
        ("thing make a --ratio -1", {"name": "a", "ratio": "-1"}),
        ("thing make x=1", {"name": "x=1"}),
        ("thing make --name x=1", {"name": "x=1"}),
        ("thing make name=", {"name": ""}),
        ('thing make name=""', {"name": ""}),
        ("thing note pay it is down", {"service": "pay", "summary": "it is down"}),
        ("thing note pay  it is\n  down ", {"service": "pay", "summary": "it is\n  down"}),
        ("thing note service=pay it is down", {"service": "pay", "summary": "it is down"}),
        ("thing note it service=pay is down", {"service": "pay", "summary": "it is down"}),
        ("thing note pay key=value is text", {"service": "pay", "summary": "key=value is text"}),
        ("thing note pay summary=x", {"service": "pay", "summary": "x"}),
        ("thing make a 'b c'", {"name": "a", "colour": "b c"}),
    ],
)
def test_arguments_are_taken_in_order_by_name_or_as_options(text: str, raw: dict[str, str]) -> None:
    assert _raw(text) == raw


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ('thing note pay "it is down"', "it is down"),
        ("thing note pay “it is down”", "it is down"),
        ("thing note pay „es steht“", "es steht"),
        ("thing note pay «c'est fini»", "c'est fini"),
        ("thing note pay 'it is down'", "it is down"),
        ("thing note pay ‘it is down’", "it is down"),
        ('thing note pay —summary "it is down"', "it is down"),
        ("thing note pay –summary=“it is down”", "it is down"),
        ("thing note pay it's down", "it's down"),
        ("thing note pay it’s down", "it’s down"),
        ("thing note pay 'tis down", "'tis down"),
        ('thing note pay the "big" one', 'the "big" one'),
        ('thing note pay "big" is down', '"big" is down'),
        ('thing note pay "never closed', '"never closed'),
        ('thing note pay "a"b', '"a"b'),
        ("thing note pay \"one \"two 'three four'", "\"one \"two 'three four'"),
        ("thing note pay 5 - 3", "5 - 3"),
    ],
)
def test_quotes_and_dashes_mean_what_was_typed(text: str, summary: str) -> None:
    assert _raw(text) == {"service": "pay", "summary": summary}


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("R&amp;D &lt;soon&gt;", "R&D <soon>"),
        ("&amp;lt;", "&lt;"),
        ("ask <@U1|ada lovelace> now", "ask <@U1|ada lovelace> now"),
        ("<https://x.example/?a=1&amp;b=2|x y>", "<https://x.example/?a=1&b=2|x y>"),
    ],
)
def test_what_slack_escaped_is_read_as_it_was_typed(sent: str, typed: str) -> None:
    assert _raw(f"thing note pay {sent}")["summary"] == typed


def test_a_mention_with_a_space_in_it_is_one_argument() -> None:
    assert _raw("thing make <@U1|ada lovelace> green") == {"name": "<@U1|ada lovelace>", "colour": "green"}


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("thing make", ["name"]),
        ("thing make --loud", ["name"]),
        ("thing note pay", ["summary"]),
        ("thing note", ["service", "summary"]),
        ("thing ping", []),
    ],
)
def test_needed_arguments_that_were_left_out_are_named_for_the_form(text: str, missing: list[str]) -> None:
    parsed = parse(text, GROUPS)
    assert isinstance(parsed, Invocation)
    assert [argument.name for argument in parsed.missing] == missing


@pytest.mark.parametrize(
    ("text", "group", "verb"),
    [
        ("", None, None),
        ("help", None, None),
        ("HELP", None, None),
        ("?", None, None),
        ("--help", None, None),
        ("—help", None, None),
        ("thing", "thing", None),
        ("thing help", "thing", None),
        ("thing --help", "thing", None),
        ("help thing", "thing", None),
        ("thing help make", "thing", "make"),
        ("thing help nonsense", "thing", None),
        ("thing make help", "thing", "make"),
        ("thing make --help", "thing", "make"),
        ("thing make a b —help c", "thing", "make"),
        ("thing --help make", "thing", "make"),
        ("thing nonsense --help", "thing", None),
        ("help thing make", "thing", "make"),
    ],
)
def test_help_is_found_wherever_people_ask_for_it(text: str, group: str | None, verb: str | None) -> None:
    parsed = parse(text, GROUPS)
    assert isinstance(parsed, HelpWanted)
    assert (parsed.group and parsed.group.name, parsed.command and parsed.command.verb) == (group, verb)


@pytest.mark.parametrize("text", ['thing note pay "--help"', "thing note help me", 'thing make "help"'])
def test_quoted_or_amid_other_words_help_is_just_a_word(text: str) -> None:
    assert isinstance(parse(text, GROUPS), Invocation)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("thnig make", ["“thnig”", "Did you mean thing?"]),
        ("zzz", ["“zzz”", "sandbox and thing"]),
        ("thing mkae", ["“mkae”", "Did you mean make?", "thing help"]),
        ("thing zzz", ["make, note and ping"]),
        ("thing make a --cuont 3", ["“cuont”", "Did you mean count?", "thing make checkout"]),
        ("thing make a --zzz 3", ["“zzz”", "name, colour, region"]),
        ("thing ping --zzz", ["“zzz”", "It takes none."]),
        ("thing ping now", ["“now”", "too many", "It takes none;"]),
        ("thing make a count=1 count=2", ["count is given twice", "thing make checkout"]),
        ("thing make a --count", ["--count needs a value", "--count 2"]),
        ("thing make a --count --loud", ["--count needs a value"]),
        ("thing make a --count name=b", ["--count needs a value"]),
        ("x" * 500, ["…”"]),
    ],
)
def test_a_mistake_is_answered_with_what_would_be_right(text: str, words: list[str]) -> None:
    problem = _problem(text)
    assert [word for word in words if word not in problem] == []
    assert len(problem) < 400


def test_a_last_argument_that_is_no_text_does_not_take_the_rest() -> None:
    class Counted(BaseModel):
        name: str = Field(examples=["x"])
        count: int = 1

    group: Group[Any] = Group("short", summary="Short", service=Service)

    @group.command(
        "go", arguments=Counted, result=Nothing, permission="short.go", summary="Go", view=lambda _: Reply(text="gone")
    )
    async def go(*_: Any) -> Nothing:
        return Nothing()

    with pytest.raises(UserError, match=r"“c” is one argument too many .* <name> and \[count\]"):
        parse("short go a 1 c", {"short": group})


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_help_gives_as_an_example_parses_and_is_valid(command: Command) -> None:
    parsed = parse(example(command), GROUPS)
    assert isinstance(parsed, Invocation)
    assert parsed.missing == ()
    validate(parsed.command, parsed.raw)


@given(st.text().filter(lambda text: '"' not in text))
def test_a_quoted_value_arrives_as_it_was_typed(value: str) -> None:
    sent = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert _raw(f'thing note pay summary="{sent}"')["summary"] == value


_WORDS = st.sampled_from(
    ["thing", "make", "note", "help", "--help", "name=", "--count", "—loud", "=", "--", '"', "'", "“", "«", "<@U1|a b>",
     "<@", "&lt;", "key=value", "--key", "\n", " ", "no", "-h", "?", "--name=", 'name="a b"', "\x00", "‘"]
)  # fmt: skip


@given(st.lists(_WORDS.filter(lambda word: not set(word) & set("\"'“«‘<")), max_size=8))
def test_a_quotation_at_the_end_changes_nothing_before_it(words: list[str]) -> None:
    text = " ".join(words)
    *before, last = _tokens(f'{text} "quoted"')
    assert before == _tokens(text)
    assert last.quoted


@given(
    st.lists(_WORDS | st.text(max_size=8), max_size=12), st.sampled_from(["", "thing ", "thing make ", "thing note "])
)
def test_no_text_crashes_the_parser(words: list[str], start: str) -> None:
    for text in (start + " ".join(words), start + "".join(words)):
        try:
            parsed = parse(text, GROUPS)
        except UserError:
            continue
        if isinstance(parsed, Invocation):
            assert set(parsed.raw) <= {argument.name for argument in parsed.command.fields}


# --- entries --------------------------------------------------------------------------------------------------------------


class Mixed(BaseModel):
    name: str = Field(examples=["shop"])
    parameters: Entries = {}
    rest: str = ""


def _mixing() -> dict[str, Group[object]]:
    group: Group[object] = Group("mix", summary="Mixes", service=object)

    @group.command(
        "it", arguments=Mixed, result=Mixed, permission="mix.it", summary="Mixes", view=lambda _: Reply("ok")
    )
    async def run(service: object, call: object, arguments: Mixed) -> Mixed:
        return arguments

    return {"mix": group}


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("mix it shop parameters.image=nginx", {"name": "shop", "parameters.image": "nginx"}),
        ("mix it shop --parameters.image nginx", {"name": "shop", "parameters.image": "nginx"}),
        ("mix it shop parameters.Max-Size=2", {"name": "shop", "parameters.max_size": "2"}),
        (
            "mix it parameters.a=“two words” shop parameters.b=2 and the rest",
            {"name": "shop", "parameters.a": "two words", "parameters.b": "2", "rest": "and the rest"},
        ),
        ('mix it shop parameters="image=nginx port=80"', {"name": "shop", "parameters": "image=nginx port=80"}),
        ("mix it shop image=nginx", {"name": "shop", "rest": "image=nginx"}),
        ("mix it shop name.x=1 other.x=2", {"name": "shop", "rest": "name.x=1 other.x=2"}),
    ],
)
def test_entries_are_typed_one_by_one_or_together_and_never_by_place(text: str, raw: dict[str, str]) -> None:
    found = parse(text, _mixing())
    assert isinstance(found, Invocation)
    assert found.raw == raw


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mix it shop parameters.a=1 parameters.a=2", "parameters.a is given twice"),
        ("mix it shop --name.a 1", "has no argument “name.a”"),
        ("mix it shop --parameters.a", "--parameters needs a value"),
    ],
)
def test_entries_that_cannot_be_are_explained(text: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text, _mixing())
    assert problem in caught.value.message
