"""What a person has chosen in blocks: the state of each element, what may be entered in it, and the client's own checks.

Value types for `entered` (also what Person.fill, submit and click take):
plain_text_input, email_text_input, url_text_input: str · number_input: int, float or str · static_select, radio_buttons,
overflow, external_select: the option's value, its text, or the option itself · multi_… and checkboxes: a list of those ·
users_select, channels_select, conversations_select: id (multi_…: a list of ids) · datepicker "2026-11-23" or a date ·
timepicker "14:30" · datetimepicker: epoch seconds or an aware datetime · file_input: a list of Slack's file objects ·
rich_text_input: a rich_text block or plain str. None empties. Sends nothing and knows no person.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from playground.slack.block_kit import elements_of
from playground.slack.model import JsonObject, View

# element type -> (key in its state, key of its initial value, whether it holds a list)
_STATE: dict[str, tuple[str, str, bool]] = {
    "plain_text_input": ("value", "initial_value", False),
    "number_input": ("value", "initial_value", False),
    "email_text_input": ("value", "initial_value", False),
    "url_text_input": ("value", "initial_value", False),
    "rich_text_input": ("rich_text_value", "initial_value", False),
    "file_input": ("files", "", True),
    "static_select": ("selected_option", "initial_option", False),
    "external_select": ("selected_option", "initial_option", False),
    "radio_buttons": ("selected_option", "initial_option", False),
    "users_select": ("selected_user", "initial_user", False),
    "conversations_select": ("selected_conversation", "initial_conversation", False),
    "channels_select": ("selected_channel", "initial_channel", False),
    "multi_static_select": ("selected_options", "initial_options", True),
    "multi_external_select": ("selected_options", "initial_options", True),
    "checkboxes": ("selected_options", "initial_options", True),
    "multi_users_select": ("selected_users", "initial_users", True),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", True),
    "multi_channels_select": ("selected_channels", "initial_channels", True),
    "datepicker": ("selected_date", "initial_date", False),
    "timepicker": ("selected_time", "initial_time", False),
    "datetimepicker": ("selected_date_time", "initial_date_time", False),
}

EXTERNAL = ("external_select", "multi_external_select")
_REQUIRED = "Please complete this required field."


class Unfit(ValueError):
    """The client does not let that be entered: no such option, too many, not a date."""


def stateful(blocks: Iterable[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """(block, element) of everything that holds a value."""
    for block in blocks:
        for _, element in elements_of(block):
            if element["type"] in _STATE:
                yield block, element


def initial(element: JsonObject, channel_id: str = "") -> JsonObject:
    """The element's state before anybody touches it. `channel_id`: the conversation the person is in."""
    key, source, many = _STATE[element["type"]]
    if element.get("default_to_current_conversation") and source not in element and channel_id:
        return {"type": element["type"], key: [channel_id] if many else channel_id}
    return {"type": element["type"], key: element.get(source, [] if many else None)}


def carried(view: View, body: JsonObject) -> JsonObject:
    """The values of a view that gets `body`: kept where block_id, action_id and type are the same, else initial."""
    return values_for(body["blocks"], view.values, view.channel_id)


def values_for(blocks: Iterable[JsonObject], known: JsonObject, channel_id: str = "") -> JsonObject:
    values: JsonObject = {}
    for block, element in stateful(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        state = known.get(block_id, {}).get(action_id)
        if state is None or state["type"] != element["type"]:
            state = initial(element, channel_id)
        values.setdefault(block_id, {})[action_id] = state
    return values


def find_input(blocks: Iterable[JsonObject], wanted: str) -> tuple[JsonObject, JsonObject]:
    """By block_id, action_id or label, in that order. Raises Unfit when there is none or more than one."""
    every = list(stateful(blocks))
    for matches in (
        [pair for pair in every if pair[0]["block_id"] == wanted],
        [pair for pair in every if pair[1]["action_id"] == wanted],
        [pair for pair in every if pair[0].get("label", {}).get("text") == wanted],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise Unfit(f"more than one input is called {wanted!r}")
    raise Unfit(f"there is no input {wanted!r}; there are {[pair[0]['block_id'] for pair in every]}")


def entered(element: JsonObject, value: Any) -> JsonObject:
    """The element's state after a person gave it `value`."""
    kind = element["type"]
    key, _, many = _STATE[kind]
    if value is None:
        return {"type": kind, key: [] if many else None}
    if many:
        if isinstance(value, (str, dict)) or not isinstance(value, Iterable):
            raise Unfit(f"{kind} takes a list")
        items = [_item(element, item) for item in value]
        most = element.get("max_selected_items") or element.get("max_files") or len(items)
        if len(items) > most:
            raise Unfit(f"at most {most} can be chosen")
        return {"type": kind, key: items}
    return {"type": kind, key: _item(element, value)}


def _item(element: JsonObject, value: Any) -> Any:
    kind = element["type"]
    if kind in ("static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow"):
        return option_of(element, value)
    if kind in EXTERNAL or kind == "file_input":
        if not isinstance(value, dict):
            raise Unfit(f"{kind} takes what was offered, not {value!r}")
        return value
    if kind == "rich_text_input":
        return value if isinstance(value, dict) else _as_rich_text(str(value))
    if kind == "datetimepicker":
        return int(value.timestamp()) if isinstance(value, datetime) else int(value)
    if kind == "datepicker":
        text = value.isoformat() if isinstance(value, date) else str(value)
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Unfit(f"{text!r} is no date") from None
    if kind == "timepicker":
        text = value.strftime("%H:%M") if isinstance(value, time) else str(value)
        if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text) is None:
            raise Unfit(f"{text!r} is no time")
        return text
    text = str(value)
    if kind == "plain_text_input" and not element.get("multiline"):
        text = text.replace("\n", " ")
    return text if text else None


def option_of(element: JsonObject, wanted: Any) -> JsonObject:
    """The option with that value, that text, or that is it. As the payload shows it: without its url's meaning for Slack."""
    options: list[JsonObject] = list(element.get("options", ()))
    options += [option for group in element.get("option_groups", ()) for option in group["options"]]
    for matches in (
        [option for option in options if option == wanted],
        [option for option in options if option["value"] == wanted],
        [option for option in options if option["text"]["text"] == wanted],
    ):
        if matches:
            return matches[0]
    raise Unfit(f"there is no option {wanted!r}; there are {[option['value'] for option in options]}")


def _as_rich_text(text: str) -> JsonObject:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def is_empty(state: JsonObject) -> bool:
    key, _, _ = _STATE[state["type"]]
    return state.get(key) in (None, "", [])


def client_errors(blocks: Iterable[JsonObject], values: JsonObject) -> dict[str, str]:
    """What Slack's client itself refuses on submit: block_id -> the text under the input."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = values[block["block_id"]][element["action_id"]]
        if is_empty(state):
            if not block.get("optional", False):
                errors[block["block_id"]] = _REQUIRED
            continue
        problem = _problem(element, state)
        if problem:
            errors[block["block_id"]] = problem
    return errors


def _problem(element: JsonObject, state: JsonObject) -> str:
    kind = element["type"]
    if kind == "number_input":
        return _number_problem(element, str(state["value"]))
    if kind == "email_text_input" and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", state["value"]) is None:
        return "Please enter a valid email address."
    if kind == "url_text_input" and re.fullmatch(r"https?://\S+", state["value"]) is None:
        return "Please enter a valid URL."
    if kind == "plain_text_input":
        length = len(state["value"])
        low, high = element.get("min_length", 0), element.get("max_length", 3000)
        if length < low:
            return f"Must be at least {low} characters."
        if length > high:
            return f"Must be at most {high} characters."
    return ""


def _number_problem(element: JsonObject, value: str) -> str:
    pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if re.fullmatch(pattern, value) is None:
        return "Please enter a number." if element["is_decimal_allowed"] else "Please enter a whole number."
    if "min_value" in element and float(value) < float(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and float(value) > float(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return ""
