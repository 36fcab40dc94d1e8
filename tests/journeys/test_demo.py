"""`platform-bot demo` in a real browser: what a newcomer does in the first five minutes. Set SCREENSHOTS to keep pictures."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.playground.page.conftest import BROWSER_ARGS

pytestmark = pytest.mark.browser

_START = 60.0  # seconds for a start on a busy machine
_PATIENCE = 20_000  # milliseconds for what the bot does


@pytest.fixture
async def demo() -> AsyncIterator[str]:
    """The page's address of a demo in a process of its own, which must end cleanly."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0", "--no-browser"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = (await asyncio.wait_for(process.stdout.readline(), _START)).decode()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found is not None, line + (await process.stderr.read()).decode()
    yield found[0]
    process.send_signal(signal.SIGINT)
    _out, complaints = await asyncio.wait_for(process.communicate(), _START)
    assert process.returncode == 0
    assert complaints.decode() == ""


@pytest.fixture
async def page(demo: str) -> AsyncIterator[Page]:
    problems: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(_PATIENCE)
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(demo)
        yield page
        await browser.close()
    assert problems == []


async def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def test_a_newcomer_creates_lists_and_deletes_a_sandbox(page: Page) -> None:
    box = page.get_by_test_id("composer-field")
    await box.fill("/platform sandbox create")
    await box.press("Enter")
    form = page.get_by_role("dialog", name="Create sandbox")
    name = form.get_by_role("textbox", name="Name")
    await name.fill("Not a name!")
    await form.get_by_role("button", name="Create").click()
    await expect(form.get_by_test_id("field-error").first).to_contain_text("lower-case letters")
    await _picture(page, "1-form-with-an-error")

    await name.fill("checkout-fix")
    await form.get_by_role("textbox", name="Purpose").fill("Load test of the new <checkout> & *basket*")
    await form.get_by_role("button", name="Create").click()
    await expect(form).to_be_hidden()
    card = page.get_by_test_id("message").filter(has_text="checkout-fix").filter(has_text="Namespace")
    await expect(card).to_contain_text("is ready", timeout=_PATIENCE)
    await expect(card).to_contain_text("<checkout> & *basket*")
    await _picture(page, "2-card-ready")

    await box.fill("/platform sandbox list")
    await box.press("Enter")
    listed = page.get_by_test_id("message").filter(has_text="Only visible to you").filter(has_text="until")
    await expect(listed).to_contain_text("checkout-fix", timeout=_PATIENCE)
    await _picture(page, "3-list")

    await card.get_by_role("button", name="Delete").click()
    question = page.get_by_role("alertdialog", name="Delete this sandbox?")
    await expect(question).to_contain_text("cannot be undone")
    await _picture(page, "4-confirm")
    await question.get_by_role("button", name="Delete").click()
    await expect(page.get_by_test_id("message").filter(has_text="checkout-fix is deleted")).to_be_visible(
        timeout=_PATIENCE
    )
    await _picture(page, "5-deleted")

    await box.fill("/platform help")
    await box.press("Enter")
    await expect(page.get_by_test_id("message").filter(has_text="What I can do")).to_be_visible(timeout=_PATIENCE)
    await box.fill("/platform sandbox create --help")
    await box.press("Enter")
    await expect(page.get_by_test_id("message").filter(has_text="Example:")).to_be_visible(timeout=_PATIENCE)
    await _picture(page, "6-help")
