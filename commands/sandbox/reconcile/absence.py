"""Makes a sandbox that is not wanted go away, and nothing else with it. Never touches a finalizer."""

from datetime import datetime

from bot.kit.clock import Clock
from bot.kit.text import few, listed
from commands.sandbox.objects import ID_LABEL
from commands.sandbox.ports import Cluster
from commands.sandbox.reconcile.holding import Holding, what_holds
from commands.sandbox.reconcile.rows import Rows
from commands.sandbox.rules.states import (
    Seen,
    may_still_appear,
    next_state,
    pause_after_refusal,
    pause_while_leaving,
    stuck,
)
from integrations.kubernetes import ChangedMeanwhile, ClusterError, KubernetesObject, Preconditions, reference_of
from storage.sandboxes import SandboxRow, SandboxState

_NAMESPACE = reference_of("v1", "Namespace")


class Absence:
    def __init__(self, clock: Clock, cluster: Cluster, rows: Rows) -> None:
        self._clock = clock
        self._cluster = cluster
        self._rows = rows

    async def ensure(self, row: SandboxRow) -> None:
        """One step towards its being gone. Raises Unavailable."""
        now, since = self._clock.now(), row.unwanted_at or row.created_at
        found = await self._cluster.get(_NAMESPACE, row.namespace)
        if found is None and row.namespace_uid is None and may_still_appear(since, now):
            await self._rows.save(row, look_at=now + pause_while_leaving(since, now))
            return
        if found is not None and _lost_its_label(found, row):
            lost = f"The namespace {row.namespace} lost its label {ID_LABEL}; put {row.id} back, and I delete it."
            state = next_state(SandboxState(row.state), Seen.STUCK)
            await self._rows.save(row, state=state, problem=lost, look_at=now + pause_after_refusal())
            return
        if found is None or found["metadata"].get("labels", {}).get(ID_LABEL) != row.id:
            state = next_state(SandboxState(row.state), Seen.GONE)
            await self._rows.save(row, state=state, problem=None, failures=0, look_at=None)
            return
        if not found["metadata"].get("deletionTimestamp") and not await self._asked_to_go(row, found):
            return
        await self._wait(row, found, since)

    async def _asked_to_go(self, row: SandboxRow, found: KubernetesObject) -> bool:
        """That very namespace, in that very state: whatever was changed in between is looked at first."""
        metadata = found["metadata"]
        only_this = Preconditions(uid=metadata["uid"], resource_version=metadata["resourceVersion"])
        try:
            await self._cluster.delete(_NAMESPACE, row.namespace, preconditions=only_this)
        except ChangedMeanwhile:
            pass  # the next look sees what it is now
        except ClusterError as error:
            refused = f"The cluster refuses to delete it: {error.message}"
            await self._rows.save(row, problem=refused, look_at=self._clock.now() + pause_after_refusal())
            return False
        return True

    async def _wait(self, row: SandboxRow, found: KubernetesObject, since: datetime) -> None:
        now = self._clock.now()
        too_long = stuck(since, now)
        state = next_state(SandboxState(row.state), Seen.STUCK if too_long else Seen.LEAVING)
        problem = _in_words(await what_holds(self._cluster, found)) if too_long else None
        await self._rows.save(
            row, state=state, problem=problem, failures=0, look_at=now + pause_while_leaving(since, now)
        )


def _lost_its_label(namespace: KubernetesObject, row: SandboxRow) -> bool:
    """Whether it is the very namespace we made, although it does not say so any more."""
    metadata = namespace["metadata"]
    return bool(metadata["uid"] == row.namespace_uid and metadata.get("labels", {}).get(ID_LABEL) != row.id)


def _in_words(holding: Holding) -> str:
    """Why a namespace does not go: what its conditions say, and the objects by name with their finalizers."""
    words = "It does not go away: " + (" ".join(holding.said) or "the cluster does not say why.")
    if holding.objects:
        words += f" Held by {listed(few([str(each) for each in holding.objects], 5), 'and')}."
    if holding.unseen:
        words += f" Not to be seen by the bot: {listed(few(holding.unseen, 3), 'and')}."
    return words
