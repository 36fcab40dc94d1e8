"""Roles and teams from Slack's user groups, as they change; and what becomes of a leaver's things."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import yaml

from bot.kit.access import AccessSettings
from playground.slack import Message, Person
from storage.db import Database
from tests.bot.http.conftest import Mint, Program
from tests.world import World, world_around


def _settings(world: World) -> dict[str, object]:
    """Grace's team is made by a user group; its things concern #platform."""
    return {
        "everyone": ["viewer"],
        "teams": {
            "payments": {"groups": ["@payments"], "channel": world.slack.workspace.channel("platform").id},
            "core": {"domains": ["acme.example"]},
        },
        "grants": [
            {"roles": ["developer"], "to": {"teams": ["payments"]}},
            {"roles": ["admin"], "to": {"users": [world.slack.person("linus").user_id]}, "teams": "all"},
        ],
    }


def _configure(world: World) -> None:
    text = yaml.safe_dump({"access": _settings(world)})
    Path(world.environment["PLATFORM_CONFIG"]).write_text(text, encoding="utf-8")


@pytest.fixture
async def bot(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The bot with teams and grants; Ada and Grace are in @payments."""
    named = AccessSettings.model_validate({"teams": {"x": {"groups": ["@payments"], "domains": ["acme.example"]}}})
    async with world_around(database_url, "socket", tmp_path, named) as world:
        world.slack.workspace.add_usergroup("payments", members=("ada", "grace"))
        _configure(world)
        await world.start_bot()
        yield world


async def _told(world: World, person: Person, text: str, *words: str) -> None:
    """Types it, again until the answer or a message to this person has these words."""

    async def said() -> bool:
        outcome = await person.slash("#platform", "/platform", text)
        seen = [outcome.text, *(message.text + str(message.blocks) for message in person.sees("#platform"))]
        return any(all(word in each for word in words) for each in seen)

    await world.eventually(said, f"{person.user_id} is told {words}")


async def test_the_members_of_a_user_group_may_as_long_as_they_are_in_it(bot: World) -> None:
    await _told(bot, bot.ada, "access whoami", "developer", "team payments")
    await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    await bot.message("checkout", "is ready")
    workspace = bot.slack.workspace
    [group] = workspace.usergroups.values()
    workspace.save_usergroup(replace(group, users=(workspace.user("grace").id,)))
    await _told(bot, bot.ada, "sandbox create another", "sandbox.create", "developer")
    workspace.save_usergroup(replace(group, users=(workspace.user("ada").id, workspace.user("grace").id)))
    await _told(bot, bot.ada, "sandbox create again", "again", "is ready")


async def test_what_a_leaver_owned_goes_to_the_team_which_can_delete_it_and_their_token_ends(
    bot: World, database: Database
) -> None:
    await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    await bot.message("checkout", "is ready")
    token = await Mint(bot, database).token("ada")
    assert bot.app is not None
    assert bot.app.port is not None
    async with aiohttp.ClientSession() as session:
        program = Program(session, bot.app.port, token)
        assert (await program.post("access whoami")).status == 200
        workspace = bot.slack.workspace
        workspace.save_user(replace(workspace.user("ada"), deleted=True))

        async def ended() -> bool:
            return (await program.post("access whoami")).status == 401

        await bot.eventually(ended, "the token ends")
    grace = bot.slack.person("grace")

    def cards() -> list[Message]:
        return [each for each in grace.sees("#platform") if "has left: it is the team" in str(each.blocks)]

    await bot.until(lambda: len(cards()) == 2, "the first card and the team's own say so")
    await grace.press(cards()[-1], "Delete", confirm=True)
    await bot.until(lambda: not bot.sandboxes(), "the team deletes it")
