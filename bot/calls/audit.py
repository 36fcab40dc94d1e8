"""What the audit trail is told of calls: how each ended that may have changed something, and who was refused before that.

An end is written in the transaction that ends the call. A refusal is no transaction of ours: it is noted aside, a batch at a
time, and nobody waits for it. Decides nothing about calls.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calls.problem import Kind, Problem
from bot.calls.record import Recorded, Request
from bot.kit.clock import Clock
from bot.kit.errors import Refused, Unavailable
from storage.audit import AuditEntry, AuditStore
from storage.calls import CallState
from storage.db import Database

log = structlog.stdlib.get_logger(__name__)

MOST_REFUSALS: Final = 1_000
_BATCH: Final = 200
_GATHER: Final = 0.2  # seconds; many refusals at once are one transaction
_PAUSE: Final = 1.0


class CallAudit:
    """`dropped` is told of refusals that could not be noted: too many waited, or the bot was stopped while the database was
    away."""

    def __init__(
        self, db: Database, audit: AuditStore, clock: Clock, dropped: Callable[[int], None] = lambda count: None
    ) -> None:
        self._db = db
        self._audit = audit
        self._clock = clock
        self._dropped = dropped
        self._waiting: deque[AuditEntry] = deque()
        self._writing: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many refusals are still to be written."""
        return len(self._waiting)

    async def ended(
        self, session: AsyncSession, recorded: Recorded, state: CallState, error: str | None, problem: Problem | None
    ) -> None:
        """In the transaction that ends the call."""
        refused = problem is not None and problem.kind is Kind.REFUSED
        if state is CallState.ASKED or not (recorded.request.command.changes or refused):
            return
        entry = self._entry(f"call.{state.value}", recorded.request, recorded.ref, error or "")
        await self._audit.write(session, entry)

    def refused(self, request: Request, error: Refused) -> None:
        """Before anything was recorded. Returns at once."""
        if len(self._waiting) >= MOST_REFUSALS:
            self._dropped(1)
            return
        self._waiting.append(self._entry("call.refused", request, None, error.message))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="refusals into the audit trail")

    async def close(self, seconds: float) -> None:
        """Writes what waits, for at most so long."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=seconds)
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._waiting:
            self._dropped(len(self._waiting))
            log.warning("refusals_not_audited", count=len(self._waiting))

    async def _write(self) -> None:
        await asyncio.sleep(_GATHER)
        while self._waiting:
            batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
            try:
                async with self._db.transaction() as session:
                    for entry in batch:
                        await self._audit.write(session, entry)
            except Unavailable as error:
                log.warning("refusals_wait", count=len(self._waiting), detail=error.detail)
                await asyncio.sleep(_PAUSE)
                continue
            for _ in batch:
                self._waiting.popleft()

    def _entry(self, action: str, request: Request, ref: str | None, note: str) -> AuditEntry:
        return AuditEntry(
            at=self._clock.now(),
            action=action,
            object=f"command:{request.command.name}",
            actor=f"token:{request.token}" if request.token else request.user_id,
            on_behalf_of=request.user_id if request.token else None,
            surface=request.surface.value,
            channel=request.place.channel if request.place else None,
            thread_ts=request.place.thread_ts if request.place else None,
            call=ref,
            after={"arguments": dict(request.raw)} if request.raw else None,
            note=note,
        )
