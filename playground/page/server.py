"""Serves the page on loopback: its files, one WebSocket per browser, the workspace's files. Knows no Slack by itself.

Whoever runs the playground also has a browser that visits other sites; so only requests for this very host are answered, and
only sockets opened by this very page.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from playground.page.commands import Commands
from playground.page.session import ClusterLook, Session
from playground.slack import SlackDouble
from playground.slack.model import JsonObject

_STATIC = Path(__file__).parent / "static"
_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_LARGEST_MESSAGE = 32 * 1024 * 1024  # a file of 10 MB in base64, and several of them in a form
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

_log = logging.getLogger(__name__)


class Page:
    """`cluster` adds the cluster panel."""

    def __init__(self, double: SlackDouble, cluster: ClusterLook | None = None) -> None:
        self._double = double
        self._cluster = cluster
        self._read: defaultdict[str, dict[str, str]] = defaultdict(dict)  # user id -> channel id -> ts
        self._sessions: set[Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._files: dict[str, tuple[bytes, str]] = {}  # name -> content, type
        self._runner: web.AppRunner | None = None
        self.url = ""

    # --- life

    async def start(self, port: int = 0) -> None:
        """Listens on 127.0.0.1; port 0 takes a free one. Raises OSError when the port is taken."""
        app = web.Application(middlewares=[_only_for_us])
        app.router.add_get("/", self._index)
        app.router.add_get("/page/socket", self._socket)
        app.router.add_get("/page/files/{file_id}", self._file)
        app.router.add_get("/static/{path:.+}", self._static_file)
        self._files = await asyncio.to_thread(_read_files)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{bound}/"

    async def stop(self) -> None:
        for socket in tuple(self._sockets):
            await socket.close(code=1001)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    # --- requests

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return self._answer_file("index.html")

    async def _static_file(self, request: web.Request) -> web.StreamResponse:
        return self._answer_file(request.match_info["path"])

    def _answer_file(self, name: str) -> web.Response:
        """From memory: a browser asks for some sixty small files at once."""
        if name not in self._files:
            raise web.HTTPNotFound(text="There is no such file.")
        content, kind = self._files[name]
        return web.Response(body=content, content_type=kind, charset="utf-8")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Never as a page of its own: what an app uploads is no part of this one."""
        file = self._double.workspace.files.get(request.match_info["file_id"])
        if file is None or not file.complete:
            raise web.HTTPNotFound(text="There is no such file.")
        is_picture = file.mimetype in ("image/png", "image/jpeg", "image/gif", "image/webp")
        kind = file.mimetype if is_picture else "application/octet-stream"
        shown = "inline" if is_picture else "attachment"
        disposition = f"{shown}; filename*=UTF-8''{quote(file.name)}"
        return web.Response(body=file.content, content_type=kind, headers={"Content-Disposition": disposition})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        origin = urlsplit(request.headers.get("Origin", ""))
        if origin.netloc != request.host:
            raise web.HTTPForbidden(text="This socket belongs to the playground's own page.")
        socket = web.WebSocketResponse(heartbeat=30.0, max_msg_size=_LARGEST_MESSAGE)
        await socket.prepare(request)
        user_id = self._user_id(request.query.get("person", ""))
        self._sockets.add(socket)
        try:
            await self._serve(socket, user_id, is_fresh=request.query.get("fresh") == "1")
        finally:
            self._sockets.discard(socket)
        return socket

    def _user_id(self, wanted: str) -> str:
        """The person asked for, by name or id; else the first there is."""
        people = [user for user in self._double.workspace.users.values() if not user.is_bot and not user.deleted]
        return next((user.id for user in people if wanted in (user.id, user.name)), people[0].id)

    # --- one browser

    async def _serve(self, socket: web.WebSocketResponse, user_id: str, *, is_fresh: bool) -> None:
        async def send(message: JsonObject) -> None:
            with suppress(ConnectionError):  # the browser left meanwhile; the loop below ends by itself
                await socket.send_json(message)

        def mark_read(channel_id: str, ts: str) -> None:
            if ts > self._read[user_id].get(channel_id, ""):
                self._read[user_id][channel_id] = ts
                self._poke(user_id)

        person = self._double.person(user_id)
        if is_fresh and not any(session.user_id == user_id for session in self._sessions):
            await person.reload()  # as in Slack, what is ephemeral does not survive a reload of the client
        session = Session(self._double, self._cluster, user_id, self._read[user_id], send)
        commands = Commands(self._double, person, session, mark_read)

        async def run(raw: str) -> None:
            await send(await commands.run(raw))

        self._sessions.add(session)
        following = self._supervised(session.follow())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    # A command outlives its browser: an app that was asked is not called back because a tab was closed.
                    self._supervised(run(message.data))
        finally:
            following.cancel()
            self._sessions.discard(session)

    def _poke(self, user_id: str) -> None:
        for session in self._sessions:
            if session.user_id == user_id:
                session.poke()

    def _supervised(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("page_task_failed", exc_info=error)


def _read_files() -> dict[str, tuple[bytes, str]]:
    return {
        path.relative_to(_STATIC).as_posix(): (path.read_bytes(), _TYPES[path.suffix])
        for path in _STATIC.rglob("*")
        if path.suffix in _TYPES
    }


@web.middleware
async def _only_for_us(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses other hosts' names (a name elsewhere may point at 127.0.0.1 too) and adds the headers of every answer."""
    host = urlsplit(f"//{request.host}").hostname
    if host not in _HOSTS:
        raise web.HTTPMisdirectedRequest(text="This is the playground on loopback, under its own name only.")
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        answer.headers.update(_HEADERS)
        raise
    if not response.prepared:
        response.headers.update(_HEADERS)
    return response
