"""Rules of shape, and the words Slack uses when one is broken. Knows no block: the table of limits is limits.py.

Each rule's `check(value, at, found)` appends lines such as
`must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit


class Rule(Protocol):
    def check(self, value: Any, at: str, found: list[str]) -> None: ...


def problem(found: list[str], text: str, at: str) -> None:
    found.append(f"{text} [json-pointer:{at}]")


@dataclass(frozen=True, slots=True)
class Str:
    """Characters, counted as Slack does: by code point."""

    high: int
    low: int = 0

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, str):
            problem(found, "must provide a string", at)
        elif len(value) > self.high:
            problem(found, f"must be less than {self.high + 1} characters", at)
        elif len(value) < self.low:
            problem(found, f"must be more than {self.low - 1} characters", at)


@dataclass(frozen=True, slots=True)
class OneOf:
    values: tuple[str, ...]

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, str) or value not in self.values:
            problem(found, f"must be a valid enum value: {', '.join(self.values)}", at)


@dataclass(frozen=True, slots=True)
class Like:
    """A string of a certain form, such as a date."""

    pattern: str

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, str) or re.fullmatch(self.pattern, value) is None:
            problem(found, "must match regular expression", at)


@dataclass(frozen=True, slots=True)
class Free:
    """A string whose length Slack does not document."""

    empty: bool = False

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, str):
            problem(found, "must provide a string", at)
        elif not value and not self.empty:
            problem(found, "must be more than 0 characters", at)


@dataclass(frozen=True, slots=True)
class Url:
    high: int = 3000
    schemes: tuple[str, ...] = ("http", "https")

    def check(self, value: Any, at: str, found: list[str]) -> None:
        Str(self.high, 1).check(value, at, found)
        if isinstance(value, str):
            parts = urlsplit(value)
            if parts.scheme not in self.schemes or (parts.scheme != "mailto" and not parts.netloc) or " " in value:
                problem(found, "invalid url", at)


@dataclass(frozen=True, slots=True)
class Bool:
    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, bool):
            problem(found, "must provide a boolean", at)


@dataclass(frozen=True, slots=True)
class Int:
    low: int
    high: int | None = None

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            problem(found, "must provide an integer", at)
        elif value < self.low:
            problem(found, f"must be greater than or equal to {self.low}", at)
        elif self.high is not None and value > self.high:
            problem(found, f"must be less than or equal to {self.high}", at)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number written as a string, as number_input has them."""

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, str) or re.fullmatch(r"-?\d+(\.\d+)?", value) is None:
            problem(found, "must provide a number as a string", at)


@dataclass(frozen=True, slots=True)
class Many:
    """A list of one kind of thing."""

    of: Rule
    high: int | None = None  # None: Slack documents no limit
    low: int = 1

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, list):
            problem(found, "must provide an array", at)
            return
        if self.high is not None and len(value) > self.high:
            problem(found, f"no more than {self.high} items allowed", at)
        if len(value) < self.low:
            problem(found, f"no fewer than {self.low} items allowed", at)
        for index, item in enumerate(value):
            self.of.check(item, f"{at}/{index}", found)


@dataclass(frozen=True, slots=True)
class Struct:
    """An object of known fields; anything else in it is refused. `either`: exactly one of these must be there."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    either: tuple[str, ...] = ()

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            problem(found, "must provide an object", at)
            return
        for name in self.required:
            if name not in value:
                problem(found, f"missing required field: {name}", at)
        if self.either:
            given = [name for name in self.either if name in value]
            if not given:
                problem(found, f"missing required field: {self.either[0]}", at)
            elif len(given) > 1:
                problem(found, f"only one of {', '.join(self.either)} allowed", at)
        for name, inner in value.items():
            rule = self.required.get(name) or self.optional.get(name)
            if rule is None:
                problem(found, f"invalid additional property: {name}", at)
            else:
                rule.check(inner, f"{at}/{name}", found)


@dataclass(frozen=True, slots=True)
class Text:
    """A text object. `emoji` belongs to plain_text alone and `verbatim` to mrkdwn alone."""

    high: int
    kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
    low: int = 1

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            problem(found, "must provide an object", at)
            return
        kind = value.get("type")
        if kind not in self.kinds:
            problem(found, f"unsupported type: {kind}", f"{at}/type")
            return
        own: dict[str, Rule] = {"emoji": Bool()} if kind == "plain_text" else {"verbatim": Bool()}
        rules = Struct({"type": Free(), "text": Str(self.high, self.low)}, own)
        rules.check(value, at, found)


@dataclass(frozen=True, slots=True)
class Variants:
    """An object told apart by its `type`."""

    table: Mapping[str, Struct | Text]

    def check(self, value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            problem(found, "must provide an object", at)
            return
        kind = value.get("type")
        rule = self.table.get(kind) if isinstance(kind, str) else None
        if kind is None:
            problem(found, "missing required field: type", at)
        elif rule is None:
            problem(found, f"unsupported type: {kind}", f"{at}/type")
        else:
            rule.check(value, at, found)


@dataclass(frozen=True, slots=True)
class Anything:
    """A part whose inside this double does not judge."""

    def check(self, value: Any, at: str, found: list[str]) -> None:
        return
