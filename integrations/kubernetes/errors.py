"""What the cluster may say no with, and the translation of its answers into that; decides nothing about trying again.

Exception
 +- ClusterError            the cluster understood, and refused
 |   +- ListExpired           410: a list's continue token is too old (`Cluster.list` begins anew)
 |   +- NotFoundInCluster     404
 |   +- AlreadyExists         409: the name is taken
 |   +- ChangedMeanwhile      409: a uid or resourceVersion does not match any more
 |   +- FieldsOwnedByOthers   409: server-side apply without force met another manager's fields
 |   +- Invalid               422, and objects the server cannot decode; `causes` name the fields
 |   +- ForbiddenInCluster    403: the bot's role does not allow it, or admission refused
 |   |   +- QuotaExceeded       a ResourceQuota is full
 |   |   +- NamespaceTerminating  nothing new may be made in a namespace that is going away
 |   +- BadRequest            anything else of the 4xx
 +- bot.kit.errors.Unavailable  no connection, a timeout, 429, 5xx, an answer that is not Kubernetes'
     +- CredentialsRefused    401: they are wrong, have run out, or were revoked
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.kit.errors import Unavailable

SYSTEM = "the cluster"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason of a refusal: `field` is a path such as "spec.hard[pods]" ("" when the whole object is meant)."""

    reason: str
    message: str
    field: str


class ClusterError(Exception):
    """The cluster refused. `message` is the server's own words; `reason` and `code` are those of its Status."""

    def __init__(self, message: str, *, reason: str = "", code: int = 0, causes: tuple[Cause, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.code = code
        self.causes = causes


class NotFoundInCluster(ClusterError):
    """There is no such object (or no such kind: `reason` is "NotFound" for both)."""


class AlreadyExists(ClusterError):
    """An object of this name exists."""


class ChangedMeanwhile(ClusterError):
    """The object is not the one that was meant any more; nothing was done."""


class FieldsOwnedByOthers(ClusterError):
    """Another field manager owns fields of this apply; `causes` name fields and managers."""


class Invalid(ClusterError):
    """The object is wrong; sending it again will not help."""


class ForbiddenInCluster(ClusterError):
    """The cluster does not allow it."""


class QuotaExceeded(ForbiddenInCluster):
    """A ResourceQuota has no room for it."""


class NamespaceTerminating(ForbiddenInCluster):
    """The namespace is being deleted."""


class BadRequest(ClusterError):
    """Refused for a reason without a class of its own."""


class CredentialsRefused(Unavailable):
    """The cluster does not know who asks."""


class ListExpired(ClusterError):
    """The continue token is too old; the list starts again. Nobody else has reason to expect a 410."""


def translated(code: int, body: str | bytes | None, headers: Mapping[str, str] | None) -> Exception:
    """The error for a non-2xx answer. `body` is a Status object in JSON from the server, or anything from a proxy."""
    status = _status(body)
    message = str(status.get("message") or f"it answered {code}")
    reason = str(status.get("reason") or "")
    causes = _causes(status)
    if code == 410:
        return ListExpired(message, reason=reason, code=code, causes=causes)
    if code == 401:
        return CredentialsRefused(SYSTEM, "it does not accept the bot's credentials")
    if "failed to create typed patch object" in message:
        # Servers answer 500 to an apply with a field they do not know (kubernetes#139253): trying again would never end.
        return Invalid(message, reason=reason, code=code, causes=causes)
    if code == 429 or code >= 500:
        return Unavailable(SYSTEM, message, retry_after=_retry_after(status, headers))
    error = _class_of(code, reason, message, causes)
    return error(message, reason=reason, code=code, causes=causes)


def _class_of(code: int, reason: str, message: str, causes: tuple[Cause, ...]) -> type[ClusterError]:
    if code == 404:
        return NotFoundInCluster
    if code == 409:
        if reason == "AlreadyExists":
            return AlreadyExists
        if any(cause.reason == "FieldManagerConflict" for cause in causes):
            return FieldsOwnedByOthers
        return ChangedMeanwhile
    if code == 422 or (code == 400 and ("decoding error" in message or "cannot be handled as" in message)):
        return Invalid
    if code == 403:
        if any(cause.reason == "NamespaceTerminating" for cause in causes) or "it is being terminated" in message:
            return NamespaceTerminating
        # The quota admission plugin has no reason of its own; its words have been these since it was written.
        if "exceeded quota:" in message or "failed quota:" in message:
            return QuotaExceeded
        return ForbiddenInCluster
    return BadRequest


def _status(body: str | bytes | None) -> dict[str, Any]:
    try:
        value = json.loads(body or b"")
    except ValueError:
        return {}
    return value if isinstance(value, dict) and value.get("kind") == "Status" else {}


def _causes(status: dict[str, Any]) -> tuple[Cause, ...]:
    details = status.get("details")
    found = details.get("causes") if isinstance(details, dict) else None
    return tuple(
        Cause(str(cause.get("reason", "")), str(cause.get("message", "")), str(cause.get("field", "")))
        for cause in found or ()
        if isinstance(cause, dict)
    )


def _retry_after(status: dict[str, Any], headers: Mapping[str, str] | None) -> float | None:
    """Seconds: the header's if it is a number, else the Status' own hint, else None."""
    details = status.get("details")
    hint = details.get("retryAfterSeconds") if isinstance(details, dict) else None
    for value in ((headers or {}).get("Retry-After"), hint):
        try:
            seconds = float(value) if value is not None else -1.0
        except (TypeError, ValueError):
            continue
        if seconds >= 0:
            return seconds
    return None
