"""conversations.* and users.*: finding people and channels, reading history, making channels and bringing people in."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackDouble
from tests.playground.slack.conftest import TurnedClock, client, double, manifest, refusal


async def test_history_is_newest_first_in_pages_and_by_exact_ts(slack: SlackDouble, api: AsyncWebClient) -> None:
    sent = [await api.chat_postMessage(channel="#platform", text=str(number)) for number in range(5)]
    channel = sent[0]["channel"]
    first = await api.conversations_history(channel=channel, limit=2)
    assert [message["text"] for message in first["messages"]] == ["4", "3"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    second = await api.conversations_history(channel=channel, limit=3, cursor=cursor)
    assert [message["text"] for message in second["messages"]] == ["2", "1", "0"]
    assert not second["has_more"]
    exact = await api.conversations_history(channel=channel, latest=sent[2]["ts"], inclusive=True, limit=1)
    assert [message["text"] for message in exact["messages"]] == ["2"]
    newer = await api.conversations_history(channel=channel, oldest=sent[3]["ts"])
    assert [message["text"] for message in newer["messages"]] == ["4"]


async def test_replies_are_in_the_thread_and_not_in_the_history(slack: SlackDouble, api: AsyncWebClient) -> None:
    parent = await api.chat_postMessage(channel="#platform", text="parent")
    channel = parent["channel"]
    await api.chat_postMessage(channel=channel, text="quiet", thread_ts=parent["ts"])
    await api.chat_postMessage(channel=channel, text="loud", thread_ts=parent["ts"], reply_broadcast=True)
    history = (await api.conversations_history(channel=channel))["messages"]
    assert [message["text"] for message in history] == ["loud", "parent"]
    assert history[1]["reply_count"] == 2
    thread = (await api.conversations_replies(channel=channel, ts=parent["ts"]))["messages"]
    assert [message["text"] for message in thread] == ["parent", "quiet", "loud"]
    assert (await refusal(api.conversations_replies(channel=channel, ts="1.1")))["error"] == "thread_not_found"


async def test_history_needs_membership_and_the_scope_of_the_channels_kind(
    slack: SlackDouble, api: AsyncWebClient
) -> None:
    general, secret = slack.workspace.channel("general").id, slack.workspace.channel("secret").id
    assert (await refusal(api.conversations_history(channel=general)))["error"] == "not_in_channel"
    assert (await refusal(api.conversations_history(channel=secret)))["error"] == "channel_not_found"
    async with double(manifest=manifest(without_scopes=("groups:history",))) as other:
        ops = other.workspace.channel("ops").id
        answer = await refusal(client(other).conversations_history(channel=ops))
        assert answer["error"] == "missing_scope"
        assert answer["needed"] == "groups:history"


async def test_a_listing_shows_only_what_the_bot_may_see_and_only_the_types_asked_for(api: AsyncWebClient) -> None:
    public = await api.conversations_list()
    assert [channel["name"] for channel in public["channels"]] == ["general", "platform"]
    private = await api.conversations_list(types="private_channel")
    assert [channel["name"] for channel in private["channels"]] == ["ops"]
    assert (await refusal(api.conversations_list(types="secret_channel")))["error"] == "invalid_types"


async def test_a_listing_comes_in_pages(api: AsyncWebClient) -> None:
    first = await api.conversations_list(limit=1)
    assert len(first["channels"]) == 1
    second = await api.conversations_list(limit=1, cursor=first["response_metadata"]["next_cursor"])
    assert second["channels"][0]["name"] == "platform"
    assert second["response_metadata"]["next_cursor"] == ""
    assert (await refusal(api.conversations_list(cursor="forged")))["error"] == "invalid_cursor"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Inc-1", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("inc.1", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
        ("platform", "name_taken"),
    ],
)
async def test_a_channels_name_follows_the_rules(api: AsyncWebClient, name: str, error: str) -> None:
    assert (await refusal(api.conversations_create(name=name)))["error"] == error


async def test_a_channel_is_made_named_filled_and_archived(slack: SlackDouble, api: AsyncWebClient) -> None:
    ada, grace = slack.person("ada"), slack.person("grace")
    made = (await api.conversations_create(name="inc-1_db" + "x" * 72))["channel"]
    channel = made["id"]
    await api.conversations_invite(channel=channel, users=[ada.user_id, grace.user_id])
    await api.conversations_setTopic(channel=channel, topic="Database is down")
    await api.conversations_setPurpose(channel=channel, purpose="Restore it")
    await api.conversations_rename(channel=channel, name="inc-2")
    assert (await api.conversations_members(channel=channel))["members"] == [
        slack.workspace.bot_user_id,
        ada.user_id,
        grace.user_id,
    ]
    await api.conversations_kick(channel=channel, user=grace.user_id)
    shown = (await api.conversations_info(channel=channel, include_num_members=True))["channel"]
    assert (shown["name"], shown["topic"]["value"], shown["purpose"]["value"]) == (
        "inc-2",
        "Database is down",
        "Restore it",
    )
    assert shown["num_members"] == 2
    await api.conversations_archive(channel=channel)
    assert (await refusal(api.conversations_archive(channel=channel)))["error"] == "already_archived"
    assert (await refusal(api.conversations_invite(channel=channel, users=grace.user_id)))["error"] == "is_archived"
    await api.conversations_unarchive(channel=channel)
    assert not slack.workspace.channel(channel).is_archived


async def test_one_bad_invitation_refuses_all_unless_forced(slack: SlackDouble, api: AsyncWebClient) -> None:
    channel = (await api.conversations_create(name="inc-1"))["channel"]["id"]
    ada = slack.person("ada").user_id
    for users, error in (
        (["U0NOBODY", ada], "user_not_found"),
        ([slack.workspace.bot_user_id], "cant_invite_self"),
        ([], "no_user"),
        ([ada] * 101, "too_many_users"),
    ):
        assert (await refusal(api.conversations_invite(channel=channel, users=users)))["error"] == error
    assert ada not in slack.workspace.channel(channel).members
    answer = await api.api_call(
        "conversations.invite", json={"channel": channel, "users": f"U0NOBODY,{ada}", "force": True}
    )
    assert [problem["error"] for problem in answer["errors"]] == ["user_not_found"]
    assert (await refusal(api.conversations_invite(channel=channel, users=[ada])))["error"] == "already_in_channel"


async def test_joining_and_leaving(slack: SlackDouble, api: AsyncWebClient) -> None:
    channel = slack.workspace.channel("general").id
    await api.conversations_join(channel=channel)
    assert (await api.conversations_join(channel=channel))["warning"] == "already_in_channel"
    assert slack.person("ada").sees("general")[-1].subtype == "channel_join"
    assert not slack.workspace.pings
    assert (await refusal(api.conversations_leave(channel=channel)))["error"] == "cant_leave_general"
    assert (await refusal(api.conversations_archive(channel=channel)))["error"] == "cant_archive_general"
    ops = slack.workspace.channel("ops").id
    await api.conversations_leave(channel=ops)
    assert (await refusal(api.conversations_info(channel=ops)))["error"] == "channel_not_found"


async def test_opening_a_direct_message_twice_gives_the_same(slack: SlackDouble, api: AsyncWebClient) -> None:
    ada = slack.person("ada").user_id
    first = await api.conversations_open(users=ada)
    again = await api.conversations_open(users=[ada], return_im=True)
    assert first["channel"]["id"] == again["channel"]["id"]
    assert again["already_open"]
    assert again["channel"]["user"] == ada
    group = await api.conversations_open(users=[ada, slack.person("grace").user_id])
    assert slack.workspace.channel(group["channel"]["id"]).kind == "mpim"
    assert (await refusal(api.conversations_open(users="U0NOBODY")))["error"] == "user_not_found"
    assert (await refusal(api.conversations_setTopic(channel=first["channel"]["id"], topic="x")))["error"] == (
        "method_not_supported_for_channel_type"
    )


async def test_people_are_found_by_id_and_by_email(slack: SlackDouble, api: AsyncWebClient) -> None:
    ada = slack.workspace.user("ada")
    shown = (await api.users_info(user=ada.id, include_locale=True))["user"]
    assert (shown["tz"], shown["tz_offset"], shown["locale"]) == ("Europe/Berlin", 3600, "en-US")
    assert shown["profile"]["email"] == "ada@acme.example"
    assert (await api.users_info(user=slack.workspace.user("margaret").id))["user"]["is_restricted"]
    assert (await api.users_lookupByEmail(email="ADA@acme.example"))["user"]["id"] == ada.id
    assert (await refusal(api.users_lookupByEmail(email="x@acme.example")))["error"] == "users_not_found"
    assert (await refusal(api.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    assert len((await api.users_list())["members"]) == 4
    assert (await api.users_profile_get(user=ada.id))["profile"]["real_name"] == "Ada Lovelace"


async def test_an_address_is_hidden_without_its_scope() -> None:
    async with double(manifest=manifest(without_scopes=("users:read.email",))) as slack:
        api = client(slack)
        shown = (await api.users_info(user=slack.workspace.user("ada").id))["user"]
        assert "email" not in shown["profile"]
        assert (await refusal(api.users_lookupByEmail(email="ada@acme.example")))["error"] == "missing_scope"


async def test_user_groups_are_made_and_filled(slack: SlackDouble, api: AsyncWebClient) -> None:
    ada = slack.person("ada").user_id
    group = (await api.usergroups_create(name="On call", handle="oncall"))["usergroup"]["id"]
    await api.usergroups_users_update(usergroup=group, users=[ada])
    assert (await api.usergroups_users_list(usergroup=group))["users"] == [ada]
    assert (await api.usergroups_list(include_users=True))["usergroups"][0]["users"] == [ada]
    assert (await refusal(api.usergroups_users_update(usergroup=group, users=[])))["error"] == "no_users_provided"
    assert (await refusal(api.usergroups_users_update(usergroup=group, users=["U0NOBODY"])))["error"] == "invalid_users"
    assert (await refusal(api.usergroups_users_list(usergroup="S0NONE")))["error"] == "no_such_subteam"
    assert (await refusal(api.usergroups_create(name="x", handle="oncall")))["error"] == "handle_already_exists"
    await api.usergroups_disable(usergroup=group)
    assert (await api.usergroups_list())["usergroups"] == []


async def test_ts_rises_even_when_the_clock_stands_still(clock: TurnedClock, slack: SlackDouble) -> None:
    ts = [slack.workspace.new_ts() for _ in range(100)]
    assert sorted(set(ts)) == ts
