"""Every element of a form by mouse and keyboard: what is chosen is what the app is told."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.playground.page.conftest import Open, Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def open_form(page: Page, title: str = "Everything", words: str = "everything") -> Locator:
    await page.get_by_test_id("composer-field").fill(f"/platform {words}")
    await page.get_by_test_id("composer-field").press("Enter")
    modal = page.get_by_role("dialog", name=title)
    await expect(modal).to_be_visible()
    return modal


async def saved(modal: Locator, stage: Stage) -> dict[str, Any]:
    """What the app got: block_id -> the element's state."""
    await modal.get_by_role("button", name="Save").click()
    await expect(modal).to_be_hidden()
    values = stage.app.received[-1]["view"]["state"]["values"]
    return {block: inputs["it"] for block, inputs in values.items() if "it" in inputs}


async def choose(modal: Locator, label: str, typed: str, option: str) -> None:
    await modal.get_by_role("combobox", name=label, exact=True).click()
    await modal.get_by_role("combobox", name=label, exact=True).press_sequentially(typed)
    await modal.get_by_role("option", name=option).click()


async def test_what_is_filled_in_is_what_the_app_gets(look: Open, stage: Stage) -> None:
    page = await look("ada")
    modal = await open_form(page)
    await modal.get_by_label("E-mail").fill("ada@acme.example")
    await modal.get_by_label("Address").fill("https://acme.example/x")
    await modal.get_by_label("Very").check()
    await modal.get_by_label("Small").check()
    await modal.get_by_label("Large").check()
    await modal.get_by_label("Day", exact=True).fill("2026-12-24")
    await modal.get_by_label("Time", exact=True).fill("18:30")
    await choose(modal, "Several", "med", "Medium")
    await choose(modal, "Service", "pay", "pay-web")
    await choose(modal, "Person", "grace", "Grace Hopper")
    await choose(modal, "People", "lin", "Linus Pauling")
    await choose(modal, "Channel", "alert", "alerts")
    await choose(modal, "Conversation", "cost", "costs")
    await modal.locator("input[type=file]").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"some notes"}
    )
    await expect(modal.get_by_role("button", name="Remove notes.txt")).to_be_visible()
    got = await saved(modal, stage)
    workspace = stage.double.workspace
    assert got["text"]["value"] == "as it was", "what nobody touched is submitted too"
    assert got["email"]["value"] == "ada@acme.example"
    assert got["url"]["value"] == "https://acme.example/x"
    assert got["radio"]["selected_option"]["value"] == "very"
    assert [option["value"] for option in got["boxes"]["selected_options"]] == ["s", "l"]
    assert got["date"]["selected_date"] == "2026-12-24"
    assert got["time"]["selected_time"] == "18:30"
    assert [option["value"] for option in got["many"]["selected_options"]] == ["m"]
    assert got["service"]["selected_option"]["value"] == "pay-web"
    assert got["person"]["selected_user"] == workspace.user("grace").id
    assert got["people"]["selected_users"] == [workspace.user("linus").id]
    assert got["channel"]["selected_channel"] == workspace.channel("alerts").id
    assert got["where"]["selected_conversation"] == workspace.channel("costs").id
    assert workspace.files[got["files"]["files"][0]["id"]].content == b"some notes"
    assert stage.problems == []


async def test_a_moment_is_shown_and_taken_in_the_zone_of_the_person(look: Open, stage: Stage) -> None:
    page = await look("grace")  # New York, five hours behind UTC in November
    modal = await open_form(page)
    moment = modal.get_by_label("Moment")
    await expect(moment).to_have_value("2026-11-23T08:20")
    await moment.fill("2026-07-01T12:00")
    assert (await saved(modal, stage))["moment"]["selected_date_time"] == 1782921600  # 16:00 UTC: summer time


async def test_a_select_works_with_the_keyboard_alone(look: Open, stage: Stage) -> None:
    page = await look("ada")
    modal = await open_form(page)
    several = modal.get_by_role("combobox", name="Several")
    await several.focus()
    await several.press("ArrowDown")
    await expect(several).to_have_attribute("aria-expanded", "true")
    await several.press("Enter")
    await several.press("ArrowDown")
    await several.press("ArrowDown")
    await several.press("Enter")
    await several.press("Escape")
    await expect(several).to_have_attribute("aria-expanded", "false")
    await expect(modal).to_be_visible()
    await expect(modal.locator(".chip")).to_have_text(["Small", "Large"])
    await several.press("Backspace")
    await expect(modal.locator(".chip")).to_have_text(["Small"])


async def test_required_fields_are_checked_before_anything_is_sent(look: Open, stage: Stage) -> None:
    page = await look("ada")
    modal = await open_form(page)
    await modal.get_by_label("Text", exact=True).fill("")
    await modal.get_by_label("E-mail").fill("not an address")
    await modal.get_by_role("button", name="Save").click()
    errors = modal.get_by_test_id("field-error").filter(visible=True)
    await expect(errors).to_have_text(["Please complete this required field.", "Please enter a valid email address."])
    assert not [payload for payload in stage.app.received if payload.get("type") == "view_submission"]


async def test_a_pushed_view_lies_on_top_and_going_back_loses_nothing(look: Open, stage: Stage) -> None:
    page = await look("ada")
    modal = await open_form(page)
    await modal.get_by_label("E-mail").fill("ada@acme.example")
    await modal.get_by_role("button", name="More…").click()
    pushed = page.get_by_role("dialog", name="More")
    await expect(pushed.get_by_role("textbox", name="Extra")).to_be_focused()
    await pushed.get_by_role("button", name="Back", exact=True).first.click()
    await expect(modal.get_by_label("E-mail")).to_have_value("ada@acme.example")
    assert stage.app.received[-1]["view"]["state"]["values"]["email"]["it"]["value"] == "ada@acme.example"


async def test_escape_closes_the_form_and_the_focus_returns(look: Open, stage: Stage) -> None:
    page = await look("ada")
    modal = await open_form(page)
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()
    assert stage.double.person("ada").stack == ()
    await expect(page.get_by_test_id("composer-field")).to_be_focused()


async def test_the_focus_stays_within_the_form(look: Open, stage: Stage) -> None:
    page = await look("ada")
    modal = await open_form(page, "Create a sandbox", "sandbox create")
    inside = (
        "document.querySelector('dialog').contains(document.activeElement) || document.activeElement === document.body"
    )
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate(inside)
    await expect(modal).to_be_visible()


async def test_a_form_updated_by_the_app_keeps_what_was_typed(look: Open, stage: Stage) -> None:
    page = await look("ada")
    modal = await open_form(page, "Create a sandbox", "sandbox create")
    await modal.get_by_role("textbox", name="Name").fill("typed")
    view = stage.double.person("ada").view
    assert view is not None
    body = {**view.body, "title": {"type": "plain_text", "text": "Changed"}}
    await stage.app.call("views.update", view_id=view.id, view=body)
    changed = page.get_by_role("dialog", name="Changed")
    await expect(changed.get_by_role("textbox", name="Name")).to_have_value("typed")
    await expect(changed.get_by_role("textbox", name="Name")).to_be_focused()


async def test_selects_and_overflow_of_a_message_act_at_once(look: Open, stage: Stage) -> None:
    await stage.double.person("ada").slash("platform", "/platform", "card")
    page = await look("ada")
    await page.get_by_role("combobox", name="Resize").click()
    await page.get_by_role("option", name="Large").click()
    await stage.double.wait_for(lambda: stage.app.received[-1].get("actions"))
    assert stage.app.received[-1]["actions"][0]["selected_option"]["value"] == "l"
    await page.get_by_test_id("overflow").click()
    await page.get_by_role("menuitem", name="Show events").click()
    await stage.double.wait_for(lambda: stage.app.received[-1]["actions"][0]["action_id"] == "rest")
    assert stage.app.received[-1]["actions"][0]["selected_option"]["value"] == "events"


async def test_an_app_that_fails_a_form_is_told_and_the_form_stays(look: Open, stage: Stage) -> None:
    page = await look("ada")
    modal = await open_form(page, "Create a sandbox", "sandbox create")
    await stage.app.stop()
    await modal.get_by_role("textbox", name="Name").fill("demo")
    await modal.get_by_role("button", name="Create").click()
    await expect(modal.get_by_test_id("modal-trouble")).to_have_text("We had some trouble connecting. Try again?")
