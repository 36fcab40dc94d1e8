"""The same delivery more than once, at once, to several sockets and replicas: it runs once, and each is acknowledged."""

import asyncio

import pytest

from playground.slack.traffic import Exchange
from tests.faults.fleet import Fleet

CREATE = ("#platform", "/platform", "sandbox create checkout")


async def _deliver(fleet: Fleet, delivery: Exchange, times: int) -> None:
    """All at once; what was not acknowledged in time comes again, as Slack does it."""

    async def one() -> None:
        while not (await fleet.world.slack.deliver_again(delivery)).ok:
            assert fleet.alive, fleet.output()

    await asyncio.gather(*(one() for _ in range(times)))


async def _missed(fleet: Fleet) -> Exchange:
    """A slash command that nobody was there to take."""
    assert not (await fleet.world.ada.slash(*CREATE)).ok
    return fleet.world.slack.calls_of("slash_commands")[-1]


@pytest.mark.parametrize(
    ("database_url", "mode", "replicas"),
    [("sqlite", "http", 1), ("postgresql", "socket", 2), ("postgresql", "http", 2)],
    indirect=["database_url", "mode"],
    ids=["sqlite", "postgresql-socket", "postgresql-http"],
)
async def test_a_command_delivered_a_hundred_times_runs_once(fleet: Fleet, replicas: int) -> None:
    delivery = await _missed(fleet)
    for _ in range(replicas):
        await fleet.start()
    await _deliver(fleet, delivery, 100)
    await fleet.world.message("checkout", "is ready")
    await _deliver(fleet, delivery, 10)  # and long after
    await fleet.settled(calls=1)
    assert len(fleet.cards("checkout")) == 1


@pytest.mark.parametrize(("database_url", "mode"), [("postgresql", "socket")], indirect=True, ids=["postgresql"])
async def test_an_event_that_comes_over_every_socket_is_answered_once(fleet: Fleet) -> None:
    world = fleet.world
    await fleet.start()
    await fleet.start()
    bot = world.slack.workspace.bot_user_id
    question = await world.ada.say("#platform", f"<@{bot}> sandbox list")
    await world.until(lambda: world.slack.calls_of("app_mention"), "the event was delivered")
    await _deliver(fleet, world.slack.calls_of("app_mention")[0], 20)
    await fleet.settled(calls=1)
    thread = world.ada.sees("#platform", thread_ts=question.ts)
    assert len([each for each in thread if each.bot_id]) == 1
