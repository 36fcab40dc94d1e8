"""Sets of field paths, as `managedFields` holds them: taking them from objects, writing and reading fieldsV1."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from playground.cluster.kinds import Object
from playground.cluster.schema import ListOf, MapOf, Scalar, Schema, Struct

# A path's elements are those of fieldsV1: "f:spec", 'k:{"name":"app"}', 'v:"some/finalizer"'.
Path: TypeAlias = tuple[str, ...]
FieldSet: TypeAlias = frozenset[Path]

# What nobody owns: identity, and what the server writes by itself.
_UNOWNED = {
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata",),
    *(
        ("f:metadata", f"f:{name}")
        for name in (
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "generation",
            "managedFields",
            "name",
            "namespace",
            "resourceVersion",
            "selfLink",
            "uid",
        )
    ),
}


def key_element(schema: ListOf, item: Object) -> str:
    return "k:" + json.dumps(dict(schema.key_of(item)), separators=(",", ":"), sort_keys=True)


def value_element(value: object) -> str:
    return "v:" + json.dumps(value, separators=(",", ":"))


def is_atomic(schema: Schema) -> bool:
    return isinstance(schema, Scalar) or schema.atomic


def children(schema: Schema, value: Any) -> Iterator[tuple[str, Schema, Any]]:
    """The parts of a value that can have different owners, each with its path element."""
    if is_atomic(schema) or value is None:
        return
    if isinstance(schema, Struct):
        for name, inner in value.items():
            if name in schema.fields:
                yield f"f:{name}", schema.fields[name], inner
    elif isinstance(schema, MapOf):
        for name, inner in value.items():
            yield f"f:{name}", schema.values, inner
    elif isinstance(schema, ListOf):
        for inner in value:
            element = key_element(schema, inner) if schema.keys else value_element(inner)
            yield element, schema.items, inner


def owned_by_applying(schema: Schema, value: Any) -> FieldSet:
    """The fields an apply of this object lays claim to."""
    return frozenset(path for path in _leaves(schema, value, ()) if path not in _UNOWNED)


def all_fields(schema: Schema, value: Any) -> FieldSet:
    """Every field present. The same as what applying it would claim; named apart because it is used apart."""
    return owned_by_applying(schema, value)


def _leaves(schema: Schema, value: Any, path: Path) -> Iterator[Path]:
    if is_atomic(schema) or value is None or value == {}:
        if path:
            yield path
        return
    for element, inner_schema, inner in children(schema, value):
        below = (*path, element)
        if element[0] in "kv":
            yield below  # an item of a list is owned itself, beside its fields
        if element[0] != "v":
            yield from _leaves(inner_schema, inner, below)


def value_at(schema: Schema, value: Any, path: Path) -> tuple[bool, Any]:
    """Whether there is something at the path, and what. A keyed item counts as its keys, so that it equals itself."""
    for position, element in enumerate(path):
        for candidate, inner_schema, inner in children(schema, value):
            if candidate == element:
                schema, value = inner_schema, inner
                break
        else:
            return False, None
        if element[0] == "k" and position == len(path) - 1:
            return True, element
    return True, value


def changed(schema: Schema, before: Any, after: Any) -> FieldSet:
    """The fields of `after` that `before` lacks or holds with another value."""
    return frozenset(
        path for path in all_fields(schema, after) if value_at(schema, before, path) != value_at(schema, after, path)
    )


def removed(schema: Schema, value: Any, paths: Iterable[Path]) -> Any:
    """A copy of the value without what stands at these paths. What becomes empty by that goes too."""
    doomed = set(paths)
    return _without(schema, value, (), doomed)


def _without(schema: Schema, value: Any, path: Path, doomed: set[Path]) -> Any:
    parts = list(children(schema, value))
    if not parts:
        return value
    if isinstance(schema, ListOf):
        kept = []
        for element, inner_schema, inner in parts:
            below = (*path, element)
            if below not in doomed:
                kept.append(_without(inner_schema, inner, below, doomed))
        return kept
    result = {} if not isinstance(value, dict) else dict(value)
    for element, inner_schema, inner in parts:
        below = (*path, element)
        name = element[2:]
        if below in doomed:
            del result[name]
            continue
        result[name] = _without(inner_schema, inner, below, doomed)
        if result[name] in ({}, []) and inner not in ({}, []):
            del result[name]
    return result


def to_v1(fields: FieldSet) -> Object:
    """fieldsV1. A path that is both a member and a parent is marked with "."."""
    tree: Object = {}
    for path in sorted(fields):
        node = tree
        for element in path:
            node = node.setdefault(element, {})
    for path in fields:
        node = tree
        for element in path:
            node = node[element]
        if node:
            node["."] = {}
    return tree


def from_v1(tree: Object) -> FieldSet:
    return frozenset(_members(tree, ()))


def _members(tree: Object, path: Path) -> Iterator[Path]:
    if not tree and path:
        yield path
    for element, below in tree.items():
        if element == ".":
            yield path
        else:
            yield from _members(below, (*path, element))


def shown(path: Path) -> str:
    """As conflicts name it: .spec.template.spec.containers[name="app"].image"""
    text = ""
    for element in path:
        sort, rest = element[0], element[2:]
        if sort == "f":
            text += f".{rest}"
        elif sort == "k":
            keys = json.loads(rest)
            text += "[" + ",".join(f"{name}={json.dumps(value)}" for name, value in keys.items()) + "]"
        else:
            text += f"[={rest}]"
    return text
