"""The grouped writer: everything that arrives while a commit runs is the next commit; for the hot paths only.

It knows deadlines, order and results. How a batch gets into the database is its lane's business: writer_sqlite.py,
writer_postgresql.py.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, Final

import sqlalchemy as sa

from storage.db import Database
from storage.writer_items import Item, Lane, OutcomeUnknown, RowRefused, nothing_done

__all__ = ["GroupedWriter", "OutcomeUnknown", "RowRefused"]

MAX_BATCH: Final = 500


class GroupedWriter:
    """Inserts rows into one table; a row whose `key` (a column with a unique index) is there already is a duplicate.

    One commit at a time. A row is withdrawn when its deadline passes before its commit begins; what was told "nothing was
    done" is never written. `max_waiting` rows may wait; more are turned away at once.
    """

    def __init__(self, database: Database, table: sa.Table, key: str, *, max_waiting: int = 5_000) -> None:
        self._columns = [column for column in table.columns if _is_written(column)]
        self._key = key
        self.most_waiting: Final = max_waiting
        self._names = [column.name for column in self._columns]
        self._empty = {column.name: _scalar_default(column) for column in self._columns}
        self._made = {column.name: make for column in self._columns if (make := _made_default(column)) is not None}
        if key not in self._empty:
            raise ValueError(f"{table.name} has no column {key} that is written")
        self._observe = database.observe
        self._gate = database.gate if database.dialect == "sqlite" else None
        self._lane = _lane(database, table, self._columns, key)
        self._waiting: deque[Item] = deque()
        self._at_work = False
        self._scheduled = False
        self._closing = False
        self._sweep: asyncio.TimerHandle | None = None
        self._sweep_at = 0.0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def waiting(self) -> int:
        """How many rows wait for the next commit."""
        return len(self._waiting)

    async def insert(self, row: Mapping[str, object], deadline_seconds: float = 2.0) -> bool:
        """Returns once it is durable: True if recorded, False if a row with this key was there already.

        Columns left out get their default, else NULL. Raises Unavailable when it was not recorded within the deadline, or
        too many wait (nothing was done); OutcomeUnknown when the connection died during the commit; RowRefused when the
        database will not have this row; KeyError for a name that is no column. A cancelled call is withdrawn unless its
        commit runs already.
        """
        if self._closing:
            raise nothing_done("it is being closed")
        if len(self._waiting) >= self.most_waiting:
            raise nothing_done("it is busy")
        whole = {**self._empty, **row}
        if len(whole) != len(self._names):
            raise KeyError(*sorted(row.keys() - self._empty.keys()))
        for name, make in self._made.items():
            if name not in row:
                whole[name] = make(None)
        encoded = self._lane.encode([whole[name] for name in self._names])
        loop = asyncio.get_running_loop()
        deadline = monotonic() + deadline_seconds
        item = Item(whole[self._key], encoded, deadline, loop.create_future())
        self._waiting.append(item)
        self._arm(deadline)
        if not self._at_work and not self._scheduled:
            # Not at once: what the loop is about to deliver in this same turn comes along in the first commit.
            self._scheduled = True
            self._idle.clear()
            loop.call_soon(self._next)
        return await item.done

    async def close(self) -> None:
        """Takes no more, writes what waits, closes the connection."""
        self._closing = True
        await self._idle.wait()
        if self._sweep is not None:
            self._sweep.cancel()
        await self._lane.close()

    # --- one batch after the other --------------------------------------------------------------------------------

    def _next(self) -> None:
        self._scheduled = False
        self._at_work = True
        if self._gate is None:
            self._begin()
        else:
            self._gate.when_free(self._begin)

    def _begin(self) -> bool:
        batch: list[Item] = []
        now = monotonic()
        while self._waiting and len(batch) < MAX_BATCH:
            item = self._waiting.popleft()
            if item.done.done():
                continue
            if item.deadline <= now:
                item.done.set_exception(item.too_late())
                continue
            batch.append(item)
        if not batch:
            self._at_work = False
            self._idle.set()
            return False

        def finished() -> None:
            self._observe("journal", monotonic() - now)
            self._finished(batch)

        self._lane.start(batch, finished)
        return True

    def _finished(self, batch: Sequence[Item]) -> None:
        if self._gate is not None:
            self._gate.release()
        self._waiting.extendleft(item for item in reversed(batch) if item.outcome is None)
        # The next commit first: it runs while those who are told now go on.
        if self._waiting:
            self._next()
        else:
            self._at_work = False
            self._idle.set()
        # All at once: what they bring next shares a commit. A few in each turn of the loop, so that it is never idle, were more
        # commits, and slower on both databases.
        for item in batch:
            _tell(item)

    def _arm(self, deadline: float) -> None:
        """One timer for all that wait, set to the earliest deadline: one for each would be a tenth of the whole cost."""
        if self._sweep is not None:
            if deadline >= self._sweep_at:
                return
            self._sweep.cancel()
        self._sweep_at = deadline
        self._sweep = asyncio.get_running_loop().call_later(max(0.0, deadline - monotonic()), self._withdraw_late)

    def _withdraw_late(self) -> None:
        self._sweep = None
        now = monotonic()
        for item in self._waiting:
            if item.deadline <= now and not item.done.done():
                item.done.set_exception(item.too_late())
        self._waiting = deque(item for item in self._waiting if not item.done.done())
        if self._waiting:
            self._arm(min(item.deadline for item in self._waiting))


def _tell(item: Item) -> None:
    if item.done.done():
        return  # cancelled meanwhile
    if isinstance(item.outcome, bool):
        item.done.set_result(item.outcome)
    elif item.outcome is not None:
        item.done.set_exception(item.outcome)


def _is_written(column: "sa.Column[Any]") -> bool:
    """Not what the database fills in: serial keys, computed columns, server defaults."""
    return not (
        column.server_default is not None
        or column.computed is not None
        or column.identity is not None
        or column is column.table.autoincrement_column
    )


def _scalar_default(column: "sa.Column[Any]") -> object:
    default = column.default
    return default.arg if isinstance(default, sa.ColumnDefault) and default.is_scalar else None


def _made_default(column: "sa.Column[Any]") -> Callable[[Any], object] | None:
    default = column.default
    return default.arg if isinstance(default, sa.ColumnDefault) and default.is_callable else None


def _lane(database: Database, table: sa.Table, columns: Sequence["sa.Column[Any]"], key: str) -> Lane:
    # Each brings its driver: whoever runs on SQLite does not pay for importing psycopg.
    if database.path is not None:
        from storage.writer_sqlite import SQLiteLane

        return SQLiteLane(database.path, table, columns, key)
    from storage.writer_postgresql import PostgreSQLLane

    return PostgreSQLLane(database.url, table, columns, key)
