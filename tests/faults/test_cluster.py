"""A cluster that is gone, fails, is slow, limits, or answers nothing: people hear of it, and in the end all is as asked."""

import asyncio
from collections.abc import Callable

import pytest

from playground.cluster import ClusterDouble
from playground.slack import Message
from storage.calls import CallState
from storage.sandboxes import SandboxState
from tests.faults.fleet import Fleet
from tests.faults.people import insist

NAMES = ("checkout", "search", "billing")
# Asked: “really?”; refused: said again by somebody who had heard nothing of the first time.
ENDS = (CallState.DONE, CallState.REFUSED, CallState.ASKED)

Break = Callable[[ClusterDouble], None]


def _refused(cluster: ClusterDouble) -> None:
    cluster.faults.down = "refused"


def _unavailable(cluster: ClusterDouble) -> None:
    cluster.faults.down = "unavailable"


def _failing(cluster: ClusterDouble) -> None:
    cluster.faults.failing |= {"patch": 500, "delete": 500}


def _unheard(cluster: ClusterDouble) -> None:
    cluster.faults.after_write = True


on_sqlite = pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "http")], indirect=True, ids=["sqlite"])
on_postgresql = pytest.mark.parametrize(
    ("database_url", "mode"), [("postgresql", "socket")], indirect=True, ids=["postgresql"]
)


def _told(fleet: Fleet, name: str) -> list[Message]:
    """The card, if it says what is down and what becomes of it."""
    return [each for each in fleet.cards(name) if "The cluster is not available right now" in str(each.blocks)]


async def _over(fleet: Fleet, **states: SandboxState) -> None:
    """Nothing is left to do, nothing lost, doubled or half-done, and these sandboxes are so."""
    await fleet.settled(states=ENDS)
    assert {row.name: row.state for row in await fleet.sandboxes()} == states
    assert all(row.problem is None for row in await fleet.sandboxes())
    for name in states:
        assert len(fleet.cards(name)) == 1
        assert not _told(fleet, name)


@pytest.mark.parametrize(
    ("database_url", "mode", "replicas", "breaking"),
    [
        ("sqlite", "http", 1, _refused),
        ("sqlite", "http", 1, _failing),
        ("postgresql", "http", 2, _unavailable),
        ("postgresql", "http", 2, _unheard),
    ],
    indirect=["database_url", "mode"],
    ids=["refused", "failing", "unavailable-to-two", "unheard-by-two"],
)
async def test_who_creates_and_deletes_meanwhile_is_told_and_gets_it_once_it_is_back(
    fleet: Fleet, replicas: int, breaking: Break
) -> None:
    world = fleet.world
    bots = [await fleet.start() for _ in range(replicas)]
    await insist(world, "sandbox create search")
    await fleet.shows("search", "is ready")
    breaking(world.cluster)
    await insist(world, "sandbox create checkout")
    await insist(world, "sandbox delete search")
    await world.agree("search")
    await world.until(lambda: _told(fleet, "checkout"), "the new one's card says what is down")
    if breaking is not _unheard:  # it goes, and is seen to be gone
        await world.until(lambda: _told(fleet, "search"), "the old one's too")
    assert "I keep trying" in str(_told(fleet, "checkout")[0].blocks)
    await fleet.replace(bots[0])
    world.cluster.faults.clear()
    await fleet.shows("checkout", "is ready")
    await fleet.shows("search", "is deleted")
    await _over(fleet, checkout=SandboxState.READY, search=SandboxState.DELETED)


@on_postgresql
async def test_a_slow_cluster_and_a_death_in_the_middle_leave_nothing_half_done(fleet: Fleet) -> None:
    world = fleet.world
    bots = [await fleet.start() for _ in range(2)]
    world.cluster.faults.slow = 0.2
    for name in NAMES:
        await insist(world, f"sandbox create {name}")
    await world.until(lambda: len(world.sandboxes()) >= 2, "some are being made")
    await fleet.replace(bots[0])
    for name in NAMES:
        await fleet.shows(name, "is ready")
    await _over(fleet, **dict.fromkeys(NAMES, SandboxState.READY))


@on_sqlite
async def test_a_limiting_cluster_is_left_alone_for_as_long_as_it_asks(fleet: Fleet) -> None:
    world = fleet.world
    await fleet.start()
    await insist(world, "sandbox create search")  # who asks is known from now on, and nothing else asks the cluster
    await fleet.shows("search", "is ready")
    wait, asked = 5, list[float]()
    world.cluster.on_request(lambda _request: asked.append(asyncio.get_running_loop().time()))
    world.cluster.faults.throttled = wait
    await insist(world, "sandbox create checkout")
    await world.until(lambda: len(asked) >= 2, "it has been asked again")
    world.cluster.faults.clear()
    assert asked[1] - asked[0] >= wait - 0.1  # sent before it was heard of; the clocks are not the same
    await fleet.shows("checkout", "is ready")
    await _over(fleet, checkout=SandboxState.READY, search=SandboxState.READY)


@on_sqlite
@pytest.mark.parametrize("code", [401, 409])
async def test_one_request_in_the_middle_that_fails_stops_nothing_for_good(fleet: Fleet, code: int) -> None:
    world = fleet.world
    await fleet.start()
    world.cluster.faults.failing["patch resourcequotas"] = code
    tried = asyncio.Event()
    world.cluster.on_request(lambda request: tried.set() if "/resourcequotas/" in request else None)
    await insist(world, "sandbox create checkout")
    await world.until(tried.is_set, "it was tried")
    world.cluster.faults.clear()
    await fleet.shows("checkout", "is ready")
    await _over(fleet, checkout=SandboxState.READY)
