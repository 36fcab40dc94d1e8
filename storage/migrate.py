"""Brings the database to the current schema; what the schema is stands in migrations/versions/.

Revisions are numbered 0001, 0002, … without branches (a test checks it), so "is anything to do?" is answered by one SELECT
and a directory listing: importing Alembic, a third of the start-up time, waits until there is.
"""

from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from storage.db import Database

MIGRATIONS: Final = Path(__file__).parent / "migrations"
# Any number will do, as long as nothing else in this database takes the same advisory lock.
_LOCK: Final = 4_207_261_105

log = structlog.get_logger(__name__)


async def migrate(database: Database) -> None:
    """Upgrades to head, in one transaction, under a lock: any number of replicas may start at once.

    Does nothing if there is nothing to do, or if a newer release has been here already (its migrations work with ours
    running).
    """
    if not await pending(database):
        return
    async with database.connection() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = await connection.run_sync(_current)
        if not _behind(before):
            return
        await connection.run_sync(_upgrade)
    log.info("database_migrated", before=before, after=head())


async def pending(database: Database) -> bool:
    """Whether `migrate` has something to do."""
    async with database.reading() as session:
        return _behind(await (await session.connection()).run_sync(_current))


def head() -> str:
    """The newest revision of this release."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def _behind(current: str | None) -> bool:
    return current is None or current < head()


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
