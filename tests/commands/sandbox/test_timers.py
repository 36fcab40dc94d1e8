"""What time alone does: warnings once each, a grace, an end; and nothing is lost by looking late."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.life import ExtendArguments
from storage.db import Database
from storage.sandboxes import SandboxState
from tests.commands.sandbox.stage import Stage, staged
from tests.conftest import FakeClock

HOUR = timedelta(hours=1)


@pytest.fixture
async def graced(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(database, clock, tmp_path, SandboxSettings(grace=timedelta(hours=6))) as made:
        yield made


async def warned(stage: Stage) -> int:
    return len(await stage.messages("sandbox.warning"))


async def test_its_owner_is_warned_once_for_each_threshold_however_often_it_is_looked_at(graced: Stage) -> None:
    row = await graced.standing(lifetime=timedelta(days=3))
    counts = []
    for before in (25 * HOUR, 23 * HOUR, 20 * HOUR, 3 * HOUR, HOUR / 3, HOUR / 6):
        graced.clock.set(row.expires_at - before)
        for _ in range(2):
            await graced.change(row.id, look_at=graced.clock.now())
            await graced.settle(soon=timedelta(0))
        counts.append(await warned(graced))
    assert counts == [0, 1, 1, 2, 3, 3]


async def test_an_extension_brings_warnings_of_its_own(graced: Stage) -> None:
    row = await graced.standing(lifetime=timedelta(days=3))
    graced.clock.set(row.expires_at - HOUR / 3)
    await graced.settle(soon=timedelta(0))
    await graced.service.life.extend(graced.call("extend"), ExtendArguments(sandbox=row.id, by=timedelta(days=3)))
    assert await warned(graced) == 1, "only the last that was due, for nobody looked before"
    graced.clock.set((await graced.row(row.id)).expires_at - HOUR / 3)
    await graced.settle(soon=timedelta(0))
    assert await warned(graced) == 2


async def test_it_sleeps_in_its_grace_and_goes_after_it(graced: Stage) -> None:
    row = await graced.standing()
    graced.clock.set(row.expires_at)
    await graced.settle()
    assert (await graced.row(row.id)).state == SandboxState.EXPIRING
    graced.clock.set(row.expires_at + 6 * HOUR - timedelta(seconds=1))
    await graced.settle(soon=timedelta(0))
    assert graced.namespaces() == [row.namespace]
    graced.clock.set(row.expires_at + 6 * HOUR)
    await graced.settle()
    assert (await graced.row(row.id)).state == SandboxState.DELETED
    assert graced.namespaces() == []


async def test_a_bot_that_was_down_through_the_end_and_the_grace_ends_it_at_once(graced: Stage) -> None:
    row = await graced.standing()
    graced.clock.set(row.expires_at + timedelta(days=2))
    await graced.settle()
    assert (await graced.row(row.id)).state == SandboxState.DELETED
    assert await warned(graced) == 0
