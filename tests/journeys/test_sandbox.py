"""The first journey: from `/platform sandbox create` to a namespace, a card, and its end."""

import pytest
from sqlalchemy import update

from commands.sandbox.books import TOPIC
from playground.slack import Message, Refused
from storage.sandboxes import SandboxRow
from tests.world import World


def _button(message: Message, label: str) -> str:
    """The action id of the button with this label."""
    for block in message.blocks:
        for element in [*block.get("elements", []), block.get("accessory") or {}]:
            if element.get("type") == "button" and element["text"]["text"] == label:
                return str(element["action_id"])
    raise AssertionError(f"no button {label!r} in {message.blocks}")


async def test_a_sandbox_is_created_by_form_followed_by_its_card_listed_and_deleted(bot: World) -> None:
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create")
    assert outcome.ok
    assert outcome.view is not None

    refused = await bot.ada.submit(outcome.view, {"name": "Not A Name!", "purpose": "load test"})
    assert refused.action == "errors"
    assert set(refused.errors) == {"name"}
    assert "letters" in refused.errors["name"]

    assert refused.view is not None
    accepted = await bot.ada.submit(refused.view, {"name": "checkout-fix"})
    assert accepted.action == "closed"
    card = await bot.message("checkout-fix", "is ready")
    [namespace] = bot.sandboxes()
    assert namespace.startswith("sbx-default-checkout-fix-")
    assert any(namespace in str(block) for block in card.blocks)

    await bot.ada.slash("#platform", "/platform", "sandbox list")
    listed = await bot.message("1 sandbox")
    assert listed.ephemeral_to == bot.ada.user_id

    with pytest.raises(Refused, match="confirm"):
        await bot.ada.click(card, _button(card, "Delete"))
    await bot.ada.click(card, _button(card, "Delete"), confirm=True)
    gone = await bot.message("checkout-fix", "is deleted")
    assert gone.ts == card.ts
    assert not bot.sandboxes()
    assert not bot.slack.workspace.pings


async def test_where_the_bot_may_not_post_the_card_goes_to_its_owner(bot: World) -> None:
    secret = await bot.ada.create_channel("secret", private=True)
    await bot.ada.slash(secret.id, "/platform", "sandbox create checkout")
    direct = bot.slack.workspace.open_direct(bot.ada.user_id, bot.slack.workspace.user("platform").id)
    await bot.message("checkout", "is ready", channel=direct.id)
    assert not [message for message in bot.ada.sees(secret.id) if message.bot_id and not message.ephemeral_to]


async def test_cards_can_be_kept_out_of_channels(world: World) -> None:
    await world.start_bot(PLATFORM_SANDBOX__CARDS="direct")
    await world.ada.slash("#platform", "/platform", "sandbox create checkout")
    direct = world.slack.workspace.open_direct(world.ada.user_id, world.slack.workspace.user("platform").id)
    await world.message("checkout", "is ready", channel=direct.id)
    assert not [message for message in world.ada.sees("#platform") if message.bot_id and not message.ephemeral_to]


async def test_a_sandbox_is_deleted_when_its_time_is_over(world: World) -> None:
    app = await world.start_bot(PLATFORM_SANDBOX__GRACE="none")
    await world.ada.slash("#platform", "/platform", "sandbox create checkout lifetime=1h")
    await world.message("checkout", "is ready")
    async with app._parts.db.transaction() as session:  # an hour passes
        now = app._parts.clock.now()
        await session.execute(update(SandboxRow).values(expires_at=now, look_at=now))
        app._parts.db.signal(session, TOPIC)
    await world.message("checkout", "is deleted")
    assert world.sandboxes() == []
