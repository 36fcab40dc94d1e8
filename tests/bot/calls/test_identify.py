"""Who somebody is: kept for an hour, good for a day while Slack is down, fresh for what is sensitive; and who has left."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.calls.identify import Identity
from bot.calls.memberships import UserGroup
from bot.kit.access import AccessSettings
from bot.kit.errors import Refused, Unavailable, Unconfirmed
from bot.kit.events import PERSON_LEFT
from bot.kit.roles import Person
from storage.db import Database
from storage.events import DeliveryRow, EventRow, EventStore
from storage.people import PersonStore
from tests.conftest import FakeClock

SETTINGS = AccessSettings.model_validate(
    {
        "everyone": [],
        "teams": {"pay": {"groups": ["@pay"]}, "core": {"groups": ["S0CORE"]}},
        "grants": [{"roles": ["developer"], "to": {"teams": ["pay", "core"]}}],
    }
)
SOON = 30.0  # seconds; a bound for what takes no time


class Slack:
    """Slack's directory as the test wants it; `asked` lists the questions."""

    def __init__(self) -> None:
        self.down = False
        self.people: dict[str, Person] = {}
        self.groups = {"@pay": {"U0ADA"}, "S0CORE": {"U0LINUS"}}
        self.asked: list[str] = []

    async def person(self, user_id: str) -> Person:
        self._ask(user_id)
        if user_id == "U0NOBODY":
            raise Refused("unknown")
        return self.people.get(user_id) or Person(user_id, user_id, "UTC", full_member=True)

    async def group(self, ref: str) -> UserGroup:
        self._ask(ref)
        if ref not in self.groups:
            return UserGroup(ref, None, frozenset())
        return UserGroup(ref, f"S0{ref[1:].upper()}" if ref.startswith("@") else ref, frozenset(self.groups[ref]))

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.down:
            raise Unavailable("Slack", "no answer")


class Bot:
    """One process's identity, over the same database as others'."""

    def __init__(self, database: Database, clock: FakeClock, slack: Slack, settings: AccessSettings = SETTINGS) -> None:
        events = EventStore({PERSON_LEFT: ("sandbox:person.left",)})
        self.identity = Identity(database, slack.person, settings, clock, slack.group, events)
        self.database = database

    async def may(self, user_id: str, team: str = "pay") -> bool:
        principal = await self.identity.require(user_id)
        return principal.may("sandbox.create", team=team)

    async def settled(self) -> None:
        """When nothing is being asked or saved."""
        while self.identity.asking:
            asking = [*self.identity._asking.values(), *self.identity._saving]
            await asyncio.gather(*asking, return_exceptions=True)

    async def left(self) -> list[str]:
        async with self.database.reading() as session:
            rows = (await session.execute(EventRow.__table__.select())).all()  # type: ignore[attr-defined]
            deliveries = (await session.execute(DeliveryRow.__table__.select())).all()  # type: ignore[attr-defined]
        assert len(rows) == len(deliveries)
        return [row.object_id for row in rows if row.name == PERSON_LEFT]


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
async def bot(database: Database, clock: FakeClock, slack: Slack) -> AsyncIterator[Bot]:
    bot = Bot(database, clock, slack)
    yield bot
    await bot.identity.close()


async def test_the_groups_that_are_configured_are_asked_once_and_no_others(bot: Bot, slack: Slack) -> None:
    assert await bot.may("U0ADA")
    assert not await bot.may("U0LINUS")
    assert await bot.may("U0LINUS", team="core")
    assert sorted(slack.asked) == ["@pay", "S0CORE", "U0ADA", "U0LINUS"]


async def test_without_groups_in_the_configuration_none_is_asked_for(
    database: Database, clock: FakeClock, slack: Slack
) -> None:
    bot = Bot(database, clock, slack, AccessSettings())
    assert await bot.may("U0ADA", team="default")
    assert slack.asked == ["U0ADA"]
    await bot.settled()


async def test_another_process_knows_what_the_first_has_learnt(
    bot: Bot, database: Database, clock: FakeClock, slack: Slack
) -> None:
    assert await bot.may("U0ADA")
    await bot.settled()
    slack.asked.clear()
    slack.down = True
    other = Bot(database, clock, slack)
    assert await other.may("U0ADA")
    assert slack.asked == []
    await other.identity.close()


async def test_while_slack_is_down_the_last_mapping_serves_a_day_and_no_longer(
    bot: Bot, slack: Slack, clock: FakeClock
) -> None:
    assert await bot.may("U0ADA")
    slack.down = True
    clock.advance(timedelta(hours=23, minutes=59))
    assert await bot.may("U0ADA")
    clock.advance(timedelta(minutes=2))
    assert await bot.identity.known("U0ADA") is None
    assert await bot.identity.ask("U0ADA", within=SOON) is None
    with pytest.raises(Unavailable):
        await bot.identity.require("U0ADA")


async def test_the_groups_age_like_the_people(bot: Bot, slack: Slack, clock: FakeClock) -> None:
    assert await bot.may("U0ADA")
    await bot.settled()
    clock.advance(timedelta(hours=20))
    slack.down = True
    with pytest.raises(Unavailable):
        await bot.identity.require("U0NEW", fresh=True)
    clock.advance(timedelta(hours=5))
    slack.down = False

    async def no_groups(ref: str) -> UserGroup:
        raise Unavailable("Slack", "no answer")

    bot.identity.memberships._ask = no_groups
    assert await bot.identity.ask("U0ADA", within=SOON) is None, "the person is known, the groups are 25 hours old"


async def test_old_knowledge_serves_and_is_renewed_behind_it(bot: Bot, slack: Slack, clock: FakeClock) -> None:
    assert await bot.may("U0ADA")
    await bot.settled()
    slack.groups["@pay"].clear()
    clock.advance(timedelta(hours=2))
    assert await bot.may("U0ADA"), "nobody waits"
    await bot.settled()
    assert not await bot.may("U0ADA")


async def test_what_is_sensitive_is_done_within_the_hour_or_after_asking_again(
    bot: Bot, slack: Slack, clock: FakeClock
) -> None:
    await bot.identity.require("U0ADA", fresh=True)
    await bot.settled()
    slack.asked.clear()
    slack.down = True
    clock.advance(timedelta(minutes=59))
    assert (await bot.identity.require("U0ADA", fresh=True)).may("sandbox.create", team="pay")
    assert slack.asked == []
    clock.advance(timedelta(minutes=2))
    with pytest.raises(Unconfirmed):
        await bot.identity.require("U0ADA", fresh=True)
    with pytest.raises(Unconfirmed):
        await bot.identity.ask("U0ADA", within=SOON, fresh=True)
    assert await bot.may("U0ADA"), "what is not sensitive goes on"
    slack.down = False
    slack.groups["@pay"].clear()
    clock.advance(timedelta(seconds=11))  # not asked again at once
    await bot.settled()
    fresh = await bot.identity.require("U0ADA", fresh=True)
    assert not fresh.may("sandbox.create", team="pay")


async def test_slack_tells_of_a_change_of_a_group_and_it_holds_at_once(bot: Bot, slack: Slack) -> None:
    assert await bot.may("U0ADA")
    slack.asked.clear()
    slack.groups["@pay"].clear()
    await bot.identity.memberships.changed("S0OTHER")
    assert slack.asked == []
    await bot.identity.memberships.changed("S0PAY")
    assert not await bot.may("U0ADA")
    assert slack.asked == ["@pay"]


async def test_a_change_that_cannot_be_asked_about_is_told_again(bot: Bot, slack: Slack) -> None:
    assert await bot.may("U0ADA")
    slack.down = True
    with pytest.raises(Unavailable):
        await bot.identity.memberships.changed("S0PAY")


async def test_a_group_that_does_not_exist_has_no_members(bot: Bot, slack: Slack) -> None:
    del slack.groups["@pay"]
    assert not await bot.may("U0ADA")
    slack.groups["@pay"] = {"U0ADA"}
    await bot.identity.memberships.changed("S0PAY")  # its id is not known, so it may be this one
    assert await bot.may("U0ADA")


async def test_slack_tells_that_somebody_is_a_guest_now(bot: Bot, slack: Slack) -> None:
    assert await bot.may("U0ADA")
    await bot.settled()
    await bot.identity.changed(Person("U0ADA", "Ada", "Europe/Berlin", full_member=False))
    principal = await bot.identity.require("U0ADA")
    assert (principal.name, principal.zone) == ("Ada", "Europe/Berlin")
    await bot.identity.changed(Person("U0UNSEEN", "x", "UTC", full_member=True))
    async with bot.database.reading() as session:
        assert await PersonStore().get(session, "U0UNSEEN") is None, "of no interest to us"


@pytest.mark.parametrize("known", [True, False])
async def test_who_has_left_loses_everything_and_is_told_of_once(bot: Bot, slack: Slack, known: bool) -> None:
    if known:
        assert await bot.may("U0ADA")
        await bot.settled()
    gone = slack.people["U0ADA"] = Person("U0ADA", "ada", "UTC", full_member=False, gone=True)
    await bot.identity.changed(gone)
    await bot.identity.changed(gone)
    assert await bot.left() == ["U0ADA"]
    assert not await bot.may("U0ADA")


async def test_a_leaver_is_also_found_when_somebody_looks(bot: Bot, slack: Slack) -> None:
    assert await bot.may("U0ADA")
    await bot.settled()
    slack.people["U0ADA"] = Person("U0ADA", "ada", "UTC", full_member=False, gone=True)
    await bot.identity.look_again("U0ADA")
    await bot.identity.look_again("U0NOBODY")
    await bot.settled()
    assert await bot.left() == ["U0ADA"]


async def test_what_one_replica_hears_the_others_know_from_the_database(
    bot: Bot, database: Database, clock: FakeClock, slack: Slack
) -> None:
    other = Bot(database, clock, slack)
    assert await bot.may("U0ADA")
    await bot.settled()
    assert await other.may("U0ADA")
    clock.advance(1)
    await bot.identity.changed(Person("U0ADA", "ada", "UTC", full_member=False, gone=True))
    slack.groups["S0CORE"].add("U0LINUS2")
    await bot.identity.memberships.changed("S0CORE")
    await other.identity._learn_from_others()
    assert not await other.may("U0ADA")
    assert other.identity.memberships.of("U0LINUS2") == {"S0CORE"}
    await other.identity.close()
