"""The seals of the audit trail: numbers and signs what is committed, and keeps anchors, which say where the chain once stood.

Decides nothing about when, and checks nothing afterwards (storage/audit_verify.py does). What it reads of rows is what is
stored, cell by cell, not what it means.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, bindparam, delete, exc, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from storage.audit import STAMPED, AuditEntry, AuditRow, AuditStore
from storage.audit_chain import BEGINNING, Cell, Head, Keyring
from storage.db import Database
from storage.leases import Lease, LeaseStore
from storage.types import UTCDateTime

PURGED: Final = "audit.purged"
_SEALED: Final = ("id", "created_at", *STAMPED, "stamp", "seal_key_id")
"""The columns that a seal covers besides the number, in its order."""


class AnchorRow(SQLModel, table=True):
    """Where the chain stood at that time: a copy of what was told to the log and the channel. Kept as long as what it is
    about."""

    __tablename__ = "audit_anchors"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    mac: str
    at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


class ChainMoved(Exception):
    """Somebody else sealed meanwhile, or a row that was to be sealed is gone: nothing was written; look again."""


@dataclass(frozen=True)
class Stored:
    """A row of the trail as it is stored, by column."""

    cells: dict[str, Cell]

    @property
    def id(self) -> Cell:
        return self.cells["id"]

    def content(self) -> list[Cell]:
        """What its stamp covers."""
        return [self.cells[name] for name in STAMPED]

    def sealed(self, seal_key_id: Cell) -> list[Cell]:
        """What a seal with that key covers."""
        return [*(self.cells[name] for name in _SEALED[:-1]), seal_key_id]

    def is_ours(self, keys: Keyring) -> bool | None:
        """Whether its stamp fits; None when its key was not given."""
        key = keys.named(self.cells["key_id"])
        return None if key is None else key.stamp(self.content()) == self.cells["stamp"]


class SealStore:
    def __init__(self, database: Database, leases: LeaseStore, keys: Keyring) -> None:
        self._database = database
        self._leases = leases
        self._keys = keys

    async def unsealed(self, limit: int) -> Sequence[Stored]:
        """Committed rows that wait for a seal, in the order in which they were inserted."""
        return await read_rows(self._database, _TABLE.c.sequence.is_(None), [_TABLE.c.id], limit)

    @staticmethod
    async def oldest_unsealed(session: AsyncSession) -> datetime | None:
        """When the first of the rows that wait for a seal was written."""
        first = (
            select(col(AuditRow.created_at)).where(col(AuditRow.sequence).is_(None)).order_by(col(AuditRow.id)).limit(1)
        )
        return (await session.execute(first)).scalar_one_or_none()

    async def head(self, session: AsyncSession) -> Head:
        found = await session.execute(
            select(_TABLE.c.sequence, _TABLE.c.mac)
            .where(_TABLE.c.sequence.is_not(None))
            .order_by(_TABLE.c.sequence.desc())
            .limit(1)
        )
        row = found.first()
        return BEGINNING if row is None else Head(int(row[0]), str(row[1]))

    async def mac_of(self, session: AsyncSession, sequence: int) -> str | None:
        return (await session.execute(select(_TABLE.c.mac).where(_TABLE.c.sequence == sequence))).scalar_one_or_none()

    async def last_anchor(self, session: AsyncSession) -> AnchorRow | None:
        newest = select(AnchorRow).order_by(col(AnchorRow.sequence).desc()).limit(1)
        return (await session.execute(newest)).scalar_one_or_none()

    async def seal(self, lease: Lease, rows: Sequence[Stored], stands: Head, goes_on: Head) -> Head:
        """Seals the rows in one short transaction, if the chain still ends at `stands`, and gives its new head. They are
        numbered from `goes_on`, which is `stands` unless the end of the chain was lost. Raises ChainMoved."""
        head, seals = goes_on, []
        key = self._keys.current
        for row in rows:
            mac = key.seal(head.mac, head.sequence + 1, row.sealed(key.id))
            head = Head(head.sequence + 1, mac)
            seals.append({"id": row.id, "n": head.sequence, "mac": mac})
        try:
            async with self._database.transaction() as session:
                if not await self._leases.held(session, lease) or await self.head(session) != stands:
                    raise ChainMoved
                values = {"seals": json.dumps(seals), "key_id": key.id}
                done = (await session.execute(_SEAL[self._database.dialect], values)).all()
                if len(done) != len(rows):
                    raise ChainMoved
        except exc.IntegrityError as error:  # its number was given by somebody who thinks that he holds the lease, too
            raise ChainMoved from error
        return head

    async def anchor(self, session: AsyncSession, head: Head, at: datetime) -> None:
        """Remembers where the chain stands; again is the same."""
        values = {"sequence": head.sequence, "mac": head.mac, "at": at}
        await session.execute(_ANCHOR[self._database.dialect], values)

    async def purge(self, audit: AuditStore, *, before: datetime, at: datetime, limit: int) -> int:
        """Deletes the oldest sealed rows, as far as all of them were written `before` then and an anchor says where they ended;
        an entry in the trail says up to where, for the chain to be verified from there. Gives how many."""
        async with self._database.transaction() as session:
            until = await self._purgeable(session, before, limit)
            if until is None:
                return 0
            gone = (
                await session.execute(
                    delete(AuditRow).where(_TABLE.c.sequence <= until.sequence).returning(_TABLE.c.id)
                )
            ).all()
            await session.execute(delete(AnchorRow).where(col(AnchorRow.sequence) < until.sequence))
            after = {"sequence": until.sequence, "mac": until.mac, "entries": len(gone)}
            await audit.write(session, AuditEntry(at, PURGED, "audit", after=after, note="older than they are kept"))
        return len(gone)

    async def _purgeable(self, session: AsyncSession, before: datetime, limit: int) -> Head | None:
        anchor = await self.last_anchor(session)
        if anchor is None:
            return None
        sealed = _TABLE.c.sequence.is_not(None)
        first = (await session.execute(select(func.min(_TABLE.c.sequence)).where(sealed))).scalar_one_or_none()
        kept = (
            await session.execute(select(func.min(_TABLE.c.sequence)).where(sealed, _TABLE.c.created_at >= before))
        ).scalar_one_or_none()
        if first is None:
            return None
        last = min(anchor.sequence, first + limit - 1, anchor.sequence if kept is None else kept - 1)
        mac = await self.mac_of(session, last) if last >= first else None
        return None if mac is None else Head(last, mac)


async def read_rows(
    database: Database, where: "sa.ColumnElement[bool]", order: "Sequence[sa.ColumnElement[Any]]", limit: int
) -> Sequence[Stored]:
    """So many rows as they are stored, in a transaction of their own."""
    names = [*_SEALED, "sequence", "mac"]
    query = select(*_CELLS[database.dialect]).select_from(_TABLE).where(where).order_by(*order).limit(limit)
    async with database.reading() as session:
        found = await session.execute(query)
        return [Stored(dict(zip(names, row, strict=True))) for row in found]


_TABLE: Final[sa.Table] = AuditRow.__table__  # type: ignore[attr-defined] # SQLModel hides it


def _cells(dialect: str) -> "list[sa.ColumnElement[Any]]":
    """Times as text, spelt as SQLite has them: a chain that was moved to PostgreSQL holds there."""

    def cell(name: str) -> "sa.ColumnElement[Any]":
        column = _TABLE.c[name]
        if not isinstance(column.type, UTCDateTime):
            return column
        if dialect == "sqlite":
            return sa.type_coerce(column, sa.Text())
        return sa.literal_column(f"to_char(audit.{name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", sa.Text())

    return [cell(name) for name in (*_SEALED, "sequence", "mac")]


_CELLS: Final = {dialect: _cells(dialect) for dialect in ("sqlite", "postgresql")}
_SEAL: Final = {
    "sqlite": sa.text(
        "UPDATE audit SET sequence = json_extract(s.value, '$.n'), mac = json_extract(s.value, '$.mac'), seal_key_id = :key_id "
        # The plus keeps SQLite from going over all that waits, once for each seal: by its id each row is found at once.
        "FROM json_each(:seals) AS s WHERE audit.id = json_extract(s.value, '$.id') AND +audit.sequence IS NULL "
        "RETURNING audit.id"
    ),
    "postgresql": sa.text(
        "UPDATE audit SET sequence = s.n, mac = s.mac, seal_key_id = :key_id "
        "FROM json_to_recordset(CAST(:seals AS json)) AS s(id bigint, n bigint, mac text) "
        "WHERE audit.id = s.id AND audit.sequence IS NULL RETURNING audit.id"
    ),
}
_ANCHORED: Final = {
    "sequence": bindparam("sequence"),
    "mac": bindparam("mac"),
    "at": bindparam("at", type_=UTCDateTime()),
}
_ANCHOR: Final = {
    "sqlite": sqlite.insert(AnchorRow).values(**_ANCHORED).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(AnchorRow).values(**_ANCHORED).on_conflict_do_nothing(),
}
