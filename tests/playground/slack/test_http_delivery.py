"""HTTP mode: signed requests in Slack's encodings, retries with their headers, and what a bad answer means to the person."""

from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web

from playground.slack import Refused, SlackDouble
from playground.slack.courier import sign
from tests.playground.slack.conftest import (
    SocketApp,
    TurnedClock,
    client,
    double,
    http_app,
    manifest,
    modal,
    plain,
    section,
    text_input,
)


async def test_a_signature_is_over_version_timestamp_and_raw_body() -> None:
    # The worked example of Slack's documentation on verifying requests.
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = sign("8f742231b10e8888abcd99yyyzzz85a5", body.encode(), 1_531_420_618)
    assert headers["X-Slack-Signature"] == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert headers["X-Slack-Request-Timestamp"] == "1531420618"


async def test_commands_come_as_a_form_interactions_as_a_payload_and_events_as_json() -> None:
    async with double(manifest=manifest(socket_mode=False)) as slack, http_app(slack) as app:
        ada = slack.person("ada")
        await ada.slash("platform", "/platform", "list all")
        await ada.shortcut("declare")
        await ada.say("platform", "hello")
        await slack.wait_for(lambda: len(app.heard) == 3)
        (command, form), (_, shortcut), (event_request, event) = app.heard
        assert command.content_type == "application/x-www-form-urlencoded"
        assert (form["command"], form["text"], form["user_id"]) == ("/platform", "list all", ada.user_id)
        assert form["response_url"].startswith(slack.base_url)
        assert (shortcut["type"], shortcut["callback_id"]) == ("shortcut", "declare")
        assert event_request.content_type == "application/json"
        assert event["event"]["text"] == "hello"
        assert "X-Slack-Retry-Num" not in event_request.headers
        assert parse_qs(await command.text())["command"] == ["/platform"]


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_any_status_but_200_is_a_failed_dispatch(status: int) -> None:
    async with double(manifest=manifest(socket_mode=False)) as slack, http_app(slack) as app:
        app.answer = lambda body: web.Response(status=status)
        assert (await slack.person("ada").slash("platform", "/platform")).error == "dispatch_failed"
        assert slack.calls_of("slash_commands")[0].status == status


async def test_nobody_listening_is_a_failed_dispatch() -> None:
    async with double(manifest=manifest(socket_mode=False), request_url="http://127.0.0.1:9/slack/events") as slack:
        assert (await slack.person("ada").slash("platform", "/platform")).error == "dispatch_failed"


async def test_a_failed_event_is_sent_again_with_its_number_and_reason() -> None:
    delays = (0.0, 0.01, 0.01)
    async with double(manifest=manifest(socket_mode=False), retry_delays=delays) as slack, http_app(slack) as app:
        app.answer = lambda body: web.Response(status=503)
        await slack.person("ada").say("platform", "hello")
        await slack.wait_for(lambda: slack.events.given_up)
        retries = [(r.headers.get("X-Slack-Retry-Num"), r.headers.get("X-Slack-Retry-Reason")) for r, _ in app.heard]
        assert retries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
        assert len({body["event_id"] for _, body in app.heard}) == 1


async def test_an_app_may_ask_for_no_retry() -> None:
    delays = (0.0, 0.01, 0.01)
    async with double(manifest=manifest(socket_mode=False), retry_delays=delays) as slack, http_app(slack) as app:
        app.answer = lambda body: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
        await slack.person("ada").say("platform", "hello")
        await slack.wait_for(lambda: slack.events.given_up)
        assert len(app.heard) == 1


async def test_a_request_url_that_does_not_echo_the_challenge_is_not_verified() -> None:
    async with double(manifest=manifest(socket_mode=False)) as slack, http_app(slack) as app:
        assert not await slack.verify_request_url()
        app.answer = lambda body: web.Response(text=body["challenge"])
        assert await slack.verify_request_url()


async def test_a_submission_is_answered_in_the_response() -> None:
    async with double(manifest=manifest(socket_mode=False)) as slack, http_app(slack) as app:
        await client(slack).views_open(trigger_id=slack.issue_trigger("ada"), view=modal(text_input()))
        ada = slack.person("ada")
        app.answer = lambda body: web.json_response({"response_action": "errors", "errors": {"name": "no"}})
        assert ada.view is not None
        outcome = await ada.submit(ada.view, {"name": "x"})
        assert outcome.errors == {"name": "no"}


async def test_without_an_options_url_an_external_select_offers_nothing() -> None:
    given = manifest(socket_mode=False)
    del given["settings"]["interactivity"]["message_menu_options_url"]
    async with double(manifest=given) as slack:
        element = {"type": "external_select", "action_id": "where", "placeholder": plain("Where")}
        await client(slack).chat_postMessage(
            channel="#platform", text="x", blocks=[{"type": "actions", "elements": [element]}]
        )
        ada = slack.person("ada")
        with pytest.raises(Refused, match="options load URL"):
            await ada.options(ada.sees("platform")[0], "where", "abc")


async def respond(url: str, **body: object) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status


async def test_a_response_url_is_good_five_times_and_for_thirty_minutes(
    slack: SlackDouble, app: SocketApp, clock: TurnedClock
) -> None:
    await slack.person("ada").slash("platform", "/platform")
    await slack.person("grace").slash("platform", "/platform")
    first, second = (payload["response_url"] for payload in app.payloads("slash_commands"))
    assert [await respond(first, text=str(number)) for number in range(6)] == [200] * 5 + [404]
    assert slack.calls[-1].error == "used_url"
    assert [message.text for message in slack.person("ada").sees("platform")] == ["0", "1", "2", "3", "4"]
    clock.turn(30 * 60)
    assert await respond(second, text="just in time", response_type="in_channel") == 200
    clock.turn(1)
    assert await respond(second, text="too late") == 404
    assert slack.calls[-1].error == "expired_url"
    assert slack.person("ada").sees("platform")[-1].text == "just in time"


async def test_a_response_url_replaces_and_deletes_the_message_it_came_from() -> None:
    async with double(manifest=manifest(socket_mode=False)) as slack, http_app(slack) as app:
        button = {"type": "button", "text": plain("Go"), "action_id": "go"}
        posted = await client(slack).chat_postMessage(
            channel="#platform", text="card", blocks=[{"type": "actions", "elements": [button]}]
        )
        ada, grace = slack.person("ada"), slack.person("grace")
        await ada.click((posted["channel"], posted["ts"]), "go")
        url = app.heard[-1][1]["response_url"]
        assert await respond(url, text="only you") == 200
        assert [message.text for message in grace.sees("platform")] == ["card"]
        assert [message.text for message in ada.sees("platform")] == ["card", "only you"]
        assert await respond(url, text="done", replace_original=True, blocks=[section("done")]) == 200
        assert grace.sees("platform")[0].text == "done"
        assert await respond(url, delete_original=True) == 200
        assert grace.sees("platform") == ()
        assert await respond(url, text="x", blocks=[section("x" * 3001)]) == 400
