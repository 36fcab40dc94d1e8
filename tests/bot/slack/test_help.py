"""Help: says what can be typed, keeps Slack's limits, and nothing in a declaration acts as markup."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel, Field, create_model

from bot.kit.declare import Group
from bot.kit.replies import Reply
from bot.slack.help import help_reply, usage
from bot.slack.parsing import Groups, HelpWanted, example
from bot.wiring import GROUPS as WIRED
from playground.slack.block_kit import check_message_blocks
from tests.bot.kit.sample import Nothing, Service, sample_group

GROUPS: Groups = {group.name: group for group in (*WIRED, sample_group())}
THING = GROUPS["thing"]
EVERYTHING = [
    HelpWanted(),
    *(HelpWanted(group) for group in GROUPS.values()),
    *(HelpWanted(group, command) for group in GROUPS.values() for command in group.commands.values()),
]
HOSTILE = "<!channel> & <https://evil.example|bank> `code` "


def _group(verbs: Sequence[str], words: str, arguments: type[BaseModel] = Nothing) -> Group[Any]:
    group: Group[Any] = Group("long", summary=words, service=Service)
    for verb in verbs:

        @group.command(
            verb,
            arguments=arguments,
            result=Nothing,
            permission="long.go",
            summary=words,
            view=lambda _: Reply("gone"),
        )
        async def run(*_: Any) -> Nothing:
            return Nothing()

    return group


def _sent(wanted: HelpWanted, groups: Groups = GROUPS) -> tuple[list[dict[str, Any]], str]:
    """The blocks, and everything that can be read in them and in the text beside them."""
    payload = help_reply(wanted, groups, "/platform").to_payload()
    assert payload["text"]
    return list(payload["blocks"]), json.dumps(payload, ensure_ascii=False)


@pytest.mark.parametrize("wanted", EVERYTHING)
def test_slack_takes_the_help_of_everything_there_is(wanted: HelpWanted) -> None:
    blocks, _ = _sent(wanted)
    assert check_message_blocks(blocks) == []


def test_help_names_every_group_and_verb() -> None:
    _, shown = _sent(HelpWanted())
    words = [*GROUPS, *(verb for group in GROUPS.values() for verb in group.commands)]
    assert [word for word in words if word not in shown] == []


def test_the_help_of_a_group_shows_how_each_command_is_typed() -> None:
    _, shown = _sent(HelpWanted(THING))
    assert "/platform thing note &lt;service&gt; &lt;summary&gt;" in shown
    assert "Answer at once" in shown


def test_the_help_of_a_command_explains_each_argument() -> None:
    make = THING.commands["make"]
    _, shown = _sent(HelpWanted(THING, make))
    for words in (
        "`name` (text, 2 to 20 characters, needed)",
        "`colour` (red or green, default red) What it is painted in.",
        "`region` (EU or US, may stay out)",
        "`count` (whole number, 1 to 9, default 2)",
        "`lifetime` (duration, may stay out)",
        "`loud` (yes or no, default no)",
        f"Example: `/platform {example(make)}`",
        "needs `thing.make`",
    ):
        assert words in shown


def test_usage_tells_needed_from_optional() -> None:
    assert usage(THING.commands["note"], "/p") == "/p thing note <service> <summary>"
    assert usage(THING.commands["make"], "/p").startswith("/p thing make <name> [colour] [region]")


@pytest.mark.parametrize("words", [HOSTILE * 200, "x" * 9_000, "&" * 3_000])
def test_the_help_of_a_huge_and_hostile_group_keeps_slacks_limits(words: str) -> None:
    fields: dict[str, Any] = {
        f"argument_{number}": (str, Field(title=words, description=words, examples=[words])) for number in range(60)
    }
    group = _group([f"verb-{number}" for number in range(60)], words, create_model("Huge", **fields))
    groups: Groups = {f"group-{number}": group for number in range(60)}
    command = group.commands["verb-1"]
    for wanted in (HelpWanted(), HelpWanted(group), HelpWanted(group, command)):
        blocks, shown = _sent(wanted, groups)
        assert check_message_blocks(blocks) == []
        assert len(blocks) <= 50
        assert "<!" not in shown
        assert "<http" not in shown


def test_commands_that_do_not_fit_are_counted() -> None:
    group = _group([f"verb-{number}" for number in range(60)], "Does it")
    _, shown = _sent(HelpWanted(group), {"long": group})
    assert "more" in shown
