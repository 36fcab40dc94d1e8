"""platform.yaml and the files beside it: their merged content, and where each key stands. Knows no section and no setting."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_DEEPEST = 6  # levels of keys whose lines are kept


class ConfigFiles:
    """`data` is the merged content, `marks` say where each key stands (`platform.yaml:3`, or an environment variable)."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.marks: dict[tuple[str, ...], str] = {}

    def read(self, path: Path, problems: list[str]) -> None:
        try:
            with path.open(encoding="utf-8") as stream:
                node = yaml.compose(stream, Loader=yaml.SafeLoader)
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            problems.append(f"{path}:{line}: this is not YAML: {error.problem}")
            return
        except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: not UTF-8, or a date such as 2026-99-99
            problems.append(f"{path}: cannot be read: {error}")
            return
        if node is None or content is None:
            return
        if not isinstance(node, yaml.MappingNode) or not isinstance(content, dict):
            problems.append(f"{path}:1: must be sections of `key: value` lines")
            return
        seen: dict[tuple[str, ...], str] = {}
        _mark(node, (), str(path), seen, problems)
        content = {key: value for key, value in content.items() if value is not None}  # `section:` with nothing below
        self._merge(self.data, content, (), seen, problems)
        self.marks.update(seen)

    def override(self, environment: Mapping[str, str], problems: list[str]) -> None:
        """`PLATFORM_SECTION__KEY` (and deeper, `__` for each level) replaces a scalar."""
        for name, text in environment.items():
            if not name.startswith("PLATFORM_") or "__" not in name:
                continue
            path = tuple(part.lower() for part in name.removeprefix("PLATFORM_").split("__"))
            target = self.data
            for part in path[:-1]:
                child = target.setdefault(part, {})
                if not isinstance(child, dict):
                    problems.append(f"{name}: {part} is not a section")
                    break
                target = child
            else:
                target[path[-1]] = text
                self.marks[path] = name

    def where(self, path: tuple[str, ...]) -> str:
        """`file:line` of the key, or of the nearest section around it, or of something in it."""
        for length in range(len(path), 0, -1):
            if found := self.marks.get(path[:length]):
                return found
        inside = (place for marked, place in self.marks.items() if marked[: len(path)] == path)
        return next(inside, "platform.yaml")

    def _merge(
        self,
        into: dict[str, Any],
        new: dict[str, Any],
        path: tuple[str, ...],
        seen: Mapping[tuple[str, ...], str],
        problems: list[str],
    ) -> None:
        for key, value in new.items():
            here = (*path, str(key))
            old = into.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                self._merge(old, value, here, seen, problems)
            elif key in into:
                problems.append(
                    f"{seen.get(here, self.where(here))}: {'.'.join(here)}: is set already at {self.where(here)}; keep one"
                )
            else:
                into[key] = value


def _mark(
    node: yaml.Node, path: tuple[str, ...], file: str, marks: dict[tuple[str, ...], str], problems: list[str]
) -> None:
    if len(path) > _DEEPEST:  # an alias may refer to what it stands in
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            mark = f"{file}:{key.start_mark.line + 1}"
            if here in marks:
                problems.append(f"{mark}: {'.'.join(here)}: is set already at {marks[here]}; keep one")
            marks[here] = mark
            _mark(value, here, file, marks, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            here = (*path, str(index))
            marks[here] = f"{file}:{item.start_mark.line + 1}"
            _mark(item, here, file, marks, problems)
