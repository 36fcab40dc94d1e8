"""How large a sandbox is, and what that means for its quota. Pure, and it knows no cluster."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

_GI: Final = 1024**3


class Size(StrEnum):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Resources:
    """What a sandbox may ask for: `cpu` in cores, `memory` and `storage` in bytes. Its limits are twice the first two."""

    cpu: int
    memory: int
    storage: int

    def __add__(self, other: "Resources") -> "Resources":
        return Resources(self.cpu + other.cpu, self.memory + other.memory, self.storage + other.storage)


NAMED: Mapping[Size, Resources] = MappingProxyType(
    {
        Size.SMALL: Resources(2, 4 * _GI, 20 * _GI),
        Size.MEDIUM: Resources(4, 8 * _GI, 50 * _GI),
        Size.LARGE: Resources(8, 16 * _GI, 100 * _GI),
    }
)


def quota(resources: Resources, *, asleep: bool = False) -> dict[str, str]:
    """The hard limits of a ResourceQuota. One that is asleep has room for no pod."""
    cpu = resources.cpu
    return {
        "requests.cpu": str(cpu),
        "requests.memory": quantity(resources.memory),
        "limits.cpu": str(cpu * 2),
        "limits.memory": quantity(resources.memory * 2),
        "requests.storage": quantity(resources.storage),
        "requests.ephemeral-storage": f"{max(10, cpu * 5)}Gi",
        # As many as can start with the defaults of the limit range.
        "pods": "0" if asleep else str(min(cpu * 10, resources.memory // (128 * 1024**2))),
        # Both reach past the network policies (and one of them costs money).
        "services.loadbalancers": "0",
        "services.nodeports": "0",
        "persistentvolumeclaims": str(max(5, math.ceil(cpu * 2.5))),
        "secrets": str(max(50, cpu * 25)),
        "configmaps": str(max(50, cpu * 25)),
    }


def container_max(resources: Resources) -> dict[str, str]:
    """What one container may use."""
    return {"cpu": str(resources.cpu), "memory": quantity(resources.memory)}


def claim_max(resources: Resources) -> str:
    """How large one volume may be: half of all storage, so that no single claim takes it whole."""
    return quantity(max(resources.storage // 2, _GI))


def quantity(count: int) -> str:
    """Bytes as Kubernetes writes them: its canonical form, so that what is read back is what was written."""
    for power, unit in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")):
        if count and count % 1024**power == 0:
            return f"{count // 1024**power}{unit}"
    return str(count)
