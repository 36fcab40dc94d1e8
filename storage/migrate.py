"""Brings the database to the current schema; what the schema is stands in migrations/versions/.

Revisions are numbered 0001, 0002, … without branches (a test checks it), so "is anything to do?" is answered by one SELECT
and a directory listing: importing Alembic, a third of the start-up time, waits until there is.
"""

import asyncio
import random
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.kit.errors import Unavailable
from storage.db import Database

MIGRATIONS: Final = Path(__file__).parent / "migrations"
# Any number will do, as long as nothing else in this database takes the same advisory lock.
_LOCK: Final = 4_207_261_105
# Less than deadlock_timeout (1 s), so that it is the migration which gives way, and than a call may wait for its commit.
_LOCK_TIMEOUT_MS: Final = 500
_PAUSE_SECONDS: Final = 1.0
_MET: Final = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected

log = structlog.get_logger(__name__)


async def migrate(database: Database) -> None:
    """Upgrades to head, in one transaction, under a lock: any number of replicas may start at once, and one that dies half-way
    leaves nothing behind.

    The previous release goes on serving meanwhile. On PostgreSQL a migration that meets somebody at work does not wait for
    long, for all others would wait behind it: it lets go and tries again, until it gets through. Does nothing if there is
    nothing to do, or if a newer release has been here already: its migrations work with ours running.
    """
    while await pending(database):
        try:
            await _migrate(database)
        except Unavailable as error:
            if not _met_somebody(error):
                raise
            log.warning("migration_waits", detail=error.detail)
            await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))


async def _migrate(database: Database) -> None:
    async with database.connection() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}"))
        before = await connection.run_sync(_current)
        if not _behind(before):
            return
        await connection.run_sync(_upgrade)
    log.info("database_migrated", before=before, after=head())


async def pending(database: Database) -> bool:
    """Whether `migrate` has something to do."""
    async with database.reading() as session:
        found = await (await session.connection()).run_sync(_current)
    if found is not None and found > head():
        log.warning("database_is_newer", database=found, release=head())
    return _behind(found)


def head() -> str:
    """The newest revision of this release."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def _behind(current: str | None) -> bool:
    return current is None or current < head()


def _met_somebody(error: Unavailable) -> bool:
    """Whether somebody held what the migration needs, as opposed to the database being away."""
    return isinstance(error.__cause__, DBAPIError) and getattr(error.__cause__.orig, "sqlstate", None) in _MET


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
