"""How a call failed, for programs: a kind, words, and what is wrong with which argument. Values; knows no HTTP.

The kinds are what callers tell failures apart by, so each name stays what it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.calls.explain import Then, unavailable
from bot.kit.errors import Conflict, FieldErrors, NotFound, Refused, TooMany, Unavailable, UserError
from storage.calls import CallRow, CallState
from storage.writer import OutcomeUnknown


class Kind(StrEnum):
    ARGUMENTS = "invalid-arguments"
    IMPOSSIBLE = "not-possible"
    REFUSED = "forbidden"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    TOO_MANY = "too-many-requests"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "outcome-unknown"
    INTERRUPTED = "interrupted"
    BUG = "bug"


@dataclass(frozen=True)
class Problem:
    """`detail` is plain text for a person; `errors` maps argument names to what is wrong (only for ARGUMENTS);
    `retry_after` is in seconds, None when nobody asked for a pause."""

    kind: Kind
    detail: str
    errors: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "detail": self.detail,
            "errors": dict(self.errors),
            "retry_after": self.retry_after,
        }


_KINDS: Mapping[type[Exception], Kind] = {
    FieldErrors: Kind.ARGUMENTS,
    Refused: Kind.REFUSED,
    NotFound: Kind.NOT_FOUND,
    Conflict: Kind.CONFLICT,
    TooMany: Kind.TOO_MANY,
    UserError: Kind.IMPOSSIBLE,  # after its subclasses
}


def problem_of(error: Exception, ref: str | None = None, then: Then = Then.UNDONE) -> Problem:
    """What a program is told of `error`, and of an outage what it means for the call. A bug's own words stay in the log; `ref`
    finds them there."""
    if isinstance(error, UserError):
        kind = next(kind for known, kind in _KINDS.items() if isinstance(error, known))
        errors = error.errors if isinstance(error, FieldErrors) else {}
        return Problem(kind, error.message, errors, error.seconds if isinstance(error, TooMany) else None)
    if isinstance(error, Unavailable):
        unknown = isinstance(error, OutcomeUnknown) or then is Then.HALF_DONE
        kind = Kind.UNKNOWN if unknown else Kind.UNAVAILABLE
        return Problem(kind, unavailable(error, then), retry_after=error.retry_after)
    quote = f" Quote the reference {ref} to your platform team." if ref else ""
    return Problem(Kind.BUG, f"Something broke on the bot's side.{quote}")


def interruption(ref: str) -> Problem:
    """For a call whose process died in the middle, and which must not run twice."""
    return Problem(
        Kind.INTERRUPTED,
        f"A restart interrupted this call half-way ({ref}). Check what it did before you send it again.",
    )


def recorded_problem(row: CallRow) -> Problem | None:
    """How an ended call failed; None when it did not. Rows of an earlier release say less."""
    if row.problem is not None:
        found = row.problem
        return Problem(Kind(found["kind"]), found["detail"], found["errors"], found["retry_after"])
    match CallState(row.state):
        case CallState.REFUSED:
            return Problem(Kind.IMPOSSIBLE, row.error or "It was refused.")
        case CallState.INTERRUPTED:
            return interruption(row.ref)
        case CallState.FAILED:
            return problem_of(RuntimeError(), row.ref)
        case _:
            return None
