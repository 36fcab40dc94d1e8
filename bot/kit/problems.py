"""Says in plain words what pydantic found wrong, and what would be right. Pure; used for arguments and settings alike."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.kit.text import few, listed, nearest, shorten
from bot.kit.units import format_duration, parse_duration

_KINDS = {
    "int": "a whole number, such as 3",
    "float": "a number, such as 2.5",
    "decimal": "a number, such as 2.5",
    "bool": "yes or no",
    "string": "text",
    "dict": "a section of `key: value` lines",
    "list": "a list",
    "tuple": "a list",
    "model": "a section of `key: value` lines",
    "mapping": "a section of `key: value` lines",
    "time_delta": "a duration, such as 36h or 3d",
}
_PARTS = re.compile(r"(days|seconds|microseconds)=(-?\d+)")
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def describe(error: ErrorDetails) -> str:
    """One problem as half a sentence that follows the argument's name: `must be at most 14d`."""
    kind, found = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "is needed"
    if kind == "extra_forbidden":
        return "is not known here"
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"must be {words} {_shown(found[key])}"
    if kind in ("literal_error", "enum"):
        return _not_a_choice(error["input"], str(found["expected"]))
    if kind == "string_too_long":
        return f"must have at most {found['max_length']} characters"
    if kind == "string_too_short":
        return f"must have at least {found['min_length']} characters" if error["input"] else "must not be empty"
    if kind in ("value_error", "assertion_error"):
        return str(found.get("error", error["msg"]))
    base = kind.removesuffix("_parsing").removesuffix("_type").removesuffix("_from_float")
    if base in _KINDS:
        return f"must be {_KINDS[base]}, not {_quoted(error['input'])}"
    # pydantic's own words are "Input should be …", "String should match pattern …".
    return shorten(re.sub(r"^\w+ should (?=be|have|match)", "must ", error["msg"]), 200)


def by_field(error: ValidationError) -> dict[str, str]:
    """Argument name -> its first problem."""
    problems: dict[str, str] = {}
    for details in error.errors(include_url=False):
        name = str(details["loc"][0]) if details["loc"] else ""
        problems.setdefault(name, describe(details))
    return problems


def _shown(bound: Any) -> str:
    """pydantic gives the bound of a duration in words (“1 day and 2 hours”), and any other bound of a field with a validator
    of its own as its repr()."""
    if isinstance(bound, float):
        return f"{bound:g}"
    text = str(bound)
    if text.startswith("datetime.timedelta("):
        return format_duration(timedelta(**{unit: int(count) for unit, count in _PARTS.findall(text)}))
    try:
        return format_duration(parse_duration(text))
    except ValueError:
        return text.removeprefix("Decimal('").removesuffix("')")


def _quoted(value: Any) -> str:
    return f"“{shorten(str(value), 40)}”"


def _not_a_choice(value: Any, expected: str) -> str:
    choices = [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",")]
    guess = nearest(str(value), choices)
    hint = f"; did you mean {guess}?" if guess else ""
    return f"must be {listed(few(choices))}, not {_quoted(value)}{hint}"
