"""What the reconciler does with rows: claims what is due, keeps the claims, and writes down what it found. Knows no cluster.

Between reading a row and writing it back somebody may have changed it; then what was found is thrown away, and the sandbox is
looked at again at once.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.kit.clock import Clock
from bot.kit.errors import Unavailable
from commands.sandbox import trail
from commands.sandbox.books import TOPIC, Books
from storage.audit import AuditEntry
from storage.db import Database
from storage.sandboxes import SandboxRow

log = structlog.stdlib.get_logger(__name__)

BATCH: Final = 20
# Renewed at every third of it while a round lasts, by one UPDATE for all of them; a dead replica's are free after this. A replica
# that stands still for longer does no harm when it goes on: what it writes then is compared and swapped.
_CLAIM = timedelta(seconds=5)


class Rows:
    def __init__(self, db: Database, clock: Clock, books: Books) -> None:
        self._db = db
        self._clock = clock
        self._books = books
        self._sandboxes = books.sandboxes
        self._first = True
        self._claimed: list[datetime] = []  # until when this round's claims run, or ran before they were renewed

    async def claim(self) -> Sequence[SandboxRow]:
        now = self._clock.now()
        async with self._db.transaction() as session:
            if self._first and self._db.dialect == "sqlite":
                await self._sandboxes.unclaim_all(session)
            self._first = False
            self._claimed.clear()
            return await self._sandboxes.claim(session, now, self._claim_end(), BATCH)

    async def keep(self, held: set[str]) -> None:
        """Renews the claims of what is still being worked on, until cancelled."""
        while True:
            await asyncio.sleep(_CLAIM.total_seconds() / 3)
            try:
                async with self._db.transaction() as session:
                    await self._sandboxes.hold(session, held, tuple(self._claimed), self._claim_end())
            except Unavailable as error:
                log.warning("claims_not_renewed", detail=error.detail)

    async def give_back(self, held: set[str]) -> None:
        """Others may go on with them at once."""
        async with self._db.transaction() as session:
            await self._sandboxes.hold(session, held, self._claimed, None)

    async def now(self, row: SandboxRow) -> SandboxRow | None:
        async with self._db.reading() as session:
            return await self._sandboxes.get(session, row.id)

    async def save(self, row: SandboxRow, *entries: AuditEntry, done: bool = True, **values: Any) -> SandboxRow | None:
        """Writes what was found, and gives the claim back if the round is `done`. None when the row has changed since it
        was read: then nothing is written but that."""
        before, problem = trail.standing(row), row.problem
        if done:
            values["claimed_until"] = None
        async with self._db.transaction() as session:
            changed = await self._books.change(session, row, *entries, **values)
            if changed is None:
                await self._sandboxes.hold(session, [row.id], self._claimed, None)
                self._db.signal(session, TOPIC)
                return None
            if (entry := trail.reconciled(before, problem, changed, self._clock.now())) is not None:
                await self._books.write(session, entry)
        if changed.state != row.state:
            log.info("sandbox_changed", sandbox=row.id, before=row.state, after=changed.state)
        return changed

    async def note(self, *entries: AuditEntry) -> None:
        """What was done already, whatever becomes of the row."""
        async with self._db.transaction() as session:
            for entry in entries:
                await self._books.write(session, entry)

    def _claim_end(self) -> datetime:
        """Noted before it is written: whoever gives a claim back meanwhile must know it."""
        self._claimed.append(self._clock.now() + _CLAIM)
        return self._claimed[-1]
