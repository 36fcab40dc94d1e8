"""What people type and read: help, mistakes, refusals, hostile text."""

import pytest

from playground.slack import Person
from tests.world import World


async def _answer(person: Person, text: str) -> str:
    outcome = await person.slash("#platform", "/platform", text)
    assert outcome.ok, outcome.error
    return outcome.text


async def test_help_is_answered_at_once_and_only_to_who_asked(bot: World) -> None:
    outcome = await bot.ada.slash("#platform", "/platform", "help")
    assert outcome.message is not None
    assert outcome.message.ephemeral_to == bot.ada.user_id
    assert "sandbox" in str(outcome.blocks)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("sandbx create", "Did you mean sandbox?"),
        ("sandbox crate", "Did you mean create?"),
        ("sandbox create Größe!", "name must be 2 to 30 lower-case letters"),
        ("sandbox create fix size=tiny", "size must be small, medium, large or custom"),
        ("sandbox create fix lifetime=90d", "lifetime must be at most 14d"),
        ("sandbox create fix --lifetme 3d", "Did you mean lifetime?"),
        ("sandbox show", ""),
    ],
)
async def test_a_mistake_is_answered_with_what_is_wrong_and_what_would_be_right(
    bot: World, typed: str, words: str
) -> None:
    assert words in await _answer(bot.ada, typed)
    assert bot.sandboxes() == []


async def test_a_sandbox_that_does_not_exist_is_said_so(bot: World) -> None:
    await bot.ada.slash("#platform", "/platform", "sandbox show nowhere")
    await bot.message("There is no sandbox “nowhere”")


async def test_a_guest_is_refused_before_anything_is_done(bot: World) -> None:
    margaret = bot.slack.person("margaret")
    assert "sandbox.create" in await _answer(margaret, "sandbox create mine")
    assert bot.sandboxes() == []


async def test_people_of_another_workspace_get_nothing_in_a_shared_channel(bot: World) -> None:
    workspace = bot.slack.workspace
    workspace.add_user("partner", "Pat Partner", team_id="T0PARTNER")  # no stranger to Slack in a channel we share
    workspace.join(workspace.channel("platform").id, workspace.user("partner").id)
    partner = bot.slack.person("partner")
    assert "sandbox.create" in await _answer(partner, "sandbox create mine")
    assert bot.sandboxes() == []


async def test_a_button_is_judged_by_who_presses_it(bot: World) -> None:
    await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    card = await bot.message("checkout", "is ready")
    margaret = bot.slack.person("margaret")
    await margaret.press(card, "Delete", confirm=True)
    await bot.message("sandbox.delete", person=margaret)
    assert len(bot.sandboxes()) == 1


async def test_hostile_text_neither_pings_nor_breaks_the_card(bot: World) -> None:
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create")
    assert outcome.view is not None
    hostile = "<!channel> *bold* `tick` <@U999> {{ 7*7 }} \u202e & </b>"
    accepted = await bot.ada.submit(outcome.view, {"name": "checkout", "purpose": hostile})
    assert accepted.ok
    card = await bot.message("checkout", "is ready")
    assert any(block.get("text") == {"type": "plain_text", "text": hostile, "emoji": False} for block in card.blocks)
    assert bot.slack.workspace.pings == []


async def test_a_name_that_is_taken_is_told_at_its_field(bot: World) -> None:
    await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    await bot.message("checkout", "is ready")
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create")
    assert outcome.view is not None
    refused = await bot.ada.submit(outcome.view, {"name": "checkout"})
    assert refused.action == "errors"
    assert "taken" in refused.errors["name"]


async def test_the_fourth_sandbox_of_a_person_is_refused(bot: World) -> None:
    for name in ("one", "two", "three"):
        await bot.ada.slash("#platform", "/platform", f"sandbox create {name}")
        await bot.message(name, "is ready")
    assert "as many as one person may have" in await _answer(bot.ada, "sandbox create four")
    assert len(bot.sandboxes()) == 3
