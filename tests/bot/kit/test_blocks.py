"""Blocks: Slack's limits hold whatever text is given."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.kit.blocks import (
    Pressed,
    actions,
    command_button,
    context,
    divider,
    facts,
    header,
    page,
    plain,
    pressed,
    section,
)
from bot.kit.declare import Confirm
from bot.kit.replies import Reply

HUGE = "x" * 10_000
TEXTS = [HUGE, "", "   ", "\n", "é" * 5_000, "<!channel>" * 900]


def _texts(node: Any) -> list[str]:
    """Every `text` string in a block."""
    if isinstance(node, dict):
        found = [node["text"]] if isinstance(node.get("text"), str) else []
        return found + [text for value in node.values() for text in _texts(value)]
    return [text for value in node for text in _texts(value)] if isinstance(node, list) else []


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("build", "limit"),
    [
        (header, 150),
        (section, 3000),
        (plain, 3000),
        (context, 2000),
        (lambda text: facts({"label": text}), 2000),
        (lambda text: actions(command_button(text, "thing.make", {})), 75),
    ],
    ids=["header", "section", "plain", "context", "facts", "button"],
)
def test_text_is_never_longer_than_slack_takes_and_never_empty(
    build: Callable[[str], Block], limit: int, text: str
) -> None:
    shown = _texts(build(text).to_dict())
    assert shown
    assert all(0 < len(each) <= limit and each.strip() for each in shown)


def test_peoples_own_words_are_shown_as_they_are_without_control_characters() -> None:
    block = plain("*R&D* <!channel>\n\x00:boom:\ud800").to_dict()
    assert block["text"] == {"type": "plain_text", "text": "*R&D* <!channel>\n:boom:", "emoji": False}


def test_a_confirm_dialog_keeps_its_limits() -> None:
    button = command_button("x", "thing.make", {}, confirm=Confirm(HUGE, HUGE, HUGE, HUGE)).to_dict()
    dialog = button["confirm"]
    lengths = {key: len(dialog[key]["text"]) for key in ("title", "text", "confirm", "deny")}
    assert lengths == {"title": 100, "text": 300, "confirm": 30, "deny": 30}


def test_more_elements_than_slack_takes_are_left_out() -> None:
    buttons = [command_button("x", "thing.make", {"name": str(number)}) for number in range(30)]
    assert len(actions(*buttons).to_dict()["elements"]) == 25
    assert len(context(*["x"] * 20).to_dict()["elements"]) == 10
    assert len(facts({str(number): "x" for number in range(20)}).to_dict()["fields"]) == 10


def test_a_message_has_at_most_fifty_blocks_and_says_what_it_leaves_out() -> None:
    assert len(page([divider()] * 50)) == 50
    long = page([divider()] * 73)
    assert len(long) == 50
    assert "24 more" in json.dumps(long[-1].to_dict())


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=4), st.none() | st.integers(0, 10**6))
def test_a_pressed_button_gives_back_what_it_carried(arguments: dict[str, str], version: int | None) -> None:
    button = command_button("Go", "thing.make", arguments, version=version).to_dict()
    assert pressed(button["action_id"], button["value"]) == Pressed("thing.make", arguments, version)


def test_buttons_of_different_objects_differ_and_of_the_same_version_do_not() -> None:
    def action(name: str, version: int) -> str:
        return str(command_button("Go", "thing.make", {"name": name}, version=version).action_id)

    assert action("a", 1) == action("a", 1)
    assert len({action("a", 1), action("a", 2), action("b", 1)}) == 3


def test_arguments_that_do_not_fit_into_a_button_are_refused() -> None:
    with pytest.raises(ValueError, match=r"2,000"):
        command_button("Go", "thing.make", {"name": "x" * 2000})


@given(st.text(max_size=30), st.text(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["arguments", "version", "x"]), inner),
).map(json.dumps))  # fmt: skip
def test_no_foreign_button_crashes_the_decoder(action_id: str, value: str) -> None:
    assert pressed(action_id, value) is None or action_id.startswith("run:")
    found = pressed(f"run:{action_id}", value)
    assert found is None or all(isinstance(text, str) for text in found.arguments.values())


def test_a_reply_is_sent_with_its_text_beside_its_blocks() -> None:
    assert Reply(text="Hi").to_payload() == {"text": "Hi"}
    assert Reply(text="Hi", blocks=[divider()]).to_payload() == {"text": "Hi", "blocks": [{"type": "divider"}]}


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_reply_is_never_sent_without_text(text: str) -> None:
    assert Reply(text=text).to_payload() == {"text": "—"}


def test_the_text_of_a_reply_is_cut_where_slack_would_cut_it() -> None:
    assert len(Reply(text=HUGE * 5).to_payload()["text"]) == 40_000
    assert len(Reply(text=HUGE, blocks=[divider()]).to_payload()["text"]) == 4_000
