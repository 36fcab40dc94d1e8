"""Reads an argument model into what surfaces need to know of each argument. Parses nothing and shows nothing itself.

One table decides what a pydantic field *is*; slash parsing, forms, help, the command reference and the API all read it,
so they cannot disagree. A field's words come from pydantic's own attributes: `title` (label, default from the name),
`description` (hint), `examples` (first one is used in help), `max_length` above 150 makes a multi-line input.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.kit.entries import written
from bot.kit.units import format_bytes, format_duration

_ONE_LINE = 150
_CHOICE = 75  # characters of an option's value; docs.slack.dev "Option object"


class Kind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    BOOLEAN = "yes or no"
    INTEGER = "whole number"
    DECIMAL = "number"
    DURATION = "duration"
    SIZE = "size"
    DATE = "date"
    MOMENT = "time"
    USER = "person"
    USERS = "people"
    CHANNEL = "channel"
    CHOICES = "several choices"
    LOOKUP = "looked up"
    ENTRIES = "name=value pairs"


@dataclass(frozen=True)
class Asked:
    """Marks a field (in its `Annotated`) that is asked for as something else than its Python type says. `provider` names
    where the values of a LOOKUP come from."""

    kind: Kind
    provider: str = ""


@dataclass(frozen=True)
class Named:
    """Marks a field (in its `Annotated`) that is only given by its name, never by its place: it may be added later without moving
    what people type by place."""


# The example of a required argument that says none and has no bounds. Text has none that would be valid everywhere.
_EXAMPLES = {
    Kind.BOOLEAN: "yes",
    Kind.INTEGER: "3",
    Kind.DECIMAL: "2.5",
    Kind.DURATION: "36h",
    Kind.SIZE: "10Gi",
    Kind.DATE: "2026-12-01",
    Kind.MOMENT: "2026-12-01 14:00",
    Kind.USER: "<@U0EXAMPLE>",
    Kind.USERS: "<@U0EXAMPLE>",
    Kind.CHANNEL: "<#C0EXAMPLE>",
}
_WITHOUT_EXAMPLE = {Kind.TEXT, Kind.LOOKUP, Kind.ENTRIES}


@dataclass(frozen=True)
class Argument:
    """One argument: `choices` are the values typed (CHOICE and CHOICES), `provider` names where a LOOKUP looks.

    `default` is as it would be typed, None when there is none. `minimum`/`maximum` are values (numbers) or counts of
    characters (text); None means unbounded."""

    name: str
    kind: Kind
    title: str
    required: bool
    hint: str = ""
    default: str | None = None
    choices: tuple[str, ...] = ()
    example: str = ""
    minimum: str | None = None
    maximum: str | None = None
    multiline: bool = False
    provider: str = ""
    named: bool = False

    @property
    def placeholder(self) -> str:
        """How help shows it: `<name>` when required, `[lifetime]` when not, `[cpu=…]` when it is only given by its name."""
        if self.named:
            return f"[{self.name}=…]"
        return f"<{self.name}>" if self.required else f"[{self.name}]"


def arguments_of(model: type[BaseModel]) -> tuple[Argument, ...]:
    """The model's arguments in the order of declaration. Raises TypeError for a field no surface could ask for."""
    return tuple(_argument(model, name, field) for name, field in model.model_fields.items())


def typed(value: object) -> str:
    """A value as a person would type it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case timedelta():
            return format_duration(value)
        case datetime():
            return value.isoformat()
        case tuple() | list() | set() | frozenset():
            return ", ".join(typed(each) for each in value)
        case Mapping():
            return written(value)
        case _:
            return str(value)


def _argument(model: type[BaseModel], name: str, field: FieldInfo) -> Argument:
    marked = next((each for each in field.metadata if isinstance(each, Asked)), None) or _inner_mark(field.annotation)
    if marked and marked.kind is Kind.ENTRIES and field.is_required():
        raise TypeError(
            f"{model.__name__}.{name}: which entries there are, nobody knows beforehand: it needs a default"
        )
    kind, choices = (marked.kind, ()) if marked else _kind(model, name, field.annotation)
    bounds = _bounds(field, kind)
    value = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    default = None if value is None or value in ((), {}) else format_bytes(value) if kind is Kind.SIZE else typed(value)
    return Argument(
        name=name,
        kind=kind,
        title=field.title or name.replace("_", " ").capitalize(),
        required=field.is_required(),
        hint=field.description or "",
        default=default,
        choices=choices,
        example=typed(field.examples[0]) if field.examples else default or _example(kind, choices, bounds),
        minimum=bounds.get("minimum"),
        maximum=bounds.get("maximum"),
        provider=marked.provider if marked else "",
        named=kind is Kind.ENTRIES or any(isinstance(each, Named) for each in field.metadata),
        multiline=kind is Kind.TEXT and int(bounds.get("maximum") or 0) > _ONE_LINE,
    )


def _inner_mark(annotation: Any) -> Asked | None:
    """The mark of `X | None`, which pydantic leaves inside."""
    if get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            if get_origin(part) is Annotated:
                return next((each for each in get_args(part)[1:] if isinstance(each, Asked)), None)
    return None


def _example(kind: Kind, choices: tuple[str, ...], bounds: Mapping[str, str]) -> str:
    if kind in _WITHOUT_EXAMPLE:
        return ""
    return choices[0] if choices else bounds.get("minimum") or bounds.get("maximum") or _EXAMPLES[kind]


def _kind(model: type[BaseModel], name: str, annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    asked = annotation
    if get_origin(asked) in (Union, types.UnionType):  # `X | None`: asked for like X, but may stay empty
        parts = [part for part in get_args(asked) if part is not type(None)]
        asked = parts[0] if len(parts) == 1 else None
    if get_origin(asked) is Annotated:  # pydantic unwraps it, but not inside `… | None`
        asked = get_args(asked)[0]
    several = get_origin(asked) in (tuple, list, set, frozenset)
    if (choices := _choices(get_args(asked)[0] if several else asked)) is not None:
        if choices and all(isinstance(each, str) and 0 < len(each) <= _CHOICE for each in choices):
            return Kind.CHOICES if several else Kind.CHOICE, choices
    elif isinstance(asked, type):
        for known, kind in _KINDS.items():
            if issubclass(asked, known):
                return kind, ()
    raise TypeError(f"{model.__name__}.{name}: no surface can ask for a {annotation!r}")


def _choices(annotation: Any) -> tuple[Any, ...] | None:
    """Only strings can be typed as they are; a number among them would parse as text and never be valid."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(member.value for member in annotation)
    return None


_KINDS: Mapping[type, Kind] = {
    bool: Kind.BOOLEAN,  # before int, whose subclass it is
    int: Kind.INTEGER,
    float: Kind.DECIMAL,
    Decimal: Kind.DECIMAL,
    timedelta: Kind.DURATION,
    datetime: Kind.MOMENT,  # before date, whose subclass it is
    date: Kind.DATE,
    str: Kind.TEXT,
}


def _bounds(field: FieldInfo, kind: Kind) -> dict[str, str]:
    step = int(kind is Kind.INTEGER)  # `gt=0` means 1 and more; elsewhere the bound itself is as near as one gets
    shown = format_bytes if kind is Kind.SIZE else typed
    found: dict[str, str] = {}
    for item in field.metadata:
        match item:
            case Ge(ge=low):
                found["minimum"] = shown(low)  # type: ignore[arg-type] # an int where sizes are bounded
            case Gt(gt=low):
                found["minimum"] = shown(low + step if step else low)  # type: ignore[operator,arg-type] # an int here
            case Le(le=high):
                found["maximum"] = shown(high)  # type: ignore[arg-type]
            case Lt(lt=high):
                found["maximum"] = shown(high - step if step else high)  # type: ignore[operator,arg-type]
            case MinLen(min_length=low):
                found["minimum"] = typed(low)
            case MaxLen(max_length=high):
                found["maximum"] = typed(high)
            case _:
                pass
    return found
