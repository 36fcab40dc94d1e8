"""The guided tour of `platform-bot demo`, with the real bot: a thing to try is ticked off when it was really done."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.journeys.browsing import PATIENCE, Demo, demo, picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with demo(tmp_path_factory.mktemp("demo")) as world:
        yield world
        assert world.problems == []


async def create(page: Page, name: str) -> Locator:
    """Creates a sandbox as the tour proposes; its card."""
    await page.get_by_test_id("offer-create").click()
    box = page.get_by_test_id("composer-field")
    await expect(box).to_have_value("/platform sandbox create")
    await expect(box).to_be_focused()
    await box.press("Enter")
    form = page.get_by_role("dialog", name="Create sandbox")
    await form.get_by_role("textbox", name="Name").fill(name)
    await form.get_by_role("button", name="Create").click()
    card = page.locator(".channel").get_by_test_id("message").filter(has_text=name).filter(has_text="Namespace")
    await expect(card).to_be_visible(timeout=PATIENCE)
    return card


async def has_done(page: Page, count: int) -> None:
    await expect(page.get_by_test_id("tour-count")).to_have_text(f"{count} of 3", timeout=PATIENCE)


async def test_a_newcomer_takes_the_tour_from_the_first_thing_to_the_last(world: Demo) -> None:
    async with world.look() as page:
        tour = page.get_by_role("complementary", name="Guided tour")
        await has_done(page, 0)
        await expect(page.locator(".coached")).to_have_attribute("data-testid", "composer")
        await picture(page, "tour-1-create")
        card = await create(page, "checkout")
        await has_done(page, 1)
        await expect(page.get_by_test_id("tour-news")).to_have_text("Done: Create a sandbox. Next: Use its card.")
        await expect(card).to_contain_class("coached")
        await picture(page, "tour-2-card")

        await page.reload()
        await has_done(page, 1)
        await tour.get_by_role("button", name="Open its thread").click()
        reply = page.locator(".thread").get_by_role("textbox")
        await reply.fill("status")
        await reply.press("Enter")
        await has_done(page, 2)
        await picture(page, "tour-3-look")

        await tour.get_by_role("button", name="Open its Home").click()
        await has_done(page, 3)
        await expect(tour).to_contain_text("That was the tour")
        await expect(page.locator(".coached")).to_have_count(0)
        await expect(page.get_by_test_id("home")).to_contain_text("Your sandboxes")
        await expect(page.get_by_test_id("home")).to_contain_text("checkout", timeout=PATIENCE)
        await picture(page, "tour-4-home")
        await tour.get_by_role("button", name="Close the tour").click()
        await expect(tour).to_be_hidden()


async def test_the_things_may_be_done_in_any_order_and_in_another_way(world: Demo) -> None:
    async with world.look("grace") as page:
        await page.get_by_test_id("tool-traffic").click()
        await has_done(page, 1)
        await page.get_by_test_id("tool-traffic").click()
        card = await create(page, "basket")
        await has_done(page, 2)
        # A card that changes while it asks “really?” has another button by the time of the answer.
        await expect(card).to_contain_text("is ready", timeout=PATIENCE)
        await card.get_by_role("button", name="Delete").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        await has_done(page, 3)


async def test_being_somebody_else_is_looking_around_too(world: Demo) -> None:
    async with world.look("ada", "general") as page:
        await page.get_by_test_id("who").click()
        await page.locator("[data-person=linus]").click()
        await has_done(page, 1)
        await expect(page.get_by_test_id("task-look")).to_contain_class("done")


async def test_what_stood_there_before_does_not_count(world: Demo) -> None:
    async with world.look("linus") as page:
        await create(page, "search")
        await has_done(page, 1)
    async with world.look("linus") as page:
        await expect(page.get_by_test_id("message").filter(has_text="search").first).to_be_visible()
        await has_done(page, 0)


async def test_a_closed_tour_stays_closed_and_starts_again_from_the_bar_by_keyboard(world: Demo) -> None:
    async with world.look() as page:
        tour = page.get_by_test_id("tour")
        await page.get_by_test_id("tour-close").focus()
        await page.keyboard.press("Escape")
        await expect(tour).to_be_hidden()
        again = page.get_by_role("button", name="Guided tour")
        await expect(again).to_be_focused()
        await page.reload()
        await expect(page.get_by_test_id("composer-field")).to_be_visible()
        await expect(tour).to_be_hidden()
        await expect(page.locator(".coached")).to_have_count(0)

        await again.focus()
        await page.keyboard.press("Enter")
        await expect(tour).to_be_visible()
        await expect(tour).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.get_by_test_id("tour-close")).to_be_focused()
        await page.get_by_test_id("task-title-look").press("Enter")
        await expect(page.get_by_test_id("task-title-look")).to_be_focused()
        await expect(page.get_by_test_id("task-title-look")).to_have_attribute("aria-expanded", "true")
        await page.keyboard.press("Tab")
        await expect(page.get_by_test_id("offer-look")).to_be_focused()


async def test_the_tour_takes_no_focus_of_its_own(world: Demo) -> None:
    async with world.look() as page:
        await expect(page.get_by_test_id("tour")).to_be_visible()
        await expect(page.get_by_test_id("composer-field")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_tour_covers_nothing_and_can_be_read(world: Demo, width: int, scheme: str) -> None:
    async with world.look(width=width, scheme=scheme) as page:
        tour = page.get_by_test_id("tour")
        await expect(tour).to_be_visible()
        for other in ("channel-header", "composer", "who"):
            assert not await _overlap(tour, page.get_by_test_id(other)), other
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        for part in (".tour-title", ".tour-words", ".tour-count"):
            assert await _contrast(tour.locator(part).first) >= 4.5, part
        await picture(page, f"tour-{scheme}-{width}")


async def _overlap(one: Locator, other: Locator) -> bool:
    a, b = await one.bounding_box(), await other.bounding_box()
    assert a is not None
    assert b is not None
    apart = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return not (apart or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"])


async def _contrast(text: Locator) -> float:
    """The contrast ratio of WCAG 2 between a text and the tour's ground."""
    light = """(element) => {
        const value = (colour) => {
            const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3)
                .map((part) => part / 255)
                .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
        };
        const ground = value(getComputedStyle(element.closest(".tour")).backgroundColor);
        const ink = value(getComputedStyle(element).color);
        return Math.max(ground, ink) / Math.min(ground, ink);
    }"""
    return float(await text.evaluate(light))
