"""Whether the audit trail is whole: reads it from its beginning to its end, and names the first row that is not as it was.

Works beside a running bot, a page at a time, each in a short transaction of its own. Changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import select
from sqlmodel import col

from storage.audit import AuditRow, decoded
from storage.audit_chain import BEGINNING, Head, Keyring
from storage.audit_seals import PURGED, AnchorRow, Stored, read_rows
from storage.db import Database

_PAGE: Final = 1_000
_PATIENCE_SECONDS: Final = 10  # what is not sealed by then has been forgotten, or is kept from it
_TABLE: Final[sa.Table] = AuditRow.__table__  # type: ignore[attr-defined] # SQLModel hides it


@dataclass(frozen=True)
class Verdict:
    """`problem` is what is wrong with the first bad row, in words that name it; None: nothing is. `entries` were checked, up to
    `head`; `waiting` are not sealed yet; `purged` is up to where older ones were deleted because of their age."""

    head: Head
    entries: int = 0
    waiting: int = 0
    purged: int = 0
    problem: str | None = None


class _Broken(Exception):
    """Says what is wrong and where."""


class Verification:
    """One reading of the whole trail."""

    def __init__(
        self,
        database: Database,
        keys: Keyring,
        anchors: Sequence[Head] = (),
        page: int = _PAGE,
        patience: int = _PATIENCE_SECONDS,
    ) -> None:
        """`anchors`: from the log or the channel, where no database can change them. `patience`: how many seconds an entry may
        be without a seal."""
        self._database = database
        self._keys = keys
        self._given = tuple(anchors)
        self._page = page
        self._patience = patience
        self._start = self._head = BEGINNING
        self._entries = 0
        self._waiting = 0

    async def run(self) -> Verdict:
        while True:
            problem = None
            try:
                await self._read()
            except _Broken as error:
                problem = str(error)
                if await self._purge_went_on():
                    continue  # rows were deleted because of their age while we read: not a hole
            return Verdict(self._head, self._entries, self._waiting, self._start.sequence, problem)

    async def _read(self) -> None:
        self._start = self._head = await self._purge_point()
        self._entries = self._waiting = 0
        await self._nothing_before_the_start()
        anchors = await self._anchors()
        expected = {anchor.sequence: anchor.mac for anchor in anchors}
        after = None
        while rows := await self._next_page(after):
            for row in rows:
                self._check(row)
                anchored = expected.get(self._head.sequence, self._head.mac)
                if anchored != self._head.mac:
                    raise _Broken(
                        f"{_name(row)}: its seal is not the one of the anchor at {self._head.sequence}: rewritten since"
                    )
            after = rows[-1]
        self._check_end(anchors)
        await self._check_waiting()
        await self._no_stamp_twice()

    async def _next_page(self, after: Stored | None) -> Sequence[Stored]:
        where: sa.ColumnElement[bool] = _TABLE.c.sequence.is_not(None)
        if after is None:
            where &= _TABLE.c.sequence > self._start.sequence
        else:  # by id, too: a number that was given twice must not hide between two pages
            where &= sa.tuple_(_TABLE.c.sequence, _TABLE.c.id) > sa.tuple_(after.cells["sequence"], after.cells["id"])
        return await read_rows(self._database, where, [_TABLE.c.sequence, _TABLE.c.id], self._page)

    def _check(self, row: Stored) -> None:
        number, expected = row.cells["sequence"], self._head.sequence + 1
        if not isinstance(number, int):
            raise _Broken(f"{_name(row)}: its number is none")
        if number < expected:
            raise _Broken(f"{_name(row)}: number {number} is there twice")
        if number > expected:
            missing = f"entry {expected} is" if number == expected + 1 else f"entries {expected} to {number - 1} are"
            raise _Broken(f"{missing} missing before {_name(row)}")
        self._check_stamp(row)
        key = self._keys.named(row.cells["seal_key_id"])
        if key is None:
            raise _Broken(f"{_name(row)}: {_no_key(row.cells['seal_key_id'])}")
        mac = row.cells["mac"]
        if not isinstance(mac, str) or key.seal(self._head.mac, expected, row.sealed(key.id)) != mac:
            raise _Broken(f"{_name(row)}: its seal does not fit: it was changed, moved or put in")
        self._head = Head(expected, mac)
        self._entries += 1

    def _check_stamp(self, row: Stored) -> None:
        ours = row.is_ours(self._keys)
        if ours is None:
            raise _Broken(f"{_name(row)}: {_no_key(row.cells['key_id'])}")
        if not ours:
            raise _Broken(f"{_name(row)}: its stamp does not fit: it was changed, or not written by the bot")

    def _check_end(self, anchors: Sequence[Head]) -> None:
        last = max((anchor.sequence for anchor in anchors), default=0)
        if last > self._head.sequence:
            raise _Broken(
                f"the trail ends at entry {self._head.sequence}, but an anchor says that it reached {last}: "
                f"entries {self._head.sequence + 1} to {last} are missing"
            )

    async def _check_waiting(self) -> None:
        """Rows without a seal: not for long, and only the bot's."""
        if self._database.dialect == "sqlite":
            late = sa.text(
                f"created_at NOT BETWEEN strftime('%Y-%m-%d %H:%M:%f000', 'now', '-{self._patience} seconds') "
                f"AND strftime('%Y-%m-%d %H:%M:%f000', 'now', '+{self._patience} seconds')"
            )
        else:
            late = sa.text(
                f"created_at NOT BETWEEN clock_timestamp() - interval '{self._patience} seconds' "
                f"AND clock_timestamp() + interval '{self._patience} seconds'"
            )
        unsealed = _TABLE.c.sequence.is_(None)
        for row in await read_rows(self._database, sa.and_(unsealed, late), [_TABLE.c.id], 1):
            raise _Broken(
                f"{_name(row)}: it has waited for its seal for more than {self._patience} s ({row.cells['created_at']!s})"
            )
        rows = await read_rows(self._database, unsealed, [_TABLE.c.id], self._page)
        for row in rows:
            self._check_stamp(row)
        self._waiting = len(rows)

    async def _no_stamp_twice(self) -> None:
        """A copy of a true entry has a stamp that fits; the table takes none twice, unless somebody changed the table."""
        twice = select(sa.func.max(_TABLE.c.id)).group_by(_TABLE.c.stamp).having(sa.func.count() > 1).limit(1)
        async with self._database.reading() as session:
            copy = (await session.execute(twice)).scalar_one_or_none()
        if copy is not None:
            for row in await read_rows(self._database, _TABLE.c.id == copy, [_TABLE.c.id], 1):
                raise _Broken(f"{_name(row)}: its stamp is there twice: it is a copy of another entry")

    # --- where it begins ----------------------------------------------------------------------------------------------

    async def _purge_point(self) -> Head:
        """Up to where rows were deleted because of their age, as a stamped entry of the trail itself says."""
        newest = await read_rows(self._database, _TABLE.c.action == PURGED, [_TABLE.c.id.desc()], 1)
        if not newest:
            return BEGINNING
        self._check_stamp(newest[0])
        said = decoded(str(newest[0].cells["after"]))
        return Head(int(said["sequence"]), str(said["mac"]))

    async def _purge_went_on(self) -> bool:
        try:
            return (await self._purge_point()).sequence > self._start.sequence
        except _Broken:
            return False

    async def _nothing_before_the_start(self) -> None:
        for row in await read_rows(
            self._database, _TABLE.c.sequence <= self._start.sequence, [_TABLE.c.sequence, _TABLE.c.id], 1
        ):
            raise _Broken(f"{_name(row)}: its number is one of those that were deleted because of their age, or none")

    async def _anchors(self) -> Sequence[Head]:
        """Those that can be held against what is there still."""
        async with self._database.reading() as session:
            found = await session.execute(
                select(col(AnchorRow.sequence), col(AnchorRow.mac)).where(
                    col(AnchorRow.sequence) >= self._start.sequence
                )
            )
            stored = [Head(int(sequence), str(mac)) for sequence, mac in found]
        anchors = [*stored, *(anchor for anchor in self._given if anchor.sequence >= self._start.sequence)]
        seen: dict[int, str] = {self._start.sequence: self._start.mac}
        for anchor in anchors:
            if seen.setdefault(anchor.sequence, anchor.mac) != anchor.mac:
                raise _Broken(
                    f"two anchors at {anchor.sequence} differ: one of them, or the trail before it, was rewritten"
                )
        return anchors


def _name(row: Stored) -> str:
    number = "without a number" if row.cells["sequence"] is None else str(row.cells["sequence"])
    return f"entry {number} (id {row.cells['id']!s}, {row.cells['action']!s})"


def _no_key(key_id: object) -> str:
    return f"it was made with the key {key_id}, which is not given: name it in PLATFORM_AUDIT_KEY_PREVIOUS"
