"""Where log lines go on their way out: a thread writes them, so that nobody waits for whoever reads them. Formats nothing.

Standard error may be a pipe that nobody empties for a while (a collector is restarted, the disk behind it is full). Written by
the loop itself, the first line too many would stop the whole bot. Here lines wait, up to a bound; what comes then is dropped and
counted, and the number is logged as soon as there is room again.
"""

import os
import select
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

import structlog

log = structlog.stdlib.get_logger(__name__)

MOST_WAITING: Final = 4 * 2**20  # characters
_LAST_WORDS: Final = 2.0  # seconds for what waits at the end


class LogStream:
    """As much of a text stream as a logging handler needs; `write` never blocks and never raises. `dropped`: how many lines so
    far."""

    def __init__(self, fd: int, *, is_a_terminal: bool = False, most: int = MOST_WAITING) -> None:
        self.dropped = 0
        self._fd = fd
        self._is_a_terminal = is_a_terminal
        self._most = most
        self._lines: deque[str] = deque()
        self._size = 0
        self._untold = 0
        self._closing = False
        self._changed = threading.Condition()
        # A daemon: a reader that never comes back must not keep the process.
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def isatty(self) -> bool:
        return self._is_a_terminal

    def write(self, text: str) -> int:
        with self._changed:
            # What the thread itself says is how many were dropped: that is not dropped.
            if self._size + len(text) > self._most and threading.current_thread() is not self._thread:
                self._drop(1)
            else:
                self._lines.append(text)
                self._size += len(text)
                self._changed.notify()
        return len(text)

    def flush(self) -> None:
        """The thread does."""

    def close(self, seconds: float = _LAST_WORDS) -> None:
        """Writes what waits, and gives up after so long."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)

    def _drop(self, lines: int) -> None:
        self.dropped += lines
        self._untold += lines

    # --- in the thread

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._closing)
                if not self._lines:
                    return
                lines = list(self._lines)
                self._lines.clear()
                self._size = sum(map(len, lines))  # being written is waiting, too
            written = self._written("".join(lines).encode(errors="backslashreplace"))
            with self._changed:
                self._size -= sum(map(len, lines))
                if not written:
                    self._drop(len(lines))
                    continue
                untold, self._untold = self._untold, 0
            if untold:
                log.warning("log_lines_dropped", lines=untold)

    def _written(self, data: bytes) -> bool:
        """To the descriptor itself: at its end Python waits for whoever is in the middle of writing to `sys.stderr`."""
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:  # somebody else who has it made it so
                select.select([], [self._fd], [])
            except OSError:  # nobody reads any more, or the disk behind it is full
                return False
        return True


@contextmanager
def written_aside(stream: TextIO | None = None) -> Iterator[TextIO]:
    """What `stream` (standard error) gets until the end of the block is written by a thread, if it is a file of the system's."""
    stream = sys.stderr if stream is None else stream
    stream.flush()
    try:
        fd = stream.fileno()
    except OSError:
        yield stream
        return
    aside = LogStream(fd, is_a_terminal=stream.isatty())
    try:
        yield aside  # type: ignore[misc] # as much of one as logging needs
    finally:
        aside.close()
