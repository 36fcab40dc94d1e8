"""Slack comes to show what storage says: once, in order, whatever Slack and the process do in between."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from bot.kit.clock import SystemClock
from bot.outbox import Outbox
from bot.pacing import UNPACED, Pacing
from integrations.slack import SlackClient
from playground.slack import Message, SlackDouble, Workspace
from storage.db import Database
from storage.messages import (
    Attachment,
    Channel,
    MessageRow,
    MessageState,
    MessageStore,
    Person,
    Priority,
    ThreadAt,
    ThreadOf,
)

MANIFEST = {
    "display_information": {"name": "Platform"},
    "features": {"bot_user": {"display_name": "platform"}},
    "oauth_config": {
        "scopes": {
            "bot": [
                *("chat:write", "channels:history", "channels:read", "im:history", "im:write", "im:read"),
                *("files:read", "files:write"),
            ]
        }
    },
    "settings": {"socket_mode_enabled": True},
}


class Things:
    """What cards show: the state of an object by id. An exception is raised instead."""

    def __init__(self) -> None:
        self.states: dict[str, str | Exception | None] = {}
        self.rendered: Counter[str] = Counter()

    async def render(self, view: str, object_id: str) -> Mapping[str, Any] | None:
        self.rendered[object_id] += 1
        state = self.states.get(object_id)
        if isinstance(state, Exception):
            raise state
        if state is None:
            return None
        return {"text": state, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": state}}]}


class Seen:
    def __init__(self) -> None:
        self.results: Counter[str] = Counter()
        self.due = -1

    def sent(self, result: str) -> None:
        self.results[result] += 1

    def backlog(self, due: int, oldest_seconds: float) -> None:
        self.due = due


class Bench:
    """The outbox between a database and the double."""

    def __init__(self, db: Database, slack: SlackDouble, session: aiohttp.ClientSession) -> None:
        self.db = db
        self.slack = slack
        self.session = session
        self.store = MessageStore()
        self.things = Things()
        self.seen = Seen()
        self.url = slack.api_url
        self._running: list[tuple[Outbox, asyncio.Task[None]]] = []

    def start(self, *, pacing: Pacing = UNPACED, holder: str = "a", ttl: float = 15.0) -> Outbox:
        outbox = Outbox(
            self.db,
            SlackClient(self.session, self.slack.bot_token, self.url),
            self.things,
            SystemClock(),
            self.seen,
            holder=holder,
            decrypt=lambda sealed: sealed.removeprefix("sealed:") if sealed.startswith("sealed:") else None,
            pacing=pacing,
            lease_ttl=timedelta(seconds=ttl),
            retry_seconds=0.02,
        )
        self._running.append((outbox, asyncio.create_task(outbox.run())))
        return outbox

    async def kill(self) -> None:
        """The process dies: nothing more is saved."""
        for _, task in self._running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._running.clear()

    async def drain(self) -> None:
        for outbox, task in self._running:
            await outbox.stop(5)
            await task
        self._running.clear()

    async def row(self, key: str) -> MessageRow:
        async with self.db.reading() as session:
            found = await self.store.find(session, key)
        assert found is not None
        return found

    async def until(self, key: str, condition: Callable[[MessageRow], bool]) -> MessageRow:
        async with asyncio.timeout(60):
            while not condition(row := await self.row(key)):  # noqa: ASYNC110  it may be changed by the outbox alone
                await asyncio.sleep(0.01)
        return row

    async def settled(self, *keys: str) -> None:
        """Nothing is left to do for these."""
        for key in keys:
            await self.until(key, lambda row: row.due_at is None and row.claim is None)

    def texts(self, channel: str) -> list[str]:
        return [message.text for message in self.slack.workspace.messages(self.channel(channel))]

    def message(self, channel: str, text: str) -> Message:
        return next(one for one in self.slack.workspace.messages(self.channel(channel)) if one.text == text)

    def channel(self, name: str) -> str:
        return self.slack.workspace.channel(name).id

    async def mark(self, key: str, state: str | Exception | None = "", **given: Any) -> None:
        """A card in #ops for the object of the same name."""
        if state != "":
            self.things.states[key] = state
        async with self.db.transaction() as session:
            given.setdefault("to", Channel(self.channel("ops")))
            await self.store.mark_card(session, key=key, view="thing", object_id=key, **given)

    async def say(self, key: str, text: str, **given: Any) -> None:
        async with self.db.transaction() as session:
            given.setdefault("to", Channel(self.channel("ops")))
            given.setdefault("body", {"text": text})
            await self.store.post(session, key=key, **given)


@pytest.fixture
async def slack() -> AsyncIterator[SlackDouble]:
    workspace = Workspace("Acme", bot_name="platform")
    workspace.add_user("ada")
    workspace.add_user("grace")
    for name in ("ops", "dev"):
        workspace.add_channel(name, ("ada", "grace", "platform"))
    workspace.add_channel("closed", ("ada",))
    async with SlackDouble(MANIFEST, workspace, rate_limits=False) as double:
        yield double


@pytest.fixture
async def bench(database: Database, slack: SlackDouble) -> AsyncIterator[Bench]:
    async with aiohttp.ClientSession() as session:
        bench = Bench(database, slack, session)
        yield bench
        await bench.kill()


# --- cards and one-off messages ---------------------------------------------------------------------------------------


async def test_a_card_is_posted_then_changed_in_place(bench: Bench) -> None:
    bench.start()
    await bench.mark("card", "requested")
    await bench.settled("card")
    first = bench.message("ops", "requested")
    await bench.mark("card", "ready")
    await bench.settled("card")

    assert bench.message("ops", "ready").ts == first.ts
    assert bench.texts("ops") == ["ready"]
    assert bench.seen.results == {"posted": 1, "edited": 1}
    assert (await bench.row("card")).state == MessageState.SHOWN


async def test_ten_changes_before_sending_are_one_update_with_the_last_state(bench: Bench) -> None:
    await bench.mark("card", "v0")
    bench.start()
    await bench.settled("card")
    await bench.kill()
    for number in range(1, 11):
        await bench.mark("card", f"v{number}")
    bench.start()
    await bench.settled("card")

    assert bench.texts("ops") == ["v10"]
    assert len(bench.slack.calls_of("chat.update")) == 1


async def test_a_mark_that_changes_nothing_to_be_seen_costs_no_call(bench: Bench) -> None:
    bench.start()
    await bench.mark("card", "same")
    await bench.settled("card")
    await bench.mark("card", "same")
    await bench.settled("card")

    assert len(bench.slack.calls_of("chat.update")) == 0
    assert bench.seen.results["unchanged"] == 1


async def test_a_change_while_it_is_being_sent_is_sent_too(bench: Bench) -> None:
    bench.slack.faults.inject("slow", "chat.postMessage", seconds=0.2)
    bench.start()
    await bench.mark("card", "old")
    await bench.slack.wait_for(lambda: bench.texts("ops") == ["old"])
    await bench.mark("card", "new")
    await bench.settled("card")
    assert bench.texts("ops") == ["new"]


async def test_what_was_rolled_back_is_never_said(bench: Bench) -> None:
    async def change() -> None:
        async with bench.db.transaction() as session:
            await bench.store.post(
                session, key="no", to=Channel(bench.channel("ops")), body={"text": "it did not happen"}
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change()
    bench.start()
    await bench.say("yes", "it happened")
    await bench.settled("yes")
    assert bench.texts("ops") == ["it happened"]


async def test_a_message_without_blocks_any_more_loses_them(bench: Bench) -> None:
    bench.start()
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": "details"}}]
    await bench.say("m", "with", body={"text": "with", "blocks": blocks})
    await bench.settled("m")
    await bench.say("m", "without")
    await bench.settled("m")
    assert bench.message("ops", "without").blocks == ()


async def test_every_post_carries_its_key_and_an_id_that_comes_from_it(bench: Bench) -> None:
    bench.start()
    await bench.say("a", "one")
    await bench.say("b", "two")
    await bench.settled("a", "b")
    one, two = bench.message("ops", "one"), bench.message("ops", "two")
    assert one.metadata is not None
    assert one.metadata["event_type"] == "platform_bot"
    assert one.metadata["event_payload"]["key"] == "a"
    assert one.client_msg_id
    assert one.client_msg_id != two.client_msg_id


async def test_a_removed_message_goes_and_comes_back_when_it_is_wanted_again(bench: Bench) -> None:
    bench.start()
    await bench.mark("card", "here")
    await bench.settled("card")
    async with bench.db.transaction() as session:
        assert await bench.store.remove(session, key="card")
        assert not await bench.store.remove(session, key="nothing")
    await bench.settled("card")
    assert bench.texts("ops") == []
    assert (await bench.row("card")).state == MessageState.REMOVED

    async with bench.db.transaction() as session:
        assert await bench.store.touch(session, key="card")
    await bench.settled("card")
    assert bench.texts("ops") == ["here"]


async def test_a_card_with_nothing_to_show_is_not_posted_or_goes(bench: Bench) -> None:
    bench.start()
    await bench.mark("never", None)
    await bench.mark("once", "there")
    await bench.settled("never", "once")
    await bench.mark("once", None)
    await bench.settled("once")
    assert bench.texts("ops") == []


async def test_a_message_whose_edit_finds_it_gone_is_posted_again(bench: Bench) -> None:
    bench.start()
    await bench.mark("card", "v1")
    await bench.settled("card")
    bench.slack.workspace.delete_message(bench.message("ops", "v1"))
    await bench.mark("card", "v2")
    await bench.settled("card")
    assert bench.texts("ops") == ["v2"]
    assert bench.seen.results["vanished"] == 1


async def test_a_parent_that_was_deleted_under_its_replies_is_posted_again(bench: Bench) -> None:
    bench.start()
    await bench.mark("card", "v1")
    await bench.say("reply", "a reply", thread=ThreadOf("card"))
    await bench.settled("card", "reply")
    bench.slack.workspace.delete_message(bench.message("ops", "v1"))
    await bench.mark("card", "v2")
    await bench.settled("card")
    assert bench.message("ops", "v2").metadata is not None


# --- places -----------------------------------------------------------------------------------------------------------


async def test_a_reply_waits_for_its_parent_and_stands_in_its_thread(bench: Bench) -> None:
    bench.things.states["card"] = RuntimeError("not yet")
    bench.start()
    await bench.say("reply", "reply", thread=ThreadOf("card"), priority=Priority.PAGE)
    await bench.mark("card")
    await bench.until("card", lambda row: row.attempts > 0)
    assert bench.texts("ops") == []

    bench.things.states["card"] = "parent"
    await bench.settled("card", "reply")
    assert bench.message("ops", "reply").thread_ts == bench.message("ops", "parent").ts


async def test_a_thread_under_somebody_elses_message_is_named_by_its_ts(bench: Bench) -> None:
    question = await bench.slack.person("ada").say("#ops", "help?")
    bench.start()
    await bench.say("reply", "of course", thread=ThreadAt(question.ts))
    await bench.settled("reply")
    assert bench.message("ops", "of course").thread_ts == question.ts


async def test_a_reply_under_a_message_that_can_never_be_posted_fails_and_says_why(bench: Bench) -> None:
    bench.start()
    await bench.mark("card", "v1", to=Channel("C0NOWHERE"))
    await bench.say("reply", "reply", thread=ThreadOf("card"))
    row = await bench.until("reply", lambda row: row.state == MessageState.FAILED)
    assert "card" in str(row.last_error)


async def test_a_person_gets_direct_messages_and_the_conversation_is_opened_once(bench: Bench) -> None:
    ada = bench.slack.workspace.user("ada").id
    bench.start()
    await bench.say("one", "one", to=Person(ada))
    await bench.settled("one")
    await bench.kill()
    bench.start()
    await bench.say("two", "two", to=Person(ada))
    await bench.settled("two")

    direct = (await bench.row("two")).shown_in
    assert direct is not None
    assert [message.text for message in bench.slack.workspace.messages(direct)] == ["one", "two"]
    assert len(bench.slack.calls_of("conversations.open")) == 1


async def test_a_channel_that_will_not_have_the_bot_is_replaced_by_the_fallbacks_direct_messages(bench: Bench) -> None:
    ada = bench.slack.workspace.user("ada").id
    bench.start()
    await bench.mark("card", "v1", to=Channel(bench.channel("closed")), fallback=ada)
    await bench.settled("card")
    await bench.mark("card", "v2")
    await bench.say("reply", "reply", thread=ThreadOf("card"))
    await bench.settled("card", "reply")

    direct = (await bench.row("card")).shown_in
    assert direct is not None
    texts = [message.text for message in bench.slack.workspace.messages(direct)]
    assert texts == ["v2", "reply"]


async def test_a_file_is_shared_with_its_text_once(bench: Bench) -> None:
    bench.start()
    await bench.say("digest", "This week", file=Attachment("costs.csv", "Costs", b"team,eur\na,1\n"))
    await bench.settled("digest")
    await bench.say("digest", "This week")
    await bench.settled("digest")

    shared = bench.message("ops", "This week")
    assert [(file.name, file.title, file.content) for file in shared.files] == [
        ("costs.csv", "Costs", b"team,eur\na,1\n")
    ]
    assert bench.texts("ops") == ["This week"]
    assert (await bench.row("digest")).file_data is None


async def test_a_file_too_large_is_refused_when_it_is_said(bench: Bench) -> None:
    with pytest.raises(ValueError, match="1000000"):
        await bench.say("big", "big", file=Attachment("a", "a", bytes(1_000_001)))


# --- answers for one person -------------------------------------------------------------------------------------------


async def answer(bench: Bench, url: str | None, key: str = "call:1", *, minutes: float = 30) -> None:
    async with bench.db.transaction() as session:
        await bench.store.answer(
            session,
            key=key,
            response_url=url,
            expires_at=SystemClock().now() + timedelta(minutes=minutes),
            user=bench.slack.workspace.user("ada").id,
            body={"text": f"answer {key}"},
        )


def response_url(bench: Bench) -> str:
    ada = bench.slack.workspace.user("ada").id
    return "sealed:" + bench.slack._core.issue_response_url(ada, bench.channel("ops"))


def direct(bench: Bench) -> list[str]:
    workspace = bench.slack.workspace
    channel = workspace.direct_channel(workspace.user("ada").id, workspace.user("platform").id)
    return [message.text for message in workspace.messages(channel.id)] if channel else []


async def test_an_answer_goes_by_response_url_only_to_its_person_and_the_url_is_forgotten(bench: Bench) -> None:
    bench.start()
    await answer(bench, response_url(bench))
    await bench.settled("call:1")
    assert bench.message("ops", "answer call:1").ephemeral_to == bench.slack.workspace.user("ada").id
    assert (await bench.row("call:1")).response_url is None
    assert direct(bench) == []


@pytest.mark.parametrize("case", ["none", "expired", "unreadable", "spent"])
async def test_an_answer_whose_response_url_is_no_use_becomes_a_direct_message(bench: Bench, case: str) -> None:
    bench.start()
    url: str | None = response_url(bench)
    if case == "spent":
        async with aiohttp.ClientSession() as session:
            for _ in range(5):
                await session.post(str(url).removeprefix("sealed:"), json={"text": "used"})
    url = {"none": None, "unreadable": "garbage"}.get(case, url)
    await answer(bench, url, minutes=-1 if case == "expired" else 30)
    await bench.settled("call:1")
    assert direct(bench) == ["answer call:1"]
    assert (await bench.row("call:1")).response_url is None


async def test_an_answer_is_tried_again_while_slack_fails_and_then_sent_directly(bench: Bench) -> None:
    bench.slack.faults.inject("server_error", "response_url", times=2)
    bench.start()
    await answer(bench, response_url(bench), "call:1")
    await bench.settled("call:1")
    assert bench.texts("ops") == ["answer call:1"]

    bench.slack.faults.inject("server_error", "response_url", times=None)
    await answer(bench, response_url(bench), "call:2")
    await bench.settled("call:2")
    assert direct(bench) == ["answer call:2"]


async def test_a_key_is_answered_once(bench: Bench) -> None:
    bench.start()
    await answer(bench, response_url(bench))
    await bench.settled("call:1")
    await answer(bench, response_url(bench))
    await bench.settled("call:1")
    assert bench.texts("ops") == ["answer call:1"]


# --- Slack fails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop_after", "server_error", "drop_before"])
async def test_a_post_whose_outcome_is_unknown_appears_once(bench: Bench, fault: Any) -> None:
    bench.slack.faults.inject(fault, "chat.postMessage")
    bench.start()
    await bench.say("m", "once")
    await bench.settled("m")
    assert bench.texts("ops") == ["once"]
    assert len(bench.slack.calls_of("conversations.history")) == 1
    row = await bench.row("m")
    assert row.ts == bench.message("ops", "once").ts
    assert row.unsure_since is None


async def test_a_reply_whose_outcome_is_unknown_is_looked_for_in_its_thread(bench: Bench) -> None:
    bench.start()
    await bench.say("parent", "parent")
    await bench.settled("parent")
    bench.slack.faults.inject("drop_after", "chat.postMessage")
    await bench.say("reply", "reply", thread=ThreadOf("parent"))
    await bench.settled("reply")
    assert bench.texts("ops") == ["parent", "reply"]
    assert len(bench.slack.calls_of("conversations.replies")) == 1


async def test_a_message_is_found_among_many_later_ones(bench: Bench) -> None:
    bench.slack.faults.inject("drop_after", "chat.postMessage")
    bench.slack.faults.inject("server_error", "conversations.history", times=3)
    bench.start()
    await bench.say("m", "once")
    await bench.slack.wait_for(lambda: bench.texts("ops") == ["once"])
    for number in range(450):
        await bench.slack.person("ada").say("#ops", f"chatter {number}")
    await bench.settled("m")
    assert bench.texts("ops").count("once") == 1


async def test_a_process_that_dies_between_sending_and_saving_sends_nothing_twice(bench: Bench) -> None:
    bench.slack.faults.inject("slow", "chat.postMessage", times=None, seconds=0.3)
    bench.start(holder="first")
    for number in range(5):
        await bench.say(f"m{number}", f"text {number}", to=Channel(bench.channel("dev" if number % 2 else "ops")))
    await bench.slack.wait_for(lambda: len(bench.texts("ops")) + len(bench.texts("dev")) >= 2)
    await bench.kill()
    bench.slack.faults.clear()

    bench.start(holder="second")
    await bench.settled(*(f"m{number}" for number in range(5)))
    assert sorted(bench.texts("ops") + bench.texts("dev")) == [f"text {number}" for number in range(5)]


async def test_a_found_message_that_shows_an_old_state_is_brought_up_to_date(bench: Bench) -> None:
    bench.slack.faults.inject("drop_after", "chat.postMessage")
    bench.slack.faults.inject("server_error", "conversations.history", times=2)
    bench.start()
    await bench.mark("card", "old")
    await bench.slack.wait_for(lambda: bench.texts("ops") == ["old"])
    await bench.mark("card", "new")
    await bench.settled("card")
    assert bench.texts("ops") == ["new"]


async def test_a_message_that_stands_twice_all_the_same_is_counted(bench: Bench) -> None:
    bench.slack.faults.inject("drop_after", "chat.postMessage", times=1)
    # Slack hides it once: the second post is made, and its answer is lost too.
    bench.slack.faults.inject("error", "conversations.history", times=1, error="missing_scope")
    bench.slack.faults.inject("drop_after", "chat.postMessage", times=1)
    bench.start()
    await bench.say("m", "twice")
    await bench.settled("m")
    assert bench.texts("ops") == ["twice", "twice"]
    assert bench.seen.results["duplicate"] == 1


async def test_a_file_whose_sharing_has_an_unknown_outcome_is_shared_once(bench: Bench) -> None:
    bench.slack.faults.inject("drop_after", "files.completeUploadExternal")
    bench.start()
    await bench.say("digest", "This week", file=Attachment("costs.csv", "Costs", b"1"))
    await bench.settled("digest")
    assert bench.texts("ops") == ["This week"]


async def test_a_rate_limit_is_waited_out_and_others_go_on(bench: Bench) -> None:
    bench.slack.faults.inject("ratelimited", "chat.postMessage", retry_after=2)
    bench.start()
    await bench.say("limited", "limited")
    await bench.until("limited", lambda row: row.last_error is not None)
    await bench.say("other", "other", to=Channel(bench.channel("dev")))
    await bench.settled("other", "limited")
    assert float(bench.message("dev", "other").ts) < float(bench.message("ops", "limited").ts)
    first, *_, last = bench.slack.calls_of("chat.postMessage")
    assert (last.at - first.at).total_seconds() >= 1.95


async def test_an_outage_of_slack_loses_nothing_and_is_not_hammered(bench: Bench) -> None:
    working, bench.url = bench.url, "http://127.0.0.1:9/api/"
    bench.start()
    for number in range(20):
        await bench.say(f"m{number:02}", f"{number:02}")
    await bench.until("m00", lambda row: row.last_error is not None)
    await bench.drain()
    assert bench.seen.results["unreachable"] <= 10
    bench.url = working
    bench.start()
    await bench.settled(*(f"m{number:02}" for number in range(20)))
    assert bench.texts("ops") == [f"{number:02}" for number in range(20)]
    assert len(bench.slack.calls_of("conversations.history")) == 0


async def test_a_bad_token_is_nobodys_fault_and_everything_waits_for_a_good_one(bench: Bench) -> None:
    bench.slack.faults.inject("error", "*", times=3, error="invalid_auth")
    bench.start()
    await bench.say("m", "text")
    await bench.settled("m")
    assert bench.texts("ops") == ["text"]


async def test_one_bad_message_stops_no_other(bench: Bench) -> None:
    bench.start()
    bad = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 4000}}]
    await bench.say("bad", "bad", body={"text": "bad", "blocks": bad}, priority=Priority.PAGE)
    await bench.mark("bug", ZeroDivisionError("in a view"), priority=Priority.PAGE)
    await bench.say("odd", "odd", body={"text": "odd", "blocks": "not a list"}, priority=Priority.PAGE)
    await bench.say("good", "good")
    await bench.settled("good", "bad")
    assert bench.texts("ops") == ["good"]
    row = await bench.row("bad")
    assert row.state == MessageState.FAILED
    assert "invalid_blocks" in str(row.last_error)
    assert (await bench.row("bug")).due_at is not None

    bench.things.states["bug"] = "repaired"
    await bench.settled("bug")
    assert bench.texts("ops") == ["good", "repaired"]


async def test_a_failed_message_is_tried_again_when_it_is_marked_again(bench: Bench) -> None:
    bench.start()
    closed = bench.slack.workspace.channel("closed")
    await bench.mark("card", "v1", to=Channel(closed.id))
    row = await bench.until("card", lambda row: row.state == MessageState.FAILED)
    assert "not_in_channel" in str(row.last_error)
    bench.slack.workspace.join(closed.id, bench.slack.workspace.user("platform").id)
    await bench.mark("card", "v2")
    await bench.settled("card")
    assert "v2" in bench.texts("closed")


async def test_marks_during_an_outage_do_not_make_attempts_more_frequent(bench: Bench) -> None:
    bench.slack.faults.inject("server_error", "chat.postMessage", times=None)
    bench.start()
    await bench.mark("card", "v1")
    row = await bench.until("card", lambda row: row.attempts >= 3)
    before = row.due_at
    assert before is not None
    for _ in range(5):
        await bench.mark("card", "v2")
    later = await bench.row("card")
    assert later.due_at is not None
    assert later.due_at >= before


# --- order and pace ---------------------------------------------------------------------------------------------------


async def test_the_urgent_goes_first_and_equals_in_the_order_they_were_said(bench: Bench) -> None:
    await bench.say("edit", "edit", priority=Priority.EDIT)
    await bench.say("new 1", "new 1", priority=Priority.NEW)
    await bench.say("resolved", "resolved", priority=Priority.RESOLVED)
    await bench.say("new 2", "new 2", priority=Priority.NEW)
    await bench.say("page", "page", priority=Priority.PAGE)
    bench.start()
    await bench.settled("edit", "new 1", "new 2", "resolved", "page")
    assert bench.texts("ops") == ["page", "new 1", "new 2", "resolved", "edit"]


async def test_a_page_overtakes_what_waits_for_the_channels_next_second(bench: Bench) -> None:
    bench.start(pacing=Pacing(posts_per_second=4, per_minute={}))
    async with bench.db.transaction() as session:
        for number in range(6):
            to = Channel(bench.channel("ops"))
            await bench.store.post(session, key=f"new {number}", to=to, body={"text": f"new {number}"})
    await bench.slack.wait_for(lambda: bench.texts("ops"))
    await bench.say("page", "page", priority=Priority.PAGE)
    before = len(bench.texts("ops"))
    await bench.settled("page", *(f"new {number}" for number in range(6)))
    assert bench.texts("ops").index("page") <= before + 1  # one may have been on its way
    times = [float(message.ts) for message in bench.slack.workspace.messages(bench.channel("ops"))]
    assert all(later - earlier >= 0.22 for earlier, later in pairwise(times))


async def test_edits_keep_to_the_workspaces_budget_and_posts_pass_them(bench: Bench) -> None:
    bench.start()
    keys = [f"card {number}" for number in range(6)]
    for key in keys:
        await bench.mark(key, "v1")
    await bench.settled(*keys)
    await bench.kill()

    bench.start(pacing=Pacing(posts_per_second=None, per_minute={"chat.update": 10}))
    for key in keys:
        await bench.mark(key, "v2", priority=Priority.EDIT)
    await bench.say("new", "new")
    await bench.settled("new")
    assert len(bench.slack.calls_of("chat.update")) <= 2  # a fifth of ten at once


async def test_paced_it_stays_below_the_limits_of_a_strict_slack(database: Database) -> None:
    workspace = Workspace("Acme", bot_name="platform")
    workspace.add_channel("ops", ("platform",))
    async with SlackDouble(MANIFEST, workspace) as strict, aiohttp.ClientSession() as session:
        bench = Bench(database, strict, session)
        bench.start(pacing=Pacing())
        for number in range(3):
            await bench.say(f"m{number}", f"m{number}")
        await bench.settled("m0", "m1", "m2")
        await bench.kill()
        assert bench.texts("ops") == ["m0", "m1", "m2"]
        assert bench.seen.results == {"posted": 3}


# --- who sends --------------------------------------------------------------------------------------------------------


async def test_of_two_replicas_one_sends_and_the_other_takes_over(bench: Bench) -> None:
    bench.start(holder="a", ttl=3)  # a stall must not cost it the lease
    await bench.say("m0", "m0")
    await bench.settled("m0")
    bench.start(holder="b", ttl=3)
    await bench.say("m1", "m1")
    await bench.settled("m1")
    (_, first), second = bench._running
    first.cancel()
    bench._running[:] = [second]
    await bench.say("m2", "m2")
    await bench.settled("m2")
    assert bench.texts("ops") == ["m0", "m1", "m2"]


async def test_a_holder_that_lost_its_lease_claims_and_saves_nothing_more(bench: Bench) -> None:
    bench.slack.faults.inject("slow", "chat.postMessage", seconds=0.3)
    bench.start(holder="a", ttl=30)
    await bench.say("m", "once")
    await bench.slack.wait_for(lambda: bench.texts("ops") == ["once"])
    async with bench.db.transaction() as session:  # as if it had slept through its lease, and another had taken over
        await session.execute(text("UPDATE leases SET token = token + 1, holder = 'b'"))
        await session.execute(text("UPDATE leases SET expires_at = '2001-01-01 00:00:00.000000'"))
    (_, task) = bench._running.pop()
    with pytest.raises(Exception, match="lost its lease"):
        await asyncio.wait_for(task, 10)
    row = await bench.row("m")
    assert row.ts is None
    assert row.claim is not None

    bench.start(holder="b")
    await bench.settled("m")
    assert bench.texts("ops") == ["once"]


async def test_stopping_sends_what_is_due_and_hands_the_lease_over(bench: Bench) -> None:
    bench.start(holder="a", ttl=30)
    await bench.say("first", "first")
    await bench.settled("first")
    for number in range(30):
        await bench.say(f"m{number}", f"m{number}")
    await bench.drain()
    assert len(bench.texts("ops")) == 31
    bench.start(holder="b", ttl=30)
    await bench.say("last", "last")
    await bench.settled("last")


async def test_stopping_does_not_wait_for_what_may_not_be_sent_yet(bench: Bench) -> None:
    bench.start(pacing=Pacing(posts_per_second=0.01, per_minute={}))
    await bench.say("now", "now")
    await bench.settled("now")
    await bench.say("in a hundred seconds", "later")
    async with asyncio.timeout(4):
        await bench.drain()
    assert bench.texts("ops") == ["now"]


async def test_the_backlog_is_told(bench: Bench) -> None:
    await bench.mark("card", RuntimeError("a bug"))
    bench.start()
    await bench.until("card", lambda row: row.attempts > 0 and bench.seen.due >= 0)
    assert bench.seen.due == 1


# --- what is kept -----------------------------------------------------------------------------------------------------


async def test_old_answers_are_forgotten_and_cards_and_threads_are_not(bench: Bench) -> None:
    bench.start()
    await bench.say("old", "old")
    await bench.say("parent", "parent")
    await bench.say("reply", "reply", thread=ThreadOf("parent"))
    await bench.mark("card", "card")
    await bench.mark("bug", RuntimeError("not shown yet"))
    await bench.settled("old", "parent", "reply", "card")
    await bench.kill()
    async with bench.db.transaction() as session:
        await bench.store.forget(session, SystemClock().now() + timedelta(days=1))
    async with bench.db.reading() as session:
        kept = {key for key in ("old", "parent", "reply", "card", "bug") if await bench.store.find(session, key)}
    assert kept == {"parent", "card", "bug"}
