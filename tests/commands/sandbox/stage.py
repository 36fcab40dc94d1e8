"""Sandboxes on a stage: the service with a database, the cluster double and a clock that stands still until it is moved."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, get_type_hints

from sqlalchemy import select, update
from sqlmodel import col

from bot.kit.access import AccessSettings
from bot.kit.call import Call, Principal, Surface
from bot.kit.clock import Clock
from bot.kit.roles import Rules
from commands.sandbox import ports
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import CreateArguments, SandboxDetails
from integrations.kubernetes import Cluster
from integrations.usage import Usage
from playground.cluster import ClusterDouble
from storage.audit import AuditReader, AuditRow, AuditStore, Search
from storage.audit_chain import Keyring
from storage.db import Database
from storage.messages import MessageRow, MessageStore
from storage.sandboxes import SandboxRow, SandboxState
from tests.conftest import FakeClock

BOSS = "U0BOSS"
RULES = Rules(
    AccessSettings.model_validate({"grants": [{"roles": ["admin"], "to": {"users": [BOSS]}, "teams": "all"}]})
)
PATIENCE = 300.0  # seconds of a machine that may be very busy
_SOON = timedelta(seconds=90)


class People:
    """Everybody is known."""

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal:
        return person(user_id)


def person(user_id: str) -> Principal:
    return Principal(user_id, user_id.lower(), frozenset({"default"}), frozenset({"sandbox.*"}))


def service_of(
    database: Database, clock: Clock, cluster: ports.Cluster, settings: SandboxSettings, **others: object
) -> SandboxService:
    """As wiring makes it, from what its constructor asks for; `others` by the name of the parameter."""
    known: Mapping[type, object] = {
        Database: database,
        Clock: clock,
        ports.Cluster: cluster,
        MessageStore: MessageStore(clock),
        SandboxSettings: settings,
        Rules: RULES,
        AuditStore: AuditStore(Keyring.of("audit")),
        ports.People: People(),
        ports.Measures: Usage(None),
    }
    hints = get_type_hints(SandboxService.__init__)
    hints.pop("return")
    wanted: dict[str, Any] = {name: others.get(name) or known[kind] for name, kind in hints.items()}
    return SandboxService(**wanted)


@dataclass
class Stage:
    double: ClusterDouble
    cluster: Cluster
    service: SandboxService
    database: Database
    clock: FakeClock
    requests: list[str] = field(default_factory=list)
    calls: int = 0

    def call(self, command: str = "create", user_id: str = "U1", ref: str | None = None) -> Call:
        self.calls += 1
        return Call(ref or f"c-{self.calls}", f"sandbox.{command}", person(user_id), Surface.API, self.clock.now())

    async def create(self, name: str = "checkout", user_id: str = "U1", **arguments: Any) -> SandboxRow:
        """Asked for, and nothing more."""
        wanted = CreateArguments(name=name, **arguments)
        made: SandboxDetails = await self.service.creating.create(self.call("create", user_id), wanted)
        return await self.row(made.id)

    async def standing(self, name: str = "checkout", user_id: str = "U1", **arguments: Any) -> SandboxRow:
        made = await self.create(name, user_id, **arguments)
        await self.settle()
        row = await self.row(made.id)
        assert row.state == SandboxState.READY, row
        return row

    async def row(self, sandbox_id: str) -> SandboxRow:
        async with self.database.reading() as session:
            found = await session.get(SandboxRow, sandbox_id)
        assert found is not None
        return found

    async def rows(self) -> Sequence[SandboxRow]:
        async with self.database.reading() as session:
            return (await session.execute(select(SandboxRow).order_by(col(SandboxRow.created_at)))).scalars().all()

    async def change(self, sandbox_id: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.execute(update(SandboxRow).where(col(SandboxRow.id) == sandbox_id).values(**values))

    async def settle(self, *, soon: timedelta = _SOON) -> None:
        """Rounds until nothing is due within `soon`; the clock goes on to each time that is. Fails when that never ends."""
        async with asyncio.timeout(PATIENCE):
            while True:
                await self.service.reconciler.round()
                looks = [row.look_at for row in await self.rows() if row.look_at is not None]
                if not looks or min(looks) > self.clock.now() + soon:
                    return
                if min(looks) > self.clock.now():
                    self.clock.set(min(looks))
                await asyncio.sleep(0.02)  # the cluster's controllers take their turn

    async def trail(self, action: str = "sandbox.*") -> list[AuditRow]:
        async with self.database.reading() as session:
            return list(await AuditReader().find(session, Search(action=action), 200, oldest_first=True))

    async def messages(self, view: str) -> list[MessageRow]:
        async with self.database.reading() as session:
            return list((await session.execute(select(MessageRow).where(col(MessageRow.view) == view))).scalars().all())

    def namespaces(self) -> list[str]:
        names = [str(each["metadata"]["name"]) for each in self.double.objects("Namespace")]
        return [name for name in names if name.startswith("sbx-")]


@contextlib.asynccontextmanager
async def staged(
    database: Database, clock: FakeClock, directory: Path, settings: SandboxSettings | None = None, **others: object
) -> AsyncIterator[Stage]:
    async with ClusterDouble() as double:
        double.write_kubeconfig(directory / "kubeconfig")
        async with Cluster(kubeconfig=str(directory / "kubeconfig")) as cluster:
            service = service_of(database, clock, cluster, settings or SandboxSettings(grace="none"), **others)
            stage = Stage(double, cluster, service, database, clock)
            double.on_request(stage.requests.append)
            yield stage
