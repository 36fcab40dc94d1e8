"""The same journey while things go wrong around the bot: nothing is lost, nothing is doubled, people are told what is."""

from playground.slack import Message
from tests.world import World


def _cards(world: World, name: str) -> list[Message]:
    return [message for message in world.ada.sees("#platform") if name in message.text and not message.ephemeral_to]


async def test_the_form_opens_although_slack_fails_at_first(bot: World) -> None:
    bot.slack.faults.inject("server_error", "views.open", times=2)
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create")
    assert outcome.ok
    assert outcome.view is not None


async def test_the_form_opens_although_slack_asks_to_wait_a_second(bot: World) -> None:
    bot.slack.faults.inject("ratelimited", "views.open", retry_after=1)
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create")
    assert outcome.view is not None


async def test_when_the_form_cannot_open_the_answer_says_how_to_do_without(bot: World) -> None:
    bot.slack.faults.inject("server_error", "views.open", times=None)
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create")
    assert outcome.view is None
    assert "type it in full: /platform sandbox create" in outcome.text.replace("&lt;", "<")


async def test_an_answer_that_was_lost_does_not_open_the_form_twice(bot: World) -> None:
    bot.slack.faults.inject("drop_after", "views.open")
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create")
    assert outcome.ok
    assert len(bot.ada.stack) == 1
    assert not outcome.text


async def test_a_sandbox_is_made_once_the_cluster_is_back(bot: World) -> None:
    bot.cluster.faults.down = "unavailable"
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    assert outcome.ok
    waiting = await bot.message("checkout", "set up")
    await bot.until(
        lambda: any("keep trying" in str(message.blocks) for message in _cards(bot, "checkout")), "the card says why"
    )
    bot.cluster.faults.clear()
    ready = await bot.message("checkout", "is ready")
    assert ready.ts == waiting.ts
    assert len(_cards(bot, "checkout")) == 1


async def test_a_cut_connection_after_a_write_leaves_one_namespace(bot: World) -> None:
    bot.cluster.faults.after_write = True
    await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    await bot.until(bot.sandboxes, "the namespace is made although the bot does not hear of it")
    bot.cluster.faults.clear()
    await bot.message("checkout", "is ready")
    assert len(bot.sandboxes()) == 1


async def test_the_card_appears_once_although_slack_fails_in_every_way(bot: World) -> None:
    bot.slack.faults.inject("server_error", "chat.postMessage")
    bot.slack.faults.inject("ratelimited", "chat.postMessage", retry_after=1)
    bot.slack.faults.inject("drop_after", "chat.postMessage")
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    assert outcome.ok
    await bot.message("checkout", "is ready")
    assert len(_cards(bot, "checkout")) == 1


async def test_what_was_accepted_before_a_restart_is_done_after_it(bot: World) -> None:
    bot.cluster.faults.down = "unavailable"
    await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    await bot.message("checkout", "set up")
    await bot.stop_bot()
    bot.cluster.faults.clear()
    await bot.start_bot()
    await bot.message("checkout", "is ready")
    assert len(bot.sandboxes()) == 1
    assert len(_cards(bot, "checkout")) == 1


async def test_a_sandbox_whose_namespace_does_not_go_says_what_holds_it(bot: World) -> None:
    await bot.ada.slash("#platform", "/platform", "sandbox create checkout")
    await bot.message("checkout", "is ready")
    [namespace] = bot.sandboxes()
    bot.cluster.put(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "held", "namespace": namespace, "finalizers": ["example.com/hold"]},
        }
    )
    await bot.ada.slash("#platform", "/platform", "sandbox delete checkout")
    await bot.agree("checkout")
    await bot.message("checkout", "is being deleted")
    bot.cluster.edit("ConfigMap", "held", {"metadata": {"finalizers": None}}, namespace)
    await bot.message("checkout", "is deleted")
    assert bot.sandboxes() == []


async def test_a_guard_that_somebody_took_down_is_put_back(world: World) -> None:
    await world.start_bot()
    await world.ada.slash("#platform", "/platform", "sandbox create checkout")
    await world.message("checkout", "is ready")
    [namespace] = world.sandboxes()
    await world.stop_bot()
    world.cluster.delete("NetworkPolicy", "default-deny", namespace)
    await world.start_bot(PLATFORM_SANDBOX__RESYNC="30s")
    await world.until(
        lambda: world.cluster.object("NetworkPolicy", "default-deny", namespace), "the policy stands again"
    )
