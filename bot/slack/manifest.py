"""The Slack app manifest for a set-up: exactly what the code uses, no more. Pure; manifest.yml is its default output."""

from typing import Any

import yaml

_SCOPES = (
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


def manifest(slash: str, *, url: str | None = None) -> dict[str, Any]:
    """`slash` is the slash command; `url` the bot's public address for HTTP mode, None for Socket Mode.

    Source: docs.slack.dev/reference/app-manifest (schema version 2).
    """
    request_url = f"{url.rstrip('/')}/slack/events" if url else None
    command: dict[str, Any] = {
        "command": slash,
        "description": "Your internal platform: sandboxes and more",
        "usage_hint": "sandbox create | sandbox list | help",
        "should_escape": True,
    }
    interactivity: dict[str, Any] = {"is_enabled": True}
    if request_url:
        command["url"] = interactivity["request_url"] = request_url
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "platform-bot",
            "description": "The front door of your internal platform",
            "background_color": "#1f2937",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": slash.removeprefix("/"), "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(_SCOPES)}},
        "settings": {
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def as_yaml(document: dict[str, Any]) -> str:
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))
