"""Several bots on one PostgreSQL: any may die, stand still or be replaced, and the others go on."""

import asyncio

import pytest

from storage.calls import CallState
from tests.faults.fleet import Fleet

LIMITS = {
    "PLATFORM_SANDBOX__PER_PERSON": "30",
    "PLATFORM_SANDBOX__PER_TEAM": "30",
    "PLATFORM_SLACK__POSTS_PER_SECOND": "20",
}
# A name that is taken was asked for again by somebody who had heard nothing of the first time.
ENDS = (CallState.DONE, CallState.REFUSED)

by_http = pytest.mark.parametrize(("database_url", "mode"), [("postgresql", "http")], indirect=True, ids=["http"])
by_socket = pytest.mark.parametrize(("database_url", "mode"), [("postgresql", "socket")], indirect=True, ids=["socket"])


async def _create(fleet: Fleet, name: str) -> None:
    """Until it is accepted: who is told that nothing was done, or hears nothing, says it again."""
    while True:
        outcome = await fleet.world.ada.slash("#platform", "/platform", f"sandbox create {name}")
        if outcome.ok and "not available" not in outcome.text:
            return
        if any(row.arguments.get("name") == name for row in await fleet.calls()):
            return  # recorded, and only the acknowledgement was lost


@by_http
async def test_of_three_two_die_in_the_middle_of_work_and_the_third_ends_it_all(fleet: Fleet) -> None:
    bots = [await fleet.start(environment=LIMITS) for _ in range(3)]
    names = [f"work-{number}" for number in range(6)]
    held = fleet.world.cluster.faults.holds.hold("create namespaces", "done", skip=2)
    await asyncio.gather(*(_create(fleet, name) for name in names))
    await fleet.reached(held)
    await bots[0].kill()  # it was up first, so it sends; and some of the calls are its own
    held.cut()
    held = fleet.world.cluster.faults.holds.hold("create namespaces", "arrived", skip=1)
    more = [f"more-{number}" for number in range(6)]
    await asyncio.gather(*(_create(fleet, name) for name in more))
    await fleet.reached(held)
    await bots[1].kill()
    held.cut()
    await fleet.settled(states=ENDS)
    assert {row.name for row in await fleet.sandboxes()} == {*names, *more}


@by_http
async def test_replacing_one_after_the_other_under_load_loses_nothing(fleet: Fleet) -> None:
    old = [await fleet.start(environment=LIMITS) for _ in range(2)]
    accepted: list[str] = []
    going_on = True

    async def load() -> None:
        while going_on or len(accepted) < 3:
            name = f"work-{len(accepted)}"
            await _create(fleet, name)
            accepted.append(name)
            await asyncio.sleep(0.3)  # a person's pace: the limits of what one may have are not what is tested

    loading = asyncio.create_task(load())
    for bot in old:
        await fleet.start(environment=LIMITS)
        assert await bot.terminate() == 0
    going_on = False
    await loading
    await fleet.settled(states=ENDS)
    assert {row.name for row in await fleet.sandboxes()} == set(accepted)


@by_http
async def test_who_stands_still_while_others_take_over_does_no_harm_when_it_goes_on(fleet: Fleet) -> None:
    """It holds everything there is: the outbox's lease with a post that Slack has, a sandbox whose namespace it is about to make,
    and a call."""
    world = fleet.world
    frozen = await fleet.start(environment=LIMITS)
    posted = world.slack.faults.holds.hold("chat.postMessage", "done")
    made = world.cluster.faults.holds.hold("create namespaces", "arrived")
    await _create(fleet, "checkout")
    await fleet.reached(made)
    await fleet.reached(posted)
    asked = world.slack.faults.holds.hold("users.info", "done")
    assert (await world.slack.person("grace").slash("#platform", "/platform", "sandbox create search")).ok
    await fleet.reached(asked)
    frozen.freeze()
    other = await fleet.start(environment=LIMITS)
    fleet.only(other)
    await world.message("checkout", "is ready")
    await world.message("search", "is ready")
    assert [entry["lease"] for entry in other.said("lease_taken") if entry["lease"] == "outbox"]
    for held in (asked, posted, made):
        held.release()  # what it waited for has happened meanwhile, late
    frozen.thaw()
    await world.until(
        lambda: [entry for entry in frozen.said("lease_lost") if entry["lease"] == "outbox"], "it noticed"
    )
    await _create(fleet, "later")
    await fleet.settled(calls=3)
    assert len(fleet.cards("checkout")) == len(fleet.cards("search")) == 1
    assert await frozen.terminate() == 0


@by_socket
async def test_of_three_one_runs_each_job(fleet: Fleet) -> None:
    world = fleet.world
    asked: list[str] = []
    world.cluster.on_request(lambda request: asked.append(request) if "/due-" in request else None)
    job = {"FAULT_JOB": "2", "FAULT_CHANNEL": world.slack.workspace.channel("#platform").id}
    bots = [await fleet.start("tests.faults.entry", job) for _ in range(3)]
    await world.until(lambda: len(asked) >= 3, "a few runs were due")
    await asyncio.gather(*(bot.terminate() for bot in bots))
    await fleet.start()
    await fleet.settled()
    taken_over = sum(
        len(bot.said("job_run_taken_over")) for bot in bots
    )  # on a machine that stood still, or by the stop
    assert len(asked) - len(set(asked)) <= taken_over
    assert world.slack.duplicates(lambda message: message.text) == {}
