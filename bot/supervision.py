"""Keeps long-running loops alive: one that raises is logged and started again after a pause. Knows none of them."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Counter

from bot.kit.errors import Unavailable

log = structlog.stdlib.get_logger(__name__)

_FIRST_PAUSE = 0.5  # seconds
_LONGEST_PAUSE = 15.0


class Supervisor:
    """Holds a reference to every task it started; `restarts` counts the loops that had to be started again, by name."""

    def __init__(self, restarts: Counter) -> None:
        self._restarts = restarts
        self._tasks: list[asyncio.Task[None]] = []

    def keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Runs `loop` until `stop`; if it raises it is called again, if it returns it is done."""
        self._restarts.labels(name)  # shown as 0 before the first
        self._tasks.append(asyncio.create_task(self._kept(name, loop), name=name))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _kept(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        pause = _FIRST_PAUSE
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await loop()
            except Unavailable as error:
                log.warning("loop_waits", loop=name, system=error.system, detail=error.detail)
            except Exception:
                log.exception("loop_failed", loop=name)
            else:
                return
            self._restarts.labels(name).inc()
            if asyncio.get_running_loop().time() - began > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE  # it had been well for a while
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
