"""Domain events: what happened, written in the transaction in which it did, and how far each subscriber has it.

Rows only: bot/subscriptions.py delivers. An event nobody subscribes to is not written. Kept 30 days after the last subscriber
had it; one that a subscriber could not digest is kept until it could, 90 days at most.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Text,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from storage.db import signal
from storage.types import JSONText, UTCDateTime

TOPIC: Final = "events"
RETENTION: Final = timedelta(days=30)
PARKED_RETENTION: Final = timedelta(days=90)


class EventRow(SQLModel, table=True):
    """`object_id` is what it happened to: events of one object reach each subscriber in order."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_at", "at"),)

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    name: str
    object_id: str
    payload: dict[str, Any] = Field(sa_column=Column(JSONText, nullable=False))
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class DeliveryRow(SQLModel, table=True):
    """One event for one subscriber. `due_at`: when to try next, None when it has it or is `parked_at`. `claimed_until` keeps
    other replicas away while `claimed_by` tries."""

    __tablename__ = "event_deliveries"
    __table_args__ = (
        Index(
            "ix_event_deliveries_due",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_event_deliveries_order",
            "subscriber",
            "object_id",
            "event_id",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
    )

    event_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    subscriber: str = Field(primary_key=True)
    object_id: str
    due_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    claimed_by: str | None = None
    claimed_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    attempts: int = 0
    parked_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    error: str | None = Field(default=None, sa_column=Column(Text))


@dataclass(frozen=True)
class Due:
    """An event that a subscriber is to have now. `attempts` counts this one too."""

    event_id: int
    subscriber: str
    name: str
    object_id: str
    payload: Mapping[str, Any]
    at: datetime
    attempts: int


@dataclass(frozen=True)
class Backlog:
    """Deliveries that wait and those among them that are `due` now, those that are parked, and when the oldest that waits
    happened."""

    waiting: int
    due: int
    parked: int
    oldest: datetime | None

    def oldest_seconds(self, now: datetime) -> float:
        return max((now - self.oldest).total_seconds(), 0.0) if self.oldest else 0.0


class EventStore:
    """`subscribers` says who is to hear of which event, by name; the wiring knows."""

    def __init__(self, subscribers: Mapping[str, Sequence[str]] | None = None) -> None:
        self._subscribers = dict(subscribers or {})

    async def emit(
        self, session: AsyncSession, name: str, object_id: str, payload: Mapping[str, Any], at: datetime
    ) -> None:
        """In the transaction that makes it true. Whoever emits events of one object locks that object first: the order in which
        they are written is the order in which they are delivered."""
        names = self._subscribers.get(name, ())
        if not names:
            return
        row = EventRow(name=name, object_id=object_id, payload=dict(payload), at=at)
        session.add(row)
        await session.flush()
        await session.execute(
            insert(DeliveryRow),
            [
                {"event_id": row.id, "subscriber": each, "object_id": object_id, "due_at": at, "attempts": 0}
                for each in names
            ],
        )
        signal(session, TOPIC)

    async def claim(
        self, session: AsyncSession, holder: str, subscribers: Iterable[str], now: datetime, until: datetime, limit: int
    ) -> list[Due]:
        """What is due for these subscribers, longest due first, each for one claimant; of one object only the oldest."""
        earlier = aliased(DeliveryRow)
        waits_for_another = exists().where(
            col(earlier.subscriber) == col(DeliveryRow.subscriber),
            col(earlier.object_id) == col(DeliveryRow.object_id),
            col(earlier.event_id) < col(DeliveryRow.event_id),
            col(earlier.due_at).is_not(None),
        )
        free = or_(col(DeliveryRow.claimed_until).is_(None), col(DeliveryRow.claimed_until) <= now)
        found = await session.execute(
            select(DeliveryRow, EventRow)
            .join(EventRow, col(EventRow.id) == col(DeliveryRow.event_id))
            .where(
                col(DeliveryRow.due_at) <= now,
                free,
                col(DeliveryRow.subscriber).in_(list(subscribers)),
                ~waits_for_another,
            )
            .order_by(col(DeliveryRow.due_at), col(DeliveryRow.event_id))
            .limit(limit)
            .with_for_update(skip_locked=True, of=DeliveryRow)
        )
        due = []
        for delivery, event in found.all():
            delivery.claimed_by, delivery.claimed_until = holder, until
            delivery.attempts += 1
            due.append(
                Due(
                    delivery.event_id,
                    delivery.subscriber,
                    event.name,
                    event.object_id,
                    event.payload,
                    event.at,
                    delivery.attempts,
                )
            )
        return due

    async def delivered(self, session: AsyncSession, due: Due, holder: str) -> None:
        await self._end(session, due, holder, due_at=None, parked_at=None, error=None)

    async def failed(self, session: AsyncSession, due: Due, holder: str, again_at: datetime, error: str) -> None:
        await self._end(session, due, holder, due_at=again_at, error=error[:2000])

    async def park(self, session: AsyncSession, due: Due, holder: str, at: datetime, error: str) -> None:
        """It is not tried any more, and holds up no later event of its object."""
        await self._end(session, due, holder, due_at=None, parked_at=at, error=error[:2000])

    async def unpark(self, session: AsyncSession, now: datetime) -> int:
        """What was parked is tried once more: the bug that stood in its way may be mended. How many those are."""
        found = await session.execute(
            update(DeliveryRow)
            .where(col(DeliveryRow.parked_at).is_not(None))
            .values(parked_at=None, due_at=now)
            .returning(col(DeliveryRow.event_id))
            .execution_options(synchronize_session=False)
        )
        signal(session, TOPIC)
        return len(found.all())

    async def release(self, session: AsyncSession, holder: str | None = None) -> None:
        """Gives up what this process (None: any, for the single process of SQLite at its start) has claimed."""
        query = update(DeliveryRow).where(col(DeliveryRow.claimed_until).is_not(None))
        if holder is not None:
            query = query.where(col(DeliveryRow.claimed_by) == holder)
        await session.execute(
            query.values(claimed_by=None, claimed_until=None).execution_options(synchronize_session=False)
        )

    async def backlog(self, session: AsyncSession, now: datetime) -> Backlog:
        is_due = col(DeliveryRow.due_at) <= now
        waiting = select(func.count(), func.count(case((is_due, 1))), func.min(EventRow.at)).select_from(DeliveryRow)
        waiting = waiting.join(EventRow, col(EventRow.id) == col(DeliveryRow.event_id))
        count, due, oldest = (await session.execute(waiting.where(col(DeliveryRow.due_at).is_not(None)))).one()
        parked = select(func.count()).select_from(DeliveryRow).where(col(DeliveryRow.parked_at).is_not(None))
        return Backlog(count, due, (await session.execute(parked)).scalar_one(), oldest)

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        """Deletes events older than that which every subscriber has; parked ones 60 days later."""
        long_before = before - (PARKED_RETENTION - RETENTION)
        old = select(col(EventRow.id)).where(col(EventRow.at) < before)
        await session.execute(
            delete(DeliveryRow)
            .where(
                col(DeliveryRow.event_id).in_(old),
                col(DeliveryRow.due_at).is_(None),
                or_(
                    col(DeliveryRow.parked_at).is_(None),
                    col(DeliveryRow.event_id).in_(select(col(EventRow.id)).where(col(EventRow.at) < long_before)),
                ),
            )
            .execution_options(synchronize_session=False)
        )
        left = exists().where(col(DeliveryRow.event_id) == col(EventRow.id))
        await session.execute(
            delete(EventRow).where(col(EventRow.at) < before, ~left).execution_options(synchronize_session=False)
        )

    async def _end(self, session: AsyncSession, due: Due, holder: str, **values: Any) -> None:
        """Only while it is ours: whoever took it over after our time was up ends it himself."""
        await session.execute(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.event_id) == due.event_id,
                col(DeliveryRow.subscriber) == due.subscriber,
                col(DeliveryRow.claimed_by) == holder,
            )
            .values(**values, claimed_by=None, claimed_until=None)
            .execution_options(synchronize_session=False)
        )
