"""The types of the API: which fields exist, of what type, and how lists and maps merge; checks form, not meaning.

The fields come from the Kubernetes client's own model classes, so they are those of a real release. How lists merge
(`x-kubernetes-list-type` in the API's OpenAPI) is not in those classes and stands here in tables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, Literal, TypeAlias

from playground.cluster import quantities
from playground.cluster.kinds import Object

ScalarType = Literal["string", "integer", "number", "boolean", "int-or-string", "time", "any", "quantity"]

# Lists merged by the values of key fields, per class and field.
_KEYED_LISTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("V1PodSpec", "containers"): ("name",),
    ("V1PodSpec", "initContainers"): ("name",),
    ("V1PodSpec", "ephemeralContainers"): ("name",),
    ("V1PodSpec", "volumes"): ("name",),
    ("V1PodSpec", "imagePullSecrets"): ("name",),
    ("V1PodSpec", "hostAliases"): ("ip",),
    ("V1PodSpec", "topologySpreadConstraints"): ("topologyKey", "whenUnsatisfiable"),
    ("V1PodSpec", "schedulingGates"): ("name",),
    ("V1PodSpec", "resourceClaims"): ("name",),
    ("V1Container", "env"): ("name",),
    ("V1Container", "ports"): ("containerPort", "protocol"),
    ("V1Container", "volumeMounts"): ("mountPath",),
    ("V1Container", "volumeDevices"): ("devicePath",),
    ("V1PodStatus", "conditions"): ("type",),
    ("V1PodStatus", "podIPs"): ("ip",),
    ("V1ServiceSpec", "ports"): ("port", "protocol"),
    ("V1ServiceStatus", "conditions"): ("type",),
    ("V1ServiceAccount", "secrets"): ("name",),
    ("V1ObjectMeta", "ownerReferences"): ("uid",),
    ("V1NamespaceStatus", "conditions"): ("type",),
    ("V1DeploymentStatus", "conditions"): ("type",),
    ("V1ReplicaSetStatus", "conditions"): ("type",),
    ("V1StatefulSetStatus", "conditions"): ("type",),
    ("V1DaemonSetStatus", "conditions"): ("type",),
    ("V1PersistentVolumeClaimStatus", "conditions"): ("type",),
    ("V1NodeStatus", "conditions"): ("type",),
    ("V1NodeStatus", "addresses"): ("type",),
    ("V2HorizontalPodAutoscalerStatus", "conditions"): ("type",),
}
_KEY_DEFAULTS: Mapping[str, str] = {"protocol": "TCP"}
_SETS = {("V1ObjectMeta", "finalizers"), ("V1NodeSpec", "podCIDRs")}
_ATOMIC_MAPS = {("V1ServiceSpec", "selector"), ("V1PodSpec", "nodeSelector"), ("V1ResourceQuotaSpec", "scopeSelector")}
_ATOMIC_STRUCTS = {
    "V1ConfigMapKeySelector",
    "V1LabelSelector",
    "V1LocalObjectReference",
    "V1NodeSelector",
    "V1NodeSelectorTerm",
    "V1ObjectFieldSelector",
    "V1ObjectReference",
    "V1ResourceFieldSelector",
    "V1RoleRef",
    "V1ScopeSelector",
    "V1SecretKeySelector",
    "V1TypedLocalObjectReference",
    "V1IngressServiceBackend",
}
# Maps of quantities: numbers are taken too, and written back as strings.
_QUANTITIES = {
    ("V1LimitRangeItem", "default"),
    ("V1LimitRangeItem", "defaultRequest"),
    ("V1LimitRangeItem", "max"),
    ("V1LimitRangeItem", "maxLimitRequestRatio"),
    ("V1LimitRangeItem", "min"),
    ("V1NodeStatus", "allocatable"),
    ("V1NodeStatus", "capacity"),
    ("V1PersistentVolumeClaimStatus", "capacity"),
    ("V1ResourceQuotaSpec", "hard"),
    ("V1ResourceQuotaStatus", "hard"),
    ("V1ResourceQuotaStatus", "used"),
    ("V1ResourceRequirements", "limits"),
    ("V1ResourceRequirements", "requests"),
    ("V1VolumeResourceRequirements", "limits"),
    ("V1VolumeResourceRequirements", "requests"),
}

_SCALARS: Mapping[str, ScalarType] = {
    "str": "string",
    "bytes": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "datetime": "time",
}
_INT_OR_STRING = {"port", "targetPort", "maxSurge", "maxUnavailable", "minAvailable"}


@dataclass(frozen=True, slots=True)
class Scalar:
    type: ScalarType


@dataclass(frozen=True, slots=True)
class MapOf:
    values: "Schema"
    atomic: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """`keys`: merged by these fields of the items; `as_set`: merged by value; neither: replaced as a whole."""

    items: "Schema"
    keys: tuple[str, ...] = ()
    as_set: bool = False

    @property
    def atomic(self) -> bool:
        return not self.keys and not self.as_set

    def key_of(self, item: Object) -> tuple[tuple[str, Any], ...]:
        return tuple((name, item.get(name, _KEY_DEFAULTS.get(name))) for name in self.keys)


@dataclass(frozen=True)
class Struct:
    """A type with named fields, read from the model class when first needed: types refer to each other."""

    name: str
    schemas: "Schemas" = field(repr=False)

    @property
    def atomic(self) -> bool:
        return self.name in _ATOMIC_STRUCTS

    @cached_property
    def fields(self) -> "Mapping[str, Schema]":
        return self.schemas.fields_of(self.name)


Schema: TypeAlias = Scalar | MapOf | ListOf | Struct


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong with the form of a value at a path: an unknown field, or a value of the wrong type."""

    path: str
    unknown: bool
    given: str = ""
    wanted: str = ""


class Schemas:
    """All types, loaded as they are met."""

    def __init__(self) -> None:
        self._structs: dict[str, Struct] = {}

    def struct(self, name: str) -> Struct:
        if name not in self._structs:
            self._structs[name] = Struct(name, self)
        return self._structs[name]

    def fields_of(self, name: str) -> Mapping[str, Schema]:
        # The package loads each model when it is asked for it; one brings the types it refers to.
        model = getattr(import_module("kubernetes.client.models"), name)
        names: Mapping[str, str] = model.attribute_map
        found = {}
        for attribute, text in model.openapi_types.items():
            json_name = names[attribute]
            found[json_name] = self._parsed(name, json_name, text)
        return found

    def _parsed(self, owner: str, name: str, text: str) -> Schema:
        """`text` is how the model classes write a type: "str", "List[V1Container]", "Dict[str, str]"."""
        if text.startswith("List["):
            items = self._parsed("", "", text[5:-1])
            return ListOf(items, _KEYED_LISTS.get((owner, name), ()), (owner, name) in _SETS)
        if text.startswith("Dict["):
            inner = text[5:-1].split(",", 1)[1].strip()
            values: Schema = Scalar("quantity") if (owner, name) in _QUANTITIES else self._parsed("", "", inner)
            return MapOf(values, (owner, name) in _ATOMIC_MAPS)
        if text == "object":
            return Scalar("int-or-string" if name in _INT_OR_STRING else "any")
        if text in _SCALARS:
            return Scalar(_SCALARS[text])
        return self.struct(text)

    def misfits(self, schema: Schema, value: object, path: str = "") -> Iterator[Misfit]:
        """Everything whose form is wrong; null is allowed everywhere, as in the API."""
        if value is None:
            return
        if isinstance(schema, Struct):
            if not isinstance(value, dict):
                yield Misfit(path, False, _type_of(value), schema.name)
                return
            for name, inner in value.items():
                below = f"{path}.{name}" if path else name
                declared = schema.fields.get(name)
                if declared is None:
                    yield Misfit(below, True)
                else:
                    yield from self.misfits(declared, inner, below)
        elif isinstance(schema, MapOf):
            if not isinstance(value, dict):
                yield Misfit(path, False, _type_of(value), "map")
                return
            for name, inner in value.items():
                yield from self.misfits(schema.values, inner, f"{path}.{name}")
        elif isinstance(schema, ListOf):
            if not isinstance(value, list):
                yield Misfit(path, False, _type_of(value), "list")
                return
            for index, inner in enumerate(value):
                yield from self.misfits(schema.items, inner, f"{path}[{index}]")
        elif schema.type == "quantity" and isinstance(value, str):
            if not quantities.is_quantity(value):
                yield Misfit(path, False, f'"{value}"', "quantity")
        elif not _fits(schema.type, value):
            yield Misfit(path, False, _type_of(value), schema.type)

    def pruned(self, schema: Schema, value: Any) -> Any:
        """A copy without unknown fields and nulls, with quantities written as the server writes them."""
        if isinstance(schema, Struct) and isinstance(value, dict):
            return {
                name: self.pruned(schema.fields[name], inner)
                for name, inner in value.items()
                if inner is not None and name in schema.fields
            }
        if isinstance(schema, MapOf) and isinstance(value, dict):
            return {name: self.pruned(schema.values, inner) for name, inner in value.items() if inner is not None}
        if isinstance(schema, ListOf) and isinstance(value, list):
            return [self.pruned(schema.items, _nothing(schema.items) if inner is None else inner) for inner in value]
        if schema == Scalar("quantity"):
            return quantities.canonical(str(value))
        return value


def _nothing(schema: Schema) -> Any:
    """What null inside a list means to the server: the type's empty value."""
    if isinstance(schema, Scalar):
        return {"integer": 0, "number": 0, "boolean": False}.get(schema.type, "")
    return [] if isinstance(schema, ListOf) else {}


def _fits(wanted: ScalarType, value: object) -> bool:
    if wanted == "any":
        return True
    if wanted == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if wanted == "integer":
        return isinstance(value, int)
    if wanted in {"number", "quantity"} and isinstance(value, int | float):
        return True
    if wanted == "int-or-string":
        return isinstance(value, int | str)
    return wanted != "number" and isinstance(value, str)


def _type_of(value: object) -> str:
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)
