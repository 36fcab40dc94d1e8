"""What the audit trail costs: business transactions while it is sealed, against the same while it is not; sealing; verifying.

A business transaction is what a service does: a row changed, a message marked, an audit entry, one commit; eight at a time, as
fast as they go, which is more than people ever cause. The references run in between, on the same database: transactions without
anybody sealing (what they wrote is sealed afterwards, untimed), and reading the same rows as `audit verify` without checking
anything. How much memory verifying takes is that of `platform-bot audit verify` as a process, against an empty trail.
"""

import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

import sqlalchemy as sa

from benchmarks.databases import database
from benchmarks.report import Measured
from bot.audit import LEASE, Sealing
from bot.config import AuditSettings
from bot.kit.clock import SystemClock
from storage.audit import AuditEntry, AuditRow, AuditStore
from storage.audit_chain import Keyring
from storage.audit_seals import SealStore, read_rows
from storage.audit_verify import Verification
from storage.db import Database
from storage.leases import LeaseStore
from storage.messages import Channel, MessageStore

_SECRET = "an audit key for a benchmark only"
_RUNS = 5
_TRANSACTIONS = 600
_AT_ONCE = 8
_SEALED = 10_000
_VERIFIED = 100_000
_PAGE = 1_000
_numbers = itertools.count()


class _Trail:
    def __init__(self, db: Database) -> None:
        self.db, self.keys, self.clock = db, Keyring.of(_SECRET), SystemClock()
        self.audit, self.messages = AuditStore(self.keys), MessageStore(self.clock)

    def sealing(self) -> Sealing:
        settings = AuditSettings()
        return Sealing(self.db, self.clock, self.keys, self.audit, self.messages, "bench", settings)

    async def transact(self) -> None:
        number = next(_numbers)
        sandbox = f"sandbox:{number:08}"
        entry = AuditEntry(
            *(self.clock.now(), "sandbox.extended", sandbox, f"U{number % 100:08}", None, "slash", "C00000001"),
            call=f"c-{number:09}",
            before={"expires_at": "2026-11-23T10:00:00Z"},
            after={"expires_at": "2026-11-24T10:00:00Z"},
        )
        async with self.db.transaction() as session:
            to = Channel(f"C{number % 50:08}")
            body = {"text": "It lives until tomorrow."}
            await self.messages.post(session, key=f"bench:{number % 1_000}", to=to, body=body)
            await self.audit.write(session, entry)

    async def fill(self, entries: int) -> None:
        table = AuditRow.__table__  # type: ignore[attr-defined] # SQLModel hides it
        for first in range(0, entries, 5_000):
            at = datetime.now(UTC)
            rows = [
                self.audit.stamped(
                    AuditEntry(
                        *(at, "sandbox.extended", f"sandbox:{number:08}", f"U{number % 100:08}", None, "slash", "C1"),
                        before={"expires_at": "2026-11-23T10:00:00Z"},
                        after={"expires_at": "2026-11-24T10:00:00Z"},
                    )
                )
                for number in range(first, min(first + 5_000, entries))
            ]
            async with self.db.transaction() as session:
                await session.execute(sa.insert(table), rows)

    async def seal_all(self) -> float:
        """Rows per second of so many batches as it takes."""
        leases = LeaseStore(self.db, self.clock)
        lease = await leases.acquire(LEASE, "bench", timedelta(hours=1))
        if lease is None:
            raise AssertionError("somebody else seals")
        async with self.db.reading() as session:
            before = (await SealStore(self.db, leases, self.keys).head(session)).sequence
        sealing = self.sealing()
        began = time.perf_counter()
        while await sealing.round(lease):
            pass
        seconds = time.perf_counter() - began
        async with self.db.reading() as session:
            after = (await SealStore(self.db, leases, self.keys).head(session)).sequence
        await leases.release(lease)
        return (after - before) / seconds


async def _load(trail: _Trail) -> tuple[float, float]:
    """Transactions per second, and the 99th percentile of their milliseconds."""
    left = iter(range(_TRANSACTIONS))
    took: list[float] = []

    async def client() -> None:
        for _ in left:
            began = time.perf_counter()
            await trail.transact()
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))
    return _TRANSACTIONS / (time.perf_counter() - began), quantiles(took, n=100)[98] * 1000


async def _load_while_sealed(trail: _Trail) -> tuple[float, float]:
    sealing = trail.sealing()
    running = asyncio.create_task(sealing.run())
    while not sealing.leading:  # noqa: ASYNC110 - it tells nobody but whoever asks
        await asyncio.sleep(0.01)
    try:
        return await _load(trail)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _verify(trail: _Trail) -> float:
    """Rows per second."""
    began = time.perf_counter()
    verdict = await Verification(trail.db, trail.keys).run()
    if verdict.problem or verdict.entries < _VERIFIED:
        raise AssertionError(verdict)
    return verdict.entries / (time.perf_counter() - began)


async def _read(trail: _Trail) -> float:
    """The same rows in the same pages, and nothing done with them."""
    table = AuditRow.__table__  # type: ignore[attr-defined] # SQLModel hides it
    began, count, last = time.perf_counter(), 0, 0
    while rows := await read_rows(trail.db, table.c.sequence > last, [table.c.sequence], _PAGE):
        count += len(rows)
        last = int(rows[-1].cells["sequence"] or 0)
    return count / (time.perf_counter() - began)


def _peak(environment: Mapping[str, str]) -> float:
    """MiB of memory at most, of a process that verifies."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "audit", "verify"], env=environment, stdout=subprocess.DEVNULL
    )
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise AssertionError("it did not verify")
    return usage.ru_maxrss / 1024


async def _memory(db: Database) -> float:
    with tempfile.TemporaryDirectory(prefix="platform-bot-bench-") as folder:
        config = Path(folder) / "platform.yaml"
        config.touch()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.getcwd(),
            "DATABASE_URL": db.url.render_as_string(hide_password=False),
            "PLATFORM_AUDIT_KEY": _SECRET,
            "PLATFORM_CONFIG": str(config),
        }
        return await asyncio.to_thread(_peak, environment)


async def run() -> Measured:
    """Keys: `sqlite_c8` transactions per second while sealed, `…_p99_ms` their 99th percentile; `…_sealed` rows sealed per
    second; `…_verified` rows verified per second, against reading them; `…_verify_mb` memory for 100,000 rows, against
    none."""
    measured = Measured("audit")
    for kind in ("sqlite", "postgres"):
        async with database(kind) as db:
            trail = _Trail(db)
            measured.add_reference(f"{kind}_verify_mb", await _memory(db))
            await _load(trail)  # warm-up
            await trail.seal_all()
            for _ in range(_RUNS):
                for load, add in ((_load, measured.add_reference), (_load_while_sealed, measured.add)):
                    rate, p99 = await load(trail)
                    await trail.seal_all()
                    add(f"{kind}_c{_AT_ONCE}", rate)
                    add(f"{kind}_c{_AT_ONCE}_p99_ms", p99)
            for _ in range(3):
                await trail.fill(_SEALED)
                measured.add(f"{kind}_sealed", await trail.seal_all())
            await trail.fill(_VERIFIED)
            await trail.seal_all()
            for _ in range(3):
                measured.add_reference(f"{kind}_verified", await _read(trail))
                measured.add(f"{kind}_verified", await _verify(trail))
            measured.add(f"{kind}_verify_mb", await _memory(db))
    return measured
