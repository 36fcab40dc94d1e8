"""A sandbox's whole story in the demo, by browser: from the `web` template to kubectl and its end. With SCREENSHOTS, to look
at."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.journeys.browsing import PATIENCE, Demo, demo, picture
from tests.playground.cluster.test_kubectl import Kubectl

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {
    "sandbox": {"prices": {"cpu_hour": 0.034, "memory_gib_hour": 0.0045, "currency": "EUR"}, "longest_life": "60d"}
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with demo(tmp_path_factory.mktemp("demo"), settings=SETTINGS) as world:
        yield world
        assert world.problems == []


async def types(page: Page, text: str) -> None:
    box = page.get_by_test_id("composer-field")
    await box.fill(text)
    await box.press("Escape")  # the list of commands
    await box.press("Enter")


async def says(page: Page, text: str) -> Locator:
    """The newest message with these words."""
    message = page.locator(".channel").get_by_test_id("message").filter(has_text=text).last
    await expect(message).to_be_visible(timeout=PATIENCE * 3)
    return message


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
async def test_from_a_template_to_kubectl_and_the_end(world: Demo, tmp_path: Path) -> None:
    async with world.look() as page:
        await types(page, "/platform sandbox create")
        form = page.get_by_role("dialog", name="Create sandbox")
        await expect(form).to_contain_text("EUR a day", timeout=PATIENCE)
        await form.get_by_role("combobox", name="Template", exact=True).click()
        await page.get_by_role("option", name=re.compile("^web")).click()
        image = form.get_by_role("textbox", name=re.compile("image", re.I))
        await expect(image).to_be_visible(timeout=PATIENCE)
        await form.get_by_role("textbox", name="Name", exact=True).fill("shop")
        await picture(page, "story-1-form")
        await form.get_by_role("button", name="Create").click()
        card = page.locator(".channel").get_by_test_id("message").filter(has_text="Namespace").first
        await expect(card).to_contain_text("shop is ready", timeout=PATIENCE * 3)
        await picture(page, "story-2-card")

        await types(page, "/platform sandbox show shop")
        await picture(page, "story-3-show")
        await card.get_by_role("button", name="Sleep").click()
        await expect(card).to_contain_text("shop sleeps", timeout=PATIENCE * 2)
        await picture(page, "story-4-asleep")
        await card.get_by_role("button", name="Wake").click()
        await expect(card).to_contain_text("shop is ready", timeout=PATIENCE * 2)
        await card.get_by_role("button", name="Extend").click()
        await says(page, "shop lives until")
        await picture(page, "story-5-extended")

        await types(page, "/platform sandbox access shop")
        form = page.get_by_role("dialog")
        await form.get_by_role("button", name=re.compile("^(Access|Get)")).click()
        shown = form.locator("pre")
        await expect(shown.first).to_contain_text("apiVersion", timeout=PATIENCE)
        await picture(page, "story-6-access")
        kubeconfig = tmp_path / "shop"
        kubeconfig.write_text(await shown.first.inner_text())
        kubectl = Kubectl(kubeconfig, tmp_path / "cache")
        assert "web" in await kubectl("get", "pods,deployments")
        assert "forbidden" in (await kubectl.refused("get", "nodes")).lower()
        await form.get_by_role("button", name="Close").last.click()

        await card.get_by_role("button", name="Delete").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        await says(page, "shop is deleted")
        await picture(page, "story-7-deleted")
