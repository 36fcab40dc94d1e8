"""Whether nobody uses a sandbox, told from what is known; and that what is used in the meantime stays awake."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from bot.kit.access import AccessSettings
from bot.kit.call import Call, Surface
from bot.kit.errors import Unavailable
from bot.kit.roles import Rules
from commands.sandbox.rules.idle import QUIET_BYTES, QUIET_CORES, Evidence, changed_by_people, idle, in_words
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import CreateArguments, SandboxDetails
from commands.sandbox.values.life import WakeArguments
from integrations.kubernetes import Cluster
from playground.cluster import ClusterDouble
from storage.audit import AuditStore
from storage.audit_chain import Keyring
from storage.db import Database
from storage.messages import MessageRow, MessageStore
from storage.sandboxes import SandboxState
from tests.commands.sandbox.test_reconciler import ADA, People
from tests.conftest import FakeClock

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DEPLOY = Path(__file__).parents[3] / "deploy" / "base"
LONG_AGO = NOW - timedelta(hours=3)
QUIET = Evidence(timedelta(hours=2), 0.001, 10.0, LONG_AGO, LONG_AGO)


def test_what_is_quiet_in_every_way_is_idle() -> None:
    assert idle(QUIET, NOW)


@pytest.mark.parametrize(
    "busy",
    [
        {"cores": QUIET_CORES * 2},
        {"traffic": QUIET_BYTES * 2},
        {"changed_at": NOW - timedelta(minutes=5)},
        {"acted_at": NOW - timedelta(minutes=5)},
        {"cores": None, "traffic": None},
    ],
    ids=str,
)
def test_one_sign_of_use_keeps_it_awake_and_so_does_knowing_nothing(busy: Mapping[str, Any]) -> None:
    assert not idle(replace(QUIET, **busy), NOW)


@pytest.mark.parametrize("unknown", [{"cores": None}, {"traffic": None}, {"changed_at": None}, {"acted_at": None}])
def test_what_nobody_measures_counts_neither_way(unknown: Mapping[str, Any]) -> None:
    assert idle(replace(QUIET, **unknown), NOW)
    assert not idle(replace(QUIET, cores=1.0, traffic=1e6, **{k: v for k, v in unknown.items() if "_" in k}), NOW)


def test_the_evidence_says_what_was_looked_at() -> None:
    assert in_words(replace(QUIET, traffic=None), NOW) == [
        "CPU: 0.001 cores on average",
        "Network: not measured",
        "Last change by a person: 3h ago",
        "Last used from here: 3h ago",
    ]


def _changed(manager: str, time: str, **more: str) -> dict[str, Any]:
    return {"metadata": {"managedFields": [{"manager": manager, "time": time, **more}]}}


def test_controllers_and_kubelets_are_nobody() -> None:
    machines = [
        _changed("kube-controller-manager", "2026-11-02T08:00:00Z"),
        _changed("platform-bot", "2026-11-02T08:00:00Z"),
        _changed("kubectl", "2026-11-02T08:00:00Z", subresource="status"),
        {"metadata": {}},
    ]
    assert changed_by_people(machines) is None
    people = [_changed("kubectl-client-side-apply", "2026-11-02T07:00:00Z"), _changed("helm", "2026-11-01T07:00:00Z")]
    assert changed_by_people([*machines, *people]) == datetime(2026, 11, 2, 7, 0, tzinfo=UTC)


@dataclass
class Measured:
    """What is said to be used."""

    used: dict[str, float] | None = field(default_factory=dict)
    down: bool = False

    async def cores(self, window: timedelta) -> Mapping[str, float] | None:
        if self.down:
            raise Unavailable("Prometheus", "no answer")
        return self.used

    async def traffic(self, window: timedelta) -> Mapping[str, float] | None:
        return None


@dataclass
class Bench:
    service: SandboxService
    measured: Measured
    database: Database
    clock: FakeClock

    async def ready(self) -> SandboxDetails:
        call = Call("c-1", "sandbox.create", ADA, Surface.API, self.clock.now())
        made = await self.service.creating.create(call, CreateArguments(name="checkout"))
        for _ in range(100):
            await self.service.reconciler.round()
            self.clock.advance(2)
            found = await self.now(made)
            if found.state is SandboxState.READY:
                self.measured.used = {"kube-system": 1.0, found.namespace: 0.0}
                return found
        pytest.fail("it is not ready")

    async def now(self, sandbox: SandboxDetails) -> SandboxDetails:
        found = await self.service.looking.details_of(sandbox.id)
        assert found is not None
        return found

    async def told(self) -> list[str]:
        async with self.database.reading() as session:
            rows = (await session.execute(select(MessageRow))).scalars().all()
        return [str(row.body) for row in rows if row.key.startswith("sandbox:idle:")]


@pytest.fixture
async def bench(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Bench]:
    settings = SandboxSettings.model_validate({"sleep": {"idle_after": "2h"}, "grace": "none"})
    async with ClusterDouble() as double:
        double.put(yaml.safe_load((DEPLOY / "sandbox-role.yaml").read_text()))
        double.write_kubeconfig(tmp_path / "kubeconfig")
        async with Cluster(kubeconfig=str(tmp_path / "kubeconfig")) as cluster:
            measured, audit = Measured(), AuditStore(Keyring.of("audit"))
            rules, messages = Rules(AccessSettings()), MessageStore(clock)
            service = SandboxService(database, clock, cluster, messages, settings, rules, audit, People(), measured)
            yield Bench(service, measured, database, clock)


async def test_what_nobody_uses_falls_asleep_and_its_owner_sees_why(bench: Bench) -> None:
    sandbox = await bench.ready()
    await bench.service.idleness.look()
    assert not (await bench.now(sandbox)).asleep  # it was made just now
    bench.clock.advance(timedelta(hours=2, minutes=1))
    await bench.service.idleness.look()
    assert (await bench.now(sandbox)).asleep_why == "idle"
    [message] = await bench.told()
    assert "nobody seems to use it" in message
    assert "CPU: 0.000 cores" in message


@pytest.mark.parametrize("why", ["cpu", "used", "not measured", "no prometheus", "prometheus is down"])
async def test_what_is_used_or_cannot_be_judged_stays_awake(bench: Bench, why: str) -> None:
    sandbox = await bench.ready()
    bench.clock.advance(timedelta(hours=2, minutes=1))
    match why:
        case "cpu":
            bench.measured.used = {sandbox.namespace: 0.4}
        case "used":
            call = Call("c-2", "sandbox.wake", ADA, Surface.API, bench.clock.now())
            await bench.service.sleeping.wake(
                call, WakeArguments.model_validate({"sandbox": "checkout", "until": "3h"})
            )
        case "not measured":
            bench.measured.used = {"kube-system": 1.0}
        case "no prometheus":
            bench.measured.used = None
        case _:
            bench.measured.down = True
    await bench.service.idleness.look()
    assert not (await bench.now(sandbox)).asleep
    assert await bench.told() == []
