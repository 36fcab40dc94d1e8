"""What keeps a namespace from going away: the objects left in it, by the resources that its conditions name. Only reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from commands.sandbox.ports import Cluster
from integrations.kubernetes import KINDS, ClusterError, KubernetesObject, ObjectRef

# As the namespace controller writes it: `persistentvolumeclaims. has 1 resource instances, widgets.example.com has 2 …`.
_LEFT: Final = re.compile(r"\b([a-z0-9-]+)\.([a-z0-9.-]*) has \d+ resource instances")
_KNOWN: Final[Mapping[tuple[str, str], ObjectRef]] = {
    (each.plural, each.group): each for each in KINDS.values() if each.namespaced
}
_MOST: Final = 50  # objects of one kind


@dataclass(frozen=True)
class Held:
    """An object that is to go and waits for its finalizers."""

    reference: ObjectRef
    name: str
    finalizers: tuple[str, ...]
    resource_version: str

    def __str__(self) -> str:
        return f"{self.reference.plural}/{self.name}: {', '.join(self.finalizers)}"


@dataclass(frozen=True)
class Holding:
    """`said` is what the conditions say; `unseen` are resources that are named in them and cannot be looked at, with why."""

    said: tuple[str, ...]
    objects: tuple[Held, ...]
    unseen: tuple[str, ...]


def said_by(namespace: KubernetesObject) -> tuple[str, ...]:
    conditions: Sequence[KubernetesObject] = namespace.get("status", {}).get("conditions") or ()
    words = [str(each.get("message", "")).strip() for each in conditions if each.get("status") == "True"]
    return tuple(filter(None, words))


async def what_holds(cluster: Cluster, namespace: KubernetesObject) -> Holding:
    """Raises Unavailable."""
    said = said_by(namespace)
    objects: list[Held] = []
    unseen: list[str] = []
    for resource, group in dict.fromkeys(_LEFT.findall(" ".join(said))):
        title = f"{resource}.{group}" if group else resource
        if (reference := _KNOWN.get((resource, group))) is None:
            unseen.append(f"{title} (no kind that the bot knows)")
            continue
        try:
            async for item in cluster.list(reference, namespace["metadata"]["name"]):
                if len(objects) < _MOST and (finalizers := item["metadata"].get("finalizers")):
                    name, version = str(item["metadata"]["name"]), str(item["metadata"]["resourceVersion"])
                    objects.append(Held(reference, name, tuple(map(str, finalizers)), version))
        except ClusterError as error:
            unseen.append(f"{title} ({error.message})")
    return Holding(said, tuple(objects), tuple(unseen))
