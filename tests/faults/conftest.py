"""A world whose bots are processes that can die and come back (see tests/faults/__init__.py)."""

from collections.abc import AsyncIterator, Iterator

import pytest

from storage.db import Database
from tests.faults.fleet import Fleet
from tests.faults.nursery import Nursery
from tests.world import World, world_around


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def world(database_url: str, mode: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Slack and a cluster are up; no bot is started yet."""
    async with world_around(database_url, mode, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
async def fleet(world: World, database: Database, nursery: Nursery) -> AsyncIterator[Fleet]:
    """No bot is started yet; whichever are, end with the test."""
    fleet = Fleet(world, database, nursery)
    yield fleet
    await fleet.close()
