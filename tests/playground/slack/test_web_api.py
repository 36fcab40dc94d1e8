"""The door of the Web API: tokens, scopes, forms of bodies, rate limits, faults, and what the traffic log keeps."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackDouble
from playground.slack.web_api import all_methods
from tests.playground.slack.conftest import TurnedClock, client, double, manifest, refusal


async def post(slack: SlackDouble, method: str, *, token: str | None = None, **how: Any) -> dict[str, Any]:
    used = slack.bot_token if token is None else token
    headers = {"Authorization": f"Bearer {used}"} if used else {}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{slack.api_url}{method}", **how) as response,
    ):
        answer: dict[str, Any] = await response.json()
        return answer


async def test_a_call_without_or_with_a_wrong_token_is_refused(slack: SlackDouble) -> None:
    assert (await post(slack, "auth.test", token=""))["error"] == "not_authed"
    assert (await post(slack, "auth.test", token="xoxb-stolen"))["error"] == "invalid_auth"


async def test_each_method_takes_only_its_kind_of_token(slack: SlackDouble) -> None:
    assert (await post(slack, "auth.test", token=slack.app_token))["error"] == "not_allowed_token_type"
    assert (await post(slack, "apps.connections.open"))["error"] == "not_allowed_token_type"
    assert (await post(slack, "apps.connections.open", token=slack.app_token))["ok"]


async def test_scopes_are_told_to_their_tokens_holder_only(slack: SlackDouble) -> None:
    async def told(token: str) -> str | None:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{slack.api_url}auth.test") as response,
        ):
            return response.headers.get("X-OAuth-Scopes")

    assert await told(slack.bot_token) == ",".join(sorted(slack.manifest.scopes))
    assert await told(slack.app_token) == "connections:write"
    assert await told("xoxb-stolen") is None


async def test_an_unknown_method_says_so(slack: SlackDouble) -> None:
    assert (await post(slack, "chat.shout"))["error"] == "unknown_method"


async def test_a_missing_scope_names_what_is_needed_and_what_is_there() -> None:
    async with double(manifest=manifest(without_scopes=("chat:write",))) as slack:
        answer = await post(slack, "chat.postMessage", data={"channel": "#platform", "text": "x"})
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "chat:write"
    assert "channels:read" in answer["provided"].split(",")


async def test_reads_ignore_a_json_body_and_writes_take_one(slack: SlackDouble, api: AsyncWebClient) -> None:
    channel = slack.workspace.channel("platform").id
    assert (await post(slack, "conversations.info", json={"channel": channel}))["error"] == "invalid_arguments"
    assert (await post(slack, "conversations.info", data={"channel": channel}))["ok"]
    assert (await post(slack, "conversations.info", params={"channel": channel}))["ok"]
    assert (await post(slack, "chat.postMessage", json={"channel": channel, "text": "json"}))["ok"]
    assert (await post(slack, "chat.postMessage", data={"channel": channel, "text": "form"}))["ok"]


async def test_a_broken_or_foreign_body_is_refused_by_name(slack: SlackDouble) -> None:
    json_type = {"Content-Type": "application/json"}
    assert (await post(slack, "chat.postMessage", data="{", headers=json_type))["error"] == "invalid_json"
    assert (await post(slack, "chat.postMessage", json=["x"]))["error"] == "json_not_object"
    plain_type = {"Content-Type": "text/plain"}
    assert (await post(slack, "chat.postMessage", data="x", headers=plain_type))["error"] == "invalid_post_type"
    bad_blocks = {"channel": "#platform", "blocks": "[{"}
    assert (await post(slack, "chat.postMessage", data=bad_blocks))["error"] == "invalid_blocks_format"


async def test_a_missing_argument_is_named(slack: SlackDouble, api: AsyncWebClient) -> None:
    answer = await post(slack, "chat.postMessage", data={"text": "x"})
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


async def test_a_method_beyond_its_tier_is_refused_until_time_has_passed(clock: TurnedClock) -> None:
    async with double(clock, rate_limits=True) as slack:
        api = client(slack)
        for _ in range(20):
            await api.users_list()
        answer = await refusal(api.users_list())
        assert answer["error"] == "ratelimited"
        assert answer["_status"] == 429
        assert answer["_headers"]["Retry-After"] == "3"
        clock.turn(3)
        await api.users_list()
        await refusal(api.users_list())
        await api.users_info(user=slack.workspace.user("ada").id)


async def test_a_channel_takes_a_short_burst_and_then_one_post_a_second(clock: TurnedClock) -> None:
    async with double(clock, rate_limits=True) as slack:
        api = client(slack)
        for number in range(4):
            await api.chat_postMessage(channel="#platform", text=str(number))
        answer = await refusal(api.chat_postMessage(channel="#platform", text="too fast"))
        assert answer["error"] == "ratelimited"
        assert answer["_headers"]["Retry-After"] == "1"
        await api.chat_postMessage(channel=slack.workspace.user("ada").id, text="another channel")
        clock.turn(1)
        await api.chat_postMessage(channel="#platform", text="now")
        assert [message.text for message in slack.person("ada").sees("platform")] == ["0", "1", "2", "3", "now"]


async def test_a_call_whose_answer_is_lost_took_effect(slack: SlackDouble) -> None:
    slack.faults.inject("drop_after", "chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await post(slack, "chat.postMessage", data={"channel": "#platform", "text": "said"})
    assert [message.text for message in slack.person("ada").sees("platform")] == ["said"]
    assert slack.calls_of("chat.postMessage")[0].error == "dropped"


async def test_a_call_that_breaks_before_it_is_read_had_no_effect(slack: SlackDouble) -> None:
    slack.faults.inject("drop_before", "chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await post(slack, "chat.postMessage", data={"channel": "#platform", "text": "unsaid"})
    assert slack.person("ada").sees("platform") == ()


async def test_a_slow_call_takes_effect_before_it_is_answered(slack: SlackDouble) -> None:
    slack.faults.inject("slow", "chat.postMessage", seconds=30)
    call = asyncio.create_task(post(slack, "chat.postMessage", data={"channel": "#platform", "text": "slow"}))
    await slack.wait_for(lambda: slack.person("ada").sees("platform"))
    assert not call.done()
    call.cancel()


async def test_faults_are_counted_by_method_and_cleared(slack: SlackDouble) -> None:
    fault = slack.faults.inject("error", "conversations.*", times=None, error="fatal_error")
    assert (await post(slack, "conversations.list"))["error"] == "fatal_error"
    assert (await post(slack, "auth.test"))["ok"]
    assert fault.hits == 1
    slack.faults.clear(fault)
    assert (await post(slack, "conversations.list"))["ok"]


async def test_a_fault_by_chance_is_the_same_each_time_with_the_same_seed() -> None:
    patterns = []
    for _ in range(2):
        async with double(seed=7) as slack:
            slack.faults.inject("error", "auth.test", times=None, probability=0.5)
            patterns.append([(await post(slack, "auth.test"))["ok"] for _ in range(20)])
    assert patterns[0] == patterns[1]
    assert {True, False} == set(patterns[0])


async def test_the_log_shows_requests_and_answers_and_no_token(slack: SlackDouble, api: AsyncWebClient) -> None:
    await api.chat_postMessage(channel="#platform", text="x", blocks=[{"type": "divider"}])
    await post(slack, "auth.test", token="", data={"token": slack.bot_token})
    posted, tested = [call for call in slack.calls if call.way == "api"]
    assert posted.request["blocks"] == [{"type": "divider"}]
    assert posted.response["message"]["text"] == "x"
    assert tested.ok
    assert slack.bot_token not in repr(slack.calls)


async def test_api_and_auth_tests_say_who_is_calling(slack: SlackDouble, api: AsyncWebClient) -> None:
    answer = (await api.auth_test()).data
    assert isinstance(answer, dict)
    assert answer["user_id"] == slack.workspace.bot_user_id
    assert answer["bot_id"] == slack.workspace.bot_id
    assert answer["team_id"] == slack.workspace.team.id
    assert (await api.api_test(foo="bar"))["args"]["foo"] == "bar"
    assert (await api.team_info())["team"]["domain"] == "acme"
    assert (await api.bots_info(bot=slack.workspace.bot_id))["bot"]["user_id"] == slack.workspace.bot_user_id


def test_every_method_the_design_needs_is_there() -> None:
    needed = {
        "chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral", "chat.getPermalink",
        "conversations.open", "conversations.list", "conversations.info", "conversations.history",
        "conversations.replies", "conversations.members", "conversations.create", "conversations.invite",
        "conversations.setTopic", "conversations.setPurpose", "conversations.archive", "conversations.kick",
        "conversations.join", "conversations.rename", "views.open", "views.push", "views.update", "views.publish",
        "users.info", "users.list", "users.lookupByEmail", "users.profile.get", "usergroups.list",
        "usergroups.users.list", "usergroups.users.update", "files.getUploadURLExternal",
        "files.completeUploadExternal", "reactions.add", "reactions.remove", "pins.add", "pins.remove",
        "pins.list", "bookmarks.add", "bookmarks.list", "auth.test", "team.info", "apps.connections.open",
    }  # fmt: skip
    assert needed <= set(all_methods())
