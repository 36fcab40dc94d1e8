"""The database: engines, transactions and the wake-up calls that follow a commit; holds no table and no query.

What is kept true here: a transaction is one writer's alone on SQLite, a driver that is down is told as `Unavailable`, and
nobody is woken for what was rolled back.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final, Literal

from sqlalchemy import event, exc, text
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from bot.kit.errors import Unavailable, UserError
from storage.gate import Gate

SYSTEM: Final = "the database"
CONNECT_TIMEOUT_SECONDS: Final = 5
PING_TIMEOUT_SECONDS: Final = 2.0
SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)
PASSING_SQLITE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PROTOCOL,
    }
)

Observe = Callable[[str, float], None]
"""Is told how many seconds a step took: `gate` (waiting for SQLite's one writer), `commit`, `journal` (a commit of the grouped
writer)."""


READ_ONLY: Final = "25006"  # SQLSTATE read_only_sql_transaction


class Database:
    """One database, opened once by the wiring and closed at the end.

    SQLite: one writing connection whose every transaction is BEGIN IMMEDIATE, a few reading ones beside it.
    PostgreSQL: one pool for both.
    """

    def __init__(self, url: URL, writing: AsyncEngine, reading: AsyncEngine) -> None:
        """Use `open`."""
        self.url: Final = url
        self.dialect: Final[Literal["sqlite", "postgresql"]] = (
            "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
        )
        self.gate: Final = Gate()
        self.observe: Observe = _unobserved
        self._writing = writing
        self._reading = reading
        self._counts: dict[str, int] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    @classmethod
    async def open(
        cls, url: str, *, pool_size: int = 10, busy_seconds: float = 5.0, observe: Observe | None = None
    ) -> "Database":
        """Opens `sqlite+aiosqlite:///path` or `postgresql+psycopg://…`; makes no table.

        `pool_size`: connections per process on PostgreSQL, as many again under load. `busy_seconds`: how long a
        transaction on SQLite waits for a writer of another process (a command line beside the bot). Raises UserError
        for a URL that is neither, Unavailable if the database does not answer.
        """
        parsed = _checked(url)
        if parsed.get_backend_name() == "sqlite":
            await asyncio.to_thread(_try, Path(parsed.database or ""))
            connect = {"factory": _RollingBack}
            writing = create_async_engine(parsed, pool_size=1, max_overflow=0, pool_timeout=30, connect_args=connect)
            reading = create_async_engine(parsed, pool_size=4, max_overflow=4, pool_timeout=30, connect_args=connect)
            _prepare_sqlite(writing, begin="BEGIN IMMEDIATE", busy_seconds=busy_seconds)
            _prepare_sqlite(reading, begin="BEGIN", busy_seconds=busy_seconds, query_only=True)
            for engine in (writing, reading):
                _hold_on_to_the_file(engine, Path(parsed.database or ""))
        else:
            writing = create_async_engine(
                parsed,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_timeout=5,
                pool_pre_ping=True,
                connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "tcp_user_timeout": 10_000},
            )
            _let_go_of_a_former_primary(writing)
            reading = writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        database = cls(parsed, writing, reading)
        database.observe = observe or _unobserved
        try:
            # The first connection switches the file to WAL, which needs the writer's.
            async with database.connection():
                pass
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def path(self) -> Path | None:
        """The file on SQLite, None on PostgreSQL."""
        return Path(self.url.database or "") if self.dialect == "sqlite" else None

    async def close(self) -> None:
        await self._writing.dispose()
        if self.dialect == "sqlite":
            await self._reading.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One step's changes: committed when the block ends, rolled back when it raises. No network call inside.

        Raises Unavailable when the database cannot be reached or stays busy; then nothing was done, unless the connection
        broke during the commit itself.
        """
        async with AsyncExitStack() as stack:
            if self.dialect == "sqlite":
                asked = monotonic()
                await stack.enter_async_context(self.gate.passing())
                self.observe("gate", monotonic() - asked)
            with _translated():
                session = AsyncSession(self._writing, expire_on_commit=False)
                try:
                    yield session
                    await _whole(self._commit(session))
                finally:
                    await _whole(session.close())

    async def _commit(self, session: AsyncSession) -> None:
        began = monotonic()
        await session.commit()
        self.observe("commit", monotonic() - began)
        self._announce(session.info.pop("topics", ()))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One consistent view for questions; what would change something in it is refused."""
        with _translated(reading=True):
            async with AsyncSession(self._reading, expire_on_commit=False, autoflush=False) as session:
                yield session

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A Core connection in one transaction, for migrations; the same rules as `transaction`."""
        async with AsyncExitStack() as stack:
            if self.dialect == "sqlite":
                await stack.enter_async_context(self.gate.passing())
            with _translated():
                async with self._writing.begin() as connection:
                    yield connection

    async def ping(self) -> None:
        """Raises Unavailable if the database does not answer within 2 s."""
        await self._asked("SELECT 1")

    async def time(self) -> datetime:
        """What PostgreSQL's own clock says. Raises Unavailable if it does not answer within 2 s."""
        told: datetime = await self._asked("SELECT clock_timestamp()")
        return told.astimezone(UTC)

    async def _asked(self, question: str) -> Any:
        try:
            async with asyncio.timeout(PING_TIMEOUT_SECONDS), self.reading() as session:
                return (await session.execute(text(question))).scalar_one()
        except TimeoutError as error:
            raise Unavailable(SYSTEM, f"no answer within {PING_TIMEOUT_SECONDS:g} s") from error

    # --- topics -----------------------------------------------------------------------------------------------------

    def signal(self, session: AsyncSession, topic: str) -> None:
        """The same as the function `signal`, for those who hold the Database."""
        signal(session, topic)

    def wake(self, topic: str) -> None:
        """Wakes everybody in this process who waits for `topic`, for a reason that is not in the database."""
        self._announce((topic,))

    def count(self, topic: str) -> int:
        """How often `topic` was signalled; for `wait(since=…)`."""
        return self._counts.get(topic, 0)

    async def wait(self, topic: str, *, timeout: float, since: int | None = None) -> bool:
        """Waits until `topic` is signalled, at most `timeout` seconds; returns whether it was.

        With `since` (taken from `count` before looking for work) a signal that came between looking and waiting is not
        missed.
        """
        if since is not None and self.count(topic) != since:
            return True
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(topic, set())
        waiting.add(woken)
        try:
            async with asyncio.timeout(timeout):
                await woken
        except TimeoutError:
            return False
        finally:
            waiting.discard(woken)
        return True

    def _announce(self, topics: "set[str] | tuple[str, ...]") -> None:
        for topic in topics:
            self._counts[topic] = self._counts.get(topic, 0) + 1
            for woken in self._waiting.pop(topic, ()):
                if not woken.done():
                    woken.set_result(None)

    # --- the file ---------------------------------------------------------------------------------------------------

    async def backup(self, path: Path) -> None:
        """Writes a consistent copy of an SQLite database to `path`, while others read and write; replaces `path` at the end.

        Raises UserError on PostgreSQL, and when `path` is the database itself.
        """
        source = self.path
        if source is None:
            raise UserError("This database is on PostgreSQL: back it up with pg_dump.")
        try:
            await asyncio.to_thread(_copy, source, path)
        except (sqlite3.Error, OSError) as error:
            raise UserError(f"The copy could not be written to {path}: {error}.") from error


def _unobserved(_step: str, _seconds: float) -> None:
    """Nobody looks."""


def signal(session: AsyncSession, topic: str) -> None:
    """Once this transaction is committed, wakes everybody in this process who waits for `topic`.

    Other replicas are not told; they look again after their own timeout.
    """
    session.info.setdefault("topics", set()).add(topic)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds SQLite's single-process lock for the database file `path`: only `run` and `demo` do.

    The lock is `path` with `.lock` added, held by the kernel: it is gone when the process is, however that ends. Raises
    UserError naming the file when another process holds it.
    """
    lock_path = path.with_name(path.name + ".lock")
    try:
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UserError(f"The lock file {lock_path} cannot be opened: {error.strerror}.") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(lock, 32).decode(errors="replace").strip() or "unknown"
            raise UserError(
                f"Another platform-bot (process {holder}) is running on {path}: it holds {lock_path}. "
                "Stop it first, or use PostgreSQL to run several."
            ) from error
        with suppress(OSError):  # the disk is full: the lock holds all the same, the number is for whoever reads
            os.ftruncate(lock, 0)
            os.write(lock, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(lock)


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise UserError("DATABASE_URL is not a database URL.") from error
    if parsed.drivername == "sqlite+aiosqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise UserError("DATABASE_URL names no file: write sqlite+aiosqlite:///platform-bot.db.")
        return parsed
    if parsed.drivername == "postgresql+psycopg":
        return parsed
    raise UserError(
        f"DATABASE_URL starts with {parsed.drivername}://, which is not supported: "
        "use sqlite+aiosqlite:///platform-bot.db or postgresql+psycopg://user@host/name."
    )


def _prepare_sqlite(engine: AsyncEngine, *, begin: str, busy_seconds: float, query_only: bool = False) -> None:
    """The driver's own implicit BEGIN is switched off and ours emitted: with the driver's, two read-then-write transactions
    both succeed and one update is lost."""

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        if query_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands there; None: none does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def gone(path: Path) -> sqlite3.OperationalError:
    """For a file that is not there any more, as SQLite would put it if it looked."""
    error = sqlite3.OperationalError(f"{path} is gone")
    error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    return error


def _hold_on_to_the_file(engine: AsyncEngine, path: Path) -> None:
    """What is written into a file that was moved away or deleted is lost with the process, and SQLite does not look: whoever is
    given a connection gets one to the file that stands there now, and none is made anew, empty."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(_dialect: Any, record: Any, _args: Any, _parameters: Any) -> None:
        record.info["file"] = found = identity(path)
        if found is None:
            raise gone(path)

    @event.listens_for(engine.sync_engine, "checkout")
    def look(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != identity(path):
            raise exc.DisconnectionError


def _let_go_of_a_former_primary(engine: AsyncEngine) -> None:
    """Connections may outlive a failover; the server then refuses every write. The next connection finds the new primary."""

    @event.listens_for(engine.sync_engine, "handle_error")
    def look(context: ExceptionContext) -> None:
        reads = context.connection is not None and context.connection.get_execution_options().get("postgresql_readonly")
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY and not reads:
            context.is_disconnect = True


class _RollingBack(sqlite3.Connection):
    """Ends its transaction before it closes.

    sqlite3 closes a connection only when the last cursor is gone, and a cancelled task's traceback holds cursors: without this
    a transaction that was cancelled keeps the write lock until the garbage is collected.
    """

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Finishes `work` even if the caller is cancelled meanwhile, and is cancelled then: half a commit leaves a connection that
    nobody can use."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and (task.cancelled() or task.exception() is None):
        raise cancelled
    task.result()


@contextmanager
def _translated(*, reading: bool = False) -> Iterator[None]:
    try:
        yield
    except exc.TimeoutError as error:
        raise Unavailable(SYSTEM, "every connection is in use") from error
    except exc.DBAPIError as error:
        if is_passing(error) and not (
            reading and getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY
        ):
            raise Unavailable(SYSTEM, _first_line(error.orig)) from error
        raise


def is_passing(error: exc.DBAPIError) -> bool:
    """Whether the database is down, full or busy, as opposed to having refused what we asked of it."""
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in PASSING_SQLITE
    return error.connection_invalidated or isinstance(error, exc.OperationalError | exc.InterfaceError)


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().split("\n", 1)[0] or "it does not answer"


def _try(path: Path) -> None:
    """Opens the file once by hand: aiosqlite leaves a thread and a future behind when its connecting fails."""
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise Unavailable(SYSTEM, f"{path}: {error}") from error


def _copy(source: Path, target: Path) -> None:
    if target.resolve() == source.resolve():
        raise UserError(f"{target} is the database itself: name another file for the copy.")
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    # mode=ro: a mistyped path must not become a new empty database
    reading = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    try:
        writing = sqlite3.connect(partial)
        try:
            reading.backup(writing)
        finally:
            writing.close()
    finally:
        reading.close()
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(target)
