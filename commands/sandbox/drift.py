"""How an object as it is differs from what it should be, in the fields that are ours. Pure.

What the cluster adds by itself is no difference; neither is another way to write the same quantity. A server may bring what is
written into a form of its own that this knows nothing of: whether an apply would really change something, it alone can say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from commands.sandbox.objects import SPEC_HASH, surplus_patch
from integrations.kubernetes import KubernetesObject

_QUANTITY: Final = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)", re.ASCII)
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
# Maps of quantities: of a quota, and of a limit range.
_MEASURED: Final = frozenset({"hard", "default", "defaultRequest", "max", "min"})
_CLUSTERS_OWN: Final = frozenset({"kubernetes.io/metadata.name"})
_SHOWN: Final = 200  # characters of a value


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what is there, and what should be; None: nothing."""

    path: str
    found: str | None
    wanted: str | None


def agrees(wanted: KubernetesObject, live: KubernetesObject) -> bool:
    """Whether applying `wanted` has nothing to change, and nothing of a guard's was added to."""
    return next(_differing("", wanted, live), None) is None and surplus_patch(wanted, live) is None


def differences(wanted: KubernetesObject, live: KubernetesObject) -> tuple[Difference, ...]:
    """In the order of the manifest; what was added to a guard's spec stands last."""
    found = [Difference(path, _text(is_), _text(should)) for path, is_, should in _differing("", wanted, live)]
    patch = surplus_patch(wanted, live)
    if patch is not None:
        for key, value in patch["spec"].items():
            inner = {f"spec.{key}": live["spec"][key]}
            if value is not None:
                inner = {f"spec.{key}.{name}": live["spec"][key][name] for name in value}
            found += [Difference(path, _text(added), None) for path, added in inner.items()]
    return tuple(found)


def would_change(live: KubernetesObject, applied: KubernetesObject) -> bool:
    """Whether an object that was applied (without being stored) says anything else than it does now."""
    return _content(live) != _content(applied)


def brought_to(live: KubernetesObject, plan_hash: str) -> bool:
    """Whether a sandbox stood under this very plan once: then what differs now is somebody else's doing."""
    return bool((live["metadata"].get("annotations") or {}).get(SPEC_HASH) == plan_hash)


def marks_of_others(wanted: KubernetesObject, live: KubernetesObject) -> tuple[str, ...]:
    """Labels and annotations of a namespace that are not ours; sorted."""
    found: set[str] = set()
    for kind in ("labels", "annotations"):
        ours = wanted["metadata"].get(kind) or {}
        found |= {key for key in live["metadata"].get(kind) or {} if key not in ours}
    return tuple(sorted(found - _CLUSTERS_OWN))


def quantity(text: object) -> Fraction | None:
    """`500m`, `1.5Gi`, `2e3` as a number of units; None for what is no quantity."""
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        return None
    sign, digits, exponent, suffix = match.groups()
    if exponent and abs(int(exponent)) > 30:
        return None
    value = Fraction(digits.rstrip(".") if digits.endswith(".") else digits)
    if suffix in _BINARY:
        value *= 2 ** _BINARY[suffix]
    else:
        value *= Fraction(10) ** (int(exponent) if exponent else _DECIMAL[suffix or ""])
    return -value if sign == "-" else value


def _differing(path: str, wanted: Any, live: Any, *, measured: bool = False) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key, value in wanted.items():
            if key in live:
                if value != live[key]:
                    inner = f"{path}.{key}" if path else key
                    yield from _differing(inner, value, live[key], measured=measured or key in _MEASURED)
            elif value not in ({}, [], None):
                yield f"{path}.{key}" if path else key, None, value
    elif not _same(wanted, live, measured=measured):
        yield path, live, wanted


def _same(wanted: Any, live: Any, *, measured: bool = False) -> bool:
    """In lists nothing may stand beside what is ours: a peer's second selector would open a wall."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        return wanted.keys() == live.keys() and all(
            _same(value, live[key], measured=measured or key in _MEASURED) for key, value in wanted.items()
        )
    if isinstance(wanted, list) and isinstance(live, list):
        return len(wanted) == len(live) and all(map(_same, wanted, live))
    if wanted == live:
        return True
    return measured and (number := quantity(wanted)) is not None and number == quantity(live)


def _content(item: KubernetesObject) -> Mapping[str, Any]:
    metadata = item.get("metadata") or {}
    kept = {key: metadata.get(key) or {} for key in ("labels", "annotations", "finalizers", "ownerReferences")}
    rest = {key: value for key, value in item.items() if key not in {"apiVersion", "kind", "metadata", "status"}}
    return {**rest, "metadata": kept}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
