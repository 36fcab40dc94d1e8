"""How long a sandbox lives: extensions, warnings, grace. Pure; expiry is a moment, never an age."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.kit.text import listed
from bot.kit.units import format_duration


class Phase(StrEnum):
    LIVE = "live"
    GRACE = "grace"  # its time is over: it sleeps, and can still be had back
    OVER = "over"


def phase(expires_at: datetime, grace: timedelta, now: datetime) -> Phase:
    if now < expires_at:
        return Phase.LIVE
    return Phase.GRACE if now < expires_at + grace else Phase.OVER


def extended(
    expires_at: datetime,
    created_at: datetime,
    used: int,
    by: timedelta,
    *,
    most: int,
    longest: timedelta,
    now: datetime,
) -> datetime:
    """When it expires if its life is made longer: counted from its expiry, or from now in its grace; at most `longest` after
    it was made, and at most `most` times. Raises ValueError that says why it cannot be."""
    if used >= most:
        times = "once" if most == 1 else f"{most} times"
        raise ValueError(
            f"It was extended {times} already, which is the most. Make a new one, or ask your platform team."
            if most
            else "Sandboxes cannot be extended here. Make a new one, or ask your platform team."
        )
    end = created_at + longest
    wanted = min(max(expires_at, now) + by, end)
    if wanted <= max(expires_at, now):
        raise ValueError(f"A sandbox lives {format_duration(longest)} at most, and this one does. Make a new one.")
    return wanted


def warning_due(
    term_from: datetime, expires_at: datetime, thresholds: tuple[timedelta, ...], now: datetime
) -> timedelta | None:
    """Which warning its owner should have had by now: the last threshold that has passed. A life of an hour begins without a
    warning that it ends within a day."""
    if now >= expires_at:
        return None
    passed = [each for each in _fitting(term_from, expires_at, thresholds) if expires_at - each <= now]
    return min(passed, default=None)


def next_warning(
    term_from: datetime, expires_at: datetime, thresholds: tuple[timedelta, ...], now: datetime
) -> datetime | None:
    ahead = [expires_at - each for each in _fitting(term_from, expires_at, thresholds) if expires_at - each > now]
    return min(ahead, default=None)


def _fitting(term_from: datetime, expires_at: datetime, thresholds: tuple[timedelta, ...]) -> list[timedelta]:
    return [each for each in thresholds if each <= (expires_at - term_from) / 2]


def next_moment(*moments: datetime | None) -> datetime | None:
    """The first of those that there are."""
    return min((moment for moment in moments if moment is not None), default=None)


def too_many(expiring: int, most: int, names: list[str]) -> str | None:
    """Why nothing is deleted for now, None if it may be: so many at once are more likely a mistake than the end of their
    lives."""
    if expiring <= most:
        return None
    some = listed(names[:3] + ([f"{expiring - 3} more"] if expiring > 3 else []), "and")
    return f"{expiring} sandboxes would be deleted within an hour because their time is over ({some}); {most} are the most."
