"""What names, labels and annotations may look like, with the server's words for what is wrong."""

import re
from collections.abc import Iterator

from playground.cluster.kinds import Kind, Object
from playground.cluster.status import Cause, invalid_value, required

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_ANNOTATIONS_MAX = 256 * 1024

LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_1035_WORDS = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and "
    "end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_QUALIFIED_WORDS = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_LABEL_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def is_label(text: str) -> bool:
    return len(text) <= 63 and _LABEL.fullmatch(text) is not None


def is_qualified(key: str) -> bool:
    return next(_key_faults("", key), None) is None


def metadata_faults(kind: Kind, item: Object) -> Iterator[Cause]:
    """Everything wrong with an object's metadata."""
    metadata = item["metadata"]
    name = metadata.get("name", "")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    else:
        yield from _name_faults(kind, name)
    yield from label_faults("metadata.labels", metadata.get("labels") or {})
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        yield from _key_faults("metadata.annotations", key.lower())
    if sum(len(key) + len(value.encode()) for key, value in annotations.items()) > _ANNOTATIONS_MAX:
        yield Cause(
            "FieldValueTooLong", f"Too long: may not be more than {_ANNOTATIONS_MAX} bytes", "metadata.annotations"
        )
    for finalizer in metadata.get("finalizers") or ():
        yield from _key_faults("metadata.finalizers", finalizer)
        if "/" not in finalizer and finalizer not in {"foregroundDeletion", "orphan", "kubernetes"}:
            yield invalid_value(
                "metadata.finalizers", finalizer, "name is neither a standard finalizer name nor is it fully qualified"
            )


def _name_faults(kind: Kind, name: str) -> Iterator[Cause]:
    if kind.group == "rbac.authorization.k8s.io":
        if "/" in name or "%" in name or name in {".", ".."}:
            yield invalid_value("metadata.name", name, "may not contain '/'")
        return
    form, words, longest = _SUBDOMAIN, _SUBDOMAIN_WORDS, 253
    if kind.kind == "Namespace":
        form, words, longest = _LABEL, LABEL_WORDS, 63
    elif kind.kind == "Service":
        form, words, longest = _LABEL_1035, _LABEL_1035_WORDS, 63
    if not form.fullmatch(name):
        yield invalid_value("metadata.name", name, words)
    if len(name) > longest:
        yield invalid_value("metadata.name", name, f"must be no more than {longest} characters")


def label_faults(field: str, labels: dict[str, str]) -> Iterator[Cause]:
    for key, value in labels.items():
        yield from _key_faults(field, key)
        if len(value) > 63:
            yield invalid_value(field, value, "must be no more than 63 bytes")
        if not _LABEL_VALUE.fullmatch(value):
            yield invalid_value(field, value, _LABEL_VALUE_WORDS)


def _key_faults(field: str, key: str) -> Iterator[Cause]:
    prefix, slash, name = key.rpartition("/")
    if slash and (not prefix or len(prefix) > 253 or not _SUBDOMAIN.fullmatch(prefix)):
        yield invalid_value(field, key, f"prefix part {_SUBDOMAIN_WORDS}")
    if not name or len(name) > 63:
        yield invalid_value(
            field, key, "name part must be no more than 63 bytes" if name else "name part must be non-empty"
        )
    elif not _QUALIFIED.fullmatch(name):
        yield invalid_value(field, key, _QUALIFIED_WORDS)
