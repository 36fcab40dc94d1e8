"""The admission plugins, in their order: namespace lifecycle, service accounts, limits, Pod Security, quota."""

import copy
import random
import string

from playground.cluster import podsecurity
from playground.cluster.decoding import Options
from playground.cluster.kinds import Kind, Kinds, Object
from playground.cluster.limits import Limits
from playground.cluster.status import forbidden, not_found, terminating
from playground.cluster.store import Store

_IMMORTAL = {"default", "kube-public", "kube-system"}
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path


class Admission:
    def __init__(self, store: Store, kinds: Kinds) -> None:
        self._store = store
        self._namespace = kinds.named("Namespace")
        self._account = kinds.named("ServiceAccount")
        self._quota = kinds.named("ResourceQuota")
        self.limits = Limits(store, kinds)

    def mutate_new(self, kind: Kind, item: Object) -> None:
        """Completes a new object in place, or refuses it for where it is."""
        metadata = item["metadata"]
        name = metadata.get("name", "")
        if kind.namespaced:
            namespace = self._store.get(self._namespace, "", metadata["namespace"])
            if namespace is None:
                raise not_found(self._namespace, metadata["namespace"])
            if namespace["metadata"].get("deletionTimestamp"):
                raise terminating(kind, name, metadata["namespace"])
        if kind.kind == "Pod":
            self._add_account(kind, item)
        self.limits.fill_in(kind, item)

    def validate(self, kind: Kind, item: Object, before: Object | None, options: Options) -> None:
        """Refuses what the plugins do not allow. `before` is None for a new object."""
        if kind.kind == "Namespace":
            podsecurity.check_namespace(kind, item)
        if kind.kind == "Pod" and before is None:
            namespace = self._store.get(self._namespace, "", item["metadata"]["namespace"])
            assert namespace is not None
            options.warnings.extend(podsecurity.check_pod(kind, item, namespace))
        if before is None:
            self.limits.check_ranges(kind, item)
        if kind.namespaced and kind != self._quota:
            self.limits.check_quotas(kind, item, before, dry_run=options.dry_run)

    def check_delete(self, kind: Kind, name: str) -> None:
        if kind == self._namespace and name in _IMMORTAL:
            raise forbidden(kind, name, "this namespace may not be deleted")

    def _add_account(self, kind: Kind, pod: Object) -> None:
        spec = pod.setdefault("spec", {})
        namespace = pod["metadata"]["namespace"]
        name = spec.get("serviceAccountName") or "default"
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        account = self._store.get(self._account, namespace, name)
        if account is None:
            why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
            raise forbidden(kind, pod["metadata"].get("name", ""), why)
        wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
        if not wanted:
            return
        volume = "kube-api-access-" + "".join(random.choices(string.ascii_lowercase + string.digits, k=5))
        mount = {"name": volume, "mountPath": _TOKEN_PATH, "readOnly": True}
        for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
            mounts = container.setdefault("volumeMounts", [])
            if all(one.get("mountPath") != _TOKEN_PATH for one in mounts):
                mounts.append(copy.deepcopy(mount))
        token = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
        spec.setdefault("volumes", []).append({"name": volume, "projected": {"defaultMode": 420, "sources": [token]}})
