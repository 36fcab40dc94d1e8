"""An approval from end to end: asked in the approvers' channel, answered by button, done once; on each database and mode."""

from pathlib import Path

import pytest

from playground.slack import Message, Refused
from tests.world import World

_RULES = """
access:
  grants:
    - {{roles: [approver], to: {{users: [{ada}, {grace}]}}, teams: all}}
approvals:
  channel: {channel}
  rules:
    - name: large sandboxes
      when: {{command: sandbox.create, size: large}}
      reason: They cost 40 a day.
"""


@pytest.fixture
async def asked(world: World) -> Message:
    """Ada has asked for a large sandbox; the request's card in #platform, as Grace sees it."""
    await _start(world)
    await world.ada.slash("#platform", "/platform", "sandbox create checkout size=large")
    told = await world.message("“sandbox create” waits for approval", person=world.ada)
    assert told.ephemeral_to == world.ada.user_id
    return await world.message("ada", "waits for approval", person=world.slack.person("grace"))


async def _start(world: World) -> None:
    channel = world.slack.workspace.channel("platform").id
    rules = _RULES.format(ada=world.ada.user_id, grace=world.slack.person("grace").user_id, channel=channel)
    _write(Path(world.environment["PLATFORM_CONFIG"]), rules)
    await world.start_bot()


def _write(path: Path, text: str) -> None:
    path.write_text(text)


async def test_approved_by_somebody_else_it_is_done_and_everybody_is_told(world: World, asked: Message) -> None:
    grace = world.slack.person("grace")
    assert world.sandboxes() == []
    shown = str(asked.blocks)
    assert "They cost 40 a day." in shown
    assert "8 CPUs" in shown

    await world.ada.press(asked, "Approve")
    refused = await world.message("your own request", person=world.ada)
    assert refused.ephemeral_to == world.ada.user_id
    await grace.press(asked, "Approve")

    await world.message("checkout", "is ready")
    card = await world.message(":white_check_mark:", "is approved", person=grace)
    assert card.ts == asked.ts
    assert len(world.sandboxes()) == 1
    with pytest.raises(Refused):
        await grace.press(card, "Approve")
    assert not world.slack.workspace.pings


async def test_denied_with_a_reason_it_is_not_done_and_the_reason_is_told(world: World, asked: Message) -> None:
    grace = world.slack.person("grace")
    outcome = await grace.press(asked, "Deny …")
    assert outcome.view is not None
    await grace.submit(outcome.view, {"reason": "too large for <a> test"})

    await world.message("denied by grace", "too large", person=world.ada)
    assert world.sandboxes() == []


async def test_it_survives_a_restart_between_asking_and_answering(world: World, asked: Message) -> None:
    await world.stop_bot()
    await _start(world)
    await world.slack.person("grace").press(asked, "Approve")
    await world.message("checkout", "is ready")
    assert len(world.sandboxes()) == 1


async def test_what_waits_is_listed_for_both(world: World, asked: Message) -> None:
    grace = world.slack.person("grace")
    await grace.slash("#platform", "/platform", "access approvals")
    listed = await world.message("1 request waits for your answer", person=grace)
    await world.ada.slash("#platform", "/platform", "access approvals")
    mine = await world.message("Nothing waits for you", person=world.ada)
    await world.ada.press(mine, "Withdraw")
    await world.message("was withdrawn", person=world.ada)
    assert listed.ephemeral_to == grace.user_id
    assert world.sandboxes() == []
