"""The REST API over HTTP: takes requests apart, asks who and whether, calls the operations, writes answers.

It knows paths, queries, headers and media types; what an object may be it leaves to the rest of the package.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import yaml
from aiohttp import web

from playground.cluster import protobuf, tables
from playground.cluster.decoding import Options
from playground.cluster.discovery import Discovery
from playground.cluster.faults import Faults
from playground.cluster.kinds import Kind, Kinds, Object
from playground.cluster.operations import Operations
from playground.cluster.rbac import Attributes, Authorizer, User
from playground.cluster.reading import Query, Reading
from playground.cluster.reviews import Reviews
from playground.cluster.status import (
    Refusal,
    bad_request,
    method_not_allowed,
    no_such_path,
    success,
    too_many_requests,
    unauthorized,
    unsupported_media_type,
)
from playground.cluster.subresources import Subresources
from playground.cluster.tokens import Tokens

_PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)
_BODIES = ("application/json", "application/yaml", protobuf.MEDIA_TYPE)
_OPEN_PATHS = {"/version", "/healthz", "/livez", "/readyz"}


@dataclass(frozen=True, slots=True)
class Target:
    """What a path addresses."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""


class ApiServer:
    def __init__(
        self,
        *,
        kinds: Kinds,
        operations: Operations,
        reading: Reading,
        authorizer: Authorizer,
        tokens: Tokens,
        faults: Faults,
    ) -> None:
        self._kinds = kinds
        self._operations = operations
        self._reading = reading
        self._authorizer = authorizer
        self._tokens = tokens
        self._faults = faults
        self._discovery = Discovery(kinds)
        self._listeners: list[Callable[[str], None]] = []
        self._reviews = Reviews(authorizer, tokens)
        self._subresources = Subresources(operations, tokens, kinds)

    def on_request(self, listener: Callable[[str], None]) -> None:
        """Calls with "METHOD /path" for every request that comes in, before anything is made of it."""
        self._listeners.append(listener)

    def write_log(self, namespace: str, pod: str, container: str, text: str) -> None:
        """What that container has written from its start until now."""
        self._subresources.written[namespace, pod, container] = text

    def application(self) -> web.Application:
        app = web.Application(client_max_size=3 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        for listener in self._listeners:
            listener(f"{request.method} {request.path}")
        if self._faults.slow:
            await asyncio.sleep(self._faults.slow)
        if self._faults.down == "refused":
            _cut(request)
        try:
            if self._faults.down == "unavailable":
                raise Refusal(503, "ServiceUnavailable", "the server is currently unable to handle the request")
            if self._faults.throttled is not None:
                raise too_many_requests(self._faults.throttled)
            return await self._answer(request)
        except Refusal as refusal:
            headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
            return _json(refusal.status(), status=refusal.code, headers=headers)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.rstrip("/") or "/"
        if path in {"/healthz", "/livez", "/readyz"}:
            return web.Response(text="ok")
        user = self._user(request, path)
        document = self._discovery.answer(path) if request.method == "GET" else None
        if document is not None:
            return _json(document)
        target = self._target(path)
        if target is None:
            raise no_such_path()
        verb = _verb(request, target)
        what = f"{verb} {target.kind.plural}"
        if not await self._faults.holds.passes(what, "arrived"):
            _cut(request)
        code = self._faults.status_for(verb, target.kind.plural)
        if code is not None:
            raise Refusal(code, "InternalError" if code == 500 else "", f"injected: {what}")
        self._authorize(user, verb, target)
        if verb == "watch":
            return await self._watch(request, target)
        try:
            answer, status, warnings = await self._call(request, target, verb, user)
        finally:  # also when it was refused
            if not await self._faults.holds.passes(what, "done"):
                _cut(request)
        if self._faults.after_write and verb not in {"get", "list"}:
            _cut(request)
        if isinstance(answer, str):
            return web.Response(text=answer)
        if verb in {"get", "list"} and "as=Table" in request.headers.get("Accept", ""):
            answer = tables.table(target.kind, answer, self._operations.clock.now())
        return _json(answer, status=status, warnings=warnings)

    def _user(self, request: web.Request, path: str) -> User:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        user = self._tokens.user_of(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            if path in _OPEN_PATHS and not token:
                return User("system:anonymous", ("system:unauthenticated",))
            raise unauthorized()
        wanted = request.headers.get("Impersonate-User")
        if not wanted:
            return user
        if not self._authorizer.allows(user, Attributes("impersonate", resource="users", name=wanted)):
            message = (
                f'users "{wanted}" is forbidden: User "{user.name}" cannot impersonate resource "users" in API group ""'
            )
            raise Refusal(403, "Forbidden", message)
        groups = tuple(request.headers.getall("Impersonate-Group", ()))
        return User(wanted, (*groups, "system:authenticated"))

    def _target(self, path: str) -> Target | None:
        parts = path.strip("/").split("/")
        if parts[0] == "api" and len(parts) > 2:
            group, version, rest = "", parts[1], parts[2:]
        elif parts[0] == "apis" and len(parts) > 3:
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            return None
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            if self._kinds.at(group, version, rest[2]) is not None:
                namespace, rest = rest[1], rest[2:]
            elif group:
                return None
        kind = self._kinds.at(group, version, rest[0])
        if kind is None or len(rest) > 3 or (namespace and not kind.namespaced):
            return None
        name = rest[1] if len(rest) > 1 else ""
        subresource = rest[2] if len(rest) > 2 else ""
        if (name and kind.namespaced and not namespace) or (subresource and subresource not in kind.subresources):
            return None
        return Target(kind, namespace, name, subresource)

    def _authorize(self, user: User, verb: str, target: Target) -> None:
        kind = target.kind
        # Within a namespace's own path, the namespace is the namespace.
        namespace = target.name if kind.kind == "Namespace" else target.namespace
        wanted = Attributes(verb, kind.group, kind.plural, target.subresource, namespace, target.name)
        if self._authorizer.allows(user, wanted):
            return
        where = f' in the namespace "{target.namespace}"' if target.namespace else " at the cluster scope"
        resource = wanted.full_resource
        message = f'User "{user.name}" cannot {verb} resource "{resource}" in API group "{kind.group}"{where}'
        what = f'{kind.resource} "{target.name}"' if target.name else kind.resource
        raise Refusal(403, "Forbidden", f"{what} is forbidden: {message}", kind=kind, name=target.name)

    async def _call(
        self, request: web.Request, target: Target, verb: str, user: User
    ) -> tuple[Object | str, int, list[str]]:
        kind, namespace, name = target.kind, target.namespace, target.name
        if verb == "list":
            return self._list(request, target), 200, []
        body = await _body(request) if request.method in {"POST", "PUT", "PATCH", "DELETE"} else None
        options = _options(request)
        status = 200
        answer: Object | str
        if kind.verbs == ("create",):
            return self._reviews.answered(kind, namespace, body, user), 201, []
        if target.subresource not in {"", "status"}:
            answer, status = self._subresources.call(
                target.kind, namespace, name, target.subresource, verb, body, user, options, request.query
            )
        elif verb == "get":
            answer = self._operations.get(kind, namespace, name)
        elif verb == "create":
            answer, status = self._operations.create(kind, namespace, body, user, options), 201
        elif verb == "update":
            answer = self._operations.replace(kind, namespace, name, body, user, options, target.subresource)
        elif verb == "patch":
            answer, status = self._patch(request, target, body, user, options)
        elif verb == "delete":
            answer = self._operations.delete(kind, namespace, name, body, options)
        else:
            answer = self._delete_collection(request, target, body, options)
        return answer, status, options.warnings

    def _patch(
        self, request: web.Request, target: Target, body: Any, user: User, options: Options
    ) -> tuple[Object, int]:
        media_type = request.content_type
        if media_type not in _PATCHES:
            raise unsupported_media_type(media_type, _PATCHES)
        kind, namespace, name = target.kind, target.namespace, target.name
        new = not self._operations.exists(kind, namespace, name)
        if media_type == "application/apply-patch+yaml" and new:
            self._authorize(user, "create", target)
        answer = self._operations.patch(kind, namespace, name, body, media_type, user, options, target.subresource)
        return answer, 201 if new else 200

    def _query(self, request: web.Request, target: Target) -> Query:
        query = request.query
        return Query(target.namespace, query.get("labelSelector", ""), query.get("fieldSelector", ""))

    def _list(self, request: web.Request, target: Target) -> Object:
        limit = request.query.get("limit", "0")
        if not limit.isdigit():
            raise bad_request(f'limit: Invalid value: "{limit}"')
        return self._reading.listed(
            target.kind, self._query(request, target), int(limit), request.query.get("continue", "")
        )

    def _delete_collection(self, request: web.Request, target: Target, body: Any, options: Options) -> Object:
        found = self._reading.listed(target.kind, self._query(request, target))
        for item in found["items"]:
            metadata = item["metadata"]
            self._operations.delete(target.kind, metadata.get("namespace", ""), metadata["name"], body, options)
        return success(target.kind, "", "")

    async def _watch(self, request: web.Request, target: Target) -> web.StreamResponse:
        query = self._query(request, target)
        if target.name:
            query = Query(target.namespace, query.label_selector, f"metadata.name={target.name}")
        seconds = request.query.get("timeoutSeconds")
        as_table = "as=Table" in request.headers.get("Accept", "")
        response = web.StreamResponse(
            headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"}
        )
        events = self._reading.watched(
            target.kind,
            query,
            request.query.get("resourceVersion", ""),
            initial_events=request.query.get("sendInitialEvents") == "true",
            seconds=float(seconds) if seconds else None,
        )
        try:
            await response.prepare(request)
            async for event in events:
                if as_table and event["type"] in {"ADDED", "MODIFIED", "DELETED"}:
                    shown = tables.table(target.kind, event["object"], self._operations.clock.now())
                    event = {**event, "object": shown}
                await response.write(json.dumps(event).encode() + b"\n")
        except ConnectionResetError:
            pass  # the watcher went away
        finally:
            await events.aclose()
        return response


def _verb(request: web.Request, target: Target) -> str:
    method = request.method
    if method == "GET":
        watching = request.query.get("watch") in {"1", "true"}
        verb = "watch" if watching else "get" if target.name else "list"
    else:
        verbs = {
            "POST": "create",
            "PUT": "update",
            "PATCH": "patch",
            "DELETE": "delete" if target.name else "deletecollection",
        }
        verb = verbs.get(method, "")
    wrong_place = (verb in {"update", "patch"} and not target.name) or (
        verb == "create" and bool(target.name) != bool(target.subresource)
    )
    if not verb or wrong_place or (not target.subresource and verb not in target.kind.verbs):
        raise method_not_allowed()
    unplaced = target.kind.namespaced and not target.namespace
    if verb == "create" and unplaced:
        raise method_not_allowed()
    return verb


async def _body(request: web.Request) -> Any:
    raw = await request.read()
    if not raw:
        if request.method == "DELETE":
            return None
        raise bad_request("the request has no body")
    if request.method != "PATCH" and request.content_type not in _BODIES:
        raise unsupported_media_type(request.content_type, _BODIES)
    if request.method == "PATCH" and request.content_type not in _PATCHES:
        raise unsupported_media_type(request.content_type, _PATCHES)
    if request.content_type == protobuf.MEDIA_TYPE:
        return protobuf.decoded(raw)
    try:
        # An apply is called YAML by its media type and is nearly always JSON, which parses a hundred times faster.
        if request.content_type.endswith("yaml") and not raw.startswith(b"{"):
            return yaml.safe_load(raw)
        return json.loads(raw)
    except (ValueError, yaml.YAMLError) as exc:
        raise bad_request(f"couldn't get version/kind; json parse error: {exc}") from exc


def _options(request: web.Request) -> Options:
    query = request.query
    dry_run = query.getall("dryRun", [])
    if any(value != "All" for value in dry_run):
        raise Refusal(422, "Invalid", f'dryRun: Unsupported value: "{dry_run[0]}": supported values: "All"')
    validation = query.get("fieldValidation") or "Warn"
    if validation not in {"Ignore", "Warn", "Strict"}:
        message = f'fieldValidation: Unsupported value: "{validation}": supported values: "Ignore", "Strict", "Warn"'
        raise Refusal(422, "Invalid", message)
    manager = query.get("fieldManager", "")
    if not manager and request.content_type != "application/apply-patch+yaml":
        manager = request.headers.get("User-Agent", "unknown").partition("/")[0]
    return Options(
        manager=manager,
        dry_run=bool(dry_run),
        validation=cast(Literal["Ignore", "Warn", "Strict"], validation),
        force=query.get("force") in {"1", "true"},
    )


def _json(
    value: Object, *, status: int = 200, headers: Mapping[str, str] | None = None, warnings: list[str] | None = None
) -> web.Response:
    response = web.Response(
        body=json.dumps(value).encode(), status=status, headers=headers, content_type="application/json"
    )
    for warning in warnings or ():
        text = warning.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.add("Warning", f'299 - "{text}"')
    return response


def _cut(request: web.Request) -> None:
    """Ends the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise web.HTTPServiceUnavailable
