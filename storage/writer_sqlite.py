"""The grouped writer's way into SQLite: one connection in one thread of its own; knows nothing of who waits.

Plain sqlite3, because a batch through the ORM and aiosqlite costs ten times as much as the commit itself. The loop holds the
gate while a batch is here.

A batch is one statement, which is also its transaction: sqlite3 lets go of Python's lock for every step, and to get it back from
a busy event loop takes up to 5 ms. With BEGIN, a step for each row and COMMIT a batch took as many milliseconds as it had rows.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any, Final

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects import sqlite

from storage.db import PASSING_SQLITE, SQLITE_PRAGMAS, gone, identity
from storage.writer_items import Item, RowRefused, fail, nothing_done

# A writer of another process holds the file: one wait is this long, then the deadlines are looked at again. (A busy wait
# cannot be interrupted: a plain timeout of 2 s around a 5 s busy_timeout returned after 5 s.)
_BUSY_MS: Final = 40
# Rows that one statement takes; a batch takes the next larger one. SQLite's bound is 32,766 values in one.
_SIZES: Final = (1, 4, 16, 64, 256, 512)


class SQLiteLane:
    def __init__(self, path: Path, table: sa.Table, columns: Sequence["sa.Column[Any]"], key: str) -> None:
        self._path = path
        dialect = sqlite.dialect()
        quote = dialect.identifier_preparer.quote
        names = ", ".join(quote(column.name) for column in columns)
        marks = ", ".join("?" for _ in columns)
        self._sql = f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks}) ON CONFLICT ({quote(key)}) DO NOTHING"  # noqa: S608
        self._all_sql = {size: _all_or_none(quote(table.name), names, len(columns), size) for size in _SIZES}
        self._filling = (None,) * (len(columns) + 1)
        self._processors = [
            (place, processor)
            for place, column in enumerate(columns)
            if (processor := _processor(column, dialect)) is not None
        ]
        self._batches: SimpleQueue[tuple[Sequence[Item], Callable[[], None]] | None] = SimpleQueue()
        self._file: tuple[int, int] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def encode(self, values: Sequence[object]) -> list[object]:
        encoded: list[Any] = list(values)
        for place, processor in self._processors:
            if encoded[place] is not None:  # None is NULL, in a JSON column too
                encoded[place] = processor(encoded[place])
        return encoded

    def start(self, batch: Sequence[Item], finished: Callable[[], None]) -> None:
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._work, name="grouped-writer", daemon=True)
            self._thread.start()
        self._batches.put((batch, finished))

    async def close(self) -> None:
        if self._thread is not None:
            self._batches.put(None)
            await asyncio.to_thread(self._thread.join)

    # --- in the thread ----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        assert self._loop is not None
        connection: sqlite3.Connection | None = None
        while (job := self._batches.get()) is not None:
            batch, finished = job
            try:
                if connection is None:
                    connection = self._connect()
                if identity(self._path) != self._file:  # what went into it would be lost with this process
                    raise gone(self._path)
                self._write(connection, batch)
            except Exception as error:  # noqa: BLE001  supervised: whoever waits must hear of it, and the thread goes on
                fail(batch, _told(error), error)
                if connection is not None:
                    connection.close()
                    connection = None
            self._loop.call_soon_threadsafe(finished)
        if connection is not None:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        self._file = identity(self._path)
        # mode=rw: a file that has gone must not be made again, empty
        connection = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
        return connection

    def _write(self, connection: sqlite3.Connection, items: Sequence[Item]) -> None:
        """Leaves without an outcome what has to come again; raises what made the connection unusable."""
        if min([item.deadline for item in items]) <= monotonic():
            return
        try:
            connection.execute(*self._together(items))
        except sqlite3.IntegrityError:  # a row that is there already, or a bad one
            self._write_singly(connection, items)
        except (sqlite3.Error, OverflowError, ValueError) as error:
            if _code(error) == sqlite3.SQLITE_BUSY:
                return
            if _code(error) in PASSING_SQLITE:
                raise
            self._write_singly(connection, items)
        else:
            for item in items:
                item.outcome = True

    def _together(self, items: Sequence[Item]) -> tuple[str, list[object]]:
        """One statement for all of them, filled up with rows that it leaves out."""
        size = next(size for size in _SIZES if size >= len(items))
        values: list[object] = []
        for item in items:
            values.append(1)
            values += item.row
        for _ in range(size - len(items)):
            values += self._filling
        return self._all_sql[size], values

    def _write_singly(self, connection: sqlite3.Connection, items: Sequence[Item]) -> None:
        """In one transaction, to find out which were there already; when one of them is bad, each in its own."""
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if _code(error) == sqlite3.SQLITE_BUSY:
                return
            raise
        try:
            recorded = [connection.execute(self._sql, item.row).rowcount == 1 for item in items]
            if min([item.deadline for item in items]) <= monotonic():
                connection.execute("ROLLBACK")
                return
            connection.execute("COMMIT")
        except (sqlite3.Error, OverflowError, ValueError) as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if _code(error) in PASSING_SQLITE:
                raise
            if len(items) == 1:
                fail(items, _refused(error), error)
            else:
                for item in items:
                    self._write_singly(connection, [item])
            return
        for item, new in zip(items, recorded, strict=True):
            item.outcome = new


def _processor(column: "sa.Column[Any]", dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    if isinstance(column.type, sa.JSON):
        return _json  # json, which SQLAlchemy would take, needs six times as long
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _json(value: object) -> str:
    return to_json(value).decode()


def _all_or_none(table: str, names: str, count: int, size: int) -> str:
    """Inserts up to `size` rows, or none if one of them is there already. The first value of each says whether it is one."""
    row = "(" + ", ".join("?" * (count + 1)) + ")"
    columns = ", ".join(f"column{place}" for place in range(2, count + 2))
    rows = ", ".join([row] * size)
    return f"INSERT INTO {table} ({names}) SELECT {columns} FROM (VALUES {rows}) WHERE column1"  # noqa: S608


def _code(error: Exception) -> int:
    """SQLite's primary result code; 0 for what the driver refused by itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _told(error: Exception) -> Callable[[], Exception]:
    if isinstance(error, sqlite3.Error):
        return lambda: nothing_done(str(error))
    return lambda: RuntimeError("the grouped writer failed")


def _refused(error: Exception) -> Callable[[], Exception]:
    return lambda: RowRefused(str(error))
