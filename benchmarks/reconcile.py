"""One steady-state pass over 10,000 sandboxes, against listing the same objects; and how fast 1,000 new ones stand.

The cluster is the double, in a process of its own, filled directly. The reference reads the same objects with the same client,
the same selector and pages of 500, and looks at none of them. Steady state: a pass that writes anything, to the cluster or to the
database, or that suspects anything, fails the run.
"""

import asyncio
import gc
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from benchmarks.cluster import SETTINGS, cluster, row
from benchmarks.databases import database
from benchmarks.report import Measured
from bot.kit.access import AccessSettings
from bot.kit.clock import SystemClock
from bot.kit.roles import Rules
from commands.sandbox.books import Books
from commands.sandbox.inside import Inside
from commands.sandbox.objects import GUARDS
from commands.sandbox.reconcile.furnishing import Furnishing
from commands.sandbox.reconcile.round import Reconciler
from commands.sandbox.reconcile.sweep import SELECTOR, Sweep
from commands.sandbox.templates.catalogue import Catalogue
from commands.sandbox.templates.loading import load_templates
from integrations.kubernetes import Cluster, reference_of
from integrations.kubernetes.connection import Requests
from storage.audit import AuditStore
from storage.audit_chain import Keyring
from storage.db import Database
from storage.messages import MessageStore
from storage.sandboxes import SandboxRow, SandboxState

_STANDING = 10_000
_CREATED = 1_000
_PASSES = 3
_PAGE = 500
_SLACK = 20  # requests beyond the pages
_KINDS = (reference_of("v1", "Namespace"), *GUARDS)


class _Counted:
    """The client's own way to the server, with a count."""

    def __init__(self, inner: Requests) -> None:
        self._inner = inner
        self.asked: list[str] = []
        self._open = 0
        self.most_at_once = 0

    async def request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        self.asked.append(method)
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        try:
            return await self._inner.request(method, path, **options)
        finally:
            self._open -= 1

    async def text(self, path: str, **options: Any) -> str:
        return await self._inner.text(path, **options)

    async def close(self) -> None:
        await self._inner.close()


def _counted(client: Cluster) -> _Counted:
    counted = _Counted(client._connection)
    client._connection = counted
    return counted


def _books(db: Database) -> Books:
    clock = SystemClock()
    return Books(
        db, clock, MessageStore(clock), SETTINGS, Rules(AccessSettings()), AuditStore(Keyring.of("a benchmark's key"))
    )


async def _insert(db: Database, rows: Sequence[SandboxRow]) -> None:
    async with db.transaction() as session:
        session.add_all(rows)


async def run() -> Measured:
    """Keys: `requests_vs_budget` requests of a pass, against listed objects ÷ 500 + 20; `time_vs_list` seconds of a pass, against
    listing; `listed` objects; `rss_mb` the process at its largest, `rss_growth_mb` what of it the first pass added;
    `creates_per_s` new sandboxes that stand, `creates_most_at_once` requests open at the same time meanwhile."""
    measured = Measured("reconcile")
    await _steady(measured)
    await _created(measured)
    return measured


async def _steady(measured: Measured) -> None:
    with tempfile.TemporaryDirectory(prefix="platform-bot-bench-") as folder:
        kubeconfig = Path(folder) / "kubeconfig"
        async with (
            cluster(_STANDING, kubeconfig),
            database("sqlite") as db,
            Cluster(kubeconfig=str(kubeconfig)) as client,
        ):
            for start in range(0, _STANDING, 1_000):
                await _insert(db, [row(number, SandboxState.READY) for number in range(start, start + 1_000)])
            await client.version()  # the client's library is loaded by now
            counted, sweep = _counted(client), Sweep(db, SystemClock(), client, SETTINGS, _books(db))
            gc.collect()
            before, rows = _memory("VmRSS"), await _changes(db)
            for number in range(_PASSES):
                began, asked = time.perf_counter(), len(counted.asked)
                swept = await sweep.run()
                took = time.perf_counter() - began
                if swept is None or swept.sandboxes != _STANDING or swept.suspected or swept.handed:
                    raise AssertionError(f"not a steady state: {swept}")
                if set(counted.asked) != {"GET"} or await _changes(db) != rows:
                    raise AssertionError("a pass over what is as it should be wrote something")
                if number == 0:
                    measured.add("rss_mb", _memory("VmHWM"))
                    measured.add("rss_growth_mb", _memory("VmHWM") - before)
                    measured.add("listed", swept.listed)
                measured.add("time_vs_list", took)
                measured.add("requests_vs_budget", len(counted.asked) - asked)
                measured.add_reference("requests_vs_budget", swept.listed / _PAGE + _SLACK)
                measured.add_reference("time_vs_list", await _listing(client, swept.listed))


async def _listing(client: Cluster, expected: int) -> float:
    began, listed = time.perf_counter(), 0
    for kind in _KINDS:
        async for _item in client.list(kind, label_selector=SELECTOR, page_size=_PAGE):
            listed += 1
    if listed != expected:
        raise AssertionError(f"{listed} objects instead of {expected}")
    return time.perf_counter() - began


async def _created(measured: Measured) -> None:
    with tempfile.TemporaryDirectory(prefix="platform-bot-bench-") as folder:
        kubeconfig = Path(folder) / "kubeconfig"
        async with cluster(0, kubeconfig), database("sqlite") as db, Cluster(kubeconfig=str(kubeconfig)) as client:
            clock, books = SystemClock(), _books(db)
            await client.version()
            counted = _counted(client)
            inside = Inside(clock, client)
            furnishing = Furnishing(inside, Catalogue(load_templates(None), SETTINGS.domain))
            reconciler = Reconciler(db, clock, client, SETTINGS, MessageStore(clock), books, furnishing, inside)
            await _insert(db, [row(number, SandboxState.REQUESTED, clock.now()) for number in range(_CREATED)])
            began = time.perf_counter()
            while await _ready(db) < _CREATED:
                if not await reconciler.round():
                    await asyncio.sleep(0.1)
            measured.add("creates_per_s", _CREATED / (time.perf_counter() - began))
            measured.add("creates_most_at_once", counted.most_at_once)


async def _ready(db: Database) -> int:
    async with db.reading() as session:
        query = select(func.count()).select_from(SandboxRow).where(col(SandboxRow.state) == SandboxState.READY)
        return int((await session.execute(query)).scalar_one())


async def _changes(db: Database) -> tuple[int, int]:
    """Grows with every change of a row; a look that is handed over shows in the second."""
    async with db.reading() as session:
        query = select(func.sum(SandboxRow.version), func.count(col(SandboxRow.look_at)))
        versions, looks = (await session.execute(query)).one()
    return int(versions), int(looks)


def _memory(key: str) -> float:
    """In MB, as the kernel counts it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {key} in /proc/self/status")
