"""SQLite has no room left, or may only read: it is told as Unavailable, nothing of the step is kept, and it goes on."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.kit.errors import Unavailable
from storage.db import Database
from storage.leases import LeaseRow
from tests.conftest import FakeClock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_LARGE = "x" * 100_000


def _row(name: str, clock: FakeClock) -> LeaseRow:
    return LeaseRow(name=name, holder=_LARGE, token=1, expires_at=clock.now())


async def _pragma(database: Database, words: str) -> int:
    """For the one connection that writes."""
    async with database.connection() as connection:
        found = await connection.exec_driver_sql(f"PRAGMA {words}")
        return int(found.scalar_one()) if found.returns_rows else 0


async def _names(database: Database) -> set[str]:
    async with database.reading() as session:
        return set((await session.execute(select(col(LeaseRow.name)))).scalars())


async def test_no_page_is_left(database: Database, clock: FakeClock) -> None:
    pages = await _pragma(database, "page_count")
    assert await _pragma(database, f"max_page_count = {pages}") == pages
    with pytest.raises(Unavailable, match="database or disk is full"):
        async with database.transaction() as session:
            session.add(_row("lost", clock))
    assert await _names(database) == set()
    await _pragma(database, f"max_page_count = {pages + 1_000}")
    async with database.transaction() as session:
        session.add(_row("kept", clock))
    assert await _names(database) == {"kept"}


async def test_it_may_only_read(database: Database, clock: FakeClock) -> None:
    await _pragma(database, "query_only = ON")
    with pytest.raises(Unavailable, match="readonly"):
        async with database.transaction() as session:
            session.add(_row("lost", clock))
    assert await _names(database) == set()
