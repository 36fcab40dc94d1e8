"""conversations.* that change: opening, making, naming, filling, archiving. People's own comings and goings are chatting.py."""

import re
from dataclasses import replace

from playground.slack.limits import CHANNEL_NAME
from playground.slack.methods.call import Call, Method
from playground.slack.model import Channel, JsonObject, Message
from playground.slack.refusals import Refusal, invalid_arguments
from playground.slack.state import Workspace

_MANAGE = ("channels:manage", "groups:write", "im:write", "mpim:write")


def methods() -> tuple[Method, ...]:
    return (
        Method("conversations.open", open_, 3, ("im:write", "mpim:write")),
        Method("conversations.close", close, 2, ("im:write", "mpim:write")),
        Method("conversations.create", create, 2, ("channels:manage", "groups:write")),
        Method("conversations.rename", rename, 2, _MANAGE),
        Method("conversations.archive", archive, 2, _MANAGE),
        Method("conversations.unarchive", unarchive, 2, _MANAGE),
        Method("conversations.join", join, 3, ("channels:join",)),
        Method("conversations.leave", leave, 3, _MANAGE),
        Method("conversations.invite", invite, 3, (*_MANAGE, "channels:write.invites", "groups:write.invites")),
        Method("conversations.kick", kick, 3, _MANAGE),
        Method("conversations.setTopic", set_topic, 2, (*_MANAGE, "channels:write.topic", "groups:write.topic")),
        Method("conversations.setPurpose", set_purpose, 2, (*_MANAGE, "channels:write.topic", "groups:write.topic")),
        Method("conversations.mark", mark, 3, _MANAGE),
    )


def open_(call: Call) -> JsonObject:
    """A direct message by people's ids; opening it again answers the same channel."""
    workspace, bot = call.core.workspace, call.core.bot_user_id
    if call.text("channel"):
        channel = call.channel()
        return {"ok": True, "no_op": True, "already_open": True, "channel": {"id": channel.id}}
    ids = call.ids("users")
    if not ids:
        raise Refusal("users_list_not_supplied")
    if len(ids) > 8:
        raise Refusal("too_many_users")
    for user_id in ids:
        user = workspace.users.get(user_id)
        if user is None:
            raise Refusal("user_not_found")
        if user.deleted:
            raise Refusal("user_disabled")
        if user.is_bot and len(ids) == 1:
            raise Refusal("cannot_dm_bot")
    call.needs_scope("im:write" if len(ids) == 1 else "mpim:write")
    known = workspace.direct_channel(bot, *ids)
    channel = known or workspace.open_direct(bot, *ids)
    shown = channel.channel_json(bot) if call.flag("return_im") else {"id": channel.id}
    answer: JsonObject = {"ok": True, "channel": shown}
    if known is not None:
        answer |= {"no_op": True, "already_open": True}
    return answer


def close(call: Call) -> JsonObject:
    if not call.channel().is_direct:
        raise Refusal("method_not_supported_for_channel_type")
    return {"ok": True}


def checked_name(workspace: Workspace, name: str) -> str:
    """Raises Refusal invalid_name_… or name_taken."""
    if not name:
        raise Refusal("invalid_name_required")
    if len(name) > CHANNEL_NAME:
        raise Refusal("invalid_name_maxlength")
    if not re.search(r"[^\W_]", name):
        raise Refusal("invalid_name_punctuation")
    if not re.fullmatch(r"[\w-]+", name) or name != name.lower():
        raise Refusal("invalid_name_specials")
    if any(channel.name == name for channel in workspace.channels.values()):
        raise Refusal("name_taken")
    return name


def create(call: Call) -> JsonObject:
    private = call.flag("is_private")
    call.needs_scope("groups:write" if private else "channels:manage")
    name = checked_name(call.core.workspace, call.text("name"))
    channel = call.core.workspace.add_channel(
        name, (call.core.bot_user_id,), kind="private" if private else "public", creator=call.core.bot_user_id
    )
    return {"ok": True, "channel": channel.channel_json(call.core.bot_user_id)}


def _changeable(call: Call, *, archived_ok: bool = False) -> Channel:
    channel = call.own_channel()
    if channel.is_direct:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived and not archived_ok:
        raise Refusal("is_archived")
    return channel


def rename(call: Call) -> JsonObject:
    channel = _changeable(call)
    call.needs_channel_scope(channel, "manage")
    if channel.creator != call.core.bot_user_id:
        raise Refusal("not_authorized")
    renamed = call.core.workspace.save_channel(
        replace(channel, name=checked_name(call.core.workspace, call.text("name"))),
        actor_id=call.core.bot_user_id,
        detail="rename",
    )
    return {"ok": True, "channel": renamed.channel_json(call.core.bot_user_id)}


def archive(call: Call) -> JsonObject:
    channel = _changeable(call, archived_ok=True)
    call.needs_channel_scope(channel, "manage")
    if channel.is_archived:
        raise Refusal("already_archived")
    if channel.is_general:
        raise Refusal("cant_archive_general")
    call.core.workspace.save_channel(
        replace(channel, is_archived=True), actor_id=call.core.bot_user_id, detail="archive"
    )
    return {"ok": True}


def unarchive(call: Call) -> JsonObject:
    channel = call.channel()
    call.needs_channel_scope(channel, "manage")
    if not channel.is_archived:
        raise Refusal("not_archived")
    call.core.workspace.save_channel(
        replace(channel, is_archived=False), actor_id=call.core.bot_user_id, detail="unarchive"
    )
    return {"ok": True}


def join(call: Call) -> JsonObject:
    channel = call.channel()
    if channel.kind != "public":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("is_archived")
    already = call.core.bot_user_id in channel.members
    announce_join(call, channel.id, call.core.bot_user_id)
    joined = call.core.workspace.channels[channel.id]
    answer: JsonObject = {"ok": True, "channel": joined.channel_json(call.core.bot_user_id)}
    if already:
        answer |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return answer


def leave(call: Call) -> JsonObject:
    channel = call.channel()
    if channel.is_general:
        raise Refusal("cant_leave_general")
    if call.core.bot_user_id not in channel.members:
        return {"ok": True, "not_in_channel": True}
    call.core.workspace.leave(channel.id, call.core.bot_user_id)
    return {"ok": True}


def invite(call: Call) -> JsonObject:
    """Up to 100 people. One who cannot be invited refuses all, unless `force`; then the rest come in."""
    channel = _changeable(call)
    if not call.core.manifest.scopes.intersection(("channels:write.invites", "groups:write.invites")):
        call.needs_channel_scope(channel, "manage")
    ids = call.ids("users")
    if not ids:
        raise Refusal("no_user")
    if len(ids) > 100:
        raise Refusal("too_many_users")
    errors = [problem for user_id in ids if (problem := _cannot_be_invited(call, channel, user_id))]
    if errors and not call.flag("force"):
        raise Refusal(str(errors[0]["error"]), errors=errors)
    refused = {problem["user"] for problem in errors}
    for user_id in ids:
        if user_id not in refused:
            announce_join(call, channel.id, user_id, inviter=call.core.bot_user_id)
    invited = call.core.workspace.channels[channel.id]
    answer: JsonObject = {"ok": True, "channel": invited.channel_json(call.core.bot_user_id)}
    if errors:
        answer["errors"] = errors
    return answer


def _cannot_be_invited(call: Call, channel: Channel, user_id: str) -> JsonObject | None:
    user = call.core.workspace.users.get(user_id)
    if user is None or user.deleted:
        error = "user_not_found"
    elif user_id == call.core.bot_user_id:
        error = "cant_invite_self"
    elif user_id in channel.members:
        error = "already_in_channel"
    elif user.is_ultra_restricted:
        error = "ura_max_channels"
    else:
        return None
    return {"user": user_id, "ok": False, "error": error}


def kick(call: Call) -> JsonObject:
    channel = _changeable(call)
    call.needs_channel_scope(channel, "manage")
    user = call.user()
    if user.id == call.core.bot_user_id:
        raise Refusal("cant_kick_self")
    if channel.is_general:
        raise Refusal("cant_kick_from_general")
    if user.id not in channel.members:
        raise Refusal("not_in_channel")
    call.core.workspace.leave(channel.id, user.id, actor_id=call.core.bot_user_id)
    return {"ok": True, "errors": {}}


def set_topic(call: Call) -> JsonObject:
    return _set(call, "topic")


def set_purpose(call: Call) -> JsonObject:
    return _set(call, "purpose")


def _set(call: Call, what: str) -> JsonObject:
    channel = _changeable(call)
    if what not in call.arguments:
        raise invalid_arguments(f"missing required field: {what}")
    value = call.text(what)
    if len(value) > 250:
        raise Refusal("too_long")
    changed = replace(channel, topic=value) if what == "topic" else replace(channel, purpose=value)
    if changed != channel:
        call.core.workspace.save_channel(changed, actor_id=call.core.bot_user_id, detail=what)
    return {"ok": True, "channel": changed.channel_json(call.core.bot_user_id), what: value}


def mark(call: Call) -> JsonObject:
    call.message(call.own_channel(), "ts")
    return {"ok": True}


def announce_join(call: Call, channel_id: str, user_id: str, *, inviter: str = "") -> None:
    """Somebody comes in, and the channel says so."""
    workspace = call.core.workspace
    if user_id in workspace.channels[channel_id].members:
        return
    workspace.join(channel_id, user_id, inviter=inviter)
    workspace.post(
        Message(
            channel_id=channel_id,
            ts=workspace.new_ts(),
            user_id=user_id,
            text=f"<@{user_id}> has joined the channel",
            subtype="channel_join",
        )
    )
