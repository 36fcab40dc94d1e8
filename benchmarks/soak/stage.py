"""The bot as a process of its own, a Slack and a cluster beside it, and its figures from outside. Loads nothing."""

import asyncio
import contextlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import aiohttp
from sqlalchemy import select
from sqlmodel import col

from benchmarks.soak.ledger import Ledger
from bot.http.tokens import new_token
from bot.slack.manifest import manifest
from bot.wiring import GROUPS
from playground.cluster import ClusterDouble
from playground.slack import Message, SlackDouble, acme
from storage.calls import CallRow
from storage.db import Database
from storage.messages import MessageRow
from storage.migrate import migrate
from storage.sandboxes import SandboxRow
from storage.tokens import TokenStore

Cards = dict[str, dict[str, Message]]
"""Messages about a sandbox by its name and their ts, as they are now."""

_CARD = re.compile(r"Sandbox (box-\d+) ")
_START = 60.0  # seconds
_STOP = 60.0
_SETTINGS = """\
slack: {posts_per_second: null}  # the double is not paced
sandbox: {per_person: 5, per_team: 100}
calls: {person_per_minute: null, token_per_minute: null}  # a few people and one token do it all
log: {format: json, level: info}
"""


@dataclass
class Bot:
    """`port` is its HTTP port, `errors` are its log lines of that level, `warnings` count those of that one by event."""

    process: asyncio.subprocess.Process
    port: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    started: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> int:
        """Bytes of resident memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("it has ended")

    async def stop(self) -> None:
        """Asks it to stop; kills it, which is one of its errors then, when it does not."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _STOP)
        except TimeoutError:
            self.errors.append(f"it did not stop within {_STOP:.0f} s")
            self.process.kill()
            await self.process.wait()

    async def read(self, copy: Path) -> None:
        """Until it has ended; what it says goes into the file `copy` as well."""
        assert self.process.stderr is not None
        with contextlib.closing(copy.open("wb")) as file:
            await self._read(self.process.stderr, file)

    async def _read(self, stderr: asyncio.StreamReader, copy: BinaryIO) -> None:
        async for line in stderr:
            copy.write(line)
            try:
                entry = json.loads(line)
            except ValueError:
                entry = {"level": "error", "event": line.decode(errors="replace").rstrip()}
            if entry.get("event") == "started":
                self.port = int(entry["port"])
                self.started.set()
            if entry.get("level") == "warning":
                self.warnings[str(entry.get("event"))] += 1
            if entry.get("level") in ("error", "critical") and len(self.errors) < 100:
                self.errors.append(str(entry)[:2000])


@dataclass
class Stage:
    slack: SlackDouble
    cluster: ClusterDouble
    database: Database
    session: aiohttp.ClientSession
    bot: Bot
    token: str
    ledger: Ledger
    cards: Cards

    @property
    def people(self) -> list[str]:
        return [f"person{number}" for number in range(PEOPLE)]

    async def figures(self) -> Mapping[str, float]:
        """What `/metrics` says now: name and labels as they are printed -> value."""
        async with self.session.get(f"{self.bot.url}/metrics") as answer:
            text = await answer.text()
        pairs = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    async def known_of(self, sandbox: str) -> str:
        """What the bot's database says of the sandbox of that name: its calls, its row, its card; for a failure's words."""
        async with self.database.reading() as session:
            rows = (await session.execute(select(SandboxRow).where(col(SandboxRow.name) == sandbox))).scalars().all()
            calls = (await session.execute(select(CallRow).order_by(col(CallRow.received_at)))).scalars()
            told = [
                f"{call.ref} {call.command} by {call.surface} at {call.received_at:%H:%M:%S} is {call.state} {call.error or ''}"
                for call in calls
                if sandbox in (str(call.arguments.get("name")), str(call.arguments.get("sandbox")))
            ]
            for row in rows:
                told.append(
                    f"{row.id} is {row.state} ({row.problem}), looked at {row.look_at}, claimed {row.claimed_until}"
                )
                key = f"sandbox:{row.id}:card"
                cards = (await session.execute(select(MessageRow).where(col(MessageRow.key) == key))).scalars()
                told += [
                    f"card {one.state} {one.ts}, {one.shown} of {one.wanted}, due {one.due_at}: {one.last_error}"
                    for one in cards
                ]
        return "; ".join(told) or "nothing is known of it"


PEOPLE = 24


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Everything up; at the end the bot is asked to stop, and must."""
    ledger = Ledger()
    workspace = acme()
    for number in range(PEOPLE):
        user = workspace.add_user(f"person{number}", f"Person {number}", tz="Europe/Berlin")
        workspace.join(workspace.channel("platform").id, user.id)

    url = f"sqlite+aiosqlite:///{folder / 'bot.db'}"
    database = await Database.open(url)
    await migrate(database)
    row, token = new_token(workspace.user("person0").id, "soak", frozenset({"*"}), datetime.now(UTC), None)
    async with database.transaction() as session:
        TokenStore().add(session, row)
    (folder / "platform.yaml").write_text(_SETTINGS)

    slack = SlackDouble(manifest("/platform", GROUPS), workspace, rate_limits=False, retry_delays=(0.0, 1.0, 5.0))
    async with slack, ClusterDouble() as cluster, aiohttp.ClientSession() as http:
        cards: Cards = {}
        workspace.listen(lambda change: _heard(ledger, cards, change.kind, change.value))
        cluster.write_kubeconfig(folder / "kubeconfig")
        bot = await _started(
            {
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_APP_TOKEN": slack.app_token,
                "SLACK_API_URL": slack.api_url,
                "DATABASE_URL": url,
                "KUBECONFIG": str(folder / "kubeconfig"),
                "PLATFORM_HTTP_PORT": "0",
                "PLATFORM_CONFIG": str(folder / "platform.yaml"),
            }
        )
        reading = asyncio.create_task(bot.read(folder / "bot.log"))
        try:
            await asyncio.wait_for(bot.started.wait(), _START)
            await slack.wait_for(lambda: slack.sockets.connections >= 2, timeout=_START, what="the sockets")
            yield Stage(slack, cluster, database, http, bot, token, ledger, cards)
        finally:
            await bot.stop()
            await reading
            await database.close()


async def _started(environment: Mapping[str, str]) -> Bot:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        limit=1024 * 1024,
    )
    return Bot(process)


def _heard(ledger: Ledger, cards: Cards, kind: str, message: object) -> None:
    if not isinstance(message, Message) or not message.bot_id:
        return
    if kind == "message_posted":  # a card that is edited is not a second answer
        ledger.answered(message.text)
    if not message.ephemeral_to and (about := _CARD.search(message.text)) is not None:
        cards.setdefault(about[1], {})[message.ts] = message
