"""Says what is wrong with blocks and views, in Slack's words and with its pointers. Sizes and shapes come from limits.py."""

import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from playground.slack.limits import (
    BLOCKS_OF_MESSAGES,
    HOME,
    MARKDOWN_TEXT,
    MODAL,
    OPTION,
    OPTION_GROUP,
    TABLE_TEXT,
    VIEW_BYTES,
)
from playground.slack.model import JsonObject
from playground.slack.schema import Many, problem

ONE_TABLE = "only_one_table_allowed"
_NO_FOCUS_IN = ("message", "home")


def check_message_blocks(blocks: Any, at: str = "/blocks") -> list[str]:
    """What is wrong with a message's blocks; empty when Slack would take them."""
    found: list[str] = []
    BLOCKS_OF_MESSAGES.check(blocks, at, found)
    if not found:
        _across(blocks, at, "message", found)
    return found


def check_view(view: Any, kind: str, at: str = "/view") -> list[str]:
    """What is wrong with a modal or home view. `kind` is what this call needs: modal or home."""
    found: list[str] = []
    if not isinstance(view, dict):
        problem(found, "must provide an object", at)
        return found
    if "type" in view and view["type"] != kind:
        problem(found, f"must be of type: {kind}", f"{at}/type")
        return found
    (MODAL if kind == "modal" else HOME).check(view, at, found)
    if not found:
        _across(view["blocks"], f"{at}/blocks", kind, found)
        if kind == "modal" and "submit" not in view:
            for index, block in enumerate(view["blocks"]):
                if block["type"] == "input":
                    problem(found, "must define `submit` to use an `input` block in modals", f"{at}/blocks/{index}")
    return found


def is_too_large(view: Any) -> bool:
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode()) > VIEW_BYTES


def check_options(answer: Any) -> list[str]:
    """What is wrong with the answer to a block_suggestion: options or option_groups, at most 100."""
    found: list[str] = []
    if not isinstance(answer, dict) or ("options" in answer) == ("option_groups" in answer):
        problem(found, "must provide either options or option_groups", "/")
    elif "options" in answer:
        Many(OPTION, 100, 0).check(answer["options"], "/options", found)
    else:
        Many(OPTION_GROUP, 100, 0).check(answer["option_groups"], "/option_groups", found)
    return found


def elements_of(block: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """The interactive elements of a block with the path to each inside the block. Images and texts are none."""
    if isinstance(block.get("accessory"), dict) and block["accessory"].get("type") != "image":
        yield "accessory", block["accessory"]
    if isinstance(block.get("element"), dict):
        yield "element", block["element"]
    if block.get("type") == "actions":
        for index, element in enumerate(block["elements"]):
            yield f"elements/{index}", element


def _across(blocks: list[JsonObject], at: str, surface: str, found: list[str]) -> None:
    """What no single block shows: repeated ids, options that are not there, tables of uneven rows."""
    seen: set[str] = set()
    focused = 0
    _together(blocks, at, found)
    for index, block in enumerate(blocks):
        here = f"{at}/{index}"
        block_id = block.get("block_id")
        if block_id:
            if block_id in seen:
                problem(found, f'`block_id` "{block_id}" already exists', f"{here}/block_id")
            seen.add(block_id)
        if block["type"] == "section" and not ("text" in block or "fields" in block):
            problem(found, "missing required field: text", here)
        if block["type"] == "data_table":
            _rows(block, here, found)
        actions: set[str] = set()
        for path, element in elements_of(block):
            action_id = element.get("action_id")
            if action_id:
                if action_id in actions:
                    problem(found, f'`action_id` "{action_id}" already exists', f"{here}/{path}/action_id")
                actions.add(action_id)
            _element(element, f"{here}/{path}", surface, found)
            focused += element.get("focus_on_load") is True
    if focused > 1:
        problem(found, "`focus_on_load` can only be set to true on one element", at)


def _together(blocks: list[JsonObject], at: str, found: list[str]) -> None:
    """Budgets that all blocks of a message share."""
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN_TEXT:
        problem(found, f"must be less than {MARKDOWN_TEXT + 1} characters in all markdown blocks", at)
    tables = [block for block in blocks if block["type"] in ("table", "data_table")]
    if len(tables) > 1:
        problem(found, ONE_TABLE, at)
    cells = sum(_length(cell) for block in tables for row in block["rows"] for cell in row)
    if cells > TABLE_TEXT:
        problem(found, f"must be less than {TABLE_TEXT + 1} characters in all table cells", at)


def _length(cell: Any) -> int:
    """Characters of every text inside a cell."""
    if isinstance(cell, dict):
        own = len(cell["text"]) if isinstance(cell.get("text"), str) else 0
        return own + sum(_length(value) for value in cell.values())
    return sum(_length(item) for item in cell) if isinstance(cell, list) else 0


def _rows(block: JsonObject, here: str, found: list[str]) -> None:
    widths = {len(row) for row in block["rows"]}
    if len(widths) > 1:
        problem(found, "every row must have the same number of cells", f"{here}/rows")
    if any(cell["type"] == "rich_text" for cell in block["rows"][0]):
        problem(found, "unsupported type: rich_text", f"{here}/rows/0")


def _element(element: JsonObject, here: str, surface: str, found: list[str]) -> None:
    if element.get("focus_on_load") and surface in _NO_FOCUS_IN:
        problem(found, "invalid additional property: focus_on_load", here)
    if element["type"] == "file_input" and surface == "home":
        problem(found, "unsupported type: file_input", f"{here}/type")
    offered = _offered(element)
    if offered is not None:
        chosen = element.get("initial_options") or ([element["initial_option"]] if "initial_option" in element else [])
        for option in chosen:
            if option not in offered:
                name = "initial_options" if "initial_options" in element else "initial_option"
                problem(found, "initial option must match one of the options", f"{here}/{name}")
        if element["type"] in ("checkboxes", "radio_buttons"):
            values = [option["value"] for option in offered]
            for index, value in enumerate(values):
                if value in values[:index]:
                    problem(found, f'option `value` "{value}" already exists', f"{here}/options/{index}/value")
    low, high = element.get("min_length"), element.get("max_length")
    if low is not None and high is not None and low > high:
        problem(found, "min_length must not exceed max_length", f"{here}/min_length")
    if element["type"] == "number_input":
        _number_range(element, here, found)


def _number_range(element: JsonObject, here: str, found: list[str]) -> None:
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and high is not None and float(low) > float(high):
        problem(found, "min_value must not exceed max_value", f"{here}/min_value")
    start = element.get("initial_value")
    if start is None:
        return
    if not element["is_decimal_allowed"] and "." in start:
        problem(found, "must be an integer", f"{here}/initial_value")
    if (low is not None and float(start) < float(low)) or (high is not None and float(start) > float(high)):
        problem(found, "must lie between min_value and max_value", f"{here}/initial_value")


def _offered(element: JsonObject) -> list[JsonObject] | None:
    """The options of an element that carries its own; None for those that do not."""
    if "options" in element:
        return list(element["options"])
    if "option_groups" in element:
        return [option for group in element["option_groups"] for option in group["options"]]
    return None


def block_ids_filled(blocks: Iterable[JsonObject]) -> tuple[JsonObject, ...]:
    """Slack gives every block (and every interactive element) without an id a random one."""
    return tuple(_filled(block) for block in blocks)


def _filled(block: JsonObject) -> JsonObject:
    filled = {"block_id": secrets.token_urlsafe(4)[:5], **block}
    for key in ("element", "accessory"):
        if isinstance(filled.get(key), dict):
            filled[key] = {"action_id": secrets.token_urlsafe(6), **filled[key]}
    if filled.get("type") == "actions":
        filled["elements"] = [{"action_id": secrets.token_urlsafe(6), **element} for element in filled["elements"]]
    return filled
