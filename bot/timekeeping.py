"""Keeps the application's clock right: by the database's on PostgreSQL, by the system's on SQLite. Decides nothing by time.

Replicas claim each other's work by time, mark messages due for each other and start jobs: their clocks must agree, and the one
they share is the database's. Alone on SQLite there is only the system's, which somebody may set wrong: then sandboxes would
expire early, or what is due wait until the old time is reached again. So a jump is not followed at once.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from bot.kit.clock import Clock, SteadyClock, ticks
from bot.kit.errors import Unavailable
from storage.db import Database

log = structlog.stdlib.get_logger(__name__)

_EVERY = 10.0  # seconds; oscillators drift by less than a millisecond in that time
_SURE = timedelta(seconds=1)  # a round trip to the database that took longer tells too little
_NOTICED = timedelta(seconds=5)  # what a clock is put right by when it is well kept is less
# A jump of the system's clock is believed when it has lasted as long as it is wide, within these bounds: an administrator
# reads the warning, or it was the truth (a virtual machine that had been paused).
_SOONEST, _LATEST = timedelta(hours=1), timedelta(days=1)
_STEP_BACK = timedelta(seconds=_EVERY / 2)  # back only at half the speed of time: nothing that is due waits for longer


class Timekeeper:
    def __init__(self, db: Database, system: Clock, clock: SteadyClock, ticks: Callable[[], float] = ticks) -> None:
        """`clock` is the application's, set from here only; `system` is the machine's own, which may jump; `ticks` may not."""
        self._db = db
        self._system = system
        self._clock = clock
        self._ticks = ticks
        self._doubted_since: float | None = None
        self._asked = False

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_EVERY)

    async def look(self) -> None:
        """Sets the clock by what it is to go by. While the database is away it goes on evenly."""
        if self._db.dialect == "sqlite":
            self._follow_the_system()
            return
        try:
            await self._follow_the_database()
        except Unavailable as error:
            log.warning("time_not_asked", detail=error.detail)

    async def _follow_the_database(self) -> None:
        before = self._ticks()
        told = await self._db.time()
        after = self._ticks()
        if self._asked and after - before > _SURE.total_seconds():
            return
        # It was said in between.
        off = told - (self._clock.now() - timedelta(seconds=self._ticks() - (before + after) / 2))
        self._clock.set(told, at=(before + after) / 2)
        if abs(off) > _NOTICED:
            log.warning("clock_set", by="database", seconds=round(off.total_seconds(), 1))
        self._asked = True

    def _follow_the_system(self) -> None:
        now, said = self._ticks(), self._system.now()
        off = said - self._clock.now()
        if abs(off) <= _NOTICED:
            self._doubted_since = None
            self._clock.set(said)
            return
        if self._doubted_since is None:
            self._doubted_since = now
            log.warning("clock_jumped", seconds=round(off.total_seconds(), 1), followed=False)
        if now - self._doubted_since >= min(max(abs(off), _SOONEST), _LATEST).total_seconds():
            step = max(off, -_STEP_BACK)
            self._clock.set(self._clock.now() + step)
            log.info("clock_set", by="system", seconds=round(step.total_seconds(), 1))
