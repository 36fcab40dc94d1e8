"""`/api/v1`: a JSON object of arguments becomes a call, its result the answer. One endpoint per declared command; none by hand.

Everything goes through the desk, as from every surface. Nothing here knows what a command does.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, Field

from bot.calls.audit import CallAudit
from bot.calls.desk import Desk
from bot.calls.problem import recorded_problem
from bot.calls.rate import Rates
from bot.calls.record import Request
from bot.calls.run import Runner
from bot.config import ApiSettings
from bot.http import problems
from bot.http.body import read_arguments
from bot.http.problems import KEY_REUSED, MALFORMED, UNAUTHORIZED, ProblemDocument, Refusal, under
from bot.http.tokens import Token, Tokens
from bot.kit.call import Surface
from bot.kit.clock import Clock
from bot.kit.declare import Command
from bot.kit.errors import NotFound, Refused, Unavailable, UserError
from bot.kit.ids import new_id
from bot.kit.permissions import covers
from storage.calls import CallRow, CallState, CallStore
from storage.db import Database

ROOT: Final = "/api/v1"
CALLS: Final = f"{ROOT}/calls"
REFERENCE: Final = "Call-Reference"
_TOKEN: Final = web.RequestKey("token", Token)
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_REF = re.compile(r"c-[a-z0-9]{1,30}")
_PREFERENCE = re.compile(r"\s*(respond-async|wait\s*=\s*\"?(\d{1,9})\"?)\s*(?:;.*)?", re.IGNORECASE)
MOST_WAITING = 200  # requests that wait for their call's end; past it the answer is 202 at once
_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between looks at a call that runs in another process


class CallAccepted(BaseModel):
    """It is recorded and will run; `Location` says where its end can be seen."""

    ref: str = Field(description="The call's reference.", examples=["c-7kq2mx9dpe"])
    state: CallState


class CallStatus(BaseModel):
    """One of your calls. `result` is there when its state is `done`, `error` when it is refused, failed or interrupted."""

    ref: str
    command: str = Field(description="Such as `sandbox.create`.")
    state: CallState
    received_at: datetime
    ended_at: datetime | None
    result: dict[str, Any] | None = Field(description="What the command answers with; see its own 200.")
    error: ProblemDocument | None


@dataclass(frozen=True)
class _Waiting:
    """How long to wait for the end, in seconds; `applied` is what of `Prefer` was heeded, None if there was none."""

    seconds: float
    applied: str | None = None


class Api:
    def __init__(
        self, desk: Desk, runner: Runner, db: Database, clock: Clock, settings: ApiSettings, audit: CallAudit
    ) -> None:
        self._desk = desk
        self._runner = runner
        self._db = db
        self._clock = clock
        self._settings = settings
        self._audit = audit
        self._calls = CallStore()
        self._waiting_for_ends = 0

    @property
    def waits(self) -> int:
        """How many requests wait for their call's end."""
        return self._waiting_for_ends

    def routes(self, commands: Mapping[str, Command]) -> list[web.RouteDef]:
        takes = [web.post(path_of(command), partial(self._take, command)) for command in commands.values()]
        return [*takes, web.get(f"{CALLS}/{{ref}}", partial(self._look, commands))]

    async def _take(self, command: Command, request: web.Request) -> web.Response:
        token = request[_TOKEN]
        if not covers(token.permissions, command.permission):
            raise self._refused(command, token)
        given, waiting = _key(request), self._waiting(request, self._settings.wait.total_seconds())
        raw = await read_arguments(command, request, self._clock.now())
        call = Request(
            command=command,
            raw=raw,
            user_id=token.owner,
            surface=Surface.API,
            key=_scoped(token.owner, command, given or new_id(30)),
            limits=token.permissions,
            token=token.id,
        )
        ref, replayed = await self._accept(call, repeated=given is not None)
        row = await self._end(ref, waiting.seconds)
        headers = {REFERENCE: ref}
        if waiting.applied:
            headers["Preference-Applied"] = waiting.applied
        if replayed:
            headers["Idempotent-Replayed"] = "true"
        if row.ended_at is None:
            accepted = CallAccepted(ref=ref, state=CallState(row.state))
            return _json(accepted, 202, {**headers, "Location": f"{CALLS}/{ref}", "Retry-After": "1"})
        if (problem := recorded_problem(row)) is not None:
            return problems.response(problem, f"{CALLS}/{ref}", headers)
        return web.json_response(row.result, headers=headers)

    def _refused(self, command: Command, token: Token) -> Refused:
        """Before the body is read: what the token is too narrow for is nobody's to parse."""
        error = Refused(f"This token does not carry the permission {command.permission}, whatever its owner may do.")
        self._audit.refused(Request(command, {}, token.owner, Surface.API, "", token=token.id), error)
        return error

    async def _look(self, commands: Mapping[str, Command], request: web.Request) -> web.Response:
        token, ref = request[_TOKEN], request.match_info["ref"]
        waiting = self._waiting(request, 0.0)
        row = await self._row(ref) if _REF.fullmatch(ref) else None
        command = commands.get(row.command) if row else None
        # Whoever may not see it does not learn that it exists; a narrow token does not see what a wider one did.
        if (
            row is None
            or command is None
            or row.user_id != token.owner
            or not covers(token.permissions, command.permission)
        ):
            raise NotFound("There is no such call among yours.")
        if row.ended_at is None and waiting.seconds:
            row = await self._end(ref, waiting.seconds)
        headers = {} if row.ended_at else {"Retry-After": "1"}
        if waiting.applied:
            headers["Preference-Applied"] = waiting.applied
        return _json(_status(row), 200, headers)

    async def _accept(self, call: Request, *, repeated: bool) -> tuple[str, bool]:
        """The reference of the call that this request became, or that one with the same key became before."""
        if repeated and (ref := await self._known(call)) is not None:
            return ref, True
        try:
            recorded = await self._desk.take(call)
        except UserError:
            # A twin of this request may have got ahead: what it has made is why this one is refused now.
            if repeated and (ref := await self._known(call)) is not None:
                return ref, True
            raise
        if recorded is not None:
            return recorded.ref, False
        if (ref := await self._known(call)) is None:  # its key was given back just now: nothing was done
            raise Unavailable("the bot", "the first call with this key has just failed", retry_after=1)
        return ref, True

    async def _known(self, call: Request) -> str | None:
        """Raises Refusal when the key came with other arguments before."""
        async with self._db.reading() as session:
            row = await self._calls.by_key(session, call.key)
        if row is None:
            return None
        if _canonical(row.arguments) != _canonical(call.raw):
            raise Refusal(KEY_REUSED, f"This Idempotency-Key came before, with other arguments, as call {row.ref}.")
        return row.ref

    async def _end(self, ref: str, seconds: float) -> CallRow:
        """The call when it has ended or the time is over. One that runs elsewhere, on another replica, is looked at ever
        more rarely: that happens only to repeated requests."""
        if self._waiting_for_ends >= MOST_WAITING:
            seconds = 0.0  # what it asks for is accepted: it can look again
        self._waiting_for_ends += 1
        try:
            return await self._wait_for(ref, seconds)
        finally:
            self._waiting_for_ends -= 1

    async def _wait_for(self, ref: str, seconds: float) -> CallRow:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + seconds, _PAUSE
        while True:
            await self._runner.wait(ref, max(deadline - loop.time(), 0))
            row = await self._row(ref)
            if row is None:
                raise NotFound("There is no such call among yours.")
            left = deadline - loop.time()
            if row.ended_at is not None or left <= 0:
                return row
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _row(self, ref: str) -> CallRow | None:
        async with self._db.reading() as session:
            return await self._calls.get(session, ref)

    def _waiting(self, request: web.Request, default: float) -> _Waiting:
        """What `Prefer` (RFC 7240) asks for, within the bound; preferences we do not know are left unheeded, as it demands."""
        wait: float | None = None
        promptly = False
        for part in ",".join(request.headers.getall("Prefer", [])).split(","):
            if (match := _PREFERENCE.fullmatch(part)) is None:
                continue
            if match[2] is None:
                promptly = True
            elif wait is None:
                wait = min(float(match[2]), self._settings.longest_wait.total_seconds())
        if wait is not None:
            return _Waiting(wait, f"wait={wait:g}")
        return _Waiting(0.0, "respond-async") if promptly else _Waiting(default)


def api_gate(tokens: Tokens, ready: Callable[[], bool], rates: Rates | None = None) -> Middleware:
    """Lets nobody in without a token, before routing: whoever has none does not learn which paths there are. `rates` bound how
    much one token may ask for, whatever it is; None: nothing does."""
    requests = (rates or Rates.unlimited()).token_questions

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not under(request.path, ROOT):
            return await handler(request)
        scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not presented.strip():
            return _unauthorized(request, "An API token is needed: Authorization: Bearer pb_…", "Bearer")
        if not ready():  # the table of tokens may not be there yet
            raise Unavailable("the bot", "it is starting", retry_after=2)
        token = await tokens.verify(presented.strip())
        if token is None:
            words = "This API token is unknown, revoked or expired."
            return _unauthorized(request, words, 'Bearer error="invalid_token"')
        requests.charge(token.id)
        request[_TOKEN] = token
        return await handler(request)

    return gate


def path_of(command: Command) -> str:
    return f"{ROOT}/{command.group}/{command.verb}"


def _unauthorized(request: web.Request, detail: str, challenge: str) -> web.Response:
    return problems.refusal_response(UNAUTHORIZED, detail, request.rel_url.raw_path, {"WWW-Authenticate": challenge})


def _key(request: web.Request) -> str | None:
    given = request.headers.getall("Idempotency-Key", [])
    if not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise Refusal(MALFORMED, "Idempotency-Key must come once, with 1 to 255 visible ASCII characters.")
    return given[0]


def _scoped(owner: str, command: Command, key: str) -> str:
    """Nobody can meet somebody else's key, nor one of another command or surface; hashed, for it may be long."""
    return f"api:{owner}:{command.name}:{sha256(key.encode()).hexdigest()}"


def _canonical(arguments: Mapping[str, object]) -> str:
    return json.dumps(arguments, sort_keys=True)


def _status(row: CallRow) -> CallStatus:
    problem = recorded_problem(row) if row.ended_at else None
    return CallStatus(
        ref=row.ref,
        command=row.command,
        state=CallState(row.state),
        received_at=row.received_at,
        ended_at=row.ended_at,
        result=row.result,
        error=problems.document(problem, f"{CALLS}/{row.ref}") if problem else None,
    )


def _json(found: BaseModel, status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        body=found.model_dump_json().encode(), status=status, content_type="application/json", headers=headers
    )
