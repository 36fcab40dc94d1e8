"""How a payload reaches the app: one Courier for each mode, and what came of it. Builds no payload, decides no retry."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

import aiohttp

from playground.slack.core import Core
from playground.slack.model import JsonObject

EnvelopeKind = Literal["slash_commands", "interactive", "events_api"]
Status = Literal["ok", "timeout", "unreachable", "http_error"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """`accepts_response`: whether the acknowledgement may carry a payload. `attempt` and `reason` are a retry's."""

    kind: EnvelopeKind
    payload: JsonObject
    accepts_response: bool = False
    attempt: int = 0
    reason: str = ""

    @property
    def name(self) -> str:
        if self.kind == "events_api":
            return str(self.payload.get("event", {}).get("type", self.payload.get("type", "")))
        return self.kind if self.kind == "slash_commands" else str(self.payload.get("type", ""))


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`body`: JSON, text, or None when empty. `reason` is Slack's retry reason for a failure. `no_retry`: the app's wish."""

    status: Status
    body: Any = None
    http_status: int = 0
    reason: str = ""
    no_retry: bool = False
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.status == "ok"


class Courier(Protocol):
    async def deliver(self, delivery: Delivery) -> Acknowledgement: ...


class HttpCourier:
    """Signed POSTs to the app's request URL, as Slack makes them in HTTP mode."""

    def __init__(
        self, core: Core, url: Callable[[], str], session: Callable[[], aiohttp.ClientSession], ack_seconds: float
    ) -> None:
        self._core = core
        self._url = url
        self._session = session
        self._ack_seconds = ack_seconds

    async def deliver(self, delivery: Delivery) -> Acknowledgement:
        body, content_type = self._encoded(delivery)
        headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        if delivery.attempt:
            headers |= {"X-Slack-Retry-Num": str(delivery.attempt), "X-Slack-Retry-Reason": delivery.reason}
        headers |= sign(self._core.tokens.signing_secret, body, int(time.time()))  # the app compares with real time
        began = time.perf_counter()
        try:
            async with self._session().post(
                self._url(),
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self._ack_seconds),
                allow_redirects=False,
            ) as response:
                text = await response.text()
                no_retry = response.headers.get("X-Slack-No-Retry") == "1"
                seconds = time.perf_counter() - began
                if response.status != 200:
                    return Acknowledgement("http_error", text, response.status, "http_error", no_retry, seconds)
                return Acknowledgement("ok", decoded(text), 200, "", no_retry, seconds)
        except TimeoutError:
            return Acknowledgement("timeout", reason="http_timeout", seconds=time.perf_counter() - began)
        except (aiohttp.ClientError, OSError):
            return Acknowledgement("unreachable", reason="connection_failed", seconds=time.perf_counter() - began)

    def _encoded(self, delivery: Delivery) -> tuple[bytes, str]:
        if delivery.kind == "slash_commands":
            return urlencode(delivery.payload).encode(), "application/x-www-form-urlencoded"
        text = json.dumps(delivery.payload, ensure_ascii=False)
        if delivery.kind == "interactive":
            return urlencode({"payload": text}).encode(), "application/x-www-form-urlencoded"
        return text.encode(), "application/json"


def sign(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """Slack's v0 signature over the timestamp and the raw body."""
    signature = hmac.new(secret.encode(), b"v0:%d:" % timestamp + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={signature}"}


def decoded(text: str) -> Any:
    """An acknowledgement's body: None, JSON, or plain text."""
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


class Dispatcher:
    """Hands a delivery to the courier in charge and writes down what came of it."""

    def __init__(self, core: Core, courier: Courier) -> None:
        self._core = core
        self._courier = courier

    async def deliver(self, delivery: Delivery) -> Acknowledgement:
        answer = await self._courier.deliver(delivery)
        body = answer.body if isinstance(answer.body, dict) else {} if answer.body is None else {"text": answer.body}
        self._core.traffic.record(
            "delivery",
            delivery.name,
            delivery.payload,
            body,
            status=answer.http_status,
            seconds=answer.seconds,
            error="" if answer.ok else answer.status,
            note=f"retry {delivery.attempt} ({delivery.reason})" if delivery.attempt else "",
        )
        return answer
