"""One bot as a process of its own, run by the command line's own code: for what only a process shows (signals, kill -9)."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from typing import Any

from tests.faults.nursery import Nursery

PATIENCE = 60.0  # seconds; a bound for what takes a fraction of one on an idle machine


class BotProcess:
    """`port` is its HTTP port; `log` are its log lines so far, `output` all it wrote to standard error."""

    def __init__(self) -> None:
        self.pid = 0
        self.port = 0
        self.log: list[Mapping[str, Any]] = []
        self.output: list[str] = []
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        self._status: int | None = None
        self._reading: list[asyncio.Task[None]] = []

    @classmethod
    async def start(
        cls, nursery: Nursery, environment: Mapping[str, str], program: str = "bot.__main__"
    ) -> "BotProcess":
        """Returns when it takes calls. Raises AssertionError with its output when it does not."""
        bot = await cls.launch(nursery, environment, program)
        await bot.started()
        return bot

    @classmethod
    async def launch(
        cls, nursery: Nursery, environment: Mapping[str, str], program: str = "bot.__main__"
    ) -> "BotProcess":
        """Returns as soon as there is a process."""
        bot = cls()
        errors, life = nursery.bear(program, {"PATH": os.environ["PATH"], **environment})
        born = asyncio.Event()
        bot._reading = [asyncio.create_task(bot._read(errors)), asyncio.create_task(bot._live(life, born))]
        await asyncio.wait_for(born.wait(), PATIENCE)
        return bot

    @property
    def alive(self) -> bool:
        return self._status is None

    async def started(self) -> None:
        started, ended = asyncio.create_task(self._started.wait()), asyncio.create_task(self._ended.wait())
        await asyncio.wait([started, ended], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not self._started.is_set():
            await self.kill()
            raise AssertionError("the bot did not start:\n" + "\n".join(self.output))
        started.cancel()
        ended.cancel()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def terminate(self) -> int:
        """SIGTERM, as a deployment sends it; the exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """kill -9: no last word, no clean-up. Nothing if it has ended."""
        if self.alive:
            self.signal(signal.SIGKILL)
        await self.ended()

    def freeze(self) -> None:
        """SIGSTOP: it does nothing more, and does not know; as behind a network that lets nothing through."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    async def ended(self) -> int:
        """Its exit status, negative for a signal's number."""
        await asyncio.wait_for(self._ended.wait(), PATIENCE)
        await asyncio.gather(*self._reading)
        assert self._status is not None
        return self._status

    def said(self, event: str) -> list[Mapping[str, Any]]:
        """Its log lines of that event."""
        return [entry for entry in self.log if entry.get("event") == event]

    def complaints(self) -> list[Mapping[str, Any]]:
        """What it logged as an error."""
        return [entry for entry in self.log if entry.get("level") in ("error", "critical")]

    async def _read(self, errors: int) -> None:
        async for line in await _lines(errors):
            text = line.decode(errors="replace").rstrip()
            self.output.append(text)
            try:
                entry = json.loads(text)
            except ValueError:
                continue
            self.log.append(entry)
            if entry.get("event") == "started":
                self.port = int(entry["port"])
                self._started.set()

    async def _live(self, life: int, born: asyncio.Event) -> None:
        async for line in await _lines(life):
            if not self.pid:
                self.pid = int(line)
                born.set()
            else:
                self._status = int(line)
        self._ended.set()


async def _lines(fd: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(fd, "rb", buffering=0)
    )
    return reader
