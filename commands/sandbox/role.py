"""What the user of a sandbox may do inside it, as the ClusterRole that every sandbox's RoleBinding gives them. Pure.

Neither `edit` nor `admin`, on purpose: either takes the walls down. deploy/base/sandbox-role.yaml says the same, with the
reasons; a test compares them.
"""

from collections.abc import Sequence
from typing import Final

from commands.sandbox.objects import USER_ROLE
from integrations.kubernetes import KubernetesObject

_LOOK: Final = ("get", "list", "watch")
_ALL: Final = (*_LOOK, "create", "update", "patch", "delete", "deletecollection")

# API groups, resources, verbs.
_RULES: Final[Sequence[tuple[Sequence[str], Sequence[str], Sequence[str]]]] = (
    (("",), ("configmaps", "persistentvolumeclaims", "pods", "secrets", "services"), _ALL),
    (("",), ("pods/attach", "pods/exec", "pods/portforward"), ("get", "create")),
    (("",), ("pods/ephemeralcontainers",), ("get", "update", "patch")),
    (("",), ("pods/eviction",), ("create",)),
    (("",), ("pods/log", "pods/status", "services/status", "persistentvolumeclaims/status"), ("get",)),
    (("apps",), ("daemonsets", "deployments", "replicasets", "statefulsets"), _ALL),
    (("apps",), ("deployments/scale", "replicasets/scale", "statefulsets/scale"), ("get", "update", "patch")),
    (
        ("apps",),
        ("daemonsets/status", "deployments/status", "replicasets/status", "statefulsets/status", "controllerrevisions"),
        _LOOK,
    ),
    (("batch",), ("cronjobs", "jobs"), _ALL),
    (("autoscaling",), ("horizontalpodautoscalers",), _ALL),
    (("policy",), ("poddisruptionbudgets",), _ALL),
    (("networking.k8s.io",), ("ingresses",), _ALL),
    (("", "events.k8s.io"), ("events",), _LOOK),
    (("metrics.k8s.io",), ("pods",), ("get", "list")),
    (("discovery.k8s.io",), ("endpointslices",), _LOOK),
    (("",), ("limitranges", "resourcequotas", "resourcequotas/status", "serviceaccounts"), _LOOK),
    (("",), ("namespaces",), ("get",)),
    (("networking.k8s.io",), ("networkpolicies",), _LOOK),
)


def user_role() -> KubernetesObject:
    """The ClusterRole, for a cluster that has none yet: the playground's."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {
            "name": USER_ROLE,
            "labels": {"app.kubernetes.io/name": "platform-bot", "app.kubernetes.io/component": "sandbox-role"},
        },
        "rules": [
            {"apiGroups": list(groups), "resources": list(resources), "verbs": list(verbs)}
            for groups, resources, verbs in _RULES
        ],
    }
