"""The gate all of this process's SQLite writers pass, one at a time; knows nothing of SQL.

SQLite lets one writer in at a time and does not queue the others: they poll, and the unlucky ones starve (measured: p99
2.3 s for the call journal beside 8 writers without a gate, 76 ms behind one).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

# So many hot-path turns in a row while others wait, then one of theirs: precedence, but nobody starves.
_IN_A_ROW: Final = 4


class Gate:
    """A lock with two lanes, each in the order of arrival; the hot paths' lane goes first."""

    def __init__(self) -> None:
        self._held = False
        self._hot: deque[Callable[[], bool]] = deque()
        self._ordinary: deque[Callable[[], bool]] = deque()
        self._hot_in_a_row = 0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._hot) + len(self._ordinary)

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Holds the gate, in the ordinary lane."""
        await self._acquire()
        try:
            yield
        finally:
            self.release()

    def when_free(self, take: Callable[[], bool]) -> None:
        """Calls `take` once the gate is free, in the hot lane; at once if it is free now.

        `take` returns whether it wants the gate still; if so it holds it until somebody calls `release`.
        """
        if self._held:
            self._hot.append(take)
            return
        self._held = True
        if not take():
            self.release()

    def release(self) -> None:
        while self._hot or self._ordinary:
            if self._hot and not (self._ordinary and self._hot_in_a_row >= _IN_A_ROW):
                self._hot_in_a_row += 1
                take = self._hot.popleft()
            else:
                self._hot_in_a_row = 0
                take = self._ordinary.popleft()
            if take():
                return
        self._held = False

    async def _acquire(self) -> None:
        if not self._held:
            self._held = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def take() -> bool:
            if turn.done():  # it was cancelled while it waited
                return False
            turn.set_result(None)
            return True

        self._ordinary.append(take)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the gate was handed over in the same moment
                self.release()
            raise
