"""One holder at a time, a token that only grows, and work that stops when the lease is gone."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from bot.kit.errors import Unavailable
from storage.db import Database
from storage.leases import Leadership, Lease, LeaseRow, LeaseStore
from tests.conftest import FakeClock

TTL = timedelta(seconds=30)


@pytest.fixture
def leases(database: Database, clock: FakeClock) -> LeaseStore:
    return LeaseStore(database, clock)


async def expire(database: Database, clock: FakeClock) -> None:
    """Lets the TTL pass: on PostgreSQL time is the server's."""
    clock.advance(TTL)
    if database.dialect == "postgresql":
        async with database.transaction() as session:
            await session.execute(text("UPDATE leases SET expires_at = clock_timestamp()"))


async def test_only_one_of_many_gets_the_lease(leases: LeaseStore) -> None:
    taken = await asyncio.gather(*(leases.acquire("outbox", f"replica-{n}", TTL) for n in range(8)))
    assert len([lease for lease in taken if lease]) == 1


async def test_an_expired_lease_changes_hands_with_a_higher_token(
    database: Database, leases: LeaseStore, clock: FakeClock
) -> None:
    first = await leases.acquire("outbox", "a", TTL)
    assert first is not None
    assert await leases.acquire("outbox", "b", TTL) is None

    await expire(database, clock)
    second = await leases.acquire("outbox", "b", TTL)

    assert second is not None
    assert second.token > first.token
    assert await leases.renew(first, TTL) is False
    assert await leases.renew(second, TTL) is True
    async with database.transaction() as session:
        assert not await leases.held(session, first)
        assert await leases.held(session, second)


async def test_a_former_holder_cannot_release_what_another_holds(
    database: Database, leases: LeaseStore, clock: FakeClock
) -> None:
    first = await leases.acquire("outbox", "a", TTL)
    assert first is not None
    await expire(database, clock)
    await leases.acquire("outbox", "b", TTL)

    await leases.release(first)

    assert await leases.acquire("outbox", "c", TTL) is None


async def test_a_released_lease_is_free_at_once_and_its_token_still_grows(leases: LeaseStore) -> None:
    first = await leases.acquire("outbox", "a", TTL)
    assert first is not None
    await leases.release(first)
    second = await leases.acquire("outbox", "b", TTL)
    assert second is not None
    assert second.token == first.token + 1


async def test_at_the_start_of_the_single_process_every_lease_is_free(leases: LeaseStore) -> None:
    await leases.acquire("outbox", "dead", TTL)
    await leases.expire_all()
    assert await leases.acquire("outbox", "a", TTL) is not None


async def test_leadership_works_once_and_hands_over(leases: LeaseStore) -> None:
    async def work(lease: Lease) -> None:
        assert await leases.acquire("outbox", "other", TTL) is None

    await Leadership(leases, "outbox", "a", TTL).run(work)

    assert await leases.acquire("outbox", "other", TTL) is not None


async def test_leadership_stops_the_work_when_the_lease_is_lost_and_takes_it_again(
    database: Database, leases: LeaseStore
) -> None:
    started: asyncio.Queue[Lease] = asyncio.Queue()
    stopped = asyncio.Event()

    async def work(lease: Lease) -> None:
        started.put_nowait(lease)
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    leading = asyncio.create_task(Leadership(leases, "outbox", "a", timedelta(seconds=0.3)).run(work))
    async with asyncio.timeout(10):
        first = await started.get()
        async with database.transaction() as session:  # as if somebody else had taken it, and let it expire
            await session.execute(text("UPDATE leases SET holder = 'b', token = token + 1"))
            await session.execute(text("UPDATE leases SET expires_at = '2001-01-01 00:00:00.000000'"))
        await stopped.wait()
        second = await started.get()
    assert second.token > first.token

    leading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leading
    assert await leases.acquire("outbox", "c", TTL) is not None


async def test_on_sqlite_a_long_queue_of_writers_takes_the_lease_from_nobody(
    database: Database, leases: LeaseStore, clock: FakeClock
) -> None:
    """There is one process, so nobody can want it; between replicas somebody must go on soon."""
    left: list[timedelta] = []

    async def work(lease: Lease) -> None:
        async with database.reading() as session:
            row = (await session.execute(select(LeaseRow).where(col(LeaseRow.name) == lease.name))).scalar_one()
        now = clock.now() if database.dialect == "sqlite" else await database.time()
        left.append(row.expires_at - now)

    await Leadership(leases, "audit", "a").run(work)
    assert left[0] <= timedelta(seconds=5) if database.dialect == "postgresql" else left[0] >= timedelta(minutes=5)


class _AwayAtFirst(LeaseStore):
    """The database does not answer the first question."""

    asked = 0

    async def acquire(self, name: str, holder: str, ttl: timedelta) -> Lease | None:
        self.asked += 1
        if self.asked == 1:
            raise Unavailable("the database", "the disk is full")
        return await super().acquire(name, holder, ttl)


async def test_however_long_a_lease_is_held_it_is_asked_for_again_soon(database: Database, clock: FakeClock) -> None:
    """The outbox of a bot on SQLite that started on a full disk stood still for minutes after there was room."""
    leases = _AwayAtFirst(database, clock)
    worked = asyncio.Event()

    async def work(lease: Lease) -> None:
        worked.set()

    async with asyncio.timeout(60):
        await Leadership(leases, "outbox", "a", timedelta(minutes=5)).run(work)
    assert worked.is_set()


async def test_what_the_work_raises_is_not_swallowed(leases: LeaseStore) -> None:
    async def work(lease: Lease) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Leadership(leases, "outbox", "a", TTL).run(work)
