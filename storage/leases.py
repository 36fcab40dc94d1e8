"""Leases: who may do what only one replica may do at a time; knows nothing of the work done under them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import BigInteger, Column, ColumnElement, bindparam, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from bot.kit.clock import Clock
from bot.kit.errors import Unavailable
from storage.db import Database
from storage.types import UTCDateTime

log = structlog.get_logger(__name__)

# Renewed at every third of it, by one UPDATE; the others ask as often. When its holder is killed, this long nobody does the work:
# for the outbox, nobody answers. Shorter, and a process that stands still for a moment would lose it.
TTL: Final = timedelta(seconds=5)
# On SQLite nobody else can want it, and whoever held it before is dead at the start. A disk that is busy for a while, or a long
# queue of writers, must take it from nobody: renewals came 4.5 s late when fifty writers waited on a busy machine, and the work
# was begun anew each time.
TTL_ALONE: Final = timedelta(minutes=5)


class LeaseRow(SQLModel, table=True):
    """Names are few and fixed ("outbox"), never one per object: a row is kept for ever, so that its token only grows."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True)
    holder: str
    token: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))


# Built once: it is asked in every transaction of the outbox.
_TOKEN: Final = select(col(LeaseRow.token)).where(col(LeaseRow.name) == bindparam("name")).with_for_update(read=True)


@dataclass(frozen=True)
class Lease:
    """`token` grows with every change of hands, so that a former holder's writes can be told from the present one's."""

    name: str
    holder: str
    token: int


class LeaseStore:
    """Times are the database's own on PostgreSQL, where clocks of replicas differ, and the given clock's on SQLite."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def ttl(self) -> timedelta:
        """For how long a lease is taken when nothing is known of the work."""
        return TTL if self._database.dialect == "postgresql" else TTL_ALONE

    async def acquire(self, name: str, holder: str, ttl: timedelta) -> Lease | None:
        """Takes the lease if it is free, expired or held by `holder` already; None if somebody else has it.

        `holder` names one run of one process.
        """
        insert: Any = postgresql.insert(LeaseRow) if self._database.dialect == "postgresql" else sqlite.insert(LeaseRow)
        statement = (
            insert.values(name=name, holder=holder, token=1, expires_at=self._after(ttl))
            .on_conflict_do_update(
                index_elements=["name"],
                set_={
                    "holder": holder,
                    "token": col(LeaseRow.token) + 1,
                    "expires_at": self._after(ttl),
                },
                where=(col(LeaseRow.expires_at) <= self._after(timedelta(0))) | (col(LeaseRow.holder) == holder),
            )
            .returning(col(LeaseRow.token))
        )
        async with self._database.transaction() as session:
            token = (await session.execute(statement)).scalar_one_or_none()
        return None if token is None else Lease(name, holder, token)

    async def renew(self, lease: Lease, ttl: timedelta) -> bool:
        """Extends it; False if somebody else has taken it since (a late renewal is fine if nobody has)."""
        return await self._expire_at(lease, self._after(ttl))

    async def release(self, lease: Lease) -> None:
        """Gives it up, for others to take at once; nothing if it is lost already."""
        await self._expire_at(lease, self._after(timedelta(0)))

    async def held(self, session: AsyncSession, lease: Lease) -> bool:
        """Whether the lease is still this holder's, for a check inside the transaction whose writes depend on it.

        On PostgreSQL nobody can take it before that transaction ends.
        """
        found = await (await session.connection()).execute(_TOKEN, {"name": lease.name})
        return found.scalar_one_or_none() == lease.token

    async def expire_all(self) -> None:
        """For the single process of SQLite at its start: whoever held a lease is dead."""
        async with self._database.transaction() as session:
            await session.execute(update(LeaseRow).values(expires_at=self._after(timedelta(0))))

    async def _expire_at(self, lease: Lease, at: ColumnElement[datetime]) -> bool:
        async with self._database.transaction() as session:
            changed = await session.execute(
                update(LeaseRow)
                .where(col(LeaseRow.name) == lease.name, col(LeaseRow.token) == lease.token)
                .values(expires_at=at)
                .returning(col(LeaseRow.name))
                .execution_options(synchronize_session=False)
            )
            return changed.scalar_one_or_none() is not None

    def _after(self, ttl: timedelta) -> Any:
        if self._database.dialect == "postgresql":
            return func.clock_timestamp() + ttl
        return literal(self._clock.now() + ttl, UTCDateTime)


class Leadership:
    """Runs one piece of work on one replica at a time: waits for the lease, works while it holds it, and hands it over.

    Time is taken from the loop's clock here: a holder that cannot renew must stop before others may start, whatever the wall
    clock does.
    """

    def __init__(self, leases: LeaseStore, name: str, holder: str, ttl: timedelta | None = None) -> None:
        """`ttl`: None is what the store takes."""
        self._leases = leases
        self._name = name
        self._holder = holder
        self._ttl: Final = leases.ttl if ttl is None else ttl
        # However long it is held: a database that was away when it was asked for must not cost minutes.
        self._pause: Final = min(self._ttl, TTL).total_seconds() / 3

    async def run(self, work: Callable[[Lease], Awaitable[None]]) -> None:
        """Returns when `work` returns; until then takes the lease again whenever it was lost.

        When the lease is lost, or cannot be renewed in time, or this is cancelled, `work` is cancelled. What it raises is
        raised from here.
        """
        while True:
            started = asyncio.get_running_loop().time()
            lease = await self._take()
            if lease is None:
                await asyncio.sleep(self._pause * random.uniform(0.8, 1.2))
                continue
            log.info("lease_taken", lease=self._name, holder=self._holder, token=lease.token)
            if await self._work(work, lease, started):
                return

    async def _take(self) -> Lease | None:
        try:
            return await self._leases.acquire(self._name, self._holder, self._ttl)
        except Unavailable as error:
            log.warning("lease_not_asked", lease=self._name, error=str(error))
            return None

    async def _work(self, work: Callable[[Lease], Awaitable[None]], lease: Lease, started: float) -> bool:
        """Whether the work is done, as opposed to interrupted because the lease was lost."""
        working = asyncio.ensure_future(work(lease))
        keeping = asyncio.create_task(self._keep(lease, started))
        lost = False
        try:
            await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
            lost = keeping.done() and not working.done()
            if lost:
                cause = "it failed" if keeping.exception() else keeping.result()
                log.warning("lease_lost", lease=self._name, holder=self._holder, token=lease.token, cause=cause)
        finally:
            keeping.cancel()
            if not working.done():
                working.cancel()
            await asyncio.gather(working, keeping, return_exceptions=True)
            await self._give_up(lease)
        for task in (working, keeping):
            if not task.cancelled():
                task.result()
        return not lost

    async def _keep(self, lease: Lease, renewed: float) -> str:
        """Renews every third of the time; returns when the lease is lost or may be by now: why."""
        loop = asyncio.get_running_loop()
        ttl = self._ttl.total_seconds()
        while True:
            await asyncio.sleep(ttl / 3)
            asked = loop.time()
            try:
                async with asyncio.timeout_at(renewed + ttl * 0.9):
                    if not await self._leases.renew(lease, self._ttl):
                        return "somebody else has it"
                renewed = asked
            except TimeoutError:
                # Whether the database was slow, or this process stood still and asked late.
                return f"not renewed for {loop.time() - renewed:.1f} s, of which the database took {loop.time() - asked:.1f}"
            except Unavailable as error:
                log.warning("lease_not_renewed", lease=self._name, error=str(error))
                if loop.time() >= renewed + ttl * 0.9:
                    return f"not renewed for {loop.time() - renewed:.1f} s: {error}"

    async def _give_up(self, lease: Lease) -> None:
        try:
            async with asyncio.timeout(2):
                await self._leases.release(lease)
        except (Unavailable, TimeoutError) as error:
            log.warning("lease_not_released", lease=self._name, error=str(error))
