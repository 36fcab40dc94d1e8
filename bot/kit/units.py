"""Quantities as people type them. `Duration` is a field type for argument models: `36h`, `3d`, `1d12h`, `90m`, `2w`."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WORDS = {"week": "w", "day": "d", "hour": "h", "hr": "h", "minute": "m", "min": "m", "second": "s", "sec": "s"}
_PART = re.compile(r"(\d{1,6})\s*([a-z]+)\s*(?:,|and)?\s*")
_LONGEST = timedelta(days=3650)
_WRONG = "must be a duration such as 36h, 3d or 1d12h"


def parse_duration(text: str) -> timedelta:
    """`36h`, `1d 12h`, `2 weeks`. Raises ValueError with an example in it; more than nothing, and at most ten years."""
    rest = text.strip().lower()
    seconds = 0
    while rest:
        match = _PART.match(rest)
        unit = match and (match[2] if match[2] in _SECONDS else _WORDS.get(match[2].removesuffix("s")))
        if not match or not unit:
            raise ValueError(_WRONG)
        seconds += int(match[1]) * _SECONDS[unit]
        rest = rest[match.end() :]
    if seconds > _LONGEST.total_seconds():
        raise ValueError("must be at most ten years")
    if seconds <= 0:
        raise ValueError(_WRONG)
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The exact form in the units above, down to the second: `3d`, `1d12h`, `45m`; `0s` for nothing or less."""
    seconds = int(duration.total_seconds())
    if seconds <= 0:
        return "0s"
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, _SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


_BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15}
_BYTES |= {f"{unit}i": 1024 ** (power + 1) for power, unit in enumerate("kmgtp")}
_SIZE = re.compile(r"(\d{1,18}(?:\.\d{1,6})?)\s*([kmgtp]i?)?b?", re.IGNORECASE)


def parse_bytes(text: str) -> int:
    """Bytes of `10Gi`, `512 MiB`, `1.5G`, `4096`: Kubernetes' units. Raises ValueError with an example in it."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError("must be a size such as 512Mi, 10Gi or 1.5G")
    return int(Decimal(match[1]) * _BYTES[(match[2] or "").lower()])


def format_bytes(count: int) -> str:
    """The exact form with the largest binary unit that divides it: `10Gi`, `1536Mi`, `1000`."""
    for power, unit in reversed(list(enumerate("KMGTP", start=1))):
        if count and count % 1024**power == 0:
            return f"{count // 1024**power}{unit}i"
    return str(count)


def _from_anything(value: Any) -> timedelta:
    """A bare number is refused: nobody can tell whether it means seconds, minutes or days."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(_WRONG)


Duration = Annotated[
    timedelta,
    BeforeValidator(_from_anything),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+[wdhms])+$", "examples": ["36h", "3d"]}),
]
