"""Makes a sandbox that is wanted stand: its namespace, its guards, what it begins with, its sleep. Adopts nothing that is not
its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.kit.clock import Clock
from bot.kit.ids import new_id
from commands.sandbox import trail
from commands.sandbox.books import resources_of
from commands.sandbox.drift import brought_to
from commands.sandbox.inside import Inside
from commands.sandbox.objects import (
    ACCESS_SECRET,
    GUARD_NAME,
    ID_LABEL,
    SandboxPlan,
    namespace_name,
    quota_holds,
    sandbox_objects,
    spec_hash,
)
from commands.sandbox.ports import Cluster
from commands.sandbox.reconcile.furnishing import Furnishing, NotFurnished
from commands.sandbox.reconcile.guards import Guards
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
from storage.sandboxes import STANDING, SandboxRow, SandboxState

log = structlog.stdlib.get_logger(__name__)

_NAMESPACE = reference_of("v1", "Namespace")
_QUOTA = reference_of("v1", "ResourceQuota")
_SECRET = reference_of("v1", "Secret")
_NAMES_TRIED: Final = 5
_GONE: Final = "Somebody deleted its namespace"


class Presence:
    def __init__(
        self,
        clock: Clock,
        cluster: Cluster,
        settings: SandboxSettings,
        rows: Rows,
        timers: Timers,
        furnishing: Furnishing,
        inside: Inside,
    ) -> None:
        self._clock = clock
        self._cluster = cluster
        self._settings = settings
        self._rows = rows
        self._timers = timers
        self._furnishing = furnishing
        self._slumber = Slumber(clock, cluster, inside)
        self._guards = Guards(cluster)

    async def ensure(self, row: SandboxRow) -> None:
        """Brings it to where it should be, and says when to look again. Raises Unavailable."""
        started = next_state(SandboxState(row.state), Seen.STARTED)
        if started != row.state:
            begun = await self._rows.save(row, state=started, done=False)
            if begun is None:
                return
            row = begun
        try:
            found = await self._ensure_namespace(row)
            if found is None:
                return
            row = found.row
            if row.revoke:  # first: whatever else the cluster refuses, access ends
                await self._cluster.delete(_SECRET, ACCESS_SECRET, row.namespace)
            if found.made or row.state not in STANDING:
                await self._guards.set_up(plan_of(row, self._settings))
            else:
                await self._heal(row, found.namespace)
            if not await self._quota_holds(row):
                # A quota limits nothing until the cluster has taken it up: not ready before that.
                await self._rows.save(row, look_at=self._clock.now() + pause_for_quota())
                return
            uid = str(found.namespace["metadata"]["uid"])
            if not row.furnished and not row.asleep:
                await self._furnishing.furnish(row, uid)
            slept = await self._slumber.follow(row)
        except (NamespaceTerminating, ChangedMeanwhile) as error:
            await self._rows.save(row, problem=_sentence(error), look_at=self._clock.now() + pause_after(1))
        except ClusterError as error:
            log.warning("sandbox_refused", sandbox=row.id, reason=error.reason, error=error.message)
            await self._refused(row, f"The cluster refuses it: {error.message}")
        except NotFurnished as error:
            log.warning("sandbox_not_furnished", sandbox=row.id, template=row.template, error=str(error))
            await self._refused(row, str(error))
        else:
            seen = slept.seen
            await self._rows.save(
                row,
                state=next_state(SandboxState(row.state), seen) if seen else row.state,
                problem=slept.problem or lasting(row.problem),
                failures=0,
                revoke=False,
                snapshot=slept.snapshot,
                namespace_uid=uid,
                furnished=row.furnished or not row.asleep,
                look_at=slept.look_at or self._timers.next_look(row),
            )

    async def _refused(self, row: SandboxRow, problem: str) -> None:
        await self._rows.save(
            row,
            state=next_state(SandboxState(row.state), Seen.REFUSED),
            problem=problem,
            look_at=self._clock.now() + pause_after_refusal(),
        )

    async def _ensure_namespace(self, row: SandboxRow) -> "_Found | None":
        """Makes the namespace, or takes the one that carries our id; gives the row as it is then, for its name may be another
        now. None when somebody changed the row meanwhile."""
        for _attempt in range(_NAMES_TRIED):
            found = await self._cluster.get(_NAMESPACE, row.namespace)
            if found is None:
                if row.state in STANDING and row.namespace_uid is not None:
                    forgotten = await self._say_it_is_gone(row)
                    if forgotten is None:
                        return None
                    row = forgotten
                try:
                    created = await self._cluster.create(sandbox_objects(plan_of(row, self._settings))[0])
                    return _Found(row, created, made=True)
                except AlreadyExists:
                    continue  # made this very moment: by whom is seen at the next look
            # Which one it is says its uid, even if somebody took our label off.
            ours = found["metadata"].get("labels", {}).get(ID_LABEL) == row.id
            if ours or found["metadata"]["uid"] == row.namespace_uid:
                if found["metadata"].get("deletionTimestamp"):
                    raise NamespaceTerminating(f"the namespace {row.namespace} is still going away")
                if row.state not in STANDING:
                    found = await self._cluster.apply(sandbox_objects(plan_of(row, self._settings))[0])
                return _Found(row, found, made=False)
            # Somebody else's namespace of our name is never touched: take another name.
            log.warning("namespace_taken", sandbox=row.id, namespace=row.namespace)
            renamed = await self._rows.save(
                row, namespace=namespace_name(row.team, row.name, new_id(4)), namespace_uid=None, done=False
            )
            if renamed is None:
                return None
            row = renamed
        raise ChangedMeanwhile("every name tried for the namespace is taken")

    async def _say_it_is_gone(self, row: SandboxRow) -> SandboxRow | None:
        """Written down before it is made anew: what was in it is lost, whatever comes next."""
        now = self._clock.now()
        log.error("sandbox_namespace_gone", sandbox=row.id, namespace=row.namespace)
        return await self._rows.save(
            row,
            trail.made_anew(row, now),
            done=False,
            namespace_uid=None,
            furnished=False,
            snapshot=None,
            problem=made_anew(now),
        )

    async def _heal(self, row: SandboxRow, namespace: KubernetesObject) -> None:
        """Puts back what differs. Under a plan that stood already that is somebody else's doing, and is told."""
        plan = plan_of(row, self._settings)
        drifted = await self._guards.drifted(plan, namespace)
        stood = brought_to(namespace, spec_hash(plan))
        for drift in drifted:
            await self._guards.put_back(drift, row.namespace)
            if stood:
                log.warning("sandbox_guard_healed", sandbox=row.id, guard=drift.title)
                await self._rows.note(
                    trail.healed(row, drift.title, drift.differences, drift.wanted, self._clock.now())
                )

    async def _quota_holds(self, row: SandboxRow) -> bool:
        live = await self._cluster.get(_QUOTA, GUARD_NAME, row.namespace)
        return live is not None and quota_holds(live)


@dataclass(frozen=True)
class _Found:
    """The namespace, `made` this moment or there before; and the row as it is since."""

    row: SandboxRow
    namespace: KubernetesObject
    made: bool


def made_anew(at: datetime) -> str:
    return f"{_GONE} (seen {at:%Y-%m-%d %H:%M} UTC): I made it anew, and what was in it is lost."


def lasting(problem: str | None) -> str | None:
    """What stays true: it is not forgotten because all is well now."""
    return problem if problem is not None and problem.startswith(_GONE) else None


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
        subjects=settings.access.oidc.subjects(row.owner, row.team) if settings.access.oidc else (),
        facts=settings.cluster_facts(),
    )


def _sentence(error: ClusterError) -> str:
    return error.message[:1].upper() + error.message[1:]
