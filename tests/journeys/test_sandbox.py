"""The first journey: from `/platform sandbox create` to a namespace, a card, and its end."""

import pytest

from playground.slack import Message, Refused
from tests.journeys.conftest import World


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
