"""The database on both dialects: as it should be, behind, ahead, absent, unreachable."""

import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.doctor.examine import Check, examine
from bot.doctor.postgresql import PER_REPLICA, PostgreSQLChecks
from bot.doctor.report import Finding, State
from bot.doctor.sqlite import SQLiteChecks
from storage.db import Database
from storage.migrate import head, migrate


def checks(url: str, replicas: int = 1) -> Sequence[Check]:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SQLiteChecks(Path(parsed.database or ""), replicas).checks()
    return PostgreSQLChecks(url, replicas).checks()


async def findings(url: str, replicas: int = 1) -> Mapping[str, Finding]:
    return {row.check: row.finding for row in (await examine(checks(url, replicas))).rows}


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def set_revision(url: str, revision: str) -> None:
    database = await Database.open(url)
    async with database.connection() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    await database.close()


async def test_a_migrated_database_is_as_it_should_be(database_url: str) -> None:
    found = await findings(database_url)
    assert found["database"].state is State.OK
    assert found["schema"].state is State.OK
    assert head() in found["schema"].found


async def test_a_schema_that_is_behind_is_a_warning_and_stays_as_it_is(database_url: str) -> None:
    await set_revision(database_url, "0000")
    for _time in range(2):
        found = await findings(database_url)
        assert found["schema"].state is State.WARNING
        assert "0000" in found["schema"].found
        assert "platform-bot migrate" in found["schema"].advice


async def test_a_schema_of_a_newer_release_is_a_warning(database_url: str) -> None:
    await set_revision(database_url, "9999")
    found = await findings(database_url)
    assert found["schema"].state is State.WARNING
    assert "newer" in found["schema"].found


async def test_a_database_without_a_schema_is_told_and_gets_none(empty_database_url: str) -> None:
    for _time in range(2):
        found = await findings(empty_database_url)
        assert found["schema"].state in (State.WARNING, State.SKIPPED)
        assert "yet" in found["schema"].found


async def test_it_works_beside_a_writer_in_the_middle_of_a_transaction(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        found = await findings(database.url.render_as_string(hide_password=False))
    assert found["database"].state is State.OK
    assert head() in found["schema"].found  # what is not committed is not seen
    assert found["schema"].state is State.OK


# --- SQLite -----------------------------------------------------------------------------------------------------------


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = await findings(sqlite_url(tmp_path / "new.db"))
    assert found["database"].state is State.WARNING
    assert found["schema"].state is State.SKIPPED
    assert os.listdir(tmp_path) == []


async def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "bot.db")
    await (await Database.open(url)).close()
    assert os.listdir(tmp_path) == ["bot.db"]
    assert (await findings(url))["database"].state is State.OK
    assert os.listdir(tmp_path) == ["bot.db"]


async def test_what_a_killed_bot_left_is_read_and_left_to_its_next_start(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "left").mkdir()
    live = await Database.open(sqlite_url(tmp_path / "live" / "bot.db"))
    await migrate(live)
    names = ["bot.db", "bot.db-shm", "bot.db-wal"]
    for name in names:
        shutil.copyfile(tmp_path / "live" / name, tmp_path / "left" / name)
    await live.close()

    def contents() -> list[bytes]:
        return [(tmp_path / "left" / name).read_bytes() for name in ("bot.db", "bot.db-wal")]

    before = contents()
    found = await findings(sqlite_url(tmp_path / "left" / "bot.db"))
    assert found["schema"].state is State.OK  # it stands in the -wal alone
    assert contents() == before
    assert sorted(os.listdir(tmp_path / "left")) == names


async def test_a_database_without_wal_is_a_warning(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "bot.db")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    found = (await findings(sqlite_url(tmp_path / "bot.db")))["database"]
    assert found.state is State.WARNING
    assert "WAL" in found.found


@pytest.mark.parametrize("content", [b"this is not a database, but it is long enough " * 100])
async def test_a_file_that_is_no_database_is_a_failure(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bot.db"
    with path.open("wb") as file:
        file.write(content)
    found = await findings(sqlite_url(path))
    assert found["database"].state is State.FAILED
    assert found["schema"].state is State.SKIPPED


async def test_a_folder_in_place_of_the_file_or_none_at_all_is_a_failure(tmp_path: Path) -> None:
    assert (await findings(sqlite_url(tmp_path)))["database"].state is State.FAILED
    found = await findings(sqlite_url(tmp_path / "nowhere" / "bot.db"))
    assert found["database"].state is State.FAILED
    assert found["disk space"].state is State.SKIPPED


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:///", "sqlite+aiosqlite:///:memory:"])
async def test_a_url_without_a_file_is_a_failure(url: str) -> None:
    assert (await findings(url))["database"].state is State.FAILED


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everything")
async def test_a_file_that_may_not_be_written_is_a_failure(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "bot.db")
    await (await Database.open(url)).close()
    os.chmod(tmp_path / "bot.db", 0o444)
    assert (await findings(url))["database"].state is State.FAILED


async def test_sqlite_is_for_one_process(tmp_path: Path) -> None:
    assert (await findings(sqlite_url(tmp_path / "bot.db"), replicas=2))["database"].state is State.FAILED


async def test_disk_space_is_told(tmp_path: Path) -> None:
    assert "free" in (await findings(sqlite_url(tmp_path / "bot.db")))["disk space"].found


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


async def test_a_postgresql_that_does_not_answer_is_a_failure() -> None:
    found = await findings("postgresql+psycopg://bot:sesame-open@127.0.0.1:1/bot")
    assert found["database"].state is State.FAILED
    assert "the database is not available" in found["database"].found
    assert found["schema"].state is State.SKIPPED
    assert found["database connections"].state is State.SKIPPED


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_replicas_are_counted_against_the_servers_connections(database_url: str) -> None:
    few, many = await findings(database_url, 1), await findings(database_url, 10_000)
    assert few["database connections"].state is State.OK
    assert many["database connections"].state is State.WARNING
    assert f"10000 × up to {PER_REPLICA}" in many["database connections"].found


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_one_process_may_use_is_what_is_counted(database_url: str) -> None:
    """A pool, as many again under load, and the grouped writer's connection."""
    database = await Database.open(database_url)
    pool = database._writing.pool
    assert pool.size() + pool._max_overflow + 1 == PER_REPLICA  # type: ignore[attr-defined]
    await database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_user_for_whom_everything_is_read_only_is_a_failure(database_url: str) -> None:
    database = await Database.open(database_url)
    async with database.connection() as connection:
        name = make_url(database_url).database
        await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    await database.close()
    found = (await findings(database_url))["database"]
    assert found.state is State.FAILED
    assert "read-only" in found.found
