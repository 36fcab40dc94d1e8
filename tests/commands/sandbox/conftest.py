from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.db import Database
from tests.commands.sandbox.stage import Stage, staged
from tests.conftest import FakeClock


@pytest.fixture
async def stage(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Stage]:
    """Sandboxes that are deleted as soon as their time is over."""
    async with staged(database, clock, tmp_path) as made:
        yield made
