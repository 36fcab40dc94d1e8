"""Socket Mode: several connections, each envelope acknowledged on the socket it came by; silent ones are replaced.

Our own loop instead of slack_sdk's, see docs/decisions/004: it shares the session, opens the next connection before the old
one goes, judges a socket by the age of what *Slack* sent (a half-dead one still answers pings), and drains.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.kit.errors import Unavailable
from bot.kit.ids import new_ref
from bot.metrics import Metrics
from bot.supervision import Supervisor
from integrations.slack import SlackClient, SlackError, SlackRateLimited

log = structlog.stdlib.get_logger(__name__)

_CONNECT_TIMEOUT = 10.0
_LONGEST_PAUSE = 30.0
_SHORT_LIFE = 5.0
MOST_IN_HAND = 500  # deliveries being worked on; past it they are answered at once that the bot is busy
_LARGEST = 8 * 1024 * 1024  # bytes of one frame; Slack states no bound, a form with everything in it is below 1 MB
_GOODBYE = 20.0  # seconds a retired socket is still read: Slack closes it about 10 s after its warning
_TYPES_LOGGED = 20  # kinds of messages unknown to us; a log line for each, the first time


Busy = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class SocketMode:
    """`client` bears the app-level token."""

    def __init__(
        self,
        bolt: AsyncApp,
        client: SlackClient,
        session: aiohttp.ClientSession,
        metrics: Metrics,
        connections: int,
        silence: float,
        busy: Busy | None = None,
        most: int = MOST_IN_HAND,
    ) -> None:
        """`busy` acknowledges a delivery when `most` are being worked on; it may raise, then it is not acknowledged."""
        self._bolt = bolt
        self._client = client
        self._session = session
        self._metrics = metrics
        self._connections = connections
        self._silence = silence
        self._busy = busy
        self._most = most
        self._keepers = Supervisor(metrics.loop_restarts)
        self._readers: set[asyncio.Task[None]] = set()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._open: set[aiohttp.ClientWebSocketResponse] = set()
        self._unknown: set[str] = set()
        self._closing = False

    @property
    def connected(self) -> int:
        """How many sockets are up."""
        return len(self._open)

    @property
    def in_hand(self) -> int:
        """How many deliveries are being worked on."""
        return len(self._deliveries)

    def start(self) -> None:
        for _ in range(self._connections):
            self._keepers.keep("sockets", self._keep)

    async def close(self) -> None:
        """Reads no more, waits until what was read is acknowledged, then hangs up."""
        self._closing = True
        await self._keepers.stop()
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in list(self._open)), return_exceptions=True)
        self._open.clear()

    async def _keep(self) -> None:
        """Keeps one connection up for ever: opens the next as soon as the present one retires."""
        short_lives = 0
        while True:
            began = time.monotonic()
            socket = await self._connect()
            retired = asyncio.Event()
            reader = asyncio.create_task(self._read(socket, retired), name="socket reader")
            self._readers.add(reader)
            reader.add_done_callback(self._readers.discard)
            await retired.wait()
            # Slack may send us away at once (too many sockets, a disabled app): then each try waits longer.
            short_lives = short_lives + 1 if time.monotonic() - began < _SHORT_LIFE else 0
            if short_lives > 1:
                await asyncio.sleep(min(2.0**short_lives, _LONGEST_PAUSE) * random.uniform(0.5, 1.0))

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        pause = 0.5
        while True:
            try:
                answer = await self._client.call("apps.connections.open")
                async with asyncio.timeout(_CONNECT_TIMEOUT):
                    # Pings are answered by hand, so that their age is known.
                    socket = await self._session.ws_connect(str(answer["url"]), autoping=False, max_msg_size=_LARGEST)
            except (SlackError, aiohttp.ClientError, TimeoutError, OSError) as error:
                seconds = pause * random.uniform(0.5, 1.0)
                if isinstance(
                    error, SlackRateLimited
                ):  # Slack opens ten a minute or so, and asking more often is no help
                    seconds += error.retry_after
                log.warning("socket_not_opened", error=str(error) or type(error).__name__, retry_in=round(seconds, 1))
                await asyncio.sleep(seconds)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._open.add(socket)
                self._metrics.sockets.set(len(self._open))
                return socket

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, retired: asyncio.Event) -> None:
        """Reads until the socket ends, falls silent, or has been retired for a while."""
        reason = "closed"
        heard = time.monotonic()
        until: float | None = None
        try:
            while True:
                now = time.monotonic()
                if until is not None and now > until:
                    break
                if now - heard > self._silence:
                    reason = "silent"
                    break
                try:
                    frame = await socket.receive(timeout=min(self._silence, _GOODBYE) / 3)
                except TimeoutError:
                    continue
                if frame.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
                    break
                if frame.type is aiohttp.WSMsgType.ERROR:
                    reason = "oversized" if _too_big(frame.data) else "error"
                    break
                if frame.type is aiohttp.WSMsgType.PING:
                    heard = time.monotonic()
                    await socket.pong(frame.data)
                elif frame.type is aiohttp.WSMsgType.TEXT:
                    heard = time.monotonic()
                    if (said := await self._received(socket, frame.data)) is not None:
                        reason, until = said, heard + _GOODBYE
                        retired.set()
                else:
                    heard = time.monotonic()
                    self._not_understood(frame.type.name.lower())
        except (ConnectionError, aiohttp.ClientError) as error:
            reason = "error"
            log.info("socket_broke", error=str(error))
        except Exception:
            reason = "bug"
            log.exception("socket_not_read")  # another takes its place
        finally:
            retired.set()
            if not self._closing:
                self._metrics.sockets_replaced.labels(reason).inc()
                log.info("socket_replaced", reason=reason)
                self._open.discard(socket)
                self._metrics.sockets.set(len(self._open))
                await self._hang_up(socket)

    async def _received(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> str | None:
        """Handles one message; the reason when Slack says that it will disconnect."""
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, KeyError, TypeError, RecursionError):
            self._metrics.refused["garbage"].inc()
            log.warning("socket_garbage", length=len(text))
            return None
        if kind == "hello":
            log.info("socket_up", connections=message.get("num_connections"))
        elif kind == "disconnect":
            return str(message.get("reason", "refresh_requested"))
        elif message.get("envelope_id"):
            if len(self._deliveries) >= self._most:
                await self._turn_away(socket, message)
                return None
            task = asyncio.create_task(self._deliver(socket, message), name="socket delivery")
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)
        else:
            self._not_understood(str(kind))
        return None

    def _not_understood(self, kind: str) -> None:
        """Slack may say more one day than it does now. `kind` is its own word, so it goes into the log and never into a label."""
        self._metrics.socket_unknown.inc()
        if kind not in self._unknown and len(self._unknown) < _TYPES_LOGGED:
            self._unknown.add(kind)
            log.warning("socket_message_unknown", kind=kind[:80])

    async def _deliver(self, socket: aiohttp.ClientWebSocketResponse, envelope: Mapping[str, Any]) -> None:
        """Supervises one delivery. What breaks is not acknowledged: an event comes again, and a person sees that it failed."""
        began = time.monotonic()
        try:
            if await self._handled(socket, envelope):
                self._metrics.acknowledged(time.monotonic() - began)
        except Exception as error:
            self._metrics.refused["bug"].inc()
            self._metrics.acks_missed["withheld"].inc()
            log.error("delivery_failed", call=new_ref(), kind=str(envelope.get("type"))[:80], exc_info=error)

    async def _handled(self, socket: aiohttp.ClientWebSocketResponse, envelope: Mapping[str, Any]) -> bool:
        """Whether Slack has heard of it."""
        headers: dict[str, str | Sequence[str]] = {}
        if envelope.get("retry_attempt"):
            headers = {"x-slack-retry-num": str(envelope["retry_attempt"])}
        request = AsyncBoltRequest(mode="socket_mode", body=envelope.get("payload") or {}, headers=headers)
        response = await self._bolt.async_dispatch(request)
        if response.status != 200:
            self._metrics.refused["unhandled"].inc()
            log.warning("delivery_unhandled", status=response.status, kind=envelope.get("type"))
            if response.status >= 500:
                self._metrics.acks_missed["withheld"].inc()
                return False  # an event comes again, a person is told by Slack that it failed
        return await self._acknowledge(socket, envelope, _payload(response))

    async def _turn_away(self, socket: aiohttp.ClientWebSocketResponse, envelope: Mapping[str, Any]) -> None:
        """Says at once that there is no room: whoever waits for an answer must not wait in vain."""
        self._metrics.queue_refused.labels("deliveries").inc()
        if self._busy is None:
            return
        try:
            payload = self._busy(envelope.get("payload") or {})
        except Unavailable:
            self._metrics.acks_missed["withheld"].inc()
            return
        await self._acknowledge(socket, envelope, payload or None)

    async def _acknowledge(
        self, socket: aiohttp.ClientWebSocketResponse, envelope: Mapping[str, Any], payload: Any
    ) -> bool:
        """Whether it could be sent."""
        answer: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
        if payload is not None and envelope.get("accepts_response_payload", True):
            answer["payload"] = payload
        try:
            await socket.send_str(json.dumps(answer))
        except (ConnectionError, aiohttp.ClientError) as error:
            # Slack delivers an unacknowledged event again; a person sees that the command failed and repeats it: the
            # recorded call's key makes that safe.
            self._metrics.acks_missed["lost"].inc()
            log.warning("acknowledgement_lost", error=str(error))
            return False
        return True

    async def _hang_up(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        pending = [task for task in self._deliveries if task is not asyncio.current_task()]
        if pending:
            await asyncio.wait(pending, timeout=3)  # their acknowledgements go by this socket
        await socket.close()


def _too_big(error: object) -> bool:
    return isinstance(error, aiohttp.WebSocketError) and error.code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


def _payload(response: BoltResponse) -> Any:
    """What the listener acknowledged with, as the envelope's answer wants it."""
    if response.status != 200 or not response.body:
        return None
    if response.headers.get("content-type", [""])[0].startswith("application/json"):
        return json.loads(response.body)
    return {"text": response.body}
