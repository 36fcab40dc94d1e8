"""The grouped writer's way into PostgreSQL: one connection, a batch as one JSON parameter; knows nothing of who waits.

One statement and one round trip per batch; the server's own statement_timeout keeps it from committing after the deadline.
(psycopg writes Python lists in pure Python: `unnest` over lists took 11 thousand rows a second, JSON 42 thousand.)
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL

from storage.types import UTCDateTime
from storage.writer_items import Item, RowRefused, fail, nothing_done

# The statement_timeout that is left in place: setting it for each batch would be a second round trip.
_USUAL_MS: Final = 1_500
# How long after the last deadline of a batch a silent server is given up on.
_GRACE_SECONDS: Final = 0.25
_RECONNECT_SECONDS: Final = 0.05

_Asking = asyncio.Task[list[Any]]
"""A statement on its way, and the keys that it recorded."""


class PostgreSQLLane:
    def __init__(self, url: URL, table: sa.Table, columns: Sequence["sa.Column[Any]"], key: str) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        quote = dialect.identifier_preparer.quote
        self._names = [column.name for column in columns]
        names = ", ".join(quote(name) for name in self._names)
        record = ", ".join(f"{quote(column.name)} {column.type.compile(dialect=dialect)}" for column in columns)
        source = f"json_to_recordset(%s::json) AS r({record})"
        key_name = quote(key)
        self._insert_sql = (
            f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} FROM {source} "  # noqa: S608
            f"ON CONFLICT ({key_name}) DO NOTHING RETURNING {key_name}"
        )
        ours = ", ".join(f"t.{quote(name)}::text" for name in self._names)
        theirs = ", ".join(f"r.{quote(name)}::text" for name in self._names)
        self._same_sql = (
            f"SELECT t.{key_name} FROM {source} JOIN {quote(table.name)} t ON t.{key_name} = r.{key_name} "  # noqa: S608
            f"WHERE ({ours}) IS NOT DISTINCT FROM ({theirs})"
        )
        self._processors = [_processor(column, dialect) for column in columns]
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._timeout_ms = 0
        self._working: asyncio.Task[None] | None = None
        self._given_up: set[asyncio.Task[Any]] = set()

    def encode(self, values: Sequence[object]) -> bytes:
        """Without the columns that are None: what is missing is NULL."""
        given = {
            name: value if processor is None else processor(value)
            for name, value, processor in zip(self._names, values, self._processors, strict=True)
            if value is not None
        }
        return to_json(given)  # pydantic's: a quarter of what json takes, and times are made into text on the way

    def start(self, batch: Sequence[Item], finished: Callable[[], None]) -> None:
        # In a task of its own from the start: it is sent in the next turn of the loop, and the server works on it while those
        # who were told of the last batch go on. (Behind them, it was sent when they were through, and then all waited.)
        begun = self._begin(self._connection, batch) if self._connection and not self._connection.closed else None
        self._working = asyncio.create_task(self._work(batch, finished, begun))

    async def close(self) -> None:
        if self._working is not None:
            await self._working
        for task in self._given_up:
            task.cancel()
        await asyncio.gather(*self._given_up, return_exceptions=True)
        await self._drop()

    async def _work(self, batch: Sequence[Item], finished: Callable[[], None], begun: _Asking | None) -> None:
        try:
            await self._write(batch, begun)
        except Exception as error:  # noqa: BLE001  supervised: whoever waits must hear of it, and the next batch is tried
            await self._drop()
            certain = [item for item in batch if not item.uncertain]
            fail(certain, _told(error), error)
            if len(certain) < len(batch):
                await asyncio.sleep(_RECONNECT_SECONDS)
        finished()

    async def _write(self, items: Sequence[Item], begun: _Asking | None = None) -> None:
        """Leaves without an outcome what has to come again; raises what made the connection unusable."""
        asking = begun or self._begin(await self._connected(items), items)
        try:
            returned = await self._bounded(asking, items)
        except TimeoutError:
            await self._drop()
            self._now_uncertain(items)
        except psycopg.errors.QueryCanceled:
            pass  # too slow for the earliest deadline: rolled back; the others have time left
        except psycopg.OperationalError:
            if self._connection is not None and not self._connection.closed:
                raise
            await self._drop()
            self._now_uncertain(items)
        except psycopg.errors.ReadOnlySqlTransaction:
            raise  # a failover: this server is no primary any more, and the next connection finds the one that is
        except psycopg.Error as error:
            if len(items) == 1:
                fail(items, _refused(error), error)
            else:
                for item in items:
                    await self._write([item])
        else:
            # Rows of one key within a batch: the first was recorded, the others are its duplicates.
            new = Counter(returned)
            for item in items:
                item.outcome = new[item.key] > 0
                new[item.key] -= 1

    def _now_uncertain(self, items: Sequence[Item]) -> None:
        """They may have been committed before the connection broke. Asking again tells (see `_ours`)."""
        for item in items:
            item.uncertain = True

    def _begin(self, connection: psycopg.AsyncConnection[Any], items: Sequence[Item]) -> _Asking:
        return asyncio.create_task(self._statement(connection, items))

    async def _statement(self, connection: psycopg.AsyncConnection[Any], items: Sequence[Item]) -> list[Any]:
        milliseconds = int((min(item.deadline for item in items) - monotonic()) * 1000)
        # in steps, so that callers with a shorter deadline do not pay the second round trip each time
        wanted = max(20, min(_USUAL_MS, milliseconds // 100 * 100))
        if wanted != self._timeout_ms:
            await connection.execute("SELECT set_config('statement_timeout', %s, false)", (str(wanted),))
            self._timeout_ms = wanted
        cursor = await connection.execute(self._insert_sql, (_payload(items),), prepare=True)
        returned = [key for (key,) in await cursor.fetchall()]
        if uncertain := [item for item in items if item.uncertain and item.key not in returned]:
            returned += await self._ours(connection, uncertain)
        return returned

    async def _ours(self, connection: psycopg.AsyncConnection[Any], items: Sequence[Item]) -> list[Any]:
        """The keys of those whose row is there and equal in every column: recorded when the connection broke."""
        cursor = await connection.execute(self._same_sql, (_payload(items),))
        return [key for (key,) in await cursor.fetchall()]

    async def _bounded(self, task: _Asking, items: Sequence[Item]) -> list[Any]:
        """Raises TimeoutError when the server stays silent: it was told statement_timeout, so it should have answered."""
        seconds = max(item.deadline for item in items) + _GRACE_SECONDS - monotonic()
        done, _ = await asyncio.wait({task}, timeout=max(0.0, seconds))
        if not done:
            # Cancelling psycopg waits seconds for the server's consent; whoever waits for us must not.
            self._given_up.add(task)
            task.add_done_callback(self._forget)
            task.cancel()
            raise TimeoutError
        return task.result()

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._given_up.discard(task)
        if not task.cancelled():
            task.exception()

    async def _connected(self, items: Sequence[Item]) -> psycopg.AsyncConnection[Any]:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        seconds = min(item.deadline for item in items) - monotonic()
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                self._connection = await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True, client_encoding="utf8"
                )
        except TimeoutError as error:
            raise psycopg.OperationalError("it cannot be connected to in time") from error
        self._timeout_ms = 0
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _processor(column: "sa.Column[Any]", dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    if isinstance(column.type, sa.JSON):
        return None  # goes into the parameter as it is
    if isinstance(column.type, UTCDateTime):
        return _aware
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _payload(items: Sequence[Item]) -> str:
    return f"[{b','.join([item.row for item in items]).decode()}]"


def _told(error: Exception) -> Callable[[], Exception]:
    if isinstance(error, psycopg.Error):
        return lambda: nothing_done(_first_line(error))
    return lambda: RuntimeError("the grouped writer failed")


def _refused(error: Exception) -> Callable[[], Exception]:
    return lambda: RowRefused(_first_line(error))


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a stored time must be aware, this one is naive")
    return value


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0] or "it does not answer"
