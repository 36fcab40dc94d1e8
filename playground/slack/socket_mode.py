"""Socket Mode: up to ten sockets, hello, pings, disconnects; each envelope goes to exactly one of them."""

import asyncio
import json
import random
import secrets
import time
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import WSCloseCode, WSMsgType, web

from playground.slack.core import Core
from playground.slack.courier import Acknowledgement, Delivery
from playground.slack.model import JsonObject

MOST_CONNECTIONS = 10
DisconnectReason = Literal["warning", "refresh_requested", "link_disabled"]


@dataclass(slots=True, eq=False)
class _Connection:
    number: int
    socket: web.WebSocketResponse
    leaving: bool = False  # was told to disconnect
    silent: bool = False


class SocketMode:
    """`approximate_connection_time` is what hello promises, in seconds; this double refreshes only on demand. `ping_seconds`:
    from one of Slack's pings to the next."""

    def __init__(self, core: Core, *, ack_seconds: float, ping_seconds: float, seed: int) -> None:
        self._core = core
        self._ack_seconds = ack_seconds
        self.ping_seconds = ping_seconds
        self._random = random.Random(seed)
        self._connections: list[_Connection] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._opened = 0
        self.unexpected: list[str] = []  # what clients sent that Slack would not understand
        self.approximate_connection_time = 18_060

    @property
    def connections(self) -> int:
        return len(self._connections)

    @property
    def speaking(self) -> int:
        """Connections that envelopes reach: neither silent nor told to leave."""
        return sum(not (one.leaving or self._is_silent(one) or one.socket.closed) for one in self._connections)

    # --- the app connects

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if self._core.faults.refuse_sockets:
            return web.Response(status=503)
        if self._core.tickets.get(ticket, True):  # unknown, or used before: a URL is good for one socket
            return web.Response(status=403, text="invalid ticket")
        self._core.tickets[ticket] = True
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._connections) >= MOST_CONNECTIONS:
            await socket.send_str(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self._opened += 1
        connection = _Connection(self._opened, socket)
        self._connections.append(connection)
        self._announce()
        pinging = asyncio.create_task(self._ping(connection))
        try:
            await socket.send_str(json.dumps(self._hello()))
            async for message in socket:
                await self._received(connection, message.type, message.data)
        finally:
            pinging.cancel()
            if connection in self._connections:
                self._connections.remove(connection)
            self._announce()
        return socket

    def _hello(self) -> JsonObject:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {
                "host": "applink-1",
                "build_number": 1,
                "approximate_connection_time": self.approximate_connection_time,
            },
            "connection_info": {"app_id": self._core.workspace.app_id},
        }

    async def _received(self, connection: _Connection, kind: WSMsgType, data: Any) -> None:
        if self._is_silent(connection):
            return
        if kind == WSMsgType.PING:
            await connection.socket.pong(data)
        elif kind == WSMsgType.TEXT:
            self._acknowledged(data)

    def _acknowledged(self, text: str) -> None:
        try:
            body = json.loads(text)
        except ValueError:
            self.unexpected.append(text)
            return
        envelope_id = body.get("envelope_id") if isinstance(body, dict) else None
        waiting = self._waiting.get(envelope_id) if isinstance(envelope_id, str) else None
        if waiting is None or waiting.done():
            self.unexpected.append(text)
            return
        waiting.set_result(body.get("payload"))

    async def _ping(self, connection: _Connection) -> None:
        while True:
            await asyncio.sleep(self.ping_seconds)
            if not self._is_silent(connection) and not connection.socket.closed:
                await connection.socket.ping(f"Ping from applink-1 {connection.number}".encode())

    def _is_silent(self, connection: _Connection) -> bool:
        return connection.silent or self._core.faults.silent_sockets

    def _announce(self) -> None:
        self._core.workspace.announce("connections", detail=str(len(self._connections)))

    # --- Slack speaks

    async def deliver(self, delivery: Delivery) -> Acknowledgement:
        began = time.perf_counter()
        connection = self._choose()
        if connection is None:
            return Acknowledgement("unreachable", reason="connection_failed")
        envelope_id = secrets.token_hex(16)
        envelope: JsonObject = {
            "envelope_id": envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.accepts_response,
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": delivery.attempt, "retry_reason": delivery.reason}
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = waiting
        try:
            if not self._is_silent(connection):
                await connection.socket.send_str(json.dumps(envelope))
            body = await asyncio.wait_for(waiting, self._ack_seconds)
        except TimeoutError:
            return Acknowledgement("timeout", reason="timeout", seconds=time.perf_counter() - began)
        except ConnectionError:
            return Acknowledgement("unreachable", reason="connection_failed", seconds=time.perf_counter() - began)
        finally:
            del self._waiting[envelope_id]
        return Acknowledgement(
            "ok", body if delivery.accepts_response and body else None, seconds=time.perf_counter() - began
        )

    def _choose(self) -> _Connection | None:
        """Any one of the open sockets, with no pattern; those told to leave only when there is no other."""
        open_ones = [one for one in self._connections if not one.socket.closed]
        staying = [one for one in open_ones if not one.leaving] or open_ones
        return self._random.choice(staying) if staying else None

    # --- on demand

    def silence(self) -> None:
        """Sockets open now stay open and say nothing more; new ones work. (faults.silent_sockets: new ones too.)"""
        for connection in self._connections:
            connection.silent = True

    async def disconnect(
        self, reason: DisconnectReason = "refresh_requested", *, close_after: float = 10.0, one: bool = True
    ) -> None:
        """Tells one socket (or all) to go, and closes it `close_after` seconds later, as Slack does after its warning."""
        chosen = self._connections[:1] if one else list(self._connections)
        for connection in chosen:
            connection.leaving = True
            await connection.socket.send_str(_disconnect(reason))
            task = asyncio.create_task(self._close_later(connection, close_after))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def say(self, frame: str | bytes) -> None:
        """Sends this to every open socket, whatever it is: what Slack may say one day, or garbage."""
        for connection in list(self._connections):
            if isinstance(frame, bytes):
                await connection.socket.send_bytes(frame)
            else:
                await connection.socket.send_str(frame)

    async def cut(self) -> None:
        """All sockets break at once, without a word."""
        for connection in list(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def _close_later(self, connection: _Connection, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.cancel()
        await self.cut()


def _disconnect(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})
