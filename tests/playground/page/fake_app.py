"""A small app on Socket Mode that uses every element once, to try the page without the bot. Decides nothing."""

import asyncio
import json
from typing import Any

import aiohttp

JsonObject = dict[str, Any]

MANIFEST: JsonObject = {
    "display_information": {"name": "Platform", "description": "The front door of the platform"},
    "features": {
        "bot_user": {"display_name": "platform"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "slash_commands": [
            {"command": "/platform", "description": "Sandboxes, alerts, costs", "usage_hint": "[group] [verb]"},
            {"command": "/plans", "description": "What is planned", "usage_hint": "[day]"},
        ],
        "shortcuts": [
            {"name": "Open a form", "type": "global", "callback_id": "global_form", "description": "Opens the form"},
            {"name": "Quote this", "type": "message", "callback_id": "quote", "description": "Quotes a message"},
        ],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "users:read", "app_mentions:read", "im:history"]}},
    "settings": {
        "socket_mode_enabled": True,
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "message.im"]},
    },
}


def text(words: str) -> JsonObject:
    return {"type": "plain_text", "text": words}


def option(words: str, value: str, note: str = "") -> JsonObject:
    return {"text": text(words), "value": value, **({"description": text(note)} if note else {})}


SIZES = [
    option("Small", "s", "1 CPU, 2 GiB"),
    option("Medium", "m", "2 CPU, 4 GiB"),
    option("Large", "l", "4 CPU, 8 GiB"),
]


def _input(block_id: str, label: str, element: JsonObject, **more: Any) -> JsonObject:
    return {
        "type": "input",
        "block_id": block_id,
        "label": text(label),
        "element": {"action_id": "it", **element},
        **more,
    }


def short_form() -> JsonObject:
    return {
        "type": "modal",
        "callback_id": "create",
        "title": text("Create a sandbox"),
        "submit": text("Create"),
        "close": text("Cancel"),
        "blocks": [
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": "A namespace of your own, with all its guards. It goes away by itself.",
                },
            },
            _input(
                "name",
                "Name",
                {"type": "plain_text_input", "placeholder": text("demo"), "max_length": 40},
                hint=text("Lowercase letters, digits and dashes"),
            ),
            _input("size", "Size", {"type": "static_select", "options": SIZES, "initial_option": SIZES[0]}),
            _input(
                "days",
                "Days",
                {"type": "number_input", "is_decimal_allowed": False, "initial_value": "3", "max_value": "14"},
            ),
            _input("purpose", "Purpose", {"type": "plain_text_input", "multiline": True}, optional=True),
        ],
    }


def long_form() -> JsonObject:
    return {
        "type": "modal",
        "callback_id": "everything",
        "title": text("Everything"),
        "submit": text("Save"),
        "blocks": [
            _input("text", "Text", {"type": "plain_text_input", "initial_value": "as it was"}),
            _input("email", "E-mail", {"type": "email_text_input"}, optional=True),
            _input("url", "Address", {"type": "url_text_input"}, optional=True),
            _input(
                "radio",
                "How sure",
                {"type": "radio_buttons", "options": [option("Quite", "quite"), option("Very", "very", "no doubt")]},
                optional=True,
            ),
            _input("boxes", "Guards", {"type": "checkboxes", "options": SIZES}, optional=True),
            _input("date", "Day", {"type": "datepicker", "initial_date": "2026-11-23"}, optional=True),
            _input("time", "Time", {"type": "timepicker"}, optional=True),
            _input("moment", "Moment", {"type": "datetimepicker", "initial_date_time": 1795440000}, optional=True),
            _input("many", "Several", {"type": "multi_static_select", "options": SIZES}, optional=True),
            _input("service", "Service", {"type": "external_select", "min_query_length": 2}, optional=True),
            _input("person", "Person", {"type": "users_select"}, optional=True),
            _input("people", "People", {"type": "multi_users_select"}, optional=True),
            _input("channel", "Channel", {"type": "channels_select"}, optional=True),
            _input("where", "Conversation", {"type": "conversations_select"}, optional=True),
            _input("files", "Files", {"type": "file_input", "max_files": 2}, optional=True),
            {"type": "divider"},
            {
                "type": "section",
                "block_id": "more",
                "text": {"type": "mrkdwn", "text": "There is *more* behind this."},
                "accessory": {"type": "button", "action_id": "push", "text": text("More…")},
            },
        ],
    }


def pushed_form() -> JsonObject:
    return {
        "type": "modal",
        "callback_id": "pushed",
        "title": text("More"),
        "submit": text("Done"),
        "blocks": [_input("extra", "Extra", {"type": "plain_text_input"})],
    }


def card(name: str, state: str = "being made") -> list[JsonObject]:
    return [
        {"type": "header", "text": text(f"Sandbox {name}")},
        {
            "type": "section",
            "fields": [
                {"type": "mrkdwn", "text": f"*State*\n{state}"},
                {"type": "mrkdwn", "text": "*Owner*\n@Ada"},
                {"type": "mrkdwn", "text": "*Size*\nSmall (1 CPU, 2 GiB)"},
                {"type": "mrkdwn", "text": "*Expires*\n<!date^1795440000^{date_short_pretty} at {time}|soon>"},
            ],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": f"`kubectl -n sandbox-{name} get pods`"}]},
        {
            "type": "actions",
            "block_id": "acts",
            "elements": [
                {"type": "button", "action_id": "extend", "style": "primary", "text": text("Extend"), "value": name},
                {"type": "button", "action_id": "broken", "text": text("Unanswered"), "value": name},
                {
                    "type": "button",
                    "action_id": "delete",
                    "style": "danger",
                    "text": text("Delete…"),
                    "value": name,
                    "confirm": {
                        "title": text("Delete this sandbox?"),
                        "text": {"type": "mrkdwn", "text": f"Everything in *{name}* will be gone."},
                        "confirm": text("Delete"),
                        "deny": text("Keep it"),
                        "style": "danger",
                    },
                },
                {"type": "static_select", "action_id": "resize", "placeholder": text("Resize"), "options": SIZES},
                {
                    "type": "overflow",
                    "action_id": "rest",
                    "options": [option("Show events", "events"), option("Copy link", "link")],
                },
            ],
        },
    ]


SHOWCASE: list[JsonObject] = [
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Rich "},
                    {"type": "text", "text": "bold", "style": {"bold": True}},
                    {"type": "text", "text": " and "},
                    {"type": "text", "text": "code", "style": {"code": True}},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]},
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "second"}]},
                ],
            },
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "kubectl get pods\nNAME READY"}]},
        ],
    },
    {
        "type": "markdown",
        "text": (
            "## What it costs\n\n- **compute** 12.40\n- storage *3.10*\n\n> A third less than last week\n\n"
            "| Team | Cost |\n|---|---|\n| core | 15.50 |"
        ),
    },
    {
        "type": "table",
        "column_settings": [{"align": "left"}, {"align": "right"}],
        "rows": [
            [{"type": "raw_text", "text": "Team"}, {"type": "raw_text", "text": "Cost"}],
            [{"type": "raw_text", "text": "core"}, {"type": "raw_text", "text": "15.50"}],
            [{"type": "raw_text", "text": "data"}, {"type": "raw_text", "text": "7.25"}],
        ],
    },
    {"type": "image", "image_url": "https://example.com/graph.png", "alt_text": "CPU over the week"},
]


class FakeApp:
    """`received` holds every payload, in order."""

    def __init__(self, api_url: str, bot_token: str, app_token: str) -> None:
        self._api_url = api_url
        self._bot_token = bot_token
        self._app_token = app_token
        self.received: list[JsonObject] = []
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.connected = asyncio.Event()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()
        self._task = asyncio.create_task(self._run())
        await asyncio.wait_for(self.connected.wait(), 5)

    async def stop(self) -> None:
        for task in (self._task, *self._tasks):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in (self._task, *self._tasks) if task), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, _token: str = "", **body: Any) -> JsonObject:
        assert self._session is not None
        headers = {"Authorization": f"Bearer {_token or self._bot_token}"}
        async with self._session.post(self._api_url + method, json=body, headers=headers) as answer:
            result: JsonObject = await answer.json()
        assert result["ok"], (method, result)
        return result

    async def _run(self) -> None:
        assert self._session is not None
        opened = await self.call("apps.connections.open", self._app_token)
        async with self._session.ws_connect(opened["url"]) as socket:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                envelope = json.loads(message.data)
                if envelope["type"] == "hello":
                    self.connected.set()
                elif "envelope_id" in envelope:
                    task = asyncio.create_task(self._answer(socket, envelope))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, envelope: JsonObject) -> None:
        payload = envelope["payload"]
        self.received.append(payload)
        body = await self._handle(envelope["type"], payload)
        if body == "silence":
            return
        await socket.send_json({"envelope_id": envelope["envelope_id"], **({"payload": body} if body else {})})

    async def _handle(self, kind: str, payload: JsonObject) -> Any:
        if kind == "slash_commands":
            return await self._command(payload)
        if kind == "events_api":
            return await self._event(payload["event"])
        match payload["type"]:
            case "block_actions":
                return await self._action(payload, payload["actions"][0])
            case "block_suggestion":
                return {
                    "options": [
                        option(f"{payload['value']}-{kind}", f"{payload['value']}-{kind}") for kind in ("api", "web")
                    ]
                }
            case "view_submission":
                return await self._submitted(payload)
            case "shortcut" | "message_action":
                await self.call("views.open", trigger_id=payload["trigger_id"], view=short_form())
        return None

    async def _command(self, payload: JsonObject) -> Any:
        channel = payload["channel_id"]
        match payload["text"].split():
            case ["sandbox", "create"]:
                await self.call("views.open", trigger_id=payload["trigger_id"], view=short_form())
            case ["everything"]:
                await self.call("views.open", trigger_id=payload["trigger_id"], view=long_form())
            case ["card"]:
                await self.call("chat.postMessage", channel=channel, text="Sandbox demo", blocks=card("demo"))
            case ["showcase"]:
                await self.call("chat.postMessage", channel=channel, text="Showcase", blocks=SHOWCASE)
            case ["silence"]:
                return "silence"
            case words:
                return {
                    "response_type": "ephemeral",
                    "text": f"*Usage:* `/platform sandbox create` — not `{' '.join(words)}`",
                }
        return None

    async def _event(self, event: JsonObject) -> None:
        if event["type"] == "app_home_opened" and event["tab"] == "home":
            await self.call("views.publish", user_id=event["user"], view=home())
        elif event["type"] == "app_mention":
            thread = event.get("thread_ts", event["ts"])
            await self.call(
                "chat.postMessage", channel=event["channel"], thread_ts=thread, text=f"Yes, <@{event['user']}>?"
            )

    async def _action(self, payload: JsonObject, action: JsonObject) -> Any:
        match action["action_id"]:
            case "delete":
                place = payload["container"]
                blocks = card("demo", "deleted")[:2]
                await self.call(
                    "chat.update", channel=place["channel_id"], ts=place["message_ts"], text="Deleted", blocks=blocks
                )
            case "broken":
                return "silence"
            case "push":
                await self.call("views.push", trigger_id=payload["trigger_id"], view=pushed_form())
        return None

    async def _submitted(self, payload: JsonObject) -> Any:
        view = payload["view"]
        values = view["state"]["values"]
        if view["callback_id"] != "create":
            return None
        name = values["name"]["it"]["value"]
        if not name.replace("-", "").isalnum() or name != name.lower():
            return {"response_action": "errors", "errors": {"name": "Only lowercase letters, digits and dashes."}}
        await self.call("chat.postMessage", channel="#platform", text=f"Sandbox {name}", blocks=card(name))
        return None


def home() -> JsonObject:
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": text("Your sandboxes")},
            {
                "type": "section",
                "block_id": "one",
                "text": {
                    "type": "mrkdwn",
                    "text": "*demo* is ready\n<https://example.com|Open it> · expires in 3 days",
                },
                "accessory": {"type": "button", "action_id": "extend", "text": text("Extend"), "value": "demo"},
            },
            {"type": "divider"},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "Nothing waits for your approval."}]},
        ],
    }
