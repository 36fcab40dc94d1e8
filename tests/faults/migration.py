"""`migrate` for a process that dies in its middle: kill -9 right after so many statements that change something."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.__main__ import main as command_line


@contextmanager
def at_each_change(react: Callable[[], None]) -> Iterator[None]:
    """Calls `react` after each statement of any engine of this process that changes schema or data."""

    def executed(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")):
            react()

    event.listen(Engine, "after_cursor_execute", executed)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", executed)


def main(_arguments: Sequence[str]) -> int:
    """`DIE_AFTER` in the environment says after how many; 0: it lives. `STAND_STILL_AFTER`: the same for SIGSTOP, "stands still"
    is said before."""
    death, standstill = (int(os.environ.get(name, "0")) for name in ("DIE_AFTER", "STAND_STILL_AFTER"))
    changes = 0

    def count_down() -> None:
        nonlocal changes
        changes += 1
        if changes == standstill:
            os.write(2, b"stands still\n")
            os.kill(os.getpid(), signal.SIGSTOP)
        if changes == death:
            os.kill(os.getpid(), signal.SIGKILL)

    with at_each_change(count_down):
        return command_line(["migrate"])
