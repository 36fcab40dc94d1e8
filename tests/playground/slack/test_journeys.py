"""Whole exchanges between people and an app: a command, a form, a button, over a socket and over HTTP."""

from typing import Any

import aiohttp
import pytest
from aiohttp import web

from playground.slack import Refused, SlackDouble
from tests.playground.slack.conftest import (
    Json,
    SocketApp,
    client,
    double,
    http_app,
    manifest,
    modal,
    plain,
    section,
    text_input,
)


async def test_a_command_opens_a_form_and_its_submission_posts_a_card(slack: SlackDouble, app: SocketApp) -> None:
    api = client(slack)
    ada = slack.person("ada")

    async def answer(kind: str, payload: Json) -> Any:
        if kind == "slash_commands":
            await api.views_open(trigger_id=payload["trigger_id"], view=modal(text_input()))
        if payload.get("type") == "view_submission":
            name = payload["view"]["state"]["values"]["name"]["value"]["value"]
            if name == "bad":
                return {"response_action": "errors", "errors": {"name": "taken"}}
            await api.chat_postMessage(channel="#platform", text=f"{name} is ready")
        return None

    app.answers.append(answer)
    outcome = await ada.slash("#platform", "/platform", "sandbox create")
    assert outcome.ok
    assert outcome.view is not None
    assert app.payloads("slash_commands")[0]["text"] == "sandbox create"

    refused = await ada.submit(outcome.view, {"Name": "bad"})
    assert refused.action == "errors"
    assert refused.errors == {"name": "taken"}
    assert ada.view is not None
    assert ada.view.errors == {"name": "taken"}

    accepted = await ada.submit(ada.view, {"name": "demo"})
    assert accepted.action == "closed"
    assert ada.stack == ()
    assert ada.sees("#platform")[-1].text == "demo is ready"


async def test_a_button_with_a_dialog_is_pressed_only_when_confirmed(slack: SlackDouble, app: SocketApp) -> None:
    confirm = {"title": plain("Sure?"), "text": plain("It is gone then"), "confirm": plain("Yes"), "deny": plain("No")}
    button = {"type": "button", "text": plain("Delete"), "action_id": "delete", "value": "7", "confirm": confirm}
    posted = await client(slack).chat_postMessage(
        channel="#platform", text="card", blocks=[{"type": "actions", "elements": [button]}]
    )
    ada = slack.person("ada")
    message = (posted["channel"], posted["ts"])
    with pytest.raises(Refused, match="Sure"):
        await ada.click(message, "delete")
    assert (await ada.click(message, "delete", confirm=False)).error == "not_confirmed"
    assert not app.payloads("block_actions")
    assert (await ada.click(message, "delete", confirm=True)).ok
    payload = app.payloads("block_actions")[0]
    assert payload["actions"][0]["value"] == "7"
    assert payload["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": posted["channel"],
        "is_ephemeral": False,
    }
    assert payload["user"]["id"] == ada.user_id


async def test_http_mode_signs_its_requests_and_reads_the_answer_as_an_ephemeral() -> None:
    async with double(manifest=manifest(socket_mode=False)) as slack, http_app(slack) as app:
        app.answer = lambda body: web.json_response({"text": "hello", "blocks": [section("hello")]})
        outcome = await slack.person("ada").slash("#platform", "/platform", "help")
        assert outcome.ok
        assert outcome.message is not None
        assert outcome.message.ephemeral_to == slack.person("ada").user_id
        assert slack.person("ada").sees("#platform")[-1].text == "hello"
        assert all(message.text != "hello" for message in slack.person("grace").sees("#platform"))
        assert app.heard[0][1]["command"] == "/platform"
        app.answer = lambda body: web.json_response({"challenge": body["challenge"]})
        assert await slack.verify_request_url()


async def test_faults_answer_429_and_500_and_then_let_calls_through(slack: SlackDouble) -> None:
    slack.faults.inject("ratelimited", "chat.postMessage", retry_after=7)
    slack.faults.inject("server_error", "chat.*")
    seen = []
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {slack.bot_token}"}) as session:
        for _ in range(3):
            async with session.post(
                f"{slack.api_url}chat.postMessage", data={"channel": "#platform", "text": "x"}
            ) as r:
                seen.append((r.status, r.headers.get("Retry-After")))
    assert seen == [(429, "7"), (500, None), (200, None)]
    assert [message.text for message in slack.person("ada").sees("#platform")] == ["x"]
