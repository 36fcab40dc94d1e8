"""What went between the app and Slack, in order, for tests and for the page's inspector. Tokens are left out."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from playground.slack.model import JsonObject
from playground.slack.state import Workspace

Way = Literal["api", "delivery", "response_url"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer. `way`: api and response_url come from the app, a delivery goes to it.

    `name`: the Web API method, or the kind of delivery (slash_commands, block_actions, view_submission, events_api, …).
    `status`: HTTP status; 0 for socket deliveries and for calls whose answer was dropped. `error`: Slack's error, or
    timeout/unreachable/http_error for deliveries. `note`: an injected fault or a retry's number.
    """

    number: int
    at: datetime
    way: Way
    name: str
    request: JsonObject
    response: JsonObject
    status: int
    seconds: float
    error: str = ""
    note: str = ""

    @property
    def ok(self) -> bool:
        return not self.error


class Traffic:
    def __init__(self, workspace: Workspace, keep: int = 10_000) -> None:
        self._workspace = workspace
        self._kept: deque[Exchange] = deque(maxlen=keep)
        self._number = 0

    def record(
        self,
        way: Way,
        name: str,
        request: JsonObject,
        response: JsonObject,
        *,
        status: int,
        seconds: float,
        error: str = "",
        note: str = "",
    ) -> Exchange:
        self._number += 1
        exchange = Exchange(
            self._number, self._workspace.now(), way, name, request, response, status, seconds, error, note
        )
        self._kept.append(exchange)
        self._workspace.announce("traffic", value=exchange)
        return exchange

    def all(self) -> tuple[Exchange, ...]:
        """Oldest first; the oldest are forgotten beyond 10,000."""
        return tuple(self._kept)

    def of(self, name: str) -> tuple[Exchange, ...]:
        return tuple(exchange for exchange in self._kept if exchange.name == name)

    def clear(self) -> None:
        self._kept.clear()
