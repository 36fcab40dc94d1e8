"""What the client sends, and how it tells Slack's answers and silences apart."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from integrations.slack import SlackClient, SlackError, SlackRateLimited, SlackRefused, SlackUnreachable, TokenOwner

TOKEN = "xoxb-very-secret"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Slack:
    """Answers everything with `answer`, and keeps what it was sent."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes, str | None]] = []
        self.answer: Answer = self.ok
        self.url = ""
        self.observed: list[tuple[str, str]] = []
        self.client: SlackClient

    async def ok(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "ts": "1.2"})

    def says(
        self, body: object = None, *, status: int = 200, text: str | None = None, retry_after: str = "", **more: str
    ) -> None:
        """`more` are further headers, with `_` for `-`."""

        async def answer(_request: web.Request) -> web.StreamResponse:
            headers = {name.replace("_", "-"): value for name, value in more.items()}
            if retry_after:
                headers["Retry-After"] = retry_after
            return web.Response(status=status, text=json.dumps(body) if text is None else text, headers=headers)

        self.answer = answer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(
            (request.path, request.content_type, await request.read(), request.headers.get("Authorization"))
        )
        return await self.answer(request)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    double = Slack()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", double.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        double.url = str(server.make_url("/"))
        double.client = SlackClient(
            session,
            TOKEN,
            double.url + "api",
            observe=lambda method, result, seconds: double.observed.append((method, result)),
        )
        yield double


async def test_methods_that_write_get_json_and_what_is_none_is_left_out(slack: Slack) -> None:
    answer = await slack.client.call("chat.postMessage", channel="C1", text="ü", thread_ts=None)
    assert answer["ts"] == "1.2"
    path, content_type, body, authorization = slack.seen[0]
    assert (path, content_type) == ("/api/chat.postMessage", "application/json")
    assert json.loads(body) == {"channel": "C1", "text": "ü"}
    assert authorization == f"Bearer {TOKEN}"
    assert slack.observed == [("chat.postMessage", "ok")]


async def test_half_a_surrogate_pair_is_sent_and_understood_as_json_has_it(slack: Slack) -> None:
    slack.says(text='{"ok": true, "ts": "1.2", "message": {"text": "\\ud83d"}}')
    answer = await slack.client.call("chat.postMessage", channel="C1", text="\ud83d")
    assert answer["message"] == {"text": "\ud83d"}
    assert json.loads(slack.seen[0][2])["text"] == "\ud83d"


async def test_methods_that_read_get_a_form(slack: Slack) -> None:
    await slack.client.call("conversations.history", channel="C1", limit=3, include_all_metadata=True)
    path, content_type, body, _ = slack.seen[0]
    assert (path, content_type) == ("/api/conversations.history", "application/x-www-form-urlencoded")
    assert body == b"channel=C1&limit=3&include_all_metadata=true"


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived", "invalid_blocks"])
async def test_a_refusal_of_this_very_message_is_permanent(slack: Slack, code: str) -> None:
    slack.says({"ok": False, "error": code, "errors": ["block 3 is too long"]})
    with pytest.raises(SlackRefused) as refusal:
        await slack.client.call("chat.postMessage", channel="C1", text="x")
    assert (refusal.value.code, refusal.value.messages) == (code, ("block 3 is too long",))
    assert refusal.value.permanent
    assert slack.observed == [("chat.postMessage", "refused")]


async def test_a_refusal_of_the_token_is_not_the_messages_fault(slack: Slack) -> None:
    slack.says({"ok": False, "error": "missing_scope", "needed": "chat:write"})
    with pytest.raises(SlackRefused, match="chat:write") as refusal:
        await slack.client.call("chat.postMessage", channel="C1", text="x")
    assert not refusal.value.permanent


async def test_a_rate_limit_says_when_to_come_again(slack: Slack) -> None:
    slack.says({"ok": False, "error": "ratelimited"}, status=429, retry_after="7")
    with pytest.raises(SlackRateLimited) as limited:
        await slack.client.call("chat.update", channel="C1", ts="1.2", text="x")
    assert limited.value.retry_after == 7
    assert slack.observed == [("chat.update", "rate_limited")]


@pytest.mark.parametrize(("status", "text"), [(500, "oops"), (503, "{}"), (200, "<html>"), (200, "[]")])
async def test_an_answer_that_is_none_leaves_the_outcome_unknown(slack: Slack, status: int, text: str) -> None:
    slack.says(status=status, text=text)
    with pytest.raises(SlackUnreachable) as silence:
        await slack.client.call("chat.postMessage", channel="C1", text="x")
    assert silence.value.outcome_unknown


async def test_an_internal_error_of_slack_leaves_the_outcome_unknown(slack: Slack) -> None:
    slack.says({"ok": False, "error": "internal_error"})
    with pytest.raises(SlackUnreachable) as silence:
        await slack.client.call("chat.postMessage", channel="C1", text="x")
    assert silence.value.outcome_unknown


async def test_a_timeout_after_sending_leaves_the_outcome_unknown(slack: Slack) -> None:
    arrived = asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        await asyncio.sleep(30)
        raise AssertionError

    slack.answer = hang
    with pytest.raises(SlackUnreachable, match=r"0\.2 s") as silence:
        await slack.client.call("chat.postMessage", channel="C1", text="x", timeout=0.2)
    assert arrived.is_set()
    assert silence.value.outcome_unknown


async def test_a_connection_that_breaks_leaves_the_outcome_unknown(slack: Slack) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    slack.answer = cut
    with pytest.raises(SlackUnreachable) as silence:
        await slack.client.call("chat.postMessage", channel="C1", text="x")
    assert silence.value.outcome_unknown


async def test_what_could_not_be_sent_was_not_done() -> None:
    async with aiohttp.ClientSession() as session:
        client = SlackClient(session, TOKEN, f"http://127.0.0.1:{unused_port()}/api/")
        with pytest.raises(SlackUnreachable, match="cannot connect") as silence:
            await client.call("chat.postMessage", channel="C1", text="x")
    assert not silence.value.outcome_unknown


async def test_a_response_url_is_posted_to_without_the_token(slack: Slack) -> None:
    slack.says(text="ok")
    await slack.client.respond(f"{slack.url}actions/T1/secret-url", {"text": "done"})
    path, content_type, body, authorization = slack.seen[0]
    assert (path, content_type, json.loads(body)) == ("/actions/T1/secret-url", "application/json", {"text": "done"})
    assert authorization is None


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (404, "used_url", "used_url"),
        (404, '{"ok":false,"error":"expired_url"}', "expired_url"),
        (400, "<p>", "HTTP 400"),
    ],
)
async def test_a_response_url_that_is_spent_is_a_permanent_refusal(
    slack: Slack, status: int, text: str, code: str
) -> None:
    slack.says(status=status, text=text)
    with pytest.raises(SlackRefused) as refusal:
        await slack.client.respond(f"{slack.url}actions/x", {"text": "done"})
    assert refusal.value.code == code
    assert refusal.value.permanent


async def test_a_file_is_uploaded_and_then_shared(slack: Slack) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/upload/here":
            return web.Response(text="OK - 3")
        return web.json_response({"ok": True, "upload_url": f"{slack.url}upload/here", "file_id": "F1"})

    slack.answer = answer
    file_id = await slack.client.upload("costs.csv", b"a,b")
    await slack.client.share(file_id, title="Costs", channel="C1", thread_ts="1.2", comment="This week")

    reserve, upload, complete = slack.seen
    assert reserve[2] == b"filename=costs.csv&length=3"
    assert (upload[0], upload[2], upload[3]) == ("/upload/here", b"a,b", None)
    assert json.loads(complete[2]) == {
        "files": [{"id": "F1", "title": "Costs"}],
        "channel_id": "C1",
        "thread_ts": "1.2",
        "initial_comment": "This week",
    }


async def test_no_error_tells_a_token_or_a_secret_url(slack: Slack) -> None:
    problems: list[SlackError] = []

    async def note(work: Awaitable[object]) -> None:
        with pytest.raises(SlackError) as caught:
            await work
        problems.append(caught.value)

    secret = f"{slack.url}actions/T1/secret-url"
    slack.says(status=404, text="no secret-url here: xoxb-very-secret")
    await note(slack.client.respond(secret, {}))
    slack.says(status=500, text="xoxb-very-secret")
    await note(slack.client.respond(secret, {}))
    await note(slack.client.call("chat.postMessage", channel="C1"))
    await note(slack.client.respond("not a secret-url", {}))
    await note(slack.client.respond("secret-url://[", {}))
    for problem in problems:
        told = f"{problem!r} {problem} {problem.__cause__!r}"
        assert "secret" not in told


async def test_whose_a_token_is_comes_with_the_scopes_it_was_granted(slack: Slack) -> None:
    body = {"ok": True, "team": "Acme", "team_id": "T1", "user": "platform", "user_id": "U1", "bot_id": "B1"}
    slack.says(body, x_oauth_scopes="chat:write, commands,")
    scopes = frozenset({"chat:write", "commands"})
    assert await slack.client.whoami() == TokenOwner("Acme", "T1", "platform", "U1", "B1", scopes)
    assert slack.seen[0][0] == "/api/auth.test"
    assert slack.observed == [("auth.test", "ok")]


async def test_a_persons_token_has_no_bot_and_scopes_may_go_unsaid(slack: Slack) -> None:
    slack.says({"ok": True, "team": "Acme", "team_id": "T1", "user": "ada", "user_id": "U1"})
    owner = await slack.client.whoami()
    assert (owner.bot_id, owner.scopes) == (None, None)


@pytest.mark.parametrize("status", [200, 404, 429, 503])
async def test_slacks_clock_is_in_every_answer_and_asked_without_a_token(slack: Slack, status: int) -> None:
    slack.says(text="whatever", status=status, date="Mon, 02 Nov 2026 09:00:07 GMT")
    assert await slack.client.server_time() == datetime(2026, 11, 2, 9, 0, 7, tzinfo=UTC)
    assert slack.seen[0][3] is None


async def test_a_time_that_is_none_is_not_taken_for_one(slack: Slack) -> None:
    slack.says({"ok": True}, date="soon")
    assert await slack.client.server_time() is None
