"""Everything a person can reach besides the slash command: App Home, shortcuts, mentions, words in threads, searched fields."""

from playground.slack import Message, View
from tests.world import World


def _home_text(world: World) -> str:
    view = world.ada.home
    return str(view.blocks) if view else ""


async def _ready(world: World, name: str) -> Message:
    await world.ada.slash("#platform", "/platform", f"sandbox create {name}")
    return await world.message(name, "is ready")


async def _in_thread(world: World, parent: Message, *words: str) -> Message:
    def replies() -> list[Message]:
        seen = world.ada.sees("#platform", thread_ts=parent.ts)
        return [
            each for each in seen if each.bot_id and each.ts != parent.ts and all(word in each.text for word in words)
        ]

    await world.until(replies, f"the thread says {words}")
    return replies()[-1]


async def test_app_home_shows_what_is_mine_and_what_i_can_do_and_follows_changes(bot: World) -> None:
    await bot.ada.open_home()
    await bot.until(lambda: "You have none at the moment" in _home_text(bot), "the home is published")
    assert "What you can do" in _home_text(bot)
    await _ready(bot, "checkout")
    await bot.until(lambda: "*checkout* is ready" in _home_text(bot), "the home shows the sandbox")
    view = bot.ada.home
    assert view is not None
    buttons = [each for block in view.blocks if block["type"] == "actions" for each in block["elements"]]
    delete = next(each["action_id"] for each in buttons if each["action_id"].startswith("run:sandbox.delete:"))
    await bot.ada.click(view, delete, confirm=True)
    await bot.until(lambda: "You have none at the moment" in _home_text(bot), "it is gone from the home")
    assert bot.sandboxes() == []


async def test_the_home_of_somebody_who_never_looked_is_not_published(bot: World) -> None:
    await _ready(bot, "checkout")
    assert bot.slack.person("grace").home is None
    assert bot.ada.home is None


async def test_a_guests_home_says_that_there_is_nothing_to_use(bot: World) -> None:
    margaret = bot.slack.person("margaret")
    await margaret.open_home()
    await bot.until(lambda: margaret.home is not None, "the guest's home is published")
    assert "You may not use anything here yet" in str(margaret.home)


async def test_a_form_opens_from_a_button_of_the_home(bot: World) -> None:
    await bot.ada.open_home()
    await bot.until(lambda: "Create one" in _home_text(bot), "the home is published")
    view = bot.ada.home
    assert view is not None
    [block] = [each for each in view.blocks if each.get("accessory", {}).get("text", {}).get("text") == "Create one"]
    outcome = await bot.ada.click(view, block["accessory"]["action_id"], block_id=block["block_id"])
    assert outcome.view is not None
    assert (await bot.ada.submit(outcome.view, {"name": "checkout"})).ok
    await bot.until(lambda: "*checkout* is ready" in _home_text(bot), "the sandbox is on the home")


async def test_a_shortcut_opens_the_form_of_its_command(bot: World) -> None:
    outcome = await bot.ada.shortcut("shortcut:global:sandbox.create")
    assert outcome.view is not None
    assert (await bot.ada.submit(outcome.view, {"name": "checkout"})).ok
    await bot.until(bot.sandboxes, "the sandbox is made")


async def test_a_mention_is_answered_in_its_thread(bot: World) -> None:
    await _ready(bot, "checkout")
    said = await bot.ada.say("#platform", "hey @grace, @platform sandbox list")
    await _in_thread(bot, said, "1 sandbox")


async def test_a_mention_with_a_mistake_is_told_in_its_thread(bot: World) -> None:
    said = await bot.ada.say("#platform", "@platform sandbx list")
    await _in_thread(bot, said, "Did you mean sandbox?")


async def test_a_mention_that_needs_more_offers_a_form(bot: World) -> None:
    said = await bot.ada.say("#platform", "@platform sandbox create size=large")
    offer = await _in_thread(bot, said, "needs a few more words")
    [action_id] = [element["action_id"] for block in offer.blocks for element in block.get("elements", [])]
    outcome = await bot.ada.click(offer, action_id)
    assert outcome.view is not None
    assert outcome.view.values["size"]["value"]["selected_option"]["value"] == "large"


async def test_a_word_in_the_thread_of_a_card_is_about_that_card(bot: World) -> None:
    card = await _ready(bot, "checkout")
    await bot.ada.say("#platform", "Status", thread_ts=card.ts)
    await _in_thread(bot, card, "Sandbox checkout is ready")


async def test_a_mention_in_the_thread_of_a_card_does_the_same(bot: World) -> None:
    card = await _ready(bot, "checkout")
    await bot.ada.say("#platform", "@platform show", thread_ts=card.ts)
    await _in_thread(bot, card, "Sandbox checkout is ready")


async def test_in_direct_messages_no_mention_is_needed(bot: World) -> None:
    direct = await bot.ada.open_messages_tab()
    await bot.ada.say(direct.id, "sandbox create checkout")
    await bot.message("Setting up", channel=direct.id)
    await bot.message("checkout", "is ready", channel=direct.id)
    await bot.ada.say(direct.id, "thanks!")
    await bot.message("is not a group of commands", channel=direct.id)


async def test_talk_that_concerns_nobody_is_not_answered(bot: World) -> None:
    card = await _ready(bot, "checkout")
    await bot.ada.say("#platform", "status of the world?")
    await bot.ada.say("#platform", "looks good to me", thread_ts=card.ts)
    other = await bot.ada.say("#platform", "a thread of our own")
    await bot.ada.say("#platform", "status", thread_ts=other.ts)
    said = await bot.ada.say("#platform", "@platform help")
    await _in_thread(bot, said, "What I can do")  # by now the others have been looked at
    assert not [each for each in bot.ada.sees("#platform", thread_ts=other.ts) if each.bot_id]
    assert not [each for each in bot.ada.sees("#platform", thread_ts=card.ts) if each.bot_id and each.ts != card.ts]


async def test_a_searched_field_finds_my_teams_sandboxes(bot: World) -> None:
    await _ready(bot, "checkout")
    await _ready(bot, "payments")
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox delete")
    assert isinstance(outcome.view, View)
    found = await bot.ada.options(outcome.view, "value", "pay", block_id="sandbox")
    assert [option["text"]["text"] for option in found] == ["payments (ada, ready)"]
