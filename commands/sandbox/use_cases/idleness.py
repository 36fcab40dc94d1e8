"""Putting to sleep what nobody uses: looks at everything that is awake, shows its owner the evidence, and how to wake it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.kit.clock import Clock
from bot.kit.errors import Unavailable
from commands.sandbox import trail
from commands.sandbox.books import Books, rest_of, rested
from commands.sandbox.inside import Inside
from commands.sandbox.ports import Measures
from commands.sandbox.rules.hours import Why, put_to_sleep
from commands.sandbox.rules.idle import Evidence, changed_by_people, idle, in_words
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.views.life import fell_asleep
from integrations.kubernetes import ClusterError, reference_of
from storage.db import Database
from storage.messages import MessageStore, Person
from storage.sandboxes import SandboxRow

log = structlog.stdlib.get_logger(__name__)

# What people change when they work with a sandbox.
_CHANGED: Final = tuple(
    reference_of(version, kind)
    for version, kind in (
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("batch/v1", "Job"),
        ("v1", "ConfigMap"),
        ("v1", "Service"),
    )
)


class Idleness:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        messages: MessageStore,
        settings: SandboxSettings,
        books: Books,
        inside: Inside,
        measures: Measures,
    ) -> None:
        self._db = db
        self._clock = clock
        self._messages = messages
        self._settings = settings
        self._books = books
        self._inside = inside
        self._measures = measures

    async def look(self) -> None:
        """Puts to sleep what has been idle for as long as the settings say; nothing where they do not, or nobody measures."""
        window = self._settings.sleep.idle_after
        if window is None:
            return
        now = self._clock.now()
        async with self._db.reading() as session:
            rows = await self._books.sandboxes.awake(session, now - window)
        if not rows:
            return
        try:
            cores, traffic = await self._measures.cores(window), await self._measures.traffic(window)
        except Unavailable as error:
            log.warning("idleness_not_measured", detail=error.detail)
            return
        for row in rows:
            await self._judge(row, window, cores, traffic)

    async def _judge(
        self,
        row: SandboxRow,
        window: timedelta,
        cores: Mapping[str, float] | None,
        traffic: Mapping[str, float] | None,
    ) -> None:
        """What is quiet by measure is looked into; whoever cannot be looked into stays awake."""
        now = self._clock.now()
        evidence = _measured(row, window, cores, traffic, changed_at=None)
        if not idle(evidence, now):
            return
        try:
            changed_at = await self._changed_at(row)
        except (Unavailable, ClusterError) as error:
            log.warning("idleness_not_judged", sandbox=row.id, error=str(error))
            return
        evidence = _measured(row, window, cores, traffic, changed_at)
        if idle(evidence, now):
            await self._put_to_sleep(row, evidence, now)

    async def _changed_at(self, row: SandboxRow) -> datetime | None:
        room = self._inside.of(row.namespace, row.namespace_uid or "")
        objects = [item for reference in _CHANGED for item in await room.list(reference)]
        return changed_by_people(objects)

    async def _put_to_sleep(self, row: SandboxRow, evidence: Evidence, now: datetime) -> None:
        """Whatever was done with it in the meantime counts: then the row has changed, and it stays awake."""
        rest, words = put_to_sleep(rest_of(row), Why.IDLE), in_words(evidence, now)
        async with self._db.transaction() as session:
            entry = trail.rested(row, rest, now, note="; ".join(words))
            changed = await self._books.change(session, row, entry, look_at=now, **rested(rest))
            if changed is None or not changed.owner:
                return
            await self._messages.post(
                session,
                key=f"sandbox:idle:{row.id}:{now.timestamp():.0f}",
                to=Person(changed.owner),
                thread=None,
                fallback=None,
                body=fell_asleep(self._books.details(changed), words).to_payload(),
            )
        log.info("sandbox_idle", sandbox=row.id)


def _measured(
    row: SandboxRow,
    window: timedelta,
    cores: Mapping[str, float] | None,
    traffic: Mapping[str, float] | None,
    changed_at: datetime | None,
) -> Evidence:
    """What nothing was measured of, nobody knows."""
    return Evidence(
        window,
        None if cores is None else cores.get(row.namespace),
        None if traffic is None else traffic.get(row.namespace),
        changed_at,
        row.active_at or row.created_at,
    )
