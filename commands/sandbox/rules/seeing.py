"""What the cluster's objects say of a sandbox, for people: pods and their trouble, quotas, warnings, logs. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from bot.kit.redact import redact_text
from bot.kit.text import shorten
from commands.sandbox.values.seeing import PodSeen, Used, Warned

Object: TypeAlias = Mapping[str, Any]
"""One of the cluster's objects, as it is read."""

_MOST_PODS: Final = 100
_MOST_WARNINGS: Final = 5
_LONGEST: Final = 300  # characters of a message
_FINE: Final = ("ContainerCreating", "PodInitializing")  # waiting for these is no trouble
_DEFAULT_CONTAINER: Final = "kubectl.kubernetes.io/default-container"
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def pods_seen(pods: Sequence[Object]) -> tuple[PodSeen, ...]:
    """Those in trouble first, then by name."""
    seen = sorted((_pod(pod) for pod in pods), key=lambda pod: (not pod.trouble, pod.name))
    return tuple(seen[:_MOST_PODS])


def _pod(pod: Object) -> PodSeen:
    status = _mapping(pod.get("status"))
    containers = [_mapping(each) for each in status.get("containerStatuses") or ()]
    beginning = [_mapping(each) for each in status.get("initContainerStatuses") or ()]
    phase = "Terminating" if pod["metadata"].get("deletionTimestamp") else str(status.get("phase") or "Unknown")
    return PodSeen(
        name=str(pod["metadata"]["name"]),
        phase=phase,
        ready=sum(1 for each in containers if each.get("ready")),
        containers=len(_mapping(pod.get("spec")).get("containers") or ()),
        restarts=sum(int(each.get("restartCount") or 0) for each in containers),
        trouble=tuple(_trouble(status, [*beginning, *containers])),
    )


def _trouble(status: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> list[str]:
    conditions = [_mapping(each) for each in status.get("conditions") or ()]
    unplaced = [each for each in conditions if each.get("type") == "PodScheduled" and each.get("status") == "False"]
    found = [_said(each.get("reason"), each.get("message")) for each in unplaced]
    if status.get("phase") == "Failed" or status.get("reason"):
        found.append(_said(status.get("reason") or "Failed", status.get("message")))
    for container in containers:
        name, state = str(container.get("name") or "?"), _mapping(container.get("state"))
        waiting = _mapping(state.get("waiting"))
        if waiting and waiting.get("reason") not in _FINE:
            found.append(f"{name}: {_said(waiting.get('reason') or 'waiting', waiting.get('message'))}")
        ended = _mapping(state.get("terminated")) or _mapping(_mapping(container.get("lastState")).get("terminated"))
        if ended and ended.get("exitCode"):
            why = ended.get("reason") or "Error"
            found.append(f"{name}: ended with {why}, exit code {ended.get('exitCode')}")
    return found


def quota_seen(quota: Object | None) -> tuple[Used, ...]:
    """What a quota limits and how much of that is used, as the cluster has last counted it."""
    status = _mapping((quota or {}).get("status"))
    hard, used = _mapping(status.get("hard")), _mapping(status.get("used"))
    return tuple(
        Used(resource=name, used=str(used.get(name, "0")), hard=str(most)) for name, most in sorted(hard.items())
    )


def warnings_seen(events: Sequence[Object]) -> tuple[Warned, ...]:
    """The last of them, newest last."""
    seen = [_warned(event) for event in events if event.get("type") == "Warning"]
    seen.sort(key=lambda each: each.at or datetime.min.replace(tzinfo=UTC))
    return tuple(seen[-_MOST_WARNINGS:])


def _warned(event: Object) -> Warned:
    about, series = _mapping(event.get("involvedObject")), _mapping(event.get("series"))
    at = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return Warned(
        about=f"{about.get('kind', '?')}/{about.get('name', '?')}",
        reason=str(event.get("reason") or ""),
        message=_clean(str(event.get("message") or "")),
        count=int(series.get("count") or event.get("count") or 1),
        at=_time(at or event["metadata"].get("creationTimestamp")),
    )


def main_container(pod: Object) -> str:
    """The one that is meant when nobody says which."""
    chosen = _mapping(pod["metadata"].get("annotations")).get(_DEFAULT_CONTAINER)
    names = [str(each["name"]) for each in pod["spec"]["containers"]]
    return chosen if chosen in names else names[0]


def containers_of(pod: Object) -> list[str]:
    spec = pod["spec"]
    return [str(each["name"]) for each in (*spec["containers"], *(spec.get("initContainers") or ()))]


def log_shown(raw: str, lines: int, most: int) -> tuple[str, bool]:
    """The last `lines` of what was read, at most `most` characters of whole lines; and whether something was left out of those.
    Secrets are taken out before anything is cut: half of one would not be known for one."""
    kept = redact_text(_ESCAPES.sub("", raw.replace("\r\n", "\n"))).splitlines()[-lines:]
    shown: list[str] = []
    left = most
    for line in reversed(kept):
        line = shorten(line, most - 1)
        left -= len(line) + 1
        if left < 0:
            break
        shown.append(line)
    return "\n".join(reversed(shown)), len(shown) < len(kept)


def _said(reason: object, message: object) -> str:
    text = _clean(str(message or ""))
    return f"{reason}: {text}" if text else str(reason)


def _clean(text: str) -> str:
    return shorten(redact_text(" ".join(text.split())), _LONGEST)


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None
    except ValueError:
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
