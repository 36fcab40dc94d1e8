"""Whoever collects the log stops reading it: the bot goes on, and can be stopped."""

import array
import asyncio
import fcntl
import os
import signal
import termios

import pytest

from tests.faults.nursery import Nursery
from tests.faults.people import insist
from tests.faults.process import PATIENCE
from tests.world import World

pytestmark = pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "socket")], indirect=True, ids=["sqlite"])

_PIPE = 4096  # bytes: the smallest there is; a dozen lines


def _waiting_in(pipe: int) -> int:
    """How many bytes nobody has read."""
    found = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, found)
    return found[0]


async def _line(pipe: int, having: str = "") -> str:
    """The next one that has these words; not a byte more is read."""
    while True:
        line = b""
        while not line.endswith(b"\n"):
            async with asyncio.timeout(PATIENCE):
                byte = await asyncio.to_thread(os.read, pipe, 1)
            assert byte, f"it ended: {line!r}"
            line += byte
        if having in line.decode():
            return line.decode()


async def test_nobody_reads_the_log(world: World, nursery: Nursery) -> None:
    log, life = nursery.bear("bot.__main__", {"PATH": os.environ["PATH"], **world.environment})
    fcntl.fcntl(log, fcntl.F_SETPIPE_SZ, _PIPE)
    try:
        pid = int(await _line(life))
        await _line(log, '"started"')
        await world.until(lambda: world.slack.sockets.connections >= 2, "its sockets are up")
        for number in range(60):  # each says a line
            await insist(world, f"sandbox show nothing-{number}")
        assert _waiting_in(log) > _PIPE // 4
        await insist(world, "sandbox create checkout")
        await world.message("checkout", "is ready")
        os.kill(pid, signal.SIGTERM)
        assert int(await _line(life)) == 0
    finally:
        os.close(log)
        os.close(life)
