"""How long a sandbox cost how much: one row from each change of its price to the next. Kept 400 days, for yearly comparisons.

The price is written down when the span begins, so a later price list does not change what was spent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Boolean, Column, Index, delete, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.types import DecimalText, UTCDateTime

RETENTION = timedelta(days=400)


class SandboxSpanRow(SQLModel, table=True):
    """From `since` (inclusive) to `until` (exclusive; None: still). `hourly` is what an hour of it costs, `awake_hourly` what it
    would cost awake: the same, unless it is `asleep`. `owner` and `team` are whose it was then. Amounts are in `currency`."""

    __tablename__ = "sandbox_spans"
    __table_args__ = (
        Index("ix_sandbox_spans_until", "until"),
        Index(  # whatever races: a sandbox has one price at a time
            "uq_sandbox_spans_open",
            "sandbox_id",
            unique=True,
            postgresql_where=text("until IS NULL"),
            sqlite_where=text("until IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    sandbox_id: str = Field(index=True)
    name: str
    owner: str
    team: str
    since: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    asleep: bool = Field(sa_column=Column(Boolean, nullable=False))
    hourly: Decimal = Field(sa_column=Column(DecimalText, nullable=False))
    awake_hourly: Decimal = Field(sa_column=Column(DecimalText, nullable=False))
    currency: str


class SandboxSpanStore:
    async def end(self, session: AsyncSession, sandbox_id: str, at: datetime) -> None:
        """Ends the one that is open, if any."""
        await session.execute(
            update(SandboxSpanRow)
            .where(col(SandboxSpanRow.sandbox_id) == sandbox_id, col(SandboxSpanRow.until).is_(None))
            .values(until=at)
            .execution_options(synchronize_session=False)
        )

    def begin(self, session: AsyncSession, span: SandboxSpanRow) -> None:
        session.add(span)

    async def of(self, session: AsyncSession, sandbox_id: str) -> Sequence[SandboxSpanRow]:
        """The earliest first."""
        found = await session.execute(
            select(SandboxSpanRow)
            .where(col(SandboxSpanRow.sandbox_id) == sandbox_id)
            .order_by(col(SandboxSpanRow.since), col(SandboxSpanRow.id))
        )
        return found.scalars().all()

    async def between(self, session: AsyncSession, start: datetime, end: datetime) -> Sequence[SandboxSpanRow]:
        """All that touch the time from `start` to `end`; the earliest first."""
        touching = or_(col(SandboxSpanRow.until).is_(None), col(SandboxSpanRow.until) > start)
        found = await session.execute(
            select(SandboxSpanRow)
            .where(col(SandboxSpanRow.since) < end, touching)
            .order_by(col(SandboxSpanRow.since), col(SandboxSpanRow.id))
        )
        return found.scalars().all()

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        await session.execute(delete(SandboxSpanRow).where(col(SandboxSpanRow.until) < before))
