"""One round: what is due is looked after, a few at a time. Level-triggered: a round compares and acts, and does not care how
things came to differ."""

import asyncio

import structlog

from bot.kit.clock import Clock
from bot.kit.errors import Unavailable
from commands.sandbox.books import Books
from commands.sandbox.inside import Inside
from commands.sandbox.ports import Cluster
from commands.sandbox.reconcile.absence import Absence
from commands.sandbox.reconcile.furnishing import Furnishing
from commands.sandbox.reconcile.presence import Presence
from commands.sandbox.reconcile.rows import BATCH, Rows
from commands.sandbox.reconcile.timers import Timers
from commands.sandbox.rules.states import pause_after, pause_after_refusal
from commands.sandbox.settings import SandboxSettings
from storage.db import Database
from storage.messages import MessageStore
from storage.sandboxes import SandboxRow

log = structlog.stdlib.get_logger(__name__)

_AT_ONCE = 5  # sandboxes worked on at the same time; each is a dozen requests to the cluster


class Reconciler:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        cluster: Cluster,
        settings: SandboxSettings,
        messages: MessageStore,
        books: Books,
        furnishing: Furnishing,
        inside: Inside,
    ) -> None:
        self._clock = clock
        self._rows = Rows(db, clock, books)
        self._timers = Timers(db, clock, settings, messages, books, self._rows)
        self._presence = Presence(clock, cluster, settings, self._rows, self._timers, furnishing, inside)
        self._absence = Absence(clock, cluster, self._rows)
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    async def round(self) -> bool:
        """Works on what is due; whether more may be waiting."""
        rows = await self._rows.claim()
        if not rows:
            return False
        held = {row.id for row in rows}
        holding = asyncio.create_task(self._rows.keep(held), name="sandbox claims")
        try:
            async with asyncio.TaskGroup() as group:
                for row in rows:
                    group.create_task(self._supervised(row, held))
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
            if held:  # stopped in the middle, or failed
                await self._rows.give_back(held)
        return len(rows) == BATCH

    async def _supervised(self, row: SandboxRow, held: set[str]) -> None:
        try:
            try:
                await self._look_after(row)
            except Unavailable:
                raise
            except Exception as error:
                log.error("sandbox_not_reconciled", sandbox=row.id, exc_info=error)
                await self._rows.save(row, look_at=self._clock.now() + pause_after_refusal())
        except Unavailable as error:
            # The database itself: not even that it waits can be written down. It is given back after the others, or free when
            # the claim has run out.
            log.warning("sandbox_waits", sandbox=row.id, system=error.system, detail=error.detail)
            return
        held.discard(row.id)

    async def _look_after(self, row: SandboxRow) -> None:
        async with self._at_once:
            try:
                if not row.wanted:
                    await self._absence.ensure(row)
                elif (due := await self._timers.applied(row)) is not None:
                    await self._presence.ensure(due)
            except Unavailable as error:
                await self._unreachable(row, error)

    async def _unreachable(self, row: SandboxRow, error: Unavailable) -> None:
        log.warning("sandbox_waits", sandbox=row.id, system=error.system, detail=error.detail)
        current = await self._rows.now(row)
        if current is None or current.wanted != row.wanted:
            current = row  # outdated: saving it only gives the claim back
        await self._rows.save(
            current,
            problem=f"{error.system[:1].upper()}{error.system[1:]} is not available right now; I keep trying.",
            failures=row.failures + 1,
            look_at=self._clock.now() + pause_after(row.failures, error.retry_after),
        )
