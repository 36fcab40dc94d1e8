"""Which fields of an object that a template made are not as the template has them any more. Pure; a sandbox's guards, which
nothing may be added to, are compared in commands/sandbox/drift.py."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from commands.sandbox.drift import quantity

# Maps of quantities, which the server writes in a form of its own.
_MEASURED: Final = frozenset({"limits", "requests"})
_KEYS: Final = ("name", "containerPort", "port", "mountPath", "key")
_OWN: Final = frozenset({"namespace"})


def differing_fields(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths such as `spec.replicas` and `spec.template.spec.containers[web].image`, in the order of the manifest. What the
    cluster or somebody else added is no difference, nor is what stands in a Secret, but for its keys."""
    if wanted.get("kind") == "Secret":
        return tuple(_secret(wanted, live))
    return tuple(_differing(wanted, live, ""))


def _secret(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> Iterator[str]:
    there = set(live.get("data") or {})
    for part in ("data", "stringData"):
        yield from (f"{part}.{key}" for key in wanted.get(part) or {} if key not in there)
    rest = {key: value for key, value in wanted.items() if key not in ("data", "stringData")}
    yield from _differing(rest, live, "")


def _differing(wanted: Any, live: Any, path: str) -> Iterator[str]:
    if _empty(wanted) and _empty(live):
        return  # the server leaves out what is empty
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key, value in wanted.items():
            if path != "metadata" or key not in _OWN:
                inner = f"{path}.{key}" if path else key
                yield from _differing(value, live.get(key), inner)
    elif isinstance(wanted, list) and isinstance(live, list):
        yield from _differing_lists(wanted, live, path)
    elif wanted != live and not (_is_size(path) and _same_amount(wanted, live)):
        yield path


def _differing_lists(wanted: list[Any], live: list[Any], path: str) -> Iterator[str]:
    """Items with a key are found by it; others stand where they stand."""
    key = next(
        (key for key in _KEYS if wanted and all(isinstance(each, dict) and key in each for each in wanted)), None
    )
    if key is None:
        if len(wanted) != len(live):
            yield path
            return
        for index, (should, is_) in enumerate(zip(wanted, live, strict=True)):
            yield from _differing(should, is_, f"{path}[{index}]")
        return
    found = {each.get(key): each for each in live if isinstance(each, dict)}
    for should in wanted:
        here = f"{path}[{should[key]}]"
        if should[key] in found:
            yield from _differing(should, found[should[key]], here)
        else:
            yield here


def _empty(value: object) -> bool:
    return value is None or value in ({}, [], "")


def _same_amount(wanted: object, live: object) -> bool:
    amount = quantity(wanted)
    return amount is not None and amount == quantity(live)


def _is_size(path: str) -> bool:
    parent, _, last = path.rpartition(".")
    return last in ("sizeLimit", "divisor") or parent.rpartition(".")[2] in _MEASURED
