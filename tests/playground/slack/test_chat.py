"""chat.*: what may be posted, changed and deleted, where, and what others then see."""

import json

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackDouble
from tests.playground.slack.conftest import Json, TurnedClock, client, double, manifest, plain, refusal, section


async def test_a_post_is_seen_by_everybody_in_the_channel(slack: SlackDouble, api: AsyncWebClient) -> None:
    posted = await api.chat_postMessage(channel="#platform", text="card", blocks=[section("card")])
    message = slack.person("grace").sees("platform")[0]
    assert message.ts == posted["ts"]
    assert message.blocks[0]["block_id"]
    assert posted["message"]["bot_id"] == slack.workspace.bot_id
    assert posted["message"]["app_id"] == slack.workspace.app_id


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("#general", "not_in_channel"),
        ("#secret", "channel_not_found"),
        ("U0NOBODY", "channel_not_found"),
    ],
)
async def test_where_the_bot_may_not_post_is_refused(api: AsyncWebClient, channel: str, error: str) -> None:
    assert (await refusal(api.chat_postMessage(channel=channel, text="x")))["error"] == error


async def test_an_archived_channel_takes_no_post_and_no_edit(slack: SlackDouble, api: AsyncWebClient) -> None:
    posted = await api.chat_postMessage(channel="#platform", text="x")
    await api.conversations_archive(channel=posted["channel"])
    assert (await refusal(api.chat_postMessage(channel="#platform", text="y")))["error"] == "is_archived"
    assert (await refusal(api.chat_update(channel=posted["channel"], ts=posted["ts"], text="y")))[
        "error"
    ] == "is_archived"


async def test_public_posting_needs_its_scope_where_the_bot_is_no_member() -> None:
    async with double(manifest=manifest(with_scopes=("chat:write.public",))) as slack:
        await client(slack).chat_postMessage(channel="#general", text="x")
        assert slack.person("ada").sees("general")[0].text == "x"


async def test_a_post_to_a_person_opens_their_direct_message(slack: SlackDouble, api: AsyncWebClient) -> None:
    posted = await api.chat_postMessage(channel=slack.person("ada").user_id, text="psst")
    assert slack.workspace.channel(posted["channel"]).kind == "im"
    assert slack.person("ada").sees(posted["channel"])[0].text == "psst"
    assert slack.person("grace").sees(posted["channel"]) == ()


async def test_a_post_needs_content_and_its_blocks_are_checked(api: AsyncWebClient) -> None:
    assert (await refusal(api.api_call("chat.postMessage", json={"channel": "#platform"})))["error"] == "no_text"
    answer = await refusal(api.chat_postMessage(channel="#platform", text="x", blocks=[section("x" * 3001)]))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {answer['errors'][0]}"]


async def test_a_very_long_text_is_cut_on_posting_and_refused_on_updating(
    slack: SlackDouble, api: AsyncWebClient
) -> None:
    posted = await api.chat_postMessage(channel="#platform", text="x" * 50_000)
    assert len(slack.person("ada").sees("platform")[0].text) == 40_000
    answer = await refusal(api.chat_update(channel=posted["channel"], ts=posted["ts"], text="x" * 4_001))
    assert answer["error"] == "msg_too_long"


async def test_a_reply_counts_at_its_parent_and_stays_out_of_the_channel(
    slack: SlackDouble, api: AsyncWebClient
) -> None:
    parent = await api.chat_postMessage(channel="#platform", text="parent")
    reply = await api.chat_postMessage(channel="#platform", text="reply", thread_ts=parent["ts"])
    await api.chat_postMessage(channel="#platform", text="deep", thread_ts=reply["ts"])
    ada = slack.person("ada")
    assert [message.text for message in ada.sees("platform")] == ["parent"]
    assert ada.sees("platform")[0].reply_count == 2
    assert [m.text for m in ada.sees("platform", thread_ts=parent["ts"])] == ["parent", "reply", "deep"]
    assert (await refusal(api.chat_postMessage(channel="#platform", text="x", thread_ts="1.1")))[
        "error"
    ] == "thread_not_found"


async def test_an_update_keeps_what_it_does_not_mention(slack: SlackDouble, api: AsyncWebClient) -> None:
    posted = await api.chat_postMessage(channel="#platform", text="one", blocks=[section("one")])
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    await api.chat_update(**where, text="two")
    message = slack.workspace.message(posted["channel"], posted["ts"])
    assert message is not None
    assert message.text == "two"
    assert message.blocks
    assert message.edited_ts
    await api.chat_update(**where, text="three", blocks=[])
    message = slack.workspace.message(posted["channel"], posted["ts"])
    assert message is not None
    assert message.blocks == ()


async def test_only_ones_own_messages_can_be_changed_or_deleted(slack: SlackDouble, api: AsyncWebClient) -> None:
    said = await slack.person("ada").say("platform", "mine")
    where: Json = {"channel": said.channel_id, "ts": said.ts}
    assert (await refusal(api.chat_update(**where, text="x")))["error"] == "cant_update_message"
    assert (await refusal(api.chat_delete(**where)))["error"] == "cant_delete_message"
    missing: Json = {"channel": said.channel_id, "ts": "1.000001"}
    assert (await refusal(api.chat_update(**missing, text="x")))["error"] == "message_not_found"
    assert (await refusal(api.chat_delete(**missing)))["error"] == "message_not_found"


async def test_an_ephemeral_is_seen_by_one_and_can_be_neither_edited_nor_found(
    slack: SlackDouble, api: AsyncWebClient
) -> None:
    ada, grace = slack.person("ada"), slack.person("grace")
    channel = slack.workspace.channel("platform").id
    posted = await api.chat_postEphemeral(channel=channel, user=ada.user_id, text="for you")
    assert [message.text for message in ada.sees("platform")] == ["for you"]
    assert grace.sees("platform") == ()
    answer = await refusal(api.chat_update(channel=channel, ts=posted["message_ts"], text="x"))
    assert answer["error"] == "message_not_found"
    assert (await api.conversations_history(channel=channel))["messages"] == []
    await ada.reload()
    assert ada.sees("platform") == ()
    answer = await refusal(api.chat_postEphemeral(channel=channel, user=slack.person("margaret").user_id, text="x"))
    assert answer["error"] == "user_not_in_channel"


async def test_a_deleted_parent_leaves_a_tombstone_that_cannot_be_edited(
    slack: SlackDouble, api: AsyncWebClient
) -> None:
    parent = await api.chat_postMessage(channel="#platform", text="parent")
    await api.chat_postMessage(channel="#platform", text="reply", thread_ts=parent["ts"])
    where = {"channel": parent["channel"], "ts": parent["ts"]}
    await api.chat_delete(**where)
    assert (await refusal(api.chat_update(**where, text="x")))["error"] == "message_not_found"
    history = (await api.conversations_history(channel=parent["channel"]))["messages"]
    assert [message["subtype"] for message in history] == ["tombstone"]


async def test_metadata_comes_back_only_on_request_and_is_checked(slack: SlackDouble, api: AsyncWebClient) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "incident:42:card"}}
    posted = await api.chat_postMessage(channel="#platform", text="x", metadata=metadata)
    where = {"channel": posted["channel"]}
    bare = (await api.conversations_history(**where))["messages"][0]
    full = (await api.conversations_history(**where, include_all_metadata=True))["messages"][0]
    assert "metadata" not in bare
    assert full["metadata"] == metadata
    wrong = await refusal(api.chat_postMessage(channel="#platform", text="x", metadata={"event_type": "card"}))
    assert wrong["error"] == "invalid_metadata_schema"


@pytest.mark.parametrize(("length", "taken"), [(8_000, True), (8_001, False)])
async def test_metadata_has_a_size(api: AsyncWebClient, length: int, taken: bool) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": ""}}
    metadata["event_payload"] = {"key": "x" * (length - len(json.dumps(metadata)))}
    call = api.chat_postMessage(channel="#platform", text="x", metadata=metadata)
    if taken:
        assert (await call)["ok"]
    else:
        assert (await refusal(call))["error"] == "metadata_too_large"


async def test_a_second_table_is_an_error_of_attachments(api: AsyncWebClient) -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    answer = await refusal(api.chat_postMessage(channel="#platform", text="x", blocks=[table, table]))
    assert answer["error"] == "invalid_attachments"
    assert "only_one_table_allowed" in answer["response_metadata"]["messages"][0]


async def test_the_same_client_msg_id_is_stored_twice_unless_slack_is_set_to_honour_it(clock: TurnedClock) -> None:
    async with double(clock) as slack:
        for _ in range(2):
            await client(slack).chat_postMessage(channel="#platform", text="x", client_msg_id="one")
        assert slack.duplicates(lambda message: message.client_msg_id) == {"one": 2}
    async with double(clock, client_msg_ids="first_wins") as slack:
        first = await client(slack).chat_postMessage(channel="#platform", text="x", client_msg_id="one")
        again = await client(slack).chat_postMessage(channel="#platform", text="x", client_msg_id="one")
        assert first["ts"] == again["ts"]
        assert len(slack.person("ada").sees("platform")) == 1


@pytest.mark.parametrize(
    ("content", "targets"),
    [
        ({"text": "<!channel> fire"}, ["channel"]),
        ({"text": "&lt;!channel&gt; fire"}, []),
        ({"text": "x", "blocks": [section("<!here>")]}, ["here"]),
        ({"text": "x", "blocks": [{"type": "header", "text": plain("<!here>")}]}, []),
        ({"text": "x", "blocks": [{"type": "markdown", "text": "<!everyone>"}]}, ["everyone"]),
        ({"text": "x", "attachments": [{"text": "<!channel>"}]}, ["channel"]),
        ({"text": "@channel", "link_names": True}, ["channel"]),
        ({"text": "@channel"}, []),
        (
            {
                "text": "x",
                "blocks": [
                    {
                        "type": "rich_text",
                        "elements": [
                            {"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}
                        ],
                    }
                ],
            },
            ["here"],
        ),
    ],
)
async def test_whoever_a_post_pings_is_recorded(
    slack: SlackDouble, api: AsyncWebClient, content: dict[str, object], targets: list[str]
) -> None:
    await api.api_call("chat.postMessage", json={"channel": "#platform", **content})
    assert [ping.target for ping in slack.workspace.pings] == targets


async def test_an_edit_pings_only_whom_it_adds(slack: SlackDouble, api: AsyncWebClient) -> None:
    posted = await api.chat_postMessage(channel="#platform", text="<@U0AAAAAAAAA> look")
    await api.chat_update(channel=posted["channel"], ts=posted["ts"], text="<@U0AAAAAAAAA> <@U0BBBBBBBBB> look")
    assert [ping.target for ping in slack.workspace.pings] == ["U0AAAAAAAAA", "U0BBBBBBBBB"]


async def test_a_borrowed_name_needs_its_scope(api: AsyncWebClient) -> None:
    answer = await refusal(api.chat_postMessage(channel="#platform", text="x", username="Alertmanager"))
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "chat:write.customize"


async def test_a_permalink_names_the_message_and_its_thread(slack: SlackDouble, api: AsyncWebClient) -> None:
    parent = await api.chat_postMessage(channel="#platform", text="parent")
    reply = await api.chat_postMessage(channel="#platform", text="reply", thread_ts=parent["ts"])
    link = (await api.chat_getPermalink(channel=reply["channel"], message_ts=reply["ts"]))["permalink"]
    assert f"/p{reply['ts'].replace('.', '')}?thread_ts={parent['ts']}" in link


async def test_blocks_may_come_as_json_in_a_form(slack: SlackDouble, api: AsyncWebClient) -> None:
    content = {"channel": "#platform", "text": "x", "blocks": json.dumps([section("y")])}
    await api.api_call("chat.postMessage", data=content)
    assert slack.person("ada").sees("platform")[0].blocks[0]["text"]["text"] == "y"
