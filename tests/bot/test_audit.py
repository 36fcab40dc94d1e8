"""The sealer as it runs: what is committed gets its seal whoever dies, and where the chain stands is told outside of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.audit import LEASE, Sealing
from bot.config import AuditSettings
from bot.kit.clock import SystemClock
from bot.kit.errors import Unavailable
from storage.db import Database
from storage.messages import MessageStore
from tests.storage.audit_trail import Trail

_BOUND = 120  # seconds: only what never happens takes so long


def _sealing(trail: Trail, holder: str = "one", channel: str | None = None) -> Sealing:
    settings = AuditSettings(channel=channel)
    return Sealing(trail.db, SystemClock(), trail.keys, trail.audit, MessageStore(), holder, settings)


@contextlib.asynccontextmanager
async def _running(*sealers: Sealing) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in sealers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_BOUND):
        while True:
            with contextlib.suppress(Unavailable):
                if await condition():
                    return
            await asyncio.sleep(0.05)


async def _count(db: Database, query: str) -> int:
    async with db.reading() as session:
        return int((await session.execute(text(query))).scalar_one())


async def _sealed(db: Database, entries: int) -> None:
    async def there() -> bool:
        return await _count(db, "SELECT count(*) FROM audit WHERE sequence IS NOT NULL") >= entries

    await _until(there)


async def _whole(trail: Trail, entries: int) -> None:
    verdict = await trail.verify()
    assert (verdict.problem, verdict.entries, verdict.waiting) == (None, entries, 0)


@pytest.fixture
def trail(database: Database) -> Trail:
    return Trail(database)


async def test_what_is_committed_is_sealed_without_being_asked(trail: Trail) -> None:
    async with _running(_sealing(trail)):
        for entries in (1, 2, 3):
            await trail.write()
            await _sealed(trail.db, entries)
    await _whole(trail, 3)


async def test_where_the_chain_stands_is_told_to_the_log_and_the_channel(trail: Trail) -> None:
    await trail.write(3)
    with capture_logs() as logs:
        async with _running(_sealing(trail, channel="C0AUDIT")):

            async def anchored() -> bool:
                return await _count(trail.db, "SELECT count(*) FROM audit_anchors") == 1

            await _until(anchored)
            await _until(lambda: _true(any(line["event"] == "audit_anchor" for line in logs)))
    async with trail.db.reading() as session:
        head = await trail.seals.head(session)
        posted = (await session.execute(text("SELECT CAST(body AS text) FROM messages"))).scalars().all()
    told = [line for line in logs if line["event"] == "audit_anchor"]
    assert [(line["sequence"], line["mac"]) for line in told] == [(3, head.mac)]
    assert len(posted) == 1
    assert str(head) in posted[0]


async def _true(value: bool) -> bool:
    return value


async def test_nothing_is_told_twice_while_the_chain_stands_still(trail: Trail) -> None:
    await trail.write()
    await trail.seal()
    sealing = _sealing(trail, channel="C0AUDIT")
    assert [await sealing.anchor(), await sealing.anchor()] == [True, False]
    assert await _count(trail.db, "SELECT count(*) FROM messages") == 1


async def test_at_the_end_what_is_left_is_sealed_and_anchored(trail: Trail) -> None:
    await trail.write(7)
    await _sealing(trail).finish(_BOUND)
    await _whole(trail, 7)
    assert await _count(trail.db, "SELECT max(sequence) FROM audit_anchors") == 7


async def test_at_the_end_what_another_holds_is_left_to_it(trail: Trail) -> None:
    await trail.write()
    assert await trail.leases.acquire(LEASE, "another", timedelta(hours=1)) is not None
    await _sealing(trail).finish(_BOUND)
    assert await _count(trail.db, "SELECT count(*) FROM audit WHERE sequence IS NULL") == 1


async def test_a_tail_that_was_taken_away_stays_missing(trail: Trail) -> None:
    await trail.write(5)
    await _sealing(trail).finish(_BOUND)
    await trail.tamper("DELETE FROM audit WHERE sequence > 3")
    await trail.write()
    with capture_logs() as logs:
        await _sealing(trail, "a new process").finish(_BOUND)
    assert "audit_tail_missing" in [line["event"] for line in logs]
    problem = (await trail.verify()).problem
    assert problem is not None
    assert problem.startswith("entries 4 to 5 are missing before entry 6")


async def test_two_replicas_make_one_chain(trail: Trail) -> None:
    async with _running(_sealing(trail, "one"), _sealing(trail, "other")):
        await asyncio.gather(*(trail.write(2) for _ in range(30)))
        await _sealed(trail.db, 60)
    await _whole(trail, 60)


async def test_when_the_holder_dies_with_the_lease_another_goes_on_where_it_was(trail: Trail) -> None:
    dead = _sealing(trail, "dead")
    lease = await trail.leases.acquire(LEASE, "dead", timedelta(seconds=1))  # never renewed, never given up
    assert lease is not None
    await trail.write(3)
    await dead.round(lease)
    await trail.write(4)
    async with _running(_sealing(trail, "alive")):
        await _sealed(trail.db, 7)
        await trail.write()
        await dead.round(lease)  # it only seemed dead, and seals nothing any more
        await _sealed(trail.db, 8)
    await _whole(trail, 8)


async def test_when_the_database_was_away_sealing_goes_on(trail: Trail) -> None:
    if trail.db.dialect == "sqlite":
        pytest.skip("a file is not away")
    async with _running(_sealing(trail)):
        await trail.write()
        await _sealed(trail.db, 1)

        async def cut() -> bool:
            await trail.tamper(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return True

        await _until(cut)

        async def written() -> bool:
            await trail.write()
            return True

        await _until(written)
        await _sealed(trail.db, 2)
    assert (await trail.verify()).problem is None
