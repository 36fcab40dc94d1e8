"""What a fresh cluster holds: its own namespaces, its node, its own roles."""

from collections.abc import Iterator

from playground.cluster.kinds import Object
from playground.cluster.workloads import NODE

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system", "ingress-nginx")
_RBAC = "rbac.authorization.k8s.io"


def objects() -> Iterator[Object]:
    """In the order of creating; namespaces first."""
    for name in NAMESPACES:
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    capacity = {"cpu": "16", "memory": "64Gi", "pods": "110", "ephemeral-storage": "200Gi"}
    yield {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE, "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}},
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready"}],
        },
    }
    reviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
    yield from _cluster_role(
        "cluster-admin",
        [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}],
        "system:masters",
    )
    yield from _cluster_role(
        "system:basic-user",
        [
            {"apiGroups": ["authorization.k8s.io"], "resources": reviews, "verbs": ["create"]},
            {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]},
        ],
        "system:authenticated",
    )
    paths = [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
    ]
    yield from _cluster_role("system:discovery", [{"nonResourceURLs": paths, "verbs": ["get"]}], "system:authenticated")


def workloads() -> Iterator[Object]:
    """What runs in an ordinary cluster, to look at in the demo; each selected by what sandboxes' policies select."""
    for namespace, name, image, labels in (
        ("kube-system", "coredns", "registry.k8s.io/coredns/coredns:v1.12.0", {"k8s-app": "kube-dns"}),
        (
            "ingress-nginx",
            "ingress-nginx-controller",
            "registry.k8s.io/ingress-nginx/controller:v1.13.0",
            {"app.kubernetes.io/name": "ingress-nginx"},
        ),
    ):
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}}
        yield {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
        }


def _cluster_role(name: str, rules: list[Object], group: str) -> Iterator[Object]:
    yield {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
    yield {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": group}],
    }
