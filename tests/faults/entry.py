"""`platform-bot run`, put together with collaborators that can be held or shifted: for points that no double can reach.

Named by `fleet.start(program="tests.faults.entry", environment=…)`:

- `FAULT_HOLD=acknowledgement`: a delivery that was taken is never acknowledged; "held" is logged instead.
- `FAULT_CLOCK=<file>`: the process's wall clock is wrong by as many seconds as stand in the file, read anew each time.
- `FAULT_JOB=<seconds>`: one more job, due every so many seconds; each run asks the cluster for the namespace `due-<time>`, then
  posts the message `fault:<time>`.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.app import Application
from bot.config import LogSettings, load_settings
from bot.kit.clock import Clock, SystemClock
from bot.kit.declare import Every, Group
from bot.logs import configure_logs
from bot.slack.socket import SocketMode
from bot.wiring import GROUPS, Parts, build, group_sections
from commands.sandbox.ports import Cluster
from integrations.kubernetes import reference_of
from integrations.slack import SlackClient
from storage.db import Database
from storage.messages import Channel, MessageStore

log = structlog.stdlib.get_logger(__name__)


def main(_arguments: Sequence[str]) -> int:
    settings = load_settings(os.environ, group_sections())
    configure_logs(settings.section("log", LogSettings))
    asyncio.run(_run())
    return 0


async def _run() -> None:
    settings = load_settings(os.environ, group_sections())
    groups: list[Group[Any]] = [*GROUPS]
    if seconds := os.environ.get("FAULT_JOB"):
        groups.append(_with_job(timedelta(seconds=float(seconds))))
    clock: Clock = SystemClock()
    if path := os.environ.get("FAULT_CLOCK"):
        clock = WrongClock(Path(path))
    parts = await build(settings, clock, groups)
    if os.environ.get("FAULT_HOLD") == "acknowledgement":
        parts = _never_acknowledging(parts)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await Application(parts).run_until(stop)


@dataclass(frozen=True)
class WrongClock:
    path: Path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.path.read_text() or 0))


# --- deliveries that are taken and not acknowledged -------------------------------------------------------------------


class _Holding:
    """Bolt, up to where it would answer."""

    def __init__(self, bolt: AsyncApp) -> None:
        self._bolt = bolt

    async def async_dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        await self._bolt.async_dispatch(request)
        log.info("held")
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return] # never


def _never_acknowledging(parts: Parts) -> Parts:
    bolt = cast(AsyncApp, _Holding(parts.bolt))
    if parts.sockets is None or parts.settings.secrets.app_token is None:
        return replace(parts, bolt=bolt)
    token = parts.settings.secrets.app_token.get_secret_value()
    client = SlackClient(parts.session, token, parts.settings.slack_api_url)
    sockets = SocketMode(bolt, client, parts.session, parts.metrics, 2, 60.0)
    return replace(parts, bolt=bolt, sockets=sockets)


# --- a job ------------------------------------------------------------------------------------------------------------


class JobService:
    def __init__(self, db: Database, cluster: Cluster, messages: MessageStore) -> None:
        self._db = db
        self._cluster = cluster
        self._messages = messages

    async def run(self, due: datetime) -> None:
        name = f"due-{due:%H%M%S}"
        await self._cluster.get(reference_of("v1", "Namespace"), name)
        async with self._db.transaction() as session:
            to = Channel(os.environ["FAULT_CHANNEL"])
            await self._messages.post(session, key=f"fault:{name}", to=to, body={"text": name})


def _with_job(interval: timedelta) -> Group[Any]:
    group = Group("fault", summary="Runs a job", service=JobService)

    @group.job("often", schedule=lambda _settings: Every(interval), late=None)
    async def often(service: JobService, due: datetime) -> None:
        await service.run(due)

    return group
