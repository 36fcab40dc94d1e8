"""Does small things after an acknowledgement, a bounded number at once: for what nobody waits for and nothing depends on."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from bot.metrics import Metrics

MOST_ASIDE: Final = 200


class Aside:
    def __init__(self, metrics: Metrics, most: int = MOST_ASIDE) -> None:
        self._metrics = metrics
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> int:
        return len(self._tasks)

    def do(self, work: Coroutine[Any, Any, None], name: str) -> bool:
        """Whether it is being done; False when there is no room: then it never will be."""
        if len(self._tasks) >= self._most:
            work.close()
            self._metrics.queue_refused.labels("aside").inc()
            return False
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def close(self) -> None:
        """Waits for what is being done."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
