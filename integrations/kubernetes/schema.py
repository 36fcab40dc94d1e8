"""Whether a manifest has the form that Kubernetes wants: fields that exist, of their types, none missing. Asks no server.

The form is that of the client library's own model classes, so of a real release. What it says is about form only: whether an
image exists or a name is free is the server's to know. The classes take about a second and 15 MB to load, once, at the first use:
call it in a thread, or where nobody waits.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Final

from integrations.kubernetes.refs import KubernetesObject

_SCALARS: Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "bytes": (str,),  # in base64
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "datetime": (str,),
}
_WORDS: Final[Mapping[str, str]] = {
    "str": "text",
    "bytes": "text in base64",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "datetime": "a time such as 2026-12-01T14:00:00Z",
}
# Plain texts to the library, quantities to the server, which takes numbers for them, too.
_QUANTITIES: Final = {
    ("V1EmptyDirVolumeSource", "sizeLimit"),
    ("V1ResourceFieldSelector", "divisor"),
    ("V1ResourceRequirements", "limits"),
    ("V1ResourceRequirements", "requests"),
    ("V1VolumeResourceRequirements", "limits"),
    ("V1VolumeResourceRequirements", "requests"),
    ("V2MetricTarget", "averageValue"),
    ("V2MetricTarget", "value"),
    ("V1LimitRangeItem", "default"),
    ("V1LimitRangeItem", "defaultRequest"),
    ("V1LimitRangeItem", "max"),
    ("V1LimitRangeItem", "min"),
    ("V1PodSpec", "overhead"),
    ("V1ResourceQuotaSpec", "hard"),
}
# "object" to the library; the rest of those takes anything.
_INT_OR_TEXT: Final = {"port", "targetPort", "maxSurge", "maxUnavailable", "minAvailable"}
_QUANTITY: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class _Model:
    """A type with named fields: how each is written -> its type as the library spells it."""

    fields: Mapping[str, str]
    needed: frozenset[str]


@dataclass
class Schemas:
    """Types are read when they are met, and kept."""

    _models: dict[str, _Model] = field(default_factory=dict)

    def misfits(self, manifest: KubernetesObject) -> list[str]:
        """Everything whose form is wrong: `Deployment web: spec.replicas must be a whole number`."""
        api_version, kind = str(manifest.get("apiVersion")), str(manifest.get("kind"))
        metadata = manifest.get("metadata")
        title = f"{kind} {metadata.get('name', '') if isinstance(metadata, dict) else ''}".strip()
        version = api_version.rpartition("/")[2]
        name = f"{version[:1].upper()}{version[1:]}{kind}"
        if not name.isidentifier() or getattr(import_module("kubernetes.client.models"), name, None) is None:
            return [f"{title}: nobody knows the form of {api_version} {kind}"]
        return [f"{title}: {problem}" for problem in self._wrong(name, manifest, "")]

    def _wrong(self, wanted: str, value: object, path: str, owner: str = "") -> Iterator[str]:
        """`wanted` is how the library writes a type: `str`, `List[V1Container]`, `Dict[str, str]`."""
        here = path or "the object"
        if wanted.startswith("List["):
            if not isinstance(value, list):
                yield f"{here} must be a list"
                return
            for index, inner in enumerate(value):
                yield from self._wrong(wanted[5:-1], inner, f"{path}[{index}]")
        elif wanted.startswith("Dict["):
            if not isinstance(value, dict):
                yield f"{here} must be a map"
                return
            inside = wanted[5:-1].partition(",")[2].strip()
            for name, inner in value.items():
                yield from self._wrong(inside, inner, f"{path}.{name}", owner)
        elif wanted in _SCALARS:
            yield from _wrong_scalar(wanted, value, here, quantity=_is_quantity(owner, path))
        elif wanted == "object":
            if path.rpartition(".")[2] in _INT_OR_TEXT and not _is(value, (int, str)):
                yield f"{here} must be a whole number or text"
        else:
            yield from self._wrong_model(wanted, value, path)

    def _wrong_model(self, name: str, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path or 'the object'} must be a map with the fields of {name}"
            return
        model = self._model(name)
        for key in sorted(model.needed):
            if value.get(key) is None:
                yield f"{f'{path}.{key}' if path else key} is missing"
        for key, inner in value.items():
            below = f"{path}.{key}" if path else str(key)
            if key not in model.fields:
                yield f"{below} is no field that Kubernetes knows"
            elif inner is not None:  # null is “not set” everywhere
                yield from self._wrong(model.fields[key], inner, below, f"{name}.{key}")

    def _model(self, name: str) -> _Model:
        if name not in self._models:
            model = getattr(import_module("kubernetes.client.models"), name)
            written: Mapping[str, str] = model.attribute_map
            fields = {written[attribute]: text for attribute, text in model.openapi_types.items()}
            needed = frozenset(
                written[attribute] for attribute, each in model.model_fields.items() if each.is_required()
            )
            self._models[name] = _Model(fields, needed)
        return self._models[name]


def _is_quantity(owner: str, path: str) -> bool:
    model, _, name = owner.partition(".")
    return (model, name) in _QUANTITIES


def _wrong_scalar(wanted: str, value: object, here: str, *, quantity: bool) -> Iterator[str]:
    if quantity:
        if not _is(value, (int, float, str)) or not _QUANTITY.fullmatch(str(value)):
            yield f"{here} must be a quantity such as 500m or 1Gi"
    elif not _is(value, _SCALARS[wanted]):
        yield f"{here} must be {_WORDS[wanted]}"


def _is(value: object, types: tuple[type, ...]) -> bool:
    """A boolean is a whole number to Python only."""
    return isinstance(value, types) and (not isinstance(value, bool) or bool in types)
