"""What one person sees of the workspace, as values under keys for the browser's store. Reads the double; changes nothing.

Each item carries the frozen values it was made from, so that only what changed is made into JSON and sent again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from playground.slack import Channel, File, Message, SlackDouble, User, View, Workspace
from playground.slack.faults import Fault
from playground.slack.model import JsonObject
from playground.slack.traffic import Exchange

MOST_MESSAGES = 300  # per channel, and as many exchanges: what a person scrolls back to, not an archive
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Item:
    """`source` tells whether the value is still the same; `build` makes the value."""

    source: tuple[object, ...]
    build: Callable[[], object]


def survey(double: SlackDouble, user_id: str, read: Mapping[str, str]) -> Iterator[tuple[str, Item]]:
    """Everything this person sees; `read` is how far they have read (channel id -> ts)."""
    workspace = double.workspace
    viewer = workspace.users[user_id]
    yield "me", Item((viewer,), lambda: {"id": viewer.id, "name": viewer.name})
    yield "workspace", Item((workspace.team,), lambda: {"name": workspace.team.name, "domain": workspace.team.domain})
    yield from _people(workspace)
    yield from _app(double)
    for channel in _channels(workspace, viewer):
        yield f"channel:{channel.id}", Item((channel,), partial(_channel, channel, viewer))
        yield f"read:{channel.id}", Item((read.get(channel.id, ""),), partial(read.get, channel.id, ""))
        for message in _recent(workspace, channel, viewer):
            yield f"message:{channel.id}:{message.ts}", Item((message,), partial(_message, message))
    stack = workspace.stack(user_id)
    yield "views", Item((stack,), lambda: [_view(view) for view in stack])
    home = workspace.home(user_id)
    if home is not None:
        yield "home", Item((home,), partial(_view, home))


def traffic(double: SlackDouble) -> Iterator[tuple[str, Item]]:
    for exchange in double.calls[-MOST_MESSAGES:]:
        yield f"traffic:{exchange.number}", Item((exchange.number,), partial(_exchange, exchange))


def faults(double: SlackDouble) -> Iterator[tuple[str, Item]]:
    active = [_fault(fault) for fault in double.faults.active()]
    yield "faults", Item((tuple(tuple(fault.items()) for fault in active),), lambda: active)


def _people(workspace: Workspace) -> Iterator[tuple[str, Item]]:
    for user in workspace.users.values():
        yield f"user:{user.id}", Item((user,), partial(_user, user))
    if SLACKBOT not in workspace.users:
        yield f"user:{SLACKBOT}", Item((SLACKBOT,), _slackbot)
    for group in workspace.usergroups.values():
        yield (
            f"group:{group.id}",
            Item(
                (group,),
                partial(dict, id=group.id, handle=group.handle, name=group.name, users=list(group.users)),
            ),
        )


def _app(double: SlackDouble) -> Iterator[tuple[str, Item]]:
    workspace, manifest = double.workspace, double.manifest
    about = {
        "id": workspace.app_id,
        "name": manifest.name,
        "user": workspace.bot_user_id,
        "has_home": manifest.home_tab,
        "has_messages": manifest.messages_tab,
    }
    yield f"app:{workspace.app_id}", Item(tuple(about.values()), lambda: about)
    for command in manifest.commands:
        yield (
            f"command:{command.command}",
            Item(
                (command,),
                partial(dict, command=command.command, description=command.description, usage_hint=command.usage_hint),
            ),
        )
    for shortcut in manifest.shortcuts:
        yield (
            f"shortcut:{shortcut.callback_id}",
            Item((shortcut,), partial(dict, callback_id=shortcut.callback_id, name=shortcut.name, type=shortcut.kind)),
        )


def _channels(workspace: Workspace, viewer: User) -> Iterator[Channel]:
    """Joined ones, and for full members the public ones too, to look in and to join."""
    for channel in workspace.channels.values():
        if viewer.id in channel.members or (channel.kind == "public" and not viewer.is_restricted):
            yield channel


def _recent(workspace: Workspace, channel: Channel, viewer: User) -> Iterator[Message]:
    seen = workspace.sees(channel.id, viewer.id)
    recent = seen[-MOST_MESSAGES:]
    shown = {message.ts for message in recent}
    parents = {message.thread_ts for message in recent if message.is_reply} - shown
    if parents:
        yield from (message for message in seen if message.ts in parents)
    yield from recent


def _user(user: User) -> JsonObject:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "display": user.name if user.is_bot else user.real_name or user.name,  # an app is called as it is mentioned
        "title": user.title,
        "tz": user.tz,
        "is_bot": user.is_bot,
        "is_admin": user.is_admin,
        "is_guest": user.is_restricted,
        "is_stranger": user.is_stranger,
        "deleted": user.deleted,
    }


def _slackbot() -> JsonObject:
    """Slack's own voice ("/x failed with the error …"): it is not among the workspace's people, yet it speaks."""
    return {
        "id": SLACKBOT,
        "name": "slackbot",
        "real_name": "Slackbot",
        "display": "Slackbot",
        "title": "",
        "tz": "Etc/UTC",
        "is_bot": True,
        "is_admin": False,
        "is_guest": False,
        "is_stranger": False,
        "deleted": True,  # nobody to write to or to choose
    }


def _channel(channel: Channel, viewer: User) -> JsonObject:
    return {
        "id": channel.id,
        "kind": channel.kind,
        "name": channel.name,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "members": list(channel.members),
        "is_member": viewer.id in channel.members,
        "is_archived": channel.is_archived,
        "is_general": channel.is_general,
        "user": next((member for member in channel.members if member != viewer.id), viewer.id)
        if channel.kind == "im"
        else None,
    }


def _message(message: Message) -> JsonObject:
    return {
        "channel": message.channel_id,
        "ts": message.ts,
        "user": message.user_id,
        "bot_id": message.bot_id,
        "username": message.username,
        "icon": message.icon,
        "text": message.text,
        "blocks": list(message.blocks),
        "attachments": list(message.attachments),
        "thread_ts": message.thread_ts,
        "is_reply": message.is_reply,
        "broadcast": message.broadcast,
        "subtype": message.subtype,
        "ephemeral": bool(message.ephemeral_to),
        "edited": message.edited_ts,
        "pinned": message.pinned,
        "reactions": [{"name": name, "users": list(users)} for name, users in message.reactions],
        "files": [_file(file) for file in message.files],
        "reply_count": message.reply_count,
        "reply_users": list(message.reply_users),
        "latest_reply": message.latest_reply,
    }


def _file(file: File) -> JsonObject:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "pretty_type": file.filetype.upper(),
        "mimetype": file.mimetype,
        "size": len(file.content),
        "address": f"/page/files/{file.id}",
    }


def _view(view: View) -> JsonObject:
    body = view.body
    return {
        "id": view.id,
        "hash": view.hash,
        "callback_id": view.callback_id,
        "blocks": list(view.blocks),
        "title": body.get("title"),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "values": view.values,
        "errors": view.errors,
    }


def _exchange(exchange: Exchange) -> JsonObject:
    return {
        "number": exchange.number,
        "at": exchange.at.timestamp(),
        "way": exchange.way,
        "name": exchange.name,
        "request": exchange.request,
        "response": exchange.response,
        "status": exchange.status,
        "ms": exchange.seconds * 1000,
        "ok": exchange.ok,
        "error": exchange.error,
        "note": exchange.note,
    }


def _fault(fault: Fault) -> JsonObject:
    return {"kind": fault.kind, "method": fault.method, "times": fault.times, "hits": fault.hits}
