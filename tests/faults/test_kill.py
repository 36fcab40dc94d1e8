"""kill -9 at named points of a call's way: whoever goes on loses nothing, doubles nothing, leaves nothing half-done."""

from tests.faults.fleet import Fleet

CREATE = ("#platform", "/platform", "sandbox create checkout")


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


async def test_killed_right_after_the_acknowledgement(fleet: Fleet) -> None:
    bot = await fleet.start()
    held = fleet.world.cluster.faults.holds.hold("*", "arrived")
    outcome = await fleet.world.ada.slash(*CREATE)
    assert outcome.ok
    await bot.kill()
    held.cut()
    await fleet.start()
    await fleet.world.message("checkout", "is ready")
    await fleet.settled(calls=1)
