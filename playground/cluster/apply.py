"""Server-side apply: merging, ownership, conflicts; and the ownership that other writes leave. Stores nothing.

One entry of `managedFields` per (manager, operation, subresource). An apply claims what it sends; what it sent before
and does not send now goes, unless somebody else owns it too; what others own with another value is a conflict unless
forced. Any other write claims what it changes and takes it from everybody else.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from playground.cluster import fields
from playground.cluster.fields import FieldSet
from playground.cluster.kinds import Kind, Object
from playground.cluster.schema import ListOf, MapOf, Schema, Struct
from playground.cluster.status import Cause, Refusal


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, as `managedFields` tells writers apart."""

    manager: str
    operation: Literal["Apply", "Update"]
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Owned:
    api_version: str
    time: str
    fields: FieldSet


def owners_of(item: Object) -> dict[Writer, Owned]:
    owners = {}
    for entry in item.get("metadata", {}).get("managedFields") or ():
        writer = Writer(entry.get("manager", ""), entry["operation"], entry.get("subresource", ""))
        owners[writer] = Owned(entry["apiVersion"], entry.get("time", ""), fields.from_v1(entry.get("fieldsV1") or {}))
    return owners


def with_owners(item: Object, owners: Mapping[Writer, Owned]) -> Object:
    """A copy of the object saying so; writers that own nothing are left out."""
    entries = []
    for writer, owned in sorted(owners.items(), key=lambda pair: (pair[0].operation, pair[1].time, pair[0].manager)):
        if not owned.fields:
            continue
        entry: Object = {
            "manager": writer.manager,
            "operation": writer.operation,
            "apiVersion": owned.api_version,
            "time": owned.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields.to_v1(owned.fields),
        }
        if writer.subresource:
            entry["subresource"] = writer.subresource
        entries.append(entry)
    metadata = {key: value for key, value in item.get("metadata", {}).items() if key != "managedFields"}
    if entries:
        metadata["managedFields"] = entries
    return {**item, "metadata": metadata}


def apply(
    kind: Kind, schema: Schema, live: Object, applied: Object, writer: Writer, *, force: bool, now: str
) -> tuple[Object, dict[Writer, Owned]]:
    """The merged object and its owners. Raises the 409 that names every conflict."""
    owners = owners_of(live)
    claimed = fields.owned_by_applying(schema, applied)
    mine = owners.get(writer)
    given_up = (mine.fields if mine else frozenset()) - claimed
    merged = merged_values(schema, live, applied)
    changed = fields.changed(schema, live, merged) & claimed
    conflicts = [
        (other, path) for other, owned in owners.items() if other != writer for path in sorted(owned.fields & changed)
    ]
    if conflicts and not force:
        raise _conflict(kind, owners, conflicts)
    for other, path in conflicts:
        kept = owners[other]
        owners[other] = Owned(kept.api_version, kept.time, kept.fields - {path})
    orphaned = _orphans(given_up, owners, writer)
    if orphaned:
        merged = fields.removed(schema, merged, orphaned)
    same = mine is not None and mine.fields == claimed
    owners[writer] = Owned(kind.api_version, mine.time if same and mine else now, claimed)
    return merged, owners


def _orphans(given_up: FieldSet, owners: Mapping[Writer, Owned], writer: Writer) -> FieldSet:
    """What nobody else owns. A list item stays while somebody owns anything inside it."""
    others: FieldSet = frozenset().union(*(owned.fields for other, owned in owners.items() if other != writer))
    return frozenset(path for path in given_up if not any(theirs[: len(path)] == path for theirs in others))


def _conflict(kind: Kind, owners: Mapping[Writer, Owned], conflicts: Sequence[tuple[Writer, fields.Path]]) -> Refusal:
    causes = []
    lines: dict[str, list[str]] = {}
    for other, path in conflicts:
        text = f'conflict with "{other.manager}"'
        if other.subresource:
            text += f' with subresource "{other.subresource}"'
        if other.operation == "Update":
            text += f" using {owners[other].api_version}"
        lines.setdefault(text, []).append(fields.shown(path))
        causes.append(Cause("FieldManagerConflict", text, fields.shown(path)))
    count = f"{len(causes)} conflict" + ("s" if len(causes) > 1 else "")
    if len(causes) == 1:
        ((text, paths),) = lines.items()
        details = f"{text}: {paths[0]}"
    else:
        details = "\n".join(f"{text}:\n" + "\n".join(f"- {path}" for path in paths) for text, paths in lines.items())
    return Refusal(409, "Conflict", f"Apply failed with {count}: {details}", kind=kind, causes=causes)


def after_update(
    kind: Kind, schema: Schema, live: Object, new: Object, writer: Writer, *, now: str
) -> dict[Writer, Owned]:
    """The owners after a write that is no apply. `live` is {} for a new object."""
    owners = owners_of(live)
    changed = fields.changed(schema, live, new)
    present = fields.all_fields(schema, new)
    for other, owned in owners.items():
        kept = owned.fields & _with_parents(present)
        if other != writer:
            kept -= changed
        owners[other] = Owned(owned.api_version, owned.time, kept)
    mine = owners.get(writer)
    before = mine.fields if mine else frozenset()
    if changed - before:
        owners[writer] = Owned(kind.api_version, now, before | changed)
    return owners


def _with_parents(paths: FieldSet) -> FieldSet:
    """With every parent: an empty map that was claimed may have content now."""
    return frozenset(path[:length] for path in paths for length in range(1, len(path) + 1))


def merged_values(schema: Schema, live: Any, applied: Any) -> Any:
    """`applied` over `live`, list items matched by key."""
    if applied is None or live is None or fields.is_atomic(schema):
        return copy.deepcopy(applied if applied is not None else live)
    if isinstance(schema, Struct):
        merged = copy.deepcopy(live)
        for name, value in applied.items():
            merged[name] = merged_values(schema.fields[name], live.get(name), value)
        return merged
    if isinstance(schema, MapOf):
        return {
            **live,
            **{name: merged_values(schema.values, live.get(name), value) for name, value in applied.items()},
        }
    assert isinstance(schema, ListOf)
    return _merged_list(schema, live, applied)


def _merged_list(schema: ListOf, live: list[Any], applied: list[Any]) -> list[Any]:
    if schema.as_set:
        return [*live, *(value for value in applied if value not in live)]
    wanted = {schema.key_of(item): item for item in applied}
    merged = []
    for item in live:
        key = schema.key_of(item)
        merged.append(merged_values(schema.items, item, wanted.pop(key)) if key in wanted else copy.deepcopy(item))
    return [*merged, *(copy.deepcopy(item) for item in wanted.values())]
