"""With whom a sandbox is shared, beside its owner and the owner's team. Kept as long as the sandbox."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Column, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.sandboxes import RETENTION, SandboxRow
from storage.types import UTCDateTime

__all__ = ["RETENTION", "SandboxShareRow", "SandboxShareStore"]


class SandboxShareRow(SQLModel, table=True):
    """`user_id` is Slack's; `name` is how that person was called then, `by` who shared it (Slack id)."""

    __tablename__ = "sandbox_shares"

    sandbox_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True, index=True)
    name: str
    by: str
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class SandboxShareStore:
    async def of(self, session: AsyncSession, sandbox_id: str) -> Sequence[SandboxShareRow]:
        """The earliest first."""
        found = await session.execute(
            select(SandboxShareRow)
            .where(col(SandboxShareRow.sandbox_id) == sandbox_id)
            .order_by(col(SandboxShareRow.at), col(SandboxShareRow.user_id))
        )
        return found.scalars().all()

    async def with_person(self, session: AsyncSession, user_id: str) -> frozenset[str]:
        """The ids of the sandboxes that are shared with somebody."""
        found = await session.execute(
            select(col(SandboxShareRow.sandbox_id)).where(col(SandboxShareRow.user_id) == user_id)
        )
        return frozenset(found.scalars())

    async def add(self, session: AsyncSession, share: SandboxShareRow) -> bool:
        """False when it is shared with that person already."""
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        added = await session.execute(
            insert(SandboxShareRow)
            .values(**share.model_dump())
            .on_conflict_do_nothing()
            .returning(col(SandboxShareRow.user_id))
        )
        return added.first() is not None

    async def remove(self, session: AsyncSession, sandbox_id: str, user_ids: Iterable[str]) -> Sequence[str]:
        """Whose shares there were."""
        removed = await session.execute(
            delete(SandboxShareRow)
            .where(col(SandboxShareRow.sandbox_id) == sandbox_id, col(SandboxShareRow.user_id).in_(list(user_ids)))
            .returning(col(SandboxShareRow.user_id))
        )
        return removed.scalars().all()

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        """Those of sandboxes that are not remembered any more, made before then."""
        known = select(col(SandboxRow.id))
        await session.execute(
            delete(SandboxShareRow).where(
                col(SandboxShareRow.at) < before, col(SandboxShareRow.sandbox_id).not_in(known)
            )
        )
