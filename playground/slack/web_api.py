"""The Web API's door: who calls, in what form, how often, with what right; then the method. Knows no method's meaning."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from playground.slack.core import Core
from playground.slack.faults import Fault
from playground.slack.methods import app, channels, chat, conversations, files, items, people, views
from playground.slack.methods.call import Call, Method, TokenKind
from playground.slack.model import JsonObject
from playground.slack.refusals import Refusal

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# Fields that hold JSON in a form; decoded for the traffic log only, so that it can be read.
_JSON_FIELDS = ("blocks", "view", "attachments", "metadata", "files")


def all_methods() -> dict[str, Method]:
    families: Iterable[tuple[Method, ...]] = (
        app.methods(),
        channels.methods(),
        chat.methods(),
        conversations.methods(),
        files.methods(),
        items.methods(),
        people.methods(),
        views.methods(),
    )
    return {method.name: method for family in families for method in family}


@dataclass(frozen=True, slots=True)
class _Answered:
    body: JsonObject
    status: int = 200
    retry_after: int = 0


class WebApi:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._methods = all_methods()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        began = time.perf_counter()
        arguments: JsonObject = {}
        token = ""
        holds = self._core.faults.holds
        if not await holds.passes(name, "arrived"):
            return _broken(request)
        fault = self._core.faults.strike(name)
        answered = _struck(fault)
        if answered is None and not (fault and fault.kind == "drop_before"):
            try:
                token, arguments = await _read(request, self._methods.get(name))
                answered = self._answer(name, token, arguments)
            except Refusal as refusal:
                answered = _Answered(refusal.answer())
        answered = answered or _Answered({})
        dropped = fault is not None and fault.kind in ("drop_before", "drop_after")
        self._core.traffic.record(
            "api",
            name,
            _readable(arguments),
            answered.body,
            status=0 if dropped else answered.status,
            seconds=time.perf_counter() - began,
            error="" if answered.body.get("ok") and not dropped else str(answered.body.get("error") or "dropped"),
            note=f"fault {fault.kind}" if fault else "",
        )
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if dropped or not await holds.passes(name, "done"):
            return _broken(request)
        return self._response(answered, token)

    def _answer(self, name: str, token: str, arguments: JsonObject) -> _Answered:
        """One call, decided at once: nothing awaits between reading the state and changing it."""
        method = self._methods.get(name)
        if method is None:
            return _Answered({"ok": False, "error": "unknown_method", "req_method": name})
        try:
            if name == "api.test":
                return _Answered(method.handler(Call(self._core, name, "bot", arguments)))
            kind = self._token_kind(token)
            if kind != method.token:
                raise Refusal("not_allowed_token_type")
            wait = self._core.pacing.refused_for(name, method.tier, self._core.workspace.now())
            if wait:
                raise Refusal("ratelimited", retry_after=wait)
            call = Call(self._core, name, kind, arguments)
            if method.scopes:
                call.needs_scope(*method.scopes)
            return _Answered(method.handler(call))
        except Refusal as refusal:
            return _Answered(refusal.answer(), 429 if refusal.retry_after else 200, refusal.retry_after)

    def _token_kind(self, token: str) -> TokenKind:
        if not token:
            raise Refusal("not_authed")
        if token == self._core.tokens.bot:
            return "bot"
        if token == self._core.tokens.app:
            return "app"
        raise Refusal("invalid_auth")

    def _response(self, answered: _Answered, token: str) -> web.Response:
        """Slack names the token's scopes to its holder only, whether the call is refused or not."""
        headers = {}
        if token == self._core.tokens.bot:
            headers["X-OAuth-Scopes"] = ",".join(sorted(self._core.manifest.scopes))
        elif token == self._core.tokens.app:
            headers["X-OAuth-Scopes"] = "connections:write"
        if answered.retry_after:
            headers["Retry-After"] = str(answered.retry_after)
        if answered.status >= 500:
            return web.Response(status=answered.status, text="Internal Server Error", headers=headers)
        return web.json_response(answered.body, status=answered.status, headers=headers)


def _broken(request: web.Request) -> web.Response:
    """Ends the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _struck(fault: Fault | None) -> _Answered | None:
    """What a fault answers instead of the method; None when the method runs."""
    if fault is None:
        return None
    if fault.kind == "ratelimited":
        return _Answered({"ok": False, "error": "ratelimited"}, 429, fault.retry_after)
    if fault.kind == "server_error":
        return _Answered({"ok": False, "error": "internal_error"}, fault.status)
    if fault.kind == "error":
        return _Answered({"ok": False, "error": fault.error})
    return None


async def _read(request: web.Request, method: Method | None) -> tuple[str, JsonObject]:
    """The token and the arguments, from query, form or JSON. Methods that only read ignore a JSON body, as Slack's do."""
    arguments: JsonObject = dict(request.query)
    content_type = request.content_type
    if request.method == "POST" and request.can_read_body:
        if content_type == "application/json":
            if method is None or method.json:
                arguments |= _json_body(await request.text())
        elif content_type in _FORMS:
            arguments |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        else:
            raise Refusal("invalid_post_type")
    header = request.headers.get("Authorization", "")
    token = header[7:].strip() if header.lower().startswith("bearer ") else ""
    passed = arguments.pop("token", None)
    if not token and isinstance(passed, str) and content_type != "application/json":
        token = passed
    return token, arguments


def _json_body(text: str) -> JsonObject:
    try:
        body = json.loads(text)
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(body, dict):
        raise Refusal("json_not_object")
    # Slack reads a null argument as one that was not given.
    return {key: value for key, value in body.items() if value is not None}


def _readable(arguments: JsonObject) -> JsonObject:
    shown: JsonObject = {}
    for key, value in arguments.items():
        shown[key] = _decoded(value) if key in _JSON_FIELDS and isinstance(value, str) else value
    return shown


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
