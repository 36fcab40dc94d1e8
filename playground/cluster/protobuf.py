"""Reads the few protobuf messages that kubectl sends for typed objects (`create namespace`, `auth can-i`, `create token`).

Newer kubectl speaks protobuf wherever it uses typed clients, and takes JSON for an answer. Field numbers are those of the
API's published .proto files. A field that is not in the tables is refused: better than dropping what somebody asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from playground.cluster.kinds import Object
from playground.cluster.status import bad_request

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"


@dataclass(frozen=True, slots=True)
class Field:
    """`message` is the table of a message's fields. A "skip" field is read and left out."""

    name: str
    type: Literal["string", "integer", "boolean", "message", "strings", "messages", "map", "skip"] = "string"
    message: "Message | None" = None


Message: TypeAlias = Mapping[int, Field]

_METADATA: Message = {
    1: Field("name"),
    2: Field("generateName"),
    3: Field("namespace"),
    4: Field("selfLink", "skip"),
    5: Field("uid"),
    6: Field("resourceVersion"),
    7: Field("generation", "skip"),
    8: Field("creationTimestamp", "skip"),
    11: Field("labels", "map"),
    12: Field("annotations", "map"),
    14: Field("finalizers", "strings"),
}
_RESOURCE_ATTRIBUTES: Message = {
    1: Field("namespace"),
    2: Field("verb"),
    3: Field("group"),
    4: Field("version"),
    5: Field("resource"),
    6: Field("subresource"),
    7: Field("name"),
}
_PATH_ATTRIBUTES: Message = {1: Field("path"), 2: Field("verb")}
_BOUND_OBJECT: Message = {1: Field("kind"), 2: Field("apiVersion"), 3: Field("name"), 4: Field("uid")}
_ACCESS_SPEC: Message = {
    1: Field("resourceAttributes", "message", _RESOURCE_ATTRIBUTES),
    2: Field("nonResourceAttributes", "message", _PATH_ATTRIBUTES),
    3: Field("user"),
    4: Field("groups", "strings"),
}
_TOKEN_SPEC: Message = {
    1: Field("audiences", "strings"),
    3: Field("boundObjectRef", "message", _BOUND_OBJECT),
    4: Field("expirationSeconds", "integer"),
}


def _object(*fields: Field) -> Message:
    """Metadata first, then these, in the order of their numbers; a status is never taken from a client."""
    return {1: Field("metadata", "message", _METADATA), **dict(enumerate(fields, start=2))}


_STATUS = Field("status", "skip")
_KINDS: Mapping[str, Message] = {
    "ConfigMap": _object(Field("data", "map")),
    "LocalSubjectAccessReview": _object(Field("spec", "message", _ACCESS_SPEC), _STATUS),
    "Namespace": _object(Field("spec", "message", {1: Field("finalizers", "strings")}), _STATUS),
    "SelfSubjectAccessReview": _object(Field("spec", "message", _ACCESS_SPEC), _STATUS),
    "SelfSubjectReview": _object(_STATUS),
    "SelfSubjectRulesReview": _object(Field("spec", "message", {1: Field("namespace")}), _STATUS),
    "ServiceAccount": {1: Field("metadata", "message", _METADATA), 4: Field("automountServiceAccountToken", "boolean")},
    "SubjectAccessReview": _object(Field("spec", "message", _ACCESS_SPEC), _STATUS),
    "TokenRequest": _object(Field("spec", "message", _TOKEN_SPEC), _STATUS),
}


def decoded(raw: bytes) -> Object:
    """The object in a body of MEDIA_TYPE. Raises the server's 400 for what cannot be read."""
    if not raw.startswith(_MAGIC):
        raise bad_request("the body is not a Kubernetes protobuf message")
    try:
        envelope = dict(_fields(raw[len(_MAGIC) :]))
        names = {number: _text(value) for number, value in _fields(envelope[1])}
        message = _KINDS.get(names.get(2, ""))
        if message is None:
            raise bad_request(f"the playground cannot read protobuf of {names.get(2)}: use --server-side or JSON")
        return {"apiVersion": names.get(1, ""), "kind": names[2], **_message(message, envelope.get(2, b""))}
    except (IndexError, KeyError, UnicodeDecodeError, TypeError) as exc:
        raise bad_request(f"the body is not a readable protobuf message: {exc}") from exc


def _message(message: Message, raw: Any) -> Object:
    found: Object = {}
    for number, value in _fields(raw):
        field = message.get(number)
        if field is None:
            raise bad_request(f"the playground cannot read protobuf field {number} of this object: use JSON")
        if field.type == "message":
            assert field.message is not None
            found[field.name] = _message(field.message, value)
        elif field.type == "strings":
            found.setdefault(field.name, []).append(_text(value))
        elif field.type == "map":
            entry = dict(_fields(value))
            found.setdefault(field.name, {})[_text(entry.get(1, b""))] = _text(entry.get(2, b""))
        elif field.type == "integer":
            found[field.name] = value
        elif field.type == "boolean":
            found[field.name] = bool(value)
        elif field.type == "string" and value:
            found[field.name] = _text(value)
    return found


def _text(value: Any) -> str:
    return bytes(value).decode()


def _fields(raw: Any) -> Iterator[tuple[int, Any]]:
    """(field number, bytes or int) of a message; only the two wire types that these messages use."""
    data = bytes(raw)
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        value, position = _varint(data, position)
        if tag & 7 == 2:
            if position + value > len(data):
                raise IndexError("truncated")
            yield tag >> 3, data[position : position + value]
            position += value
        elif tag & 7 == 0:
            yield tag >> 3, value
        else:
            raise TypeError(f"wire type {tag & 7}")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
