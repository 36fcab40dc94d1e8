"""What people do with their sandboxes: longer lives, other sizes, other owners, sleep, shares; within the limits, and once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.kit.access import AccessSettings
from bot.kit.call import Call, Principal, Surface
from bot.kit.errors import FieldErrors, NotFound, Refused, UserError
from bot.kit.roles import Person, Rules
from commands.sandbox.ports import Cluster
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import CreateArguments, SandboxDetails, SandboxEffects
from commands.sandbox.values.life import (
    ExtendArguments,
    HoursArguments,
    ResizeArguments,
    ShareArguments,
    TransferArguments,
    WakeArguments,
)
from integrations.usage import Usage
from storage.audit import AuditReader, AuditStore, Search
from storage.audit_chain import Keyring
from storage.db import Database
from storage.messages import MessageRow, MessageStore
from storage.sandbox_spans import SandboxSpanRow
from storage.sandboxes import SandboxRow, SandboxState
from tests.conftest import FakeClock

RULES = Rules(
    AccessSettings.model_validate(
        {
            "everyone": [],
            "teams": {
                "pay": {"users": ["U0ADA", "U0GRACE", "U0BOTH"], "lead": "U0GRACE"},
                "core": {"users": ["U0LINUS", "U0BOTH"], "lead": "U0LINUS"},
            },
            "grants": [{"roles": ["developer"], "to": {"teams": ["pay", "core"]}}],
        }
    )
)
SETTINGS: dict[str, Any] = {
    "lifetime": "1d",
    "longest": "2d",
    "longest_life": "5d",
    "extensions": 2,
    "prices": {"cpu_hour": "0.03", "memory_gib_hour": "0.004", "storage_gib_month": "0.10", "currency": "EUR"},
}


def who(user_id: str) -> Principal:
    return RULES.principal(Person(user_id, user_id[2:].lower(), "UTC", full_member=True))


class People:
    """Everybody is known."""

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal:
        return who(user_id)


@dataclass
class Desk:
    """Calls the service as somebody; nothing here reaches a cluster."""

    database: Database
    clock: FakeClock
    number: int = 0

    def __post_init__(self) -> None:
        self.use()

    def use(self, **settings: Any) -> None:
        found = SandboxSettings.model_validate(SETTINGS | settings)
        cluster, messages = cast(Cluster, object()), MessageStore(self.clock)
        audit = AuditStore(Keyring.of("audit"))
        self.service = SandboxService(
            self.database, self.clock, cluster, messages, found, RULES, audit, People(), Usage(None)
        )

    def call(self, command: str, user_id: str = "U0ADA") -> Call:
        self.number += 1
        return Call(f"c{self.number}", f"sandbox.{command}", who(user_id), Surface.SLASH, self.clock.now())

    async def create(self, name: str = "checkout", user_id: str = "U0ADA", **more: Any) -> SandboxDetails:
        arguments = CreateArguments.model_validate({"name": name} | more)
        return await self.service.creating.create(self.call("create", user_id), arguments)

    async def ready(self, name: str = "checkout", user_id: str = "U0ADA", **more: Any) -> SandboxDetails:
        return await self.become(await self.create(name, user_id, **more), SandboxState.READY)

    async def become(self, sandbox: SandboxDetails, state: SandboxState, **values: Any) -> SandboxDetails:
        """What the reconciler would write."""
        async with self.database.transaction() as session:
            row = await self.service.books.sandboxes.lock(session, sandbox.id)
            assert row is not None
            changed = await self.service.books.change(session, row, state=state, **values)
            assert changed is not None
            return self.service.books.details(changed)

    async def extend(self, by: str | None = None, user_id: str = "U0ADA", call: Call | None = None) -> SandboxDetails:
        arguments = ExtendArguments.model_validate({"sandbox": "checkout", "by": by})
        return await self.service.life.extend(call or self.call("extend", user_id), arguments)

    async def resize(self, **given: Any) -> SandboxDetails:
        arguments = ResizeArguments.model_validate({"sandbox": "checkout"} | given)
        return await self.service.life.resize(self.call("resize"), arguments)

    async def spans(self) -> Sequence[SandboxSpanRow]:
        async with self.database.reading() as session:
            query = select(SandboxSpanRow).order_by(col(SandboxSpanRow.id))
            return (await session.execute(query)).scalars().all()

    async def row(self, sandbox: SandboxDetails) -> SandboxRow:
        async with self.database.reading() as session:
            found = await self.service.books.sandboxes.get(session, sandbox.id)
        assert found is not None
        return found

    async def shares(self, sandbox: SandboxDetails) -> list[str]:
        async with self.database.reading() as session:
            return [share.user_id for share in await self.service.books.shares.of(session, sandbox.id)]

    async def revoked(self) -> None:
        """The reconciler has ended what was given out."""
        async with self.database.transaction() as session:
            await session.execute(update(SandboxRow).values(revoke=False))

    async def cards(self, sandbox: SandboxDetails) -> dict[str, MessageRow]:
        async with self.database.reading() as session:
            query = select(MessageRow).where(col(MessageRow.object_id) == sandbox.id)
            return {row.key: row for row in (await session.execute(query)).scalars()}

    async def trail(self, sandbox: SandboxDetails) -> list[str]:
        async with self.database.reading() as session:
            wanted = Search(object=f"sandbox:{sandbox.id}")
            return [row.action for row in await AuditReader().find(session, wanted, 50, oldest_first=True)]


@pytest.fixture
def desk(database: Database, clock: FakeClock) -> Desk:
    return Desk(database, clock)


# --- extending ------------------------------------------------------------------------------------------------------


async def test_an_extension_counts_from_the_expiry_and_is_written_down(desk: Desk, clock: FakeClock) -> None:
    made = await desk.ready()
    clock.advance(timedelta(hours=5))
    longer = await desk.extend("6h")
    assert longer.expires_at == made.expires_at + timedelta(hours=6)
    assert longer.extensions == 1
    assert (await desk.trail(made))[-1] == "sandbox.extended"


async def test_a_call_that_is_run_again_after_a_crash_extends_once(desk: Desk) -> None:
    await desk.ready()
    call = desk.call("extend")
    first = await desk.extend("6h", call=call)
    again = await desk.extend("6h", call=call)
    assert (again.expires_at, again.extensions) == (first.expires_at, 1)


async def test_a_call_that_two_processes_run_at_once_extends_once(desk: Desk) -> None:
    """One stood still, and goes on when another has taken the call over."""
    await desk.ready()
    call = desk.call("extend")
    results = await asyncio.gather(*(desk.extend("1h", call=call) for _ in range(6)))
    assert {each.extensions for each in results} == {1}


async def test_extensions_are_capped_in_number_and_in_age(desk: Desk, clock: FakeClock) -> None:
    made = await desk.ready()
    assert (await desk.extend("2d")).expires_at == made.expires_at + timedelta(days=2)
    assert (await desk.extend("9d")).expires_at == made.created_at + timedelta(days=5)
    with pytest.raises(UserError, match="extended 2 times already"):
        await desk.extend("1h")
    desk.use(extensions=10)
    with pytest.raises(UserError, match="lives 5d at most"):
        await desk.extend("1h")


async def test_two_people_who_extend_at_once_have_one_cap_between_them(desk: Desk) -> None:
    await desk.ready()
    results = await asyncio.gather(
        *(desk.extend("1h", user) for user in ("U0ADA", "U0GRACE") * 5), return_exceptions=True
    )
    assert len([each for each in results if isinstance(each, SandboxDetails)]) == 2
    assert {type(each) for each in results if not isinstance(each, SandboxDetails)} == {UserError}


async def test_what_is_in_its_grace_wakes_up_again_when_it_is_extended(desk: Desk, clock: FakeClock) -> None:
    made = await desk.ready()
    clock.advance(timedelta(hours=25))
    await desk.become(made, SandboxState.EXPIRING, asleep=True, asleep_why="expired")
    longer = await desk.extend("6h")
    assert longer.expires_at == clock.now() + timedelta(hours=6)
    assert not longer.asleep


async def test_what_is_on_its_way_out_is_not_extended(desk: Desk) -> None:
    await desk.ready()
    await desk.service.life.delete(desk.call("delete"), "checkout")
    with pytest.raises(UserError, match="being deleted"):
        await desk.extend("6h")


async def test_only_its_owner_and_team_may_extend_it(desk: Desk) -> None:
    await desk.ready()
    with pytest.raises(NotFound):
        await desk.extend("1h", "U0LINUS")
    await desk.service.sharing.share(
        desk.call("share"), ShareArguments.model_validate({"sandbox": "checkout", "people": ["U0LINUS"]})
    )
    with pytest.raises(Refused, match=r"sandbox\.extend"):  # a share lets them use it; it is not theirs
        await desk.extend("1h", "U0LINUS")


# --- sizes, prices, limits ------------------------------------------------------------------------------------------


async def test_a_size_of_ones_own_is_held_to_its_bounds(desk: Desk) -> None:
    desk.use(custom={"cpu": 6, "memory": "12Gi", "storage": "40Gi"})
    made = await desk.create(size="custom", cpu=6, memory="12Gi")
    assert (made.cpu, made.memory, made.storage) == (6, 12 * 1024**3, 20 * 1024**3)
    with pytest.raises(FieldErrors) as caught:
        await desk.create("other", size="custom", cpu=7, memory="13Gi", storage="41Gi")
    assert caught.value.errors == {
        "cpu": "must be at most 6",
        "memory": "must be at most 12Gi",
        "storage": "must be at most 40Gi",
    }
    with pytest.raises(FieldErrors) as caught:
        await desk.create("other", size="small", cpu=3)
    assert caught.value.errors == {"cpu": "is for the size custom only"}
    desk.use(custom={"cpu": 0})
    with pytest.raises(FieldErrors):
        await desk.create("other", size="custom")


async def test_a_team_has_bounds_that_hold_for_all_its_sandboxes_together(desk: Desk) -> None:
    desk.use(bounds={"cpu": 6}, per_person=10)
    await desk.create("one", "U0ADA", size="medium")
    with pytest.raises(UserError, match="team pay's sandboxes would have 8 CPUs together; 6 are the most"):
        await desk.create("two", "U0GRACE", size="medium")
    await desk.create("two", "U0GRACE", size="small")
    desk.use(bounds={"per_day": "5"}, per_person=10)
    with pytest.raises(UserError, match=r"a day together; 5\.00 are the most"):
        await desk.create("three", "U0GRACE", size="large")


async def test_a_teams_bounds_hold_when_everybody_asks_at_once(desk: Desk) -> None:
    desk.use(bounds={"cpu": 10}, per_person=100, per_team=100)
    results = await asyncio.gather(
        *(desk.create(f"s{number}", ("U0ADA", "U0GRACE")[number % 2]) for number in range(20)), return_exceptions=True
    )
    assert len([each for each in results if isinstance(each, SandboxDetails)]) == 5


async def test_resizing_counts_against_the_bounds_and_not_twice(desk: Desk) -> None:
    desk.use(bounds={"cpu": 6})
    made = await desk.ready(size="medium")
    with pytest.raises(UserError, match="6 are the most"):
        await desk.resize(size="large")
    changed = await desk.resize(size="custom", cpu=6)
    assert (changed.size, changed.cpu) == ("custom", 6)
    assert (await desk.trail(made))[-1] == "sandbox.resized"


@pytest.mark.parametrize(
    ("wanted", "warned"),
    [({"cpu": 6, "memory": "4Gi"}, True), ({"cpu": 3, "memory": "9Gi"}, True), ({"cpu": 6, "memory": "9Gi"}, False)],
)
async def test_the_plan_of_resizing_says_what_becomes_of_what_is_too_large(
    desk: Desk, wanted: dict[str, Any], warned: bool
) -> None:
    await desk.ready(size="medium")
    arguments = ResizeArguments.model_validate({"sandbox": "checkout", "size": "custom"} | wanted)
    plan = await desk.service.life.plan_resize(desk.call("resize"), arguments)
    assert any("goes on running" in line for line in plan.lines) is warned


async def test_the_plan_says_what_it_costs_and_rules_can_look_at_it(desk: Desk) -> None:
    arguments = CreateArguments.model_validate({"name": "checkout", "size": "medium"})
    plan = await desk.service.creating.plan(desk.call("create"), arguments)
    # 4 × 0.03 + 8 × 0.004 an hour, and 50 GiB of storage by the month of 730 hours
    daily = (Decimal("0.152") + 50 * Decimal("0.10") / 730) * 24
    assert isinstance(plan.effects, SandboxEffects)
    assert plan.effects.cost_per_day is not None
    assert abs(plan.effects.cost_per_day - daily) < Decimal("1e-20")
    assert "Costs 3.81 EUR a day while it is awake" in plan.lines


async def test_the_form_says_what_it_costs_as_it_is_filled_in(desk: Desk) -> None:
    offer = await desk.service.creating.offer(who("U0ADA"), {"size": "medium", "lifetime": "2d"})
    assert offer.per_day is not None
    assert offer.until_the_end == offer.per_day * 2
    assert offer.problem is None
    unfinished = await desk.service.creating.offer(who("U0ADA"), {"size": "custom", "cpu": "9999", "lifetime": "2"})
    assert (unfinished.resources, unfinished.per_day) == (None, None)
    desk.use(per_person=0)
    assert (await desk.service.creating.offer(who("U0ADA"), {})).problem is not None
    desk.use(prices=None)
    assert (await desk.service.creating.offer(who("U0ADA"), {})).per_day is None


async def test_a_sandbox_is_paid_for_from_ready_to_deleted_by_what_it_is_in_between(
    desk: Desk, clock: FakeClock
) -> None:
    made = await desk.ready()
    clock.advance(timedelta(hours=2))
    await desk.become(made, SandboxState.SLEEPING)
    clock.advance(timedelta(hours=10))
    await desk.become(made, SandboxState.READY)
    await desk.resize(size="medium")
    clock.advance(timedelta(hours=1))
    await desk.service.life.delete(desk.call("delete"), "checkout")
    spans = await desk.spans()
    hours = [(span.until - span.since).total_seconds() / 3600 for span in spans if span.until]
    assert [(span.asleep, lasted) for span, lasted in zip(spans, hours, strict=True)] == [
        (False, 2.0),
        (True, 10.0),
        (False, 0.0),
        (False, 1.0),
    ]
    assert spans[1].hourly < spans[1].awake_hourly == spans[0].hourly < spans[3].hourly


# --- teams and owners -----------------------------------------------------------------------------------------------


async def test_whoever_is_in_several_teams_says_whose_it_is(desk: Desk) -> None:
    assert (await desk.create("one", "U0BOTH")).team == "core"
    assert (await desk.create("two", "U0BOTH", team="pay")).team == "pay"
    with pytest.raises(FieldErrors) as caught:
        await desk.create("three", "U0ADA", team="core")
    assert caught.value.errors == {"team": "must be one for which you may make sandboxes: pay"}


async def test_it_is_handed_over_within_its_team_and_what_was_given_out_ends(desk: Desk) -> None:
    made = await desk.ready()

    async def give(to: str) -> SandboxDetails:
        arguments = TransferArguments.model_validate({"sandbox": "checkout", "to": to})
        return await desk.service.life.transfer(desk.call("transfer"), arguments)

    with pytest.raises(FieldErrors) as caught:
        await give("U0LINUS")
    assert caught.value.errors == {"to": "may not have sandboxes of team pay, to which this one belongs"}
    changed = await give("U0GRACE")
    assert (changed.owner, changed.team) == ("U0GRACE", "pay")
    assert (await desk.row(made)).revoke
    assert (await desk.trail(made))[-1] == "sandbox.transferred"


async def test_nobody_is_given_more_than_one_person_may_have(desk: Desk) -> None:
    desk.use(per_person=1)
    await desk.create("hers", "U0GRACE")
    await desk.ready()
    arguments = TransferArguments.model_validate({"sandbox": "checkout", "to": "U0GRACE"})
    with pytest.raises(FieldErrors) as caught:
        await desk.service.life.transfer(desk.call("transfer"), arguments)
    assert "as many as one person may have" in caught.value.errors["to"]


# --- sharing --------------------------------------------------------------------------------------------------------


def shared_with(*people: str) -> ShareArguments:
    return ShareArguments.model_validate({"sandbox": "checkout", "people": list(people)})


async def test_it_is_shared_listed_and_not_shared_any_more(desk: Desk) -> None:
    made = await desk.ready()
    result = await desk.service.sharing.share(desk.call("share"), shared_with("U0LINUS", "U0LINUS"))
    assert result.people == ("linus",)
    assert [each.name for each in (await desk.service.looking.of(who("U0LINUS"))).sandboxes] == ["checkout"]
    async with desk.database.reading() as session:
        keys = (await session.execute(select(col(MessageRow.key)))).scalars().all()
    assert f"sandbox:{made.id}:shared:U0LINUS" in keys
    assert not (await desk.row(made)).revoke
    result = await desk.service.sharing.unshare(desk.call("unshare"), shared_with("U0LINUS"))
    assert result.people == ()
    assert (await desk.service.looking.of(who("U0LINUS"))).sandboxes == ()
    assert (await desk.row(made)).revoke  # what they hold ends
    assert (await desk.trail(made))[-2:] == ["sandbox.shared", "sandbox.unshared"]


async def test_the_card_of_everybody_who_has_it_follows_what_becomes_of_it(desk: Desk) -> None:
    made = await desk.ready()
    await desk.service.sharing.share(desk.call("share"), shared_with("U0LINUS", "U0BOTH"))
    for to in ("U0BOTH", "U0GRACE"):
        arguments = TransferArguments.model_validate({"sandbox": "checkout", "to": to})
        await desk.service.life.transfer(desk.call("transfer", "U0ADA"), arguments)
    before = await desk.cards(made)
    await desk.become(made, SandboxState.SLEEPING)
    after = await desk.cards(made)
    told = {key.removeprefix(f"sandbox:{made.id}:") for key, row in after.items() if row.wanted > before[key].wanted}
    assert told == {"card", "shared:U0LINUS", "owner-card:U0GRACE"}
    gone = {key.removeprefix(f"sandbox:{made.id}:") for key, row in after.items() if row.removed}
    assert gone == {"shared:U0BOTH", "owner-card:U0BOTH"}


async def test_the_card_of_the_team_follows_when_somebody_has_taken_over_what_was_left_to_it(desk: Desk) -> None:
    made = await desk.ready()
    await desk.service.life.leave_to_team("U0ADA", "ada")
    arguments = TransferArguments.model_validate({"sandbox": "checkout", "to": "U0BOTH"})
    await desk.service.life.transfer(desk.call("transfer", "U0GRACE"), arguments)
    before = await desk.cards(made)
    await desk.become(made, SandboxState.SLEEPING)
    key = f"sandbox:{made.id}:team-card"
    assert (await desk.cards(made))[key].wanted > before[key].wanted


async def test_what_was_shared_with_a_leaver_is_not_any_more(desk: Desk) -> None:
    made = await desk.ready()
    await desk.service.sharing.share(desk.call("share"), shared_with("U0LINUS"))
    await desk.service.life.leave_to_team("U0LINUS", "linus")
    assert (await desk.service.looking.of(who("U0LINUS"))).sandboxes == ()
    assert (await desk.row(made)).revoke


# --- sleep ----------------------------------------------------------------------------------------------------------


def wake(until: str | None = None) -> WakeArguments:
    return WakeArguments.model_validate({"sandbox": "checkout", "until": until})


async def test_it_sleeps_until_somebody_wakes_it_for_good_or_for_a_while(desk: Desk, clock: FakeClock) -> None:
    made = await desk.ready()
    asleep = await desk.service.sleeping.sleep(desk.call("sleep"), "checkout")
    assert (asleep.asleep, asleep.asleep_why) == (True, "asked")
    nap = await desk.service.sleeping.wake(desk.call("wake"), wake("2h"))
    assert (nap.asleep, nap.woken_until) == (False, clock.now() + timedelta(hours=2))
    awake = await desk.service.sleeping.wake(desk.call("wake"), wake())
    assert (awake.asleep, awake.woken_until) == (False, None)
    assert (await desk.trail(made))[-3:] == ["sandbox.put_to_sleep", "sandbox.woken", "sandbox.woken"]


async def test_hours_put_it_to_sleep_at_once_when_they_are_over(desk: Desk, clock: FakeClock) -> None:
    await desk.ready()
    hour = clock.now().hour
    later = f"mon-sun {(hour + 2) % 24:02d}:00-{(hour + 3) % 24:02d}:00 UTC"
    arguments = HoursArguments.model_validate({"sandbox": "checkout", "hours": later})
    found = await desk.service.sleeping.keep_hours(desk.call("hours"), arguments)
    assert (found.asleep, found.asleep_why, found.hours) == (True, "schedule", later)
    always = HoursArguments.model_validate({"sandbox": "checkout", "hours": "always"})
    assert not (await desk.service.sleeping.keep_hours(desk.call("hours"), always)).asleep


async def test_what_is_in_its_grace_is_extended_and_not_woken(desk: Desk) -> None:
    made = await desk.ready()
    await desk.become(made, SandboxState.EXPIRING, asleep=True, asleep_why="expired")
    with pytest.raises(UserError, match="Extend it"):
        await desk.service.sleeping.wake(desk.call("wake"), wake())


async def test_a_row_of_an_earlier_release_has_the_resources_of_its_size(desk: Desk) -> None:
    made = await desk.ready(size="medium")
    async with desk.database.transaction() as session:
        await session.execute(update(SandboxRow).values(cpu=None, memory=None, storage=None))
    found = await desk.service.looking.details_of(made.id)
    assert found is not None
    assert (found.cpu, found.memory) == (4, 8 * 1024**3)


# --- again ----------------------------------------------------------------------------------------------------------


Doing = Callable[["Desk", Call], Awaitable[object]]


def _extend(desk: Desk, call: Call) -> Awaitable[object]:
    return desk.service.life.extend(call, ExtendArguments.model_validate({"sandbox": "checkout", "by": "1h"}))


def _resize(desk: Desk, call: Call, size: str = "medium") -> Awaitable[object]:
    arguments = ResizeArguments.model_validate({"sandbox": "checkout", "size": size})
    return desk.service.life.resize(call, arguments)


def _transfer(desk: Desk, call: Call, to: str = "U0GRACE") -> Awaitable[object]:
    arguments = TransferArguments.model_validate({"sandbox": "checkout", "to": to})
    return desk.service.life.transfer(call, arguments)


def _hours(desk: Desk, call: Call, hours: str = "mon-fri 00:00-01:00 UTC") -> Awaitable[object]:
    arguments = HoursArguments.model_validate({"sandbox": "checkout", "hours": hours})
    return desk.service.sleeping.keep_hours(call, arguments)


AGAIN: dict[str, tuple[Doing, Doing]] = {
    "extend": (_extend, _extend),
    "resize": (_resize, lambda desk, call: _resize(desk, call, "small")),
    "transfer": (_transfer, lambda desk, call: _transfer(desk, call, "U0BOTH")),
    "hours": (_hours, lambda desk, call: _hours(desk, call, "always")),
    "sleep": (
        lambda desk, call: desk.service.sleeping.sleep(call, "checkout"),
        lambda desk, call: desk.service.sleeping.wake(call, wake()),
    ),
    "wake": (
        lambda desk, call: desk.service.sleeping.wake(call, wake("2h")),
        lambda desk, call: desk.service.sleeping.sleep(call, "checkout"),
    ),
    "share": (
        lambda desk, call: desk.service.sharing.share(call, shared_with("U0LINUS")),
        lambda desk, call: desk.service.sharing.unshare(call, shared_with("U0LINUS")),
    ),
    "unshare": (
        lambda desk, call: desk.service.sharing.unshare(call, shared_with("U0BOTH")),
        lambda desk, call: desk.service.sharing.share(call, shared_with("U0BOTH")),
    ),
    "revoke": (
        lambda desk, call: desk.service.access.revoke(call, "checkout"),
        lambda desk, call: desk.revoked(),
    ),
}


@pytest.mark.parametrize("verb", AGAIN)
async def test_a_call_that_is_resumed_undoes_nothing_of_what_others_did_since(desk: Desk, verb: str) -> None:
    made = await desk.ready()
    await desk.service.sharing.share(desk.call("share"), shared_with("U0BOTH"))
    doing, undoing = AGAIN[verb]
    call = desk.call(verb)
    await doing(desk, call)
    await undoing(desk, desk.call("extend", "U0GRACE"))  # whatever it is: she may
    row, entries, shares = await desk.row(made), await desk.trail(made), await desk.shares(made)
    await doing(desk, call)
    again = await desk.row(made)
    assert again.model_dump() == row.model_dump()
    assert (await desk.trail(made), await desk.shares(made)) == (entries, shares)
