"""Somebody who asks too much: he is told when to come back, on every surface, and nobody else notices."""

from datetime import UTC, datetime

import aiohttp
import pytest

from bot.app import Application
from storage.db import Database
from tests.bot.http.conftest import Mint, Program
from tests.conftest import FakeClock
from tests.world import World

_LIMITS = {
    "PLATFORM_CALLS__PERSON_PER_MINUTE": "1",
    "PLATFORM_CALLS__PERSON_BURST": "2",
    "PLATFORM_CALLS__TOKEN_PER_MINUTE": "2",
    "PLATFORM_CALLS__TOKEN_BURST": "2",
}


async def _limited(world: World) -> tuple[Application, FakeClock]:
    """The bot with room for two calls of a person, whose buckets fill by a clock that stands still."""
    app = await world.start_bot(**_LIMITS)
    clock = FakeClock(datetime.now(UTC))
    rates = app._parts.rates
    for limit in (rates.calls, rates.questions, rates.token_calls, rates.token_questions):
        limit._clock = clock
    return app, clock


def _refused(app: Application) -> float | None:
    return app._parts.metrics.registry.get_sample_value("platform_bot_deliveries_refused_total", {"reason": "too_many"})


async def test_past_the_limit_every_surface_says_when_to_come_back_and_others_are_served(world: World) -> None:
    app, clock = await _limited(world)
    opened = await world.ada.slash("#platform", "/platform", "sandbox create")
    assert opened.view is not None
    for name in ("one", "two"):
        assert (await world.ada.slash("#platform", "/platform", f"sandbox create {name}")).text == ""

    typed = await world.ada.slash("#platform", "/platform", "sandbox create three")
    assert "Nothing was done; try again in 1m" in typed.text
    form = await world.ada.submit(opened.view, {"name": "three"})
    assert "try again in 1m" in form.errors["name"]
    card = await world.message("one", "is ready")
    await world.ada.press(card, "Delete", confirm=True)
    pressed = await world.message("try again in 1m")
    assert pressed.ephemeral_to == world.ada.user_id
    assert _refused(app) == 3

    grace = await world.slack.person("grace").slash("#platform", "/platform", "sandbox create hers")
    assert grace.text == ""
    await world.message("hers", "is ready")
    assert len(world.sandboxes()) == 3

    clock.advance(60)
    assert form.view is not None
    assert (await world.ada.submit(form.view, {"name": "three"})).ok
    await world.message("three", "is ready")


@pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "socket")], indirect=True)
async def test_mentions_past_the_limit_are_answered_once_lest_the_answers_fill_the_channel(world: World) -> None:
    app, _ = await _limited(world)
    for _ in range(5):
        await world.ada.say("#platform", "@platform sandbox show absent")
    await world.until(lambda: _refused(app) == 3, "three mentions are refused")
    await world.slack.person("grace").say("#platform", "@platform sandbox show hers")  # answered after all the others
    await world.until(lambda: _said(world, "“hers”"), "grace is answered")
    assert (len(_said(world, "“absent”")), len(_said(world, "try again in 1m"))) == (2, 1)


def _said(world: World, words: str) -> list[str]:
    workspace = world.slack.workspace
    found = workspace.messages(workspace.channel("platform").id)
    return [message.text for message in found if message.bot_id and words in message.text]


@pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "socket")], indirect=True)
async def test_questions_have_a_wider_limit_of_their_own(world: World) -> None:
    app, clock = await _limited(world)
    typed = ("help", "nonsense", "sandbox show", "sandbox help", "sandbox create --nonsense")
    told = [(await world.ada.slash("#platform", "/platform", text)).text for text in typed * 2]
    assert not any("try again in" in text for text in told)
    for text in typed:
        assert "try again in 12s" in (await world.ada.slash("#platform", "/platform", text)).text
    assert _refused(app) == 5
    assert (await world.ada.slash("#platform", "/platform", "sandbox create one")).text == ""
    await world.message("one", "is ready")
    clock.advance(12)
    assert "try again" not in (await world.ada.slash("#platform", "/platform", "help")).text


@pytest.mark.parametrize("mode", ["http"])
async def test_a_program_is_told_429_and_may_send_again_after_so_many_seconds(world: World, database: Database) -> None:
    app, clock = await _limited(world)
    assert app.port is not None
    mint = Mint(world, database)
    async with aiohttp.ClientSession() as session:
        program = Program(session, app.port, await mint.token())
        first = await program.post("sandbox list", {}, Idempotency_Key="first")
        assert first.status == (await program.post("sandbox list")).status == 200
        refused = await program.post("sandbox list", {}, Idempotency_Key="third")
        assert (refused.status, refused.kind, refused.headers["Retry-After"]) == (429, "too-many-requests", "30")
        repeated = await program.post("sandbox list", {}, Idempotency_Key="first")
        assert (repeated.status, repeated.headers["Idempotent-Replayed"]) == (200, "true")
        assert (await program.with_token(await mint.token()).post("sandbox list")).status == 200
        clock.advance(30)
        assert (await program.post("sandbox list", {}, Idempotency_Key="third")).status == 200

        for _ in range(10):  # requests of any kind are five times as many
            last = await program.call("GET", "/api/v1/calls/c-none")
            if last.status != 404:
                break
        assert (last.status, last.kind) == (429, "too-many-requests")
