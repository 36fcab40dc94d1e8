"""Field types for argument models beyond Python's own: people, channels, several choices, sizes, moments, looked-up values,
named texts.

    class Arguments(BaseModel):
        reviewer: User
        sizes: Annotated[tuple[Literal["small", "large"], ...], Several] = ()
        volume: Bytes = 10 * 1024**3
        at: Moment
        sandbox: Annotated[str, Lookup("sandboxes")]
        parameters: Entries = {}

Each takes what is typed (`@ada`, `10Gi`, `2026-12-01 14:00`), what a form hands back, and the plain value an API sends.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer, TypeAdapter, ValidationInfo, WithJsonSchema

from bot.kit.arguments import Asked, Kind
from bot.kit.entries import LONGEST, MOST, NAME, read_entries
from bot.kit.units import format_bytes, parse_bytes, parse_duration

_USER = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>|([UW][A-Z0-9]{5,30})")
_CHANNEL = re.compile(r"<#([CGD][A-Z0-9]{1,30})(?:\|[^>]*)?>|([CGD][A-Z0-9]{5,30})")
_PARTS = re.compile(r"<[^>]*>|[^\s,]+")  # a mention's name may hold spaces
_EPOCH = re.compile("[0-9]{9,11}")  # seconds since 1970, from 1973 to 5138; a shorter number is a year or a day


@dataclass(frozen=True)
class Context:
    """What reading a moment needs: the zone of whoever typed it (IANA) and the time (aware, UTC)."""

    zone: str
    now: datetime


@dataclass(frozen=True)
class Choice:
    """One option of a looked-up field: `value` is what the command gets, `label` what is shown (both at most 75)."""

    value: str
    label: str


def Lookup(provider: str) -> Asked:  # noqa: N802 - used as a marker, like a type
    """Marks a text field whose values are looked up while typing, in the group's `@GROUP.options(provider)`."""
    return Asked(Kind.LOOKUP, provider)


def _one(pattern: re.Pattern[str], what: str) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if (found := pattern.fullmatch(value.strip())) is None:
            raise ValueError(f"must be {what}")
        return found[1] or found[2]

    return BeforeValidator(read)


def _several(value: Any) -> Any:
    """`a, b c` becomes three; lists pass."""
    return tuple(_PARTS.findall(value)) if isinstance(value, str) else value


def _moment(value: Any, info: ValidationInfo) -> Any:
    context = info.context if isinstance(info.context, Context) else None
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, str) and not _EPOCH.fullmatch(value):
            moment = _written(value.strip(), context)
        else:  # what a date-time picker hands back
            moment = datetime.fromtimestamp(int(_EPOCH.fullmatch(str(value))[0]), UTC)  # type: ignore[index]
        return (moment if moment.tzinfo else moment.replace(tzinfo=_zone(context))).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        raise ValueError("must be a time such as 2026-12-01 14:00, or in 2h") from None


def _written(text: str, context: Context | None) -> datetime:
    if context is not None and text.lower().startswith("in "):
        return context.now + parse_duration(text[3:])
    return datetime.fromisoformat(text)


def _zone(context: Context | None) -> Any:
    try:
        return ZoneInfo(context.zone) if context else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


Several = BeforeValidator(_several)

User = Annotated[
    str, _one(_USER, "a person, such as @ada"), Asked(Kind.USER), WithJsonSchema({"type": "string", "pattern": "^[UW]"})
]
Channel = Annotated[
    str,
    _one(_CHANNEL, "a channel, such as #platform"),
    Asked(Kind.CHANNEL),
    WithJsonSchema({"type": "string", "pattern": "^[CGD]"}),
]
Users = Annotated[tuple[User, ...], Several, Asked(Kind.USERS)]
Bytes = Annotated[
    int,
    BeforeValidator(lambda value: parse_bytes(value) if isinstance(value, str) else value),
    PlainSerializer(format_bytes, return_type=str, when_used="json"),
    Asked(Kind.SIZE),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*[KMGTP]?i?B?$", "examples": ["10Gi"]}),
]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), Asked(Kind.MOMENT)]
Entries = Annotated[
    Mapping[str, str],
    BeforeValidator(read_entries),
    Asked(Kind.ENTRIES),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean"], "maxLength": LONGEST},
            "propertyNames": {"pattern": f"^{NAME.pattern}$"},
            "maxProperties": MOST,
        }
    ),
]
"""Named texts; which there are, a command's form says (Form.entries), and its check refuses others."""


def read_moment(text: str, context: Context) -> datetime | None:
    """What was typed as a moment, aware and in UTC; None when it is none."""
    try:
        return _MOMENT.validate_python(text, context=context)
    except ValueError:
        return None


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
