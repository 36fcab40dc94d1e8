"""SQLite's disk is full, or may only be read: people hear that nothing was done, and nothing was; with room again all goes on by
itself. A limit on the size of its files makes the disk full for one process only, and for root as well."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.fleet import Fleet
from tests.faults.people import insist
from tests.faults.process import BotProcess
from tests.faults.test_database import all_is_done, becomes_ready, refusals, told_that_nothing_was_done

pytestmark = pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "socket")], indirect=True, ids=["sqlite"])

RESTRICTED = "tests.faults.restricted"


@contextmanager
def full_disk(bot: BotProcess) -> Iterator[None]:
    """Whatever it writes to a file is refused."""
    _, hard = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        if bot.alive:
            resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (hard, hard))


async def test_full_from_a_calls_acceptance_on(fleet: Fleet) -> None:
    """It was accepted, and nothing that comes of it can be written down."""
    bot = await fleet.start()
    held = fleet.world.slack.faults.holds.hold("users.info", "arrived")  # nobody knows ada yet, so it cannot run either
    await insist(fleet.world, "sandbox create before")
    await fleet.reached(held)
    with full_disk(bot):
        held.release()
        await told_that_nothing_was_done(fleet)
        await fleet.world.until(lambda: bot.said("call_waits"), "the call tries again")
    await all_is_done(fleet, "before")
    await becomes_ready(fleet, bot)
    assert await refusals(bot) >= 1
    assert not bot.complaints(), bot.output


async def test_full_while_the_cluster_makes_a_sandbox(fleet: Fleet) -> None:
    """The worker finds things done that it cannot write down: it neither fails nor gives the others up."""
    world = fleet.world
    bot = await fleet.start()
    held = world.cluster.faults.holds.hold("create namespaces", "done")
    await insist(world, "sandbox create before")
    await fleet.reached(held)
    with full_disk(bot):
        held.release()
        await world.until(
            lambda: [line for line in bot.said("sandbox_waits") if line["system"] == "the database"], "the worker waits"
        )
        await told_that_nothing_was_done(fleet)
    await all_is_done(fleet, "before")
    assert not bot.complaints(), bot.output


async def test_full_while_slack_has_a_message_whose_ts_cannot_be_saved(fleet: Fleet) -> None:
    world = fleet.world
    bot = await fleet.start()
    held = world.slack.faults.holds.hold("chat.postMessage", "done")
    await insist(world, "sandbox create before")
    await fleet.reached(held)
    with full_disk(bot):
        held.release()
        await told_that_nothing_was_done(fleet)
    await all_is_done(fleet, "before")
    assert len(fleet.cards("before")) == 1
    assert not bot.complaints(), bot.output


async def test_full_when_it_starts_it_ends_with_one_line_and_starts_when_there_is_room(fleet: Fleet) -> None:
    refused = await fleet.start(RESTRICTED, {"FAULT_FULL": "1"}, wait=False)
    assert await refused.ended() == 1
    assert "Traceback" not in "\n".join(refused.output)
    assert "the database is not available" in refused.output[-1]
    await fleet.start()
    await all_is_done(fleet)


@pytest.mark.parametrize("what", ["the file", "the folder"])
async def test_only_to_be_read_when_it_starts(fleet: Fleet, database_url: str, what: str) -> None:
    path = Path(database_url.partition(":///")[2])
    await fleet.database.close()  # what is open could be written still
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    closed = [file for file in files if file.exists()] if what == "the file" else [path.parent]
    for each in closed:
        each.chmod(0o555)
    refused = await fleet.start(RESTRICTED, {"FAULT_UNPRIVILEGED": "1"}, wait=False)
    assert await refused.ended() == 1
    assert "Traceback" not in "\n".join(refused.output)
    assert "readonly" in refused.output[-1] or "Permission denied" in refused.output[-1]
    for each in [path.parent, *files]:
        if each.exists():
            each.chmod(0o755)
    bot = await fleet.start(RESTRICTED, {"FAULT_UNPRIVILEGED": "1"})
    await insist(fleet.world, "sandbox create afterwards")
    await fleet.world.message("afterwards", "is ready")
    assert not bot.complaints(), bot.output
