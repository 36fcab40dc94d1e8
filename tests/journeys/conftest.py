"""Whole user stories: the real application against the Slack double and the cluster double, on each database.

SQLite goes with Socket Mode and PostgreSQL with HTTP, as most run them: every story is told once on each database and once
in each mode.
"""

from collections.abc import AsyncIterator

import pytest

from tests.world import World, world_around


@pytest.fixture
def mode(request: pytest.FixtureRequest, database_url: str) -> str:
    chosen = getattr(request, "param", None)
    return str(chosen or ("socket" if database_url.startswith("sqlite") else "http"))


@pytest.fixture
async def world(database_url: str, mode: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Slack and a cluster are up; the bot is not started yet."""
    async with world_around(database_url, mode, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
async def bot(world: World) -> World:
    """The world with the bot started."""
    await world.start_bot()
    return world
