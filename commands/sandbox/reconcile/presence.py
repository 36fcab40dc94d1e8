"""Makes a sandbox that is wanted stand: its namespace, its guards, its sleep. Adopts nothing that is not its own."""

from typing import Final

import structlog

from bot.kit.clock import Clock
from bot.kit.ids import new_id
from commands.sandbox.books import resources_of
from commands.sandbox.objects import (
    ACCESS_SECRET,
    GUARD_NAME,
    ID_LABEL,
    SandboxPlan,
    namespace_name,
    quota_holds,
    sandbox_objects,
    surplus_patch,
    unwanted_objects,
)
from commands.sandbox.ports import Cluster
from commands.sandbox.reconcile.rows import Rows
from commands.sandbox.reconcile.slumber import Slumber
from commands.sandbox.reconcile.timers import Timers
from commands.sandbox.rules.states import Seen, next_state, pause_after, pause_after_refusal, pause_for_quota
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.sizes import Size
from integrations.kubernetes import (
    AlreadyExists,
    ChangedMeanwhile,
    ClusterError,
    KubernetesObject,
    NamespaceTerminating,
    reference_of,
)
from storage.sandboxes import SandboxRow, SandboxState

log = structlog.stdlib.get_logger(__name__)

_NAMESPACE = reference_of("v1", "Namespace")
_QUOTA = reference_of("v1", "ResourceQuota")
_SECRET = reference_of("v1", "Secret")
_NAMES_TRIED: Final = 5


class Presence:
    def __init__(self, clock: Clock, cluster: Cluster, settings: SandboxSettings, rows: Rows, timers: Timers) -> None:
        self._clock = clock
        self._cluster = cluster
        self._settings = settings
        self._rows = rows
        self._timers = timers
        self._slumber = Slumber(clock, cluster)

    async def ensure(self, row: SandboxRow) -> None:
        """Brings it to where it should be, and says when to look again. Raises Unavailable."""
        started = next_state(SandboxState(row.state), Seen.STARTED)
        if started != row.state:
            begun = await self._rows.save(row, state=started, done=False)
            if begun is None:
                return
            row = begun
        try:
            made = await self._ensure_namespace(row)
            if made is None:
                return
            row, namespace = made
            await self._ensure_objects(row)
            if row.revoke:
                await self._cluster.delete(_SECRET, ACCESS_SECRET, row.namespace)
            if not await self._quota_holds(row):
                # A quota limits nothing until the cluster has taken it up: not ready before that.
                await self._rows.save(row, look_at=self._clock.now() + pause_for_quota())
                return
            slept = await self._slumber.follow(row)
        except (NamespaceTerminating, ChangedMeanwhile) as error:
            await self._rows.save(row, problem=_sentence(error), look_at=self._clock.now() + pause_after(1))
        except ClusterError as error:
            log.warning("sandbox_refused", sandbox=row.id, reason=error.reason, error=error.message)
            await self._rows.save(
                row,
                state=next_state(SandboxState(row.state), Seen.REFUSED),
                problem=f"The cluster refuses it: {error.message}",
                look_at=self._clock.now() + pause_after_refusal(),
            )
        else:
            seen = slept.seen
            await self._rows.save(
                row,
                state=next_state(SandboxState(row.state), seen) if seen else row.state,
                problem=slept.problem,
                failures=0,
                revoke=False,
                snapshot=slept.snapshot,
                namespace_uid=str(namespace["metadata"]["uid"]),
                look_at=slept.look_at or self._timers.next_look(row),
            )

    async def _ensure_namespace(self, row: SandboxRow) -> tuple[SandboxRow, KubernetesObject] | None:
        """Makes the namespace, or takes the one that carries our id; gives the row as it is then, for its name may be another
        now. None when somebody changed the row meanwhile."""
        manifest = sandbox_objects(plan_of(row, self._settings))[0]
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
            renamed = await self._rows.save(
                row, namespace=namespace_name(row.team, row.name, new_id(4)), namespace_uid=None, done=False
            )
            if renamed is None:
                return None
            row = renamed
            manifest = sandbox_objects(plan_of(row, self._settings))[0]
        raise ChangedMeanwhile("every name tried for the namespace is taken")

    async def _ensure_objects(self, row: SandboxRow) -> None:
        plan = plan_of(row, self._settings)
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


def plan_of(row: SandboxRow, settings: SandboxSettings) -> SandboxPlan:
    """The sandbox as it should be in the cluster."""
    return SandboxPlan(
        sandbox_id=row.id,
        namespace=row.namespace,
        owner=row.owner or f"team.{row.team}",
        team=row.team,
        cost_center=settings.cost_center,
        size=Size(row.size),
        resources=resources_of(row),
        asleep=row.asleep,
        hardened=row.hardened,
        expires_at=row.expires_at,
        request_id=row.request_ref,
        purpose=row.purpose,
        facts=settings.cluster_facts(),
    )


def _sentence(error: ClusterError) -> str:
    return error.message[:1].upper() + error.message[1:]
