"""The migrations make exactly the tables the models describe, once, whoever starts together."""

import asyncio
import importlib
import pkgutil
import re

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

import storage
from storage.db import Database
from storage.migrate import MIGRATIONS, head, migrate, pending


def load_every_model() -> None:
    for module in pkgutil.iter_modules(storage.__path__, "storage."):
        importlib.import_module(module.name)


def differences(connection: Connection) -> list[object]:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, SQLModel.metadata))


async def test_models_and_migrations_agree(database: Database) -> None:
    load_every_model()
    async with database.connection() as connection:
        assert await connection.run_sync(differences) == []


async def test_replicas_that_start_together_migrate_once_and_all_come_up(empty_database_url: str) -> None:
    replicas = [await Database.open(empty_database_url) for _ in range(4)]
    assert all(await asyncio.gather(*(pending(replica) for replica in replicas)))

    await asyncio.gather(*(migrate(replica) for replica in replicas))

    assert not any(await asyncio.gather(*(pending(replica) for replica in replicas)))
    async with replicas[0].connection() as connection:
        found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert found == [head()]
    assert "leases" in tables
    for replica in replicas:
        await replica.close()


async def test_a_release_older_than_the_database_starts_and_leaves_it_alone(database: Database) -> None:
    newer = "9999"
    async with database.connection() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :newer"), {"newer": newer})

    assert await pending(database) is False
    await migrate(database)

    async with database.connection() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == newer


def test_revisions_are_numbered_in_one_line() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    revisions = [revision.revision for revision in script.walk_revisions()][::-1]
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py") if path.name != "__init__.py")

    assert revisions == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [re.match(r"\d{4}(?=_)", name).group() for name in files if re.match(r"\d{4}_", name)] == revisions  # type: ignore[union-attr]
    assert script.get_heads() == [head()]
