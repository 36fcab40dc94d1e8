"""Sandboxes: what each should be, and how far the cluster is; behaviour stands in commands/sandbox. Kept 90 days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Text,
    delete,
    false,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.types import JSONText, UTCDateTime

RETENTION = timedelta(days=90)


class SandboxState(StrEnum):
    """How far a sandbox is. What moves it from one to the next stands in commands/sandbox/rules.py."""

    REQUESTED = "requested"
    PROVISIONING = "provisioning"
    READY = "ready"
    SLEEPING = "sleeping"
    EXPIRING = "expiring"
    FAILED = "failed"
    DELETING = "deleting"
    DELETE_BLOCKED = "delete_blocked"
    DELETED = "deleted"


STANDING = frozenset({SandboxState.READY, SandboxState.SLEEPING, SandboxState.EXPIRING})
"""All that belongs to it was there at least once."""


class SandboxRow(SQLModel, table=True):
    """One sandbox. `wanted`: whether it should exist; `version` counts changes, for compare-and-swap.

    `look_at` is when the reconciler is due (None: never again), `claimed_until` keeps other replicas away meanwhile.
    `owner_name` is how its owner was called when it was made: cards name people, they do not ping them.
    `owner` is empty when the owner has left: then it is the whole team's, and `former_owner` says how that person was called.
    `problem` is what stands in the way, in words for its owner. `failures` counts failed rounds since the last good one.

    `cpu` (cores), `memory` and `storage` (bytes) are what it may ask for; None in rows of a release that knew sizes only.
    `template` with its `parameters` is what it began with; `furnished`: that stands. `term_from` is when `expires_at` was last
    set, `extensions` how often people put it off. `asleep`: whether it should sleep, `asleep_why`
    for which reason; `woken_until`: then it falls asleep again; `hours`: when it is awake (None: as the platform has it);
    `snapshot`: what ran when it fell asleep. `active_at` is when somebody last did something with it, as far as is known.
    `revoke`: the access that was given out is to end.
    """

    __tablename__ = "sandboxes"
    __table_args__ = (
        Index("ix_sandboxes_look_at", "look_at"),
        # A name is free again once its sandbox is on its way out.
        Index(
            "uq_sandboxes_team_name",
            "team",
            "name",
            unique=True,
            postgresql_where=text("wanted"),
            sqlite_where=text("wanted"),
        ),
    )

    id: str = Field(primary_key=True)
    request_ref: str = Field(unique=True)
    name: str
    owner: str = Field(index=True)
    owner_name: str
    former_owner: str | None = None
    team: str
    size: str
    purpose: str = Field(default="", sa_column=Column(Text, nullable=False))
    namespace: str = Field(unique=True)
    namespace_uid: str | None = None
    state: str
    wanted: bool = True
    version: int = 1
    problem: str | None = Field(default=None, sa_column=Column(Text))
    failures: int = 0
    created_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    unwanted_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    look_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    claimed_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    cpu: int | None = None
    memory: int | None = Field(default=None, sa_column=Column(BigInteger))
    storage: int | None = Field(default=None, sa_column=Column(BigInteger))
    hardened: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    template: str = Field(default="empty", sa_column_kwargs={"server_default": "empty"})
    parameters: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONText))
    furnished: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    term_from: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    extensions: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    asleep: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    asleep_why: str | None = None
    woken_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    hours: str | None = Field(default=None, sa_column=Column(Text))
    snapshot: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONText))
    active_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    revoke: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


@dataclass(frozen=True)
class StateCount:
    """The sandboxes in one state. `made_since` and `unwanted_since` are the oldest's; `look_at` is the most overdue one's."""

    state: SandboxState
    count: int
    made_since: datetime
    unwanted_since: datetime | None
    look_at: datetime | None


class SandboxStore:
    async def get(self, session: AsyncSession, sandbox_id: str) -> SandboxRow | None:
        return await session.get(SandboxRow, sandbox_id)

    async def by_request(self, session: AsyncSession, request_ref: str) -> SandboxRow | None:
        found = await session.execute(select(SandboxRow).where(col(SandboxRow.request_ref) == request_ref))
        return found.scalar_one_or_none()

    async def named(
        self,
        session: AsyncSession,
        teams: Iterable[str] | None,
        name: str,
        owner: str | None = None,
        others: Iterable[str] = (),
    ) -> Sequence[SandboxRow]:
        """Those of these teams (None: of all), of this owner, and `others` (by id), with this name, id or namespace: what is
        wanted or still there first, newest first."""
        same = or_(col(SandboxRow.name) == name, col(SandboxRow.id) == name, col(SandboxRow.namespace) == name)
        found = await session.execute(
            select(SandboxRow)
            .where(_of(teams, owner, others), same)
            .order_by(col(SandboxRow.wanted).desc(), col(SandboxRow.created_at).desc())
        )
        return found.scalars().all()

    async def counts(self, session: AsyncSession) -> Sequence[StateCount]:
        """One for each state that any sandbox is in, deleted ones aside."""
        found = await session.execute(
            select(
                col(SandboxRow.state),
                func.count(),
                func.min(SandboxRow.created_at),
                func.min(SandboxRow.unwanted_at),
                func.min(SandboxRow.look_at),
            )
            .where(col(SandboxRow.state) != SandboxState.DELETED)
            .group_by(col(SandboxRow.state))
        )
        return [StateCount(SandboxState(row[0]), row[1], row[2], row[3], row[4]) for row in found]

    async def lock(self, session: AsyncSession, sandbox_id: str) -> SandboxRow | None:
        """The row as it is now; nobody changes it until this transaction ends."""
        return await session.get(SandboxRow, sandbox_id, with_for_update=True, populate_existing=True)

    async def present(
        self,
        session: AsyncSession,
        teams: Iterable[str] | None,
        owner: str | None = None,
        others: Iterable[str] = (),
    ) -> Sequence[SandboxRow]:
        """All of these teams (None: of all), all of this owner and `others` (by id), that are not deleted, oldest first."""
        query = select(SandboxRow).where(_of(teams, owner, others), col(SandboxRow.state) != SandboxState.DELETED)
        return (await session.execute(query.order_by(col(SandboxRow.created_at)))).scalars().all()

    async def wanted_of(self, session: AsyncSession, team: str) -> Sequence[SandboxRow]:
        """All that a team has or is about to have."""
        query = select(SandboxRow).where(col(SandboxRow.wanted), col(SandboxRow.team) == team)
        return (await session.execute(query.order_by(col(SandboxRow.created_at)))).scalars().all()

    async def owners(self, session: AsyncSession) -> Sequence[str]:
        """Whose sandboxes there are that are not deleted; not those of a team."""
        left = (col(SandboxRow.state) != SandboxState.DELETED, col(SandboxRow.owner) != "")
        return (await session.execute(select(col(SandboxRow.owner)).where(*left).distinct())).scalars().all()

    async def lock_owned(self, session: AsyncSession, owner: str) -> Sequence[SandboxRow]:
        """Somebody's that are not deleted; nobody changes them until this transaction ends."""
        query = select(SandboxRow).where(col(SandboxRow.owner) == owner, col(SandboxRow.state) != SandboxState.DELETED)
        return (await session.execute(query.order_by(col(SandboxRow.id)).with_for_update())).scalars().all()

    async def lock_limits(self, session: AsyncSession, *, team: str, owner: str) -> None:
        """Makes counting and inserting one step: until this transaction ends, nobody else counts this team's or this
        owner's sandboxes."""
        for whose in sorted((f"team {team}", f"owner {owner}")):  # always in one order: no deadlock
            await _lock(session, "sandbox limits", whose)

    async def lock_call(self, session: AsyncSession, ref: str) -> None:
        """Until this transaction ends, no other process does anything for this call: one that stood still may go on with what
        another has taken over."""
        await _lock(session, "sandbox call", ref)

    async def count_wanted(self, session: AsyncSession, *, team: str | None = None, owner: str | None = None) -> int:
        """How many should exist: of a team, or of an owner."""
        query = select(func.count()).select_from(SandboxRow).where(col(SandboxRow.wanted))
        if team is not None:
            query = query.where(col(SandboxRow.team) == team)
        if owner is not None:
            query = query.where(col(SandboxRow.owner) == owner)
        return int((await session.execute(query)).scalar_one())

    def add(self, session: AsyncSession, row: SandboxRow) -> None:
        session.add(row)

    async def change(self, session: AsyncSession, row: SandboxRow, **values: Any) -> SandboxRow | None:
        """Writes `values` if nobody changed the row since it was read, and gives the new row; None if somebody did."""
        changed = await session.execute(
            update(SandboxRow)
            .where(col(SandboxRow.id) == row.id, col(SandboxRow.version) == row.version)
            .values(**values, version=row.version + 1)
            .returning(col(SandboxRow.id))
            .execution_options(synchronize_session=False)
        )
        if changed.first() is None:
            return None
        return await session.get(SandboxRow, row.id, populate_existing=True)

    async def awake(self, session: AsyncSession, unused_since: datetime) -> Sequence[SandboxRow]:
        """Those that are ready, are to stay awake, and have not been used since then, as far as is known."""
        query = select(SandboxRow).where(
            col(SandboxRow.state) == SandboxState.READY,
            col(SandboxRow.wanted),
            col(SandboxRow.asleep).is_(False),
            func.coalesce(col(SandboxRow.active_at), col(SandboxRow.created_at)) <= unused_since,
        )
        return (await session.execute(query.order_by(col(SandboxRow.id)))).scalars().all()

    async def over(self, session: AsyncSession, ended: datetime) -> Sequence[str]:
        """The names of those that are wanted and whose time was over by then."""
        query = select(col(SandboxRow.name)).where(col(SandboxRow.wanted), col(SandboxRow.expires_at) <= ended)
        return (await session.execute(query.order_by(col(SandboxRow.expires_at)))).scalars().all()

    async def look_at_over(self, session: AsyncSession, ended: datetime, at: datetime) -> None:
        """The reconciler looks at those whose time was over by then."""
        await session.execute(
            update(SandboxRow)
            .where(col(SandboxRow.wanted), col(SandboxRow.expires_at) <= ended)
            .values(look_at=at)
            .execution_options(synchronize_session=False)
        )

    async def count_over_since(self, session: AsyncSession, since: datetime) -> int:
        """How many were given up since then after their time was over."""
        query = (
            select(func.count())
            .select_from(SandboxRow)
            .where(col(SandboxRow.unwanted_at) > since, col(SandboxRow.unwanted_at) >= col(SandboxRow.expires_at))
        )
        return int((await session.execute(query)).scalar_one())

    async def standing(self, session: AsyncSession, after: str, limit: int) -> Sequence[SandboxRow]:
        """Those that should be in the cluster and were, by id, beginning after `after`."""
        query = select(SandboxRow).where(
            col(SandboxRow.wanted), col(SandboxRow.state).in_(sorted(STANDING)), col(SandboxRow.id) > after
        )
        return (await session.execute(query.order_by(col(SandboxRow.id)).limit(limit))).scalars().all()

    async def look_by(
        self, session: AsyncSession, sandbox_ids: Sequence[str], at: datetime, *, wanted: bool = True
    ) -> None:
        """The reconciler looks at them by then at the latest. The version does not change: it is no change of theirs."""
        later = or_(col(SandboxRow.look_at).is_(None), col(SandboxRow.look_at) > at)
        await session.execute(
            update(SandboxRow)
            .where(col(SandboxRow.id).in_(sandbox_ids), col(SandboxRow.wanted).is_(wanted), later)
            .values(look_at=at)
            .execution_options(synchronize_session=False)
        )

    async def claim(self, session: AsyncSession, now: datetime, until: datetime, limit: int) -> Sequence[SandboxRow]:
        """Takes what is due, each for one replica only, longest overdue first. The version does not change. `until`, to the
        microsecond, is also what the claim is known by."""
        free = or_(col(SandboxRow.claimed_until).is_(None), col(SandboxRow.claimed_until) <= now)
        due = await session.execute(
            select(SandboxRow)
            .where(col(SandboxRow.look_at) <= now, free)
            .order_by(col(SandboxRow.look_at))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = due.scalars().all()
        for row in rows:
            row.claimed_until = until
        return rows

    async def hold(
        self, session: AsyncSession, sandbox_ids: Iterable[str], claimed: Iterable[datetime], until: datetime | None
    ) -> None:
        """Keeps claims until then; None gives them back. Those that do not run until one of `claimed` are somebody else's by
        now, for this process stood still: they are left alone."""
        await session.execute(
            update(SandboxRow)
            .where(col(SandboxRow.id).in_(list(sandbox_ids)), col(SandboxRow.claimed_until).in_(list(claimed)))
            .values(claimed_until=until)
            .execution_options(synchronize_session=False)
        )

    async def unclaim_all(self, session: AsyncSession) -> None:
        """For the single process of SQLite at its start: whoever held a claim is dead."""
        await session.execute(
            update(SandboxRow).where(col(SandboxRow.claimed_until).is_not(None)).values(claimed_until=None)
        )

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        await session.execute(
            delete(SandboxRow).where(
                col(SandboxRow.state) == SandboxState.DELETED, col(SandboxRow.unwanted_at) < before
            )
        )


async def _lock(session: AsyncSession, kind: str, whose: str) -> None:
    """On SQLite the one writer is lock enough."""
    if session.get_bind().dialect.name == "postgresql":
        taken = text("SELECT pg_advisory_xact_lock(hashtext(:kind), hashtext(:whose))")
        await session.execute(taken, {"kind": kind, "whose": whose})


def _of(teams: Iterable[str] | None, owner: str | None, others: Iterable[str]) -> ColumnElement[bool]:
    if teams is None:
        return true()
    theirs: list[ColumnElement[bool]] = [col(SandboxRow.team).in_(list(teams))]
    if owner is not None:
        theirs.append(col(SandboxRow.owner) == owner)
    if ids := list(others):
        theirs.append(col(SandboxRow.id).in_(ids))
    return or_(*theirs)
