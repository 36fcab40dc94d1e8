"""Takes a request's body for an object of a kind: checks its form, drops or refuses what the type does not have."""

import copy
from dataclasses import dataclass, field
from typing import Any, Literal

from playground.cluster.kinds import Kind, Object
from playground.cluster.schema import Misfit, Schemas
from playground.cluster.status import Refusal, bad_request


@dataclass(frozen=True, slots=True)
class Options:
    """What a write's query says. `warnings` collects what goes out as Warning headers."""

    manager: str = "unknown"
    dry_run: bool = False
    validation: Literal["Ignore", "Warn", "Strict"] = "Warn"
    force: bool = False
    warnings: list[str] = field(default_factory=list)


class Decoder:
    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def decoded(self, kind: Kind, body: Any, namespace: str, name: str, options: Options) -> Object:
        """A clean copy of the object. `name` is that of the URL, "" when it names a collection."""
        item = self._identified(kind, body, namespace, name)
        misfits = list(self._schemas.misfits(self._schemas.struct(kind.model), item))
        wrong = next((misfit for misfit in misfits if not misfit.unknown), None)
        if wrong is not None:
            raise bad_request(_type_error(kind, wrong))
        unknown = [f'unknown field "{misfit.path}"' for misfit in misfits]
        if unknown and options.validation == "Strict":
            raise bad_request(f"strict decoding error: {', '.join(unknown)}")
        if options.validation == "Warn":
            options.warnings.extend(unknown)
        return self.pruned(kind, item)

    def decoded_apply(self, kind: Kind, body: Any, namespace: str, name: str) -> Object:
        """For server-side apply. A field the type does not have is a 500 there: kubernetes#139253."""
        item = self._identified(kind, body, namespace, name)
        if item["metadata"].get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        for misfit in self._schemas.misfits(self._schemas.struct(kind.model), item):
            where = f"{namespace}/{name}; {kind.api_version}, Kind={kind.kind}"
            why = "field not declared in schema" if misfit.unknown else f"expected {misfit.wanted}, got {misfit.given}"
            raise Refusal(500, "", f"failed to create typed patch object ({where}): .{misfit.path}: {why}")
        return self.pruned(kind, item)

    def pruned(self, kind: Kind, item: Object) -> Object:
        clean: Object = self._schemas.pruned(self._schemas.struct(kind.model), item)
        clean.setdefault("metadata", {})
        return clean

    def _identified(self, kind: Kind, body: Any, namespace: str, name: str) -> Object:
        if not isinstance(body, dict):
            raise bad_request(
                "couldn't get version/kind; json parse error: json: cannot unmarshal the body into an object"
            )
        if not body.get("kind"):
            raise bad_request("Object 'Kind' is missing in the body of the request")
        given = (body.get("apiVersion"), body["kind"])
        if given != (kind.api_version, kind.kind):
            message = (
                f"{given[1]} in version {given[0]!r} does not match the expected {kind.kind} in {kind.api_version!r}"
            )
            raise bad_request(message)
        item = copy.deepcopy(body)
        metadata = item.get("metadata")
        metadata = item["metadata"] = metadata if isinstance(metadata, dict) else {}
        if name and metadata.setdefault("name", name) != name:
            raise bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
            )
        if not kind.namespaced:
            metadata.pop("namespace", None)
        elif metadata.get("namespace") not in (None, "", namespace):
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        else:
            metadata["namespace"] = namespace
        return item


def _type_error(kind: Kind, misfit: Misfit) -> str:
    if misfit.wanted == "quantity":
        why = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    else:
        why = f"json: cannot unmarshal {misfit.given} into Go struct field {misfit.path} of type {misfit.wanted}"
    return f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}'
