"""YAML as Kubernetes takes it: JSON's types only, text as keys, no key twice. Knows no template."""

from collections.abc import Hashable
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which the library would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def documents(text: str) -> list[Any]:
    """Those that are not empty. Raises ValueError that says what is wrong and near which line."""
    try:
        found = [each for each in yaml.load_all(text, Loader=_Loader) if each is not None]
    except yaml.MarkedYAMLError as error:
        line = f"near line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}this is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date such as 2026-99-99
        raise ValueError(f"this is not YAML: {error}") from error
    for each in found:
        _check(each, "")
    return found


def _check(value: object, path: str) -> None:
    match value:
        case dict():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise ValueError(f"{path or 'a key'}: the key {key} must be text: quote it")
                _check(inner, f"{path}.{key}" if path else key)
        case list():
            for index, inner in enumerate(value):
                _check(inner, f"{path}[{index}]")
        case float() if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(f"{path}: {value} is no number")
        case None | bool() | int() | float() | str():
            pass
        case _:
            raise ValueError(f"{path}: {value} would be a {type(value).__name__}: quote it")
