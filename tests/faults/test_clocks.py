"""Clocks that are wrong, and clocks that jump: nobody takes another's live work, nothing expires early, nothing stops."""

from pathlib import Path

import pytest

from storage.sandboxes import SandboxState
from tests.faults.fleet import Fleet


def _clock(folder: Path, name: str, seconds: int) -> dict[str, str]:
    """A wall clock that is wrong by so much."""
    path = folder / name
    path.write_text(str(seconds))
    return {"FAULT_CLOCK": str(path)}


@pytest.mark.parametrize(("database_url", "mode"), [("postgresql", "http")], indirect=True, ids=["postgresql"])
async def test_replicas_whose_clocks_differ_by_an_hour_leave_each_others_live_work_alone(
    fleet: Fleet, tmp_path: Path
) -> None:
    """Those whose clocks are ahead see every lease of those behind as run out."""
    wrong = 3600
    world = fleet.world
    lasting = {"PLATFORM_CALLS__LEASE": "10m"}
    alive = await fleet.start("tests.faults.entry", {**_clock(tmp_path, "alive", -wrong), **lasting})
    for_ada = world.slack.faults.holds.hold("users.info", "arrived")
    assert (await world.ada.slash("#platform", "/platform", "sandbox create checkout")).ok
    await fleet.reached(for_ada)

    dying = await fleet.start("tests.faults.entry", _clock(tmp_path, "dying", wrong))
    fleet.only(dying)
    for_grace = world.slack.faults.holds.hold("users.info", "arrived")
    assert (await world.slack.person("grace").slash("#platform", "/platform", "sandbox create search")).ok
    await fleet.reached(for_grace)
    other = await fleet.start("tests.faults.entry", _clock(tmp_path, "other", wrong))
    fleet.only(alive)
    await dying.kill()
    # It takes the dead one's call, at its time, and so has looked at the other's too.
    await world.until(lambda: other.said("call_resumed"), "the dead replica's call is resumed")
    for_grace.cut()
    for_ada.release()
    await world.message("checkout", "is ready")
    await world.message("search", "is ready")
    await fleet.settled(calls=2)
    assert {row.user_id: row.attempt for row in await fleet.calls()} == {
        world.ada.user.id: 1,
        world.slack.person("grace").user.id: 2,
    }


@pytest.mark.parametrize(
    ("database_url", "mode", "jump"),
    [("sqlite", "socket", 3900), ("sqlite", "socket", -3900), ("postgresql", "http", 3900)],
    indirect=["database_url", "mode"],
    ids=["sqlite-ahead", "sqlite-back", "postgresql-ahead"],
)
async def test_when_the_clock_jumps_nothing_expires_and_nothing_stops(fleet: Fleet, tmp_path: Path, jump: int) -> None:
    world = fleet.world
    job = {"FAULT_JOB": "2", "FAULT_CHANNEL": world.slack.workspace.channel("#platform").id}
    runs: list[str] = []
    world.cluster.on_request(lambda request: runs.append(request) if "/due-" in request else None)
    bot = await fleet.start("tests.faults.entry", {**_clock(tmp_path, "wall", 0), **job})
    await world.ada.slash("#platform", "/platform", "sandbox create short lifetime=1h")
    await world.message("short", "is ready")
    _clock(tmp_path, "wall", jump)
    if not fleet.in_socket_mode:  # PostgreSQL: nobody looks at the machine's clock at all
        assert not bot.said("clock_jumped")
    else:
        await world.until(lambda: bot.said("clock_jumped"), "it noticed")
    before = len(runs)
    await world.ada.slash("#platform", "/platform", "sandbox create later")
    await world.message("later", "is ready")  # a round that has looked at whatever else was due
    await world.until(lambda: len(runs) >= before + 2, "jobs go on")
    assert {row.name: row.state for row in await fleet.sandboxes()} == {
        "short": SandboxState.READY,
        "later": SandboxState.READY,
    }
