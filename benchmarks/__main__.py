"""`python -m benchmarks [NAME …] [--json]`: runs benchmarks and prints medians and ratios."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module

from benchmarks.report import Measured
from bot.config import LogSettings
from bot.logs import configure_logs

NAMES: Mapping[str, str] = {
    "access": "benchmarks.access",
    "audit": "benchmarks.audit",
    "slash": "benchmarks.slash",
    "outbox": "benchmarks.outbox",
    "reconcile": "benchmarks.reconcile",
    "start": "benchmarks.start",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which; all when none is named: {', '.join(NAMES)}")
    parser.add_argument("--json", action="store_true", help="one JSON object per benchmark")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(NAMES)}")
    configure_logs(LogSettings(level="warning"))  # to standard error: standard output is for the figures
    for name in options.names or NAMES:
        run: Callable[[], Awaitable[Measured]] = import_module(NAMES[name]).run
        measured = asyncio.run(_awaited(run))
        print(measured.as_json() if options.json else measured.as_table())


async def _awaited(run: Callable[[], Awaitable[Measured]]) -> Measured:
    return await run()


if __name__ == "__main__":
    main()
