"""How much the HTTP server takes on: connections, and requests being worked on. Past the bound it says so and does nothing.

Health and metrics are always answered: an orchestrator must not restart a bot for being busy.
"""

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp.web_protocol import RequestHandler

from bot.calls.problem import problem_of
from bot.http.problems import document, response
from bot.kit.errors import Busy
from bot.metrics import Metrics

MOST_REQUESTS: Final = 800
MOST_CONNECTIONS: Final = 1_000
KEEPALIVE: Final = 75.0  # seconds that a connection is kept for the next request
_FIRST: Final = 15.0  # seconds for the first one to arrive, headers and all
_ALWAYS: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class Capacity:
    def __init__(self, metrics: Metrics, requests: int = MOST_REQUESTS, connections: int = MOST_CONNECTIONS) -> None:
        self._metrics = metrics
        self._requests = requests
        self._connections = connections
        self._in_hand = 0
        self._silent: set[asyncio.BaseProtocol] = set()

    @property
    def in_hand(self) -> int:
        """How many requests are being worked on."""
        return self._in_hand

    def gate(self) -> Middleware:
        """Counts every request by its route and status, and turns away what is too much. The outermost of all middlewares."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._silent.discard(request.protocol)
            if request.path in _ALWAYS:
                return await handler(request)
            if self._in_hand >= self._requests:
                self._metrics.queue_refused.labels("http").inc()
                answer: web.StreamResponse = response(problem_of(Busy("requests")), request.rel_url.raw_path)
            else:
                self._in_hand += 1
                try:
                    answer = await handler(request)
                finally:
                    self._in_hand -= 1
            self._metrics.http_requests.labels(_route(request), str(answer.status)).inc()
            return answer

        return gate

    def connection(self, server: web.Server) -> asyncio.Protocol:
        """What speaks with a client that has just connected: the server, if it has room."""
        if len(server.connections) >= self._connections:
            self._metrics.queue_refused.labels("connections").inc()
            return _Full()
        speaker = server()
        self._silent.add(speaker)
        asyncio.get_running_loop().call_later(_FIRST, self._hang_up_on_the_silent, speaker)
        return speaker

    def _hang_up_on_the_silent(self, speaker: RequestHandler) -> None:
        if speaker in self._silent:
            self._silent.discard(speaker)
            speaker.force_close()


class BoundedSite(web.TCPSite):
    """A TCPSite with room for so many connections."""

    def __init__(self, runner: web.AppRunner, host: str, port: int, capacity: Capacity) -> None:
        super().__init__(runner, host, port)
        self._address = (host, port)
        self._capacity = capacity

    async def start(self) -> None:
        await web.BaseSite.start(self)
        server = self._runner.server
        assert server is not None
        host, port = self._address
        self._server = await asyncio.get_running_loop().create_server(
            lambda: self._capacity.connection(server), host, port, backlog=self._backlog
        )


class _Full(asyncio.Protocol):
    """Answers whatever comes with 503, once it has come: many clients lose an answer that is there before their question."""

    _ANSWER: Final = (
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
        b"Content-Type: application/problem+json\r\nContent-Length: %d\r\n\r\n%s"
    )
    _SECONDS: Final = 5.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._end = asyncio.get_running_loop().call_later(self._SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        body = document(problem_of(Busy("connections")), "").model_dump_json().encode()
        self._transport.write(self._ANSWER % (len(body), body))
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.cancel()


def _route(request: web.Request) -> str:
    """The pattern that matched, never the path itself: anybody can ask for any path."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
