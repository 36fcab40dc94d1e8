"""Whoever reads the log may stop reading: nobody who logs waits for it, and what had to be left out is said afterwards."""

import fcntl
import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import structlog

from bot.config import LogSettings
from bot.logs import configure_logs
from bot.logstream import LogStream, written_aside

_PATIENCE = 60.0  # seconds
_LINES = 2_000


@pytest.fixture(autouse=True)
def kept_configuration() -> Iterator[None]:
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level, disabled = list(root.handlers), root.level, root.manager.disable
    logging.disable(logging.NOTSET)
    yield
    logging.disable(disabled)
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A small one: its reading end, its writing end."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    yield reading, writing
    for end in (reading, writing):
        with suppress(OSError):  # the test did
            os.close(end)


def _told(reading: int, lines: int) -> tuple[list[int], int]:
    """Reads until so many lines are accounted for: the numbers of those that came, and how many are said to be missing."""
    numbers: list[int] = []
    missing = 0
    with os.fdopen(os.dup(reading), encoding="utf-8") as log:
        while len(numbers) + missing < lines:
            line = json.loads(log.readline())
            if line["event"] == "said":
                numbers.append(line["number"])
            else:
                assert line["event"] == "log_lines_dropped"
                missing += line["lines"]
    return numbers, missing


def _in_time(work: threading.Thread) -> None:
    work.daemon = True
    work.start()
    work.join(_PATIENCE)
    assert not work.is_alive(), "whoever logs waits for the reader"


def test_nobody_waits_for_a_reader_that_does_not_read_and_what_is_dropped_is_said(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    stream = LogStream(writing, most=20_000)
    configure_logs(LogSettings(format="json", level="info"), stream)  # type: ignore[arg-type]
    log = structlog.stdlib.get_logger("of_the_test_of_logstream")

    def work() -> None:
        for number in range(_LINES):
            log.info("said", number=number)

    _in_time(threading.Thread(target=work))
    assert 0 < stream.dropped < _LINES
    numbers, missing = _told(reading, _LINES)
    assert len(numbers) + missing == _LINES
    assert missing == stream.dropped
    assert numbers == sorted(numbers)
    stream.close(_PATIENCE)


def test_at_the_end_what_waits_is_written(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    with os.fdopen(os.dup(writing), "w", encoding="utf-8") as file, written_aside(file) as stream:
        configure_logs(LogSettings(format="json", level="info"), stream)
        structlog.stdlib.get_logger("of_the_test_of_logstream").info("the_last_one")
    os.set_blocking(reading, False)
    assert b"the_last_one" in os.read(reading, 4096)


def test_at_the_end_a_reader_that_does_not_read_is_not_waited_for(pipe: tuple[int, int]) -> None:
    _, writing = pipe
    stream = LogStream(writing)
    stream.write("x" * 10_000)
    _in_time(threading.Thread(target=stream.close, args=(0.01,)))


def test_a_reader_that_is_gone_harms_nobody(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.close(reading)
    stream = LogStream(writing)
    for _ in range(3):
        stream.write("nobody hears this\n")
    stream.close(_PATIENCE)
    assert stream.dropped == 3
