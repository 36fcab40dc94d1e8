"""Label selectors and field selectors, in both spellings: the text of a query and the structure inside objects."""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from playground.cluster.kinds import Kind, Object
from playground.cluster.status import bad_request

Labels: TypeAlias = Mapping[str, str]
Test: TypeAlias = Callable[[Labels], bool]

_SET_BASED = re.compile(r"(?P<key>[^\s!=<>,()]+)\s+(?P<operator>in|notin)\s*\((?P<values>[^)]*)\)")
_EQUALITY = re.compile(r"(?P<key>[^\s!=<>,()]+)\s*(?P<operator>==|!=|=)\s*(?P<value>[^\s!=,()]*)")
_EXISTS = re.compile(r"(?P<not>!?)\s*(?P<key>[^\s!=<>,()]+)")


def label_test(text: str) -> Test:
    """The test for `a=b,c in (d, e),!f`. Raises the server's 400 for what it cannot read."""
    tests = [_requirement(part) for part in _parts(text)]
    return lambda labels: all(test(labels) for test in tests)


def _parts(text: str) -> list[str]:
    """Split at commas that are not inside parentheses."""
    parts = re.split(r",(?![^()]*\))", text)
    return [part.strip() for part in parts if part.strip()]


def _requirement(part: str) -> Test:
    if found := _SET_BASED.fullmatch(part):
        values = {value.strip() for value in found["values"].split(",")}
        return _membership(found["key"], values, wanted=found["operator"] == "in")
    if found := _EQUALITY.fullmatch(part):
        return _membership(found["key"], {found["value"]}, wanted=found["operator"] != "!=")
    if found := _EXISTS.fullmatch(part):
        key, absent = found["key"], bool(found["not"])
        return lambda labels: (key in labels) != absent
    raise bad_request(f'unable to parse requirement: found "{part}", expected: an operator')


def _membership(key: str, values: set[str], *, wanted: bool) -> Test:
    if wanted:
        return lambda labels: labels.get(key) in values and key in labels
    return lambda labels: labels.get(key) not in values


def structured_test(selector: Object | None) -> Test:
    """The test of a LabelSelector inside an object. None selects nothing, an empty one everything."""
    if selector is None:
        return lambda _labels: False
    tests: list[Test] = [
        _membership(key, {value}, wanted=True) for key, value in (selector.get("matchLabels") or {}).items()
    ]
    for expression in selector.get("matchExpressions") or ():
        key, operator = expression["key"], expression["operator"]
        if operator in {"In", "NotIn"}:
            tests.append(_membership(key, set(expression.get("values") or ()), wanted=operator == "In"))
        else:
            tests.append(_requirement(key if operator == "Exists" else f"!{key}"))
    return lambda labels: all(test(labels) for test in tests)


# What each kind can be selected by, beyond its name and namespace.
_SELECTABLE: Mapping[str, tuple[str, ...]] = {
    "Namespace": ("status.phase",),
    "Pod": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
    ),
    "Secret": ("type",),
    "Event": (
        "involvedObject.kind",
        "involvedObject.name",
        "involvedObject.namespace",
        "involvedObject.uid",
        "reason",
        "type",
    ),
    "Job": ("status.successful",),
    "Node": ("spec.unschedulable",),
    "ReplicaSet": ("status.replicas",),
    "Service": ("spec.clusterIP", "spec.type"),
}


def field_test(kind: Kind, text: str) -> Callable[[Object], bool]:
    """The test for `metadata.name=x,status.phase!=Running`. Raises 400 for a field that cannot be selected by."""
    allowed = {"metadata.name", *_SELECTABLE.get(kind.kind, ())}
    if kind.namespaced:
        allowed.add("metadata.namespace")
    tests: list[Callable[[Object], bool]] = []
    for part in _parts(text):
        found = _EQUALITY.fullmatch(part)
        if found is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        path, value, wanted = found["key"], found["value"], found["operator"] != "!="
        if path not in allowed:
            raise bad_request(f"field label not supported: {path}")
        tests.append(_field(path, value, wanted=wanted))
    return lambda item: all(test(item) for test in tests)


def _field(path: str, value: str, *, wanted: bool) -> Callable[[Object], bool]:
    def test(item: Object) -> bool:
        found: object = item
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        text = "" if found is None else str(found)
        return (text == value) == wanted

    return test
