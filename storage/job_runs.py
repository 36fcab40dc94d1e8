"""Due runs of jobs: whoever inserts the row runs it, so each happens once across replicas. Kept 7 days, the newest longer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from storage.types import UTCDateTime

RETENTION = timedelta(days=7)


class JobRunRow(SQLModel, table=True):
    """`due_at` is when it should have begun. `claimed_until` is pushed on while it runs; one that ran out before `ended_at`
    was set belongs to a dead process, and is run again."""

    __tablename__ = "job_runs"

    job: str = Field(primary_key=True)
    due_at: datetime = Field(sa_column=Column(UTCDateTime, primary_key=True))
    holder: str
    claimed_until: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    result: str | None = None


class JobRunStore:
    async def win(self, session: AsyncSession, job: str, due_at: datetime, holder: str, until: datetime) -> bool:
        """Whether this process is the one to run it."""
        insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        won = await session.execute(
            insert(JobRunRow)
            .values(job=job, due_at=due_at, holder=holder, claimed_until=until)
            .on_conflict_do_nothing()
            .returning(col(JobRunRow.job))
        )
        return won.first() is not None

    async def latest(self, session: AsyncSession, job: str) -> datetime | None:
        """When the newest run of this job was due."""
        found = await session.execute(select(func.max(JobRunRow.due_at)).where(col(JobRunRow.job) == job))
        return found.scalar_one()

    async def latest_ended(self, session: AsyncSession, job: str) -> datetime | None:
        """When the newest run of this job that has ended was due."""
        found = await session.execute(
            select(col(JobRunRow.due_at))
            .where(col(JobRunRow.job) == job, col(JobRunRow.ended_at).is_not(None))
            .order_by(col(JobRunRow.due_at).desc())
            .limit(1)
        )
        return found.scalar_one_or_none()

    async def take_over(
        self, session: AsyncSession, holder: str, now: datetime, until: datetime
    ) -> Sequence[JobRunRow]:
        """Runs whose process died, each for one claimant."""
        left = await session.execute(
            select(JobRunRow)
            .where(col(JobRunRow.ended_at).is_(None), col(JobRunRow.claimed_until) <= now)
            .with_for_update(skip_locked=True)
        )
        rows = left.scalars().all()
        for row in rows:
            row.holder, row.claimed_until = holder, until
        return rows

    async def renew(self, session: AsyncSession, job: str, due_at: datetime, holder: str, until: datetime) -> None:
        await session.execute(
            update(JobRunRow)
            .where(col(JobRunRow.job) == job, col(JobRunRow.due_at) == due_at, col(JobRunRow.holder) == holder)
            .values(claimed_until=until)
        )

    async def ended(
        self, session: AsyncSession, job: str, due_at: datetime, holder: str, at: datetime, result: str
    ) -> bool:
        """False if this process no longer holds it: then somebody else ends it, and nothing is written."""
        changed = await session.execute(
            update(JobRunRow)
            .where(col(JobRunRow.job) == job, col(JobRunRow.due_at) == due_at, col(JobRunRow.holder) == holder)
            .values(ended_at=at, result=result)
            .returning(col(JobRunRow.job))
            .execution_options(synchronize_session=False)
        )
        return changed.first() is not None

    async def expire_others(self, session: AsyncSession, holder: str, at: datetime) -> None:
        """Frees what anybody else has not ended."""
        await session.execute(
            update(JobRunRow)
            .where(col(JobRunRow.ended_at).is_(None), col(JobRunRow.holder) != holder)
            .values(claimed_until=at)
        )

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        """Drops old runs, except each job's newest: it says from when on runs were missed."""
        newer = aliased(JobRunRow)
        outlived = exists().where(col(newer.job) == col(JobRunRow.job), col(newer.due_at) > col(JobRunRow.due_at))
        await session.execute(delete(JobRunRow).where(col(JobRunRow.due_at) < before, outlived))
