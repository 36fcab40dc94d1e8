"""Tables: how `kubectl get` shows objects, which the server decides; reads objects and nothing else."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from playground.cluster.kinds import Kind, Object

Row = Callable[[Object], list[object]]


def table(kind: Kind, answer: Object, now: datetime) -> Object:
    """The table of one object or of a list."""
    items = answer.get("items", [answer])
    names, row = _COLUMNS.get(kind.kind, ([], lambda _item: []))
    titles = ["Name", *names, "Age"]
    rows = [
        {
            "cells": [item["metadata"]["name"], *row(item), _age(item, now)],
            "object": {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": item["metadata"],
            },
        }
        for item in items
    ]
    metadata = answer["metadata"]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {
            key: metadata[key] for key in ("resourceVersion", "continue", "remainingItemCount") if key in metadata
        },
        "columnDefinitions": [
            {
                "name": title,
                "type": "string",
                "format": "name" if title == "Name" else "",
                "description": "",
                "priority": 0,
            }
            for title in titles
        ],
        "rows": rows,
    }


def _age(item: Object, now: datetime) -> str:
    created = item["metadata"].get("creationTimestamp")
    if not created:
        return "<unknown>"
    seconds = max(0, int((now - datetime.fromisoformat(created).astimezone(UTC)).total_seconds()))
    for size, unit, most in ((1, "s", 120), (60, "m", 7200), (3600, "h", 172800)):
        if seconds < most:
            return f"{seconds // size}{unit}"
    return f"{seconds // 86400}d"


def _status(item: Object) -> Object:
    status: Object = item.get("status") or {}
    return status


def _pod(item: Object) -> list[object]:
    containers = _status(item).get("containerStatuses") or []
    ready = len([one for one in containers if one.get("ready")])
    phase = "Terminating" if item["metadata"].get("deletionTimestamp") else _status(item).get("phase", "Pending")
    shown = "Completed" if phase == "Succeeded" else phase
    return [f"{ready}/{len(item['spec']['containers'])}", shown, "0"]


def _deployment(item: Object) -> list[object]:
    status = _status(item)
    ready = f"{status.get('readyReplicas', 0)}/{item['spec']['replicas']}"
    return [ready, str(status.get("updatedReplicas", 0)), str(status.get("availableReplicas", 0))]


def _quota(item: Object) -> list[object]:
    status = _status(item)
    used, hard = status.get("used") or {}, status.get("hard") or {}
    return [", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in sorted(hard))]


def _service(item: Object) -> list[object]:
    spec = item["spec"]
    ports = ",".join(f"{port['port']}/{port['protocol']}" for port in spec.get("ports") or ())
    return [spec["type"], spec.get("clusterIP", "<none>"), "<none>", ports or "<none>"]


def _binding(item: Object) -> list[object]:
    return [f"{item['roleRef']['kind']}/{item['roleRef']['name']}"]


_COLUMNS: Mapping[str, tuple[list[str], Row]] = {
    "ClusterRoleBinding": (["Role"], _binding),
    "ConfigMap": (["Data"], lambda item: [str(len(item.get("data") or {}))]),
    "Deployment": (["Ready", "Up-to-date", "Available"], _deployment),
    "Event": (
        ["Reason", "Object", "Message"],
        lambda item: [
            item.get("reason", ""),
            f"{item['involvedObject'].get('kind', '').lower()}/{item['involvedObject'].get('name', '')}",
            item.get("message", ""),
        ],
    ),
    "Namespace": (["Status"], lambda item: [_status(item).get("phase", "Active")]),
    "Pod": (["Ready", "Status", "Restarts"], _pod),
    "ReplicaSet": (
        ["Desired", "Current", "Ready"],
        lambda item: [
            str(item["spec"]["replicas"]),
            str(_status(item).get("replicas", 0)),
            str(_status(item).get("readyReplicas", 0)),
        ],
    ),
    "ResourceQuota": (["Request"], _quota),
    "RoleBinding": (["Role"], _binding),
    "Secret": (["Type", "Data"], lambda item: [item["type"], str(len(item.get("data") or {}))]),
    "Service": (["Type", "Cluster-IP", "External-IP", "Port(s)"], _service),
}
