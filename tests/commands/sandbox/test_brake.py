"""The brake: so many ends at once are more likely a mistake, so nothing is deleted until an admin has looked."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.life import ExtendArguments
from commands.sandbox.views import doctor as views
from storage.db import Database
from storage.sandboxes import SandboxRow, SandboxState, SandboxStore
from tests.commands.sandbox.stage import BOSS, Stage, staged
from tests.conftest import FakeClock

MOST = 4
NONE = timedelta(0)


@pytest.fixture
async def many(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Stage]:
    settings = SandboxSettings(brake=MOST, grace="none", per_person=100, per_team=100)
    async with staged(database, clock, tmp_path, settings) as made:
        yield made


async def over(stage: Stage, count: int, since: timedelta = NONE) -> list[SandboxRow]:
    """So many whose time is over; they were never set up, which makes no difference here."""
    made = [await stage.create(f"s{len(await stage.rows())}") for _ in range(count)]
    for row in made:
        at = stage.clock.now() - since
        await stage.change(row.id, expires_at=at, look_at=stage.clock.now(), created_at=at - timedelta(days=1))
    return made


async def wanted(stage: Stage) -> int:
    return sum(row.wanted for row in await stage.rows())


async def rounds(stage: Stage) -> None:
    while await stage.service.reconciler.round():
        pass


async def test_as_many_as_are_usual_go(many: Stage) -> None:
    await over(many, MOST)
    await rounds(many)
    assert await wanted(many) == 0
    assert await many.trail("sandbox.brake_pulled") == []


async def test_of_more_none_is_deleted_and_admins_are_told_once(many: Stage) -> None:
    await over(many, MOST + 5)
    for _ in range(3):
        await rounds(many)
        many.clock.advance(timedelta(minutes=6))
    assert await wanted(many) == MOST + 5
    assert len(await many.trail("sandbox.brake_pulled")) == 1
    [card] = await many.messages("sandbox.brake")
    assert card.key.endswith(f":{BOSS}")
    assert {row.problem or "" for row in await many.rows()} == {
        "Its time is over. It is kept for now: more are to be deleted at once than is usual, so an admin looks first."
    }
    assert await many.service.brake.held_back() == MOST + 5


async def test_twenty_five_at_once_with_twenty_allowed_wait_and_go_when_they_are_released(
    database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    settings = SandboxSettings(grace="none", per_person=100, per_team=100)
    async with staged(database, clock, tmp_path, settings) as stage:
        await over(stage, 25)
        await rounds(stage)
        assert await wanted(stage) == 25
        released = await stage.service.brake.release(stage.call("release", BOSS))
        assert len(released.names) == 25
        await rounds(stage)  # at once, and not when they would be looked at anyway
        assert await wanted(stage) == 0
        await stage.settle()
        assert {row.state for row in await stage.rows()} == {SandboxState.DELETED}


async def test_the_last_of_them_is_counted_with_those_before_it(many: Stage) -> None:
    await over(many, MOST)
    await rounds(many)
    many.clock.advance(timedelta(minutes=30))
    await over(many, 1)
    await rounds(many)
    assert await wanted(many) == 1
    many.clock.advance(timedelta(minutes=31))
    await rounds(many)
    assert await wanted(many) == 1, "a brake that was pulled stays pulled until somebody lets it go"
    assert len(await many.trail("sandbox.brake_pulled")) == 1


async def test_one_a_quarter_of_an_hour_is_usual(many: Stage) -> None:
    for _ in range(3 * MOST):
        await over(many, 1)
        await rounds(many)
        many.clock.advance(timedelta(minutes=16))
    assert await wanted(many) == 0


async def test_what_is_released_goes_for_an_hour_and_no_longer(many: Stage) -> None:
    await over(many, MOST + 1)
    await rounds(many)
    call = many.call("release", BOSS)
    result = await many.service.brake.release(call)
    assert result.until == many.clock.now() + timedelta(hours=1)
    await rounds(many)
    await over(many, MOST + 1)
    await rounds(many)
    assert await wanted(many) == 0
    many.clock.advance(timedelta(hours=1))
    await over(many, MOST + 1)
    await rounds(many)
    assert await wanted(many) == MOST + 1
    assert len({card.object_id for card in await many.messages("sandbox.brake")}) == 2
    again = await many.service.brake.release(call)  # resumed after a crash: what was pulled since was not meant
    assert again.names == ()
    assert await many.service.brake.held_back() == MOST + 1


async def test_releasing_is_written_down_and_said_again_when_it_is_asked_again(many: Stage) -> None:
    await over(many, MOST + 1)
    await rounds(many)
    first = await many.service.brake.release(many.call("release", BOSS))
    again = await many.service.brake.release(many.call("release", BOSS))
    assert again.until == first.until
    [entry] = await many.trail("sandbox.brake_released")
    assert (entry.actor, json.loads(entry.after or "")) == (BOSS, {"sandboxes": MOST + 1})


async def test_there_is_nothing_to_release_when_nothing_is_held_back(many: Stage) -> None:
    assert (await many.service.brake.plan()).effects.model_dump() == {"sandboxes": 0}
    result = await many.service.brake.release(many.call("release", BOSS))
    assert (result.names, result.until) == ((), None)
    assert "No sandbox is held back" in views.released(result).text
    assert await many.trail("sandbox.brake_released") == []
    await over(many, MOST + 1)
    await rounds(many)
    assert await wanted(many) == MOST + 1, "what was said before it was pulled does not count"


async def test_the_plan_names_them_and_rules_can_look_at_how_many_they_are(many: Stage) -> None:
    made = await over(many, MOST + 1)
    await rounds(many)
    plan = await many.service.brake.plan()
    assert all(row.name in plan.lines[0] for row in made)
    assert plan.effects.model_dump() == {"sandboxes": MOST + 1}


async def test_an_extension_takes_one_out_of_it(many: Stage) -> None:
    made = await over(many, MOST + 1)
    await rounds(many)
    await many.service.life.extend(many.call("extend"), ExtendArguments(sandbox=made[0].id))
    assert await many.service.brake.held_back() == MOST
    await many.service.brake.release(many.call("release", BOSS))
    await rounds(many)
    assert [row.wanted for row in await many.rows()].count(True) == 1


async def test_its_card_follows_it(many: Stage) -> None:
    await over(many, MOST + 1)
    await rounds(many)
    [card] = await many.messages("sandbox.brake")
    shown = views.brake(await many.service.brake.state(card.object_id))
    assert "Let them go" in str([block.to_dict() for block in shown.blocks])
    before = (await many.messages("sandbox.brake"))[0]
    await many.service.brake.release(many.call("release", BOSS))
    [touched] = await many.messages("sandbox.brake")
    assert touched != before, "it is brought up to date"
    shown = views.brake(await many.service.brake.state(card.object_id))
    assert f"<@{BOSS}> let it go" in shown.text
    assert "Let them go" not in str([block.to_dict() for block in shown.blocks])


async def test_deleting_by_hand_is_never_held_back(many: Stage) -> None:
    for number in range(MOST + 3):
        await many.create(f"mine{number}")
        await many.service.life.delete(many.call("delete"), f"mine{number}")
    await rounds(many)
    assert await wanted(many) == 0
    assert await many.trail("sandbox.brake_pulled") == []


class _MeanwhileEnded(SandboxStore):
    """Another round ends one of those that are due just when they have been counted."""

    def __init__(self, stage: Stage, ending: str) -> None:
        self._stage, self._ending = stage, ending

    async def over(self, session: AsyncSession, ended: datetime) -> Sequence[str]:
        found = await super().over(session, ended)
        await self._stage.change(self._ending, wanted=False, unwanted_at=self._stage.clock.now(), look_at=None)
        return found


async def test_what_another_round_ends_meanwhile_is_counted_once(many: Stage) -> None:
    made = await over(many, MOST)
    many.service.books.sandboxes = _MeanwhileEnded(many, made[0].id)
    await rounds(many)
    assert await wanted(many) == 0
    assert await many.trail("sandbox.brake_pulled") == []
