"""kill -9 at named points of a call's way: whoever goes on loses nothing, doubles nothing, leaves nothing half-done."""

import asyncio
import signal

import pytest

from playground.holding import Point
from playground.slack import Message
from tests.faults.fleet import Fleet

CREATE = ("#platform", "/platform", "sandbox create checkout")

# Each database with one of the two modes: how a delivery came is forgotten once it was taken.
either = pytest.mark.parametrize(
    ("database_url", "mode"),
    [("sqlite", "socket"), ("postgresql", "http")],
    indirect=True,
    ids=["sqlite", "postgresql"],
)

on_sqlite = pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "http")], indirect=True, ids=["sqlite"])
at_either_point = pytest.mark.parametrize(
    ("database_url", "mode", "point"),
    [("sqlite", "socket", "arrived"), ("sqlite", "http", "done"), ("postgresql", "http", "done")],
    indirect=["database_url", "mode"],
    ids=["sqlite-arrived", "sqlite-done", "postgresql-done"],
)


def _delete_button(card: Message) -> str:
    elements = [element for block in card.blocks for element in block.get("elements", [])]
    [found] = [str(each["action_id"]) for each in elements if each.get("text", {}).get("text") == "Delete"]
    return found


@either
async def test_recorded_but_not_acknowledged_the_delivery_comes_again_and_runs_once(fleet: Fleet) -> None:
    world = fleet.world
    held = world.slack.faults.holds.hold("users.info", "arrived")  # nobody knows ada yet, so it cannot run either
    bot = await fleet.start("tests.faults.entry", {"FAULT_HOLD": "acknowledgement"})
    asking = asyncio.create_task(world.ada.slash(*CREATE))
    await world.until(lambda: bot.said("held"), "the call is recorded")
    await bot.kill()
    held.cut()
    assert not (await asking).ok
    await fleet.start()
    asked = world.slack.calls_of("slash_commands")[-1]
    for _ in range(20):  # a machine that stalls for longer than Slack waits
        if (await world.slack.deliver_again(asked)).ok:
            break
    else:
        pytest.fail("it is not acknowledged")
    await world.message("checkout", "is ready")
    await fleet.settled(calls=1)


@either
async def test_acknowledged_but_not_begun(fleet: Fleet) -> None:
    world = fleet.world
    held = world.slack.faults.holds.hold("users.info", "arrived")
    bot = await fleet.start()
    assert (await world.ada.slash(*CREATE)).ok
    [call] = await fleet.calls()
    assert (call.state, call.attempt) == ("accepted", 1)
    await fleet.replace(bot)
    held.cut()
    await world.message("checkout", "is ready")
    await fleet.settled(calls=1)
    assert (await fleet.calls())[0].attempt == 2


@on_sqlite
async def test_acknowledged_but_nothing_made_yet(fleet: Fleet) -> None:
    bot = await fleet.start()
    held = fleet.world.cluster.faults.holds.hold("*", "arrived")
    assert (await fleet.world.ada.slash(*CREATE)).ok
    await fleet.reached(held)
    await fleet.replace(bot)
    held.cut()
    await fleet.world.message("checkout", "is ready")
    await fleet.settled(calls=1)


@on_sqlite
async def test_at_each_request_to_the_cluster_in_turn(fleet: Fleet) -> None:
    """One sandbox: the first bot dies at the first request, the next at the second, until one comes through."""
    world = fleet.world
    bot = await fleet.start()
    deaths = 0
    held = world.cluster.faults.holds.hold("*", "done")
    assert (await world.ada.slash(*CREATE)).ok

    def is_ready() -> bool:
        return any("is ready" in card.text for card in fleet.cards("checkout"))

    while True:  # each step has its own time: there are many, and each is a start
        await world.until(lambda held=held: held.caught or is_ready(), "the cluster is asked, or it is ready")  # type: ignore[misc]
        if not held.caught:
            break
        deaths += 1
        await bot.kill()
        held.cut()
        held = world.cluster.faults.holds.hold("*", "done", skip=deaths)
        bot = await fleet.start()
    assert deaths > 10  # a look, the namespace, its guards, the quota
    world.cluster.faults.holds.clear()
    await fleet.settled(calls=1)


@pytest.mark.parametrize(("database_url", "mode"), [("postgresql", "socket")], indirect=True, ids=["postgresql"])
@pytest.mark.parametrize("what", ["create namespaces", "patch resourcequotas"])
async def test_in_the_middle_of_making_objects_and_another_replica_ends_it(fleet: Fleet, what: str) -> None:
    bot = await fleet.start()
    held = fleet.world.cluster.faults.holds.hold(what, "done")
    assert (await fleet.world.ada.slash(*CREATE)).ok
    await fleet.reached(held)
    await fleet.replace(bot)
    held.cut()
    await fleet.world.message("checkout", "is ready")
    await fleet.settled(calls=1)


@at_either_point
async def test_while_slack_has_the_card_and_its_ts_is_not_saved(fleet: Fleet, point: Point) -> None:
    bot = await fleet.start()
    held = fleet.world.slack.faults.holds.hold("chat.postMessage", point)
    assert (await fleet.world.ada.slash(*CREATE)).ok
    await fleet.reached(held)
    await fleet.replace(bot)
    held.cut()
    await fleet.world.message("checkout", "is ready")
    await fleet.settled(calls=1)
    assert len(fleet.cards("checkout")) == 1


@at_either_point
async def test_between_the_halves_of_deleting(fleet: Fleet, point: Point) -> None:
    """The row says that it goes; the namespace is asked to go, or was, and the row does not know."""
    world = fleet.world
    bot = await fleet.start()
    await world.ada.slash(*CREATE)
    await world.message("checkout", "is ready")
    held = world.cluster.faults.holds.hold("delete namespaces", point)
    [card] = fleet.cards("checkout")
    assert (await world.ada.click(card, _delete_button(card), confirm=True)).ok
    await fleet.reached(held)
    await fleet.replace(bot)
    held.cut()
    await world.message("checkout", "is deleted")
    await fleet.settled(calls=2)
    assert world.sandboxes() == []
    assert len(fleet.cards("checkout")) == 1


@pytest.mark.parametrize(
    ("database_url", "mode"),
    [("sqlite", "http"), ("postgresql", "socket")],
    indirect=True,
    ids=["sqlite", "postgresql"],
)
async def test_while_it_drains_and_is_told_twice(fleet: Fleet) -> None:
    world = fleet.world
    held = world.slack.faults.holds.hold("users.info", "arrived")  # what drains cannot end
    bot = await fleet.start()
    assert (await world.ada.slash(*CREATE)).ok
    bot.signal(signal.SIGTERM)
    await world.until(lambda: bot.said("stopping"), "it is stopping")
    bot.signal(signal.SIGTERM)
    await fleet.replace(bot)
    held.cut()
    await world.message("checkout", "is ready")
    await fleet.settled(calls=1)


@on_sqlite
async def test_asked_to_stop_it_ends_what_runs_and_exits_cleanly(fleet: Fleet) -> None:
    bot = await fleet.start()
    world = fleet.world
    await world.ada.slash(*CREATE)
    assert await bot.terminate() == 0
    assert bot.log[-1]["event"] == "stopped"
    assert not bot.complaints(), bot.output
    await fleet.start()
    await world.message("checkout", "is ready")
    await fleet.settled(calls=1)


@either
async def test_during_the_run_of_a_job_it_is_run_again_for_the_same_due_time(fleet: Fleet) -> None:
    world = fleet.world
    channel = world.slack.workspace.channel("#platform").id
    job = {"FAULT_JOB": "3", "FAULT_CHANNEL": channel}
    held = world.cluster.faults.holds.hold("get namespaces", "done")
    asked: list[str] = []
    world.cluster.on_request(asked.append)
    bot = await fleet.start("tests.faults.entry", job)
    await fleet.reached(held)
    other = await fleet.replace(bot, "tests.faults.entry", **job)
    held.cut()
    due = asked[0].rpartition("/")[2]
    await world.message(due)
    assert other.said("job_run_taken_over")
    assert await other.terminate() == 0
    rows = [row for row in await fleet.messages() if row.key.startswith("fault:")]
    assert world.slack.duplicates(lambda message: message.text) == {}
    assert len({row.key for row in rows}) == len(rows)
    assert sum(name.endswith(due) for name in asked) == 2
