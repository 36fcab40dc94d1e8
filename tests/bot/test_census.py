"""What stands in the database, as the metrics show it, on every replica."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.census import Census
from bot.jobs import Jobs
from bot.kit.declare import Group, Tally
from bot.kit.errors import Unavailable
from bot.metrics import Metrics
from storage.audit import AuditEntry, AuditStore
from storage.audit_chain import Keyring
from storage.db import Database
from storage.messages import Channel, MessageStore
from tests.conftest import FakeClock


@dataclass
class Shelf:
    """The service."""

    states: Mapping[str, int] = field(default_factory=lambda: {"wanted": 2, "there": 0})


GROUP: Group[Shelf] = Group("shelf", summary="Keeps things", service=Shelf)


@GROUP.tally
async def tally(shelf: Shelf) -> Tally:
    return Tally(shelf.states, lag=42.0, overdue=7.0)


def _census(db: Database, clock: FakeClock, metrics: Metrics) -> Census:
    jobs = Jobs(db, [], {}, {}, metrics, clock, "one")
    return Census(db, [GROUP], {"shelf": Shelf()}, jobs, metrics, clock)


async def test_objects_are_shown_by_state_with_how_long_intents_wait(database: Database, clock: FakeClock) -> None:
    metrics = Metrics()
    await _census(database, clock, metrics).take()
    value = metrics.registry.get_sample_value
    assert value("platform_bot_objects", {"group": "shelf", "state": "wanted"}) == 2
    assert value("platform_bot_objects", {"group": "shelf", "state": "there"}) == 0
    assert value("platform_bot_reconcile_lag_seconds", {"group": "shelf"}) == 42
    assert value("platform_bot_reconcile_overdue_seconds", {"group": "shelf"}) == 7


async def test_messages_that_wait_are_shown_although_nobody_sends(database: Database, clock: FakeClock) -> None:
    metrics, messages = Metrics(), MessageStore(clock)
    async with database.transaction() as session:
        await messages.post(session, key="one", to=Channel("C1"), body={"text": "one"})
    clock.advance(90)
    async with database.transaction() as session:
        await messages.post(session, key="two", to=Channel("C1"), body={"text": "two"})
    await _census(database, clock, metrics).take()
    assert metrics.registry.get_sample_value("platform_bot_outbox_due") == 2
    assert metrics.registry.get_sample_value("platform_bot_outbox_age_seconds") == pytest.approx(90, abs=30)


async def test_an_entry_of_the_audit_trail_that_nobody_seals_is_shown(database: Database, clock: FakeClock) -> None:
    metrics = Metrics()
    census = _census(database, clock, metrics)
    await census.take()
    assert metrics.registry.get_sample_value("platform_bot_audit_unsealed_age_seconds") == 0
    audit = AuditStore(Keyring.of("x" * 32))
    async with database.transaction() as session:
        await audit.write(session, AuditEntry(at=clock.now(), action="thing.done"))
    clock.set(datetime.now(UTC) + timedelta(hours=1))  # when it was written is the database's to say
    await census.take()
    age = metrics.registry.get_sample_value("platform_bot_audit_unsealed_age_seconds")
    assert age == pytest.approx(3600, abs=600)


async def test_a_database_that_does_not_answer_makes_it_unwell(database: Database, clock: FakeClock) -> None:
    census = _census(database, clock, Metrics())
    await database.close()

    async def gone(_shelf: Shelf) -> Tally:
        raise Unavailable("the database", "gone")

    group: Group[Shelf] = Group("shelf", summary="Keeps things", service=Shelf)
    group.tally(gone)
    census._groups = [group]
    assert census.well
    with pytest.raises(Unavailable):
        async with asyncio.timeout(60):
            await census.keep()
    assert not census.well
