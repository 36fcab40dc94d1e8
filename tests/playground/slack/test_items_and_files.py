"""reactions, pins, bookmarks and files: each can be put once, taken away once, and is seen by people."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Refused, SlackDouble
from tests.playground.slack.conftest import Json, refusal


async def card(api: AsyncWebClient) -> Json:
    posted = await api.chat_postMessage(channel="#platform", text="card")
    return {"channel": str(posted["channel"]), "timestamp": str(posted["ts"])}


async def test_a_reaction_is_put_and_taken_once_by_each(slack: SlackDouble, api: AsyncWebClient) -> None:
    where = await card(api)
    await api.reactions_add(**where, name="eyes")
    await slack.person("ada").react((where["channel"], where["timestamp"]), "eyes")
    assert (await refusal(api.reactions_add(**where, name="eyes")))["error"] == "already_reacted"
    shown = (await api.reactions_get(**where))["message"]["reactions"]
    assert [(one["name"], one["count"]) for one in shown] == [("eyes", 2)]
    await api.reactions_remove(**where, name="eyes")
    assert (await refusal(api.reactions_remove(**where, name="eyes")))["error"] == "no_reaction"
    with pytest.raises(Refused, match="already_reacted"):
        await slack.person("ada").react((where["channel"], where["timestamp"]), "eyes")


async def test_a_reaction_needs_a_message_and_a_name(api: AsyncWebClient) -> None:
    where = await card(api)
    missing: Json = {"channel": where["channel"], "timestamp": "1.000001"}
    assert (await refusal(api.reactions_add(**missing, name="eyes")))["error"] == "message_not_found"
    assert (await refusal(api.reactions_add(**where, name="two words")))["error"] == "invalid_name"


async def test_a_pin_is_put_once_and_listed(slack: SlackDouble, api: AsyncWebClient) -> None:
    where = await card(api)
    await api.pins_add(**where)
    assert (await refusal(api.pins_add(**where)))["error"] == "already_pinned"
    listed = (await api.pins_list(channel=where["channel"]))["items"]
    assert [item["message"]["text"] for item in listed] == ["card"]
    assert slack.person("ada").sees("platform")[0].pinned
    await api.pins_remove(**where)
    assert (await refusal(api.pins_remove(**where)))["error"] == "no_pin"


async def test_bookmarks_are_added_edited_and_removed(slack: SlackDouble, api: AsyncWebClient) -> None:
    channel = slack.workspace.channel("platform").id
    added = await api.bookmarks_add(channel_id=channel, title="Runbook", type="link", link="https://a.example")
    bookmark = added["bookmark"]["id"]
    await api.bookmarks_edit(channel_id=channel, bookmark_id=bookmark, title="Runbook 2")
    assert [one["title"] for one in (await api.bookmarks_list(channel_id=channel))["bookmarks"]] == ["Runbook 2"]
    await api.bookmarks_remove(channel_id=channel, bookmark_id=bookmark)
    assert slack.workspace.channel("platform").bookmarks == ()
    answer = await refusal(api.bookmarks_add(channel_id=channel, title="x", type="link", link="ftp://a.example"))
    assert answer["error"] == "invalid_link"
    assert (await refusal(api.bookmarks_remove(channel_id=channel, bookmark_id=bookmark)))["error"] == "not_found"


async def test_a_file_is_uploaded_by_the_library_and_shared(slack: SlackDouble, api: AsyncWebClient) -> None:
    channel = slack.workspace.channel("platform").id
    parent = await api.chat_postMessage(channel=channel, text="costs")
    await api.files_upload_v2(
        content="a,b\n1,2\n",
        filename="costs.csv",
        title="Costs",
        channel=channel,
        thread_ts=str(parent["ts"]),
        initial_comment="Here",
    )
    message = slack.person("ada").sees("platform", thread_ts=str(parent["ts"]))[-1]
    assert message.text == "Here"
    assert message.files[0].title == "Costs"
    assert message.files[0].content == b"a,b\n1,2\n"
    shown = (await api.files_info(file=message.files[0].id))["file"]
    assert shown["channels"] == [channel]
    async with aiohttp.ClientSession() as session:
        async with session.get(shown["url_private"]) as response:
            assert response.status == 403
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        async with session.get(shown["url_private"], headers=headers) as response:
            assert await response.text() == "a,b\n1,2\n"
    await api.files_delete(file=message.files[0].id)
    assert (await refusal(api.files_info(file=message.files[0].id)))["error"] == "file_not_found"
    assert slack.person("ada").sees("platform", thread_ts=str(parent["ts"]))[-1].files == ()


async def test_bytes_must_be_as_many_as_announced(slack: SlackDouble, api: AsyncWebClient) -> None:
    announced = await api.files_getUploadURLExternal(filename="x.png", length=3)
    async with aiohttp.ClientSession() as session:
        async with session.post(announced["upload_url"], data=b"four") as response:
            assert response.status == 400
        answer = await refusal(
            api.files_completeUploadExternal(files=[{"id": str(announced["file_id"]), "title": "x"}])
        )
        assert answer["error"] == "file_not_found"
        async with session.post(announced["upload_url"], data=b"123") as response:
            assert response.status == 200
        async with session.post(announced["upload_url"], data=b"123") as response:
            assert response.status == 404
    done = await api.files_completeUploadExternal(files=[{"id": str(announced["file_id"]), "title": "x"}])
    assert done["files"][0]["size"] == 3
    assert slack.person("ada").sees("platform") == ()


async def test_a_file_goes_only_where_the_bot_is(slack: SlackDouble, api: AsyncWebClient) -> None:
    announced = await api.files_getUploadURLExternal(filename="x.txt", length=1)
    async with aiohttp.ClientSession() as session:
        await session.post(announced["upload_url"], data=b"x")
    general = slack.workspace.channel("general").id
    files: list[dict[str, str | None]] = [{"id": str(announced["file_id"]), "title": "x"}]
    assert (await refusal(api.files_completeUploadExternal(files=files, channel_id=general)))[
        "error"
    ] == "not_in_channel"


async def test_the_old_upload_is_gone(api: AsyncWebClient) -> None:
    assert (await refusal(api.api_call("files.upload")))["error"] == "method_deprecated"
