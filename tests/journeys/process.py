"""The bot as a process of its own, as `platform-bot run` starts it: for what only a process shows (signals, kill -9)."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

_PATIENCE = 30.0  # seconds for a start on a busy machine


class BotProcess:
    """`port` is its HTTP port; `log` are its log lines so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._reading = asyncio.create_task(self._read())
        self._started = asyncio.Event()
        self.port = 0
        self.log: list[Mapping[str, Any]] = []
        self.output: list[str] = []

    @classmethod
    async def start(cls, environment: Mapping[str, str]) -> "BotProcess":
        """Returns when it takes calls. Raises AssertionError with its output when it does not."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        bot = cls(process)
        started = asyncio.create_task(bot._started.wait())
        ended = asyncio.create_task(process.wait())
        await asyncio.wait([started, ended], timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            await bot.kill()
            raise AssertionError("the bot did not start:\n" + "\n".join(bot.output))
        return bot

    async def terminate(self) -> int:
        """SIGTERM, as a deployment sends it; the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return await self._ended()

    async def kill(self) -> None:
        """kill -9: no last word, no clean-up."""
        if self._process.returncode is None:
            self._process.kill()
        await self._ended()

    async def _ended(self) -> int:
        status = await asyncio.wait_for(self._process.wait(), _PATIENCE)
        await self._reading
        return status

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
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
