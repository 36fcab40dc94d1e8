"""`platform-bot run` as a process that may less than others: for files that it cannot write, even where tests run as root.

Named by `fleet.start(program="tests.faults.restricted", environment=…)`:

- `FAULT_FULL=1`: no file may grow, nor be written to, as on a disk that is full.
- `FAULT_UNPRIVILEGED=1`: what the permissions of files say holds for it.
"""

import ctypes
import os
import resource
from collections.abc import Sequence

from bot.__main__ import main as command_line

_VERSION_3 = 0x20080522  # of Linux's capset: two words for each set


def main(arguments: Sequence[str]) -> int:
    if os.environ.get("FAULT_UNPRIVILEGED"):
        _give_up_every_capability()
    if os.environ.get("FAULT_FULL"):
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    return command_line(arguments)


def _give_up_every_capability() -> None:
    header, nothing = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset")
