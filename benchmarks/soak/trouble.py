"""What goes wrong meanwhile, in turns: limits, errors and silences of Slack, sockets that go. It heals by itself."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from benchmarks.soak.stage import Stage

_EVERY = 7.0  # seconds


async def _limited(stage: Stage) -> None:
    stage.slack.faults.inject("ratelimited", "chat.*", times=10, retry_after=1)


async def _answers_limited(stage: Stage) -> None:
    stage.slack.faults.inject("ratelimited", "response_url", times=10, retry_after=1)


async def _failing(stage: Stage) -> None:
    stage.slack.faults.inject("server_error", "chat.*", times=5)


async def _answer_lost(stage: Stage) -> None:
    stage.slack.faults.inject("drop_after", "chat.postMessage", times=2)


async def _refreshed(stage: Stage) -> None:
    await stage.slack.sockets.disconnect("refresh_requested", close_after=2.0, one=False)


async def _one_refreshed(stage: Stage) -> None:
    await stage.slack.sockets.disconnect("warning", close_after=2.0)


async def _cut(stage: Stage) -> None:
    await stage.slack.sockets.cut()


TROUBLES: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    *(_limited, _one_refreshed, _answers_limited, _refreshed, _failing, _cut, _answer_lost),
)


async def trouble(stage: Stage) -> None:
    """Until cancelled."""
    for happen in itertools.cycle(TROUBLES):
        await asyncio.sleep(_EVERY)
        await happen(stage)
