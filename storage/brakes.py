"""Emergency brakes: what was stopped because too much of it was about to happen at once, and until when somebody let it go on.
A row per brake; there are as many as there are kinds of danger."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel

from storage.types import UTCDateTime


class BrakeRow(SQLModel, table=True):
    """`pulled_at`: since when it holds (None: it does not), `why` in words. `released_until`: it does not hold until then,
    `released_by` says who let go (Slack id)."""

    __tablename__ = "brakes"

    name: str = Field(primary_key=True)
    pulled_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    why: str = Field(default="", sa_column=Column(Text, nullable=False))
    released_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    released_by: str | None = None


class BrakeStore:
    async def get(self, session: AsyncSession, name: str) -> BrakeRow | None:
        return await session.get(BrakeRow, name)

    async def pull(self, session: AsyncSession, name: str, why: str, at: datetime) -> bool:
        """Whether it did not hold before. Of several who pull it at once, one hears that."""
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        await session.execute(insert(BrakeRow).values(name=name, why=why).on_conflict_do_nothing())
        row = await session.get(BrakeRow, name, with_for_update=True, populate_existing=True)
        assert row is not None, "it was there, or was inserted"
        pulled = row.pulled_at is None
        if pulled:
            row.pulled_at = at
        row.why = why
        return pulled

    async def release(self, session: AsyncSession, name: str, until: datetime, by: str) -> BrakeRow | None:
        """What it was when it held; None when it did not hold."""
        row = await session.get(BrakeRow, name, with_for_update=True, populate_existing=True)
        if row is None or row.pulled_at is None:
            return None
        before = BrakeRow(**row.model_dump())
        row.pulled_at, row.released_until, row.released_by = None, until, by
        return before
