"""Windows of time as they stand in platform.yaml: working hours, quiet hours, freezes. Knows nothing of what they are for.

    {weekdays: [sat, sun]}                                      whole days
    {weekdays: [fri], from: "16:00", until: "09:00"}            over midnight: belongs to the day it began
    {after: "2026-12-20 18:00", before: 2027-01-04, zone: Europe/Berlin}

`zone` is an IANA name, UTC when nobody says. The end of a window is not in it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.kit.text import listed, shorten

OPTIONS: Final = ("weekdays", "from", "until", "after", "before", "zone")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def window(options: Mapping[str, object]) -> Callable[[datetime], bool]:
    """Whether an aware moment lies in the window. Raises ValueError that says which option is wrong, and how it is written."""
    if strange := [name for name in options if name not in OPTIONS]:
        raise ValueError(f"{strange[0]}: a time is compared with {listed(OPTIONS, 'and')}")
    zone = _zone(options.get("zone", "UTC"))
    days = _weekdays(options.get("weekdays"))
    start, end = _clock(options.get("from")) or time.min, _clock(options.get("until"))
    after, before = _moment(options.get("after"), zone), _moment(options.get("before"), zone)
    by_day = days is not None or start != time.min or end is not None

    def holds(moment: datetime) -> bool:
        if (after is not None and moment < after) or (before is not None and moment >= before):
            return False
        return not by_day or _in_day(moment.astimezone(zone), days, start, end)

    return holds


def ends_at(options: Mapping[str, object]) -> datetime | None:
    """After which moment no more of the window comes (UTC); None: it comes again and again. Raises ValueError like `window`."""
    end = _moment(options.get("before"), _zone(options.get("zone", "UTC")))
    return None if end is None else end.astimezone(UTC)


def _in_day(local: datetime, days: frozenset[int] | None, start: time, end: time | None) -> bool:
    clock, day = local.time(), local.weekday()
    if end is None:
        inside = clock >= start
    elif start < end:
        inside = start <= clock < end
    else:  # over midnight
        inside = clock >= start or clock < end
        if clock < end:
            day = (local - timedelta(days=1)).weekday()
    return inside and (days is None or day in days)


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"zone: there is no time zone {_quoted(name)}; it is such as Europe/Berlin") from None


def _weekdays(names: object) -> frozenset[int] | None:
    if names is None:
        return None
    found = set()
    for name in names if isinstance(names, tuple | list) else (names,):
        short = str(name)[:3].lower()
        if short not in _WEEKDAYS:
            raise ValueError(f"weekdays: must be of {', '.join(_WEEKDAYS)}, not {_quoted(name)}")
        found.add(_WEEKDAYS.index(short))
    return frozenset(found)


def _clock(written: object) -> time | None:
    if written is None:
        return None
    try:
        if isinstance(written, str):
            return time.fromisoformat(written)
        if isinstance(written, int) and not isinstance(written, bool):  # YAML reads 16:30 without quotes as 990
            return time(*divmod(written, 60))
    except ValueError:
        pass
    raise ValueError(f'a time of day must be such as "16:30", not {_quoted(written)}')


def _moment(written: object, zone: ZoneInfo) -> datetime | None:
    if written is None:
        return None
    try:  # YAML reads dates and full timestamps by itself
        moment = written if isinstance(written, datetime) else datetime.fromisoformat(str(written))
    except ValueError:
        raise ValueError(f'must be a time such as "2026-12-24 18:00", not {_quoted(written)}') from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _quoted(value: object) -> str:
    return f"“{shorten(str(value), 40)}”"
