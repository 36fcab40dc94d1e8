"""An upgrade: an earlier release's database, with work left undone in every table, under this one's code.

Nothing is lost, what was begun is finished, the earlier release's replicas go on serving, and a migration that dies leaves
nothing behind.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel, col

from storage.calls import CallRow, CallStore
from storage.db import Database
from storage.job_runs import JobRunRow, JobRunStore
from storage.message_claims import MessageClaims
from storage.messages import DirectChannelRow, MessageRow, MessageStore
from storage.migrate import head, migrate
from storage.people import PersonRow, PersonStore
from storage.sandboxes import SandboxRow, SandboxStore
from storage.tokens import TokenRow, TokenStore
from tests.conftest import cloned
from tests.data.releases.capture import Transactions
from tests.faults.migration import at_each_change
from tests.faults.nursery import Nursery
from tests.faults.people import insist
from tests.faults.process import PATIENCE, BotProcess
from tests.faults.releases import (
    Answer,
    Release,
    answer,
    connected,
    dialect_of,
    everything,
    releases,
    replay,
    schema_of,
    tables_of,
)
from tests.storage.test_migrate import load_every_model
from tests.world import World, world_around

# Begun before there were forms, tokens and Homes; `calls` has been altered since.
OLDEST = Release("0003")
_TIME_ON_SQLITE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


@pytest.fixture(params=releases(), ids=lambda release: release.revision)
def release(request: pytest.FixtureRequest) -> Release:
    found: Release = request.param
    return found


@pytest.fixture
def old_url(release: Release, empty_database_url: str) -> str:
    release.restore(empty_database_url)
    return empty_database_url


@pytest.fixture
def oldest_url(empty_database_url: str) -> str:
    OLDEST.restore(empty_database_url)
    return empty_database_url


@pytest.fixture
def second_url(empty_database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Another empty database on the same server."""
    if dialect_of(empty_database_url) == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'second.db'}"
        return
    with cloned(request.getfixturevalue("postgresql_server"), "template1") as url:
        yield url


async def upgrade(url: str) -> None:
    database = await Database.open(url)
    try:
        await migrate(database)
    finally:
        await database.close()


# --- the data -------------------------------------------------------------------------------------------------------


def test_the_release_has_data_in_every_table_and_asks_all_of_them(release: Release, old_url: str) -> None:
    asked = "\n".join(sql for transaction in release.transactions(dialect_of(old_url)) for sql in transaction)
    with connected(old_url) as connection:
        tables = tables_of(connection)
        empty = [table for table, rows in everything(connection, tables).items() if not rows]
    assert empty == []
    assert [table for table in tables if not re.search(rf"\b(INTO|UPDATE|FROM) {table}\b", asked)] == []


async def test_nothing_is_lost(old_url: str) -> None:
    with connected(old_url) as connection:
        tables = tables_of(connection)
        before = everything(connection, tables)
    await upgrade(old_url)
    with connected(old_url) as connection:
        assert everything(connection, tables) == before


async def test_everything_is_readable_through_the_stores(release: Release, old_url: str) -> None:
    with connected(old_url) as connection:
        tables = tables_of(connection)
        there = {table: len(rows) for table, rows in everything(connection, tables).items()}
    await upgrade(old_url)
    load_every_model()
    database = await Database.open(old_url)
    found: dict[str, int] = {}
    async with database.reading() as session:
        for mapper in SQLModel._sa_registry.mappers:
            rows = (await session.execute(select(mapper.class_))).scalars().all()
            found[str(mapper.local_table.description)] = len(rows)
        people = (await session.execute(select(PersonRow))).scalars().all()
        assert [await PersonStore().get(session, person.user_id) for person in people] == list(people)
        calls = (await session.execute(select(CallRow))).scalars().all()
        assert [await CallStore().by_key(session, call.key) for call in calls] == list(calls)
        messages = (await session.execute(select(MessageRow))).scalars().all()
        assert [await MessageStore().find(session, message.key) for message in messages] == list(messages)
        sandboxes = (await session.execute(select(SandboxRow))).scalars().all()
        teams = {sandbox.team for sandbox in sandboxes}
        assert {one.id for one in await SandboxStore().present(session, teams)} < {one.id for one in sandboxes}
        for sandbox in sandboxes:
            assert sandbox in await SandboxStore().named(session, teams, sandbox.name)
        channels = (await session.execute(select(DirectChannelRow))).scalars().all()
        known = await MessageClaims().direct_channels(session, [channel.user_id for channel in channels])
        assert known == {channel.user_id: channel.channel for channel in channels}
        run = (await session.execute(select(JobRunRow).order_by(col(JobRunRow.due_at).desc()))).scalars().first()
        assert run is not None
        assert await JobRunStore().latest(session, run.job) == run.due_at
        tokens = (await session.execute(select(TokenRow).order_by(col(TokenRow.created_at)))).scalars().all()
        assert list(await TokenStore().all(session)) == list(tokens)
    await database.close()
    assert {table: found[table] for table in there} == there


# --- the bot --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def upgraded(old_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world_around(old_url, "socket", tmp_path_factory.mktemp("world")) as world:
        yield world


async def test_what_the_earlier_release_began_is_finished(upgraded: World) -> None:
    await upgraded.start_bot()  # it migrates
    await upgraded.until(
        lambda: any("-stuck-" in name for name in upgraded.sandboxes()), "the sandbox it had promised is made"
    )
    await insist(upgraded, "sandbox create another")
    await upgraded.message("another", "is ready")


async def test_a_release_that_is_older_than_its_database_serves(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As after rolling back: the next release has added to every table what migrations may add."""
    with connected(database_url) as connection:
        for table in tables_of(connection):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN next_one VARCHAR")
            connection.execute(f"ALTER TABLE {table} ADD COLUMN next_two VARCHAR DEFAULT 'x' NOT NULL")
        connection.execute("CREATE TABLE next_things (id VARCHAR PRIMARY KEY)")
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    async with world_around(database_url, "socket", tmp_path_factory.mktemp("world")) as world:
        await world.start_bot()
        await world.ada.open_home()
        await insist(world, "sandbox create checkout")
        await world.message("checkout", "is ready")
        await insist(world, "sandbox delete checkout")
        await world.agree("checkout")
        await world.message("checkout", "is deleted")


# --- the earlier release's replicas ---------------------------------------------------------------------------------


async def test_the_earlier_release_gets_the_same_answers_as_before(
    release: Release, old_url: str, second_url: str
) -> None:
    """All it asks, on connections that were open before and hold prepared statements."""
    asked = _but_for_the_revision(release.transactions(dialect_of(old_url)))
    questions = [sql for transaction in asked for sql in transaction if sql.startswith("SELECT")]
    release.restore(second_url)
    with connected(old_url) as migrated, connected(second_url) as unchanged:
        for sql in questions:
            answer(migrated, sql)
        await upgrade(old_url)
        for got, expected in zip(replay(migrated, asked), replay(unchanged, asked), strict=True):
            assert _without_times(got) == _without_times(expected)


async def test_a_column_that_a_migration_takes_away_is_missed_by_the_earlier_release(
    release: Release, tmp_path: Path
) -> None:
    """Each in its turn, on SQLite, whose databases are files to be copied: else the tests above would notice nothing."""
    file, broken = tmp_path / "upgraded.db", tmp_path / "broken.db"
    url = f"sqlite+aiosqlite:///{file}"
    release.restore(url)
    with connected(url) as connection:
        tables = tables_of(connection)
    await upgrade(url)
    asked = _but_for_the_revision(release.transactions("sqlite"))
    for table, column in [(table, column) for table, columns in tables.items() for column in columns]:
        shutil.copy(file, broken)
        with connected(f"sqlite+aiosqlite:///{broken}") as connection:
            connection.execute(f'ALTER TABLE {table} RENAME COLUMN "{column}" TO taken_away')
            with pytest.raises(AssertionError, match=f"no such column.*{column}|no column named {column}"):
                replay(connection, asked)


def _without_times(given: Answer) -> Answer:
    """Leases and entries of the audit trail are given times of the database's own clock. The order is the database's own choice
    where it is not asked for."""
    touched, rows = given
    return touched, sorted((tuple(None if _is_time(value) else value for value in row) for row in rows), key=repr)


def _is_time(value: object) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and _TIME_ON_SQLITE.fullmatch(value) is not None)


def _but_for_the_revision(transactions: Transactions) -> Transactions:
    return [transaction for transaction in transactions if "alembic_version" not in transaction[0]]


async def test_the_earlier_release_serves_while_the_migration_runs(release: Release, old_url: str) -> None:
    asked = release.transactions(dialect_of(old_url))
    with connected(old_url) as connection:
        await asyncio.gather(asyncio.to_thread(replay, connection, asked), upgrade(old_url))


async def test_a_migration_that_has_to_wait_makes_nobody_else_wait(postgresql_server: str) -> None:
    """Somebody reads from a table for hours (a dump); whoever changes it queues behind him, and everybody behind that one."""
    with cloned(postgresql_server, "template1") as url:
        OLDEST.restore(url)
        with connected(url) as reader, connected(url) as replica:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM calls")
            upgrading = asyncio.create_task(upgrade(url))
            await asyncio.to_thread(_until_somebody_waits, url)
            replica.execute("SET statement_timeout = '50s'")
            await asyncio.to_thread(replay, replica, OLDEST.transactions("postgresql"))
            assert not upgrading.done()
            reader.execute("COMMIT")
            await upgrading


def _until_somebody_waits(url: str) -> None:
    with connected(url) as connection:
        for _ in range(3_000):
            if connection.execute("SELECT pg_sleep(0.02) FROM pg_locks WHERE NOT granted").fetchall():
                return
            connection.execute("SELECT pg_sleep(0.02)")
    raise AssertionError("nobody waits for a lock")


# --- migrations that die, and that meet -----------------------------------------------------------------------------


async def test_an_upgraded_schema_is_the_same_as_a_new_one(old_url: str, second_url: str) -> None:
    """Else a migration was changed after it had been released."""
    await upgrade(old_url)
    await upgrade(second_url)
    with connected(old_url) as upgraded, connected(second_url) as fresh:
        assert schema_of(upgraded) == schema_of(fresh)


async def _changes(url: str) -> int:
    """How many statements change something on the way to this release."""
    changes = 0

    def count() -> None:
        nonlocal changes
        changes += 1

    with at_each_change(count):
        await upgrade(url)
    return changes


@pytest.mark.parametrize("place", ["first", "middle", "last"])
async def test_a_migration_that_is_killed_leaves_nothing_half_done(
    oldest_url: str, second_url: str, place: str, nursery: Nursery
) -> None:
    OLDEST.restore(second_url)
    changes = await _changes(second_url)
    after = {"first": 1, "middle": changes // 2, "last": changes}[place]
    with connected(oldest_url) as connection:
        schema, tables = schema_of(connection), tables_of(connection)
        before = everything(connection, tables)
    environment = {"DATABASE_URL": oldest_url, "DIE_AFTER": str(after)}
    dying = await BotProcess.launch(nursery, environment, "tests.faults.migration")
    assert await dying.ended() == -9, dying.output
    with connected(oldest_url) as connection:
        assert schema_of(connection) == schema
        assert everything(connection, tables) == before
    await upgrade(oldest_url)
    with connected(oldest_url) as connection, connected(second_url) as undisturbed:
        assert schema_of(connection) == schema_of(undisturbed)
        assert everything(connection, tables) == before


async def test_two_that_start_at_once_migrate_once(oldest_url: str, nursery: Nursery) -> None:
    """Doing it twice fails: what is to be made is there."""
    with connected(oldest_url) as connection:
        tables = tables_of(connection)
        before = everything(connection, tables)
    both = [await BotProcess.launch(nursery, {"DATABASE_URL": oldest_url}, "tests.faults.migration") for _ in range(2)]
    assert [await one.ended() for one in both] == [0, 0], [one.output for one in both]
    with connected(oldest_url) as connection:
        assert everything(connection, tables) == before


async def test_a_replica_that_waits_for_another_one_takes_over_when_that_dies_in_the_middle(
    postgresql_server: str, nursery: Nursery
) -> None:
    with cloned(postgresql_server, "template1") as url:
        OLDEST.restore(url)
        with connected(url) as connection:
            tables = tables_of(connection)
            before = everything(connection, tables)
        environment = {"DATABASE_URL": url, "STAND_STILL_AFTER": "5"}
        first = await BotProcess.launch(nursery, environment, "tests.faults.migration")
        async with asyncio.timeout(PATIENCE):
            while "stands still" not in first.output:
                assert first.alive, first.output
                await asyncio.sleep(0.02)
        second = asyncio.create_task(upgrade(url))
        await asyncio.to_thread(_until_somebody_waits, url)
        assert not second.done()
        await first.kill()
        await second
        with connected(url) as connection:
            assert everything(connection, tables) == before
            [revision] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert revision == head()
