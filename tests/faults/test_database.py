"""The database is locked, gone, slow or silent for a while: people hear that nothing was done, and nothing was; what had
been accepted is done afterwards, and nobody has to help."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import pytest

from storage.calls import CallState
from tests.faults.fleet import Fleet
from tests.faults.people import PLEASE_TRY_AGAIN, insist
from tests.faults.process import BotProcess
from tests.faults.releases import connected
from tests.faults.wire import Wire, wire_to

sqlite = pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "socket")], indirect=True, ids=["sqlite"])
postgresql = pytest.mark.parametrize(
    ("database_url", "mode"), [("postgresql", "http")], indirect=True, ids=["postgresql"]
)


# Who typed it again because the acknowledgement was lost hears that the name is taken.
ENDS = (CallState.DONE, CallState.REFUSED)


async def told_that_nothing_was_done(fleet: Fleet) -> None:
    """Typed again where the machine stalled for so long that Slack gave up: what was not committed by then never is."""
    for number in range(20):
        outcome = await fleet.world.ada.slash("#platform", "/platform", f"sandbox create never-{number}")
        if PLEASE_TRY_AGAIN in outcome.text:
            return
        # A connection that dies under the statement leaves its outcome open, which is said as well.
        assert outcome.error == "operation_timeout" or "fell silent" in outcome.text, outcome
    raise AssertionError("nobody is told in time")


async def readiness(bot: BotProcess) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{bot.port}/readyz") as answer,
    ):
        return answer.status


async def refusals(bot: BotProcess) -> float:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{bot.port}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    found = [line for line in lines if line.startswith('platform_bot_deliveries_refused_total{reason="unavailable"}')]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


async def becomes_ready(fleet: Fleet, bot: BotProcess) -> None:
    async def ready() -> bool:
        return await readiness(bot) == 200

    await fleet.eventually(ready, "the bot is ready again")


async def all_is_done(fleet: Fleet, *names: str) -> None:
    """What had been accepted before the fault is done, what comes now is too, and nothing else."""
    await insist(fleet.world, "sandbox create afterwards")
    for name in (*names, "afterwards"):
        await fleet.world.message(name, "is ready")
    await fleet.settled(states=ENDS)
    assert {row.name for row in await fleet.sandboxes()} == {*names, "afterwards"}


async def accepted(fleet: Fleet) -> BotProcess:
    """A bot with a call that was accepted and is not done: the cluster is away."""
    bot = await fleet.start()
    fleet.world.cluster.faults.down = "unavailable"
    await insist(fleet.world, "sandbox create before")
    return bot


# --- SQLite -----------------------------------------------------------------------------------------------------------


@sqlite
async def test_the_file_is_locked_by_another_process(fleet: Fleet, database_url: str) -> None:
    bot = await accepted(fleet)
    with connected(database_url) as another:
        another.execute("BEGIN IMMEDIATE")
        await told_that_nothing_was_done(fleet)
        assert await readiness(bot) == 200  # it can be read, and a lock passes
        another.execute("ROLLBACK")
    assert await refusals(bot) >= 1
    fleet.world.cluster.faults.clear()
    await all_is_done(fleet, "before")
    assert bot.alive


@sqlite
async def test_the_file_vanishes_and_comes_back(fleet: Fleet, database_url: str) -> None:
    """What is written into a file that nobody can find any more is lost with the process: it must not be acknowledged."""
    bot = await accepted(fleet)
    path = Path(database_url.partition(":///")[2])
    aside = path.with_name("aside")
    aside.mkdir()
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    for file in files:
        file.rename(aside / file.name)
    await told_that_nothing_was_done(fleet)

    async def unready() -> bool:
        return await readiness(bot) == 503

    await fleet.eventually(unready, "the bot says that it is not ready")
    assert not (
        await asyncio.to_thread(path.exists)
    )  # an empty one in its place would look as if everything had been lost
    for file in files:
        (aside / file.name).rename(file)
    await becomes_ready(fleet, bot)
    fleet.world.cluster.faults.clear()
    await all_is_done(fleet, "before")


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def wire(database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    with TemporaryDirectory(dir="/tmp") as folder:  # a socket's path is short
        async with wire_to(database_url, Path(folder)) as wire:
            yield wire


@pytest.fixture
async def wired(fleet: Fleet, wire: tuple[Wire, str]) -> AsyncIterator[tuple[Fleet, Wire]]:
    """Bots reach their database by a wire; what the test itself looks at, it looks at directly."""
    environment = fleet.world.environment
    directly, environment["DATABASE_URL"] = environment["DATABASE_URL"], wire[1]
    yield fleet, wire[0]
    environment["DATABASE_URL"] = directly  # what looks at it afterwards outlives the wire
    await wire[0].mend()


@postgresql
@pytest.mark.parametrize("how", ["shut down", "silent"])
async def test_the_server_is_gone_for_a_while(wired: tuple[Fleet, Wire], how: str) -> None:
    fleet, wire = wired
    bot = await accepted(fleet)
    if how == "silent":
        wire.silence()
    else:
        await wire.cut()
    await told_that_nothing_was_done(fleet)
    assert await readiness(bot) == 503
    assert await refusals(bot) >= 1
    fleet.world.cluster.faults.clear()
    await wire.mend()
    await becomes_ready(fleet, bot)
    await all_is_done(fleet, "before")
    assert bot.alive


@postgresql
async def test_the_server_is_slow(wired: tuple[Fleet, Wire]) -> None:
    fleet, wire = wired
    await accepted(fleet)
    wire.delay = 1.2
    await told_that_nothing_was_done(fleet)
    wire.delay = 0.05
    fleet.world.cluster.faults.clear()
    await fleet.world.message("before", "is ready")
    wire.delay = 0.0
    await all_is_done(fleet, "before")


@postgresql
async def test_connections_are_cut_again_and_again_in_the_middle(fleet: Fleet, database_url: str) -> None:
    bot = await fleet.start()
    over = asyncio.Event()

    async def cut() -> None:
        with connected(database_url) as connection:
            while not over.is_set():
                await asyncio.to_thread(
                    connection.execute,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                await asyncio.sleep(0.15)

    cutting = asyncio.create_task(cut())
    for number in range(10):  # some are accepted, some are not, and some nobody knows
        await fleet.world.ada.slash("#platform", "/platform", f"sandbox create one-{number}")
    over.set()
    await cutting
    await becomes_ready(fleet, bot)
    await insist(fleet.world, "sandbox list")
    await fleet.settled(states=ENDS)
    assert bot.alive


@postgresql
async def test_the_server_takes_no_writes_any_more_after_a_failover(fleet: Fleet, database_url: str) -> None:
    """The connections outlive the change of roles, and the old primary answers them."""
    bot = await accepted(fleet)
    with connected(database_url) as connection:
        name = connection.execute("SELECT current_database()").fetchone()[0]
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        _disconnect_all(connection)
        await told_that_nothing_was_done(fleet)
        assert await refusals(bot) >= 1
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    # Nobody cuts the connections that only read: who finds one lets go of it.
    fleet.world.cluster.faults.clear()
    await all_is_done(fleet, "before")
    assert not [entry for entry in bot.complaints() if entry["event"] == "call_failed"], bot.output


def _disconnect_all(connection: "object") -> None:
    connection.execute(  # type: ignore[attr-defined]
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
