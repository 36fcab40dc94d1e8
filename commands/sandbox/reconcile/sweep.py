"""One pass over every sandbox that stands, by a few list calls for all of them: what differs is handed to the reconciler. Changes
nothing in the cluster, and keeps of each sandbox only what it should be and which of its objects were seen."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.kit.clock import Clock
from commands.sandbox.books import TOPIC, Books
from commands.sandbox.drift import agrees, brought_to, marks_of_others
from commands.sandbox.objects import (
    GUARDS,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    ObjectKey,
    SandboxPlan,
    guards_of,
    namespace_of,
    sandbox_objects,
    spec_hash,
    unwanted_objects,
)
from commands.sandbox.ports import Cluster
from commands.sandbox.reconcile.guards import Guards
from commands.sandbox.reconcile.presence import plan_of
from commands.sandbox.settings import SandboxSettings
from integrations.kubernetes import ClusterError, KubernetesObject, ObjectRef, reference_of
from storage.db import Database
from storage.sandboxes import STANDING, SandboxRow

log = structlog.stdlib.get_logger(__name__)

SELECTOR: Final = f"{MANAGED_BY_LABEL}={MANAGED_BY}"
_NAMESPACE = reference_of("v1", "Namespace")
_ROWS: Final = 500  # read at once
_TURN: Final = 50  # objects compared before others have their turn
_HANDED: Final = 200  # by one statement
_ROOM: Final = 8  # bits for each kind, more than there are objects of one
_AT_ONCE: Final = 5  # sandboxes asked about at the same time


@dataclass(slots=True)
class _Watched:
    """A sandbox as the rows have it, and what was seen of it: a bit for each object, and whether any was not as it should be."""

    id: str
    version: int
    plan: SandboxPlan
    objects: int
    seen: int = 0
    differs: bool = False


@dataclass(frozen=True)
class Swept:
    """What a pass found. `handed` are the ids of those that the reconciler looks at now; `gone` counts those whose namespace is
    no more; `held_back`: so many are gone at once that nothing is made anew."""

    sandboxes: int
    listed: int
    suspected: int
    handed: tuple[str, ...]
    gone: int
    held_back: bool


class Sweep:
    def __init__(self, db: Database, clock: Clock, cluster: Cluster, settings: SandboxSettings, books: Books) -> None:
        self._db = db
        self._clock = clock
        self._cluster = cluster
        self._settings = settings
        self._books = books
        self._guards = Guards(cluster)
        self._sweeping = asyncio.Lock()
        self._told: dict[str, tuple[str, ...]] = {}  # sandbox id -> marks of others that were reported
        # Sandbox id -> its row's version and the hash of its plan: half of a pass's own work otherwise.
        self._hashes: dict[str, tuple[int, str]] = {}

    async def run(self) -> Swept | None:
        """None when the one before is not through yet. Raises Unavailable or ClusterError."""
        if self._sweeping.locked():
            log.warning("sweep_left_out", reason="the one before is not through")
            return None
        async with self._sweeping:
            swept = await self._pass()
        log.info(
            "sandboxes_swept",
            sandboxes=swept.sandboxes,
            listed=swept.listed,
            suspected=swept.suspected,
            handed=len(swept.handed),
        )
        return swept

    async def _pass(self) -> Swept:
        watched = await self._standing()
        listed = await self._compare(_NAMESPACE, watched, 1)
        first = 2
        for reference in GUARDS:
            listed += await self._compare(reference, watched, first)
            first <<= _ROOM
        suspects = [each for each in watched.values() if each.differs or each.seen.bit_count() != each.objects]
        present = {each.id for each in watched.values()}
        self._told = {key: told for key, told in self._told.items() if key in present}
        self._hashes = {key: known for key, known in self._hashes.items() if key in present}
        watched_count = len(watched)
        gate = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._found_out(each, gate)) for each in suspects]
        verdicts = [task.result() for task in tasks]
        gone = sum(verdict == "gone" for verdict in verdicts)
        held_back = gone > self._settings.brake
        if held_back:
            # More likely another cluster than ours, or its backup of yesterday, than so many people with kubectl.
            log.error("namespaces_gone", gone=gone, most=self._settings.brake)
        wanted = {"differs"} if held_back else {"differs", "gone"}
        handed = tuple(each.id for each, verdict in zip(suspects, verdicts, strict=True) if verdict in wanted)
        await self._hand_over(handed)
        return Swept(watched_count, listed, len(suspects), handed, gone, held_back)

    async def _standing(self) -> dict[str, _Watched]:
        """By namespace."""
        found: dict[str, _Watched] = {}
        facts, after, objects = self._settings.cluster_facts(), "", 0
        while True:
            async with self._db.reading() as session:
                rows = await self._books.sandboxes.standing(session, after, _ROWS)
                for row in rows:
                    # One object for all of them: they know the same of the cluster.
                    plan = replace(plan_of(row, self._settings), facts=facts)
                    objects = objects or len(sandbox_objects(plan))  # as many for each: the facts decide
                    found[row.namespace] = _Watched(row.id, row.version, plan, objects)
            if len(rows) < _ROWS:
                return found
            after = rows[-1].id

    async def _compare(self, reference: ObjectRef, watched: Mapping[str, _Watched], first: int) -> int:
        """Notes what is there and as it should be; how many were listed. `first` is the bit of the kind's first object."""
        listed = 0
        of: _Watched | None = None
        wanted: Mapping[str, tuple[int, KubernetesObject]] = {}
        unwanted: frozenset[str] = frozenset()
        async for live in self._cluster.list(reference, label_selector=SELECTOR):
            listed += 1
            if listed % _TURN == 0:
                await asyncio.sleep(0)
            metadata = live["metadata"]
            sandbox = watched.get(str(metadata.get("namespace") or metadata["name"]))
            if sandbox is None:
                continue
            if sandbox is not of:  # those of one namespace stand together
                of, wanted = sandbox, self._wanted(reference, sandbox, first)
                unwanted = _names(unwanted_objects(sandbox.plan), reference)
            name = str(metadata["name"])
            if name in unwanted:
                sandbox.differs = True
            elif name in wanted:
                bit, manifest = wanted[name]
                sandbox.seen |= bit
                sandbox.differs |= bool(metadata.get("deletionTimestamp")) or not agrees(manifest, live)
                if reference is _NAMESPACE:
                    self._report(sandbox.id, marks_of_others(manifest, live))
        return listed

    async def _found_out(self, suspect: _Watched, gate: asyncio.Semaphore) -> str:
        """`differs`, `gone`, or `fine`, as the server itself says it. What changed meanwhile is in its own look."""
        async with gate:
            row = await self._now(suspect)
            if row is None:
                return "fine"
            try:
                namespace = await self._cluster.get(_NAMESPACE, row.namespace)
                if namespace is None:
                    return "gone"
                plan = plan_of(row, self._settings)
                changed = (
                    namespace["metadata"]["uid"] != row.namespace_uid or "deletionTimestamp" in namespace["metadata"]
                )
                if changed or not brought_to(namespace, spec_hash(plan)):
                    return "differs"
                drifted = await self._guards.drifted(plan, namespace)
            except ClusterError as error:
                log.warning("sandbox_not_compared", sandbox=row.id, reason=error.reason, error=error.message)
                return "differs"  # the reconciler says on its card what is refused
            for drift in drifted:
                log.warning("sandbox_drifted", sandbox=row.id, guard=drift.title, missing=drift.live is None)
            return "differs" if drifted else "fine"

    async def _now(self, suspect: _Watched) -> SandboxRow | None:
        async with self._db.reading() as session:
            row = await self._books.sandboxes.get(session, suspect.id)
        if row is None or row.version != suspect.version or not row.wanted or row.state not in STANDING:
            return None
        return row

    async def _hand_over(self, ids: Sequence[str]) -> None:
        now = self._clock.now()
        for start in range(0, len(ids), _HANDED):
            async with self._db.transaction() as session:
                await self._books.sandboxes.look_by(session, ids[start : start + _HANDED], now)
                self._db.signal(session, TOPIC)

    def _wanted(
        self, reference: ObjectRef, sandbox: _Watched, first: int
    ) -> Mapping[str, tuple[int, KubernetesObject]]:
        """Each object by its name, with its bit."""
        if reference is not _NAMESPACE:
            objects = guards_of(sandbox.plan, reference.kind)
        else:
            version, known = self._hashes.get(sandbox.id, (0, ""))
            if version != sandbox.version:
                known = spec_hash(sandbox.plan)
                self._hashes[sandbox.id] = sandbox.version, known
            objects = [namespace_of(sandbox.plan, known)]
        return {str(each["metadata"]["name"]): (first << place, each) for place, each in enumerate(objects)}

    def _report(self, sandbox_id: str, marks: tuple[str, ...]) -> None:
        """Once for each change: they may well be meant to be there."""
        if marks != self._told.get(sandbox_id, ()):
            log.info("namespace_marked_by_others", sandbox=sandbox_id, marks=marks[:20])
            if marks:
                self._told[sandbox_id] = marks
            else:
                del self._told[sandbox_id]


def _names(keys: Sequence[ObjectKey], reference: ObjectRef) -> frozenset[str]:
    return frozenset(key.name for key in keys if key.reference == reference)
