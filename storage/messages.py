"""Messages as desired state: what Slack should show, marked in the same transaction as the change that is to be shown.

Nothing here talks to Slack; bot/outbox.py does, with storage/message_claims.py. One-off messages are kept 30 days after they
were sent, cards for 400 days after their last change.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    and_,
    case,
    delete,
    exists,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from bot.kit.clock import Clock, SystemClock
from storage.db import signal
from storage.types import JSONText, UTCDateTime

TOPIC: Final = "outbox"
RETENTION: Final = timedelta(days=30)
_CARDS_LIVE: Final = timedelta(days=400)
HOME_LANE: Final = "home:"
MAX_FILE_BYTES: Final = 1_000_000


class Priority(IntEnum):
    """Which message goes first when several want the same channel, or the workspace's budget."""

    PAGE = 0
    NEW = 1
    RESOLVED = 2
    EDIT = 3


class MessageState(StrEnum):
    """`waiting`: Slack does not show yet what is wanted. `failed`: it never will, unless the message is marked again."""

    WAITING = "waiting"
    SHOWN = "shown"
    FAILED = "failed"
    REMOVED = "removed"


@dataclass(frozen=True)
class Channel:
    """A conversation the bot is in: `C…`, `G…`, `D…`."""

    id: str


@dataclass(frozen=True)
class Person:
    """Somebody's direct messages with the bot, by user id; they are opened when the first message is sent."""

    user_id: str


@dataclass(frozen=True)
class Home:
    """Somebody's App Home, by user id: not a message, but shown the same way. Its card's payload has `blocks` only."""

    user_id: str


@dataclass(frozen=True)
class ThreadOf:
    """In the thread under another message, named by its key. Waits until that one has been posted, and goes where it is."""

    key: str


@dataclass(frozen=True)
class ThreadAt:
    """In the thread under a message that is not ours, named by its `ts`."""

    ts: str


@dataclass(frozen=True)
class Attachment:
    """A file to be shared with the message's text above it; at most 1 MB. Such a message cannot be changed afterwards."""

    name: str
    title: str
    data: bytes


class MessageRow(SQLModel, table=True):
    """One message. `lane` is what is paced together: a channel, a person, or one response_url.

    `wanted` counts marks and `shown` says up to which of them Slack shows; `shown_hash` is of the payload shown, `shown_in`
    and `ts` where. `due_at` is when to try (None: nothing to do), `queued_at` since when it has been wanted. `claim` is the
    lease token of the sender who is at it since `claimed_at`. `unsure_since`: since then the message may have been posted
    without our knowing. `response_url` is encrypted, and emptied when it is done with or expired.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "ix_messages_due",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_messages_claimed",
            "claim",
            postgresql_where=text("claim IS NOT NULL"),
            sqlite_where=text("claim IS NOT NULL"),
        ),
        Index(
            "ix_messages_parent_key",
            "parent_key",
            postgresql_where=text("parent_key IS NOT NULL"),
            sqlite_where=text("parent_key IS NOT NULL"),
        ),
        Index("ix_messages_updated_at", "updated_at"),
        Index("ix_messages_ts", "ts", postgresql_where=text("ts IS NOT NULL"), sqlite_where=text("ts IS NOT NULL")),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    key: str = Field(unique=True)
    lane: str
    channel: str | None = None
    person: str | None = None
    fallback: str | None = None
    response_url: str | None = Field(default=None, sa_column=Column(Text))
    response_expires_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    response_uses: int = 0
    parent_key: str | None = None
    thread_ts: str | None = None
    priority: int
    view: str | None = None
    object_id: str | None = None
    body: Mapping[str, Any] | None = Field(default=None, sa_column=Column(JSONText))
    file_name: str | None = None
    file_title: str | None = None
    file_data: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    file_id: str | None = None
    removed: bool = False
    wanted: int = Field(default=1, sa_column=Column(BigInteger, nullable=False))
    shown: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    shown_hash: str | None = None
    shown_in: str | None = None
    ts: str | None = None
    state: str = MessageState.WAITING
    due_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    queued_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    claim: int | None = Field(default=None, sa_column=Column(BigInteger))
    claimed_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    unsure_since: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    attempts: int = 0
    last_error: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class DirectChannelRow(SQLModel, table=True):
    """The direct conversation with a person, opened once. Kept for good: one row per person."""

    __tablename__ = "direct_channels"

    user_id: str = Field(primary_key=True)
    channel: str


class MessageStore:
    """Everything is called inside the transaction that changes what is to be shown, and wakes the outbox after its commit.

    A key names one message for ever. Where it goes is decided by the call that names it first.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    async def mark_card(
        self,
        session: AsyncSession,
        *,
        key: str,
        to: Channel | Person | Home,
        view: str,
        object_id: str,
        priority: Priority = Priority.NEW,
        thread: ThreadOf | ThreadAt | None = None,
        fallback: str | None = None,
    ) -> None:
        """This card must show its object as it is now; posts it if it has never been.

        Ten marks before it is sent are one `chat.update`. `fallback`: the user id of who gets it as a direct message when the
        channel refuses the bot.
        """
        await self._mark(
            session,
            {"view": view, "object_id": object_id},
            key=key,
            to=to,
            thread=thread,
            fallback=fallback,
            priority=priority,
        )

    async def post(
        self,
        session: AsyncSession,
        *,
        key: str,
        to: Channel | Person,
        body: Mapping[str, Any],
        priority: Priority = Priority.NEW,
        thread: ThreadOf | ThreadAt | None = None,
        fallback: str | None = None,
        file: Attachment | None = None,
    ) -> None:
        """A message said once: `body` has `text` and maybe `blocks`. Said again with the same key it is the same message, with
        the new body. Raises ValueError for a file of more than 1 MB."""
        content: dict[str, Any] = {"body": dict(body)}
        if file is not None:
            if len(file.data) > MAX_FILE_BYTES:
                raise ValueError(f"a file of {len(file.data)} bytes; {MAX_FILE_BYTES} is the most")
            content |= {"file_name": file.name, "file_title": file.title, "file_data": file.data}
        await self._mark(session, content, key=key, to=to, thread=thread, fallback=fallback, priority=priority)

    async def answer(
        self,
        session: AsyncSession,
        *,
        key: str,
        response_url: str | None,
        expires_at: datetime,
        user: str,
        body: Mapping[str, Any],
    ) -> None:
        """An answer only for one person: by `response_url` (encrypted; None if there is none) until `expires_at` (UTC), then as
        a direct message to `user`. Best effort. `body` may hold `response_type`. A key is answered once."""
        now = self._clock.now()
        new = {
            **_NEW,
            "key": key,
            "lane": f"response:{key}" if response_url else f"person:{user}",
            "person": user,
            "response_url": response_url,
            "response_expires_at": expires_at if response_url else None,
            "priority": Priority.NEW,
            "body": dict(body),
            **dict.fromkeys(("due_at", "queued_at", "created_at", "updated_at"), now),
        }
        await session.execute(_ANSWER[session.get_bind().dialect.name], new)
        signal(session, TOPIC)

    async def touch(self, session: AsyncSession, *, key: str, priority: Priority = Priority.EDIT) -> bool:
        """Marks a card that was marked before, wherever it stands. False if there is none of this key."""
        return await self._again(session, [key], priority, removed=False)

    async def touch_each(self, session: AsyncSession, keys: Collection[str]) -> None:
        """As `touch`, of those of these keys that there are."""
        await self._again(session, keys, Priority.EDIT, removed=False)

    async def open_home(self, session: AsyncSession, user_id: str, view: str) -> None:
        """Somebody looks at their App Home, rendered by `view`: from now on it is kept up to date."""
        key = f"{HOME_LANE}{user_id}"
        await self.mark_card(session, key=key, to=Home(user_id), view=view, object_id=user_id, priority=Priority.EDIT)

    async def touch_home(self, session: AsyncSession, user_id: str) -> None:
        """Something that App Home shows this person has changed; nothing if they have never looked at it."""
        await self.touch(session, key=f"{HOME_LANE}{user_id}", priority=Priority.EDIT)

    async def remove(self, session: AsyncSession, *, key: str) -> bool:
        """The message must not be seen any more (`chat.delete`). False if there is none of this key."""
        return await self._again(session, [key], Priority.EDIT, removed=True)

    async def forget(self, session: AsyncSession, before: datetime) -> None:
        """Deletes one-off and removed messages last touched before that time, unless a thread hangs on them, and cards
        untouched for a year longer."""
        child = aliased(MessageRow)
        one_off = or_(col(MessageRow.view).is_(None), col(MessageRow.state) == MessageState.REMOVED)
        await session.execute(
            delete(MessageRow)
            .where(
                col(MessageRow.due_at).is_(None),
                col(MessageRow.claim).is_(None),
                or_(
                    and_(one_off, col(MessageRow.updated_at) < before),
                    col(MessageRow.updated_at) < before - (_CARDS_LIVE - RETENTION),
                ),
                ~exists().where(col(child.parent_key) == col(MessageRow.key)),
            )
            .execution_options(synchronize_session=False)
        )

    async def standing_at(self, session: AsyncSession, channel: str, ts: str) -> MessageRow | None:
        """Our message that Slack shows there, None if it is none of ours."""
        return (
            await session.execute(
                select(MessageRow).where(col(MessageRow.ts) == ts, col(MessageRow.shown_in) == channel)
            )
        ).scalar_one_or_none()

    async def find(self, session: AsyncSession, key: str) -> MessageRow | None:
        return (
            await session.execute(
                select(MessageRow).where(col(MessageRow.key) == key).execution_options(populate_existing=True)
            )
        ).scalar_one_or_none()

    # --- marking ----------------------------------------------------------------------------------------------------

    async def _mark(
        self,
        session: AsyncSession,
        content: Mapping[str, Any],
        *,
        key: str,
        to: Channel | Person | Home,
        thread: ThreadOf | ThreadAt | None,
        fallback: str | None,
        priority: Priority,
    ) -> None:
        now = self._clock.now()
        new = {
            **_NEW,
            **content,
            "key": key,
            "lane": _lane(to),
            "channel": to.id if isinstance(to, Channel) else None,
            "person": None if isinstance(to, Channel) else to.user_id,
            "fallback": fallback,
            "parent_key": thread.key if isinstance(thread, ThreadOf) else None,
            "thread_ts": thread.ts if isinstance(thread, ThreadAt) else None,
            "priority": priority,
            **dict.fromkeys(("due_at", "queued_at", "created_at", "updated_at"), now),
        }
        await session.execute(_MARK[session.get_bind().dialect.name], new)
        signal(session, TOPIC)

    async def _again(self, session: AsyncSession, keys: Collection[str], priority: Priority, *, removed: bool) -> bool:
        found = await session.execute(
            update(MessageRow)
            .where(col(MessageRow.key).in_(sorted(keys)))
            .values(**_wanted_again(self._clock.now(), priority), removed=removed)
            .returning(col(MessageRow.id))
            .execution_options(synchronize_session=False)
        )
        signal(session, TOPIC)
        return found.first() is not None


def _wanted_again(now: Any, priority: Any) -> dict[str, Any]:
    """What a mark changes in a row that is there. What waits after a failed attempt goes on waiting: marks must not turn
    an outage into a storm."""
    waits = col(MessageRow.due_at).is_not(None)
    return {
        "wanted": col(MessageRow.wanted) + 1,
        "priority": case((and_(waits, col(MessageRow.priority) < priority), col(MessageRow.priority)), else_=priority),
        "due_at": case((and_(waits, col(MessageRow.attempts) > 0), col(MessageRow.due_at)), else_=now),
        "queued_at": case((waits, col(MessageRow.queued_at)), else_=now),
        "attempts": case((waits, col(MessageRow.attempts)), else_=0),
        "state": MessageState.WAITING,
        "updated_at": now,
    }


_TABLE: Final[Table] = MessageRow.__table__  # type: ignore[attr-defined] # SQLModel hides it
_NEW: Final[Mapping[str, Any]] = {column.name: None for column in _TABLE.columns if column.name != "id"} | {
    "response_uses": 0,
    "removed": False,
    "wanted": 1,
    "shown": 0,
    "state": MessageState.WAITING,
    "attempts": 0,
}


def _mark(dialect: Any) -> Any:
    """Built once: marking is on the path of every change, and building this costs more than running it."""
    statement = dialect.insert(_TABLE)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "view": new.view,
            "object_id": new.object_id,
            "body": new.body,
            "removed": False,
            **_wanted_again(new.updated_at, new.priority),
        },
    )


_MARK: Final = {"sqlite": _mark(sqlite), "postgresql": _mark(postgresql)}
_ANSWER: Final = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(index_elements=["key"]),
}


def _lane(to: Channel | Person | Home) -> str:
    match to:
        case Channel(id=channel):
            return f"channel:{channel}"
        case Person(user_id=user_id):
            return f"person:{user_id}"
        case Home(user_id=user_id):
            return f"{HOME_LANE}{user_id}"
