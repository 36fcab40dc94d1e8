"""Conditions as they stand in platform.yaml, typed: for approval rules, alert routes, quiet hours. Knows no domain.

    command: sandbox.create              one value, or a list of which one must hold; `sandbox.*` for names
    cost_per_day: {gt: 20}               eq, not, gt, gte, lt, lte, in, like (with * and ?), matches (a regular expression
                                         for the whole value), set (yes or no)
    environment: [production, staging]
    at: {weekdays: [sat, sun]}           a time: weekdays, from/until (of the day), after/before (moments), zone
    any: [{…}, {…}]                      also all: [{…}, {…}] and not: {…}

All clauses of one mapping must hold. `read_condition` checks the shape (when the file is read); `Condition.bind` checks names and
types against what is known of the facts, and gives a plain function. A fact that is missing matches nothing, except `not` and
`set: no`; of a fact with several values (teams, roles) one must match, and with `not` none.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fnmatch import translate
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from bot.kit.text import listed, nearest, shorten
from bot.kit.units import format_duration, parse_duration
from bot.kit.windows import OPTIONS, window


class FactKind(StrEnum):
    """What a fact's values are: str (NAME: dotted, where `sandbox.*` covers `sandbox.create`), Decimal or int, bool, timedelta,
    aware datetime, or a set of str."""

    TEXT = "text"
    NAME = "name"
    NUMBER = "number"
    FLAG = "yes or no"
    DURATION = "duration"
    MOMENT = "time"
    SET = "several"


Facts = Mapping[str, object]
Predicate = Callable[[Facts], bool]
Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Known:
    """The facts there may be. `others` is the kind of every further name (an alert's labels), None: there are none."""

    facts: Mapping[str, FactKind]
    others: FactKind | None = None


@dataclass(frozen=True)
class Clause:
    """One fact and what must hold of it: `tests` are operator and operand as written."""

    fact: str
    tests: tuple[tuple[str, object], ...]

    def __str__(self) -> str:
        return " and ".join(f"{self.fact} {_WORDS.get(operator, operator)} {_shown(of)}" for operator, of in self.tests)


@dataclass(frozen=True)
class Group:
    """Several conditions of which all, any or none (`not`) must hold."""

    how: str
    parts: "tuple[Condition, ...]"

    def __str__(self) -> str:
        if self.how == "not":
            return f"not ({self.parts[0]})"
        return "(" + (" or " if self.how == "any" else " and ").join(str(part) for part in self.parts) + ")"


@dataclass(frozen=True)
class Condition:
    """Clauses and groups that must all hold; none of them: always. Its text is what people read."""

    clauses: tuple[Clause | Group, ...] = ()

    def __str__(self) -> str:
        return " and ".join(str(clause) for clause in self.clauses) or "always"

    def facts(self) -> frozenset[str]:
        """The names of all facts it looks at."""
        found: set[str] = set()
        for clause in self.clauses:
            if isinstance(clause, Clause):
                found.add(clause.fact)
            else:
                found.update(*(part.facts() for part in clause.parts))
        return frozenset(found)

    def bind(self, known: Known) -> Predicate:
        """The condition as a function of the facts. Raises ValueError: a line for each fact nobody knows, with the nearest, and
        each operand that cannot be compared with its fact."""
        problems: list[str] = []
        predicate = _bound(self, known, problems)
        if problems:
            raise ValueError("\n".join(problems))
        return predicate


def read_condition(written: object) -> Condition:
    """What YAML holds, as a Condition. Raises ValueError that says where it is wrong and what would be right."""
    if isinstance(written, Condition):
        return written
    if written is None:
        return Condition()
    if not isinstance(written, Mapping):
        raise ValueError("must be a mapping such as {command: sandbox.create, cost_per_day: {gt: 20}}")
    return Condition(tuple(_read_part(str(name), value) for name, value in written.items()))


When = Annotated[
    Condition,
    PlainValidator(read_condition),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "object"}),
]
"""A condition as a field of a settings section."""


# --- reading --------------------------------------------------------------------------------------------------------------

_WORDS = {
    "eq": "is",
    "not": "is not",
    "gt": ">",
    "gte": "≥",
    "lt": "<",
    "lte": "≤",
    "in": "is one of",
    "like": "is like",
}
_OPERATORS = ("eq", "not", "gt", "gte", "lt", "lte", "in", "like", "matches", "set")
_LONGEST_PATTERN = 200


def _read_part(name: str, value: object) -> Clause | Group:
    if name in ("any", "all"):
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise ValueError(f"{name}: must be a list of conditions")
        return Group(name, tuple(read_condition(each) for each in value))
    if name == "not":
        return Group("not", (read_condition(value),))
    return Clause(name, _read_tests(name, value))


def _read_tests(name: str, value: object) -> tuple[tuple[str, object], ...]:
    if value is None:
        raise ValueError(f"{name}: must say what it is to be compared with")
    if isinstance(value, Mapping):
        for operator in value:
            if operator not in (*_OPERATORS, *OPTIONS):
                guess = nearest(str(operator), (*_OPERATORS, *OPTIONS))
                hint = f"did you mean {guess}?" if guess else f"there are {', '.join(_OPERATORS)}"
                raise ValueError(f"{name}: there is no operator “{shorten(str(operator), 40)}”; {hint}")
        if not value:
            raise ValueError(f"{name}: must say what it is to be compared with")
        return tuple((str(operator), _frozen(operand)) for operator, operand in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return (("in", _frozen(value)),)
    return (("eq", value),)


def _frozen(operand: object) -> object:
    return tuple(operand) if isinstance(operand, list) else operand


# --- binding --------------------------------------------------------------------------------------------------------------


def _bound(condition: Condition, known: Known, problems: list[str]) -> Predicate:
    predicates = [
        _bound_clause(part, known, problems) if isinstance(part, Clause) else _bound_group(part, known, problems)
        for part in condition.clauses
    ]
    if len(predicates) == 1:
        return predicates[0]

    def all_hold(facts: Facts) -> bool:
        for predicate in predicates:  # noqa: SIM110 - a generator would cost more than most predicates
            if not predicate(facts):
                return False
        return True

    return all_hold


def _bound_group(group: Group, known: Known, problems: list[str]) -> Predicate:
    parts = [_bound(part, known, problems) for part in group.parts]
    if group.how == "any":
        return lambda facts: any(part(facts) for part in parts)
    if group.how == "all":
        return lambda facts: all(part(facts) for part in parts)
    negated = parts[0]
    return lambda facts: not negated(facts)


def _bound_clause(clause: Clause, known: Known, problems: list[str]) -> Predicate:
    kind = known.facts.get(clause.fact, known.others)
    if kind is None:
        guess = nearest(clause.fact, known.facts)
        hint = f"did you mean {guess}?" if guess else f"known are {listed(sorted(known.facts), 'and')}"
        problems.append(f"{clause.fact}: nothing is known by this name; {hint}")
        return _never
    try:
        if kind is FactKind.MOMENT and any(operator in OPTIONS for operator, _ in clause.tests):
            return _of_present(clause.fact, window(dict(clause.tests)))
        tests = [_test(kind, operator, operand) for operator, operand in clause.tests]
    except ValueError as error:
        problems.append(f"{clause.fact}: {error}")
        return _never
    return _of_all(clause.fact, tests)


def _of_present(fact: str, test: Test) -> Predicate:
    def holds(facts: Facts) -> bool:
        value = facts.get(fact)
        return value is not None and test(value)

    return holds


def _of_all(fact: str, tests: Sequence[Test]) -> Predicate:
    if len(tests) == 1:
        test = tests[0]
        return lambda facts: test(facts.get(fact))
    return lambda facts: all(test(facts.get(fact)) for test in tests)


def _never(_facts: Facts) -> bool:
    return False


def _test(kind: FactKind, operator: str, operand: object) -> Test:
    """One operator with its operand read; it gets the fact's value, None when there is none."""
    match operator:
        case "set":
            if not isinstance(operand, bool):
                raise ValueError("set: must be yes or no")
            wanted = operand
            return lambda value: (value is not None and value != "" and value != frozenset()) is wanted
        case "eq":
            return _any_of(kind, (operand,))
        case "in":
            return _any_of(kind, _several(operand, operator))
        case "not":
            found = _any_of(kind, _several(operand, operator, lone=True))
            return lambda value: not found(value)
        case "like" | "matches":
            return _pattern(kind, operator, operand)
        case "gt" | "gte" | "lt" | "lte":
            return _ordered(kind, operator, operand)
        case _:
            raise ValueError(f"{operator}: is for times; this is {_article(kind)}")


def _several(operand: object, operator: str, *, lone: bool = False) -> tuple[object, ...]:
    if isinstance(operand, tuple):
        if not operand:
            raise ValueError(f"{operator}: must name at least one value")
        return operand
    if lone:
        return (operand,)
    raise ValueError(f"{operator}: must be a list")


def _any_of(kind: FactKind, operands: Iterable[object]) -> Test:
    if kind is FactKind.MOMENT:
        raise ValueError("a time is compared with after, before, from, until and weekdays")
    values = frozenset(_read(kind, operand) for operand in operands)
    if kind is FactKind.SET:
        return lambda value: value is not None and not values.isdisjoint(value)
    if kind is FactKind.NAME:
        exact = frozenset(value for value in values if not str(value).endswith("*"))
        starts = tuple(str(value)[:-1] for value in values if str(value).endswith("*"))
        return lambda value: value is not None and (value in exact or (bool(starts) and value.startswith(starts)))
    return lambda value: value is not None and value in values


def _pattern(kind: FactKind, operator: str, operand: object) -> Test:
    if kind not in (FactKind.TEXT, FactKind.NAME, FactKind.SET):
        raise ValueError(f"{operator}: is for text; this is {_article(kind)}")
    if not isinstance(operand, str) or len(operand) > _LONGEST_PATTERN:
        raise ValueError(f"{operator}: must be text of at most {_LONGEST_PATTERN} characters")
    try:
        whole = re.compile(translate(operand) if operator == "like" else operand, re.DOTALL).fullmatch
    except re.error as error:
        raise ValueError(f"matches: is no regular expression: {error}") from None
    if kind is FactKind.SET:
        return lambda value: value is not None and any(whole(each) for each in value)
    return lambda value: value is not None and whole(value) is not None


def _ordered(kind: FactKind, operator: str, operand: object) -> Test:
    if kind not in (FactKind.NUMBER, FactKind.DURATION):
        raise ValueError(f"{operator}: is for numbers and durations; this is {_article(kind)}")
    bound: Any = _read(kind, operand)
    if operator == "gt":
        return lambda value: value is not None and value > bound
    if operator == "gte":
        return lambda value: value is not None and value >= bound
    if operator == "lt":
        return lambda value: value is not None and value < bound
    return lambda value: value is not None and value <= bound


def _read(kind: FactKind, operand: object) -> object:
    match kind:
        case FactKind.NUMBER:
            if isinstance(operand, int | float | str | Decimal) and not isinstance(operand, bool):
                try:
                    number = Decimal(str(operand))
                except InvalidOperation:
                    number = Decimal("NaN")
                if number.is_finite():
                    return number
            raise ValueError(f"must be a number, not {_quoted(operand)}")
        case FactKind.DURATION:
            if isinstance(operand, str):
                return parse_duration(operand)
            raise ValueError(f"must be a duration such as 3d or 36h, not {_quoted(operand)}")
        case FactKind.FLAG:
            if isinstance(operand, bool):
                return operand
            raise ValueError(f"must be yes or no, not {_quoted(operand)}")
        case _:
            if isinstance(operand, str):
                return operand
            if isinstance(operand, int) and not isinstance(operand, bool):
                return str(operand)  # a label's value such as 443, written without quotes
            raise ValueError(f"must be text, not {_quoted(operand)}" + _yaml_trap(operand))


# --- words ----------------------------------------------------------------------------------------------------------------


def _shown(operand: object) -> str:
    if isinstance(operand, tuple):
        return ", ".join(_shown(each) for each in operand)
    if isinstance(operand, bool):
        return "yes" if operand else "no"
    return format_duration(operand) if isinstance(operand, timedelta) else str(operand)


def _article(kind: FactKind) -> str:
    return (
        f"a {kind.value}"
        if kind in (FactKind.NUMBER, FactKind.DURATION, FactKind.NAME, FactKind.MOMENT)
        else kind.value
    )


def _quoted(operand: object) -> str:
    return f"“{shorten(str(operand), 40)}”"


def _yaml_trap(operand: object) -> str:
    return ": YAML reads yes, no, on and off as such; put it in quotes" if isinstance(operand, bool) else ""
