"""JSON patch, JSON merge patch and strategic merge patch, as pure functions of an object and a patch."""

import copy
from typing import Any

from playground.cluster.schema import ListOf, MapOf, Schema, Struct
from playground.cluster.status import Refusal, bad_request


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def strategic_patch(schema: Schema, target: Any, patch: Any) -> Any:
    """Maps merge, lists with keys merge item by item, other lists are replaced; `$patch: delete` and `replace` work."""
    if isinstance(patch, dict) and isinstance(schema, Struct | MapOf):
        if patch.get("$patch") == "replace":
            return {name: copy.deepcopy(value) for name, value in patch.items() if name != "$patch"}
        result = dict(target) if isinstance(target, dict) else {}
        for name, value in patch.items():
            if name.startswith("$"):
                continue  # $setElementOrder and friends only say in which order the rest comes
            inner = schema.values if isinstance(schema, MapOf) else schema.fields.get(name)
            if value is None:
                result.pop(name, None)
            elif inner is None:
                result[name] = copy.deepcopy(value)
            else:
                result[name] = strategic_patch(inner, result.get(name), value)
        return result
    if isinstance(patch, list) and isinstance(schema, ListOf) and schema.keys:
        return _strategic_list(schema, target if isinstance(target, list) else [], patch)
    if isinstance(patch, list) and isinstance(schema, ListOf) and schema.as_set:
        before = target if isinstance(target, list) else []
        return [*before, *(value for value in patch if value not in before)]
    return copy.deepcopy(patch)


def _strategic_list(schema: ListOf, target: list[Any], patch: list[Any]) -> list[Any]:
    # Patches merge by the first key alone (ports by their number), apply by all of them.
    key = schema.keys[0]
    result = [dict(item) for item in target]
    for change in patch:
        if change.get("$patch") == "replace":
            return [item for item in patch if item.get("$patch") != "replace"]
        position = next((index for index, item in enumerate(result) if item.get(key) == change.get(key)), None)
        if change.get("$patch") == "delete":
            if position is not None:
                del result[position]
        elif position is None:
            result.append(copy.deepcopy(change))
        else:
            result[position] = strategic_patch(schema.items, result[position], change)
    return result


def json_patch(target: Any, operations: Any) -> Any:
    """RFC 6902. Raises 422 when a test fails or a path is not there, 400 for what is no patch."""
    if not isinstance(operations, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    document = {"": copy.deepcopy(target)}
    for operation in operations:
        _operate(document, operation)
    return document[""]


def _operate(document: dict[str, Any], operation: Any) -> None:
    try:
        name, path = operation["op"], _pointer(operation["path"])
        if name == "test":
            parent, last = _parent(document, path)
            if _item(parent, last) != operation["value"]:
                raise _unprocessable(f"testing value {operation['path']} failed")
        elif name in {"add", "replace"}:
            parent, last = _parent(document, path)
            _put(parent, last, copy.deepcopy(operation["value"]), replace=name == "replace")
        elif name == "remove":
            parent, last = _parent(document, path)
            _take(parent, last)
        elif name in {"copy", "move"}:
            parent, last = _parent(document, _pointer(operation["from"]))
            value = copy.deepcopy(_item(parent, last)) if name == "copy" else _take(parent, last)
            parent, last = _parent(document, path)
            _put(parent, last, value, replace=False)
        else:
            raise bad_request(f"Unexpected kind: {name}")
    except (KeyError, IndexError, TypeError, ValueError) as exc:
        raise _unprocessable(f"the server rejected our request due to an error in our request: {exc}") from exc


def _unprocessable(message: str) -> Refusal:
    return Refusal(422, "Invalid", message)


def _pointer(text: str) -> list[str]:
    return ["", *(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])]


def _parent(document: dict[str, Any], path: list[str]) -> tuple[Any, str]:
    node: Any = document
    for part in path[:-1]:
        node = _item(node, part)
    return node, path[-1]


def _item(node: Any, part: str) -> Any:
    return node[int(part)] if isinstance(node, list) else node[part]


def _put(node: Any, part: str, value: Any, *, replace: bool) -> None:
    if isinstance(node, list):
        if replace:
            node[int(part)] = value
        else:
            position = len(node) if part == "-" else int(part)
            if position > len(node):
                raise IndexError(f"index {position} out of bounds")
            node.insert(position, value)
    else:
        if replace and part not in node:
            raise KeyError(part)
        node[part] = value


def _take(node: Any, part: str) -> Any:
    return node.pop(int(part)) if isinstance(node, list) else node.pop(part)
