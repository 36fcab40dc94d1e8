"""The role of a sandbox's user, as deploy/base/sandbox-role.yaml brings it (a test compares them). Values only."""

from typing import Final

from playground.cluster.kinds import Object

_ALL: Final = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
_LOOK: Final = ["get", "list", "watch"]


def sandbox_user() -> Object:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {
            "name": "platform-bot-sandbox-user",
            "labels": {"app.kubernetes.io/name": "platform-bot", "app.kubernetes.io/component": "sandbox-role"},
        },
        "rules": [
            {
                "apiGroups": [""],
                "resources": ["configmaps", "persistentvolumeclaims", "pods", "secrets", "services"],
                "verbs": _ALL,
            },
            {
                "apiGroups": [""],
                "resources": ["pods/attach", "pods/exec", "pods/portforward"],
                "verbs": ["get", "create"],
            },
            {"apiGroups": [""], "resources": ["pods/ephemeralcontainers"], "verbs": ["get", "update", "patch"]},
            {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
            {
                "apiGroups": [""],
                "resources": ["pods/log", "pods/status", "services/status", "persistentvolumeclaims/status"],
                "verbs": ["get"],
            },
            {
                "apiGroups": ["apps"],
                "resources": ["daemonsets", "deployments", "replicasets", "statefulsets"],
                "verbs": _ALL,
            },
            {
                "apiGroups": ["apps"],
                "resources": ["deployments/scale", "replicasets/scale", "statefulsets/scale"],
                "verbs": ["get", "update", "patch"],
            },
            {
                "apiGroups": ["apps"],
                "resources": [
                    "daemonsets/status",
                    "deployments/status",
                    "replicasets/status",
                    "statefulsets/status",
                    "controllerrevisions",
                ],
                "verbs": _LOOK,
            },
            {"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"], "verbs": _ALL},
            {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"], "verbs": _ALL},
            {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": _ALL},
            {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "verbs": _ALL},
            {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": _LOOK},
            {"apiGroups": ["metrics.k8s.io"], "resources": ["pods"], "verbs": ["get", "list"]},
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _LOOK},
            {
                "apiGroups": [""],
                "resources": ["limitranges", "resourcequotas", "resourcequotas/status", "serviceaccounts"],
                "verbs": _LOOK,
            },
            {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
            {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": _LOOK},
        ],
    }
