"""The refusals of an API server, worded and coded as its Status objects are; decides about nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from playground.cluster.kinds import Kind, Object


@dataclass(frozen=True, slots=True)
class Cause:
    """`field` is a path such as "spec.hard[pods]"; `reason` one of the API's cause types."""

    reason: str
    message: str
    field: str = ""

    def as_object(self) -> Object:
        parts = {"reason": self.reason, "message": self.message, "field": self.field}
        return {key: value for key, value in parts.items() if value}


class Refusal(Exception):
    """An answer other than success."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        kind: Kind | None = None,
        name: str = "",
        causes: Sequence[Cause] = (),
        retry_after: int | None = None,
        uid: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.kind = kind
        self.name = name
        self.causes = tuple(causes)
        self.retry_after = retry_after
        self.uid = uid

    def status(self) -> Object:
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        details: Object = {}
        if self.name:
            details["name"] = self.name
        if self.kind is not None:
            if self.kind.group:
                details["group"] = self.kind.group
            # Invalid names the kind, everything else the resource; so does the real server.
            details["kind"] = self.kind.kind if self.reason == "Invalid" else self.kind.plural
        if self.uid:
            details["uid"] = self.uid
        if self.causes:
            details["causes"] = [cause.as_object() for cause in self.causes]
        if self.retry_after is not None:
            details["retryAfterSeconds"] = self.retry_after
        if details:
            status["details"] = details
        status["code"] = self.code
        return status


def success(kind: Kind, name: str, uid: str) -> Object:
    """What a delete answers when the object is gone at once."""
    details: Object = {"name": name, "kind": kind.plural, "uid": uid}
    if kind.group:
        details["group"] = kind.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def not_found(kind: Kind, name: str) -> Refusal:
    return Refusal(404, "NotFound", f'{kind.resource} "{name}" not found', kind=kind, name=name)


def no_such_path() -> Refusal:
    return Refusal(404, "NotFound", "the server could not find the requested resource")


def already_exists(kind: Kind, name: str) -> Refusal:
    return Refusal(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', kind=kind, name=name)


def conflict(kind: Kind, name: str, why: str) -> Refusal:
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return Refusal(409, "Conflict", message, kind=kind, name=name)


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> Refusal:
    texts = [f"{cause.field}: {cause.message}" for cause in causes]
    all_of_them = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    group_kind = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    message = f'{group_kind} "{name}" is invalid: {all_of_them}'
    return Refusal(422, "Invalid", message, kind=kind, name=name, causes=causes)


def forbidden(kind: Kind, name: str, why: str, causes: Sequence[Cause] = ()) -> Refusal:
    what = f'{kind.resource} "{name}"' if name else kind.resource
    return Refusal(403, "Forbidden", f"{what} is forbidden: {why}", kind=kind, name=name, causes=causes)


def terminating(kind: Kind, name: str, namespace: str) -> Refusal:
    cause = Cause("NamespaceTerminating", f"namespace {namespace} is being terminated", "metadata.namespace")
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    return forbidden(kind, name, why, [cause])


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def unauthorized() -> Refusal:
    return Refusal(401, "Unauthorized", "Unauthorized")


def expired(message: str) -> Refusal:
    return Refusal(410, "Expired", message)


def unsupported_media_type(given: str, accepted: Sequence[str]) -> Refusal:
    message = (
        f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
        if given
        else "the request had no media type"
    )
    return Refusal(415, "UnsupportedMediaType", message)


def method_not_allowed() -> Refusal:
    return Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def too_many_requests(seconds: int) -> Refusal:
    message = "The apiserver cannot handle this request right now, please try again later."
    return Refusal(429, "TooManyRequests", message, retry_after=seconds)


# Words the server uses for the causes of Invalid.
def required(field: str, detail: str = "") -> Cause:
    return Cause("FieldValueRequired", "Required value" + (f": {detail}" if detail else ""), field)


def invalid_value(field: str, value: object, detail: str) -> Cause:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {detail}", field)


def not_supported(field: str, value: object, supported: Sequence[str]) -> Cause:
    choices = ", ".join(f'"{choice}"' for choice in supported)
    return Cause("FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {choices}', field)


def immutable(field: str, value: object) -> Cause:
    return invalid_value(field, value, "field is immutable")
