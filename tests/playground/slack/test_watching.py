"""Watching the double: changes in order, waiting for a condition, and the workspace a demo begins with."""

import asyncio
from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Change, Message, SlackDouble, acme
from tests.playground.slack.conftest import double, modal, section


async def test_a_page_follows_every_change_in_order(slack: SlackDouble, api: AsyncWebClient) -> None:
    seen: list[Change] = []

    async def follow() -> None:
        async with slack.subscribe() as changes:
            ready.set()
            async for change in changes:
                seen.append(change)  # noqa: PERF401 - it never ends

    ready = asyncio.Event()
    page = asyncio.create_task(follow())
    await ready.wait()
    said = await slack.person("ada").say("platform", "hello")
    await api.views_open(trigger_id=slack.issue_trigger("ada"), view=modal(section()))
    await api.chat_postEphemeral(channel=said.channel_id, user=slack.person("ada").user_id, text="psst")
    await slack.wait_for(lambda: len([c for c in seen if c.kind == "message_posted"]) == 2)
    page.cancel()
    numbers = [change.number for change in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    posted = [change for change in seen if change.kind == "message_posted"]
    assert posted[0].value == said
    assert posted[1].addressee == slack.person("ada").user_id
    opened = [change for change in seen if change.kind == "views_changed"]
    assert [change.addressee for change in opened] == [slack.person("ada").user_id]


async def test_one_who_reads_too_slowly_is_told_to_read_anew(slack: SlackDouble) -> None:
    async with slack.subscribe() as changes:
        for number in range(2_500):
            slack.workspace.announce("traffic", detail=str(number))
        first = await anext(changes)
        second = await anext(changes)
    assert first.kind == "resync"
    assert second.number == first.number + 1


async def test_waiting_ends_with_the_condition_or_says_what_did_not_happen(slack: SlackDouble) -> None:
    waiting = asyncio.create_task(slack.wait_for(lambda: slack.person("ada").sees("platform")))
    await slack.person("grace").say("platform", "hello")
    await waiting
    with pytest.raises(TimeoutError, match="the card"):
        await slack.wait_for(lambda: False, timeout=0.01, what="the card")


async def test_a_user_is_changed_by_saving_another_value(slack: SlackDouble) -> None:
    ada = slack.workspace.user("ada")
    slack.workspace.save_user(replace(ada, deleted=True))
    assert slack.workspace.user("ada").deleted


async def test_the_demo_begins_with_acme() -> None:
    async with double(workspace=acme()) as slack:
        ada, guest = slack.person("ada"), slack.person("margaret")
        assert {channel.name for channel in ada.channels()} == {"general", "platform", "alerts", "incidents", "costs"}
        assert {channel.name for channel in guest.channels()} == {"platform"}
        assert guest.user.is_restricted
        assert ada.user.tz == "Europe/Berlin"
        bot = slack.workspace.bot_user_id
        assert [c.name for c in slack.workspace.channels.values() if bot not in c.members] == ["general"]


async def test_messages_are_values_that_do_not_change_behind_ones_back(slack: SlackDouble) -> None:
    ada = slack.person("ada")
    said = await ada.say("platform", "one")
    edited = await ada.edit(said, "two")
    assert isinstance(said, Message)
    assert (said.text, edited.text, ada.sees("platform")[0].text) == ("one", "two", "two")
