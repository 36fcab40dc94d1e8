"""What can be made to go wrong with the double, on purpose; holds the switches and does nothing by itself."""

from dataclasses import dataclass, field
from typing import Literal

from playground.holding import Holds


@dataclass(slots=True)
class Faults:
    """Everything is off to begin with; set what should fail, `clear` to heal.

    `down`: "refused" closes the listening socket's doors (connections are cut without an answer), "unavailable" answers
    503. `slow`: seconds before each answer. `throttled`: every call is answered 429 with this Retry-After. `failing`:
    status codes per verb ("get", "list", "create", "update", "patch", "delete", "watch"), or per verb and resource
    ("patch resourcequotas"). `after_write`: the write is done, then the connection is cut: the caller cannot know.
    `holds` keeps single requests waiting, by verb and resource ("create namespaces").
    """

    down: Literal["", "refused", "unavailable"] = ""
    slow: float = 0.0
    throttled: int | None = None
    failing: dict[str, int] = field(default_factory=dict)
    after_write: bool = False
    holds: Holds = field(default_factory=Holds)

    def clear(self) -> None:
        self.down, self.slow, self.throttled, self.after_write = "", 0.0, None, False
        self.failing.clear()
        self.holds.clear()

    def status_for(self, verb: str, resource: str) -> int | None:
        return self.failing.get(f"{verb} {resource}", self.failing.get(verb))
