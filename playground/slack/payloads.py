"""The JSON Slack sends to an app for what a person did. Builds only: hands out no triggers and sends nothing."""

import time

from playground.slack.core import Core
from playground.slack.model import Channel, JsonObject, Message, User, View


def _common(core: Core, kind: str, user: User) -> JsonObject:
    team = core.workspace.team
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": core.workspace.app_id,
        "token": core.tokens.verification,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_name(channel: Channel) -> str:
    """The name payloads carry: private places do not give theirs away."""
    return {"im": "directmessage", "mpim": "mpdm", "private": "privategroup"}.get(channel.kind, channel.name)


def slash_command(
    core: Core, user: User, channel: Channel, command: str, text: str, trigger_id: str, response_url: str
) -> dict[str, str]:
    team = core.workspace.team
    return {
        "token": core.tokens.verification,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": core.workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def view_shown(core: Core, view: View) -> JsonObject:
    return view.view_json(core.workspace.app_id, core.workspace.bot_id, core.workspace.team.id)


def message_shown(core: Core, message: Message) -> JsonObject:
    return message.message_json(core.workspace.app_id, core.workspace.team.id)


def _message_container(message: Message) -> JsonObject:
    container: JsonObject = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel_id,
        "is_ephemeral": bool(message.ephemeral_to),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return container


def block_actions_on_message(
    core: Core,
    user: User,
    channel: Channel,
    message: Message,
    action: JsonObject,
    values: JsonObject,
    trigger_id: str,
    response_url: str,
) -> JsonObject:
    payload = _common(core, "block_actions", user) | {
        "container": _message_container(message),
        "trigger_id": trigger_id,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": values},
        "response_url": response_url,
        "actions": [action],
    }
    if not message.ephemeral_to:  # an ephemeral message's content is not sent along
        payload["message"] = message_shown(core, message)
    return payload


def block_actions_in_view(core: Core, user: User, view: View, action: JsonObject, trigger_id: str) -> JsonObject:
    return _common(core, "block_actions", user) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view_shown(core, view),
        "actions": [action],
    }


def view_submission(core: Core, user: User, view: View, trigger_id: str, response_urls: list[JsonObject]) -> JsonObject:
    return _common(core, "view_submission", user) | {
        "trigger_id": trigger_id,
        "view": view_shown(core, view),
        "response_urls": response_urls,
    }


def view_closed(core: Core, user: User, view: View, *, is_cleared: bool) -> JsonObject:
    return _common(core, "view_closed", user) | {"view": view_shown(core, view), "is_cleared": is_cleared}


def block_suggestion(
    core: Core,
    user: User,
    place: Message | View,
    channel: Channel | None,
    block_id: str,
    action_id: str,
    typed: str,
) -> JsonObject:
    payload = _common(core, "block_suggestion", user) | {"action_id": action_id, "block_id": block_id, "value": typed}
    if isinstance(place, View):
        return payload | {
            "container": {"type": "view", "view_id": place.id},
            "view": view_shown(core, place),
        }
    payload["container"] = _message_container(place)
    if channel is not None:
        payload["channel"] = {"id": channel.id, "name": channel_name(channel)}
    if not place.ephemeral_to:
        payload["message"] = message_shown(core, place)
    return payload


def shortcut(core: Core, user: User, callback_id: str, trigger_id: str) -> JsonObject:
    return _common(core, "shortcut", user) | {
        "action_ts": action_ts(),
        "callback_id": callback_id,
        "trigger_id": trigger_id,
    }


def message_shortcut(
    core: Core, user: User, channel: Channel, message: Message, callback_id: str, trigger_id: str, response_url: str
) -> JsonObject:
    return _common(core, "message_action", user) | {
        "action_ts": action_ts(),
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "response_url": response_url,
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message_shown(core, message),
    }


def action(block_id: str, element: JsonObject, state: JsonObject) -> JsonObject:
    """One entry of `actions`: what was pressed or chosen."""
    shown: JsonObject = {
        "type": element["type"],
        "block_id": block_id,
        "action_id": element["action_id"],
        "action_ts": action_ts(),
    }
    if element["type"] == "button":
        shown["text"] = element["text"]
        shown |= {key: element[key] for key in ("value", "style", "url") if key in element}
    if "placeholder" in element:
        shown["placeholder"] = element["placeholder"]
    return shown | {key: value for key, value in state.items() if key != "type"}


def action_ts() -> str:
    return f"{time.time():.6f}"


def event_envelope(core: Core, event: JsonObject, event_id: str, event_time: int) -> JsonObject:
    team_id = core.workspace.team.id
    return {
        "token": core.tokens.verification,
        "team_id": team_id,
        "context_team_id": team_id,
        "context_enterprise_id": None,
        "api_app_id": core.workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": event_time,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team_id,
                "user_id": core.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }
