"""What was last learnt of Slack's people and of the user groups that matter: a cache of `users.info` and
`usergroups.users.list`, a row per person looked up and per group configured. Kept 90 days unused."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Boolean, Column, Index, delete, false, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.types import JSONText, UTCDateTime

RETENTION = timedelta(days=90)


class PersonRow(SQLModel, table=True):
    """`full_member`: not a guest, not a bot, not deactivated, of our own workspace. `zone` is IANA. `gone`: deactivated or
    deleted. `domain`: of the e-mail address, None if it is not known."""

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_learnt_at", "learnt_at"),)

    user_id: str = Field(primary_key=True)
    name: str
    zone: str
    full_member: bool
    gone: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    domain: str | None = None
    learnt_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class UserGroupRow(SQLModel, table=True):
    """`ref` is how the configuration names it, its id or its handle; `group_id` is None while Slack knows no such group.
    `members` are user ids."""

    __tablename__ = "usergroups"

    ref: str = Field(primary_key=True)
    group_id: str | None = None
    members: list[str] = Field(sa_column=Column(JSONText, nullable=False))
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

    async def learnt_since(self, session: AsyncSession, at: datetime, limit: int) -> Sequence[PersonRow]:
        """Who was looked up since then, by any replica; the newest first."""
        found = await session.execute(
            select(PersonRow)
            .where(col(PersonRow.learnt_at) >= at)
            .order_by(col(PersonRow.learnt_at).desc())
            .limit(limit)
        )
        return found.scalars().all()

    async def longest_unasked(
        self, session: AsyncSession, user_ids: Iterable[str], before: datetime, limit: int
    ) -> list[str]:
        """Those of `user_ids` who are not known to be gone and were not looked up since `before`; never looked up first."""
        wanted = sorted(set(user_ids))
        rows = {}
        for start in range(0, len(wanted), 500):  # SQLite takes 999 parameters at least
            found = await session.execute(
                select(PersonRow).where(col(PersonRow.user_id).in_(wanted[start : start + 500]))
            )
            rows.update({row.user_id: row for row in found.scalars()})
        due = [each for each in wanted if each not in rows or (not rows[each].gone and rows[each].learnt_at < before)]
        return sorted(due, key=lambda each: (each in rows, rows[each].learnt_at if each in rows else before))[:limit]

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        await session.execute(delete(PersonRow).where(col(PersonRow.learnt_at) < before))


class UserGroupStore:
    async def known(self, session: AsyncSession, refs: Iterable[str]) -> Sequence[UserGroupRow]:
        found = await session.execute(select(UserGroupRow).where(col(UserGroupRow.ref).in_(list(refs))))
        return found.scalars().all()

    async def save(self, session: AsyncSession, group: UserGroupRow) -> None:
        """In one statement, and never over what was learnt later."""
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = group.model_dump()
        changed = {name: value for name, value in values.items() if name != "ref"}
        learnt = col(UserGroupRow.learnt_at)
        await session.execute(
            insert(UserGroupRow)
            .values(**values)
            .on_conflict_do_update(index_elements=["ref"], set_=changed, where=learnt <= group.learnt_at)
        )

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        """What no configuration has named for so long."""
        await session.execute(delete(UserGroupRow).where(col(UserGroupRow.learnt_at) < before))
