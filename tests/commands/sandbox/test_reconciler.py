"""The reconciler against the cluster double: whatever happened in between, the cluster ends as it is wanted, and nothing else is
touched."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from bot.kit.access import AccessSettings
from bot.kit.call import Call, Principal, Surface
from bot.kit.roles import Rules
from commands.sandbox.reconcile.round import Reconciler
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import CreateArguments, SandboxDetails
from integrations.kubernetes import Cluster
from integrations.usage import Usage
from playground.cluster import ClusterDouble
from storage.audit import AuditReader, AuditStore, Search
from storage.audit_chain import Keyring
from storage.db import Database
from storage.messages import MessageStore
from storage.sandboxes import SandboxRow, SandboxState, SandboxStore
from tests.conftest import FakeClock

ADA = Principal("U1", "ada", frozenset({"default"}), frozenset({"sandbox.*"}))


class People:
    """Everybody is known."""

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal:
        return Principal(user_id, user_id.lower(), frozenset({"default"}), frozenset({"sandbox.*"}))


@dataclass
class Bench:
    double: ClusterDouble
    service: SandboxService
    database: Database
    clock: FakeClock
    calls: int = 0

    @property
    def reconciler(self) -> Reconciler:
        return self.service.reconciler

    def call(self, ref: str | None = None) -> Call:
        self.calls += 1
        return Call(ref or f"c-{self.calls}", "sandbox.create", ADA, Surface.API, self.clock.now())

    async def create(self, name: str = "checkout") -> SandboxDetails:
        return await self.service.creating.create(self.call(), CreateArguments(name=name))

    async def now(self, sandbox: SandboxDetails) -> SandboxDetails:
        found = await self.service.looking.details_of(sandbox.id)
        assert found is not None
        return found

    async def until(self, sandbox: SandboxDetails, state: SandboxState, rounds: int = 100) -> SandboxDetails:
        """Runs rounds, a few seconds apart, until the sandbox is in that state."""
        for _ in range(rounds):
            await self.reconciler.round()
            if (await self.now(sandbox)).state is state:
                return await self.now(sandbox)
            await asyncio.sleep(0.03)  # the cluster's controllers take their turn
            self.clock.advance(3)
        pytest.fail(f"it is {await self.now(sandbox)} and not {state}")

    async def change(self, sandbox: SandboxDetails, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.execute(update(SandboxRow).where(col(SandboxRow.id) == sandbox.id).values(**values))

    def kinds(self, namespace: str) -> set[str]:
        return {str(each["kind"]) for each in self.double.contents(namespace)}


@pytest.fixture
async def bench(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Bench]:
    async with ClusterDouble() as double:
        double.write_kubeconfig(tmp_path / "kubeconfig")
        async with Cluster(kubeconfig=str(tmp_path / "kubeconfig")) as cluster:
            rules = Rules(AccessSettings())
            messages, audit = MessageStore(clock), AuditStore(Keyring.of("audit"))
            service = SandboxService(
                database, clock, cluster, messages, SandboxSettings(grace="none"), rules, audit, People(), Usage(None)
            )
            yield Bench(double, service, database, clock)


async def test_a_namespace_of_somebody_else_is_never_touched_another_name_is_taken(bench: Bench) -> None:
    sandbox = await bench.create()
    bench.double.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": sandbox.namespace}})
    before = bench.kinds(sandbox.namespace)
    ready = await bench.until(sandbox, SandboxState.READY)
    assert ready.namespace != sandbox.namespace
    assert "ResourceQuota" in bench.kinds(ready.namespace)
    assert bench.kinds(sandbox.namespace) - before <= {"ServiceAccount", "ConfigMap"}  # the cluster's own
    assert bench.double.object("Namespace", sandbox.namespace)["metadata"].get("labels", {}).keys() <= {  # type: ignore[index]
        "kubernetes.io/metadata.name"
    }


async def test_our_own_namespace_is_adopted_after_a_crash(bench: Bench) -> None:
    sandbox = await bench.create()
    await bench.until(sandbox, SandboxState.READY)
    await bench.change(sandbox, state=SandboxState.REQUESTED, namespace_uid=None, look_at=bench.clock.now())
    again = await bench.until(sandbox, SandboxState.READY)
    assert again.namespace == sandbox.namespace
    sandboxes = [each for each in bench.double.objects("Namespace") if each["metadata"]["name"].startswith("sbx-")]
    assert len(sandboxes) == 1


async def test_a_sandbox_deleted_before_it_was_made_leaves_nothing_even_if_the_create_comes_late(bench: Bench) -> None:
    sandbox = await bench.create()
    await bench.service.life.delete(bench.call(), "checkout")
    await bench.reconciler.round()
    assert (await bench.now(sandbox)).state is SandboxState.DELETING  # a create may still be under way
    labels = {"platform-bot.io/sandbox-id": sandbox.id, "app.kubernetes.io/managed-by": "platform-bot"}
    metadata = {"name": sandbox.namespace, "labels": labels}
    bench.double.put({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    await bench.until(sandbox, SandboxState.DELETED)
    assert bench.double.object("Namespace", sandbox.namespace) is None


async def test_a_namespace_that_lost_its_label_is_reported_and_not_given_up(bench: Bench) -> None:
    sandbox = await bench.until(await bench.create(), SandboxState.READY)
    bench.double.edit("Namespace", sandbox.namespace, {"metadata": {"labels": {"platform-bot.io/sandbox-id": None}}})
    await bench.service.life.delete(bench.call(), "checkout")
    blocked = await bench.until(sandbox, SandboxState.DELETE_BLOCKED)
    assert "lost its label" in (blocked.problem or "")
    bench.double.edit(
        "Namespace", sandbox.namespace, {"metadata": {"labels": {"platform-bot.io/sandbox-id": sandbox.id}}}
    )
    await bench.until(sandbox, SandboxState.DELETED, rounds=300)


async def test_a_delete_that_is_resumed_leaves_alone_what_got_the_name_since(bench: Bench) -> None:
    first = await bench.until(await bench.create(), SandboxState.READY)
    delete = bench.call("c-delete")
    await bench.service.life.delete(delete, "checkout")
    await bench.until(first, SandboxState.DELETED)
    bench.clock.advance(timedelta(minutes=1))
    second = await bench.until(await bench.create(), SandboxState.READY)
    assert (await bench.service.life.delete(delete, "checkout")).id == first.id
    assert (await bench.now(second)).state is SandboxState.READY


async def test_a_refusal_is_told_and_tried_again(bench: Bench) -> None:
    bench.double.faults.failing["patch resourcequotas"] = 403
    failed = await bench.until(await bench.create(), SandboxState.FAILED)
    assert "refuses" in (failed.problem or "")
    bench.double.faults.clear()
    bench.clock.advance(timedelta(minutes=5))
    ready = await bench.until(failed, SandboxState.READY)
    assert ready.problem is None


async def test_a_refused_sandbox_can_be_deleted(bench: Bench) -> None:
    bench.double.faults.failing["patch resourcequotas"] = 403
    failed = await bench.until(await bench.create(), SandboxState.FAILED)
    await bench.service.life.delete(bench.call(), "checkout")
    bench.double.faults.clear()
    await bench.until(failed, SandboxState.DELETED)
    assert bench.double.object("Namespace", failed.namespace) is None


async def test_what_is_changed_while_a_round_works_on_it_is_looked_at_again(bench: Bench) -> None:
    sandbox = await bench.create()
    [claimed] = await bench.reconciler._rows.claim()
    await bench.service.life.delete(bench.call(), "checkout")
    await bench.reconciler._look_after(claimed)  # it knows nothing of the delete yet
    await bench.until(sandbox, SandboxState.DELETED)
    assert not [each for each in bench.double.objects("Namespace") if each["metadata"]["name"].startswith("sbx-")]


async def test_thirty_creates_at_once_respect_the_limit(bench: Bench) -> None:
    results = await asyncio.gather(
        *(bench.service.creating.create(bench.call(), CreateArguments(name=f"s{number}")) for number in range(30)),
        return_exceptions=True,
    )
    made = [each for each in results if isinstance(each, SandboxDetails)]
    assert len(made) == SandboxSettings().per_person


async def test_a_replica_that_stood_still_neither_keeps_nor_gives_back_what_another_has_claimed_since(
    bench: Bench, database: Database, clock: FakeClock
) -> None:
    sandbox = await bench.create()
    store, first = SandboxStore(), clock.now() + timedelta(seconds=5)
    second = first + timedelta(seconds=10)
    async with database.transaction() as session:
        assert await store.claim(session, clock.now(), first, 5)
    clock.advance(6)
    async with database.transaction() as session:
        assert await store.claim(session, clock.now(), second, 5)
        await store.hold(session, [sandbox.id], [first], clock.now() + timedelta(hours=1))
        await store.hold(session, [sandbox.id], [first], None)
    assert await _claimed_until(database, sandbox) == second
    async with database.transaction() as session:
        await store.hold(session, [sandbox.id], [first, second], None)
    assert await _claimed_until(database, sandbox) is None


async def _claimed_until(database: Database, sandbox: SandboxDetails) -> datetime | None:
    async with database.reading() as session:
        row = await SandboxStore().get(session, sandbox.id)
    assert row is not None
    return row.claimed_until


async def test_the_audit_trail_says_what_became_of_it(bench: Bench) -> None:
    sandbox = await bench.until(await bench.create(), SandboxState.READY)
    await bench.change(sandbox, expires_at=bench.clock.now(), look_at=bench.clock.now())
    await bench.until(sandbox, SandboxState.DELETED, rounds=300)
    async with bench.database.reading() as session:
        rows = await AuditReader().find(session, Search(object=f"sandbox:{sandbox.id}"), 20, oldest_first=True)
    assert [(row.action, row.actor) for row in rows] == [
        ("sandbox.created", "U1"),
        ("sandbox.ready", "system"),
        ("sandbox.expired", "system"),
        ("sandbox.gone", "system"),
    ]
