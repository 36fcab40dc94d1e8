"""The event loop's lateness, as it is measured."""

import asyncio
import time

from bot.pulse import pulse


async def test_what_blocks_the_loop_is_seen_as_lateness() -> None:
    seen: asyncio.Queue[float] = asyncio.Queue()
    measuring = asyncio.create_task(pulse(seen.put_nowait, every=0.01))
    assert await seen.get() >= 0
    time.sleep(0.3)  # noqa: ASYNC251  this is the point
    assert await seen.get() > 0.2
    measuring.cancel()
