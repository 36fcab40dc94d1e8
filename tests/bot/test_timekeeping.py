"""Whose time the application goes by, and what becomes of it when a clock jumps."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.kit.clock import SteadyClock, SystemClock, ticks
from bot.timekeeping import Timekeeper
from storage.db import Database
from tests.conftest import FakeClock

HOUR = timedelta(hours=1)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@dataclass
class Ticking:
    """Seconds as the test lets them pass."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Machine:
    """A machine with its own clock, and the application's; ten seconds pass between looks."""

    system: FakeClock
    ticking: Ticking
    clock: SteadyClock
    keeper: Timekeeper

    async def pass_time(self, seconds: float = 0.0) -> None:
        """So long, with all its looks."""
        for _ in range(max(int(seconds / 10), 1)):
            self.ticking.seconds += 10
            self.system.advance(10)
            await self.keeper.look()

    @property
    def off(self) -> timedelta:
        return self.clock.now() - self.system.now()


@pytest.fixture
def machine(database: Database, clock: FakeClock) -> Machine:
    ticking = Ticking()
    steady = SteadyClock(clock.now(), ticking)
    return Machine(clock, ticking, steady, Timekeeper(database, clock, steady, ticking))


def test_a_steady_clock_goes_on_from_what_it_was_set_to() -> None:
    ticking = Ticking()
    clock = SteadyClock(datetime(2026, 11, 2, 9, 0, tzinfo=UTC), ticking)
    ticking.seconds += 90
    assert clock.now() == datetime(2026, 11, 2, 9, 1, 30, tzinfo=UTC)
    clock.set(datetime(2026, 11, 2, 12, 0, tzinfo=UTC), at=ticking.seconds - 30)
    assert clock.now() == datetime(2026, 11, 2, 12, 0, 30, tzinfo=UTC)


def test_ticks_pass_as_the_seconds_do() -> None:
    before, began = ticks(), SystemClock().now()
    while SystemClock().now() - began < timedelta(milliseconds=20):
        pass
    assert ticks() > before


@on_sqlite
async def test_small_corrections_of_the_system_are_followed(machine: Machine) -> None:
    machine.system.advance(3)
    await machine.pass_time()
    assert machine.off == timedelta(0)


@on_sqlite
@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_jump_is_not_followed_for_an_hour(machine: Machine, jump: timedelta) -> None:
    await machine.pass_time()
    machine.system.advance(jump)
    await machine.pass_time(3590)
    assert machine.off == -jump


@on_sqlite
@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_jump_that_was_put_right_leaves_nothing(machine: Machine, jump: timedelta) -> None:
    machine.system.advance(jump)
    await machine.pass_time(1800)
    machine.system.advance(-jump)
    await machine.pass_time(1800 + 3600)
    assert machine.off == timedelta(0)


@on_sqlite
async def test_a_jump_ahead_that_lasts_is_the_truth(machine: Machine) -> None:
    machine.system.advance(2 * HOUR)
    await machine.pass_time(3600)
    assert machine.off == -2 * HOUR
    await machine.pass_time(3600 + 10)
    assert machine.off == timedelta(0)


@on_sqlite
async def test_back_it_goes_slowly_so_that_nothing_due_waits(machine: Machine) -> None:
    machine.system.advance(-HOUR)
    last = machine.clock.now()
    for _ in range(2 * 360 + 360 + 10):
        await machine.pass_time()
        assert machine.clock.now() > last
        last = machine.clock.now()
    assert machine.off == timedelta(0)


@on_postgresql
@pytest.mark.parametrize("wrong", [HOUR, -HOUR])
async def test_on_postgresql_the_databases_clock_counts_whatever_the_machines_says(
    database: Database, wrong: timedelta
) -> None:
    system = FakeClock(SystemClock().now() + wrong)
    clock = SteadyClock(system.now())
    await Timekeeper(database, system, clock).look()
    before = await database.time()
    now = clock.now()
    after = await database.time()
    sure = timedelta(seconds=1)  # what a slow round trip may have cost
    assert before - sure <= now <= after + sure


@on_postgresql
async def test_while_the_database_is_away_time_goes_on(database: Database, machine: Machine) -> None:
    await machine.keeper.look()
    before = machine.clock.now()
    machine.ticking.seconds += 60
    assert machine.clock.now() - before == timedelta(seconds=60)
