"""Whatever JSON arrives, the checks answer with problems and never break; what they pass, the rest can work with."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from playground.slack.block_kit import block_ids_filled, check_message_blocks, check_options, check_view, elements_of
from playground.slack.forms import client_errors, values_for
from playground.slack.limits import BLOCKS_OF_MESSAGES, INPUT_ELEMENTS
from playground.slack.mentions import pinged

_TYPES = [
    "section",
    "input",
    "actions",
    "context",
    "table",
    "data_table",
    "rich_text",
    "button",
    "static_select",
    "mrkdwn",
]
_KEYS = [
    "type", "text", "blocks", "elements", "element", "accessory", "options", "option_groups", "value", "block_id", "action_id",
    "fields", "label", "rows", "initial_option", "initial_options", "confirm", "min_value", "initial_value", "title", "submit",
]  # fmt: skip
_leaves: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from(_TYPES), st.text(max_size=5)
)
_json: st.SearchStrategy[Any] = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5)),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(_json)
def test_no_json_breaks_the_checks(anything: Any) -> None:
    check_message_blocks(anything)
    check_message_blocks([anything])
    check_view(anything, "modal")
    check_view({"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [anything]}, "modal")
    check_options(anything)


def _of_rule_options() -> st.SearchStrategy[Any]:
    option = st.fixed_dictionaries(
        {"text": st.just({"type": "plain_text", "text": "o"}), "value": st.sampled_from(["a", "b", "c"])}
    )
    return st.lists(option, min_size=1, max_size=3, unique_by=lambda one: one["value"])


_input: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["static_select", "multi_static_select", "radio_buttons", "checkboxes"])},
        optional={"action_id": st.just("a")},
    ).flatmap(lambda element: _of_rule_options().map(lambda options: {**element, "options": options})),
    st.sampled_from(sorted(INPUT_ELEMENTS.table)).map(
        lambda kind: {"type": kind} | ({"is_decimal_allowed": True} if kind == "number_input" else {})
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_input, max_size=3))
def test_every_input_that_passes_has_a_state_and_can_be_submitted(elements: list[Any]) -> None:
    label = {"type": "plain_text", "text": "L"}
    blocks = [{"type": "input", "label": label, "element": element} for element in elements]
    if check_message_blocks(blocks):
        return
    filled = block_ids_filled(blocks)
    values = values_for(filled, {})
    assert sum(len(actions) for actions in values.values()) == len(blocks)
    assert set(client_errors(filled, values)) == {block["block_id"] for block in filled}
    assert all(element["action_id"] for block in filled for _, element in elements_of(block))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<!channelher@U0>| &;", max_size=30))
def test_a_text_with_its_brackets_escaped_pings_nobody(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert pinged(escaped, [{"type": "section", "text": {"type": "mrkdwn", "text": escaped}}]) == ()


def test_the_table_of_blocks_is_the_one_slack_documents() -> None:
    assert set(BLOCKS_OF_MESSAGES.of.table) == {  # type: ignore[attr-defined]
        "actions", "context", "data_table", "divider", "header", "image", "input", "markdown", "rich_text", "section",
        "table", "video",
    }  # fmt: skip
