"""views.*: triggers are good once and for 3 s, hashes guard updates, a modal is three deep, and state survives what it should."""

import json
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackDouble
from tests.playground.slack.conftest import (
    Json,
    SocketApp,
    TurnedClock,
    client,
    double,
    manifest,
    modal,
    plain,
    refusal,
    section,
    text_input,
)


async def opened(slack: SlackDouble, api: AsyncWebClient, view: Json) -> Json:
    shown: Json = (await api.views_open(trigger_id=slack.issue_trigger("ada"), view=view))["view"]
    return shown


async def test_a_trigger_is_good_once(slack: SlackDouble, api: AsyncWebClient) -> None:
    trigger = slack.issue_trigger("ada")
    await api.views_open(trigger_id=trigger, view=modal(section()))
    again = await refusal(api.views_open(trigger_id=trigger, view=modal(section())))
    assert again["error"] == "exchanged_trigger_id"
    unknown = await refusal(api.views_open(trigger_id="1.2.3", view=modal(section())))
    assert unknown["error"] == "invalid_trigger_id"


async def test_a_trigger_is_good_for_three_seconds(slack: SlackDouble, api: AsyncWebClient, clock: TurnedClock) -> None:
    trigger, late = slack.issue_trigger("ada"), slack.issue_trigger("ada")
    clock.turn(3)
    await api.views_open(trigger_id=trigger, view=modal(section()))
    clock.turn(0.1)
    assert (await refusal(api.views_open(trigger_id=late, view=modal(section()))))["error"] == "expired_trigger_id"


async def test_a_refused_view_leaves_its_trigger_unspent(slack: SlackDouble, api: AsyncWebClient) -> None:
    trigger = slack.issue_trigger("ada")
    answer = await refusal(api.views_open(trigger_id=trigger, view=modal(section("x" * 3001))))
    assert answer["error"] == "invalid_arguments"
    assert (
        "[ERROR] must be less than 3001 characters [json-pointer:/view/blocks/0/text/text]"
        in (answer["response_metadata"]["messages"])
    )
    await api.views_open(trigger_id=trigger, view=modal(section()))


async def test_a_view_beyond_250_kilobytes_is_too_large(slack: SlackDouble, api: AsyncWebClient) -> None:
    view = modal(*[section("é" * 1400)] * 84)
    room = 250_000 - len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())
    assert 0 < room < 84 * 1_500
    blocks = [dict(block) for block in view["blocks"]]
    for block in blocks:  # ASCII makes up what is missing to the byte
        length = min(1_500, room)
        block["text"] = {"type": "mrkdwn", "text": "é" * 1400 + "x" * length}
        room -= length
    await api.views_open(trigger_id=slack.issue_trigger("ada"), view=modal(*blocks))
    blocks[-1]["text"] = {"type": "mrkdwn", "text": blocks[-1]["text"]["text"] + "x"}
    answer = await refusal(api.views_open(trigger_id=slack.issue_trigger("ada"), view=modal(*blocks)))
    assert answer["error"] == "view_too_large"


async def test_an_update_needs_the_newest_hash(slack: SlackDouble, api: AsyncWebClient) -> None:
    view = await opened(slack, api, modal(section("one")))
    updated = (await api.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("two"))))["view"]
    assert updated["hash"] != view["hash"]
    answer = await refusal(api.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("three"))))
    assert answer["error"] == "hash_conflict"
    shown = slack.person("ada").view
    assert shown is not None
    assert shown.blocks[0]["text"]["text"] == "two"


async def test_a_closed_view_cannot_be_updated(slack: SlackDouble, api: AsyncWebClient) -> None:
    view = await opened(slack, api, modal(section()))
    await slack.person("ada").close(view["id"])
    assert (await refusal(api.views_update(view_id=view["id"], view=modal(section()))))["error"] == "not_found"


async def test_a_view_is_found_by_its_external_id_which_must_be_unique(slack: SlackDouble, api: AsyncWebClient) -> None:
    await opened(slack, api, modal(section(), external_id="one"))
    await api.views_update(external_id="one", view=modal(section("two"), external_id="one"))
    other = await refusal(
        api.views_open(trigger_id=slack.issue_trigger("grace"), view=modal(section(), external_id="one"))
    )
    assert other["error"] == "duplicate_external_id"


async def test_what_was_typed_survives_an_update_of_the_same_input(slack: SlackDouble, api: AsyncWebClient) -> None:
    view = await opened(slack, api, modal(text_input("a"), text_input("b", label="B")))
    ada = slack.person("ada")
    await ada.fill(view["id"], {"a": "typed", "b": "typed too"})
    renamed = text_input("b", label="B") | {"element": {"type": "plain_text_input", "action_id": "other"}}
    await api.views_update(view_id=view["id"], view=modal(text_input("a", initial_value="ignored"), renamed))
    assert ada.view is not None
    assert ada.view.values["a"]["value"]["value"] == "typed"
    assert ada.view.values["b"]["other"]["value"] is None


async def test_a_modal_is_three_views_deep(slack: SlackDouble, app: SocketApp) -> None:
    api = client(slack)
    depth: list[Any] = []
    button = {"type": "actions", "elements": [{"type": "button", "text": plain("More"), "action_id": "more"}]}

    async def answer(kind: str, payload: Json) -> Any:
        if payload.get("type") == "shortcut":
            await api.views_open(trigger_id=payload["trigger_id"], view=modal(button, title=plain("1")))
        if payload.get("type") == "block_actions":
            if len(depth) < 2:
                pushed = await api.views_push(trigger_id=payload["trigger_id"], view=modal(button, title=plain("more")))
                depth.append(pushed["view"])
            else:
                depth.append(await refusal(api.views_push(trigger_id=payload["trigger_id"], view=modal(button))))

    app.answers.append(answer)
    ada = slack.person("ada")
    outcome = await ada.shortcut("declare")
    for _ in range(3):
        assert ada.view is not None
        await ada.click(ada.view, "more")
    assert depth[2]["error"] == "push_limit_reached"
    root, second, third = ada.stack
    assert outcome.view is not None
    assert (root.id, root.root_view_id) == (outcome.view.id, outcome.view.id)
    assert (second.root_view_id, second.previous_view_id) == (root.id, root.id)
    assert (third.root_view_id, third.previous_view_id) == (root.id, second.id)
    await ada.close(third)
    assert ada.view == second


async def test_a_push_needs_a_trigger_from_inside_an_open_modal(slack: SlackDouble, api: AsyncWebClient) -> None:
    await opened(slack, api, modal(section()))
    assert (await refusal(api.views_push(trigger_id=slack.issue_trigger("ada"), view=modal(section()))))[
        "error"
    ] == "not_found"


async def test_app_home_is_published_for_one_person_and_guarded_by_its_hash(
    slack: SlackDouble, api: AsyncWebClient
) -> None:
    ada = slack.person("ada")
    home = {"type": "home", "blocks": [section("hello")]}
    first = (await api.views_publish(user_id=ada.user_id, view=home))["view"]
    assert ada.home is not None
    assert ada.home.id == first["id"]
    assert slack.person("grace").home is None
    second = (await api.views_publish(user_id=ada.user_id, view=home, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    answer = await refusal(api.views_publish(user_id=ada.user_id, view=home, hash=first["hash"]))
    assert answer["error"] == "hash_conflict"
    wrong = await refusal(api.views_publish(user_id=ada.user_id, view=modal(section())))
    assert wrong["error"] == "invalid_arguments"


async def test_without_a_home_tab_nothing_is_published() -> None:
    async with double(manifest=manifest(app_home={"home_tab_enabled": False})) as slack:
        call = client(slack).views_publish(user_id=slack.person("ada").user_id, view={"type": "home", "blocks": []})
        assert (await refusal(call))["error"] == "not_enabled"


@pytest.mark.parametrize("missing", ["trigger_id", "view"])
async def test_an_opening_names_what_is_missing(slack: SlackDouble, api: AsyncWebClient, missing: str) -> None:
    arguments: Json = {"trigger_id": slack.issue_trigger("ada"), "view": modal(section())}
    del arguments[missing]
    answer = await refusal(api.api_call("views.open", json=arguments))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] missing required field: {missing}"]
