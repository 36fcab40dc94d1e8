"""What a call would change, before it does: for whoever must agree to it, and for the rules that say who must. Values only.

A command's `plan` gives lines that people read and `effects`, a model whose fields rules can look at. Two plans are the same when
arguments and effects are, with times counted from the call and prices within 5 %.
"""

import hashlib
import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from bot.kit.arguments import typed
from bot.kit.matching import FactKind

_TOLERANCE: Final = Decimal("0.05")


class _Price:
    """Marks a field that may move a little between asking and doing."""


PRICE: Final = _Price()
Price = Annotated[Decimal, PRICE]
"""An amount of money in effects; the currency is the platform's."""


class NoEffects(BaseModel):
    """Of a command whose rules look at its arguments only."""


@dataclass(frozen=True)
class Plan:
    """`lines` are plain text, each one thing that would change; `team` is whose things they are, None: the caller's."""

    lines: Sequence[str]
    effects: BaseModel
    team: str | None = None


@cache
def kinds_of(model: type[BaseModel]) -> Mapping[str, FactKind]:
    """What rules may look at in a model: its fields, with what each is. Others (models in models, bytes) are left out."""
    found = {name: _kind(field.annotation) for name, field in model.model_fields.items()}
    return {name: kind for name, kind in found.items() if kind is not None}


def facts_of(values: BaseModel) -> Mapping[str, object]:
    """The fields of `kinds_of` as facts; what is None is missing."""
    facts: dict[str, object] = {}
    for name in kinds_of(type(values)):
        value = getattr(values, name)
        if isinstance(value, str | Decimal | int | datetime | timedelta):  # most are what they look like
            facts[name] = str(value.value) if isinstance(value, Enum) else value
        elif value is not None:
            facts[name] = _fact(value)
    return facts


def _fact(value: object) -> object:
    match value:
        case Enum():
            return str(value.value)
        case tuple() | list() | set() | frozenset():
            return frozenset(typed(each) for each in value)
        case float():
            return Decimal(str(value))
        case date():
            return value.isoformat()
        case _:
            return value


def fingerprint(command: str, arguments: BaseModel, asked_at: datetime, effects: BaseModel, now: datetime) -> str:
    """What makes two plans of a command the same: a hash over its arguments, with times counted from when they were given, and
    its effects, with times counted from now and without prices."""
    priced = set(prices_of(effects))
    content = {
        "command": command,
        "arguments": {name: _canonical(getattr(arguments, name), asked_at) for name in type(arguments).model_fields},
        "effects": {
            name: _canonical(getattr(effects, name), now) for name in type(effects).model_fields if name not in priced
        },
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def prices_of(effects: BaseModel) -> Mapping[str, str]:
    """The prices among effects, as decimal text; "" for one nobody knows."""
    found = {}
    for name, field in type(effects).model_fields.items():
        if PRICE in field.metadata or _holds_price(field.annotation):
            value = getattr(effects, name)
            found[name] = "" if value is None else str(value)
    return found


def same_prices(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether none of them moved by more than 5 %."""
    if before.keys() != now.keys():
        return False
    for name, amount in before.items():
        if "" in (amount, now[name]):
            if amount != now[name]:
                return False
        elif abs(Decimal(now[name]) - Decimal(amount)) > abs(Decimal(amount)) * _TOLERANCE:
            return False
    return True


def _canonical(value: object, at: datetime) -> object:
    match value:
        case datetime():
            return f"+{round((value - at).total_seconds() / 60)}m" if value.tzinfo else value.isoformat()
        case timedelta():
            return f"{value.total_seconds()}s"
        case BaseModel():
            return {name: _canonical(getattr(value, name), at) for name in type(value).model_fields}
        case Mapping():
            return {str(name): _canonical(each, at) for name, each in value.items()}
        case set() | frozenset():
            return sorted(str(_canonical(each, at)) for each in value)
        case tuple() | list():
            return [_canonical(each, at) for each in value]
        case None | bool() | int():
            return value
        case _:
            return typed(value)


def _kind(annotation: Any) -> FactKind | None:
    """The kind of one field, None when rules cannot look at it; `X | None` is X."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = {_kind(each) for each in get_args(annotation) if each is not type(None)}
        return inner.pop() if len(inner) == 1 else None
    if origin in (tuple, list, set, frozenset):
        return FactKind.SET
    if origin is not None:  # a Literal
        return FactKind.TEXT if all(isinstance(each, str) for each in get_args(annotation)) else None
    if not isinstance(annotation, type):
        return None
    for base, kind in _KINDS:
        if issubclass(annotation, base):
            return kind
    return None


_KINDS: Final[tuple[tuple[type, FactKind], ...]] = (
    (bool, FactKind.FLAG),
    (str, FactKind.TEXT),
    (int, FactKind.NUMBER),
    (float, FactKind.NUMBER),
    (Decimal, FactKind.NUMBER),
    (timedelta, FactKind.DURATION),
    (datetime, FactKind.MOMENT),
    (date, FactKind.TEXT),
)


def _holds_price(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return PRICE in get_args(annotation)[1:]
    return any(_holds_price(each) for each in get_args(annotation))
