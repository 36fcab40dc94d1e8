"""The weekly note: what a week of sandboxes cost and saved, once for each owner, and nothing for whoever had none."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from bot.kit.declare import Cron
from commands.sandbox.handlers import GROUP
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.use_cases.notes import Notes
from commands.sandbox.values.seeing import Week
from commands.sandbox.views.notes import weekly
from storage.db import Database
from storage.messages import MessageRow, MessageStore
from storage.sandbox_spans import SandboxSpanRow, SandboxSpanStore
from tests.conftest import FakeClock

DUE = datetime(2026, 11, 9, 9, tzinfo=UTC)
START = DUE - timedelta(days=7)


def span(sandbox: str, owner: str, since: datetime, until: datetime | None, **more: Any) -> SandboxSpanRow:
    known: dict[str, Any] = {
        "sandbox_id": sandbox,
        "name": f"name-{sandbox}",
        "owner": owner,
        "team": "pay",
        "since": since,
        "until": until,
        "asleep": False,
        "hourly": Decimal("0.24"),
        "awake_hourly": Decimal("0.24"),
        "currency": "EUR",
    }
    return SandboxSpanRow(**known | more)


async def keep(database: Database, *spans: SandboxSpanRow) -> None:
    async with database.transaction() as session:
        for each in spans:
            SandboxSpanStore().begin(session, each)


async def told(database: Database) -> dict[str, str]:
    """What each person was told, by whom it is for."""
    async with database.reading() as session:
        rows = (await session.execute(select(MessageRow))).scalars().all()
    return {row.lane: str(row.body) for row in rows}


@pytest.fixture
def notes(database: Database, clock: FakeClock) -> Notes:
    return Notes(database, MessageStore(clock), SandboxSettings())


async def test_each_owner_hears_what_the_week_cost_and_saved_and_nobody_else_does(
    database: Database, notes: Notes
) -> None:
    asleep = {"asleep": True, "hourly": Decimal("0.01")}
    await keep(
        database,
        # Begun before the week and asleep for its last two days; only what lies in the week counts.
        span("one", "U1", START - timedelta(days=3), DUE - timedelta(days=2)),
        span("one", "U1", DUE - timedelta(days=2), None, **asleep),
        span("two", "U2", DUE - timedelta(hours=1), None),
        span("old", "U3", START - timedelta(days=9), START),
        span("new", "U4", DUE, None),
        span("free", "U5", START, DUE, hourly=Decimal(0), awake_hourly=Decimal(0)),
        span("teams", "", START, DUE),
    )
    await notes.send(DUE)
    said = await told(database)
    assert set(said) == {"person:U1", "person:U2"}
    # 120 h at 0.24 and 48 h at 0.01; 48 h × 0.23 saved
    assert "cost 29.28 EUR this week, and saved 11.04 EUR by sleeping" in said["person:U1"]
    assert "cost 0.24 EUR this week." in said["person:U2"]


async def test_a_week_that_is_told_again_is_told_once(database: Database, notes: Notes) -> None:
    await keep(database, span("one", "U1", START, DUE))
    await notes.send(DUE)
    before = await told(database)
    await keep(database, span("two", "U1", START, DUE))
    await notes.send(DUE)
    assert await told(database) == before
    await notes.send(DUE + timedelta(days=7))  # the week after cost nothing
    assert await told(database) == before


async def test_it_can_be_switched_off(database: Database, clock: FakeClock) -> None:
    await keep(database, span("one", "U1", START, DUE))
    settings = SandboxSettings.model_validate({"note": {"on": False}})
    await Notes(database, MessageStore(clock), settings).send(DUE)
    assert await told(database) == {}


def test_it_comes_when_the_settings_say() -> None:
    [job] = [each for each in GROUP.jobs if each.name == "note"]
    assert job.schedule(SandboxSettings()) == Cron("0 9 * * mon", "UTC")
    settings = SandboxSettings.model_validate({"note": {"day": "fri", "at": "16:30", "zone": "Europe/Berlin"}})
    assert job.schedule(settings) == Cron("30 16 * * fri", "Europe/Berlin")


def test_a_time_zone_that_is_none_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SandboxSettings.model_validate({"note": {"zone": "Mars/Olympus"}})


def test_currencies_stand_apart_and_the_dearest_comes_first() -> None:
    weeks = [
        Week("cheap", Decimal("1.005"), Decimal(0), "EUR"),
        Week("dear", Decimal("20.30"), Decimal("0.001"), "EUR"),
        Week("<!here>", Decimal(3), Decimal(0), "USD"),
    ]
    reply = weekly(weeks)
    assert "21.30 EUR and 3.00 USD" in reply.text or "21.31 EUR and 3.00 USD" in reply.text
    assert "< 0.01 EUR" in reply.text or "&lt; 0.01 EUR" in reply.text
    shown = str(reply.to_payload())
    assert shown.index("dear") < shown.index("cheap")
    assert "<!here>" not in shown


def test_who_has_many_is_told_of_the_dearest() -> None:
    weeks = [Week(f"name-{number}", Decimal(number), Decimal(0), "EUR") for number in range(60)]
    shown = str(weekly(weeks).to_payload())
    assert "and 40 more" in shown
    assert "sandbox hours" in shown
