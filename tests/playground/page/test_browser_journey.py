"""The story a newcomer lives through first, in a real browser: command, form, mistake, card, confirm."""

import pytest
from playwright.async_api import expect

from tests.playground.page.conftest import Open, Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_sandbox_is_created_with_a_form_and_deleted_with_a_confirm(look: Open, stage: Stage) -> None:
    page = await look("ada")
    box = page.get_by_test_id("composer-field")
    await box.press_sequentially("/pla")
    options = page.get_by_test_id("completion").get_by_role("option")
    await expect(options).to_have_count(2)
    await expect(options.first).to_contain_text("/platform [group] [verb]")
    await box.press("Enter")
    await expect(box).to_have_value("/platform ")
    await expect(page.get_by_test_id("command-hint")).to_contain_text("[group] [verb]")
    await box.press_sequentially("sandbox create")
    await box.press("Enter")

    modal = page.get_by_role("dialog", name="Create a sandbox")
    name = modal.get_by_role("textbox", name="Name")
    await expect(name).to_be_focused()
    await name.fill("Bad Name")
    await name.press("Enter")
    await expect(modal.get_by_test_id("field-error").first).to_have_text("Only lowercase letters, digits and dashes.")
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await name.fill("demo")
    await modal.get_by_role("combobox", name="Size", exact=True).click()
    await modal.get_by_role("option", name="Medium").click()
    await modal.get_by_role("button", name="Create").click()
    await expect(modal).to_be_hidden()
    submitted = stage.app.received[-1]["view"]["state"]["values"]
    assert submitted["name"]["it"]["value"] == "demo"
    assert submitted["size"]["it"]["selected_option"]["value"] == "m"
    assert submitted["days"]["it"]["value"] == "3"
    assert submitted["purpose"]["it"]["value"] is None

    card = page.get_by_test_id("message").filter(has_text="Sandbox demo")
    await expect(card.get_by_test_id("author")).to_have_text("platform")
    await card.get_by_role("button", name="Delete…").click()
    question = page.get_by_role("alertdialog", name="Delete this sandbox?")
    await question.get_by_role("button", name="Keep it").click()
    await expect(question).to_be_hidden()
    assert stage.app.received[-1]["type"] == "view_submission", "whoever says no sends nothing"
    await card.get_by_role("button", name="Delete…").click()
    await question.get_by_role("button", name="Delete").click()
    await expect(card).to_contain_text("deleted")
    assert stage.problems == []


async def test_an_app_that_does_not_answer_is_shown_beside_the_button(look: Open, stage: Stage) -> None:
    await stage.double.person("ada").slash("platform", "/platform", "card")
    page = await look("ada")
    await page.get_by_role("button", name="Unanswered").click()
    await expect(page.get_by_test_id("failed")).to_have_text("The app did not answer within 3 seconds.")


async def test_a_command_in_a_thread_is_not_sent(look: Open, stage: Stage) -> None:
    await stage.double.person("grace").say("platform", "who is on call?")
    page = await look("ada")
    await page.get_by_test_id("message").hover()
    await page.get_by_test_id("reply").click()
    reply = page.get_by_test_id("thread-composer-field")
    await reply.fill("/platform sandbox create")
    await reply.press("Enter")
    await expect(page.get_by_test_id("toast")).to_have_text("/platform is not supported in threads. Sorry!")
    assert stage.app.received == []


async def test_the_app_home_is_published_and_its_button_works(look: Open, stage: Stage) -> None:
    page = await look("ada", "app")
    await expect(page.get_by_test_id("home")).to_contain_text("Your sandboxes")
    await page.get_by_role("button", name="Extend").click()
    await stage.double.wait_for(lambda: stage.app.received[-1].get("type") == "block_actions")
    assert stage.app.received[-1]["actions"][0]["action_id"] == "extend"
    await page.get_by_test_id("tab-messages").click()
    await expect(page.get_by_test_id("composer-field")).to_be_focused()
    await page.get_by_test_id("composer-field").fill("hello bot")
    await page.get_by_test_id("composer-send").click()
    await expect(page.get_by_test_id("message-body")).to_have_text("hello bot")
    assert stage.problems == []


async def test_a_shortcut_stands_among_the_commands(look: Open, stage: Stage) -> None:
    page = await look("ada")
    await page.get_by_test_id("composer-field").press_sequentially("/open")
    await page.get_by_role("option", name="Open a form").click()
    await expect(page.get_by_role("dialog", name="Create a sandbox")).to_be_visible()
    await expect(page.get_by_test_id("composer-field")).to_have_value("")
