"""What needs an admin: what is stuck, lost, orphaned or held back; and the two things that only an admin does about it."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.call import Call
from bot.kit.clock import Clock
from bot.kit.errors import UserError
from bot.kit.plans import Plan
from commands.sandbox import trail
from commands.sandbox.books import TOPIC, Books
from commands.sandbox.drift import marks_of_others
from commands.sandbox.objects import ID_LABEL, MANAGED_BY, MANAGED_BY_LABEL, NAMESPACE_PREFIX, namespace_of
from commands.sandbox.ports import Cluster
from commands.sandbox.reconcile.holding import Held, what_holds
from commands.sandbox.reconcile.presence import plan_of
from commands.sandbox.reconcile.sweep import SELECTOR
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.use_cases.brake import Brake
from commands.sandbox.values.doctor import (
    Ailing,
    Diagnosis,
    Discarded,
    Orphan,
    Stuck,
    Unblocked,
    UnblockEffects,
)
from integrations.kubernetes import (
    ChangedMeanwhile,
    ForbiddenInCluster,
    KubernetesObject,
    NotFoundInCluster,
    Preconditions,
    reference_of,
)
from storage.audit import AuditEntry
from storage.db import Database
from storage.sandboxes import STANDING, SandboxRow, SandboxState

_NAMESPACE = reference_of("v1", "Namespace")
_EXPLAINED: Final = 20  # stuck ones that are looked into


class Doctor:
    """Every call to the cluster raises Unavailable or ClusterError."""

    def __init__(
        self, db: Database, clock: Clock, cluster: Cluster, settings: SandboxSettings, books: Books, brake: Brake
    ) -> None:
        self._db = db
        self._clock = clock
        self._cluster = cluster
        self._settings = settings
        self._books = books
        self._brake = brake

    async def examine(self) -> Diagnosis:
        """Looks at both sides and compares. Changes nothing."""
        there = {
            str(each["metadata"]["name"]): each
            async for each in self._cluster.list(_NAMESPACE, label_selector=SELECTOR)
        }
        # Read after the list: whose namespace is listed has a row by now.
        async with self._db.reading() as session:
            rows = await self._books.sandboxes.present(session, None)
        return Diagnosis(
            sandboxes=len(rows),
            orphans=_orphans(there, rows := list(rows)),
            lost=tuple([_ailing(row, "Its namespace is missing") for row in rows if await self._lost(row, there)]),
            stuck=tuple([await self._stuck(row) for row in _blocked(rows)[:_EXPLAINED]]),
            failed=tuple(_ailing(row) for row in rows if row.state == SandboxState.FAILED),
            brake=await self._brake.state(),
            marked=sum(self._marked(row, there) for row in rows),
        )

    async def plan_unblock(self, call: Call, name: str) -> Plan:
        """Which finalizers would be taken off which objects."""
        row, objects, unseen = await self._held(call, name)
        lines = [f"Takes off {', '.join(each.finalizers)} from {each.reference.plural}/{each.name}" for each in objects]
        lines += [f"Cannot be looked at: {each}" for each in unseen]
        if not objects:
            lines.append(f"Nothing that the bot can see holds sandbox {row.name}")
        else:
            lines.append("Whatever those finalizers were to clean up, outside the cluster too, is not cleaned up")
        return Plan(lines, UnblockEffects(objects=len(objects)), team=row.team)

    async def unblock(self, call: Call, name: str) -> Unblocked:
        """Each object as it was seen, and no other. Raises UserError when the bot's role does not allow it."""
        row, objects, _unseen = await self._held(call, name)
        await self._write(trail.asked(call, "unblock", f"sandbox:{row.id}", [*map(str, objects)], self._clock.now()))
        done = []
        for each in objects:
            patch: KubernetesObject = {"metadata": {"resourceVersion": each.resource_version, "finalizers": None}}
            try:
                await self._cluster.merge_patch(each.reference, each.name, patch, row.namespace)
            except (ChangedMeanwhile, NotFoundInCluster):
                continue  # it is another one by now, or gone
            except ForbiddenInCluster:
                raise UserError(
                    f"The bot may not patch {each.reference.plural} in {row.namespace}. The component `unblock` of the "
                    f"deployment grants it; or do it by hand: {each}"
                ) from None
            await self._write(trail.unblocked(call, row, str(each), self._clock.now()))
            done.append(str(each))
        async with self._db.transaction() as session:
            await self._books.sandboxes.look_by(session, [row.id], self._clock.now(), wanted=False)
            self._db.signal(session, TOPIC)
        return Unblocked(sandbox=row.name, objects=tuple(done))

    async def plan_discard(self, namespace: str) -> Plan:
        """Raises UserError when it is no orphan of ours."""
        found = await self._orphan(namespace)
        if found is None:
            return Plan([f"Nothing: there is no namespace {namespace}"], UnblockEffects(objects=0))
        return Plan([f"Deletes the namespace {namespace} and everything in it"], UnblockEffects(objects=1))

    async def discard(self, call: Call, namespace: str) -> Discarded:
        """That very namespace as it was seen, and only if no sandbox stands for it."""
        found = await self._orphan(namespace)
        if found is None:
            return Discarded(namespace=namespace, gone=True)
        metadata = found["metadata"]
        only_this = Preconditions(uid=str(metadata["uid"]), resource_version=str(metadata["resourceVersion"]))
        uid = str(metadata["uid"])
        await self._write(trail.asked(call, "discard", f"namespace:{namespace}", [uid], self._clock.now()))
        try:
            await self._cluster.delete(_NAMESPACE, namespace, preconditions=only_this)
        except ChangedMeanwhile:
            raise UserError(f"Somebody changed {namespace} just now; look at it again: sandbox doctor") from None
        await self._write(trail.discarded(call, namespace, uid, self._clock.now()))
        return Discarded(namespace=namespace, gone=False)

    async def _write(self, entry: AuditEntry) -> None:
        async with self._db.transaction() as session:
            await self._books.write(session, entry)

    async def _orphan(self, namespace: str) -> KubernetesObject | None:
        found = await self._cluster.get(_NAMESPACE, namespace)
        if found is None:
            return None
        labels = found["metadata"].get("labels") or {}
        ours = namespace.startswith(NAMESPACE_PREFIX) and labels.get(MANAGED_BY_LABEL) == MANAGED_BY
        if not ours or ID_LABEL not in labels:
            raise UserError(f"The namespace {namespace} was not made by this bot: it has no label {ID_LABEL}.")
        async with self._db.reading() as session:
            row = await self._stands_for(session, str(labels[ID_LABEL]), namespace)
        if row is not None:
            raise UserError(f"Sandbox “{row.name}” of team {row.team} has that namespace. Delete the sandbox instead.")
        return found

    async def _stands_for(self, session: AsyncSession, sandbox_id: str, namespace: str) -> SandboxRow | None:
        row = await self._books.sandboxes.get(session, sandbox_id)
        present = row is not None and row.state != SandboxState.DELETED and row.namespace == namespace
        return row if present else None

    async def _held(self, call: Call, name: str) -> tuple[SandboxRow, tuple[Held, ...], tuple[str, ...]]:
        async with self._db.reading() as session:
            row = await self._books.find(session, call.principal, call.command, name)
        namespace = await self._cluster.get(_NAMESPACE, row.namespace)
        mine = namespace is not None and (namespace["metadata"].get("labels") or {}).get(ID_LABEL) == row.id
        if row.wanted or namespace is None or not mine or "deletionTimestamp" not in namespace["metadata"]:
            return row, (), ()
        holding = await what_holds(self._cluster, namespace)
        return row, holding.objects, holding.unseen

    async def _stuck(self, row: SandboxRow) -> Stuck:
        namespace = await self._cluster.get(_NAMESPACE, row.namespace)
        known = {"id": row.id, "name": row.name, "namespace": row.namespace}
        if namespace is None or "deletionTimestamp" not in namespace["metadata"]:
            return Stuck(**known, said=(row.problem or "",), objects=(), unseen=())
        holding = await what_holds(self._cluster, namespace)
        return Stuck(**known, said=holding.said, objects=tuple(map(str, holding.objects)), unseen=holding.unseen)

    async def _lost(self, row: SandboxRow, there: Mapping[str, KubernetesObject]) -> bool:
        """Asked again for those that were not in the list: a label may be missing only."""
        if not row.wanted or row.state not in STANDING or row.namespace in there:
            return False
        return await self._cluster.get(_NAMESPACE, row.namespace) is None

    def _marked(self, row: SandboxRow, there: Mapping[str, KubernetesObject]) -> bool:
        live = there.get(row.namespace)
        if live is None or row.state not in STANDING:
            return False
        return bool(marks_of_others(namespace_of(plan_of(row, self._settings), ""), live))


def _orphans(there: Mapping[str, KubernetesObject], rows: list[SandboxRow]) -> tuple[Orphan, ...]:
    stand = {(row.id, row.namespace) for row in rows}
    found = []
    for name, each in there.items():
        sandbox_id = str(each["metadata"]["labels"].get(ID_LABEL, ""))
        if (sandbox_id, name) not in stand:
            leaving = "deletionTimestamp" in each["metadata"]
            found.append(Orphan(namespace=name, sandbox_id=sandbox_id, leaving=leaving))
    return tuple(found)


def _blocked(rows: list[SandboxRow]) -> list[SandboxRow]:
    return [row for row in rows if row.state == SandboxState.DELETE_BLOCKED]


def _ailing(row: SandboxRow, problem: str | None = None) -> Ailing:
    words = problem or row.problem or "nobody said why"
    return Ailing(id=row.id, name=row.name, team=row.team, namespace=row.namespace, problem=words)
