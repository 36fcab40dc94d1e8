"""Where each kind of object lives in the API; knows names and paths only, talks to nobody.

The kinds the bot works with stand here, so that no call waits for discovery. Others are discovered when first used.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

# A manifest, exactly as the API speaks it. It is a border value: read what is needed into a frozen dataclass and go on
# with that.
KubernetesObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A kind of object: `api_version` such as "v1" or "apps/v1", its `plural` in paths, and whether it has a namespace."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def group(self) -> str:
        """The API group, "" for the core one."""
        group, slash, _version = self.api_version.rpartition("/")
        return group if slash else ""

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The URL path of a collection or an object.

        Raises ValueError when a namespaced kind gets a name but no namespace, or a cluster-wide kind gets a namespace:
        both would silently address something else.
        """
        if namespace and not self.namespaced:
            raise ValueError(f"{self.kind} has no namespace")
        if name and self.namespaced and not namespace:
            raise ValueError(f"{self.kind} {name} needs a namespace")
        for part in (namespace, name):
            # A name never contains these; one that did would reach into another object's path.
            if part is not None and (not part or set(part) & set("/?#%") or part in {".", ".."}):
                raise ValueError(f"not an object's name: {part!r}")
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        parts = [root]
        if namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        if name:
            parts.append(name)
        if subresource:
            parts.append(subresource)
        return "/".join(parts)


def _known(api_version: str, *kinds: tuple[str, str], namespaced: bool = True) -> dict[tuple[str, str], ObjectRef]:
    return {(api_version, kind): ObjectRef(api_version, kind, plural, namespaced) for kind, plural in kinds}


KINDS: dict[tuple[str, str], ObjectRef] = {
    **_known("v1", ("Namespace", "namespaces"), ("Node", "nodes"), namespaced=False),
    **_known(
        "v1",
        ("ConfigMap", "configmaps"),
        ("Event", "events"),
        ("LimitRange", "limitranges"),
        ("PersistentVolumeClaim", "persistentvolumeclaims"),
        ("Pod", "pods"),
        ("ResourceQuota", "resourcequotas"),
        ("Secret", "secrets"),
        ("Service", "services"),
        ("ServiceAccount", "serviceaccounts"),
    ),
    **_known(
        "apps/v1",
        ("DaemonSet", "daemonsets"),
        ("Deployment", "deployments"),
        ("ReplicaSet", "replicasets"),
        ("StatefulSet", "statefulsets"),
    ),
    **_known("batch/v1", ("Job", "jobs"), ("CronJob", "cronjobs")),
    **_known("networking.k8s.io/v1", ("Ingress", "ingresses"), ("NetworkPolicy", "networkpolicies")),
    **_known("rbac.authorization.k8s.io/v1", ("Role", "roles"), ("RoleBinding", "rolebindings")),
    **_known(
        "rbac.authorization.k8s.io/v1",
        ("ClusterRole", "clusterroles"),
        ("ClusterRoleBinding", "clusterrolebindings"),
        namespaced=False,
    ),
    **_known(
        "authorization.k8s.io/v1",
        ("SelfSubjectAccessReview", "selfsubjectaccessreviews"),
        ("SubjectAccessReview", "subjectaccessreviews"),
        namespaced=False,
    ),
}

NAMESPACE = KINDS["v1", "Namespace"]
SERVICE_ACCOUNT = KINDS["v1", "ServiceAccount"]


def reference_of(api_version: str, kind: str) -> ObjectRef:
    """The known reference of a kind. Raises KeyError for one that only discovery can find."""
    return KINDS[api_version, kind]
