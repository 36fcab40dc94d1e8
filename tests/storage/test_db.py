"""What a transaction, a wake-up call, a backup and the single-process lock promise, on both databases."""

import asyncio
import os
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, MetaData, String, Table, insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError, StatementError

from bot.kit.errors import Unavailable, UserError
from storage.db import Database, exclusive
from storage.types import JSONText, UTCDateTime

METADATA = MetaData()
COUNTERS = Table(
    "test_counters",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("changed_at", UTCDateTime),
    Column("extra", JSONText),
)


@pytest.fixture
async def counted(database: Database) -> Database:
    async with database.connection() as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.execute(insert(COUNTERS).values(name="a", value=0))
    return database


async def value(database: Database) -> int:
    async with database.reading() as session:
        return int((await session.execute(select(COUNTERS.c.value))).scalar_one())


async def test_no_update_is_lost_between_concurrent_read_then_write_transactions(counted: Database) -> None:
    async def increment() -> None:
        async with counted.transaction() as session:
            seen = (await session.execute(select(COUNTERS.c.value).with_for_update())).scalar_one()
            await session.execute(update(COUNTERS).values(value=seen + 1))

    await asyncio.gather(*(increment() for _ in range(40)))

    assert await value(counted) == 40


async def test_a_block_that_raises_changes_nothing_and_wakes_nobody(counted: Database) -> None:
    async def fail() -> None:
        async with counted.transaction() as session:
            await session.execute(update(COUNTERS).values(value=7))
            counted.signal(session, "counter")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await value(counted) == 0
    assert counted.count("counter") == 0


async def test_a_savepoint_does_not_escape_the_outer_rollback(counted: Database) -> None:
    async def fail() -> None:
        async with counted.transaction() as session:
            async with session.begin_nested():
                await session.execute(update(COUNTERS).values(value=7))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await value(counted) == 0


async def test_a_cancelled_transaction_leaves_the_way_free_for_the_next(counted: Database) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with counted.transaction() as session:
            await session.execute(update(COUNTERS).values(value=7))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with asyncio.timeout(5), counted.transaction() as session:
        await session.execute(update(COUNTERS).values(value=COUNTERS.c.value + 1))
    assert await value(counted) == 1


async def test_a_transaction_cancelled_at_any_moment_is_whole_or_nothing_and_locks_nobody_out(
    counted: Database,
) -> None:
    async def increment() -> None:
        async with counted.transaction() as session:
            await session.execute(update(COUNTERS).values(value=COUNTERS.c.value + 1))
            (await session.execute(select(COUNTERS.c.value))).all()

    done = 0
    for moment in range(60):
        task = asyncio.create_task(increment())
        await asyncio.wait({task}, timeout=moment / 10_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(2):
            before = await value(counted)
            assert before in (done, done + 1)
            await increment()
        done = before + 1
    assert await value(counted) == done


async def test_readers_do_not_wait_for_an_open_writer_and_see_nothing_of_it(counted: Database) -> None:
    async with counted.transaction() as session:
        await session.execute(update(COUNTERS).values(value=7))
        async with asyncio.timeout(5):
            assert await value(counted) == 0
    assert await value(counted) == 7


async def test_a_reader_that_would_change_something_is_refused(counted: Database) -> None:
    async def change() -> None:
        async with counted.reading() as session:
            await session.execute(update(COUNTERS).values(value=9))

    with pytest.raises(DBAPIError, match=r"read-?only"):
        await change()
    assert await value(counted) == 0
    async with counted.transaction() as session:  # the next on the same connection may
        await session.execute(update(COUNTERS).values(value=10))
    assert await value(counted) == 10


async def test_a_reader_sees_one_moment_however_long_it_reads(counted: Database) -> None:
    async with counted.reading() as session:
        first = (await session.execute(select(COUNTERS.c.value))).scalar_one()
        async with counted.transaction() as writing:
            await writing.execute(update(COUNTERS).values(value=7))
        assert (await session.execute(select(COUNTERS.c.value))).scalar_one() == first
    assert await value(counted) == 7


async def test_times_come_back_aware_and_in_utc_with_their_microseconds(counted: Database) -> None:
    elsewhere = datetime(2026, 3, 1, 23, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    async with counted.transaction() as session:
        await session.execute(update(COUNTERS).values(changed_at=elsewhere))
    async with counted.reading() as session:
        found = (await session.execute(select(COUNTERS.c.changed_at))).scalar_one()
        later = (
            await session.execute(
                select(COUNTERS.c.name).where(COUNTERS.c.changed_at > elsewhere - timedelta(seconds=1))
            )
        ).all()
    assert found == elsewhere
    assert found.tzinfo is UTC
    assert len(later) == 1


async def test_a_naive_time_is_refused(counted: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        async with counted.transaction() as session:
            await session.execute(update(COUNTERS).values(changed_at=datetime(2026, 3, 1)))  # noqa: DTZ001


async def test_json_comes_back_as_it_went_in_even_with_a_nul_character(counted: Database) -> None:
    extra = {"text": "a\x00b ü", "list": [1, None, True]}
    async with counted.transaction() as session:
        await session.execute(update(COUNTERS).values(extra=extra))
    async with counted.reading() as session:
        assert (await session.execute(select(COUNTERS.c.extra))).scalar_one() == extra


async def test_a_commit_wakes_everybody_who_waits_for_the_topic_and_nobody_else(counted: Database) -> None:
    waiting = [asyncio.create_task(counted.wait("outbox", timeout=5)) for _ in range(3)]
    other = asyncio.create_task(counted.wait("jobs", timeout=0.01))
    await asyncio.sleep(0)
    async with counted.transaction() as session:
        counted.signal(session, "outbox")
        counted.signal(session, "outbox")

    assert await asyncio.gather(*waiting) == [True, True, True]
    assert await other is False
    assert counted.count("outbox") == 1


async def test_a_signal_between_looking_and_waiting_is_not_missed(counted: Database) -> None:
    seen = counted.count("outbox")
    async with counted.transaction() as session:
        counted.signal(session, "outbox")
    assert await counted.wait("outbox", timeout=5, since=seen) is True


async def test_a_mistake_in_a_query_is_a_bug_and_not_an_outage(database: Database) -> None:
    with pytest.raises((ProgrammingError, OperationalError)):
        async with database.transaction() as session:
            await session.execute(text("SELECT nothing FROM nowhere"))


async def test_ping_answers_when_the_database_does(database: Database) -> None:
    await database.ping()


async def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for url in (
        f"sqlite+aiosqlite:///{tmp_path}/missing/bot.db",
        f"postgresql+psycopg://nobody@/bot?host={tmp_path}",
    ):
        with pytest.raises(Unavailable, match="the database is not available"):
            await Database.open(url)


@pytest.mark.parametrize("url", ["mysql://x", "sqlite+aiosqlite://", "sqlite:///x.db", "nonsense"])
async def test_a_database_of_another_kind_is_refused_with_what_would_be_right(url: str) -> None:
    with pytest.raises(UserError, match="DATABASE_URL"):
        await Database.open(url)


async def test_a_busy_sqlite_file_is_unavailable_and_not_a_bug(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", busy_seconds=0.05)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            async with database.transaction() as session:
                await session.execute(text("SELECT 1"))
    finally:
        other.close()
        await database.close()


async def test_a_backup_is_complete_while_a_writer_is_at_work(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with database.connection() as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.execute(insert(COUNTERS).values(name="a", value=1))
    async with database.transaction() as session:
        await session.execute(update(COUNTERS).values(value=2))
        await database.backup(tmp_path / "copy.db")
    await database.close()

    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT name, value FROM test_counters").fetchall() == [("a", 1)]
    copy.close()
    assert sorted(os.listdir(tmp_path)) == ["a.db", "copy.db"]


async def test_a_backup_never_overwrites_the_database_itself(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(UserError, match="the database itself"):
        await database.backup(tmp_path / "." / "a.db")
    with pytest.raises(UserError, match="could not be written"):
        await database.backup(tmp_path / "missing" / "copy.db")
    await database.close()


def test_a_second_process_is_told_which_file_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with exclusive(path), pytest.raises(UserError, match=r"a\.db\.lock"), exclusive(path):
        pass
    with exclusive(path):
        pass
