"""What the Slack double's tests stand on: a clock to turn, a manifest, apps that answer over a socket and over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackDouble, Workspace

Json = dict[str, Any]
Answer = Callable[[str, Json], Any]

SCOPES = [
    "app_mentions:read", "bookmarks:read", "bookmarks:write", "channels:history", "channels:join", "channels:manage",
    "channels:read", "chat:write", "commands", "files:read", "files:write", "groups:history", "groups:read", "groups:write",
    "im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write", "pins:read", "pins:write",
    "reactions:read", "reactions:write", "team:read", "usergroups:read", "usergroups:write", "users.profile:read",
    "users:read", "users:read.email",
]  # fmt: skip
EVENTS = [
    "app_home_opened", "app_mention", "channel_archive", "channel_created", "channel_rename", "file_shared",
    "member_joined_channel", "member_left_channel", "message.channels", "message.groups", "message.im", "pin_added",
    "reaction_added", "reaction_removed", "user_change",
]  # fmt: skip


def manifest(
    *,
    socket_mode: bool = True,
    without_scopes: tuple[str, ...] = (),
    with_scopes: tuple[str, ...] = (),
    **features: Any,
) -> Json:
    scopes = [scope for scope in SCOPES if scope not in without_scopes] + list(with_scopes)
    settings: Json = {
        "socket_mode_enabled": socket_mode,
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {"bot_events": [] if without_scopes else EVENTS},
    }
    if not socket_mode:
        settings["event_subscriptions"]["request_url"] = "https://bot.example/slack/events"
        settings["interactivity"]["request_url"] = "https://bot.example/slack/events"
        settings["interactivity"]["message_menu_options_url"] = "https://bot.example/slack/events"
    return {
        "display_information": {"name": "Platform"},
        "features": {
            "bot_user": {"display_name": "platform"},
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "slash_commands": [
                {"command": "/platform", "description": "The platform", "usage_hint": "sandbox create"},
                {"command": "/escaped", "description": "With mentions", "should_escape": True},
            ],
            "shortcuts": [
                {"name": "Declare", "type": "global", "callback_id": "declare", "description": "Declare an incident"},
                {"name": "Note", "type": "message", "callback_id": "note", "description": "Keep as a note"},
            ],
            **features,
        },
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": settings,
    }


class TurnedClock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def turn(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


def staffed(clock: TurnedClock | None = None) -> Workspace:
    workspace = Workspace(clock=clock)
    workspace.add_user("ada", "Ada Lovelace", tz="Europe/Berlin")
    workspace.add_user("grace")
    workspace.add_user("margaret", is_restricted=True)
    workspace.add_channel("general", ("ada", "grace"), is_general=True)
    workspace.add_channel("platform", ("ada", "grace", "platform"))
    workspace.add_channel("secret", ("grace",), kind="private")
    workspace.add_channel("ops", ("grace", "platform"), kind="private")
    return workspace


@asynccontextmanager
async def double(clock: TurnedClock | None = None, **options: Any) -> AsyncIterator[SlackDouble]:
    options.setdefault("rate_limits", False)
    given = options.pop("manifest", None) or manifest()
    workspace = options.pop("workspace", None) or staffed(clock)
    async with SlackDouble(given, workspace, **options) as started:
        yield started


@pytest.fixture
async def slack(clock: TurnedClock) -> AsyncIterator[SlackDouble]:
    """A double on a turned clock, with nobody connected."""
    async with double(clock) as started:
        yield started


@pytest.fixture
def api(slack: SlackDouble) -> AsyncWebClient:
    return client(slack)


def client(slack: SlackDouble, token: str = "") -> AsyncWebClient:
    return AsyncWebClient(token or slack.bot_token, base_url=slack.api_url, timeout=5)


async def refusal(call: Any) -> Json:
    """The answer of a call that Slack must refuse."""
    with pytest.raises(SlackApiError) as caught:
        await call
    answer = caught.value.response
    return dict(answer.data) | {"_status": answer.status_code, "_headers": answer.headers}


class SocketApp:
    """An app on slack_sdk's own Socket Mode client. `answers` give the acknowledgement's payload; `mute` sends none."""

    def __init__(self, slack: SlackDouble) -> None:
        self.heard: list[SocketModeRequest] = []
        self.mute = False
        self.answers: list[Answer] = []
        self._slack = slack
        web_client = client(slack)
        self.client = SocketModeClient(app_token=slack.app_token, web_client=web_client)
        self.client.socket_mode_request_listeners.append(self._on_request)

    async def _on_request(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        if self.mute:
            return
        payload = None
        for answer in self.answers:
            payload = answer(request.type, request.payload)
            if asyncio.iscoroutine(payload):
                payload = await payload
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))

    def payloads(self, kind: str) -> list[Json]:
        """Payloads heard of one kind: an envelope type, a payload type or an event type."""
        return [
            heard.payload
            for heard in self.heard
            if kind in (heard.type, heard.payload.get("type"), (heard.payload.get("event") or {}).get("type"))
        ]

    async def connect(self) -> None:
        await self.client.connect()  # type: ignore[no-untyped-call]
        await self._slack.wait_for(lambda: self._slack.sockets.connections > 0)


@asynccontextmanager
async def socket_app(slack: SlackDouble) -> AsyncIterator[SocketApp]:
    app = SocketApp(slack)
    await app.connect()
    try:
        yield app
    finally:
        await app.client.close()  # type: ignore[no-untyped-call]


@pytest.fixture
async def app(slack: SlackDouble) -> AsyncIterator[SocketApp]:
    async with socket_app(slack) as connected:
        yield connected


class HttpApp:
    """An app behind a request URL. Checks every signature; `answer(kind, body)` gives the response."""

    def __init__(self, slack: SlackDouble) -> None:
        self.heard: list[tuple[web.Request, Json]] = []
        self.answer: Callable[[Json], web.Response] = lambda body: web.Response()
        self._verifier = SignatureVerifier(slack.signing_secret)

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.text()
        if not self._verifier.is_valid_request(raw, dict(request.headers)):
            return web.Response(status=401)
        body: Json
        if request.content_type == "application/json":
            body = json.loads(raw)
        else:
            form = {key: values[0] for key, values in parse_qs(raw, keep_blank_values=True).items()}
            body = json.loads(form["payload"]) if "payload" in form else form
        self.heard.append((request, body))
        return self.answer(body)


@asynccontextmanager
async def http_app(slack: SlackDouble) -> AsyncIterator[HttpApp]:
    app = HttpApp(slack)
    server = web.Application()
    server.router.add_post("/slack/events", app.handle)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    slack.request_url = f"http://{host}:{port}/slack/events"
    try:
        yield app
    finally:
        await runner.cleanup()


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str = "hello", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Go"), "blocks": list(blocks), **more}


def text_input(block_id: str = "name", label: str = "Name", **element: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"type": "plain_text_input", "action_id": "value", **element},
    }
