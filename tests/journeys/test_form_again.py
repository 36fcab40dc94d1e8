"""A form whose acknowledgement was lost stays open, and may be submitted again: as it was, or changed meanwhile."""

import json
from dataclasses import replace

from playground.slack.traffic import Exchange
from tests.world import World


async def _submitted(bot: World, name: str) -> Exchange:
    opened = await bot.ada.slash("#platform", "/platform", "sandbox create")
    assert opened.view is not None
    assert (await bot.ada.submit(opened.view, {"name": name})).ok
    [submission] = [each for each in bot.slack.calls if each.request.get("type") == "view_submission"]
    await bot.message(name, "is ready")
    return submission


async def test_unchanged_it_is_the_same_call(bot: World) -> None:
    submission = await _submitted(bot, "checkout")
    again = await bot.slack.deliver_again(submission)
    assert again.ok
    assert not again.body
    assert len(bot.sandboxes()) == 1


async def test_changed_it_is_not_taken_for_the_first_and_the_person_is_told(bot: World) -> None:
    submission = await _submitted(bot, "checkout")
    changed = json.loads(json.dumps(submission.request).replace('"checkout"', '"billing"'))
    again = await bot.slack.deliver_again(replace(submission, request=changed))
    assert again.body["response_action"] == "errors"
    assert "was taken already" in str(again.body["errors"])
    assert len(bot.sandboxes()) == 1
