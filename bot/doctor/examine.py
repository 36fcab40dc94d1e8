"""Runs checks side by side, each with its own time limit, whatever becomes of the others. Knows none of them."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog

from bot.doctor.report import Finding, Report, Row, State, failed, skipped

TIMEOUT_SECONDS = 10.0

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """`after` names an earlier check without which this one has nothing to ask; `reads`, the variables it depends on.
    `timeout` is in seconds, from when the earlier one is done."""

    name: str
    ask: Callable[[], Awaitable[Finding]]
    reads: tuple[str, ...] = ()
    after: str | None = None
    timeout: float = TIMEOUT_SECONDS


async def examine(checks: Sequence[Check], unusable: Set[str] = frozenset()) -> Report:
    """A row for each check, in their order. Checks that read something `unusable` are skipped."""
    running: dict[str, asyncio.Task[Finding]] = {}
    for check in checks:
        earlier = running[check.after] if check.after is not None else None
        running[check.name] = asyncio.create_task(_finding(check, earlier, unusable), name=f"check {check.name}")
    return Report(tuple([Row(name, await task) for name, task in running.items()]))


async def _finding(check: Check, earlier: "asyncio.Task[Finding] | None", unusable: Set[str]) -> Finding:
    if missing := [name for name in check.reads if name in unusable]:
        return skipped(f"{missing[0]} cannot be used", "see the check “configuration”")
    if earlier is not None and (await earlier).state in (State.FAILED, State.SKIPPED):
        return skipped(f"it needs “{check.after}”")
    asking = asyncio.ensure_future(check.ask())
    # Not `asyncio.timeout`: that waits until the work has taken note of its end, and some of it takes its time.
    done, _late = await asyncio.wait({asking}, timeout=check.timeout)
    if not done:
        asking.cancel()
        return failed(f"no answer within {check.timeout:g} s", "try again; look at the network between here and there")
    try:
        return asking.result()
    except Exception as error:
        log.error("check_broken", check=check.name, exc_info=error)
        first = str(error).strip().partition("\n")[0]
        return failed(f"the check itself failed: {type(error).__name__}: {first}", "please report this")


class UnjoinedThreads(ThreadPoolExecutor):
    """Daemon threads that nobody waits for, so that a dead disk or a hanging name server cannot keep the program from
    ending. The loop asks for a ThreadPoolExecutor; nothing of that one's own pool is used."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the future
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=cancel_futures)
