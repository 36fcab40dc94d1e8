"""The controllers a cluster runs beside its API server, small: they bring namespaces, workloads and quotas where their
specs say. They work in the background, as in reality: a test waits for what they do, and never finds it done at once.
"""

import asyncio
import contextlib
import copy
import logging
from collections.abc import Callable

from playground.cluster.decoding import Options
from playground.cluster.kinds import Kinds, Object
from playground.cluster.operations import Operations
from playground.cluster.rbac import User
from playground.cluster.status import Refusal
from playground.cluster.store import Change, Store
from playground.cluster.workloads import Workloads

CONTROLLER = User("system:kube-controller-manager", ("system:masters", "system:authenticated"))
_OPTIONS = Options(manager="kube-controller-manager", validation="Ignore")
log = logging.getLogger(__name__)


class Controllers:
    """`delay` seconds pass before a change is acted upon. `discovery_failures` names API versions that do not answer:
    while there are any, no namespace can be emptied, as with a broken aggregated API in reality."""

    def __init__(self, store: Store, kinds: Kinds, operations: Operations, *, delay: float) -> None:
        self._store = store
        self._kinds = kinds
        self._operations = operations
        self._delay = delay
        self._dirty: set[str] = set()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._workloads = Workloads(store, kinds, operations, CONTROLLER, _OPTIONS)
        self.discovery_failures: set[str] = set()
        self.paused = False

    def start(self) -> None:
        self._unsubscribe = self._store.subscribe(self._noticed)
        for namespace in self._store.items(self._kinds.named("Namespace")):
            self.wake(namespace["metadata"]["name"])
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def wake(self, namespace: str | None = None) -> None:
        """Looks at a namespace again (None: at all of them)."""
        if namespace is None:
            self._dirty.update(item["metadata"]["name"] for item in self._store.items(self._kinds.named("Namespace")))
        else:
            self._dirty.add(namespace)
        self._woken.set()

    def _noticed(self, change: Change) -> None:
        if change.kind.kind == "Namespace":
            self.wake(change.item["metadata"]["name"])
        elif change.namespace:
            self.wake(change.namespace)

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            await asyncio.sleep(self._delay)
            self._woken.clear()
            dirty, self._dirty = self._dirty, set()
            for namespace in sorted(dirty):
                if not self.paused:
                    self._supervised(namespace)
                    await asyncio.sleep(0)

    def _supervised(self, namespace: str) -> None:
        try:
            self._reconcile(namespace)
        except Exception:
            # A mistake in one controller must not stop the whole cluster: that would look like a hanging test.
            log.exception("namespace %s could not be reconciled", namespace)

    def _reconcile(self, name: str) -> None:
        kind = self._kinds.named("Namespace")
        namespace = self._store.get(kind, "", name)
        if namespace is None:
            return
        # A refusal leaves its work for the next change of the namespace, as a real controller's retry does.
        steps: tuple[Callable[[], None], ...] = (
            (lambda: self._empty(namespace), lambda: self._workloads.finish_deleted_pods(name))
            if namespace["metadata"].get("deletionTimestamp")
            else (
                lambda: self._furnish(name),
                lambda: self._collect_garbage(name),
                lambda: self._workloads.reconcile(name),
                lambda: self._count_quotas(name),
            )
        )
        for step in steps:
            with contextlib.suppress(Refusal):
                step()

    def _furnish(self, namespace: str) -> None:
        """What every namespace gets."""
        accounts, maps = self._kinds.named("ServiceAccount"), self._kinds.named("ConfigMap")
        if self._store.get(accounts, namespace, "default") is None:
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
            self._operations.create(accounts, namespace, account, CONTROLLER, _OPTIONS)
        if self._store.get(maps, namespace, "kube-root-ca.crt") is None:
            bundle = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "kube-root-ca.crt"},
                "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
            }
            self._operations.create(maps, namespace, bundle, CONTROLLER, _OPTIONS)

    def _count_quotas(self, namespace: str) -> None:
        kind = self._kinds.named("ResourceQuota")
        for quota in list(self._store.items(kind, namespace)):
            status = self._operations.admission.limits.status(quota)
            if quota.get("status") != status:
                self._operations.replace(
                    kind,
                    namespace,
                    quota["metadata"]["name"],
                    {**quota, "status": status},
                    CONTROLLER,
                    _OPTIONS,
                    "status",
                )

    def _collect_garbage(self, namespace: str) -> None:
        """Deletes what has owners of which none is left, and lets go of owners deleted in the foreground."""
        living = {item["metadata"]["uid"] for _kind, item in self._store.in_namespace(namespace)}
        owned: dict[str, int] = {}
        for kind, item in list(self._store.in_namespace(namespace)):
            owners = item["metadata"].get("ownerReferences") or ()
            for owner in owners:
                owned[owner["uid"]] = owned.get(owner["uid"], 0) + 1
            if owners and not any(owner["uid"] in living for owner in owners):
                self._delete(kind.kind, item)
        for kind, item in list(self._store.in_namespace(namespace)):
            finalizers = item["metadata"].get("finalizers") or []
            if "foregroundDeletion" not in finalizers or not item["metadata"].get("deletionTimestamp"):
                continue
            uid = item["metadata"]["uid"]
            if not owned.get(uid):
                kept = [finalizer for finalizer in finalizers if finalizer != "foregroundDeletion"]
                patch = {"metadata": {"finalizers": kept or None}}
                name = item["metadata"]["name"]
                self._operations.patch(
                    kind, namespace, name, patch, "application/merge-patch+json", CONTROLLER, _OPTIONS
                )
                continue
            for inner_kind, inner in list(self._store.in_namespace(namespace)):
                if any(owner["uid"] == uid for owner in inner["metadata"].get("ownerReferences") or ()):
                    self._delete(inner_kind.kind, inner)

    def _delete(self, kind_name: str, item: Object) -> None:
        metadata = item["metadata"]
        if metadata.get("deletionTimestamp"):
            return
        kind = self._kinds.named(kind_name)
        if self._store.get(kind, metadata["namespace"], metadata["name"]) is not None:
            self._operations.delete(kind, metadata["namespace"], metadata["name"], {}, _OPTIONS)

    def _empty(self, namespace: Object) -> None:
        """One round of deleting a namespace's content; the namespace itself goes when nothing is left."""
        name = namespace["metadata"]["name"]
        if self.discovery_failures:
            failing = ", ".join(
                f"{one}: stale GroupVersion discovery: {one}" for one in sorted(self.discovery_failures)
            )
            message = (
                f"Discovery failed for some groups, {len(self.discovery_failures)} failing: "
                f"unable to retrieve the complete list of server APIs: {failing}"
            )
            self._set_conditions(namespace, {"NamespaceDeletionDiscoveryFailure": ("DiscoveryFailed", message)})
            return
        for kind, item in list(self._store.in_namespace(name)):
            if not item["metadata"].get("deletionTimestamp"):
                self._operations.delete(kind, name, item["metadata"]["name"], {}, _OPTIONS)
        remaining = list(self._store.in_namespace(name))
        if not remaining:
            self._operations.finalize(name, {**namespace, "spec": {"finalizers": []}}, _OPTIONS)
            return
        counts: dict[str, int] = {}
        finalizers: dict[str, int] = {}
        for kind, item in remaining:
            # "pods." and "deployments.apps": the core group's dot is really there.
            resource = f"{kind.plural}.{kind.group}"
            counts[resource] = counts.get(resource, 0) + 1
            for finalizer in item["metadata"].get("finalizers") or ():
                finalizers[finalizer] = finalizers.get(finalizer, 0) + 1
        content = ", ".join(f"{resource} has {count} resource instances" for resource, count in sorted(counts.items()))
        problems = {"NamespaceContentRemaining": ("SomeResourcesRemain", f"Some resources are remaining: {content}")}
        if finalizers:
            held = ", ".join(
                f"{finalizer} in {count} resource instances" for finalizer, count in sorted(finalizers.items())
            )
            text = f"Some content in the namespace has finalizers remaining: {held}"
            problems["NamespaceFinalizersRemaining"] = ("SomeFinalizersRemain", text)
        self._set_conditions(namespace, problems)

    def _set_conditions(self, namespace: Object, problems: dict[str, tuple[str, str]]) -> None:
        fine = {
            "NamespaceDeletionDiscoveryFailure": ("ResourcesDiscovered", "All resources successfully discovered"),
            "NamespaceDeletionGroupVersionParsingFailure": (
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
            ),
            "NamespaceDeletionContentFailure": (
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
            "NamespaceContentRemaining": ("ContentRemoved", "All content successfully removed"),
            "NamespaceFinalizersRemaining": ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
        }
        conditions = [
            {
                "type": sort,
                "status": "True" if sort in problems else "False",
                "reason": problems.get(sort, usual)[0],
                "message": problems.get(sort, usual)[1],
            }
            for sort, usual in fine.items()
        ]
        kind = self._kinds.named("Namespace")
        current = self._store.get(kind, "", namespace["metadata"]["name"])
        if current is None:
            return
        said = [
            {key: value for key, value in condition.items() if key != "lastTransitionTime"}
            for condition in current["status"].get("conditions") or ()
        ]
        if said == conditions:
            return
        changed = copy.deepcopy(current)
        changed["status"]["conditions"] = [{**one, "lastTransitionTime": self._operations.now()} for one in conditions]
        self._operations.replace(kind, "", current["metadata"]["name"], changed, CONTROLLER, _OPTIONS, "status")
