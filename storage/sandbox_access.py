"""What access to sandboxes was given out, and until when: never the credential itself. Kept 90 days after it ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.types import UTCDateTime

__all__ = ["RETENTION", "SandboxAccessRow", "SandboxAccessStore"]

RETENTION = timedelta(days=90)


class SandboxAccessRow(SQLModel, table=True):
    """One credential that somebody (`user_id`, a Slack id) got by the call `request_ref`. It ends at `until`: when it runs out,
    or was revoked. `credential` is the id by which the cluster's own audit log knows it, None where it has none."""

    __tablename__ = "sandbox_access"
    __table_args__ = (Index("ix_sandbox_access_until", "until"),)

    id: int | None = Field(default=None, primary_key=True)
    sandbox_id: str = Field(index=True)
    user_id: str
    name: str
    request_ref: str
    credential: str | None = None
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    until: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class SandboxAccessStore:
    def add(self, session: AsyncSession, row: SandboxAccessRow) -> None:
        session.add(row)

    async def live(self, session: AsyncSession, sandbox_id: str, now: datetime) -> Sequence[SandboxAccessRow]:
        """What has not ended yet; the earliest first."""
        found = await session.execute(
            select(SandboxAccessRow)
            .where(col(SandboxAccessRow.sandbox_id) == sandbox_id, col(SandboxAccessRow.until) > now)
            .order_by(col(SandboxAccessRow.at), col(SandboxAccessRow.id))
        )
        return found.scalars().all()

    async def holders(self, session: AsyncSession, now: datetime) -> Sequence[tuple[str, str]]:
        """(sandbox id, user id) of all that has not ended yet."""
        found = await session.execute(
            select(col(SandboxAccessRow.sandbox_id), col(SandboxAccessRow.user_id))
            .where(col(SandboxAccessRow.until) > now)
            .distinct()
            .order_by(col(SandboxAccessRow.sandbox_id), col(SandboxAccessRow.user_id))
        )
        return [(sandbox_id, user_id) for sandbox_id, user_id in found]

    async def end(self, session: AsyncSession, sandbox_id: str, now: datetime) -> None:
        """All of a sandbox's ends now."""
        await session.execute(
            update(SandboxAccessRow)
            .where(col(SandboxAccessRow.sandbox_id) == sandbox_id, col(SandboxAccessRow.until) > now)
            .values(until=now)
            .execution_options(synchronize_session=False)
        )

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        await session.execute(delete(SandboxAccessRow).where(col(SandboxAccessRow.until) < before))
