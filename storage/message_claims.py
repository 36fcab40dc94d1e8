"""The sender's side of messages: claims what is due, settles what became of it. Who marks messages uses storage/messages.py.

Only the holder of the outbox's lease claims, and what it settles counts only while the claim is its own. Rows that a service
holds at that moment are left for the next round instead of waited for: two that wait for each other would be a deadlock, and
the service would pay for it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    case,
    collate,
    exists,
    func,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from storage.messages import DirectChannelRow, MessageRow, MessageState
from storage.types import UTCDateTime

_NEVER_POSTED_STATES: Final = (MessageState.FAILED, MessageState.REMOVED)


_TABLE: Final[Table] = MessageRow.__table__  # type: ignore[attr-defined] # SQLModel hides it


class Claimed(NamedTuple):
    """One message as it was when it was claimed; the columns of MessageRow, without the bytes of a file.

    A tuple, because it is made from a row and changed once for each message sent: a frozen dataclass takes ten times as long.
    """

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
        connection = await session.connection()
        taken = await connection.execute(
            _CLAIM[connection.dialect.name],
            {
                "b_token": token,
                "b_now": now,
                "b_limit": limit,
                "b_per_lane": per_lane,
                "b_edits": max(edits, 0),
                "b_without": sorted(without),
            },
        )
        claimed = [Claimed._make(row) for row in taken]
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
            await self._write(connection, outcomes, token, now)
            return set(ids)
        held = await connection.execute(_HOLD, {"b_ids": json.dumps(ids)})
        claims = {row.id: row.claim for row in held}
        mine = [outcome for outcome in outcomes if claims.get(outcome.message.id) == token]
        await self._write(connection, mine, token, now)
        return set(claims) | await self._gone(session, [one for one in ids if one not in claims])

    async def _write(self, connection: AsyncConnection, outcomes: Sequence[Settled], token: int, now: datetime) -> None:
        shown = [_as_shown(one.message) for one in outcomes if one.state is MessageState.SHOWN]
        if shown:
            statement = _SHOWN[connection.dialect.name]
            await connection.execute(statement, {"b_batch": json.dumps(shown), "b_token": token, "b_now": now})
        others = [_parameters(one, token, now) for one in outcomes if one.state is not MessageState.SHOWN]
        if others:
            await connection.execute(_SETTLE, others)

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


def _claim(lane: Any) -> Any:
    """Built once, as all of these are: building it takes longer than running it. `lane` is what rows are grouped by."""
    message, parent = _TABLE.c, _TABLE.alias("parent")
    now = bindparam("b_now", type_=UTCDateTime)
    edits = bindparam("b_edits", type_=Integer)
    posted = message.ts.is_not(None)
    ready = or_(
        message.parent_key.is_(None),
        posted,
        message.removed,
        exists().where(
            parent.c.key == message.parent_key,
            or_(parent.c.ts.is_not(None), parent.c.state.in_(_NEVER_POSTED_STATES)),
        ),
    )
    order = (message.priority, message.queued_at, message.id)
    due: Select[*tuple[Any, ...]] = select(
        message.id.label("id"),
        *(column.label(f"order_{place}") for place, column in enumerate(order)),
        func.row_number().over(partition_by=lane, order_by=order).label("in_lane"),
        case((posted, func.row_number().over(partition_by=posted, order_by=order)), else_=0).label("edit"),
    ).where(
        message.due_at <= now,
        message.claim.is_(None),
        ready,
        message.lane.not_in(bindparam("b_without", type_=String, expanding=True)),
        # an edit that may not be made must not stand before its lane's posts
        or_(~posted, edits > 0),
    )
    ranked = due.subquery()
    chosen = (
        select(ranked.c.id)
        .where(ranked.c.in_lane <= bindparam("b_per_lane", type_=Integer), ranked.c.edit <= edits)
        .order_by(ranked.c.order_0, ranked.c.order_1, ranked.c.order_2)
        .limit(bindparam("b_limit", type_=Integer))
    )
    free = select(message.id).where(message.id.in_(chosen), message.claim.is_(None)).with_for_update(skip_locked=True)
    return (
        update(_TABLE)
        .where(message.id.in_(free))
        .values(claim=bindparam("b_token", type_=BigInteger), claimed_at=now)
        .returning(*(message[name] for name in Claimed._fields))
    )


def _as_shown(message: Claimed) -> tuple[object, ...]:
    """What of a message that is shown now must be saved, in the order of `_SHOWN`. Where it goes did not change."""
    return (
        *(message.id, message.wanted, message.ts, message.shown_in, message.shown_hash),
        *(message.response_uses, message.file_id),
    )


def _shown(batch: str) -> Any:
    """All messages of a batch in one statement and one parameter: as many statements as messages take ten times as long.

    `+` keeps SQLite from going through everything claimed for each message of the batch (25 times slower).
    """
    return text(
        f"""
        UPDATE messages SET
            shown = batch.wanted, ts = batch.ts, shown_in = batch.shown_in, shown_hash = batch.shown_hash,
            state = CASE WHEN messages.wanted > batch.wanted THEN 'waiting' ELSE 'shown' END,
            due_at = CASE WHEN messages.wanted > batch.wanted THEN messages.due_at END,
            claim = NULL, claimed_at = NULL, unsure_since = NULL, attempts = 0, last_error = NULL,
            response_url = NULL, response_uses = batch.response_uses,
            file_id = COALESCE(batch.file_id, messages.file_id), file_data = NULL, updated_at = :b_now
        FROM ({batch}) AS batch
        WHERE messages.id = batch.id AND +messages.claim = :b_token
        """  # noqa: S608  constants of this file
    ).bindparams(bindparam("b_now", type_=UTCDateTime))


_SHOWN: Final = {
    "sqlite": _shown(
        """
        SELECT value ->> 0 AS id, value ->> 1 AS wanted, value ->> 2 AS ts, value ->> 3 AS shown_in,
            value ->> 4 AS shown_hash, value ->> 5 AS response_uses, value ->> 6 AS file_id
        FROM json_each(:b_batch)
        """
    ),
    "postgresql": _shown(
        """
        SELECT (value ->> 0)::bigint AS id, (value ->> 1)::bigint AS wanted, value ->> 2 AS ts, value ->> 3 AS shown_in,
            value ->> 4 AS shown_hash, (value ->> 5)::int AS response_uses, value ->> 6 AS file_id
        FROM jsonb_array_elements(CAST(:b_batch AS jsonb))
        """
    ),
}
_HOLD: Final = text(
    """
    SELECT id, claim FROM messages
    WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text(CAST(:b_ids AS jsonb)))
    FOR UPDATE SKIP LOCKED
    """
)


def _settle() -> Any:
    """For what is not shown: it comes again, has failed or was removed."""
    again = bindparam("b_retry_at", type_=UTCDateTime)
    marked_since = col(MessageRow.wanted) > bindparam("b_wanted", type_=BigInteger)
    state = bindparam("b_state", type_=String)
    return (
        update(_TABLE)
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
                "state": case((or_(again.is_not(None), marked_since), MessageState.WAITING), else_=state),
                "due_at": case((again.is_not(None), again), (marked_since, col(MessageRow.due_at)), else_=null()),
                "updated_at": bindparam("b_now", type_=UTCDateTime),
            }
        )
    )


_CLAIM: Final = {
    "sqlite": _claim(_TABLE.c.lane),
    # By its bytes: to sort by the rules of a language took longer than all the rest of the claim.
    "postgresql": _claim(collate(_TABLE.c.lane, "C")),
}
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
