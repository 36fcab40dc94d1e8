"""Counts what stands in the database, now and then and on every replica, for the metrics. Changes nothing.

On every replica, because a figure that only one of them keeps is missing just when that one is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from bot.jobs import Jobs
from bot.kit.clock import Clock
from bot.kit.declare import Group
from bot.kit.errors import Unavailable
from bot.metrics import Metrics
from storage.audit_seals import SealStore
from storage.db import Database
from storage.message_claims import MessageClaims

EVERY = 15.0  # seconds; Prometheus rarely looks more often


class Census:
    def __init__(
        self,
        db: Database,
        groups: Sequence[Group[Any]],
        services: Mapping[str, object],
        jobs: Jobs,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._db = db
        self._groups = groups
        self._services = services
        self._jobs = jobs
        self._metrics = metrics
        self._clock = clock
        self._messages = MessageClaims()
        self.well = True
        """Whether the database answered the last time."""

    async def keep(self) -> None:
        """Never returns; what it raises is the supervisor's."""
        while True:
            try:
                async with asyncio.timeout(EVERY):
                    await self.take()
            except TimeoutError as error:
                self.well = False
                raise Unavailable("the database", f"no answer within {EVERY:g} s") from error
            except Unavailable:
                self.well = False
                raise
            self.well = True
            await asyncio.sleep(EVERY)

    async def take(self) -> None:
        """Once. Raises Unavailable: then the figures stay as they were."""
        async with self._db.reading() as session:
            backlog = await self._messages.backlog(session)
            unsealed = await SealStore.oldest_unsealed(session)
        age = (self._clock.now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        self._metrics.backlog(backlog.due, max(age, 0.0))
        waits = (self._clock.now() - unsealed).total_seconds() if unsealed else 0.0
        self._metrics.audit_unsealed_age_seconds.set(max(waits, 0.0))
        for job, seconds in (await self._jobs.overdue()).items():
            self._metrics.job_overdue_seconds.labels(job).set(seconds)
        for group in self._groups:
            if group.count is not None:
                await self._tally(group)

    async def _tally(self, group: Group[Any]) -> None:
        assert group.count is not None
        found, metrics = await group.count(self._services[group.name]), self._metrics
        for state, count in found.states.items():
            metrics.objects.labels(group.name, state).set(count)
        metrics.reconcile_lag_seconds.labels(group.name).set(found.lag)
        metrics.reconcile_overdue_seconds.labels(group.name).set(found.overdue)
        metrics.held_back.labels(group.name).set(found.held_back)
