"""Approvals: what waits for somebody's yes, and who said what. Rows only: who may answer stands in commands/access.

An approval belongs to one call and one rule. Kept 400 days after it was asked for, like the audit.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Index, Text, UniqueConstraint, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.types import JSONText, UTCDateTime

RETENTION: Final = timedelta(days=400)
TOPIC: Final = "approvals"


class ApprovalState(StrEnum):
    """`waiting` is live; the others are ends, except that a changed plan makes `approved` wait again."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class ApprovalRow(SQLModel, table=True):
    """`arguments` are as they would be typed; `plan` are the lines that say what would change, `plan_hash` what makes two plans
    the same, `prices` (name -> decimal text) what may differ by a little. `team` is whose things it is about. `roles` and
    `users` say who may answer, `quorum` how many must agree. `version` counts changes of what is to be approved. `due_at` is
    when to remind or expire (None: decided); `decided_by` is a name; `cards` are the keys of the messages that show
    it, each with the channel or person it goes to."""

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("call", "rule"),
        Index(
            "ix_approvals_due",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_approvals_asked_at", "asked_at"),
    )

    id: str = Field(primary_key=True)
    call: str
    rule: str
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    command: str
    requested_by: str
    requested_name: str
    team: str
    arguments: Mapping[str, Any] = Field(sa_column=Column(JSONText, nullable=False))
    plan: Sequence[str] = Field(sa_column=Column(JSONText, nullable=False))
    plan_hash: str
    prices: Mapping[str, Any] = Field(sa_column=Column(JSONText, nullable=False))
    roles: Sequence[str] = Field(sa_column=Column(JSONText, nullable=False))
    users: Sequence[str] = Field(sa_column=Column(JSONText, nullable=False))
    quorum: int
    state: str = ApprovalState.WAITING
    version: int = 1
    asked_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    remind_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    due_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    decided_by: str | None = None
    note: str | None = Field(default=None, sa_column=Column(Text))
    cards: Mapping[str, str] = Field(sa_column=Column(JSONText, nullable=False))


class VoteRow(SQLModel, table=True):
    """One person's yes; `call` is the call it was given by. They go when the plan changes."""

    __tablename__ = "approval_votes"

    approval: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    name: str
    call: str
    note: str | None = Field(default=None, sa_column=Column(Text))
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class ApprovalStore:
    def add(self, session: AsyncSession, row: ApprovalRow | VoteRow) -> None:
        session.add(row)

    async def get(self, session: AsyncSession, approval_id: str) -> ApprovalRow | None:
        return await session.get(ApprovalRow, approval_id)

    async def lock(self, session: AsyncSession, approval_id: str) -> ApprovalRow | None:
        """The row as it is now; nobody changes it until this transaction ends. Whoever may end the waiting of its call locks
        the call first."""
        return await session.get(ApprovalRow, approval_id, with_for_update=True, populate_existing=True)

    async def of_call(self, session: AsyncSession, call: str) -> Sequence[ApprovalRow]:
        """As they are now, also those that were read before."""
        found = await session.execute(
            select(ApprovalRow).where(col(ApprovalRow.call) == call).execution_options(populate_existing=True)
        )
        return found.scalars().all()

    async def waiting(self, session: AsyncSession) -> Sequence[ApprovalRow]:
        """All that nobody has decided yet, oldest first."""
        found = await session.execute(
            select(ApprovalRow).where(col(ApprovalRow.due_at).is_not(None)).order_by(col(ApprovalRow.asked_at))
        )
        return found.scalars().all()

    async def due(self, session: AsyncSession, now: datetime, limit: int) -> Sequence[str]:
        """The ids of those to be reminded of or expired, longest overdue first."""
        found = await session.execute(
            select(col(ApprovalRow.id))
            .where(col(ApprovalRow.due_at) <= now)
            .order_by(col(ApprovalRow.due_at))
            .limit(limit)
        )
        return found.scalars().all()

    async def votes(self, session: AsyncSession, approval_ids: Iterable[str]) -> Sequence[VoteRow]:
        """Oldest first."""
        found = await session.execute(
            select(VoteRow).where(col(VoteRow.approval).in_(list(approval_ids))).order_by(col(VoteRow.at))
        )
        return found.scalars().all()

    async def drop_votes(self, session: AsyncSession, approval_id: str) -> None:
        await session.execute(delete(VoteRow).where(col(VoteRow.approval) == approval_id))

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        old = select(col(ApprovalRow.id)).where(col(ApprovalRow.asked_at) < before, col(ApprovalRow.due_at).is_(None))
        await session.execute(delete(VoteRow).where(col(VoteRow.approval).in_(old)))
        await session.execute(delete(ApprovalRow).where(col(ApprovalRow.id).in_(old)))
