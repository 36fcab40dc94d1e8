"""The audit trail: who did what to what, when, where, and what it was before and after. Written in the transaction it describes.

Rows are never changed by the bot but to be sealed (storage/audit_seals.py), and kept 400 days unless `audit.retention`
says otherwise. What a row says is made harmless here, whoever wrote it: secrets are redacted, sizes bounded.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FetchedValue,
    Index,
    Integer,
    Table,
    Text,
    insert,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from bot.kit.call import Call
from bot.kit.ids import new_id
from bot.kit.redact import redact, redact_text
from bot.kit.text import printable, shorten
from storage.audit_chain import Cell, Keyring
from storage.db import signal
from storage.types import UTCDateTime

Values = Mapping[str, Any]
"""A few JSON values by name."""

TOPIC: Final = "audit"
SYSTEM: Final = "system"
"""The actor of what the bot does by itself."""
COMMAND_LINE: Final = "command-line"
"""The actor of what somebody did with `platform-bot …` where the bot runs, and its surface."""

_NAME, _NOTE, _VALUES = 255, 1_000, 8_000  # characters of a name, of a note, and of what stood before or after as JSON


class AuditRow(SQLModel, table=True):
    """One entry. `at` is when it happened by the clock of whoever did it, `created_at` when it was written by the database's.

    `stamp` is made by the writer with the key `key_id`; `sequence`, `seal_key_id` and `mac` by the sealer, soon after the
    commit (None until then). Seals go by commit, ids by insertion: their orders may differ. `before` and `after` are JSON,
    kept as the very text that was stamped.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(
            "ix_audit_unsealed",
            "id",
            postgresql_where=text("sequence IS NULL"),
            sqlite_where=text("sequence IS NULL"),
        ),
        Index("ix_audit_at", "at"),
        Index("ix_audit_actor", "actor", "id"),
        Index("ix_audit_action", "action", "id"),
        *(
            Index(
                f"ix_audit_{column}",
                column,
                "id",
                postgresql_where=text(f"{column} IS NOT NULL"),
                sqlite_where=text(f"{column} IS NOT NULL"),
            )
            for column in ("on_behalf_of", "object", "call")
        ),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    created_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime, FetchedValue(), nullable=False))
    action: str
    object: str | None = None
    actor: str
    on_behalf_of: str | None = None
    surface: str | None = None
    channel: str | None = None
    thread_ts: str | None = None
    call: str | None = None
    before: str | None = Field(default=None, sa_column=Column(Text))
    after: str | None = Field(default=None, sa_column=Column(Text))
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    key_id: str
    nonce: str
    stamp: str = Field(unique=True)
    sequence: int | None = Field(default=None, sa_column=Column(BigInteger, unique=True))
    seal_key_id: str | None = None
    mac: str | None = None


STAMPED: Final = (
    *("at", "action", "object", "actor", "on_behalf_of", "surface", "channel", "thread_ts", "call", "before", "after"),
    *("note", "key_id", "nonce"),
)
"""The columns that a stamp covers, in its order."""


@dataclass(frozen=True)
class AuditEntry:
    """What is to be remembered. `action` is what happened (`sandbox.deleted`, `call.refused`); `object` what it happened to
    (`sandbox:7kq2mx9d`); `actor` who did it: a Slack user id, `token:<id>`, `command-line` or `system`; `on_behalf_of` for
    whom, if not for himself. `before` and `after` are small: what changed, not the whole object; JSON values. `note` is for
    people. A credential is written down (for whom, for what, until when; never what it is) before it is handed over: whoever
    has one is in the trail."""

    at: datetime
    action: str
    object: str | None = None
    actor: str = SYSTEM
    on_behalf_of: str | None = None
    surface: str | None = None
    channel: str | None = None
    thread_ts: str | None = None
    call: str | None = None
    before: Values | None = None
    after: Values | None = None
    note: str = ""

    @classmethod
    def of(
        cls,
        call: Call,
        action: str,
        object: str | None = None,
        *,
        at: datetime,
        before: Values | None = None,
        after: Values | None = None,
        note: str = "",
    ) -> "AuditEntry":
        """Something that a call did at `at`: who and where are the call's."""
        person = call.principal.user_id
        return cls(
            at=at,
            action=action,
            object=object,
            actor=f"token:{call.token}" if call.token else person,
            on_behalf_of=person if call.token else None,
            surface=call.surface.value,
            channel=call.place.channel if call.place else None,
            thread_ts=call.place.thread_ts if call.place else None,
            call=call.ref,
            before=before,
            after=after,
            note=note,
        )


@dataclass(frozen=True)
class Search:
    """What to look for; None: whatever it is. `person` is an actor or whom somebody acted for. `action` and `object` may end
    in `*`. `text` is looked for in object, note, before and after, whatever the case. `older_than` and
    `newer_than` are ids."""

    person: str | None = None
    object: str | None = None
    action: str | None = None
    call: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    older_than: int | None = None
    newer_than: int | None = None


class AuditReader:
    """Looks entries up; needs no key."""

    async def find(
        self, session: AsyncSession, wanted: Search, limit: int, *, oldest_first: bool = False
    ) -> Sequence[AuditRow]:
        order = col(AuditRow.id) if oldest_first else col(AuditRow.id).desc()
        query = select(AuditRow).where(*_conditions(wanted)).order_by(order).limit(limit)
        return (await session.execute(query)).scalars().all()

    async def each(self, session: AsyncSession, wanted: Search, step: int = 500) -> AsyncIterator[AuditRow]:
        """All of them, newest first, read `step` at a time."""
        while rows := await self.find(session, wanted, step):
            for row in rows:
                yield row
            session.expunge_all()
            wanted = replace(wanted, older_than=rows[-1].id)


class AuditStore(AuditReader):
    """Built once, with the keys: services are given it by the wiring (a parameter `audit: AuditStore`)."""

    def __init__(self, keys: Keyring) -> None:
        self._key = keys.current

    async def write(self, session: AsyncSession, entry: AuditEntry) -> None:
        """In the transaction that makes it true. Takes no lock that anybody else wants."""
        await session.execute(_INSERT, self.stamped(entry))
        signal(session, TOPIC)

    def stamped(self, entry: AuditEntry) -> dict[str, Any]:
        """The row's values, by column: redacted, bounded and stamped. Raises ValueError for a time that is not aware."""
        if entry.at.tzinfo is None:
            raise ValueError("an audited time must be aware, this one is naive")
        values: dict[str, Any] = {
            "at": entry.at,
            "action": _name(entry.action),
            "object": _name(entry.object),
            "actor": _name(entry.actor),
            "on_behalf_of": _name(entry.on_behalf_of),
            "surface": _name(entry.surface),
            "channel": _name(entry.channel),
            "thread_ts": _name(entry.thread_ts),
            "call": _name(entry.call),
            "before": _small(entry.before),
            "after": _small(entry.after),
            "note": shorten(redact_text(printable(entry.note[: 2 * _NOTE])), _NOTE),
            "key_id": self._key.id,
            "nonce": new_id(16),
        }
        cells: dict[str, Cell] = {**values, "at": as_stored(entry.at)}
        values["stamp"] = self._key.stamp([cells[name] for name in STAMPED])
        return values


def as_stored(moment: datetime) -> str:
    """A time as its column reads as text on both databases: UTC, with microseconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _conditions(wanted: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.person is not None:
        found.append(or_(col(AuditRow.actor) == wanted.person, col(AuditRow.on_behalf_of) == wanted.person))
    for column, pattern in ((col(AuditRow.object), wanted.object), (col(AuditRow.action), wanted.action)):
        if pattern is not None:
            whole = not pattern.endswith("*")
            found.append(column == pattern if whole else column.startswith(pattern[:-1], autoescape=True))
    if wanted.call is not None:
        found.append(col(AuditRow.call) == wanted.call)
    if wanted.since is not None:
        found.append(col(AuditRow.at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(AuditRow.at) < wanted.until)
    if wanted.text is not None:
        columns = (col(AuditRow.object), col(AuditRow.note), col(AuditRow.before), col(AuditRow.after))
        found.append(or_(*(each.icontains(wanted.text, autoescape=True) for each in columns)))
    if wanted.newer_than is not None:
        found.append(col(AuditRow.id) > wanted.newer_than)
    if wanted.older_than is not None:
        found.append(col(AuditRow.id) < wanted.older_than)
    return found


def _name(value: str | None) -> str | None:
    return None if value is None else shorten(redact_text(printable(value[: 2 * _NAME])), _NAME)


def _small(values: Values | None) -> str | None:
    """Redacted JSON. What is too much or no JSON is left out, and said to be: an entry never fails for what it tells."""
    if values is None:
        return None
    try:
        found = json.dumps(redact(values), separators=(",", ":"), default=str, allow_nan=False)
    except (TypeError, ValueError) as error:
        return json.dumps({"left out": type(error).__name__})
    return found if len(found) <= _VALUES else json.dumps({"left out": f"{len(found)} characters"})


_TABLE: Final[Table] = AuditRow.__table__  # type: ignore[attr-defined] # SQLModel hides it
_INSERT: Final = insert(_TABLE).inline()  # nobody needs the id


def as_line(row: AuditRow) -> str:
    """An entry as one line of JSON, as exports have it: times in ISO 8601 and UTC, what is not there left out."""
    found: dict[str, Any] = {"id": row.id, "sequence": row.sequence, "at": row.at.isoformat()}
    found |= {name: getattr(row, name) for name in ("action", "object", "actor", "on_behalf_of")}
    found |= {name: getattr(row, name) for name in ("surface", "channel", "thread_ts", "call")}
    found |= {"before": decoded(row.before), "after": decoded(row.after), "note": row.note or None, "mac": row.mac}
    line = json.dumps({name: value for name, value in found.items() if value is not None}, ensure_ascii=False)
    return line.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair, as JSON itself spells it


def decoded(stored: str | None) -> Any:
    """What `before` or `after` holds; the text itself if somebody made it something else than JSON."""
    try:
        return None if stored is None else json.loads(stored)
    except ValueError:
        return stored
