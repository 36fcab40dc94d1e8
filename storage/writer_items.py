"""What the grouped writer and its lanes hand each other: rows on their way, and what may become of them. Writes nothing."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from bot.kit.errors import Unavailable
from storage.db import SYSTEM


class RowRefused(ValueError):
    """The database refused this row by itself: a mistake in the row, not an outage. Nothing was written."""


class OutcomeUnknown(Unavailable):
    """The database went silent during the commit: whether the row was recorded is not known."""

    def __init__(self) -> None:
        super().__init__(SYSTEM, "it went silent while this was being recorded; it is not known whether it was")


class Item:
    """One row on its way.

    `outcome` is set by the lane: True recorded, False duplicate, or why it was not; None: to be tried again. `uncertain`: it
    was sent, and the connection broke before the answer.
    """

    __slots__ = ("deadline", "done", "key", "outcome", "row", "uncertain")

    def __init__(self, key: Any, row: Any, deadline: float, done: "asyncio.Future[bool]") -> None:
        self.key = key
        self.row = row
        self.deadline = deadline
        self.done = done
        self.outcome: bool | Exception | None = None
        self.uncertain = False

    def too_late(self) -> Exception:
        return OutcomeUnknown() if self.uncertain else nothing_done("it is too slow at the moment")


class Lane(Protocol):
    """Writes batches, one at a time, and never keeps one for longer than its earliest deadline."""

    def encode(self, values: Sequence[object]) -> Any:
        """One row, its values in the order of the columns, as `start` wants it. Raises ValueError or TypeError."""

    def start(self, batch: Sequence[Item], finished: Callable[[], None]) -> None:
        """Sets outcomes, then calls `finished` on the event loop. What has no outcome by then comes again."""

    async def close(self) -> None: ...


def nothing_done(detail: str) -> Unavailable:
    return Unavailable(SYSTEM, f"{detail}; nothing was done")


def fail(items: Sequence[Item], make: Callable[[], Exception], cause: Exception | None = None) -> None:
    """Gives everybody who has no outcome yet an error of his own: a shared one would collect everybody's traceback."""
    for item in items:
        if item.outcome is None:
            failure = make()
            failure.__cause__ = cause
            item.outcome = failure
