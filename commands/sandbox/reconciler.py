"""Makes the cluster agree with what is wanted, one sandbox at a time, again and again. Decides nothing about what is wanted.

Level-triggered: a round compares and acts, and does not care how things came to differ. Between reading a row and writing it
back somebody may have changed it; then what was found is thrown away, and the sandbox is looked at again at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.clock import Clock
from bot.kit.errors import Unavailable
from bot.kit.ids import new_id
from commands.sandbox import trail
from commands.sandbox.objects import (
    GUARD_NAME,
    ID_LABEL,
    SandboxPlan,
    Size,
    namespace_name,
    quota_holds,
    sandbox_objects,
    surplus_patch,
    unwanted_objects,
)
from commands.sandbox.ports import Cluster
from commands.sandbox.rules import (
    Seen,
    expired,
    may_still_appear,
    next_look,
    next_state,
    pause_after,
    pause_after_refusal,
    pause_for_quota,
    pause_while_leaving,
    stuck,
)
from commands.sandbox.settings import SandboxSettings
from integrations.kubernetes import (
    AlreadyExists,
    ChangedMeanwhile,
    ClusterError,
    KubernetesObject,
    NamespaceTerminating,
    Preconditions,
    reference_of,
)
from storage.audit import AuditStore
from storage.db import Database
from storage.sandboxes import SandboxRow, SandboxState, SandboxStore

log = structlog.stdlib.get_logger(__name__)

TOPIC = "sandboxes"
_NAMESPACE = reference_of("v1", "Namespace")
_QUOTA = reference_of("v1", "ResourceQuota")
_BATCH = 20
_AT_ONCE = 5  # sandboxes worked on at the same time; each is a dozen requests to the cluster
# Renewed at every third of it while a round lasts, by one UPDATE for all of them; a dead replica's are free after this. A replica
# that stands still for longer does no harm when it goes on: what it writes then is compared and swapped.
_CLAIM = timedelta(seconds=5)
_NAMES_TRIED = 5

MarkCard = Callable[[AsyncSession, SandboxRow], Awaitable[None]]


class Reconciler:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        cluster: Cluster,
        settings: SandboxSettings,
        mark_card: MarkCard,
        audit: AuditStore,
    ) -> None:
        self._db = db
        self._clock = clock
        self._cluster = cluster
        self._settings = settings
        self._mark_card = mark_card
        self._audit = audit
        self._sandboxes = SandboxStore()
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._first = True
        self._claimed: list[datetime] = []  # until when this round's claims run, or ran before they were renewed

    async def round(self) -> bool:
        """Works on what is due; whether more may be waiting."""
        rows = await self._claim()
        if not rows:
            return False
        held = {row.id for row in rows}
        holding = asyncio.create_task(self._hold(held), name="sandbox claims")
        try:
            async with asyncio.TaskGroup() as group:
                for row in rows:
                    group.create_task(self._supervised(row, held))
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
            if held:  # stopped in the middle, or failed: others may go on at once
                async with self._db.transaction() as session:
                    await self._sandboxes.hold(session, held, self._claimed, None)
        return len(rows) == _BATCH

    async def _hold(self, held: set[str]) -> None:
        """Renews the claims of what is still being worked on."""
        while True:
            await asyncio.sleep(_CLAIM.total_seconds() / 3)
            try:
                async with self._db.transaction() as session:
                    await self._sandboxes.hold(session, held, tuple(self._claimed), self._claim_end())
            except Unavailable as error:
                log.warning("claims_not_renewed", detail=error.detail)

    async def _claim(self) -> Sequence[SandboxRow]:
        now = self._clock.now()
        async with self._db.transaction() as session:
            if self._first and self._db.dialect == "sqlite":
                await self._sandboxes.unclaim_all(session)
            self._first = False
            self._claimed.clear()
            return await self._sandboxes.claim(session, now, self._claim_end(), _BATCH)

    def _claim_end(self) -> datetime:
        """Noted before it is written: whoever gives a claim back meanwhile must know it."""
        self._claimed.append(self._clock.now() + _CLAIM)
        return self._claimed[-1]

    async def _supervised(self, row: SandboxRow, held: set[str]) -> None:
        try:
            try:
                await self._look_after(row)
            except Unavailable:
                raise
            except Exception as error:
                log.error("sandbox_not_reconciled", sandbox=row.id, exc_info=error)
                await self._save(row, look_at=self._clock.now() + pause_after_refusal())
        except Unavailable as error:
            # The database itself: not even that it waits can be written down. It is given back after the others, or free when
            # the claim has run out.
            log.warning("sandbox_waits", sandbox=row.id, system=error.system, detail=error.detail)
            return
        held.discard(row.id)

    async def _look_after(self, row: SandboxRow) -> None:
        async with self._at_once:
            try:
                if row.wanted and expired(row.expires_at, self._clock.now()):
                    await self._expire(row)
                elif row.wanted:
                    await self._ensure_present(row)
                else:
                    await self._ensure_absent(row)
            except Unavailable as error:
                await self._unreachable(row, error)

    # --- present --------------------------------------------------------------------------------------------------

    async def _ensure_present(self, row: SandboxRow) -> None:
        started = next_state(SandboxState(row.state), Seen.STARTED)
        if started != row.state:
            begun = await self._save(row, state=started, done=False)
            if begun is None:
                return
            row = begun
        try:
            made = await self._ensure_namespace(row)
            if made is None:
                return
            row, namespace = made
            await self._ensure_objects(row)
            guarded = await self._quota_holds(row)
        except (NamespaceTerminating, ChangedMeanwhile) as error:
            await self._save(row, problem=_sentence(error), look_at=self._clock.now() + pause_after(1))
        except ClusterError as error:
            log.warning("sandbox_refused", sandbox=row.id, reason=error.reason, error=error.message)
            await self._save(
                row,
                state=next_state(SandboxState(row.state), Seen.REFUSED),
                problem=f"The cluster refuses it: {error.message}",
                look_at=self._clock.now() + pause_after_refusal(),
            )
        else:
            if not guarded:  # a quota limits nothing until the cluster has taken it up: not ready before that
                await self._save(row, look_at=self._clock.now() + pause_for_quota())
                return
            await self._save(
                row,
                state=next_state(SandboxState(row.state), Seen.STANDS),
                problem=None,
                failures=0,
                namespace_uid=str(namespace["metadata"]["uid"]),
                look_at=next_look(row.expires_at, self._settings.resync, self._clock.now()),
            )

    async def _ensure_namespace(self, row: SandboxRow) -> tuple[SandboxRow, KubernetesObject] | None:
        """Makes the namespace, or takes the one that carries our id; gives the row as it is then, for its name may be another
        now. None when somebody changed the row meanwhile."""
        manifest = sandbox_objects(self._plan(row))[0]
        for _attempt in range(_NAMES_TRIED):
            found = await self._cluster.get(_NAMESPACE, row.namespace)
            if found is None:
                try:
                    return row, await self._cluster.create(manifest)
                except AlreadyExists:
                    continue  # made this very moment: by whom is seen at the next look
            if found["metadata"].get("labels", {}).get(ID_LABEL) == row.id:
                if found["metadata"].get("deletionTimestamp"):
                    raise NamespaceTerminating(f"the namespace {row.namespace} is still going away")
                return row, await self._cluster.apply(manifest)
            # Somebody else's namespace of our name is never touched: take another name.
            log.warning("namespace_taken", sandbox=row.id, namespace=row.namespace)
            renamed = await self._save(
                row, namespace=namespace_name(row.team, row.name, new_id(4)), namespace_uid=None, done=False
            )
            if renamed is None:
                return None
            row = renamed
            manifest = sandbox_objects(self._plan(row))[0]
        raise ChangedMeanwhile("every name tried for the namespace is taken")

    async def _ensure_objects(self, row: SandboxRow) -> None:
        plan = self._plan(row)
        for manifest in sandbox_objects(plan)[1:]:
            live = await self._cluster.apply(manifest)
            if (patch := surplus_patch(manifest, live)) is not None:
                reference = reference_of(manifest["apiVersion"], manifest["kind"])
                log.warning(
                    "sandbox_guard_healed", sandbox=row.id, kind=reference.kind, name=manifest["metadata"]["name"]
                )
                await self._cluster.merge_patch(reference, manifest["metadata"]["name"], patch, row.namespace)
        for unwanted in unwanted_objects(plan):
            await self._cluster.delete(unwanted.reference, unwanted.name, row.namespace)

    async def _quota_holds(self, row: SandboxRow) -> bool:
        live = await self._cluster.get(_QUOTA, GUARD_NAME, row.namespace)
        return live is not None and quota_holds(live)

    # --- absent ---------------------------------------------------------------------------------------------------

    async def _expire(self, row: SandboxRow) -> None:
        now = self._clock.now()
        log.info("sandbox_expired", sandbox=row.id, expires_at=row.expires_at.isoformat())
        state = next_state(SandboxState(row.state), Seen.UNWANTED)
        await self._save(row, state=state, wanted=False, unwanted_at=now, problem=None, look_at=now)

    async def _ensure_absent(self, row: SandboxRow) -> None:
        now, since = self._clock.now(), row.unwanted_at or row.created_at
        found = await self._cluster.get(_NAMESPACE, row.namespace)
        if found is None and row.namespace_uid is None and may_still_appear(since, now):
            await self._save(row, look_at=now + pause_while_leaving(since, now))
            return
        if found is not None and _lost_its_label(found, row):
            lost = f"The namespace {row.namespace} lost its label {ID_LABEL}; put {row.id} back, and I delete it."
            state = next_state(SandboxState(row.state), Seen.STUCK)
            await self._save(row, state=state, problem=lost, look_at=now + pause_after_refusal())
            return
        if found is None or found["metadata"].get("labels", {}).get(ID_LABEL) != row.id:
            state = next_state(SandboxState(row.state), Seen.GONE)
            await self._save(row, state=state, problem=None, failures=0, look_at=None)
            return
        if not found["metadata"].get("deletionTimestamp"):
            metadata = found["metadata"]
            only_this = Preconditions(uid=metadata["uid"], resource_version=metadata["resourceVersion"])
            try:
                await self._cluster.delete(_NAMESPACE, row.namespace, preconditions=only_this)
            except ChangedMeanwhile:
                pass  # the next look sees what it is now
            except ClusterError as error:
                await self._save(
                    row,
                    problem=f"The cluster refuses to delete it: {error.message}",
                    look_at=self._clock.now() + pause_after_refusal(),
                )
                return
        state = next_state(SandboxState(row.state), Seen.STUCK if stuck(since, now) else Seen.LEAVING)
        problem = _what_holds(found) if stuck(since, now) else None
        await self._save(row, state=state, problem=problem, failures=0, look_at=now + pause_while_leaving(since, now))

    # --- the row --------------------------------------------------------------------------------------------------

    async def _unreachable(self, row: SandboxRow, error: Unavailable) -> None:
        log.warning("sandbox_waits", sandbox=row.id, system=error.system, detail=error.detail)
        async with self._db.reading() as session:
            current = await self._sandboxes.get(session, row.id)
        if current is None or current.wanted != row.wanted:
            current = row  # outdated: saving it only gives the claim back
        await self._save(
            current,
            problem=f"{error.system[:1].upper()}{error.system[1:]} is not available right now; I keep trying.",
            failures=row.failures + 1,
            look_at=self._clock.now() + pause_after(row.failures),
        )

    async def _save(self, row: SandboxRow, *, done: bool = True, **values: Any) -> SandboxRow | None:
        """Writes what was found, and gives the claim back if the round is `done`. None when the row has changed since it
        was read: then nothing is written but that."""
        shown = any(getattr(row, name) != value for name, value in values.items() if name in _SHOWN)
        before, problem = trail.standing(row), row.problem
        if done:
            values["claimed_until"] = None
        async with self._db.transaction() as session:
            changed = await self._sandboxes.change(session, row, **values)
            if changed is None:
                await self._sandboxes.hold(session, [row.id], self._claimed, None)
                self._db.signal(session, TOPIC)
                return None
            if shown:
                await self._mark_card(session, changed)
            if (entry := trail.reconciled(before, problem, changed, self._clock.now())) is not None:
                await self._audit.write(session, entry)
            if changed.look_at is not None and changed.look_at <= self._clock.now():
                self._db.signal(session, TOPIC)
        if changed.state != row.state:
            log.info("sandbox_changed", sandbox=row.id, before=row.state, after=changed.state)
        return changed

    def _plan(self, row: SandboxRow) -> SandboxPlan:
        return SandboxPlan(
            sandbox_id=row.id,
            namespace=row.namespace,
            owner=row.owner or f"team.{row.team}",
            team=row.team,
            cost_center=self._settings.cost_center,
            size=Size(row.size),
            expires_at=row.expires_at,
            request_id=row.request_ref,
            purpose=row.purpose,
            facts=self._settings.cluster_facts(),
        )


_SHOWN = frozenset({"state", "problem", "namespace", "expires_at"})


def _sentence(error: ClusterError) -> str:
    return error.message[:1].upper() + error.message[1:]


def _lost_its_label(namespace: KubernetesObject, row: SandboxRow) -> bool:
    """Whether it is the very namespace we made, although it does not say so any more."""
    metadata = namespace["metadata"]
    return bool(metadata["uid"] == row.namespace_uid and metadata.get("labels", {}).get(ID_LABEL) != row.id)


def _what_holds(namespace: KubernetesObject) -> str:
    """Why a namespace does not go, in the words of its conditions: they name the resources and finalizers left."""
    conditions: Sequence[KubernetesObject] = namespace.get("status", {}).get("conditions") or ()
    words = [str(each.get("message", "")).strip() for each in conditions if each.get("status") == "True"]
    return "It does not go away: " + (" ".join(filter(None, words)) or "the cluster does not say why.")
