"""Whether nobody uses a sandbox, and how one can tell. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.kit.units import format_duration

QUIET_CORES: Final = 0.05  # what probes and idle runtimes use together
QUIET_BYTES: Final = 4096.0  # a second, in and out: probes and the like

# Those that write by themselves. Everybody else who changed something is a person, or works for one.
_MACHINES: Final = ("kube-", "k3s", "k0s", "system:", "platform-bot", "metrics-server", "cluster-autoscaler")


@dataclass(frozen=True)
class Evidence:
    """What is known of a sandbox's use in the last `window`. `cores` and `traffic` (bytes a second) are averages; `changed_at` is
    when a person last changed an object in it, `acted_at` when somebody last did something with it here, a token among it.
    None: nobody knows."""

    window: timedelta
    cores: float | None
    traffic: float | None
    changed_at: datetime | None
    acted_at: datetime | None


def idle(evidence: Evidence, now: datetime) -> bool:
    """Everything that is known is quiet, and something is: what cannot be measured neither keeps a sandbox awake nor puts it to
    sleep."""
    if evidence.cores is None and evidence.traffic is None:
        return False
    if (evidence.cores or 0.0) > QUIET_CORES or (evidence.traffic or 0.0) > QUIET_BYTES:
        return False
    return all(moment is None or now - moment >= evidence.window for moment in (evidence.changed_at, evidence.acted_at))


def in_words(evidence: Evidence, now: datetime) -> list[str]:
    """A line for each kind of evidence."""

    def ago(moment: datetime | None, never: str) -> str:
        return never if moment is None else f"{format_duration(_rounded(now - moment))} ago"

    cpu = "not measured" if evidence.cores is None else f"{evidence.cores:.3f} cores on average"
    traffic = "not measured" if evidence.traffic is None else f"{evidence.traffic:,.0f} bytes a second on average"
    return [
        f"CPU: {cpu}",
        f"Network: {traffic}",
        f"Last change by a person: {ago(evidence.changed_at, 'none that is known')}",
        f"Last used from here: {ago(evidence.acted_at, 'never')}",
    ]


def changed_by_people(objects: Iterable[Mapping[str, Any]]) -> datetime | None:
    """When somebody last changed one of these, as their managedFields say; None when only machines did."""
    moments = [
        datetime.fromisoformat(str(entry["time"])).astimezone(UTC)
        for item in objects
        for entry in item["metadata"].get("managedFields") or ()
        if entry.get("time") and not entry.get("subresource") and not _machine(str(entry.get("manager", "")))
    ]
    return max(moments, default=None)


def _machine(manager: str) -> bool:
    return manager.lower().startswith(_MACHINES)


def _rounded(duration: timedelta) -> timedelta:
    """To the minute; seconds would say more than is known."""
    return timedelta(minutes=max(1, round(duration / timedelta(minutes=1))))
