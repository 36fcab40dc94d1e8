"""One Web API call: its arguments read as Slack reads them, and what each method declares about itself. Holds no method."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from playground.slack.core import Core
from playground.slack.model import Channel, JsonObject, Message, User
from playground.slack.refusals import Refusal, invalid_arguments

TokenKind = Literal["bot", "app"]


@dataclass(frozen=True, slots=True)
class Call:
    core: Core
    method: str
    token: TokenKind
    arguments: JsonObject

    # --- arguments

    def text(self, name: str, default: str = "") -> str:
        value = self.arguments.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (dict, list)):
            raise invalid_arguments(f"must provide a string [json-pointer:/{name}]")
        return str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name).lower()
        return default if not value else value in ("true", "1")

    def number(self, name: str, default: int, *, low: int = 1, high: int = 1000) -> int:
        value = self.text(name)
        if not value:
            return default
        if not value.isdigit():
            raise invalid_arguments(f"must provide an integer [json-pointer:/{name}]")
        if not low <= int(value) <= high:
            raise Refusal("invalid_limit" if name == "limit" else "invalid_arguments")
        return int(value)

    def json(self, name: str, error: str = "") -> Any:
        """A structure: itself in a JSON body, else JSON in a string. None when absent. `error`: Slack's to broken JSON."""
        value = self.arguments.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            if error:
                raise Refusal(error) from None
            raise invalid_arguments(f"must be valid JSON [json-pointer:/{name}]") from None

    def ids(self, name: str) -> tuple[str, ...]:
        """Comma-separated, or an array in a JSON body."""
        value = self.arguments.get(name)
        if isinstance(value, list):
            return tuple(str(item) for item in value)
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    # --- what they name

    def channel(self, name: str = "channel") -> Channel:
        """An existing channel the bot may know of: private ones only when it is a member."""
        channel = self.core.workspace.channels.get(self.required(name))
        if channel is None or (channel.kind != "public" and self.core.bot_user_id not in channel.members):
            raise Refusal("channel_not_found")
        return channel

    def own_channel(self, name: str = "channel") -> Channel:
        """One the bot is in."""
        channel = self.channel(name)
        if self.core.bot_user_id not in channel.members:
            raise Refusal("not_in_channel")
        return channel

    def user(self, name: str = "user") -> User:
        user = self.core.workspace.users.get(self.required(name))
        if user is None:
            raise Refusal("user_not_found")
        return user

    def message(self, channel: Channel, name: str = "timestamp", error: str = "message_not_found") -> Message:
        message = self.core.workspace.message(channel.id, self.required(name))
        if message is None or message.ephemeral_to or message.subtype == "tombstone":
            raise Refusal(error)
        return message

    def needs_scope(self, *scopes: str) -> None:
        """Refuses unless the bot has one of them."""
        held = self.core.manifest.scopes
        if not held.intersection(scopes):
            raise Refusal("missing_scope", needed=scopes[0], provided=",".join(sorted(held)))

    def needs_channel_scope(self, channel: Channel, what: str) -> None:
        """`what` is read, history or manage; the family follows the channel's kind."""
        family = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}[channel.kind]
        verb = "write" if what == "manage" and family != "channels" else what
        self.needs_scope(f"{family}:{verb}")


Handler = Callable[[Call], JsonObject]


@dataclass(frozen=True, slots=True)
class Method:
    """`tier`: see pacing.py. `scopes`: one of them is needed (none: no scope). `json`: whether a JSON body is read."""

    name: str
    handler: Handler
    tier: int = 3
    scopes: tuple[str, ...] = ()
    token: TokenKind = "bot"  # noqa: S105
    json: bool = True


def page(call: Call, items: list[Any], *, default: int = 100, high: int = 1000) -> tuple[list[Any], str]:
    """Cuts one page and says where the next begins ("" at the end). Cursors are offsets in this double."""
    limit = call.number("limit", default, high=high)
    cursor = call.text("cursor")
    start = 0
    if cursor:
        if not cursor.startswith("next:") or not cursor[5:].isdigit():
            raise Refusal("invalid_cursor")
        start = int(cursor[5:])
    following = f"next:{start + limit}" if start + limit < len(items) else ""
    return items[start : start + limit], following
