"""`POST /slack/events`: Slack's deliveries in HTTP mode, to Bolt, which checks their signatures. Closed without a secret."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.calls.problem import problem_of
from bot.http.body import SECONDS
from bot.http.problems import response
from bot.kit.errors import Unavailable
from bot.metrics import Metrics

_STAMP = re.compile(r"[0-9]{1,12}")
_OBJECTS = ("event", "view", "user", "team", "channel", "message")  # in whatever is no command
MOST_IN_HAND = 400  # deliveries being worked on; past it they are answered at once that the bot is busy

Busy = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Deliveries:
    """`busy` makes the acknowledgement of a delivery when `most` are being worked on; it may raise, then the answer is 503."""

    def __init__(self, bolt: AsyncApp, metrics: Metrics, secret: str, busy: Busy, most: int = MOST_IN_HAND) -> None:
        self._bolt = bolt
        self._metrics = metrics
        self._signatures = SignatureVerifier(secret)
        self._busy = busy
        self._most = most
        self._in_hand = 0

    @property
    def in_hand(self) -> int:
        """How many deliveries are being worked on."""
        return self._in_hand

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/slack/events", self._delivered)]

    async def _delivered(self, request: web.Request) -> web.Response:
        began = time.monotonic()
        refused = self._metrics.refused
        headers: dict[str, str | Sequence[str]] = {name.lower(): value for name, value in request.headers.items()}
        if "x-slack-signature" not in headers or "x-slack-request-timestamp" not in headers:
            refused["unsigned"].inc()
            return web.json_response({"error": "not signed"}, status=401)
        # Comparing what is not ASCII, and reading a number of thousands of digits, raise.
        if not (
            str(headers["x-slack-signature"]).isascii() and _STAMP.fullmatch(str(headers["x-slack-request-timestamp"]))
        ):
            return self._forged()
        try:
            async with asyncio.timeout(SECONDS):
                body = (await request.read()).decode("utf-8")
        except (web.RequestPayloadError, ConnectionError):
            refused["garbage"].inc()
            return web.json_response({"error": "the body broke off"}, status=400)
        except UnicodeDecodeError:
            refused["garbage"].inc()
            return web.json_response({"error": "not UTF-8"}, status=400)
        except TimeoutError:
            refused["garbage"].inc()
            return web.json_response({"error": "too slow"}, status=408)
        except web.HTTPRequestEntityTooLarge:
            refused["oversized"].inc()
            raise
        if self._in_hand >= self._most:
            return self._turned_away(request, body)
        self._in_hand += 1
        try:
            if (delivery := read_delivery(body, request.query_string, headers)) is not None:
                return await self._dispatch(delivery, began)
        finally:
            self._in_hand -= 1
        return self._garbage(request, body)

    async def _dispatch(self, request: AsyncBoltRequest, began: float) -> web.Response:
        try:
            answer = await self._bolt.async_dispatch(request)
        except Exception:
            self._metrics.refused["bug"].inc()
            self._metrics.acks_missed["withheld"].inc()
            raise  # the server says what it was, and answers 500
        if answer.status == 401:
            self._metrics.refused["forged"].inc()
        elif answer.status >= 500:
            self._metrics.acks_missed["withheld"].inc()
        else:
            self._metrics.acknowledged(time.monotonic() - began)
        return web.Response(
            status=answer.status,
            text=answer.body or "",
            content_type=answer.first_headers().get("content-type", "text/plain").partition(";")[0],
        )

    def _turned_away(self, request: web.Request, body: str) -> web.Response:
        self._metrics.queue_refused.labels("deliveries").inc()
        if not self._signatures.is_valid_request(body, dict(request.headers)):
            return self._forged()
        delivery = read_delivery(body, request.query_string, {})
        if delivery is None:
            return self._garbage(request, body)
        try:
            answer = self._busy(delivery.body)
        except Unavailable as error:
            self._metrics.acks_missed["withheld"].inc()
            return response(problem_of(error), request.path)
        return web.json_response(answer) if answer else web.Response()

    def _forged(self) -> web.Response:
        self._metrics.refused["forged"].inc()
        return web.json_response({"error": "invalid request"}, status=401)

    def _garbage(self, request: web.Request, body: str) -> web.Response:
        if not self._signatures.is_valid_request(body, dict(request.headers)):
            return self._forged()
        self._metrics.refused["garbage"].inc()
        return web.json_response({"error": "not a delivery"}, status=400)


def read_delivery(body: str, query: str, headers: Mapping[str, str | Sequence[str]]) -> AsyncBoltRequest | None:
    """None for what cannot be read, or has something else where Slack has an object: Bolt and its listeners would break on
    it, and that is no bug of theirs."""
    try:
        # Bolt parses while it is made, and looks into what it found.
        request = AsyncBoltRequest(body=body, query=query, headers=dict(headers))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None
    found: object = request.body  # by its annotation a dict; by what was sent anything
    if not isinstance(found, dict):
        return None
    if "command" in found:
        return request
    if not all(isinstance(found.get(name), dict | None) for name in _OBJECTS):
        return None
    if found.get("type") == "event_callback" and not isinstance((found.get("event") or {}).get("type"), str):
        return None
    return request
