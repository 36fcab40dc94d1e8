"""Several people in one workspace: who sees what, unread marks, threads, reactions, being somebody else."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.playground.page.conftest import Open, Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


def place(page: Page, name: str) -> Locator:
    return page.locator(f"[data-testid=place][data-place={name}]")


async def say(page: Page, text: str, field: str = "composer-field") -> None:
    await page.get_by_test_id(field).fill(text)
    await page.get_by_test_id(field).press("Enter")


async def test_what_one_says_the_other_sees_at_once(look: Open, stage: Stage) -> None:
    ada, grace = await look("ada"), await look("grace")
    await say(ada, "hello there")
    await expect(grace.get_by_test_id("message-body")).to_have_text("hello there")
    await expect(grace.get_by_test_id("author")).to_have_text("Ada Lovelace")


async def test_shift_enter_breaks_the_line_and_enter_sends(look: Open, stage: Stage) -> None:
    ada = await look("ada")
    field = ada.get_by_test_id("composer-field")
    await field.press_sequentially("one")
    await field.press("Shift+Enter")
    await field.press_sequentially("two")
    await field.press("Enter")
    await expect(field).to_have_value("")
    assert [message.text for message in stage.double.person("ada").sees("platform")] == ["one\ntwo"]


async def test_an_ephemeral_answer_is_for_one_person_and_can_be_dismissed(look: Open, stage: Stage) -> None:
    ada, grace = await look("ada"), await look("grace")
    await say(ada, "/platform what is this")
    await expect(ada.get_by_test_id("only-you")).to_contain_text("Only visible to you")
    await say(ada, "grace, look")
    await expect(grace.get_by_test_id("message-body")).to_have_text("grace, look")
    await expect(grace.get_by_test_id("only-you")).to_have_count(0)
    await ada.get_by_role("button", name="Dismiss").click()
    await expect(ada.get_by_test_id("only-you")).to_have_count(0)


async def test_what_is_unread_is_marked_until_it_is_looked_at(look: Open, stage: Stage) -> None:
    ada = await look("ada")
    await stage.double.person("grace").say("alerts", "something burns")
    await expect(place(ada, "alerts")).to_contain_text("unread")
    await stage.double.person("grace").say("alerts", "<@" + stage.double.workspace.user("ada").id + "> come quick")
    await expect(place(ada, "alerts").get_by_label("1 unread")).to_be_visible()
    await place(ada, "alerts").click()
    await expect(ada.get_by_test_id("channel-title")).to_have_text("alerts")
    await place(ada, "platform").click()
    await expect(place(ada, "alerts")).not_to_contain_text("unread")


async def test_a_direct_message_counts_and_shows_in_the_sidebar(look: Open, stage: Stage) -> None:
    ada = await look("ada")
    talk = await stage.double.person("grace").open_dm("ada")
    await stage.double.person("grace").say(talk.id, "a minute?")
    await stage.double.person("grace").say(talk.id, "please")
    await expect(place(ada, "grace")).to_contain_text("2")
    await place(ada, "grace").click()
    await expect(ada.get_by_test_id("message-body").last).to_have_text("please")


async def test_a_thread_opens_beside_the_channel_and_counts_its_replies(look: Open, stage: Stage) -> None:
    await stage.double.person("grace").say("platform", "who takes it?")
    ada = await look("ada")
    await ada.get_by_test_id("message").hover()
    await ada.get_by_test_id("reply").click()
    thread = ada.get_by_test_id("thread")
    await say(ada, "I do", "thread-composer-field")
    await say(ada, "tomorrow", "thread-composer-field")
    await expect(thread.get_by_test_id("message-body")).to_have_text(["who takes it?", "I do", "tomorrow"])
    await expect(ada.get_by_test_id("timeline").get_by_test_id("message")).to_have_count(1)
    await expect(ada.get_by_test_id("thread-summary")).to_contain_text("2 replies")
    await ada.get_by_test_id("thread-composer-field").press("Escape")
    await expect(thread).to_be_hidden()


async def test_mentioning_by_completion_reaches_the_app_and_its_answer_names_the_person(
    look: Open, stage: Stage
) -> None:
    ada = await look("ada")
    field = ada.get_by_test_id("composer-field")
    await field.press_sequentially("@plat")
    await ada.get_by_role("option", name="platform").click()
    await field.press_sequentially("are you there?")
    await field.press("Enter")
    await ada.get_by_test_id("thread-summary").click()
    answer = ada.get_by_test_id("thread").get_by_test_id("message-body").last
    await expect(answer).to_have_text("Yes, @Ada Lovelace?")
    await expect(answer.locator(".mention-me")).to_have_text("@Ada Lovelace")


async def test_a_reaction_is_counted_and_taken_back_by_a_click(look: Open, stage: Stage) -> None:
    message = await stage.double.person("grace").say("platform", "done")
    await stage.double.person("linus").react(message, "eyes")
    ada = await look("ada")
    reaction = ada.get_by_test_id("reaction")
    await expect(reaction).to_contain_text("1")
    await reaction.click()
    await expect(reaction).to_contain_text("2")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await reaction.click()
    await expect(reaction).to_have_attribute("aria-pressed", "false")


async def test_one_s_own_message_is_edited_with_the_up_arrow_and_deleted_after_a_question(
    look: Open, stage: Stage
) -> None:
    ada = await look("ada")
    await say(ada, "@grace: a < b & c")
    await expect(ada.get_by_test_id("message-body")).to_have_text("@Grace Hopper: a < b & c")
    await ada.get_by_test_id("composer-field").press("ArrowUp")
    edit = ada.get_by_test_id("edit-composer-field")
    await expect(edit).to_have_value("@Grace Hopper: a < b & c")
    await edit.fill("a > b")
    await edit.press("Enter")
    await expect(ada.get_by_test_id("message-body")).to_have_text("a > b (edited)")
    await ada.get_by_test_id("message").hover()
    await ada.get_by_role("button", name="More actions").click()
    await ada.get_by_role("menuitem", name="Delete message…").click()
    await ada.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(ada.get_by_test_id("message")).to_have_count(0)


async def test_somebody_else_sees_with_their_own_eyes(look: Open, stage: Stage) -> None:
    await stage.double.person("ada").say("platform", "what time is it?")
    page = await look("ada")
    berlin = await page.locator(".message-time").inner_text()
    await page.get_by_test_id("who").click()
    await page.get_by_role("menuitemradio", name="Grace Hopper").click()
    await page.wait_for_selector("body[data-person=grace]")
    await expect(page.get_by_test_id("message-body")).to_have_text("what time is it?")
    assert await page.locator(".message-time").inner_text() != berlin
    await say(page, "noon, here")
    await expect(page.get_by_test_id("author").last).to_have_text("Grace Hopper")
    await page.go_back()
    await page.wait_for_selector("body[data-person=ada]")


async def test_a_guest_is_shown_only_their_channel(look: Open, stage: Stage) -> None:
    page = await look("margaret")
    await expect(page.get_by_test_id("place")).to_have_text(["platform", "platform"])


async def test_a_channel_can_be_looked_into_and_joined(look: Open, stage: Stage) -> None:
    stage.double.workspace.add_channel("random", ("linus",))
    page = await look("ada")
    await page.get_by_role("button", name="Browse channels").click()
    await page.get_by_test_id("browse").get_by_role("button", name="random").click()
    await expect(page.get_by_test_id("join-bar")).to_contain_text("#random")
    await page.get_by_role("button", name="Join channel").click()
    await expect(page.get_by_test_id("composer-field")).to_be_visible()
    await expect(place(page, "random")).to_be_visible()


async def test_the_page_comes_back_by_itself_when_the_connection_is_lost(look: Open, stage: Stage) -> None:
    page = await look("ada")
    for socket in tuple(stage.page._sockets):
        await socket.close()
    await stage.double.person("grace").say("platform", "are you back?")
    await expect(page.get_by_test_id("message-body")).to_have_text("are you back?")


async def test_a_reply_can_be_sent_to_the_channel_too(look: Open, stage: Stage) -> None:
    await stage.double.person("grace").say("platform", "who takes it?")
    ada = await look("ada")
    await ada.get_by_test_id("message").hover()
    await ada.get_by_test_id("reply").click()
    await ada.get_by_label("Also send to #platform").check()
    await say(ada, "I do", "thread-composer-field")
    shown = ada.get_by_test_id("timeline").get_by_test_id("message").last
    await expect(shown).to_contain_text("replied to a thread")
    await expect(shown).to_contain_text("I do")
    await expect(ada.get_by_label("Also send to #platform")).not_to_be_checked()


async def test_a_few_letters_after_control_k_lead_anywhere(look: Open, stage: Stage) -> None:
    ada = await look("ada")
    await ada.keyboard.press("Control+k")
    jump = ada.get_by_role("dialog", name="Jump to")
    await ada.keyboard.type("ale")
    await expect(jump.get_by_role("option")).to_have_count(1)
    await ada.keyboard.press("Enter")
    await expect(ada.get_by_test_id("channel-title")).to_have_text("alerts")
    await ada.keyboard.press("Control+k")
    await ada.keyboard.type("grace")
    await ada.keyboard.press("Enter")
    await expect(ada.get_by_test_id("channel-title")).to_have_text("Grace Hopper")
    await ada.keyboard.press("Control+k")
    await ada.keyboard.press("Escape")
    await expect(jump).to_be_hidden()


async def test_a_picture_that_was_shared_is_shown_and_another_file_is_a_download(look: Open, stage: Stage) -> None:
    dot = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f"
        "00050001ff56c72f0d0000000049454e44ae426082"
    )
    grace = stage.double.person("grace")
    await grace.upload("platform", "graph.png", dot)
    await grace.upload("platform", "costs.csv", b"team,cost\n")
    ada = await look("ada")
    picture = ada.get_by_role("img", name="graph.png")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("(image) => image.complete && image.naturalWidth") == 1
    await expect(ada.get_by_test_id("file").filter(has_text="costs.csv")).to_have_attribute("download", "costs.csv")
    assert stage.problems == []


async def test_a_message_that_is_edited_while_answers_come_in_keeps_what_was_typed(look: Open, stage: Stage) -> None:
    ada = await look("ada")
    await say(ada, "first thoughts")
    await expect(ada.get_by_test_id("message-body")).to_have_text("first thoughts")
    await ada.get_by_test_id("composer-field").press("ArrowUp")
    edit = ada.get_by_test_id("edit-composer-field")
    await edit.fill("second thoughts")
    mine = stage.double.person("ada").sees("platform")[0]
    await stage.double.person("grace").say("platform", "hm?", thread_ts=mine.ts)
    await expect(ada.get_by_test_id("thread-summary")).to_be_visible()
    await expect(edit).to_have_value("second thoughts")
    await expect(edit).to_be_focused()
