"""Time as an argument: services hold a Clock, rules take `now`. Aware UTC only."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def ticks() -> float:
    """Seconds that pass evenly, through a laptop's sleep as well, whatever is done to the wall clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SteadyClock:
    """Wall time that passes evenly: what it was set to, and the seconds since. Whoever sets it decides whom to believe."""

    def __init__(self, start: datetime, ticks: Callable[[], float] = ticks) -> None:
        self._ticks = ticks
        self.set(start)

    def now(self) -> datetime:
        return self._set_to + timedelta(seconds=self._ticks() - self._set_at)

    def set(self, to: datetime, at: float | None = None) -> None:
        """It was `to` when `ticks` said `at` (None: just now)."""
        self._set_to, self._set_at = to, self._ticks() if at is None else at
