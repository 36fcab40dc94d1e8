"""What the grouped writer promises: durable, once, in time or not at all."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, MetaData, String, Table, Text, func, select, text

from bot.kit.errors import Unavailable
from storage.db import Database
from storage.types import JSONText, UTCDateTime
from storage.writer import GroupedWriter, OutcomeUnknown, RowRefused

METADATA = MetaData()
ROWS = Table(
    "test_rows",
    METADATA,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("key", String, unique=True, nullable=False),
    Column("note", Text),
    Column("size", BigInteger, nullable=False, default=7),
    Column("urgent", Boolean),
    Column("at", UTCDateTime),
    Column("json", JSON),
    Column("order", JSONText),
)
NOW = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
async def table(database: Database) -> Database:
    async with database.connection() as connection:
        await connection.run_sync(METADATA.create_all)
    return database


@pytest.fixture
async def writer(table: Database) -> AsyncIterator[GroupedWriter]:
    opened = GroupedWriter(table, ROWS, "key")
    yield opened
    await opened.close()


async def keys(database: Database) -> list[str]:
    async with database.reading() as session:
        return list((await session.execute(select(ROWS.c.key).order_by(ROWS.c.key))).scalars())


@contextlib.asynccontextmanager
async def blocked(database: Database) -> AsyncIterator[None]:
    """Nobody can write to the table meanwhile."""
    async with database.transaction() as session:
        if database.dialect == "postgresql":
            await session.execute(text("LOCK TABLE test_rows IN SHARE MODE"))
        yield


async def until_waiting(writer: GroupedWriter, count: int) -> None:
    async with asyncio.timeout(5):
        while len(writer._waiting) < count:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def until_at_work(writer: GroupedWriter) -> None:
    """The first row is on its way, or at the gate."""
    async with asyncio.timeout(5):
        while not writer._at_work:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_every_type_comes_back_as_it_went_in(table: Database, writer: GroupedWriter) -> None:
    nested = {"list": [1, "ü", None], "deep": {"a": True}}
    full = {
        "key": "full",
        "note": 'naïve \\ "q"',
        "size": 2**40,
        "urgent": False,
        "at": NOW,
        "json": nested,
        "order": nested,
    }
    assert await writer.insert(full) is True
    assert await writer.insert({"key": "sparse"}) is True

    async with table.reading() as session:
        found = {row["key"]: dict(row) for row in (await session.execute(select(ROWS))).mappings()}
        nulls = (await session.execute(select(func.count()).where(ROWS.c.json.is_(text("NULL"))))).scalar_one()
    assert {name: found["full"][name] for name in full} == full
    assert found["sparse"]["size"] == 7
    assert [found["sparse"][name] for name in ("note", "urgent", "at", "json", "order")] == [None] * 5
    assert nulls == 1


async def test_a_key_is_recorded_once_however_often_and_however_close_it_comes(
    table: Database, writer: GroupedWriter
) -> None:
    together = await asyncio.gather(*(writer.insert({"key": "a", "note": str(n)}) for n in range(20)))
    assert sorted(together) == [False] * 19 + [True]
    mixed = await asyncio.gather(*(writer.insert({"key": key}) for key in ("b", "a", "c", "b")))
    assert mixed == [True, False, True, False]
    assert await keys(table) == ["a", "b", "c"]


async def test_what_arrives_together_shares_one_commit(table: Database, writer: GroupedWriter) -> None:
    await writer.insert({"key": "first"})
    await asyncio.gather(*(writer.insert({"key": f"k{n:03}"}) for n in range(100)))

    if table.dialect == "postgresql":
        async with table.reading() as session:
            commits = (await session.execute(text("SELECT count(DISTINCT xmin::text) FROM test_rows"))).scalar_one()
        assert commits == 2
    else:
        async with table.reading() as session:
            _, frames, _ = (await session.execute(text("PRAGMA wal_checkpoint"))).one()
        assert frames < 50  # a commit of its own would write two pages or more for each row


async def test_a_bad_row_takes_nobody_down_with_it(table: Database, writer: GroupedWriter) -> None:
    results = await asyncio.gather(
        writer.insert({"key": "a"}),
        writer.insert({"key": "bad", "size": None}),
        writer.insert({"key": "b"}),
        return_exceptions=True,
    )
    assert results[0] is True
    assert isinstance(results[1], RowRefused)
    assert results[2] is True
    assert await keys(table) == ["a", "b"]


async def test_a_row_that_cannot_be_written_at_all_is_refused_to_its_caller_alone(writer: GroupedWriter) -> None:
    with pytest.raises(ValueError, match="naive"):
        await writer.insert({"key": "a", "at": datetime(2026, 1, 1)})  # noqa: DTZ001
    with pytest.raises(KeyError, match="colour"):
        await writer.insert({"key": "a", "colour": "red"})
    assert await writer.insert({"key": "a"}) is True


async def test_what_is_not_committed_by_its_deadline_is_never_written(table: Database, writer: GroupedWriter) -> None:
    await writer.insert({"key": "before"})
    async with blocked(table):
        late = [asyncio.create_task(writer.insert({"key": f"late{n}"}, deadline_seconds=0.2)) for n in range(3)]
        patient = asyncio.create_task(writer.insert({"key": "patient"}, deadline_seconds=30))
        for outcome in await asyncio.gather(*late, return_exceptions=True):
            assert isinstance(outcome, Unavailable)
            assert "nothing was done" in str(outcome)
    assert await patient is True
    assert await writer.insert({"key": "after"}) is True
    assert await keys(table) == ["after", "before", "patient"]


async def test_too_many_waiting_are_turned_away_at_once(table: Database) -> None:
    writer = GroupedWriter(table, ROWS, "key", max_waiting=3)
    async with blocked(table):
        waiting = [asyncio.create_task(writer.insert({"key": "first"}, deadline_seconds=30))]
        await until_at_work(writer)
        free = 3 - len(writer._waiting)
        waiting += [asyncio.create_task(writer.insert({"key": f"k{n}"}, deadline_seconds=30)) for n in range(free)]
        await until_waiting(writer, 3)
        with pytest.raises(Unavailable, match="busy; nothing was done"):
            await writer.insert({"key": "one too many"})
    assert all(await asyncio.gather(*waiting))
    assert "one too many" not in await keys(table)
    await writer.close()


async def test_a_caller_who_gives_up_while_waiting_withdraws_his_row(table: Database) -> None:
    writer = GroupedWriter(table, ROWS, "key")
    async with blocked(table):
        first = asyncio.create_task(writer.insert({"key": "first"}, deadline_seconds=30))
        await until_at_work(writer)
        gone = asyncio.create_task(writer.insert({"key": "gone"}, deadline_seconds=30))
        await until_waiting(writer, 1)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    assert await first is True
    await writer.close()
    assert await keys(table) == ["first"]


async def test_closing_writes_what_waits_and_takes_no_more(table: Database) -> None:
    writer = GroupedWriter(table, ROWS, "key")
    waiting = [asyncio.create_task(writer.insert({"key": f"k{n:04}"})) for n in range(1200)]
    await until_waiting(writer, 1200)
    await writer.close()
    assert all(await asyncio.gather(*waiting))
    with pytest.raises(Unavailable, match="nothing was done"):
        await writer.insert({"key": "late"})
    assert len(await keys(table)) == 1200


async def test_writers_of_both_kinds_at_once_lose_nothing(table: Database, writer: GroupedWriter) -> None:
    async def by_transaction(n: int) -> None:
        async with table.transaction() as session:
            await session.execute(ROWS.insert().values(key=f"t{n:02}"))

    await asyncio.gather(
        *(by_transaction(n) for n in range(20)), *(writer.insert({"key": f"w{n:03}"}) for n in range(200))
    )
    assert len(await keys(table)) == 220


# --- SQLite -----------------------------------------------------------------------------------------------------------


async def test_another_process_that_holds_the_file_costs_the_deadline_and_no_more(tmp_path: Path) -> None:
    table = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with table.connection() as connection:
        await connection.run_sync(METADATA.create_all)
    writer = GroupedWriter(table, ROWS, "key")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    patient = asyncio.create_task(writer.insert({"key": "patient"}, deadline_seconds=30))
    with pytest.raises(Unavailable, match="nothing was done"):
        await writer.insert({"key": "late"}, deadline_seconds=0.1)
    other.execute("ROLLBACK")
    other.close()

    assert await patient is True
    assert await keys(table) == ["patient"]
    await writer.close()
    await table.close()


async def test_a_file_that_has_gone_is_unavailable_and_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    table = await Database.open(f"sqlite+aiosqlite:///{path}")
    await table.close()
    path.unlink()
    writer = GroupedWriter(table, ROWS, "key")
    with pytest.raises(Unavailable, match="nothing was done"):
        await writer.insert({"key": "a"})
    await writer.close()
    assert not path.exists()


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


class Wire:
    """Between the writer and the server, so that a test can cut it after a request has gone through."""

    def __init__(self, server: Path, directory: Path) -> None:
        self._server = server
        self._directory = directory
        self._tasks: set[asyncio.Task[None]] = set()
        self.swallow_answers = False
        self.cut_when_swallowed = True
        self.refuse = False

    async def __aenter__(self) -> "Wire":
        self._listening = await asyncio.start_unix_server(self._accept, self._directory / ".s.PGSQL.5432")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            writer.close()
            await writer.wait_closed()
            return
        server_reader, server_writer = await asyncio.open_unix_connection(self._server)

        async def requests() -> None:
            while data := await reader.read(65536):
                server_writer.write(data)

        async def answers() -> None:
            while data := await server_reader.read(65536):
                if not self.swallow_answers:
                    writer.write(data)
                elif self.cut_when_swallowed:
                    self.swallow_answers = False
                    return

        both = [asyncio.create_task(requests()), asyncio.create_task(answers())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            for end in (writer, server_writer):
                end.close()
                with contextlib.suppress(ConnectionError):
                    await end.wait_closed()


@pytest.fixture
def only_postgresql(table: Database) -> Database:
    if table.dialect != "postgresql":
        pytest.skip("about a connection")
    return table


@contextlib.asynccontextmanager
async def wired(table: Database, tmp_path: Path) -> AsyncIterator[tuple[GroupedWriter, Wire]]:
    socket: Any = table.url.query["host"]
    async with Wire(Path(socket) / ".s.PGSQL.5432", tmp_path) as wire:
        through = await Database.open(
            table.url.set(query={**table.url.query, "host": str(tmp_path)}).render_as_string(hide_password=False)
        )
        writer = GroupedWriter(through, ROWS, "key")
        yield writer, wire
        await writer.close()
        await through.close()


async def test_after_the_server_ended_the_connection_the_next_row_makes_a_new_one(
    only_postgresql: Database, writer: GroupedWriter
) -> None:
    assert await writer.insert({"key": "a"}) is True
    async with only_postgresql.transaction() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert await writer.insert({"key": "b"}) is True
    assert await keys(only_postgresql) == ["a", "b"]


async def test_a_connection_that_breaks_after_the_commit_is_found_out_and_not_called_a_duplicate(
    only_postgresql: Database, tmp_path: Path
) -> None:
    async with wired(only_postgresql, tmp_path) as (writer, wire):
        await writer.insert({"key": "a", "note": "first"})
        wire.swallow_answers = True
        again = await asyncio.gather(
            writer.insert({"key": "b", "note": "mine", "json": {"x": [1]}, "at": NOW}),
            writer.insert({"key": "a", "note": "redelivered"}),
        )
        assert list(again) == [True, False]
    assert await keys(only_postgresql) == ["a", "b"]


async def test_a_connection_that_breaks_and_stays_away_leaves_the_outcome_unknown_and_says_so(
    only_postgresql: Database, tmp_path: Path
) -> None:
    async with wired(only_postgresql, tmp_path) as (writer, wire):
        await writer.insert({"key": "a"})
        wire.swallow_answers = wire.refuse = True
        with pytest.raises(OutcomeUnknown, match="not known"):
            await writer.insert({"key": "b"}, deadline_seconds=0.3)
        with pytest.raises(Unavailable, match="nothing was done"):
            await writer.insert({"key": "c"}, deadline_seconds=0.3)
        wire.refuse = False
        assert await writer.insert({"key": "d"}) is True


async def test_a_server_that_goes_silent_leaves_the_outcome_unknown_and_the_next_is_served(
    only_postgresql: Database, tmp_path: Path
) -> None:
    async with wired(only_postgresql, tmp_path) as (writer, wire):
        await writer.insert({"key": "a"})
        wire.swallow_answers, wire.cut_when_swallowed = True, False
        with pytest.raises(OutcomeUnknown):
            await writer.insert({"key": "b"}, deadline_seconds=0.2)
        wire.swallow_answers = False
        assert await writer.insert({"key": "c"}) is True
