"""From starting `platform-bot run` as a process until /readyz answers 200; against a process that only imports three libraries.

Ours runs on a migrated SQLite file without any rows, in Socket Mode against the playground's Slack, without a cluster. The
reference imports slack_bolt, sqlmodel and kubernetes.aio and ends. What a first start costs, which makes the schema, stands
beside it without a reference.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from benchmarks.report import Measured
from playground.slack import SlackDouble, acme
from storage.db import Database
from storage.migrate import migrate

_RUNS = 7
_REFERENCE = "import slack_bolt, sqlmodel, kubernetes.aio"
_MANIFEST = {
    "display_information": {"name": "Platform"},
    "features": {"bot_user": {"display_name": "platform"}},
    "oauth_config": {"scopes": {"bot": ["chat:write", "commands", "users:read"]}},
    "settings": {"socket_mode_enabled": True},
}


async def _imports() -> float:
    """Seconds."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _REFERENCE)
    if await process.wait() != 0:
        raise AssertionError("the reference failed")
    return time.perf_counter() - began


async def _start(environment: Mapping[str, str], session: aiohttp.ClientSession) -> float:
    """Seconds until it is ready; then it is ended."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), env=environment, stderr=asyncio.subprocess.PIPE, limit=1 << 20
    )
    assert process.stderr is not None
    try:
        port = await _port(process.stderr)
        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            if answer.status != 200:
                raise AssertionError(f"not ready: {answer.status} {await answer.text()}")
        return time.perf_counter() - began
    finally:
        process.terminate()
        await process.communicate()


async def _port(log: asyncio.StreamReader) -> int:
    """It is told when calls are taken, not before."""
    seen = []
    async for line in log:
        seen.append(line.decode(errors="replace"))
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("event") == "started":
            return int(entry["port"])
    raise AssertionError("the bot did not start:\n" + "".join(seen))


def _environment(double: SlackDouble, database: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.getcwd(),
        "SLACK_BOT_TOKEN": double.bot_token,
        "SLACK_APP_TOKEN": double.app_token,
        "SLACK_API_URL": double.api_url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{database}",
        "PLATFORM_CONFIG": str(database.with_name("platform.yaml")),
        "PLATFORM_HTTP_PORT": "0",
        "KUBECONFIG": str(database.with_name("no-kubeconfig")),
    }


async def run() -> Measured:
    """Keys: `ready` seconds until ready, with the ratio to the imports; `first_ready` the same on an empty database file."""
    measured = Measured("start")
    with tempfile.TemporaryDirectory(prefix="platform-bot-bench-") as folder:
        place = Path(folder)
        (place / "platform.yaml").touch()
        migrated = place / "migrated.db"
        db = await Database.open(f"sqlite+aiosqlite:///{migrated}")
        await migrate(db)
        await db.close()
        async with SlackDouble(_MANIFEST, acme()) as double, aiohttp.ClientSession() as session:
            for number in range(_RUNS + 1):
                database, empty = place / f"{number}.db", place / f"{number}-empty.db"
                shutil.copyfile(migrated, database)
                reference = await _imports()
                ready = await _start(_environment(double, database), session)
                first = await _start(_environment(double, empty), session)
                if number == 0:
                    continue  # the first run compiles and fills caches
                measured.add_reference("ready", reference)
                measured.add("ready", ready)
                measured.add("first_ready", first)
    return measured
