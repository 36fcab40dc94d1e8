"""Whatever people, the cluster, the clock and others do to sandboxes, in whatever order: when the reconciler and the sweep have
come to rest, rows and namespaces agree. Each sequence comes from its seed, so that a failure comes again."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kit.errors import FieldErrors, NotFound, Refused, Unavailable, UserError
from bot.kit.units import parse_duration
from commands.sandbox.drift import agrees
from commands.sandbox.objects import GUARD_NAME, ID_LABEL, MANAGED_BY_LABEL, sandbox_objects
from commands.sandbox.reconcile.presence import plan_of
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.sizes import Size
from commands.sandbox.values.basics import CreateArguments, SandboxDetails
from commands.sandbox.values.life import (
    ExtendArguments,
    ResizeArguments,
    ShareArguments,
    TransferArguments,
    WakeArguments,
)
from integrations.kubernetes import Cluster, ClusterError
from playground.cluster.status import Refusal
from storage.db import Database
from storage.sandboxes import STANDING, SandboxRow, SandboxState
from tests.commands.sandbox.stage import PATIENCE, Stage, service_of, staged
from tests.conftest import FakeClock

SETTINGS = SandboxSettings(per_person=4, per_team=8, brake=1000, extensions=2)
NAMES = ("checkout", "search", "billing", "ledger")
PEOPLE = ("U0MARGARET", "U0GRACE", "U0LINUS")
STEPS = 30
# Longer than any pause: what was refused is looked at again after five minutes.
AT_REST = timedelta(minutes=11)


class Story:
    """One sequence. What is refused, or not there, is part of it."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.chance = random.Random(seed)
        self.told: list[str] = []

    async def run(self, steps: int) -> None:
        acts: Mapping[Callable[[], Awaitable[None]], int] = {
            self.create: 5,
            self.person: 8,
            self.somebody: 4,
            self.cluster: 3,
            self.heal: 3,
            self.time: 3,
            self.round: 6,
            self.killed_round: 3,
            self.sweep: 2,
        }
        for _ in range(steps):
            [act] = self.chance.choices(list(acts), list(acts.values()))
            self.told.append(act.__name__)
            with contextlib.suppress(UserError, FieldErrors, NotFound, Refused, Unavailable, ClusterError, Refusal):
                await act()
            await asyncio.sleep(0.02)

    async def create(self) -> None:
        lifetime = parse_duration(self.chance.choice(["1h", "8h", "3d"]))
        arguments = CreateArguments(name=self.chance.choice(NAMES), lifetime=lifetime)
        await self.stage.service.creating.create(self._call("create"), arguments)

    async def person(self) -> None:
        service, name = self.stage.service, self.chance.choice(NAMES)
        match verb := self.chance.choice(
            ["extend", "sleep", "wake", "resize", "share", "unshare", "transfer", "delete"]
        ):
            case "extend":
                await service.life.extend(self._call(verb), ExtendArguments(sandbox=name, by=timedelta(hours=5)))
            case "sleep":
                await service.sleeping.sleep(self._call(verb), name)
            case "wake":
                until = self.chance.choice([None, timedelta(hours=2)])
                await service.sleeping.wake(self._call(verb), WakeArguments(sandbox=name, until=until))
            case "resize":
                size = self.chance.choice([Size.SMALL, Size.MEDIUM, Size.LARGE])
                await service.life.resize(self._call(verb), ResizeArguments(sandbox=name, size=size))
            case "share":
                await service.sharing.share(self._call(verb), ShareArguments(sandbox=name, people=PEOPLE))
            case "unshare":
                await service.sharing.unshare(self._call(verb), ShareArguments(sandbox=name, people=PEOPLE))
            case "transfer":
                to = self.chance.choice(PEOPLE)
                await service.life.transfer(self._call(verb), TransferArguments(sandbox=name, to=to))
            case "delete":
                await service.life.delete(self._call(verb), name)

    async def somebody(self) -> None:
        """With rights of their own in the cluster."""
        double, rows = self.stage.double, [row for row in await self.stage.rows() if row.state in STANDING]
        if not rows:
            return
        inside = self.chance.choice(rows).namespace
        match self.chance.choice(["delete", "unlabel", "privileged", "quota", "policy", "binding", "way in"]):
            case "delete":
                double.delete("Namespace", inside)
            case "unlabel":
                double.edit("Namespace", inside, {"metadata": {"labels": {MANAGED_BY_LABEL: None}}})
            case "privileged":
                label = {"pod-security.kubernetes.io/enforce": "privileged"}
                double.edit("Namespace", inside, {"metadata": {"labels": label}})
            case "quota":
                double.edit("ResourceQuota", GUARD_NAME, {"spec": {"hard": {"pods": "999"}}}, inside)
            case "policy":
                double.delete("NetworkPolicy", "default-deny", inside)
            case "binding":
                double.delete("RoleBinding", GUARD_NAME, inside)
            case "way in":
                double.edit("NetworkPolicy", "allow-dns", {"spec": {"egress": [{}]}}, inside)

    async def cluster(self) -> None:
        faults = self.stage.double.faults
        match self.chance.choice(["refused", "unavailable", "failing", "forbidden", "after_write", "throttled"]):
            case "refused":
                faults.down = "refused"
            case "unavailable":
                faults.down = "unavailable"
            case "failing":
                faults.failing[self.chance.choice(["patch", "create", "delete", "list", "get"])] = 500
            case "forbidden":
                faults.failing[self.chance.choice(["patch networkpolicies", "create namespaces", "list pods"])] = 403
            case "after_write":
                faults.after_write = True
            case "throttled":
                faults.throttled = 1

    async def heal(self) -> None:
        self.stage.double.faults.clear()

    async def time(self) -> None:
        self.stage.clock.advance(parse_duration(self.chance.choice(["1m", "20m", "3h", "1d"])))

    async def round(self) -> None:
        self.stage.clock.advance(3)
        await self.stage.service.reconciler.round()

    async def sweep(self) -> None:
        await self.stage.service.sweep.run()

    async def killed_round(self) -> None:
        """Its process ends at one of its requests, and another begins where that left off."""
        self.stage.clock.advance(3)
        doing = self.chance.choice(["patch *", "create namespaces", "get namespaces", "delete *", "list pods"])
        point = self.chance.choice(["arrived", "done"])
        hold = self.stage.double.faults.holds.hold(doing, point)  # type: ignore[arg-type]
        killed = asyncio.create_task(self.stage.service.reconciler.round())
        reached = asyncio.create_task(hold.reached())
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait({killed, reached}, return_when=asyncio.FIRST_COMPLETED)
        killed.cancel()
        reached.cancel()
        await asyncio.gather(killed, reached, return_exceptions=True)
        self.stage.double.faults.holds.clear()
        self.stage.service = service_of(self.stage.database, self.stage.clock, self.stage.cluster, SETTINGS)
        self.stage.clock.advance(6)  # whatever it still had claimed is free

    def _call(self, verb: str) -> Any:
        return self.stage.call(verb, self.chance.choice(PEOPLE))


async def at_rest(stage: Stage) -> None:
    for _ in range(2):
        await stage.service.sweep.run()
        await stage.settle(soon=AT_REST)


async def disagreements(stage: Stage) -> list[str]:
    found, rows = [], await stage.rows()
    for row in rows:
        namespace = stage.double.object("Namespace", row.namespace)
        marked = namespace is not None and namespace["metadata"].get("labels", {}).get(ID_LABEL) == row.id
        if row.wanted:
            if row.state not in STANDING:
                found.append(f"{row.id} is {row.state}: {row.problem}")
            found += _missing(stage, row)
        elif row.state != SandboxState.DELETED or marked:
            found.append(f"{row.id} is not gone: {row.state}, {row.problem}")
    ours = {row.namespace for row in rows if row.wanted}
    found += [f"{name} belongs to nobody" for name in stage.namespaces() if name not in ours]
    return found


def _missing(stage: Stage, row: SandboxRow) -> list[str]:
    found = []
    for wanted in sandbox_objects(plan_of(row, SETTINGS)):
        kind, name = wanted["kind"], wanted["metadata"]["name"]
        live = stage.double.object(kind, name, "" if kind == "Namespace" else row.namespace)
        if live is None:
            found.append(f"{row.id} lacks {kind}/{name}")
        elif not agrees(wanted, live):
            found.append(f"{row.id} has another {kind}/{name}")
    return found


@pytest.mark.parametrize("seed", range(5))
async def test_rows_and_namespaces_agree_after_any_sequence(
    database: Database, clock: FakeClock, tmp_path: Path, seed: int
) -> None:
    async with staged(database, clock, tmp_path, SETTINGS) as stage:
        story = Story(stage, seed)
        await story.run(STEPS)
        stage.double.faults.clear()
        await at_rest(stage)
        assert await disagreements(stage) == [], story.told
        swept = await stage.service.sweep.run()
        assert swept is not None
        assert (swept.suspected, swept.handed) == (0, ()), story.told


async def test_what_the_check_looks_for_it_finds(database: Database, clock: FakeClock, tmp_path: Path) -> None:
    async with staged(database, clock, tmp_path, SETTINGS) as stage:
        row = await stage.standing()
        assert await disagreements(stage) == []
        stage.double.edit("ResourceQuota", GUARD_NAME, {"spec": {"hard": {"pods": "999"}}}, row.namespace)
        stage.double.delete("NetworkPolicy", "default-deny", row.namespace)
        assert len(await disagreements(stage)) == 2
        await stage.change(row.id, wanted=False)
        assert len(await disagreements(stage)) == 2  # not gone, and its namespace is nobody's


# --- races ----------------------------------------------------------------------------------------------------------


async def test_an_extension_that_comes_while_its_end_is_being_written_wins_and_the_namespace_survives(
    stage: Stage,
) -> None:
    row = await stage.standing()
    stage.clock.set(row.expires_at)
    [claimed] = await stage.service.reconciler._rows.claim()  # it is about to be ended
    await stage.service.life.extend(stage.call("extend"), ExtendArguments(sandbox="checkout"))
    await stage.service.reconciler._look_after(claimed)
    await stage.settle()
    kept = await stage.row(row.id)
    assert (kept.wanted, kept.state, kept.namespace_uid) == (True, SandboxState.READY, row.namespace_uid)
    assert stage.namespaces() == [row.namespace]


async def test_of_an_extension_and_the_end_at_the_same_moment_one_happens_and_not_half_of_each(stage: Stage) -> None:
    for number in range(6):
        row = await stage.standing(f"s{number}", f"U{number}", lifetime=timedelta(hours=1))
        stage.clock.set(row.expires_at)
        arguments = ExtendArguments(sandbox=row.id)
        extending = stage.service.life.extend(stage.call("extend", f"U{number}"), arguments)
        outcome, _ = await asyncio.gather(extending, stage.service.reconciler.round(), return_exceptions=True)
        await stage.settle(soon=timedelta(seconds=70))
        after = await stage.row(row.id)
        if isinstance(outcome, SandboxDetails):
            assert (after.state, after.namespace in stage.namespaces()) == (SandboxState.READY, True)
        else:
            assert isinstance(outcome, UserError), outcome
            assert (after.state, after.namespace in stage.namespaces()) == (SandboxState.DELETED, False)


async def test_two_people_extending_at_once_share_one_cap(database: Database, clock: FakeClock, tmp_path: Path) -> None:
    async with staged(database, clock, tmp_path, SandboxSettings(extensions=1)) as stage:
        row = await stage.standing()
        await stage.service.sharing.share(stage.call("share"), ShareArguments(sandbox=row.id, people=("U0GRACE",)))
        arguments = ExtendArguments(sandbox=row.id, by=timedelta(hours=3))
        outcomes = await asyncio.gather(
            *(stage.service.life.extend(stage.call("extend"), arguments) for _ in range(4)), return_exceptions=True
        )
        assert sum(isinstance(each, SandboxDetails) for each in outcomes) == 1
        assert sum(isinstance(each, UserError) for each in outcomes) == 3
        after = await stage.row(row.id)
        assert (after.extensions, after.expires_at) == (1, row.expires_at + timedelta(hours=3))


async def test_thirty_creates_at_once_with_a_limit_of_five_are_five(
    database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    async with staged(database, clock, tmp_path, SandboxSettings(per_person=9, per_team=5)) as stage:
        outcomes = await asyncio.gather(
            *(stage.create(f"s{number}", f"U{number}") for number in range(30)), return_exceptions=True
        )
        assert sum(isinstance(each, SandboxRow) for each in outcomes) == 5
        assert sum(isinstance(each, UserError) for each in outcomes) == 25
        await stage.settle()
        assert len(stage.namespaces()) == 5


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_replicas_at_once_make_each_sandbox_once(
    database: Database, database_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    settings = SandboxSettings(per_person=30, per_team=30)
    async with staged(database, clock, tmp_path, settings) as stage:
        other = await Database.open(database_url)
        try:
            async with Cluster(kubeconfig=str(tmp_path / "kubeconfig")) as cluster:
                replicas = [stage.service.reconciler, service_of(other, clock, cluster, settings).reconciler]
                for number in range(12):
                    await stage.create(f"s{number}")
                async with asyncio.timeout(PATIENCE * 2):
                    while any(row.state != SandboxState.READY for row in await stage.rows()):
                        await asyncio.gather(*(replica.round() for replica in replicas))
                        await asyncio.sleep(0.02)
                        clock.advance(1)
        finally:
            await other.close()
        made = [each for each in stage.requests if each == "POST /api/v1/namespaces"]
        assert len(made) == len(stage.namespaces()) == 12
        assert len(await stage.trail("sandbox.ready")) == 12
