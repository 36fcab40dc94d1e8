"""Measures how late the event loop is: what blocks it makes everybody wait. Looks for no culprit."""

import asyncio
from collections.abc import Callable

EVERY = 0.25  # seconds


async def pulse(observe: Callable[[float], None], every: float = EVERY) -> None:
    """Never returns. `observe` is told by how many seconds each short sleep took longer than it should have."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every
        await asyncio.sleep(every)
        observe(max(loop.time() - due, 0.0))
