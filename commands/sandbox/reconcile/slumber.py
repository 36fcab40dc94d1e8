"""Falling asleep and waking up. Asleep, the quota has room for no pod and the pods are deleted; replicas stay untouched, so
nothing fights whoever manages them, and whatever made the pods makes them again once there is room."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.kit.clock import Clock
from bot.kit.text import few, listed
from commands.sandbox.inside import Inside
from commands.sandbox.objects import DOMAIN
from commands.sandbox.ports import Cluster
from commands.sandbox.rules.states import Seen
from integrations.kubernetes import ClusterError, KubernetesObject, reference_of
from storage.sandboxes import SandboxRow

log = structlog.stdlib.get_logger(__name__)

_POD = reference_of("v1", "Pod")
_SOON: Final = timedelta(seconds=2)
_PATIENCE: Final = timedelta(minutes=10)  # to pull images and become ready; then what is not back is named
_OVER: Final = ("Succeeded", "Failed")
_NUDGED: Final = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")


@dataclass(frozen=True)
class Slept:
    """How far it is. `seen` is None while it is on the way; `look_at` None: when its timers say."""

    seen: Seen | None
    snapshot: dict[str, Any] | None = None
    problem: str | None = None
    look_at: datetime | None = None


class Slumber:
    def __init__(self, clock: Clock, cluster: Cluster, inside: Inside) -> None:
        self._clock = clock
        self._cluster = cluster
        self._inside = inside

    async def follow(self, row: SandboxRow) -> Slept:
        """One step to where it should be; the quota is what it should be already. Raises Unavailable or ClusterError."""
        return await self._fall_asleep(row) if row.asleep else await self._wake(row)

    async def _fall_asleep(self, row: SandboxRow) -> Slept:
        pods = [pod async for pod in self._cluster.list(_POD, row.namespace)]
        snapshot = row.snapshot
        if snapshot is None or "woken_at" in snapshot:
            # Written down before anything is deleted: a crash in between must not make it look as if nothing had run.
            if row.snapshot is None and pods:
                return Slept(None, snapshot_of(pods), look_at=self._clock.now())
            snapshot = {key: value for key, value in (snapshot or snapshot_of(pods)).items() if key != "woken_at"}
        for pod in pods:
            if not pod["metadata"].get("deletionTimestamp"):
                await self._cluster.delete(_POD, str(pod["metadata"]["name"]), row.namespace)
        if pods:
            return Slept(None, snapshot, look_at=self._clock.now() + _SOON)
        return Slept(Seen.ASLEEP, snapshot)

    async def _wake(self, row: SandboxRow) -> Slept:
        if row.snapshot is None:
            return Slept(Seen.STANDS)
        now = self._clock.now()
        if "woken_at" not in row.snapshot:
            await self._nudge(row, now)
        woken_at = datetime.fromisoformat(row.snapshot["woken_at"]) if "woken_at" in row.snapshot else now
        pods = [pod async for pod in self._cluster.list(_POD, row.namespace)]
        missing = not_back(row.snapshot["controllers"], pods)
        if not missing:
            return Slept(Seen.STANDS, None, _lost(row.snapshot["alone"]))
        snapshot = {**row.snapshot, "woken_at": woken_at.isoformat()}
        if now - woken_at < _PATIENCE:
            return Slept(Seen.STANDS, snapshot, look_at=now + _SOON)
        return Slept(Seen.STANDS, None, f"Since it woke, not back yet: {listed(few(missing), 'and')}.")

    async def _nudge(self, row: SandboxRow, now: datetime) -> None:
        """A controller that was refused again and again asks by itself only after up to a quarter of an hour; when its object
        changes, it asks at once. An annotation is a change that nothing minds."""
        if row.snapshot is None or row.namespace_uid is None:
            return
        room = self._inside.of(row.namespace, row.namespace_uid)
        mark = {"metadata": {"annotations": {f"{DOMAIN}/woken-at": now.isoformat(timespec="seconds")}}}
        for owner in row.snapshot["controllers"]:
            kind, _, name = owner.partition("/")
            if kind in _NUDGED:
                try:
                    await room.merge_patch(reference_of("apps/v1", kind), name, mark)
                except ClusterError as error:  # it is gone, or not theirs to change: back when it will be back
                    log.info("controller_not_nudged", sandbox=row.id, controller=owner, reason=error.reason)


def snapshot_of(pods: list[KubernetesObject]) -> dict[str, Any]:
    """What runs, by whatever makes it run; pods that nothing would make again stand apart."""
    controllers: Counter[str] = Counter()
    alone = []
    for pod in pods:
        if (pod.get("status") or {}).get("phase") in _OVER:
            continue
        owner = _controller(pod)
        if owner is None:
            alone.append(str(pod["metadata"]["name"]))
        else:
            controllers[owner] += 1
    return {"controllers": dict(controllers), "alone": sorted(alone)}


def not_back(wanted: Mapping[str, int], pods: list[KubernetesObject]) -> list[str]:
    """Which of what ran does not run as before; what somebody changed in the meantime may be among it."""
    running: Counter[str] = Counter()
    for pod in pods:
        if (owner := _controller(pod)) is not None and _ready(pod):
            running[owner] += 1
    return [
        f"{owner} ({running[owner]} of {count})" for owner, count in sorted(wanted.items()) if running[owner] < count
    ]


def _controller(pod: KubernetesObject) -> str | None:
    """`Deployment/web` and the like. None for what nothing makes again, jobs among it: what was under way begins anew."""
    for owner in pod["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            kind, name = str(owner["kind"]), str(owner["name"])
            template = (pod["metadata"].get("labels") or {}).get("pod-template-hash")
            if kind == "ReplicaSet" and template and name.endswith(f"-{template}"):
                return f"Deployment/{name.removesuffix(f'-{template}')}"
            return None if kind == "Job" else f"{kind}/{name}"
    return None


def _ready(pod: KubernetesObject) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def _lost(alone: list[str]) -> str | None:
    if not alone:
        return None
    return f"It slept, and nothing makes these pods again: {listed(few(alone), 'and')}. Start them anew."
