"""More than the bot takes on: whoever is turned away is told so at once, nothing accepted is lost, and afterwards all is well."""

from bot.app import Application
from tests.world import World

_MOST = 6


async def _overloaded(world: World) -> Application:
    """No call gets a place to run; so many may wait."""
    app = await world.start_bot(PLATFORM_CALLS__WAITING=str(_MOST), PLATFORM_CALLS__RUNNING="1")
    await app._parts.runner._places.acquire()
    return app


async def test_past_the_bound_people_are_told_that_the_bot_is_busy_and_what_was_accepted_is_answered_once(
    world: World,
) -> None:
    app = await _overloaded(world)
    outcomes = [
        await world.ada.slash("#platform", "/platform", f"sandbox show absent-{number}") for number in range(_MOST + 3)
    ]
    assert all(outcome.ok for outcome in outcomes)
    assert [outcome.text for outcome in outcomes[:_MOST]] == [""] * _MOST
    for outcome in outcomes[_MOST:]:
        assert "I am busy" in str(outcome.blocks)
        assert "Nothing was done" in str(outcome.blocks)
        assert outcome.message is not None
        assert outcome.message.ephemeral_to == world.ada.user_id

    opened = await world.ada.slash("#platform", "/platform", "sandbox create")  # a question: answered all the same
    assert opened.view is not None
    refused = await world.ada.submit(opened.view, {"name": "checkout"})
    assert refused.action == "errors"
    assert "I am busy" in refused.errors["name"]
    assert refused.view is not None

    app._parts.runner._places.release()
    for number in range(_MOST):
        await world.message(f"There is no sandbox “absent-{number}”")
    accepted = await world.ada.submit(refused.view, {"name": "checkout"})
    assert accepted.ok
    await world.message("checkout", "is ready")
    seen = [message.text for message in world.ada.sees("#platform")]
    for number in range(_MOST + 3):
        answers = sum(f"“absent-{number}”" in text for text in seen)
        assert answers == (1 if number < _MOST else 0)
    assert app._parts.metrics.registry.get_sample_value(
        "platform_bot_deliveries_refused_total", {"reason": "busy"}
    ) == float(4)


async def test_past_the_bound_a_mention_is_answered_later_and_once(world: World) -> None:
    app = await _overloaded(world)
    for number in range(_MOST):
        await world.ada.slash("#platform", "/platform", f"sandbox show absent-{number}")
    await world.ada.say("#platform", "@platform sandbox show later")
    await world.until(
        lambda: app._parts.metrics.registry.get_sample_value("platform_bot_queue_refused_total", {"queue": "calls"}),
        "the mention was turned away",
    )
    app._parts.runner._places.release()
    for number in range(_MOST):
        await world.message(f"There is no sandbox “absent-{number}”")
    await world.until(lambda: world.slack.calls_of("app_mention"), "Slack has given up waiting for its acknowledgement")
    mention = world.slack.calls_of("app_mention")[0]
    assert not mention.ok
    await world.slack.deliver_again(mention)  # as Slack does, for it was not acknowledged
    await world.until(lambda: len(_about(world, "later")) == 1, "the mention is answered")
    await world.slack.deliver_again(mention)
    await world.ada.slash("#platform", "/platform", "sandbox show last")
    await world.message("There is no sandbox “last”")
    assert len(_about(world, "later")) == 1


def _about(world: World, name: str) -> list[str]:
    workspace = world.slack.workspace
    found = workspace.messages(workspace.channel("platform").id)
    return [message.text for message in found if message.bot_id and f"“{name}”" in message.text]
