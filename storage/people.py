"""What was last learnt of Slack's people: a cache of `users.info`, a row per person looked up. Kept 90 days unused."""

from datetime import datetime, timedelta

from sqlalchemy import Column, delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.types import UTCDateTime

RETENTION = timedelta(days=90)


class PersonRow(SQLModel, table=True):
    """`full_member`: not a guest, not a bot, not deactivated, of our own workspace. `zone` is IANA."""

    __tablename__ = "people"

    user_id: str = Field(primary_key=True)
    name: str
    zone: str
    full_member: bool
    learnt_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class PersonStore:
    async def get(self, session: AsyncSession, user_id: str) -> PersonRow | None:
        return await session.get(PersonRow, user_id)

    async def save(self, session: AsyncSession, person: PersonRow) -> None:
        await session.merge(person)

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        await session.execute(delete(PersonRow).where(col(PersonRow.learnt_at) < before))
