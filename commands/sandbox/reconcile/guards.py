"""The walls of a sandbox: what of them is not as it should be, and putting it back. Decides nothing about when."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from commands.sandbox.drift import Difference, differences, would_change
from commands.sandbox.objects import GUARDS, SandboxPlan, guards_of, sandbox_objects, surplus_patch, unwanted_objects
from commands.sandbox.ports import Cluster
from integrations.kubernetes import Invalid, KubernetesObject, ObjectRef, Preconditions, reference_of

_NAMESPACE = reference_of("v1", "Namespace")
_ROLE_BINDING = reference_of("rbac.authorization.k8s.io/v1", "RoleBinding")


@dataclass(frozen=True)
class Drift:
    """One object that is not as it should be. `wanted` None: it must not be there; `live` None: it is missing."""

    reference: ObjectRef
    name: str
    wanted: KubernetesObject | None
    live: KubernetesObject | None
    differences: tuple[Difference, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.reference.kind}/{self.name}"


class Guards:
    """Every call raises Unavailable or ClusterError."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def set_up(self, plan: SandboxPlan) -> None:
        """Applies everything inside the namespace, whatever is there."""
        for manifest in sandbox_objects(plan)[1:]:
            await self._apply(manifest)
        for unwanted in unwanted_objects(plan):
            await self._cluster.delete(unwanted.reference, unwanted.name, plan.namespace)

    async def drifted(self, plan: SandboxPlan, namespace: KubernetesObject) -> Sequence[Drift]:
        """What the server itself says would change, in the order of putting it back: the namespace last, for its hash says that
        all the rest was as planned once. Writes nothing."""
        found = [drift async for drift in self._differing(plan)]
        wanted = sandbox_objects(plan)[0]
        if differing := differences(wanted, namespace):
            found.append(Drift(_NAMESPACE, plan.namespace, wanted, namespace, differing))
        return [drift for drift in found if await self._real(drift, plan.namespace)]

    async def put_back(self, drift: Drift, namespace: str) -> None:
        if drift.wanted is None:
            await self._cluster.delete(drift.reference, drift.name, namespace)
            return
        try:
            await self._apply(drift.wanted)
        except Invalid:
            if drift.live is None or drift.reference != _ROLE_BINDING:
                raise
            # Another role stands in it, and no binding may be changed to give a different one: this very object has to go.
            only_this = Preconditions(uid=str(drift.live["metadata"]["uid"]))
            await self._cluster.delete(_ROLE_BINDING, drift.name, namespace, preconditions=only_this)
            await self._apply(drift.wanted)

    async def _differing(self, plan: SandboxPlan) -> AsyncIterator[Drift]:
        unwanted = {(each.reference, each.name) for each in unwanted_objects(plan)}
        for reference in GUARDS:
            live = {str(each["metadata"]["name"]): each async for each in self._cluster.list(reference, plan.namespace)}
            for wanted in guards_of(plan, reference.kind):
                name = str(wanted["metadata"]["name"])
                if (there := live.get(name)) is None:
                    yield Drift(reference, name, wanted, None)
                elif differing := differences(wanted, there):
                    yield Drift(reference, name, wanted, there, differing)
            for name in live:
                if (reference, name) in unwanted:
                    yield Drift(reference, name, None, live[name])

    async def _real(self, drift: Drift, namespace: str) -> bool:
        """A server may write what it was given in a form of its own: that is not fought."""
        if drift.wanted is None or drift.live is None:
            return True
        try:
            if would_change(drift.live, await self._cluster.apply(drift.wanted, dry_run=True)):
                return True
        except Invalid:
            return True  # it cannot be changed into what it should be
        patch = surplus_patch(drift.wanted, drift.live)
        if patch is None:
            return False
        left = await self._cluster.merge_patch(drift.reference, drift.name, patch, namespace, dry_run=True)
        return would_change(drift.live, left)

    async def _apply(self, manifest: KubernetesObject) -> None:
        live = await self._cluster.apply(manifest)
        if (patch := surplus_patch(manifest, live)) is not None:
            metadata, reference = manifest["metadata"], reference_of(manifest["apiVersion"], manifest["kind"])
            await self._cluster.merge_patch(reference, metadata["name"], patch, metadata.get("namespace"))
