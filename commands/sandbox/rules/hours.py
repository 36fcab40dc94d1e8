"""When a sandbox is awake: working hours with weekends, time zones and holidays; naps; waking for a while. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

ALWAYS: Final = "always"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    r"(?P<days>[a-z,\-]+)\s+(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})(?:\s+(?P<zone>\S+))?", re.I
)
_LIKE = "must be such as “mon-fri 08:00-19:00 Europe/Berlin”, or “always”"
_LOOK_AHEAD = 35  # days; whoever has more holidays in a row has no working hours


@dataclass(frozen=True)
class Hours:
    """Awake from `start` to `end` by the wall clock of `zone`, on `days` (Monday is 0) that are no holidays. `end` at or before
    `start` is on the next day. A boundary that a clock change skips is where the clock goes on."""

    days: frozenset[int]
    start: time
    end: time
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def __str__(self) -> str:
        days = ",".join(_DAYS[day] for day in sorted(self.days))
        return f"{days} {self.start:%H:%M}-{self.end:%H:%M} {self.zone.key}"

    def awake(self, moment: datetime) -> bool:
        today = moment.astimezone(self.zone).date()
        return any(start <= moment < end for start, end in self._spans(today - timedelta(days=1), 2))

    def next_change(self, moment: datetime) -> datetime | None:
        """When it falls asleep or wakes next, in UTC; None: not within a month."""
        now = self.awake(moment)
        today = moment.astimezone(self.zone).date()
        for span in self._spans(today - timedelta(days=1), _LOOK_AHEAD):
            for boundary in span:
                if boundary > moment and self.awake(boundary) is not now:
                    return boundary
        return None

    def _spans(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        for day in (first + timedelta(days=number) for number in range(days)):
            if day.weekday() in self.days and day not in self.holidays:
                until = day if self.end > self.start else day + timedelta(days=1)
                yield self._at(day, self.start), self._at(until, self.end)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def parse_hours(text: str, zone: str = "UTC", holidays: frozenset[date] = frozenset()) -> Hours | None:
    """`mon-fri 08:00-19:00 Europe/Berlin`; None for `always`. `zone` is meant where none is written. Raises ValueError."""
    text = text.strip()
    if text.lower() == ALWAYS:
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(_LIKE)
    try:
        start, end = (time.fromisoformat(found[name].zfill(5)) for name in ("start", "end"))
    except ValueError:
        raise ValueError(_LIKE) from None
    return Hours(_days(found["days"].lower()), start, end, _zone(found["zone"] or zone), holidays)


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first[:3] not in _DAYS or (dash and last[:3] not in _DAYS):
            raise ValueError(_LIKE)
        begin = _DAYS.index(first[:3])
        length = (_DAYS.index(last[:3]) - begin) % 7 if dash else 0
        days |= {(begin + number) % 7 for number in range(length + 1)}
    return frozenset(days)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone “{name[:40]}”; it is such as Europe/Berlin") from None


class Why(StrEnum):
    """Why a sandbox sleeps."""

    ASKED = "asked"
    SCHEDULE = "schedule"
    IDLE = "idle"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Rest:
    """Whether a sandbox sleeps. `why` it does, or why it will again at `woken_until`, when somebody woke it for a while."""

    asleep: bool = False
    why: Why | None = None
    woken_until: datetime | None = None


def settled(rest: Rest, hours: Hours | None, now: datetime) -> Rest:
    """How it should be now. Hours put it to sleep and wake it; what people asked for, and what idleness did, stays until somebody
    wakes it. Waking for a while ends, and then it is as it was."""
    if rest.woken_until is not None:
        if now < rest.woken_until:
            return rest
        rest = Rest(asleep=rest.why is not None, why=rest.why)
    by_hours = hours is not None and not hours.awake(now)
    if by_hours and not rest.asleep:
        return Rest(asleep=True, why=Why.SCHEDULE)
    if rest.asleep and rest.why is Why.SCHEDULE and not by_hours:
        return Rest()
    return rest


def woken(rest: Rest, until: datetime | None, hours: Hours | None, now: datetime) -> Rest:
    """Somebody wakes it: until then, or (None) for good; where hours would put it to sleep at once, until they next do."""
    if until is not None:
        return Rest(asleep=False, why=rest.why, woken_until=until)
    if hours is None or hours.awake(now):
        return Rest()
    opening = hours.next_change(now)
    closing = hours.next_change(opening) if opening else None
    return Rest(asleep=False, why=Why.SCHEDULE, woken_until=closing) if closing else Rest()


def put_to_sleep(rest: Rest, why: Why) -> Rest:
    return replace(rest, asleep=True, why=why, woken_until=None)


def next_change(rest: Rest, hours: Hours | None, now: datetime) -> datetime | None:
    """When `settled` may say something else."""
    if rest.woken_until is not None:
        return rest.woken_until
    if hours is None or (rest.asleep and rest.why is not Why.SCHEDULE):
        return None
    return hours.next_change(now)
