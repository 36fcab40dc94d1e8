"""Earlier releases, as tests/data/releases/capture.py wrote them down: their databases, and what they go on asking."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.data.releases.capture import Transactions, read_back

FOLDER = Path(__file__).parent.parent / "data" / "releases"
Answer = tuple[int, Sequence[tuple[Any, ...]]]
"""How many rows a statement touched, and which it gave back."""


class Connection(Protocol):
    def execute(self, sql: Any, /) -> Any: ...


@dataclass(frozen=True)
class Release:
    """`revision` is its newest migration."""

    revision: str

    def dump(self, dialect: str) -> str:
        return (FOLDER / self.revision / f"{dialect}.sql").read_text(encoding="utf-8")

    def transactions(self, dialect: str) -> Transactions:
        """What it asked of its database, from when `dump` was made until it ended."""
        return read_back((FOLDER / self.revision / f"{dialect}.json").read_text(encoding="utf-8"))

    def restore(self, url: str) -> None:
        """Into an empty database."""
        with connected(url) as connection:
            if isinstance(connection, sqlite3.Connection):
                connection.execute("PRAGMA journal_mode = WAL")  # which a dump does not tell
                connection.executescript(self.dump("sqlite"))
            else:
                connection.execute(self.dump("postgresql"))


def releases() -> list[Release]:
    """Oldest first."""
    return [Release(folder.name) for folder in sorted(FOLDER.glob("[0-9][0-9][0-9][0-9]"))]


def dialect_of(url: str) -> str:
    return url.partition("+")[0]


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A plain connection, each statement a transaction of its own, patient with whoever else writes."""
    if dialect_of(url) == "sqlite":
        connection = sqlite3.connect(
            url.partition(":///")[2], isolation_level=None, timeout=60, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = ON")
        try:
            yield connection
        finally:
            connection.close()
    else:
        with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as client:
            yield client


def answer(connection: Connection, sql: str) -> Answer:
    found = connection.execute(sql.encode() if isinstance(connection, psycopg.Connection) else sql)
    rows = found.fetchall() if found.description else []
    return len(rows) if rows else found.rowcount, rows


def replay(connection: Connection, transactions: Transactions) -> list[Answer]:
    """As the release did, one transaction after the other. Raises what the database does."""
    begin = "BEGIN IMMEDIATE" if isinstance(connection, sqlite3.Connection) else "BEGIN"
    answers = []
    for transaction in transactions:
        connection.execute(begin)
        for sql in transaction:
            try:
                answers.append(answer(connection, sql))
            except (sqlite3.Error, psycopg.Error) as error:
                raise AssertionError(f"the earlier release fails with {error!r} at\n{sql}") from error
        connection.execute("COMMIT")
    return answers


def everything(connection: Connection, tables: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The rows of those columns, each as text, in an order that only they decide."""
    found = {}
    for table, columns in tables.items():
        names = ", ".join(f'"{column}"' for column in columns)
        rows = connection.execute(f"SELECT {names} FROM {table}").fetchall()
        found[table] = sorted(json.dumps(row, default=str) for row in rows)
    return found


def tables_of(connection: Connection) -> dict[str, list[str]]:
    """Column names by table, without Alembic's own."""
    if isinstance(connection, sqlite3.Connection):
        asked = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    else:
        asked = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(asked).fetchall():
        found.setdefault(table, []).append(column)
    found.pop("alembic_version")
    return found


def schema_of(connection: Connection) -> list[str]:
    """Tables, columns, constraints and indexes, as the database tells them; the revision too."""
    if isinstance(connection, sqlite3.Connection):
        asked = ["SELECT type, name, sql FROM sqlite_master"]
    else:
        asked = [
            "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
            "WHERE table_schema = 'public'",
            "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace",
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        ]
    asked.append("SELECT version_num FROM alembic_version")
    return sorted(repr(row) for each in asked for row in connection.execute(each).fetchall())
