"""An SQLite database: the file, its schema, the disk. Reads without making, changing or locking anything."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bot.doctor.examine import Check
from bot.doctor.report import Finding, failed, ok, skipped, warning
from bot.doctor.schema import NEWEST_KEY, URL_VARIABLE, schema_finding

_BUSY_SECONDS = 2.0
_MEBIBYTE = 1024 * 1024
FREE_FAILED = 64 * _MEBIBYTE
FREE_WARNED = 1024 * _MEBIBYTE


@dataclass(frozen=True)
class SQLiteChecks:
    """`path` is the database's file; `replicas`, how many processes are meant to run on it."""

    path: Path
    replicas: int

    def checks(self) -> list[Check]:
        reads = (URL_VARIABLE,)
        return [
            Check("database", _in_thread(self._file), reads=reads),
            Check("schema", _in_thread(self._schema), reads=reads, after="database"),
            Check("disk space", _in_thread(self._disk), reads=reads),
        ]

    async def newest_audit_key(self) -> str | None:
        """The id of the key that the newest entry of the audit trail was written with; None: there is none yet."""
        found = await asyncio.to_thread(self._newest_audit_key)
        return None if found is None else str(found)

    def _newest_audit_key(self) -> object:
        if not self.path.is_file() or not _ask(self.path, "SELECT count(*) FROM sqlite_master WHERE name = 'audit'"):
            return None
        return _ask(self.path, NEWEST_KEY)

    def _file(self) -> Finding:
        path, folder = self.path, self.path.absolute().parent
        if self.replicas > 1:
            return failed(f"SQLite is for one process, not {self.replicas}", "use PostgreSQL to run several")
        if path.name in ("", ":memory:"):
            return failed(f"{URL_VARIABLE} names no file", "write sqlite+aiosqlite:///platform-bot.db")
        if not folder.is_dir():
            return failed(f"there is no folder {folder}", f"make it, or correct {URL_VARIABLE}")
        # Beside the file SQLite keeps two more (-wal, -shm), so the folder counts too.
        if not os.access(folder, os.W_OK | os.X_OK):
            return failed(f"the folder {folder} is not writable", "give it to the bot's user")
        if not path.exists():
            return warning(f"{path} is not there yet", "nothing, if the bot is new here: its first start makes it")
        if not path.is_file():
            return failed(f"{path} is no file", f"correct {URL_VARIABLE}")
        if not os.access(path, os.R_OK | os.W_OK):
            return failed(f"{path} is not writable", "give it to the bot's user")
        try:
            journal = _ask(path, "PRAGMA journal_mode")
            _ask(path, "SELECT count(*) FROM sqlite_master")
        except sqlite3.DatabaseError as error:
            return failed(f"{path}: {error}", "put a backup in its place, or correct the path")
        if journal != "wal":
            return warning(f"{path} is not in WAL mode", "nothing: the bot's next start switches it on")
        return ok(f"SQLite {sqlite3.sqlite_version}, {path}, writable, WAL")

    def _schema(self) -> Finding:
        if not self.path.exists():
            return skipped("there is no database yet")
        if not _ask(self.path, "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"):
            return schema_finding(None)
        revision = _ask(self.path, "SELECT version_num FROM alembic_version")
        return schema_finding(str(revision) if revision else None)

    def _disk(self) -> Finding:
        folder = self.path.absolute().parent
        if not folder.is_dir():
            return skipped(f"there is no folder {folder}")
        free = shutil.disk_usage(folder).free
        size = self.path.stat().st_size if self.path.exists() else 0
        found = f"{_size(free)} free, the database has {_size(size)}"
        if free < FREE_FAILED:
            return failed(found, f"make room in {folder}: SQLite soon cannot write")
        if free < max(FREE_WARNED, size):
            return warning(found, f"make room in {folder}: a backup needs as much as the database")
        return ok(found)


def _in_thread(ask: Callable[[], Finding]) -> Callable[[], Awaitable[Finding]]:
    async def asked() -> Finding:
        return await asyncio.to_thread(ask)

    return asked


def _ask(path: Path, sql: str) -> object:
    """One value."""
    # Even a reader makes -wal and -shm where there are none, and leaves them there. Where there are none, nobody writes, and
    # the file is whole by itself: it may be read as if it never changed.
    quiet = not path.with_name(path.name + "-wal").exists()
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if quiet else ''}"
    if quiet and sql == "PRAGMA journal_mode":
        return _journal_mode(path)
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)
    try:
        found = connection.execute(sql).fetchone()
        return found[0] if found else None
    finally:
        connection.close()


def _journal_mode(path: Path) -> str:
    """By the file's header, for an immutable database never says WAL (sqlite.org/fileformat.html, bytes 18 and 19)."""
    with path.open("rb") as file:
        return "wal" if file.read(20)[18:20] == b"\x02\x02" else "delete"


def _size(number: int) -> str:
    if number >= 1024 * _MEBIBYTE:
        return f"{number / (1024 * _MEBIBYTE):.1f} GiB"
    return f"{number / _MEBIBYTE:.1f} MiB"
