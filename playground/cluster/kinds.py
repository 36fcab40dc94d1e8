"""The kinds of object the double knows, and where they live in the API; a table and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

# An object as it is stored and sent. What is stored is never changed in place: copy first.
Object: TypeAlias = dict[str, Any]

_ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Kind:
    """`model` names the type's schema; `subresources` those that are served. Reviews have the one verb "create"."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    model: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = _ALL_VERBS
    # Whether metadata.generation counts changes of spec.
    generation: bool = False

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """As messages name it: "pods", "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources


def _core() -> Iterator[Kind]:
    def kind(name: str, plural: str, **more: Any) -> Kind:
        return Kind("", "v1", name, plural, name.lower(), f"V1{name}", **more)

    yield kind("Namespace", "namespaces", namespaced=False, short_names=("ns",), subresources=("finalize", "status"))
    yield kind("Node", "nodes", namespaced=False, short_names=("no",), subresources=("status",))
    yield kind("ConfigMap", "configmaps", short_names=("cm",))
    yield Kind("", "v1", "Event", "events", "event", "CoreV1Event", short_names=("ev",))
    yield kind("LimitRange", "limitranges", short_names=("limits",))
    yield kind("PersistentVolumeClaim", "persistentvolumeclaims", short_names=("pvc",), subresources=("status",))
    yield kind(
        "Pod",
        "pods",
        short_names=("po",),
        categories=("all",),
        subresources=("eviction", "log", "status"),
        generation=True,
    )
    yield kind("ResourceQuota", "resourcequotas", short_names=("quota",), subresources=("status",))
    yield kind("Secret", "secrets")
    yield kind("Service", "services", short_names=("svc",), categories=("all",), subresources=("status",))
    yield kind("ServiceAccount", "serviceaccounts", short_names=("sa",), subresources=("token",))


def _grouped() -> Iterator[Kind]:
    workload: dict[str, Any] = {"categories": ("all",), "generation": True}
    scaled = ("scale", "status")
    apps = ("apps", "v1")
    yield Kind(
        *apps,
        "Deployment",
        "deployments",
        "deployment",
        "V1Deployment",
        short_names=("deploy",),
        subresources=scaled,
        **workload,
    )
    yield Kind(
        *apps,
        "ReplicaSet",
        "replicasets",
        "replicaset",
        "V1ReplicaSet",
        short_names=("rs",),
        subresources=scaled,
        **workload,
    )
    yield Kind(
        *apps,
        "StatefulSet",
        "statefulsets",
        "statefulset",
        "V1StatefulSet",
        short_names=("sts",),
        subresources=scaled,
        **workload,
    )
    yield Kind(
        *apps,
        "DaemonSet",
        "daemonsets",
        "daemonset",
        "V1DaemonSet",
        short_names=("ds",),
        subresources=("status",),
        **workload,
    )
    yield Kind("batch", "v1", "Job", "jobs", "job", "V1Job", subresources=("status",), **workload)
    yield Kind(
        "batch",
        "v1",
        "CronJob",
        "cronjobs",
        "cronjob",
        "V1CronJob",
        short_names=("cj",),
        subresources=("status",),
        **workload,
    )
    yield Kind(
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
        "V2HorizontalPodAutoscaler",
        short_names=("hpa",),
        categories=("all",),
        subresources=("status",),
    )
    yield Kind(
        "policy",
        "v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        "poddisruptionbudget",
        "V1PodDisruptionBudget",
        short_names=("pdb",),
        subresources=("status",),
        generation=True,
    )
    network = ("networking.k8s.io", "v1")
    yield Kind(
        *network,
        "Ingress",
        "ingresses",
        "ingress",
        "V1Ingress",
        short_names=("ing",),
        subresources=("status",),
        generation=True,
    )
    yield Kind(
        *network,
        "NetworkPolicy",
        "networkpolicies",
        "networkpolicy",
        "V1NetworkPolicy",
        short_names=("netpol",),
        generation=True,
    )
    rbac = ("rbac.authorization.k8s.io", "v1")
    yield Kind(*rbac, "Role", "roles", "role", "V1Role")
    yield Kind(*rbac, "RoleBinding", "rolebindings", "rolebinding", "V1RoleBinding")
    yield Kind(*rbac, "ClusterRole", "clusterroles", "clusterrole", "V1ClusterRole", namespaced=False)
    yield Kind(
        *rbac,
        "ClusterRoleBinding",
        "clusterrolebindings",
        "clusterrolebinding",
        "V1ClusterRoleBinding",
        namespaced=False,
    )


def _reviews() -> Iterator[Kind]:
    for group, name, namespaced in (
        ("authorization.k8s.io", "SelfSubjectAccessReview", False),
        ("authorization.k8s.io", "SelfSubjectRulesReview", False),
        ("authorization.k8s.io", "SubjectAccessReview", False),
        ("authorization.k8s.io", "LocalSubjectAccessReview", True),
        ("authentication.k8s.io", "TokenReview", False),
        ("authentication.k8s.io", "SelfSubjectReview", False),
    ):
        singular = name.lower()
        yield Kind(group, "v1", name, f"{singular}s", singular, f"V1{name}", namespaced=namespaced, verbs=("create",))


class Kinds:
    """Looks kinds up by path or by name."""

    def __init__(self) -> None:
        self.all: tuple[Kind, ...] = (*_core(), *_grouped(), *_reviews())
        self._by_path = {(kind.group, kind.version, kind.plural): kind for kind in self.all}
        self._by_name = {kind.kind: kind for kind in self.all}

    def at(self, group: str, version: str, plural: str) -> Kind | None:
        return self._by_path.get((group, version, plural))

    def named(self, name: str) -> Kind:
        """By kind; no two of the double's kinds share a name."""
        return self._by_name[name]

    def stored(self) -> Iterator[Kind]:
        return (kind for kind in self.all if "get" in kind.verbs)
