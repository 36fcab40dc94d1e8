"""The Slack app manifest for a set-up: exactly what the code uses, no more. Pure; manifest.yml is its default output."""

from collections.abc import Iterable
from typing import Any

import yaml

from bot.kit.access import AccessSettings
from bot.kit.declare import Group, Shortcut
from bot.kit.roles import Rules
from bot.slack.directory import EVENTS, GROUP_EVENTS

_SCOPES = (
    "app_mentions:read",  # @platform …
    "channels:history",  # looks up a post whose outcome is unknown, before posting it again
    "chat:write",
    "chat:write.public",  # answers in public channels it was not invited to
    "commands",
    "files:read",  # where a file of its own was shown
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "users:read",
)


_EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",  # words in threads of the bot's own messages; everything else is dropped unread
    "message.groups",
    "message.im",
)


def manifest(
    slash: str, groups: Iterable[Group[Any]], *, url: str | None = None, access: AccessSettings | None = None
) -> dict[str, Any]:
    """`slash` is the slash command; `url` the bot's public address for HTTP mode, None for Socket Mode; `access` who may do what
    (None: the default): it says whether user groups and e-mail domains must be read.

    Source: docs.slack.dev/reference/app-manifest (schema version 2).
    """
    rules = Rules(access or AccessSettings())
    scopes, subscribed = [*_SCOPES], [*_EVENTS, *EVENTS]
    if rules.groups:
        scopes.append("usergroups:read")
        subscribed += GROUP_EVENTS
    if rules.asks_for_domains:
        scopes.append("users:read.email")
    request_url = f"{url.rstrip('/')}/slack/events" if url else None
    command: dict[str, Any] = {
        "command": slash,
        "description": "Your internal platform: sandboxes and more",
        "usage_hint": "sandbox create | sandbox list | help",
        "should_escape": True,
    }
    interactivity: dict[str, Any] = {"is_enabled": True}
    events: dict[str, Any] = {"bot_events": sorted(subscribed)}
    if request_url:
        command["url"] = interactivity["request_url"] = events["request_url"] = request_url
        interactivity["message_menu_options_url"] = request_url
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "platform-bot",
            "description": "The front door of your internal platform",
            "background_color": "#1f2937",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": slash.removeprefix("/"), "always_online": True},
            "slash_commands": [command],
            "shortcuts": [_shortcut(each) for group in groups for each in group.shortcuts],
        },
        "oauth_config": {"scopes": {"bot": sorted(scopes)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def _shortcut(shortcut: Shortcut) -> dict[str, str]:
    return {
        "name": shortcut.title,
        "type": "global" if shortcut.prefill is None else "message",
        "callback_id": shortcut.callback_id,
        "description": f"Opens the form of {shortcut.group} {shortcut.verb}",
    }


def as_yaml(document: dict[str, Any]) -> str:
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))
