"""`python -m benchmarks.soak [--minutes N]`: mixed load with trouble; exit 1 when memory grows, or anything is lost or doubled.

The bot is a process of its own; Slack, the cluster and everybody who uses the bot are in this one.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sqlalchemy import func, select
from sqlmodel import col

from benchmarks.soak.ledger import Outcome
from benchmarks.soak.loads import LOADS, Load
from benchmarks.soak.stage import Stage, stage
from benchmarks.soak.trouble import trouble
from bot.config import LogSettings
from bot.logs import configure_logs
from storage.calls import LIVE, CallRow
from storage.messages import MessageRow, MessageState

GROWTH = 0.10  # of the memory after warm-up; what is more is a leak
_LAST = 400.0  # seconds for everybody to end what he is at: a sandbox's whole life is the longest
_SETTLE = 90.0  # seconds for what was accepted to be answered after the load has ended
_PAUSE = 0.15  # seconds between two things that one person does, on average


@dataclass
class Report:
    seconds: float = 0.0
    memory: list[int] = field(default_factory=list)
    series: tuple[int, int] = (0, 0)
    unended_calls: int = 0
    unshown_messages: int = 0

    @property
    def start(self) -> float:
        return median(self.memory[:5])

    @property
    def end(self) -> float:
        return median(self.memory[-5:])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--keep", type=Path, help="a folder, for the bot's log and its database to be looked at afterwards"
    )
    options = parser.parse_args()
    configure_logs(LogSettings(level="error"))
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
        return asyncio.run(run(options.minutes * 60, options.keep, options.seed))
    with tempfile.TemporaryDirectory(prefix="platform-bot-soak-") as folder:
        return asyncio.run(run(options.minutes * 60, Path(folder), options.seed))


async def run(seconds: float, folder: Path, seed: int) -> int:
    async with stage(folder) as on:
        report = Report()
        warm_up = min(90.0, seconds * 0.2)
        _say(f"warming up for {warm_up:.0f} s, then {seconds - warm_up:.0f} s are measured")
        evening = asyncio.Event()
        loading = [
            asyncio.create_task(_person(on, name, seed + number, evening)) for number, name in enumerate(on.people)
        ]
        beside = [asyncio.create_task(trouble(on)), asyncio.create_task(_forget(on))]
        try:
            await _watched(loading, warm_up)
            before = await on.figures()
            began, counted = time.monotonic(), sum(on.ledger.outcomes.values())
            await _measure(on, report, loading, seconds - warm_up)
            report.seconds = time.monotonic() - began
            done = sum(on.ledger.outcomes.values()) - counted
            evening.set()  # everybody ends what he is at: what was given up half-way could not be judged
            await _watched(loading, _LAST)
        finally:
            for task in [*loading, *beside]:
                task.cancel()
            await asyncio.wait([*loading, *beside], timeout=_SETTLE)
        after = await on.figures()
        report.series = (len(before), len(after))
        await _settle(on, report)
        await on.bot.stop()
        return _told(on, report, done / report.seconds)


async def _person(on: Stage, name: str, seed: int, evening: asyncio.Event) -> None:
    """One person's day: one thing after the other."""
    dice = random.Random(seed)
    person = on.slack.person(name)
    weights = [load.weight for load in LOADS]
    while not evening.is_set():
        load: Load = dice.choices(LOADS, weights)[0]
        on.ledger.acknowledged(load.name, await load.once(on, person, on.ledger.number()))
        await asyncio.sleep(dice.uniform(0, 2 * _PAUSE))


async def _watched(tasks: "list[asyncio.Task[None]]", seconds: float) -> None:
    """Until the time is over, or all have ended. Raises what one of them failed with."""
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()


async def _measure(on: Stage, report: Report, loading: "list[asyncio.Task[None]]", seconds: float) -> None:
    every = min(5.0, seconds / 12)
    told = time.monotonic()
    deadline = told + seconds
    while time.monotonic() < deadline:
        report.memory.append(on.bot.memory())
        await _watched(loading, every)
        if time.monotonic() - told > 30:
            told = time.monotonic()
            left, acknowledged = deadline - told, sum(on.ledger.outcomes.values())
            _say(f"{left:4.0f} s left, {report.memory[-1] / 2**20:.1f} MiB, {acknowledged} acknowledged")
    report.memory.append(on.bot.memory())


async def _forget(on: Stage) -> None:
    """Keeps the double small, as a reload of the client does."""
    while True:
        await asyncio.sleep(5)
        for name in on.people:
            await on.slack.person(name).reload()


async def _settle(on: Stage, report: Report) -> None:
    on.slack.faults.clear()
    deadline = time.monotonic() + _SETTLE
    while time.monotonic() < deadline:
        report.unended_calls, report.unshown_messages = await _left(on)
        if not (on.ledger.lost or report.unended_calls or report.unshown_messages):
            return
        await asyncio.sleep(1)


async def _left(on: Stage) -> tuple[int, int]:
    live = select(func.count()).select_from(CallRow).where(col(CallRow.state).in_(LIVE))
    waiting = select(func.count()).select_from(MessageRow).where(col(MessageRow.state) == MessageState.WAITING)
    async with on.database.reading() as session:
        return (await session.execute(live)).scalar_one(), (await session.execute(waiting)).scalar_one()


def _told(on: Stage, report: Report, per_second: float) -> int:
    ledger, growth = on.ledger, report.end / report.start - 1
    print(f"{'load':12}" + "".join(f"{outcome.value:>10}" for outcome in Outcome))
    for load in LOADS:
        print(f"{load.name:12}" + "".join(f"{ledger.outcomes[load.name, outcome]:>10}" for outcome in Outcome))
    failures = [
        *(f"memory grew by {growth:.1%}, more than {GROWTH:.0%}" for _ in range(growth > GROWTH)),
        *(f"soak-{number} was accepted and never answered" for number in ledger.lost[:10]),
        *(f"soak-{number} was answered more than once" for number in ledger.doubled[:10]),
        *ledger.wrong[:10],
        *(f"{report.unended_calls} calls have not ended" for _ in range(report.unended_calls > 0)),
        *(f"{report.unshown_messages} messages are not shown" for _ in range(report.unshown_messages > 0)),
        *("a lease was lost, which nobody else can have taken" for _ in range(on.bot.warnings["lease_lost"] > 0)),
        *(f"the log says: {line}" for line in on.bot.errors[:5]),
    ]
    print(f"RSS start    {report.start / 2**20:10.1f} MiB")
    print(f"RSS end      {report.end / 2**20:10.1f} MiB  ({growth:+.1%}, at most {GROWTH:+.0%})")
    print(f"series       {report.series[0]:10d} at the start, {report.series[1]} at the end")
    print(f"per second   {per_second:10.1f} acknowledged, over {report.seconds:.0f} s")
    print(
        f"refused      {ledger.total(Outcome.REFUSED):10d}, and {ledger.total(Outcome.BUSY)} because the bot was busy"
    )
    print(f"lost         {len(ledger.lost):10d}")
    print(f"doubled      {len(ledger.doubled) + len(ledger.wrong):10d}")
    print(f"warnings     {', '.join(f'{event} {count}' for event, count in on.bot.warnings.most_common(8)) or 'none'}")
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
