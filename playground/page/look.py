"""What the page shows of the cluster double: its namespaces and what stands in them, in short. Changes nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from playground.cluster import ClusterDouble
from playground.cluster.kinds import Object
from playground.cluster.seeds import NAMESPACES

_READY = ("Deployment", "ReplicaSet", "StatefulSet")


class ClusterDoubleLook:
    """A `ClusterLook` (session.py) at a cluster double, which need not be started."""

    def __init__(self, cluster: ClusterDouble) -> None:
        self._cluster = cluster
        self.revision = 0
        self._stop = cluster.subscribe(lambda _change: self._count())

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self._cluster.subscribe(lambda _change: listener())

    def close(self) -> None:
        self._stop()

    def look(self) -> dict[str, Any]:
        """{"namespaces": [{name, phase, created (epoch seconds), managed (not the cluster's own)}], "objects": [{kind,
        namespace, name, status (a few words), body}]}; those asked for come first, then the cluster's own."""
        namespaces = sorted(
            (self._namespace(item) for item in self._cluster.objects("Namespace")),
            key=lambda shown: (not shown["managed"], shown["name"]),
        )
        held = [item for shown in namespaces for item in self._cluster.contents(shown["name"])]
        return {"namespaces": namespaces, "objects": [_object(item) for item in held]}

    def _namespace(self, item: Object) -> dict[str, Any]:
        metadata = item["metadata"]
        return {
            "name": metadata["name"],
            "phase": item.get("status", {}).get("phase", "Active"),
            "created": datetime.fromisoformat(metadata["creationTimestamp"]).timestamp(),
            "managed": metadata["name"] not in NAMESPACES,
        }

    def _count(self) -> None:
        self.revision += 1


def _object(item: Object) -> dict[str, Any]:
    metadata = item["metadata"]
    return {
        "kind": item["kind"],
        "namespace": metadata.get("namespace", ""),
        "name": metadata["name"],
        "status": _status(item),
        "body": _readable(item),
    }


def _status(item: Object) -> str:
    status: Mapping[str, Any] = item.get("status") or {}
    if item["metadata"].get("deletionTimestamp"):
        return "Terminating"
    if item["kind"] in _READY:
        return f"{status.get('readyReplicas', 0)}/{item.get('spec', {}).get('replicas', 1)} ready"
    if item["kind"] == "ResourceQuota":
        used, hard = status.get("used", {}), status.get("hard", {})
        return f"pods {used.get('pods', 0)}/{hard['pods']}" if "pods" in hard else ""
    return str(status.get("phase", ""))


def _readable(item: Object) -> Object:
    """Without what secrets hold and without managedFields, which nobody reads."""
    item = {**item, "metadata": {key: value for key, value in item["metadata"].items() if key != "managedFields"}}
    if item["kind"] != "Secret":
        return item
    return {**item, **{part: dict.fromkeys(item[part], "•••") for part in ("data", "stringData") if item.get(part)}}
