"""The playground's own tools and manners: traffic, faults, themes, narrow windows, names for everything one can press."""

import pytest
from playwright.async_api import expect

from tests.playground.page.conftest import Open, Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_traffic_shows_what_travelled_and_can_be_filtered(look: Open, stage: Stage) -> None:
    page = await look("ada")
    await page.get_by_test_id("tool-traffic").click()
    await stage.double.person("ada").slash("platform", "/platform", "card")
    rows = page.get_by_test_id("traffic-row")
    await expect(rows.filter(has_text="slash_commands")).to_contain_text("/platform card")
    await expect(rows.filter(has_text="chat.postMessage")).to_contain_text("200")
    await page.get_by_test_id("traffic-filter").fill("postmessage")
    await expect(rows).to_have_count(1)
    await rows.click()
    await expect(page.get_by_test_id("traffic-detail")).to_contain_text('"text": "Sandbox demo"')
    await page.get_by_test_id("tool-traffic").click()
    await expect(page.get_by_test_id("drawer")).to_be_hidden()


async def test_the_cluster_panel_follows_what_stands_in_the_cluster(look: Open, stage: Stage) -> None:
    page = await look("ada")
    await page.get_by_test_id("tool-cluster").click()
    await expect(page.get_by_test_id("namespaces")).to_have_text("No namespace yet.")
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "sbx-demo"}}
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "sbx-demo"}}
    stage.cluster.put(namespace)
    stage.cluster.put({**settings, "data": {"colour": "green"}})
    await expect(page.get_by_test_id("namespace")).to_contain_text("sbx-demo")
    await page.get_by_test_id("object").click()
    await expect(page.locator(".cluster-detail")).to_contain_text('"colour": "green"')
    stage.cluster.edit("ConfigMap", "settings", {"data": {"colour": "blue"}}, "sbx-demo")
    await expect(page.locator(".cluster-detail")).to_contain_text('"colour": "blue"')
    stage.cluster.delete("ConfigMap", "settings", "sbx-demo")
    await expect(page.get_by_test_id("object")).to_have_count(0)
    assert stage.problems == []


async def test_a_fault_is_injected_and_cleared(look: Open, stage: Stage) -> None:
    page = await look("ada")
    await page.get_by_test_id("tool-fault").click()
    await page.get_by_label("Which calls").select_option("chat.*")
    await page.get_by_test_id("fault-inject").click()
    await expect(page.get_by_test_id("fault")).to_contain_text("on chat.*")
    assert [fault.kind for fault in stage.double.faults.active()] == ["ratelimited"]
    await page.get_by_test_id("fault-clear").click()
    await expect(page.get_by_test_id("fault")).to_have_count(0)


async def test_the_theme_follows_the_system_until_it_is_chosen(look: Open, stage: Stage) -> None:
    page = await look("ada", scheme="dark")
    background = "getComputedStyle(document.querySelector('main')).backgroundColor"
    dark = await page.evaluate(background)
    theme = page.get_by_test_id("theme")
    await theme.click()
    await expect(theme).to_have_attribute("aria-label", "Theme: light")
    light = await page.evaluate(background)
    await theme.click()
    assert await page.evaluate(background) == dark != light
    await page.reload()
    await expect(theme).to_have_attribute("aria-label", "Theme: dark")


async def test_in_a_narrow_window_the_places_fold_away(look: Open, stage: Stage) -> None:
    page = await look("ada", width=420)
    sidebar = page.get_by_test_id("sidebar")
    await expect(sidebar).to_be_hidden()
    await page.get_by_role("button", name="Places").click()
    await expect(sidebar).to_be_visible()
    await page.locator("[data-place=alerts]").click()
    await expect(sidebar).to_be_hidden()
    await expect(page.get_by_test_id("channel-title")).to_have_text("alerts")
    assert await page.evaluate("document.documentElement.scrollWidth") == 420


async def test_everything_that_can_be_pressed_or_filled_has_a_name(look: Open, stage: Stage) -> None:
    await stage.double.person("ada").slash("platform", "/platform", "card")
    await stage.double.person("ada").slash("platform", "/platform", "everything")
    page = await look("ada")
    await stage.double.person("ada").slash("platform", "/platform", "everything")
    await expect(page.get_by_test_id("modal")).to_be_visible()
    nameless = await page.evaluate(
        """[...document.querySelectorAll("button, input, textarea, select, a, [role=listbox]")]
            .filter((e) => e.offsetParent !== null || e.closest("dialog"))
            .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim()
                             || e.closest("label")?.textContent.trim() || e.labels?.length))
            .map((e) => e.outerHTML)"""
    )
    assert nameless == []


async def test_reading_further_up_is_not_interrupted_by_what_arrives(look: Open, stage: Stage) -> None:
    grace = stage.double.person("grace")
    for number in range(60):
        await grace.say("platform", f"line {number}")
    page = await look("ada")
    await expect(page.get_by_text("line 59")).to_be_in_viewport()
    timeline = page.get_by_test_id("timeline")
    await timeline.evaluate("(e) => { e.scrollTop = 0; }")
    await expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    await grace.say("platform", "the newest")
    await expect(page.get_by_text("the newest")).to_be_attached()
    await expect(page.get_by_text("the newest")).not_to_be_in_viewport()
    await timeline.evaluate("(e) => { e.scrollTop = e.scrollHeight; }")
    await expect(page.get_by_text("the newest")).to_be_in_viewport()
    await grace.say("platform", "newer still")
    await expect(page.get_by_text("newer still")).to_be_in_viewport()
