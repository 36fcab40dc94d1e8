"""The Events API: which changes become which events, with Slack's envelope, and which the app never hears of."""

from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackDouble
from tests.playground.slack.conftest import Json, SocketApp, client, double, manifest, socket_app


def events(app: SocketApp, kind: str) -> list[Json]:
    return [payload["event"] for payload in app.payloads(kind)]


async def test_a_message_comes_in_slacks_envelope(slack: SlackDouble, app: SocketApp) -> None:
    ada = slack.person("ada")
    said = await ada.say("platform", "hello")
    await slack.wait_for(lambda: app.payloads("message"))
    envelope = app.payloads("message")[0]
    assert envelope["type"] == "event_callback"
    assert envelope["event_id"].startswith("Ev")
    assert envelope["team_id"] == slack.workspace.team.id
    assert envelope["api_app_id"] == slack.workspace.app_id
    assert envelope["authorizations"][0]["user_id"] == slack.workspace.bot_user_id
    event = envelope["event"]
    assert event | {"client_msg_id": "", "team": ""} == {
        "type": "message",
        "user": ada.user_id,
        "text": "hello",
        "ts": said.ts,
        "event_ts": said.ts,
        "channel": said.channel_id,
        "channel_type": "channel",
        "client_msg_id": "",
        "team": "",
    }


async def test_a_mention_comes_twice_as_a_message_and_as_a_mention(slack: SlackDouble, app: SocketApp) -> None:
    said = await slack.person("ada").say("platform", "@platform ack")
    await slack.wait_for(lambda: app.payloads("app_mention") and app.payloads("message"))
    mention = events(app, "app_mention")[0]
    assert mention["text"] == f"<@{slack.workspace.bot_user_id}> ack"
    assert mention["ts"] == said.ts
    assert "channel_type" not in mention


async def test_a_reply_carries_its_thread(slack: SlackDouble, app: SocketApp) -> None:
    posted = await client(slack).chat_postMessage(channel="#platform", text="card")
    await slack.person("ada").say("platform", "ack", thread_ts=posted["ts"])
    await slack.wait_for(lambda: len(app.payloads("message")) == 2)
    assert [event.get("thread_ts") for event in events(app, "message")] == [None, posted["ts"]]
    assert events(app, "message")[0]["bot_id"] == slack.workspace.bot_id


async def test_edits_and_deletions_are_messages_of_a_subtype(slack: SlackDouble, app: SocketApp) -> None:
    ada = slack.person("ada")
    said = await ada.say("platform", "one")
    await ada.edit(said, "two")
    await ada.delete((said.channel_id, said.ts))
    await slack.wait_for(lambda: len(app.payloads("message")) == 3)
    by_subtype = {event.get("subtype"): event for event in events(app, "message")}
    assert by_subtype["message_changed"]["message"]["text"] == "two"
    assert by_subtype["message_changed"]["previous_message"]["text"] == "one"
    assert by_subtype["message_deleted"]["deleted_ts"] == said.ts


async def test_reactions_and_pins_name_their_item(slack: SlackDouble, app: SocketApp) -> None:
    ada = slack.person("ada")
    posted = await client(slack).chat_postMessage(channel="#platform", text="card")
    card = (str(posted["channel"]), str(posted["ts"]))
    await ada.react(card, ":eyes:")
    await ada.unreact(card, "eyes")
    await ada.pin(card)
    await slack.wait_for(lambda: app.payloads("pin_added") and app.payloads("reaction_removed"))
    added = events(app, "reaction_added")[0]
    assert (added["user"], added["reaction"], added["item_user"]) == (ada.user_id, "eyes", slack.workspace.bot_user_id)
    assert added["item"] == {"type": "message", "channel": card[0], "ts": card[1]}
    assert events(app, "pin_added")[0]["channel_id"] == card[0]


async def test_nothing_comes_from_where_the_bot_is_not(slack: SlackDouble, app: SocketApp) -> None:
    await slack.person("ada").say("general", "not for the bot @platform")
    await slack.person("grace").say("secret", "nor this")
    await slack.person("ada").say("platform", "but this")
    await slack.wait_for(lambda: app.payloads("message") and slack.events.pending == 0)
    assert [event["text"] for event in events(app, "message")] == ["but this"]
    assert not app.payloads("app_mention")


async def test_nothing_comes_that_was_not_subscribed_to() -> None:
    given = manifest()
    given["settings"]["event_subscriptions"]["bot_events"] = ["app_mention"]
    async with double(manifest=given) as slack, socket_app(slack) as app:
        await slack.person("ada").say("platform", "hello")
        await slack.person("ada").say("platform", "hello @platform")
        await slack.wait_for(lambda: app.payloads("app_mention"))
        assert not app.payloads("message")


async def test_an_ephemeral_is_no_event(slack: SlackDouble, app: SocketApp, api: AsyncWebClient) -> None:
    channel = slack.workspace.channel("platform").id
    await api.chat_postEphemeral(channel=channel, user=slack.person("ada").user_id, text="psst")
    await slack.person("ada").say("platform", "hello")
    await slack.wait_for(lambda: app.payloads("message"))
    assert [event["text"] for event in events(app, "message")] == ["hello"]


async def test_opening_the_home_tab_carries_the_view_once_there_is_one(slack: SlackDouble, app: SocketApp) -> None:
    ada = slack.person("ada")
    assert await ada.open_home() is None
    await client(slack).views_publish(user_id=ada.user_id, view={"type": "home", "blocks": []})
    assert await ada.open_home() is not None
    await ada.open_messages_tab()
    await slack.wait_for(lambda: len(app.payloads("app_home_opened")) == 3)
    opened = events(app, "app_home_opened")
    assert sorted((event["tab"], "view" in event) for event in opened) == [
        ("home", False),
        ("home", True),
        ("messages", False),
    ]


async def test_comings_and_goings_are_heard_where_the_bot_is(slack: SlackDouble, app: SocketApp) -> None:
    margaret, grace = slack.person("margaret"), slack.person("grace")
    await grace.invite("platform", "margaret")
    await margaret.leave("platform")
    await slack.wait_for(lambda: app.payloads("member_left_channel"))
    joined = events(app, "member_joined_channel")[0]
    assert (joined["user"], joined["inviter"], joined["channel_type"]) == (margaret.user_id, grace.user_id, "C")
    assert [event["subtype"] for event in events(app, "message")] == ["channel_join"]


async def test_channels_made_renamed_and_archived_are_heard(slack: SlackDouble, app: SocketApp) -> None:
    api = client(slack)
    made = (await api.conversations_create(name="inc-1"))["channel"]["id"]
    await api.conversations_rename(channel=made, name="inc-2")
    await api.conversations_archive(channel=made)
    await slack.wait_for(lambda: app.payloads("channel_archive"))
    assert events(app, "channel_created")[0]["channel"]["name"] == "inc-1"
    assert events(app, "channel_rename")[0]["channel"]["name"] == "inc-2"
    assert events(app, "channel_archive")[0]["channel"] == made


async def test_a_direct_message_to_the_app_is_a_message_and_no_mention(slack: SlackDouble, app: SocketApp) -> None:
    ada = slack.person("ada")
    direct = await ada.open_dm("platform")
    await ada.say(direct.id, "@platform help")
    await slack.wait_for(lambda: app.payloads("message"))
    assert events(app, "message")[0]["channel_type"] == "im"
    assert not app.payloads("app_mention")


async def test_an_event_can_be_sent_twice_with_the_same_or_a_new_id(slack: SlackDouble, app: SocketApp) -> None:
    event = {"type": "reaction_added", "user": "U1", "reaction": "eyes", "item": {}, "event_ts": "1.1"}
    first = slack.events.send(event)
    slack.events.resend(event, first)
    slack.events.send(event)
    await slack.wait_for(lambda: len(app.payloads("reaction_added")) == 3)
    ids = [payload["event_id"] for payload in app.payloads("reaction_added")]
    assert ids.count(first) == 2
    assert len(set(ids)) == 2
