"""Errors as RFC 9457 problem documents: every kind there is, and how one becomes a response. Decides nothing.

`type` is a relative URI: the place in `/api/docs` that explains the kind. It never changes for a kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, Field

from bot.calls.problem import Kind, Problem, problem_of
from bot.kit.errors import Unavailable, UserError

log = structlog.stdlib.get_logger(__name__)

CONTENT_TYPE: Final = "application/problem+json"
_PAUSE: Final = 5.0  # seconds: when to come back, if what is down did not say


@dataclass(frozen=True)
class ProblemKind:
    """`name` is the last part of `type`; `meaning` says what it is and what to do, for the docs."""

    name: str
    status: int
    title: str
    meaning: str

    @property
    def uri(self) -> str:
        return f"/api/docs#{self.name}"


MALFORMED = ProblemKind(
    "malformed", 400, "The request cannot be read", "The body is no JSON object, or a header is wrong."
)
UNAUTHORIZED = ProblemKind(
    "unauthorized",
    401,
    "An API token is needed",
    "The header `Authorization: Bearer pb_…` is missing, or its token is unknown, revoked or expired. Every path under "
    "`/api/v1` answers so, whether there is one or not.",
)
UNKNOWN_PATH = ProblemKind("unknown-path", 404, "There is no such path", "No command or resource has this address.")
METHOD = ProblemKind("method-not-allowed", 405, "Not with this method", "The header `Allow` says with which.")
TOO_SLOW = ProblemKind("too-slow", 408, "The body took too long", "It must arrive within 10 seconds.")
TOO_LARGE = ProblemKind("too-large", 413, "The body is too large", "At most 1 MiB is read.")
MEDIA_TYPE = ProblemKind(
    "unsupported-media-type", 415, "Not this kind of body", "Send `Content-Type: application/json`."
)
KEY_REUSED = ProblemKind(
    "key-reused",
    422,
    "This Idempotency-Key was used for another call",
    "The same key came before with other arguments. Nothing was done; take a new key for a new call.",
)
FORBIDDEN = ProblemKind(
    Kind.REFUSED,
    403,
    "You may not do this",
    "Neither more nor less than the token and its owner both may is possible; `detail` names the permission that is missing.",
)
NOT_FOUND = ProblemKind(Kind.NOT_FOUND, 404, "There is no such thing", "What was named does not exist, or not for you.")
CONFLICT = ProblemKind(
    Kind.CONFLICT,
    409,
    "Somebody else was faster",
    "Nothing was done. Look at the current state and decide again; trying again needs a new Idempotency-Key.",
)
ARGUMENTS = ProblemKind(
    Kind.ARGUMENTS,
    422,
    "Arguments are missing or wrong",
    "`errors` lists each: `name` is the argument, `detail` what is wrong with it. Nothing was done.",
)
IMPOSSIBLE = ProblemKind(
    Kind.IMPOSSIBLE,
    422,
    "This cannot be done",
    "The arguments are well-formed, but a rule stands against it; `detail` says which.",
)
TOO_MANY = ProblemKind(
    Kind.TOO_MANY,
    429,
    "Too many requests",
    "This token has sent more in a short time than one may. Nothing was done: send it again after `Retry-After` seconds.",
)
INTERRUPTED = ProblemKind(
    Kind.INTERRUPTED,
    500,
    "The call was interrupted",
    "A restart hit it half-way. Check what it did before you send it again.",
)
BUG = ProblemKind(
    Kind.BUG, 500, "Something broke", "A mistake in the bot. Quote the reference; the log has the details."
)
UNAVAILABLE = ProblemKind(
    Kind.UNAVAILABLE,
    503,
    "Not available right now",
    "Something the bot needs is down, or it is busy or restarting. Nothing was done: send it again after `Retry-After` "
    "seconds, with the same Idempotency-Key if you sent one.",
)
UNKNOWN = ProblemKind(
    Kind.UNKNOWN,
    503,
    "Not known whether it was done",
    "Something it needs fell silent in the middle of it. With an Idempotency-Key, sending it again is safe; without one, look "
    "first.",
)

KINDS: Final = (
    MALFORMED,
    UNAUTHORIZED,
    FORBIDDEN,
    UNKNOWN_PATH,
    NOT_FOUND,
    METHOD,
    CONFLICT,
    TOO_SLOW,
    TOO_LARGE,
    MEDIA_TYPE,
    ARGUMENTS,
    IMPOSSIBLE,
    KEY_REUSED,
    TOO_MANY,
    BUG,
    INTERRUPTED,
    UNAVAILABLE,
    UNKNOWN,
)
_BY_NAME: Final[Mapping[str, ProblemKind]] = {kind.name: kind for kind in KINDS}
_BY_STATUS: Final[Mapping[int, ProblemKind]] = {
    kind.status: kind for kind in (MALFORMED, UNAUTHORIZED, FORBIDDEN, UNKNOWN_PATH, METHOD, TOO_LARGE, MEDIA_TYPE)
}


class ArgumentProblem(BaseModel):
    name: str = Field(description="The argument; empty when several do not fit together.")
    detail: str


class ProblemDocument(BaseModel):
    """RFC 9457."""

    type: str = Field(description="Names the kind; where it is explained.", examples=["/api/docs#invalid-arguments"])
    title: str = Field(description="The kind in words; the same for every occurrence.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="What went wrong this time, for a person.")
    instance: str = Field(description="The call this is about, or the path that was asked for.")
    errors: list[ArgumentProblem] = Field(
        default=[],
        exclude_if=lambda errors: not errors,
        description="Only for invalid arguments: what is wrong with each.",
    )


class Refusal(Exception):
    """Ends a request with a problem of HTTP's own, before there is a call."""

    def __init__(self, kind: ProblemKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def document(problem: Problem, instance: str) -> ProblemDocument:
    kind = _BY_NAME[problem.kind]
    errors = [ArgumentProblem(name=_sound(name), detail=_sound(text)) for name, text in problem.errors.items()]
    return _document(kind, problem.detail, instance, errors)


def response(problem: Problem, instance: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """With `Retry-After` where coming back makes sense."""
    more = dict(headers or {})
    if problem.kind in (Kind.UNAVAILABLE, Kind.UNKNOWN, Kind.TOO_MANY):
        more["Retry-After"] = str(max(1, ceil(problem.retry_after or _PAUSE)))
    return _response(document(problem, instance), more)


def refusal_response(
    kind: ProblemKind, detail: str, instance: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    return _response(_document(kind, detail, instance), headers)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Under /api, every error is a problem document."""
    if not under(request.path, "/api"):
        return await handler(request)
    instance = request.rel_url.raw_path
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal_response(refusal.kind, refusal.detail, instance)
    except (UserError, Unavailable) as error:
        return response(problem_of(error), instance)
    except web.HTTPException as error:
        return _of_http(error, instance)
    except (web.RequestPayloadError, ConnectionError, UnicodeError) as error:  # also a body that breaks off
        return refusal_response(MALFORMED, f"The body cannot be read: {type(error).__name__}.", instance)
    except Exception as error:
        log.exception("request_failed", path=request.path)
        return response(problem_of(error), instance)


def under(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


def _of_http(error: web.HTTPException, instance: str) -> web.Response:
    kind = _BY_STATUS.get(error.status, MALFORMED if error.status < 500 else BUG)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return refusal_response(kind, f"{kind.title}.", instance, headers)


def _document(kind: ProblemKind, detail: str, instance: str, errors: Sequence[ArgumentProblem] = ()) -> ProblemDocument:
    return ProblemDocument(
        type=kind.uri,
        title=kind.title,
        status=kind.status,
        detail=_sound(detail),
        instance=instance,
        errors=list(errors),
    )


def _sound(text: str) -> str:
    """Half a surrogate pair, which somebody may have sent as an argument's name, cannot be sent back."""
    return text.encode("utf-8", "backslashreplace").decode()


def _response(found: ProblemDocument, headers: Mapping[str, str] | None) -> web.Response:
    return web.Response(
        body=found.model_dump_json().encode(),
        status=found.status,
        content_type=CONTENT_TYPE,
        headers=headers,
    )
