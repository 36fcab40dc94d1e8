"""`platform-bot run` as a process: it stops when asked, and kill -9 loses nothing that was accepted."""

from collections.abc import AsyncIterator

import pytest

from tests.journeys.conftest import World
from tests.journeys.process import BotProcess


class Running:
    """The world with the bot as a process that can die and come back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bot: BotProcess | None = None

    async def up(self) -> BotProcess:
        self.bot = await BotProcess.start({**self.world.environment, "PLATFORM_CALLS__LEASE": "3s"})
        if "SLACK_SIGNING_SECRET" in self.world.environment:
            self.world.slack.request_url = f"http://127.0.0.1:{self.bot.port}/slack/events"
        else:
            await self.world.until(lambda: self.world.slack.sockets.connections == 2, "its sockets are up")
        return self.bot


@pytest.fixture
async def running(world: World) -> AsyncIterator[Running]:
    running = Running(world)
    yield running
    if running.bot is not None:
        await running.bot.kill()


async def test_asked_to_stop_it_ends_what_runs_and_exits_cleanly(running: Running) -> None:
    bot = await running.up()
    world = running.world
    await world.ada.slash("#platform", "/platform", "sandbox create checkout")
    assert await bot.terminate() == 0
    assert bot.log[-1]["event"] == "stopped"
    assert not [entry for entry in bot.log if entry["level"] in ("error", "critical")], bot.output
    await running.up()
    await world.message("checkout", "is ready")


async def test_kill_9_right_after_the_acknowledgement_loses_nothing_and_doubles_nothing(running: Running) -> None:
    world = running.world
    bot = await running.up()
    world.cluster.faults.slow = 0.2  # so that it dies in the middle of making the objects
    outcome = await world.ada.slash("#platform", "/platform", "sandbox create checkout")
    assert outcome.ok
    await bot.kill()
    world.cluster.faults.clear()
    await running.up()
    await world.message("checkout", "is ready")
    assert len(world.sandboxes()) == 1
    cards = [each for each in world.ada.sees("#platform") if "checkout" in each.text and not each.ephemeral_to]
    assert len(cards) == 1


async def test_kill_9_while_the_objects_are_made_leaves_nothing_half_done(running: Running) -> None:
    world = running.world
    bot = await running.up()
    world.cluster.faults.slow = 0.1
    await world.ada.slash("#platform", "/platform", "sandbox create checkout")
    await world.until(world.sandboxes, "the namespace is there")
    await bot.kill()
    world.cluster.faults.clear()
    await running.up()
    await world.message("checkout", "is ready")
    [namespace] = world.sandboxes()
    kinds = {each["kind"] for each in world.cluster.contents(namespace)}
    assert {"ResourceQuota", "LimitRange", "NetworkPolicy", "RoleBinding", "ServiceAccount"} <= kinds
