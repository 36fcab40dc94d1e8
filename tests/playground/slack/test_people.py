"""People: what they may do in the client, what each kind of element takes, and the payloads that follow from it."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Person, Refused, SlackDouble, View
from tests.playground.slack.conftest import Json, SocketApp, client, double, manifest, modal, plain, section, text_input

OPTIONS = [{"text": plain("Small"), "value": "s"}, {"text": plain("Large"), "value": "l"}]


def field(block_id: str, element: Json, *, optional: bool = False, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id.title()),
        "element": {"action_id": "value", **element},
        "optional": optional,
        **more,
    }


async def shown(slack: SlackDouble, *blocks: Json, **more: Any) -> tuple[Person, View]:
    await client(slack).views_open(trigger_id=slack.issue_trigger("ada"), view=modal(*blocks, **more))
    ada = slack.person("ada")
    assert ada.view is not None
    return ada, ada.view


ENTRIES: list[tuple[Json, Any, Json]] = [
    ({"type": "plain_text_input"}, "text", {"value": "text"}),
    ({"type": "plain_text_input", "multiline": True}, "a\nb", {"value": "a\nb"}),
    ({"type": "number_input", "is_decimal_allowed": False}, 7, {"value": "7"}),
    ({"type": "number_input", "is_decimal_allowed": True}, 0.5, {"value": "0.5"}),
    ({"type": "email_text_input"}, "a@b.example", {"value": "a@b.example"}),
    ({"type": "url_text_input"}, "https://a.example", {"value": "https://a.example"}),
    ({"type": "static_select", "options": OPTIONS}, "l", {"selected_option": OPTIONS[1]}),
    ({"type": "static_select", "options": OPTIONS}, "Small", {"selected_option": OPTIONS[0]}),
    (
        {"type": "static_select", "option_groups": [{"label": plain("g"), "options": OPTIONS}]},
        "s",
        {"selected_option": OPTIONS[0]},
    ),
    ({"type": "multi_static_select", "options": OPTIONS}, ["s", "l"], {"selected_options": OPTIONS}),
    ({"type": "radio_buttons", "options": OPTIONS}, "s", {"selected_option": OPTIONS[0]}),
    ({"type": "checkboxes", "options": OPTIONS}, ["l"], {"selected_options": [OPTIONS[1]]}),
    ({"type": "datepicker"}, date(2026, 11, 23), {"selected_date": "2026-11-23"}),
    ({"type": "timepicker"}, time(14, 30), {"selected_time": "14:30"}),
    ({"type": "datetimepicker"}, datetime(2026, 11, 23, tzinfo=UTC), {"selected_date_time": 1_795_392_000}),
    ({"type": "users_select"}, "U1", {"selected_user": "U1"}),
    ({"type": "conversations_select"}, "C1", {"selected_conversation": "C1"}),
    ({"type": "channels_select"}, "C1", {"selected_channel": "C1"}),
    ({"type": "multi_users_select"}, ["U1", "U2"], {"selected_users": ["U1", "U2"]}),
    ({"type": "multi_channels_select"}, ["C1"], {"selected_channels": ["C1"]}),
    ({"type": "multi_conversations_select"}, ["C1"], {"selected_conversations": ["C1"]}),
]


@pytest.mark.parametrize(("element", "value", "state"), ENTRIES, ids=lambda part: str(part)[:40])
async def test_each_kind_of_input_submits_its_own_shape(
    slack: SlackDouble, app: SocketApp, element: Json, value: Any, state: Json
) -> None:
    ada, view = await shown(slack, field("it", element))
    outcome = await ada.submit(view, {"It": value})
    assert outcome.action == "closed"
    values = app.payloads("view_submission")[0]["view"]["state"]["values"]
    assert values == {"it": {"value": {"type": element["type"], **state}}}


INITIALS: list[tuple[Json, Json]] = [
    ({"type": "plain_text_input", "initial_value": "kept"}, {"value": "kept"}),
    ({"type": "number_input", "is_decimal_allowed": False, "initial_value": "3"}, {"value": "3"}),
    ({"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[0]}, {"selected_option": OPTIONS[0]}),
    ({"type": "checkboxes", "options": OPTIONS, "initial_options": OPTIONS}, {"selected_options": OPTIONS}),
    ({"type": "datepicker", "initial_date": "2026-11-23"}, {"selected_date": "2026-11-23"}),
    ({"type": "multi_users_select", "initial_users": ["U1"]}, {"selected_users": ["U1"]}),
    ({"type": "external_select", "initial_option": OPTIONS[1]}, {"selected_option": OPTIONS[1]}),
]


@pytest.mark.parametrize(("element", "state"), INITIALS, ids=lambda part: str(part)[:40])
async def test_the_initial_value_of_an_untouched_input_is_submitted(
    slack: SlackDouble, app: SocketApp, element: Json, state: Json
) -> None:
    ada, view = await shown(slack, field("it", element))
    assert (await ada.submit(view)).ok
    values = app.payloads("view_submission")[0]["view"]["state"]["values"]
    assert values["it"]["value"] == {"type": element["type"], **state}


REFUSED: list[tuple[Json, Any, str]] = [
    ({"type": "plain_text_input"}, None, "Please complete this required field."),
    ({"type": "plain_text_input"}, "", "Please complete this required field."),
    ({"type": "checkboxes", "options": OPTIONS}, [], "Please complete this required field."),
    ({"type": "plain_text_input", "min_length": 3}, "ab", "Must be at least 3 characters."),
    ({"type": "plain_text_input", "max_length": 3}, "abcd", "Must be at most 3 characters."),
    ({"type": "number_input", "is_decimal_allowed": False}, "x", "Please enter a whole number."),
    ({"type": "number_input", "is_decimal_allowed": False}, 1.5, "Please enter a whole number."),
    ({"type": "number_input", "is_decimal_allowed": True}, "1,5", "Please enter a number."),
    ({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}, 0, "Must be at least 1."),
    ({"type": "number_input", "is_decimal_allowed": False, "max_value": "9"}, 10, "Must be at most 9."),
    ({"type": "email_text_input"}, "ada", "Please enter a valid email address."),
    ({"type": "url_text_input"}, "a.example", "Please enter a valid URL."),
]


@pytest.mark.parametrize(("element", "value", "error"), REFUSED, ids=lambda part: str(part)[:40])
async def test_the_client_itself_refuses_what_it_can_see_is_wrong(
    slack: SlackDouble, app: SocketApp, element: Json, value: Any, error: str
) -> None:
    ada, view = await shown(slack, field("it", element))
    outcome = await ada.submit(view, {"it": value})
    assert outcome.action == "refused"
    assert outcome.errors == {"it": error}
    assert not app.payloads("view_submission")
    assert ada.view is not None
    assert ada.view.errors == {"it": error}


async def test_an_empty_optional_input_is_submitted_as_nothing(slack: SlackDouble, app: SocketApp) -> None:
    ada, view = await shown(slack, field("it", {"type": "plain_text_input"}, optional=True))
    assert (await ada.submit(view)).ok
    values = app.payloads("view_submission")[0]["view"]["state"]["values"]
    assert values["it"]["value"] == {"type": "plain_text_input", "value": None}


async def test_an_input_is_found_by_id_or_label_and_only_when_it_is_one(slack: SlackDouble) -> None:
    ada, view = await shown(slack, text_input("a", "Same"), text_input("b", "Same"))
    await ada.fill(view, {"a": "x"})
    with pytest.raises(Refused, match="more than one"):
        await ada.fill(view, {"Same": "x"})
    with pytest.raises(Refused, match="no input 'Other'"):
        await ada.fill(view, {"Other": "x"})


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "static_select", "options": OPTIONS}, "medium"),
        ({"type": "multi_static_select", "options": OPTIONS, "max_selected_items": 1}, ["s", "l"]),
        ({"type": "checkboxes", "options": OPTIONS}, "s"),
        ({"type": "datepicker"}, "tomorrow"),
        ({"type": "timepicker"}, "25:00"),
    ],
)
async def test_what_is_not_offered_cannot_be_chosen(slack: SlackDouble, element: Json, value: Any) -> None:
    ada, view = await shown(slack, field("it", element))
    with pytest.raises(Refused):
        await ada.fill(view, {"it": value})


async def test_an_uploaded_file_is_submitted_as_slack_describes_it(slack: SlackDouble, app: SocketApp) -> None:
    ada, view = await shown(slack, field("it", {"type": "file_input"}))
    await ada.submit(view, {"it": [("report.csv", b"a,b")]})
    file = app.payloads("view_submission")[0]["view"]["state"]["values"]["it"]["value"]["files"][0]
    assert (file["name"], file["size"], file["mimetype"]) == ("report.csv", 3, "text/csv")
    assert slack.workspace.files[file["id"]].content == b"a,b"


async def test_an_external_select_asks_the_app_while_typing(slack: SlackDouble, app: SocketApp) -> None:
    app.answers.append(
        lambda kind, payload: {"options": OPTIONS} if payload.get("type") == "block_suggestion" else None
    )
    ada, view = await shown(slack, field("it", {"type": "external_select", "min_query_length": 2}))
    assert await ada.options(view, "value", "l") == ()
    assert not app.payloads("block_suggestion")
    assert await ada.options(view, "value", "la") == tuple(OPTIONS)
    asked = app.payloads("block_suggestion")[0]
    assert (asked["action_id"], asked["block_id"], asked["value"]) == ("value", "it", "la")
    assert asked["container"] == {"type": "view", "view_id": view.id}
    assert (await ada.submit(view, {"it": "Large"})).ok
    submitted = app.payloads("view_submission")[0]["view"]["state"]["values"]["it"]["value"]
    assert submitted == {"type": "external_select", "selected_option": OPTIONS[1]}


async def test_an_external_select_offers_nothing_slack_would_not_show(slack: SlackDouble, app: SocketApp) -> None:
    too_many = [{"text": plain(str(number)), "value": str(number)} for number in range(101)]
    answers: list[Any] = [{"options": too_many}, {}, {"option_groups": [{"label": plain("g"), "options": OPTIONS}]}]
    app.answers.append(lambda kind, payload: answers.pop(0))
    ada, view = await shown(slack, field("it", {"type": "external_select", "min_query_length": 0}))
    assert await ada.options(view, "value", "") == ()
    assert await ada.options(view, "value", "") == ()
    assert await ada.options(view, "value", "") == tuple(OPTIONS)


async def test_an_input_that_dispatches_tells_the_app_at_once(slack: SlackDouble, app: SocketApp) -> None:
    size = field("size", {"type": "static_select", "options": OPTIONS}, dispatch_action=True)
    ada, view = await shown(slack, size, text_input())
    await ada.fill(view, {"size": "l"})
    payload = app.payloads("block_actions")[0]
    assert payload["actions"][0]["selected_option"] == OPTIONS[1]
    assert payload["actions"][0]["block_id"] == "size"
    assert payload["view"]["state"]["values"]["size"]["value"]["selected_option"] == OPTIONS[1]
    assert payload["container"] == {"type": "view", "view_id": view.id}
    assert "response_url" not in payload


async def test_what_is_filled_in_without_dispatching_is_told_on_submit_only(slack: SlackDouble, app: SocketApp) -> None:
    size = field("size", {"type": "static_select", "options": OPTIONS}, dispatch_action=True)
    ada, view = await shown(slack, size)
    await ada.fill(view, {"size": "l"}, dispatch=False)
    assert (await ada.submit(view)).ok
    assert app.payloads("block_actions") == []
    [payload] = app.payloads("view_submission")
    assert payload["view"]["state"]["values"]["size"]["value"]["selected_option"] == OPTIONS[1]


@pytest.mark.parametrize(
    ("answer", "action", "error"),
    [
        (None, "closed", ""),
        ({"response_action": "clear"}, "cleared", ""),
        ({"response_action": "update", "view": modal(section("next"))}, "updated", ""),
        ({"response_action": "push", "view": modal(section("next"))}, "pushed", ""),
        ({"response_action": "errors", "errors": {"name": "taken"}}, "errors", ""),
        ({"response_action": "errors", "errors": {"value": "an action_id"}}, "failed", "invalid_response"),
        ({"response_action": "errors", "errors": {"intro": "not an input"}}, "failed", "invalid_response"),
        ({"response_action": "errors", "errors": {}}, "failed", "invalid_response"),
        ({"response_action": "update", "view": modal(section("x" * 3001))}, "failed", "invalid_response"),
        ({"response_action": "push", "view": {"type": "home", "blocks": []}}, "failed", "invalid_response"),
        ({"response_action": "explode"}, "failed", "invalid_response"),
        ({"text": "a message"}, "failed", "invalid_response"),
    ],
)
async def test_each_answer_to_a_submission_does_what_slack_does(
    slack: SlackDouble, app: SocketApp, answer: Any, action: str, error: str
) -> None:
    app.answers.append(lambda kind, payload: answer)
    ada, view = await shown(slack, section("intro", block_id="intro"), text_input())
    outcome = await ada.submit(view, {"name": "x"})
    assert (outcome.action, outcome.error) == (action, error)
    assert len(ada.stack) == {"closed": 0, "cleared": 0, "pushed": 2}.get(action, 1)


async def test_a_submission_nobody_answers_leaves_the_form_open() -> None:
    async with double(ack_seconds=0.1) as slack:
        ada, view = await shown(slack, text_input())
        outcome = await ada.submit(view, {"name": "x"})
        assert (outcome.action, outcome.error) == ("failed", "dispatch_failed")
        assert ada.view is not None
        assert ada.view.values["name"]["value"]["value"] == "x"


async def test_the_payload_of_a_submission_has_slacks_shape(slack: SlackDouble, app: SocketApp) -> None:
    ada, view = await shown(slack, text_input(), callback_id="create", private_metadata="{}")
    await ada.submit(view, {"name": "x"})
    payload = app.payloads("view_submission")[0]
    assert payload["view"]["id"] == payload["view"]["root_view_id"] == view.id
    assert payload["view"]["previous_view_id"] is None
    assert payload["view"]["hash"] == view.hash
    assert payload["view"]["callback_id"] == "create"
    assert payload["view"]["private_metadata"] == "{}"
    assert payload["view"]["app_id"] == payload["api_app_id"] == slack.workspace.app_id
    assert payload["user"]["id"] == ada.user_id
    assert payload["team"]["id"] == slack.workspace.team.id
    assert payload["trigger_id"]
    assert payload["response_urls"] == []


async def test_closing_is_heard_only_when_asked_for(slack: SlackDouble, app: SocketApp) -> None:
    ada, view = await shown(slack, section())
    assert (await ada.close(view)).action == "closed"
    assert not app.payloads("view_closed")
    ada, view = await shown(slack, section(), notify_on_close=True)
    await ada.close(view)
    assert app.payloads("view_closed")[0]["view"]["id"] == view.id
    assert app.payloads("view_closed")[0]["is_cleared"] is False


async def test_a_view_below_the_top_cannot_be_used(slack: SlackDouble, app: SocketApp) -> None:
    app.answers.append(lambda kind, payload: {"response_action": "push", "view": modal(section("top"))})
    ada, view = await shown(slack, text_input())
    await ada.submit(view, {"name": "x"})
    with pytest.raises(Refused, match="on top"):
        await ada.submit(view, {"name": "y"})


async def test_what_is_chosen_in_a_message_is_remembered_for_the_next_click(slack: SlackDouble, app: SocketApp) -> None:
    elements = [
        {"type": "static_select", "action_id": "size", "options": OPTIONS},
        {"type": "button", "action_id": "go", "text": plain("Go"), "value": "1", "style": "primary"},
        {"type": "overflow", "action_id": "more", "options": OPTIONS},
    ]
    blocks = [{"type": "actions", "block_id": "row", "elements": elements}]
    posted = await client(slack).chat_postMessage(channel="#platform", text="x", blocks=blocks)
    card = (str(posted["channel"]), str(posted["ts"]))
    ada, grace = slack.person("ada"), slack.person("grace")
    await ada.click(card, "size", "l")
    await ada.click(card, "go")
    await grace.click(card, "go")
    await ada.click(card, "more", "s")
    size, go, other, more = app.payloads("block_actions")
    assert size["actions"][0]["selected_option"] == OPTIONS[1]
    assert go["state"]["values"]["row"]["size"]["selected_option"] == OPTIONS[1]
    assert other["state"]["values"]["row"]["size"]["selected_option"] is None
    assert more["actions"][0]["selected_option"] == OPTIONS[0]
    assert go["actions"][0]["style"] == "primary"
    assert go["message"]["ts"] == posted["ts"]
    assert go["channel"] == {"id": posted["channel"], "name": "platform"}
    assert go["response_url"]


async def test_a_click_on_an_ephemeral_does_not_carry_the_message(slack: SlackDouble, app: SocketApp) -> None:
    button = {"type": "button", "action_id": "go", "text": plain("Go")}
    ada = slack.person("ada")
    channel = slack.workspace.channel("platform").id
    posted = await client(slack).chat_postEphemeral(
        channel=channel, user=ada.user_id, text="x", blocks=[{"type": "actions", "elements": [button]}]
    )
    await ada.click((channel, str(posted["message_ts"])), "go")
    payload = app.payloads("block_actions")[0]
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    with pytest.raises(Refused, match="no such message"):
        await slack.person("grace").click((channel, str(posted["message_ts"])), "go")


async def test_what_is_not_there_cannot_be_clicked(slack: SlackDouble, app: SocketApp) -> None:
    button = {"type": "button", "action_id": "go", "text": plain("Go")}
    rows = [{"type": "actions", "block_id": block, "elements": [button]} for block in ("a", "b")]
    posted = await client(slack).chat_postMessage(channel="#platform", text="x", blocks=rows)
    card = (str(posted["channel"]), str(posted["ts"]))
    ada = slack.person("ada")
    with pytest.raises(Refused, match="no element 'stop'"):
        await ada.click(card, "stop")
    with pytest.raises(Refused, match="several blocks"):
        await ada.click(card, "go")
    assert (await ada.click(card, "go", block_id="b")).ok
    with pytest.raises(Refused, match="nothing asks to confirm"):
        await ada.click(card, "go", block_id="a", confirm=True)


async def test_buttons_in_app_home_carry_the_view(slack: SlackDouble, app: SocketApp) -> None:
    button = {"type": "button", "action_id": "go", "text": plain("Go")}
    ada = slack.person("ada")
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
    await client(slack).views_publish(user_id=ada.user_id, view=home)
    assert ada.home is not None
    await ada.click(ada.home, "go")
    payload = app.payloads("block_actions")[0]
    assert payload["container"] == {"type": "view", "view_id": ada.home.id}
    assert payload["view"]["type"] == "home"


async def test_a_message_shortcut_carries_the_message(slack: SlackDouble, app: SocketApp) -> None:
    ada = slack.person("ada")
    said = await ada.say("platform", "note this")
    assert (await ada.message_shortcut("note", said)).ok
    payload = app.payloads("message_action")[0]
    assert payload["message"]["text"] == "note this"
    assert (payload["callback_id"], payload["message_ts"]) == ("note", said.ts)
    with pytest.raises(Refused):
        await ada.shortcut("note")


async def test_commands_are_refused_where_slack_offers_none(slack: SlackDouble, app: SocketApp) -> None:
    ada = slack.person("ada")
    with pytest.raises(Refused, match="not a valid command"):
        await ada.slash("platform", "/nonsense")
    with pytest.raises(Refused, match="not in"):
        await ada.slash("ops", "/platform")
    with pytest.raises(Refused, match="command"):
        await ada.say("platform", "/platform help", thread_ts="")
    assert [command["command"] for command in ada.commands()] == ["/platform", "/escaped"]


async def test_mentions_in_a_command_are_resolved_only_when_the_manifest_says_so(
    slack: SlackDouble, app: SocketApp
) -> None:
    ada, grace = slack.person("ada"), slack.person("grace")
    await ada.slash("platform", "/platform", "give @grace <b>")
    await ada.slash("platform", "/escaped", "give @grace <b>")
    plainly, escaped = (payload["text"] for payload in app.payloads("slash_commands"))
    assert plainly == "give @grace <b>"
    assert escaped == f"give <@{grace.user_id}> &lt;b&gt;"


async def test_typed_text_is_escaped_and_names_become_mentions(slack: SlackDouble) -> None:
    ada, grace = slack.person("ada"), slack.person("grace")
    said = await ada.say("platform", "a < b & c, @grace see #ops and a@b")
    assert said.text.startswith(f"a &lt; b &amp; c, <@{grace.user_id}> see <#")
    assert said.text.endswith("|ops> and a@b")
    assert [ping.target for ping in slack.workspace.pings] == [grace.user_id]
    typed = await ada.say("platform", f"<@{grace.user_id}> look")
    assert typed.text == f"<@{grace.user_id}> look"


async def test_an_app_without_interactivity_has_dead_buttons() -> None:
    given = manifest(shortcuts=[])
    given["settings"]["interactivity"]["is_enabled"] = False
    async with double(manifest=given) as slack:
        button = {"type": "button", "action_id": "go", "text": plain("Go")}
        await client(slack).chat_postMessage(
            channel="#platform", text="x", blocks=[{"type": "actions", "elements": [button]}]
        )
        ada = slack.person("ada")
        with pytest.raises(Refused, match="interactive"):
            await ada.click(ada.sees("platform")[0], "go")


async def test_people_see_only_what_is_theirs_to_see(slack: SlackDouble) -> None:
    ada, grace, margaret = slack.person("ada"), slack.person("grace"), slack.person("margaret")
    await grace.say("ops", "between us")
    direct = await grace.open_dm("ada")
    await grace.say(direct.id, "hi")
    assert [message.text for message in ada.sees(direct.id)] == ["hi"]
    assert ada.sees("ops") == ()
    assert margaret.sees(direct.id) == ()
    assert [channel.name for channel in margaret.channels()] == []
    with pytest.raises(Refused):
        await margaret.join("platform")
    with pytest.raises(Refused):
        await ada.edit(grace.sees("ops")[0], "x")


async def test_a_command_answered_badly_says_so(slack: SlackDouble, app: SocketApp) -> None:
    answers: list[Any] = [{"blocks": [{"type": "banner"}]}, {"text": "x", "response_type": "loud"}]
    app.answers.append(lambda kind, payload: answers.pop(0))
    ada = slack.person("ada")
    assert (await ada.slash("platform", "/platform")).error == "invalid_command_response"
    assert (await ada.slash("platform", "/platform")).error == "invalid_command_response"


async def test_values_are_told_to_the_app_only_with_a_payload(slack: SlackDouble, api: AsyncWebClient) -> None:
    ada, view = await shown(slack, text_input(initial_value="x"))
    await ada.fill(view, {"name": "typed"})
    answer = await api.views_update(view_id=view.id, view=modal(text_input()))
    assert answer["view"]["state"] == {"values": {}}


async def test_a_select_can_begin_with_where_the_person_is_and_give_a_response_url(
    slack: SlackDouble, app: SocketApp
) -> None:
    api = client(slack)
    where = {
        "type": "conversations_select",
        "default_to_current_conversation": True,
        "response_url_enabled": True,
    }

    async def answer(kind: str, payload: Json) -> None:
        if kind == "slash_commands":
            await api.views_open(trigger_id=payload["trigger_id"], view=modal(field("where", where)))

    app.answers.append(answer)
    ada = slack.person("ada")
    outcome = await ada.slash("platform", "/platform", "tell")
    assert outcome.view is not None
    await ada.submit(outcome.view)
    payload = app.payloads("view_submission")[0]
    channel = slack.workspace.channel("platform").id
    assert payload["view"]["state"]["values"]["where"]["value"]["selected_conversation"] == channel
    assert [(url["block_id"], url["channel_id"]) for url in payload["response_urls"]] == [("where", channel)]


async def test_people_name_channels_by_the_same_rules_as_apps(slack: SlackDouble) -> None:
    ada = slack.person("ada")
    assert (await ada.create_channel("new-one")).members == (ada.user_id,)
    with pytest.raises(Refused, match="name_taken"):
        await ada.create_channel("platform")
    with pytest.raises(Refused, match="invalid_name_specials"):
        await ada.create_channel("New One")
    with pytest.raises(Refused, match="guests"):
        await slack.person("margaret").create_channel("mine")
