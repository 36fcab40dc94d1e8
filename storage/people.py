"""What was last learnt of Slack's people: a cache of `users.info`, a row per person looked up. Kept 90 days unused."""

from datetime import datetime, timedelta

from sqlalchemy import Column, delete
from sqlalchemy.dialects import postgresql, sqlite
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
        """In one statement: two replicas may learn the same person at the same moment."""
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = person.model_dump()
        changed = {name: value for name, value in values.items() if name != "user_id"}
        await session.execute(
            insert(PersonRow).values(**values).on_conflict_do_update(index_elements=["user_id"], set_=changed)
        )

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        await session.execute(delete(PersonRow).where(col(PersonRow.learnt_at) < before))
