"""Accepted calls: recorded before they are acknowledged, leased while they run, kept 30 days. Decides nothing.

New rows are written by the grouped writer (storage/writer.py), many in one commit; this Store does the rest.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Column, Index, Text, delete, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.db import signal
from storage.types import JSONText, UTCDateTime

RETENTION = timedelta(days=30)


class CallState(StrEnum):
    """`accepted`, `running` and `waiting` (for an approval; nobody holds it) are live; the others are ends. `interrupted`: its
    process died while it ran, and running it again could have done its work twice. `asked`: it ended with a “really?”."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    ASKED = "asked"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


LIVE = (CallState.ACCEPTED, CallState.RUNNING, CallState.WAITING)
TOPIC: Final = "calls"


class CallRow(SQLModel, table=True):
    """One accepted call. `key` is what makes a redelivery the same call; `response_url` is encrypted, and emptied when the
    call has ended; `arguments` hold no secret fields."""

    __tablename__ = "calls"
    __table_args__ = (
        # What a sweep looks for: live calls whose lease has run out. Ended calls are not in it, so it stays small.
        Index(
            "ix_calls_live",
            "lease_until",
            postgresql_where=text("lease_until IS NOT NULL"),
            sqlite_where=text("lease_until IS NOT NULL"),
        ),
        Index("ix_calls_received_at", "received_at"),
    )

    ref: str = Field(primary_key=True)
    key: str = Field(unique=True)
    command: str
    surface: str
    user_id: str
    channel: str | None = None
    thread_ts: str | None = None
    arguments: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    response_url: str | None = Field(default=None, sa_column=Column(Text))
    state: str
    attempt: int = 1
    lease_holder: str | None = None
    lease_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    received_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    error: str | None = Field(default=None, sa_column=Column(Text))
    # How far the caller's token goes, as permission patterns; None: as far as the caller.
    limits: list[str] | None = Field(default=None, sa_column=Column(JSONText))
    # The id of that token.
    token: str | None = None
    # What a program is told of a failure (bot/calls/problem.py); `error` is for people who look into the table.
    problem: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONText))
    # Whether whoever made it said yes to what it does (a button with a question); None as before this column: not.
    confirmed: bool | None = None


class CallStore:
    async def get(self, session: AsyncSession, ref: str) -> CallRow | None:
        return await session.get(CallRow, ref)

    async def by_key(self, session: AsyncSession, key: str) -> CallRow | None:
        return (await session.execute(select(CallRow).where(col(CallRow.key) == key))).scalar_one_or_none()

    async def started(self, session: AsyncSession, ref: str, holder: str) -> bool:
        """Notes that a call which must not run twice begins. False if this process no longer holds it."""
        return await self._update_held(session, ref, holder, state=CallState.RUNNING)

    async def ended(
        self,
        session: AsyncSession,
        ref: str,
        holder: str,
        *,
        state: CallState,
        at: datetime,
        result: dict[str, Any] | None = None,
        error: str | None = None,
        problem: dict[str, Any] | None = None,
        free_key: bool = False,
    ) -> bool:
        """Closes a call and drops its response_url. `free_key` gives its key back, so that pressing the same button again
        is a new call. False if this process no longer holds it: then somebody else ends it, and nothing is written."""
        values: dict[str, Any] = {
            "state": state,
            "ended_at": at,
            "result": result,
            "error": error,
            "problem": problem,
            "response_url": None,
            "lease_holder": None,
            "lease_until": None,
        }
        if free_key:
            values["key"] = f"{ref} gave it back"
        return await self._update_held(session, ref, holder, **values)

    async def park(self, session: AsyncSession, ref: str, holder: str) -> bool:
        """Puts a call aside until `resume`. False if this process no longer holds it; then nothing is written."""
        return await self._update_held(
            session, ref, holder, state=CallState.WAITING, lease_holder=None, lease_until=None
        )

    async def lock(self, session: AsyncSession, ref: str) -> CallRow | None:
        """The row as it is now; nobody changes it until this transaction ends."""
        return await session.get(CallRow, ref, with_for_update=True, populate_existing=True)

    async def resume(self, session: AsyncSession, ref: str, at: datetime) -> bool:
        """A parked call is to be run by whoever takes it first, `at` (UTC, now). False if it is not parked."""
        resumed = await session.execute(
            update(CallRow)
            .where(col(CallRow.ref) == ref, col(CallRow.state) == CallState.WAITING)
            .values(state=CallState.ACCEPTED, lease_until=at, attempt=0)
            .returning(col(CallRow.ref))
        )
        signal(session, TOPIC)
        return resumed.first() is not None

    async def renew(self, session: AsyncSession, holder: str, refs: Sequence[str], until: datetime) -> None:
        await session.execute(
            update(CallRow)
            .where(col(CallRow.ref).in_(refs), col(CallRow.lease_holder) == holder)
            .values(lease_until=until)
        )

    async def release(self, session: AsyncSession, holder: str, at: datetime) -> None:
        """Gives up everything this process holds (it is shutting down), for others to take at once."""
        await session.execute(update(CallRow).where(col(CallRow.lease_holder) == holder).values(lease_until=at))

    async def expire_all(self, session: AsyncSession, at: datetime) -> None:
        """For the single process of SQLite at its start: whoever held a lease is dead."""
        await session.execute(update(CallRow).where(col(CallRow.lease_until).is_not(None)).values(lease_until=at))

    async def take_over(
        self, session: AsyncSession, holder: str, now: datetime, until: datetime, limit: int
    ) -> list[CallRow]:
        """Claims live calls whose lease has run out, each for one claimant only, oldest first."""
        expired = (
            select(CallRow)
            .where(col(CallRow.lease_until) <= now)
            .order_by(col(CallRow.lease_until))
            .limit(limit)
            .with_for_update(skip_locked=True)  # ignored on SQLite, where writers are one anyway
        )
        rows = list((await session.execute(expired)).scalars())
        for row in rows:
            row.lease_holder, row.lease_until, row.attempt = holder, until, row.attempt + 1
        return rows

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        await session.execute(
            delete(CallRow).where(
                col(CallRow.received_at) < before,
                or_(col(CallRow.lease_until).is_(None), col(CallRow.ended_at).is_not(None)),
            )
        )

    async def _update_held(self, session: AsyncSession, ref: str, holder: str, **values: Any) -> bool:
        changed = await session.execute(
            update(CallRow)
            .where(col(CallRow.ref) == ref, col(CallRow.lease_holder) == holder)
            .values(**values)
            .returning(col(CallRow.ref))
        )
        return changed.first() is not None
