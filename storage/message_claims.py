"""The sender's side of messages: claims what is due, settles what became of it. Who marks messages uses storage/messages.py.

Only the holder of the outbox's lease claims, and what it settles counts only while the claim is its own. Rows that a service
holds at that moment are left for the next round instead of waited for: two that wait for each other would be a deadlock, and
the service would pay for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Select,
    String,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from storage.messages import DirectChannelRow, MessageRow, MessageState
from storage.types import UTCDateTime

_NEVER_POSTED_STATES: Final = (MessageState.FAILED, MessageState.REMOVED)


@dataclass(frozen=True)
class Claimed:
    """One message as it was when it was claimed; the columns of MessageRow, without the bytes of a file."""

    id: int
    key: str
    lane: str
    channel: str | None
    person: str | None
    fallback: str | None
    response_url: str | None
    response_expires_at: datetime | None
    response_uses: int
    parent_key: str | None
    thread_ts: str | None
    priority: int
    view: str | None
    object_id: str | None
    body: Mapping[str, Any] | None
    file_name: str | None
    file_title: str | None
    file_id: str | None
    removed: bool
    wanted: int
    shown_hash: str | None
    shown_in: str | None
    ts: str | None
    unsure_since: datetime | None
    attempts: int
    last_error: str | None
    queued_at: datetime


@dataclass(frozen=True)
class Settled:
    """What became of a claim: the message as it is now, and either its state or when to try again."""

    message: Claimed
    state: MessageState
    retry_at: datetime | None = None


@dataclass(frozen=True)
class Parent:
    """The message a thread hangs under: where it is, or whether it will never be."""

    channel: str | None
    ts: str | None
    state: str


@dataclass(frozen=True)
class Backlog:
    """`due` messages wait, the oldest since `oldest`; `next_at` is when the next attempt may be made (None: nothing waits)."""

    due: int
    oldest: datetime | None
    next_at: datetime | None


_CLAIMED: Final = tuple(field.name for field in fields(Claimed))
# What a sender may have changed.
_SETTLED: Final = (
    *("lane", "channel", "person", "fallback", "response_url", "response_uses", "file_id"),
    *("shown_hash", "shown_in", "ts", "unsure_since", "attempts", "last_error"),
)


class MessageClaims:
    async def claim(
        self,
        session: AsyncSession,
        *,
        token: int,
        now: datetime,
        limit: int,
        per_lane: int,
        edits: int,
        without: Collection[str],
    ) -> list[Claimed]:
        """Claims up to `limit` due messages, `per_lane` of a lane, at most `edits` that change or remove a posted message, none
        of the lanes `without`; best priority first. That they are being attempted is written down by that.

        A message in a thread is due once its parent has been posted, or never will be.
        """
        parent = aliased(MessageRow)
        ready = or_(
            col(MessageRow.parent_key).is_(None),
            col(MessageRow.ts).is_not(None),
            col(MessageRow.removed),
            exists().where(
                col(parent.key) == col(MessageRow.parent_key),
                or_(col(parent.ts).is_not(None), col(parent.state).in_(_NEVER_POSTED_STATES)),
            ),
        )
        order = (col(MessageRow.priority), col(MessageRow.queued_at), col(MessageRow.id))
        posted = col(MessageRow.ts).is_not(None)
        due: Select[*tuple[Any, ...]] = select(
            col(MessageRow.id).label("id"),
            *(column.label(f"order_{place}") for place, column in enumerate(order)),
            func.row_number().over(partition_by=col(MessageRow.lane), order_by=order).label("in_lane"),
            case((posted, func.row_number().over(partition_by=posted, order_by=order)), else_=0).label("edit"),
        ).where(col(MessageRow.due_at) <= now, col(MessageRow.claim).is_(None), ready)
        if without:
            due = due.where(col(MessageRow.lane).not_in(sorted(without)))
        if edits <= 0:
            due = due.where(~posted)
        ranked = due.subquery()
        chosen = (
            select(ranked.c.id)
            .where(ranked.c.in_lane <= per_lane, ranked.c.edit <= max(edits, 0))
            .order_by(ranked.c.order_0, ranked.c.order_1, ranked.c.order_2)
            .limit(limit)
        )
        free = (
            select(col(MessageRow.id))
            .where(col(MessageRow.id).in_(chosen), col(MessageRow.claim).is_(None))
            .with_for_update(skip_locked=True)
        )
        taken = await session.execute(
            update(MessageRow)
            .where(col(MessageRow.id).in_(free))
            .values(claim=token, claimed_at=now)
            .returning(*(getattr(MessageRow, name) for name in _CLAIMED))
            .execution_options(synchronize_session=False)
        )
        claimed = [Claimed(**row) for row in taken.mappings()]
        return sorted(claimed, key=lambda one: (one.priority, one.queued_at, one.id))

    async def settle(
        self, session: AsyncSession, *, token: int, now: datetime, outcomes: Sequence[Settled]
    ) -> set[int]:
        """Writes what became of claims; returns the ids written or no longer ours. The others come again.

        A message marked again meanwhile stays due, whatever became of this attempt.
        """
        ids = [outcome.message.id for outcome in outcomes]
        connection = await session.connection()
        if connection.dialect.name == "sqlite":  # nobody else writes meanwhile, so nobody holds a row
            await connection.execute(_SETTLE, [_parameters(outcome, token, now) for outcome in outcomes])
            return set(ids)
        held = await session.execute(
            select(col(MessageRow.id), col(MessageRow.claim))
            .where(col(MessageRow.id).in_(ids))
            .with_for_update(skip_locked=True)
        )
        claims = {row.id: row.claim for row in held}
        mine = [outcome for outcome in outcomes if claims.get(outcome.message.id) == token]
        if mine:
            await connection.execute(_SETTLE, [_parameters(outcome, token, now) for outcome in mine])
        return set(claims) | await self._gone(session, [one for one in ids if one not in claims])

    async def take_over(self, session: AsyncSession, *, token: int, now: datetime) -> int:
        """What others than the holder of `token` have claimed is due again, and their posts may have been made. Returns how
        many."""
        left = (
            select(col(MessageRow.id))
            .where(col(MessageRow.claim).is_not(None), col(MessageRow.claim) != token)
            .with_for_update(skip_locked=True)
        )
        found = await session.execute(
            update(MessageRow)
            .where(col(MessageRow.id).in_(left))
            .values(
                unsure_since=case(
                    (col(MessageRow.ts).is_(None), func.coalesce(MessageRow.unsure_since, MessageRow.claimed_at)),
                    else_=null(),
                ),
                claim=None,
                claimed_at=None,
                due_at=now,
            )
            .returning(col(MessageRow.id))
            .execution_options(synchronize_session=False)
        )
        return len(found.all())

    async def parents(self, session: AsyncSession, keys: Collection[str]) -> dict[str, Parent]:
        found = await session.execute(
            select(col(MessageRow.key), col(MessageRow.shown_in), col(MessageRow.ts), col(MessageRow.state)).where(
                col(MessageRow.key).in_(sorted(keys))
            )
        )
        return {key: Parent(channel, ts, state) for key, channel, ts, state in found}

    async def file_data(self, session: AsyncSession, message_id: int) -> bytes:
        found = await session.execute(select(col(MessageRow.file_data)).where(col(MessageRow.id) == message_id))
        return found.scalar_one() or b""

    async def uploaded(self, session: AsyncSession, message_id: int, token: int, file_id: str) -> None:
        """Notes the file's id before it is shared: whether it was can then be asked."""
        await session.execute(
            update(MessageRow)
            .where(col(MessageRow.id) == message_id, col(MessageRow.claim) == token)
            .values(file_id=file_id)
            .execution_options(synchronize_session=False)
        )

    async def backlog(self, session: AsyncSession) -> Backlog:
        found = (
            await session.execute(
                select(
                    func.count(),
                    func.min(MessageRow.queued_at),
                    func.min(case((col(MessageRow.claim).is_(None), col(MessageRow.due_at)), else_=null())),
                ).where(col(MessageRow.due_at).is_not(None))
            )
        ).one()
        return Backlog(*found)

    async def direct_channels(self, session: AsyncSession, people: Collection[str]) -> dict[str, str]:
        found = await session.execute(
            select(col(DirectChannelRow.user_id), col(DirectChannelRow.channel)).where(
                col(DirectChannelRow.user_id).in_(sorted(people))
            )
        )
        return {row.user_id: row.channel for row in found}

    async def remember_direct_channel(self, session: AsyncSession, user_id: str, channel: str) -> None:
        dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        await session.execute(
            dialect.insert(DirectChannelRow)
            .values(user_id=user_id, channel=channel)
            .on_conflict_do_update(index_elements=["user_id"], set_={"channel": channel})
        )

    async def _gone(self, session: AsyncSession, ids: Sequence[int]) -> set[int]:
        """Of these, which were deleted, and not just held by somebody."""
        if not ids:
            return set()
        there = await session.execute(select(col(MessageRow.id)).where(col(MessageRow.id).in_(ids)))
        return set(ids) - set(there.scalars())


def _settle() -> Any:
    again = bindparam("b_retry_at", type_=UTCDateTime)
    marked_since = col(MessageRow.wanted) > bindparam("b_wanted", type_=BigInteger)
    state = bindparam("b_state", type_=String)
    return (
        update(MessageRow.__table__)  # type: ignore[attr-defined] # SQLModel hides it
        .where(
            col(MessageRow.id) == bindparam("b_id", type_=BigInteger),
            col(MessageRow.claim) == bindparam("b_token", type_=BigInteger),
        )
        .values(
            {name: bindparam(f"b_{name}") for name in _SETTLED}
            | {
                # noted by `uploaded` while the sender was at it
                "file_id": func.coalesce(bindparam("b_file_id", type_=String), col(MessageRow.file_id)),
                "claim": None,
                "claimed_at": None,
                "shown": case(
                    (state == MessageState.SHOWN, bindparam("b_wanted", type_=BigInteger)), else_=col(MessageRow.shown)
                ),
                "state": case((or_(again.is_not(None), marked_since), MessageState.WAITING), else_=state),
                "due_at": case((again.is_not(None), again), (marked_since, col(MessageRow.due_at)), else_=null()),
                "file_data": case((state == MessageState.SHOWN, null()), else_=col(MessageRow.file_data)),
                "updated_at": bindparam("b_now", type_=UTCDateTime),
            }
        )
    )


_SETTLE: Final = _settle()


def _parameters(outcome: Settled, token: int, now: datetime) -> dict[str, Any]:
    message = outcome.message
    return {f"b_{name}": getattr(message, name) for name in _SETTLED} | {
        "b_id": message.id,
        "b_token": token,
        "b_wanted": message.wanted,
        "b_state": outcome.state,
        "b_retry_at": outcome.retry_at,
        "b_now": now,
    }
