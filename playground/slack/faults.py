"""Makes Slack misbehave on purpose. Decides which call is hit by what; the Web API, sockets and courier act on it."""

import random
from dataclasses import dataclass
from typing import Literal

from playground.holding import Holds

Kind = Literal[
    "ratelimited",  # HTTP 429 with Retry-After; nothing happens
    "server_error",  # HTTP `status` (500); nothing happens
    "error",  # HTTP 200 with `ok: false` and `error`; nothing happens
    "slow",  # answered after `seconds`; takes effect at once
    "drop_before",  # the connection breaks; nothing happened
    "drop_after",  # the connection breaks; the call took effect, but the answer is lost
]


@dataclass(slots=True)
class Fault:
    """`method` is one Web API method, `response_url`, a prefix such as `chat.*`, or `*` for all.

    It hits the next `times` calls (None: until cleared), each with `probability`.
    """

    kind: Kind
    method: str = "*"
    times: int | None = 1
    probability: float = 1.0
    retry_after: int = 1
    status: int = 500
    error: str = "internal_error"
    seconds: float = 0.0
    hits: int = 0

    def matches(self, method: str) -> bool:
        if self.method.endswith("*"):
            return method.startswith(self.method[:-1])
        return method == self.method


class Faults:
    """`silent_sockets`: open sockets look connected but neither deliver nor answer pings; envelopes sent there are lost.
    `refuse_sockets`: apps.connections.open still answers, but the socket is refused. `holds` keeps single Web API calls waiting,
    by method."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._active: list[Fault] = []
        self.silent_sockets = False
        self.refuse_sockets = False
        self.holds = Holds()

    def inject(
        self,
        kind: Kind,
        method: str = "*",
        *,
        times: int | None = 1,
        probability: float = 1.0,
        retry_after: int = 1,
        status: int = 500,
        error: str = "internal_error",
        seconds: float = 0.0,
    ) -> Fault:
        fault = Fault(kind, method, times, probability, retry_after, status, error, seconds)
        self._active.append(fault)
        return fault

    def clear(self, fault: Fault | None = None) -> None:
        """One fault, or all of them and the sockets' too."""
        if fault is not None:
            self._active = [active for active in self._active if active is not fault]
            return
        self._active.clear()
        self.holds.clear()
        self.silent_sockets = False
        self.refuse_sockets = False

    def active(self) -> tuple[Fault, ...]:
        return tuple(self._active)

    def strike(self, method: str) -> Fault | None:
        """The fault that hits this call, counted; the one injected first wins."""
        for fault in self._active:
            if fault.matches(method) and self._random.random() < fault.probability:
                fault.hits += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.clear(fault)
                return fault
        return None
