"""API tokens, of which only a hash is kept. Rows only: what a token looks like and allows stands in bot/http/tokens.py.

Kept 90 days after they were revoked or have expired, so that `token list` can still say what became of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, LargeBinary, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.types import JSONText, UTCDateTime

RETENTION = timedelta(days=90)


class TokenRow(SQLModel, table=True):
    """`id` is public: the token begins with it, lists and logs name it. `secret_hash` is SHA-256 of the rest, which is random
    enough to need no salt. `permissions` narrow what its owner may do, never widen it. `expires_at` None: never.
    `last_used_at` is coarse (a write per call would cost more than it tells)."""

    __tablename__ = "tokens"

    id: str = Field(primary_key=True)
    secret_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    name: str
    owner: str
    permissions: list[str] = Field(sa_column=Column(JSONText, nullable=False))
    created_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))


class TokenStore:
    def add(self, session: AsyncSession, row: TokenRow) -> None:
        session.add(row)

    async def get(self, session: AsyncSession, token_id: str) -> TokenRow | None:
        return await session.get(TokenRow, token_id)

    async def all(self, session: AsyncSession) -> Sequence[TokenRow]:
        """Oldest first."""
        return (
            (await session.execute(select(TokenRow).order_by(col(TokenRow.created_at), col(TokenRow.id))))
            .scalars()
            .all()
        )

    async def used(self, session: AsyncSession, token_id: str, at: datetime) -> None:
        """Never moves back: replicas write in any order."""
        used = col(TokenRow.last_used_at)
        await session.execute(
            update(TokenRow).where(col(TokenRow.id) == token_id, or_(used.is_(None), used < at)).values(last_used_at=at)
        )

    async def revoke(self, session: AsyncSession, token_id: str, at: datetime) -> TokenRow | None:
        """The row as it is then; None if there is no such token. Revoking again keeps the first time."""
        await session.execute(
            update(TokenRow)
            .where(col(TokenRow.id) == token_id, col(TokenRow.revoked_at).is_(None))
            .values(revoked_at=at)
        )
        return await self.get(session, token_id)

    async def owners(self, session: AsyncSession, now: datetime) -> Sequence[str]:
        """Whose tokens are good."""
        live = (
            col(TokenRow.revoked_at).is_(None),
            or_(col(TokenRow.expires_at).is_(None), col(TokenRow.expires_at) > now),
        )
        return (await session.execute(select(col(TokenRow.owner)).where(*live).distinct())).scalars().all()

    async def revoke_all(self, session: AsyncSession, owner: str, at: datetime) -> list[str]:
        """Ends every token of somebody; the ids of those that were not revoked before."""
        found = await session.execute(
            update(TokenRow)
            .where(col(TokenRow.owner) == owner, col(TokenRow.revoked_at).is_(None))
            .values(revoked_at=at)
            .returning(col(TokenRow.id))
            .execution_options(synchronize_session=False)
        )
        return list(found.scalars())

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        await session.execute(
            delete(TokenRow).where(or_(col(TokenRow.revoked_at) < before, col(TokenRow.expires_at) < before))
        )
