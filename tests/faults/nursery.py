"""Bots by forking: a process that has imported all there is to import, and becomes a bot when asked.

Starting Python and importing takes two seconds of CPU, of which hundreds of starts in a test run would be made. What is forked
runs the same command line with an environment of its own; it shares nothing with the others but memory pages.
"""

import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

# What a bot imports on its way up, here and not in each.
_IMPORTED = (
    "bot.__main__",
    "bot.app",
    "bot.logs",
    "bot.wiring",
    "aiosqlite",
    "kubernetes.aio.dynamic",
    "psycopg",
    "psycopg.types.json",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "alembic.command",
)


class Nursery:
    """The tests' end of it. `close` ends it and every bot that still runs."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._control = ours
        self._process = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "tests.faults.nursery", str(theirs.fileno())],
            {"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()},
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), theirs.fileno())],
        )
        theirs.close()

    def bear(self, program: str, environment: Mapping[str, str]) -> tuple[int, int]:
        """Starts a bot; the reading ends of its standard error, and of a pipe on which its process id comes and, when it has
        ended, its exit status (negative: the signal), each on a line."""
        errors, life = os.pipe(), os.pipe()
        asked = json.dumps({"program": program, "environment": dict(environment)}).encode()
        try:
            socket.send_fds(self._control, [len(asked).to_bytes(4, "big") + asked], [errors[1], life[1]])
        finally:
            os.close(errors[1])
            os.close(life[1])
        return errors[0], life[0]

    def close(self) -> None:
        self._control.close()
        os.waitpid(self._process, 0)


def _serve(control: socket.socket) -> None:
    woken = os.pipe()
    os.set_blocking(woken[1], False)
    os.set_blocking(woken[0], False)
    signal.set_wakeup_fd(woken[1])
    signal.signal(signal.SIGCHLD, lambda *_: None)
    lives: dict[int, int] = {}
    while True:
        ready = select.select([control.fileno(), woken[0]], [], [])[0]
        if woken[0] in ready:
            _bury(lives, woken[0])
        if control.fileno() in ready:
            first, fds, _, _ = socket.recv_fds(control, 4, 2)
            if not first:
                break
            asked = json.loads(_exactly(control, int.from_bytes(first, "big")))
            errors, life = fds
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for inherited in (*lives.values(), *woken, control.fileno(), life):
                    os.close(inherited)
                os._exit(_live(asked["program"], asked["environment"], errors))
            os.close(errors)
            _tell(life, pid)
            lives[pid] = life
    for pid in lives:
        os.kill(pid, signal.SIGKILL)


def _bury(lives: dict[int, int], woken: int) -> None:
    os.read(woken, 4096)
    while lives:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        life = lives.pop(pid)
        _tell(life, os.waitstatus_to_exitcode(status))
        os.close(life)


def _tell(life: int, number: int) -> None:
    with suppress(BrokenPipeError):  # the test that wanted to know has ended; others still need the nursery
        os.write(life, f"{number}\n".encode())


def _exactly(control: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        read += control.recv(size - len(read))
    return read


def _live(program: str, environment: Mapping[str, str], errors: int) -> int:
    """In the new process: its whole life."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd, own in ((nothing, 0), (nothing, 1), (errors, 2)):
        os.dup2(fd, own)
    os.closerange(3, 64)
    os.setpgrp()  # what a terminal sends to the tests' group is none of its business
    os.environ.clear()
    os.environ.update(environment)
    try:
        status = importlib.import_module(program).main(["run"])
        sys.stderr.flush()
    except BaseException:  # as the interpreter would: printed, and a status
        sys.excepthook(*sys.exc_info())
        return 1
    return int(status)


if __name__ == "__main__":
    for module in _IMPORTED:
        importlib.import_module(module)
    _serve(socket.socket(fileno=int(sys.argv[1])))
