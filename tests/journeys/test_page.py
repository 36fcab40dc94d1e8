"""What the page offers besides slash commands, with the real bot behind it: mentions, threads, shortcuts, App Home."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.journeys.browsing import PATIENCE, Demo, demo, picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with demo(tmp_path_factory.mktemp("demo")) as world:
        yield world
        assert world.problems == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(world: Demo) -> AsyncIterator[Page]:
    async with world.look() as page:
        yield page


async def test_a_mention_is_completed_and_answered_in_its_thread(page: Page) -> None:
    box = page.get_by_test_id("composer-field")
    await box.press_sequentially("@plat")
    await page.get_by_role("option", name="platform").click()
    await box.press_sequentially("sandbx list")
    await box.press("Enter")
    said = page.locator(".channel").get_by_test_id("message").filter(has_text="sandbx list")
    await expect(said).to_contain_text("@platform sandbx list")
    await said.get_by_role("button", name="1 reply").click(timeout=PATIENCE)
    await expect(page.locator(".thread")).to_contain_text("Did you mean sandbox?")
    await picture(page, "mention-in-thread")


async def test_a_shortcut_is_found_among_the_commands_and_its_sandbox_is_on_the_home(page: Page) -> None:
    box = page.get_by_test_id("composer-field")
    await box.press_sequentially("/create a")
    await page.get_by_role("option", name="Create a sandbox").click()
    form = page.get_by_role("dialog", name="Create sandbox")
    await form.get_by_role("textbox", name="Name").fill("by-shortcut")
    await form.get_by_role("button", name="Create").click()
    await expect(form).to_be_hidden(timeout=PATIENCE)
    await page.locator("[data-place=platform-bot]").click()
    home = page.get_by_test_id("home")
    await expect(home).to_contain_text("by-shortcut is ready", timeout=PATIENCE)
    await picture(page, "app-home")
    await home.get_by_role("button", name="Delete").first.click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(home).to_contain_text("You have none at the moment", timeout=PATIENCE)


async def test_a_form_opens_from_the_home(page: Page) -> None:
    await page.locator("[data-place=platform-bot]").click()
    await page.get_by_test_id("home").get_by_role("button", name="Create", exact=True).click()
    form = page.get_by_role("dialog", name="Create sandbox")
    await expect(form.get_by_role("textbox", name="Name")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()


async def test_a_form_whose_field_is_looked_up_deletes_what_was_chosen(page: Page) -> None:
    box = page.get_by_test_id("composer-field")
    await box.fill("/platform sandbox create from-the-form")
    await box.press("Enter")
    channel = page.locator(".channel")
    card = channel.get_by_test_id("message").filter(has_text="from-the-form").filter(has_text="is ready")
    await expect(card).to_be_visible(timeout=PATIENCE)
    await box.fill("/platform sandbox delete")
    await box.press("Enter")
    form = page.get_by_role("dialog", name="Delete sandbox")
    await form.get_by_role("combobox").press_sequentially("form")
    await form.get_by_role("option", name="from-the-form").click()
    await form.get_by_test_id("modal-submit").click()
    await channel.get_by_role("button", name="Yes, delete").click(timeout=PATIENCE)
    await expect(channel).to_contain_text("from-the-form is deleted", timeout=PATIENCE)
