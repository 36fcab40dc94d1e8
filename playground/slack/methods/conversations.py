"""conversations.* that read: listings, members, history and threads. What changes channels is channels.py."""

from playground.slack.methods.call import Call, Method, page
from playground.slack.model import Channel, ChannelKind, JsonObject, Message
from playground.slack.refusals import Refusal

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_KINDS: dict[str, ChannelKind] = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def methods() -> tuple[Method, ...]:
    return (
        Method("conversations.list", list_, 2, _READ, json=False),
        Method("conversations.info", info, 3, _READ, json=False),
        Method("conversations.history", history, 3, _HISTORY, json=False),
        Method("conversations.replies", replies, 3, _HISTORY, json=False),
        Method("conversations.members", members, 4, _READ, json=False),
        Method("users.conversations", users_conversations, 3, _READ, json=False),
    )


def _of_types(call: Call) -> list[Channel]:
    wanted: set[ChannelKind] = set()
    for name in call.ids("types") or ("public_channel",):
        if name not in _KINDS:
            raise Refusal("invalid_types")
        wanted.add(_KINDS[name])
        family = {"public": "channels", "private": "groups"}.get(_KINDS[name], _KINDS[name])
        call.needs_scope(f"{family}:read")
    bot = call.core.bot_user_id
    channels = [
        channel
        for channel in call.core.workspace.channels.values()
        if channel.kind in wanted and (channel.kind == "public" or bot in channel.members)
    ]
    if call.flag("exclude_archived"):
        channels = [channel for channel in channels if not channel.is_archived]
    return channels


def list_(call: Call) -> JsonObject:
    shown, following = page(call, _of_types(call))
    return _channels(call, shown, following)


def users_conversations(call: Call) -> JsonObject:
    user_id = call.text("user") or call.core.bot_user_id
    mine = [channel for channel in _of_types(call) if user_id in channel.members]
    shown, following = page(call, mine)
    return _channels(call, shown, following)


def _channels(call: Call, channels: list[Channel], following: str) -> JsonObject:
    return {
        "ok": True,
        "channels": [_shown(call, channel) for channel in channels],
        "response_metadata": {"next_cursor": following},
    }


def _shown(call: Call, channel: Channel) -> JsonObject:
    shown = channel.channel_json(call.core.bot_user_id)
    if not channel.is_direct:
        shown["num_members"] = len(channel.members)
    return shown


def info(call: Call) -> JsonObject:
    channel = call.channel()
    call.needs_channel_scope(channel, "read")
    shown = channel.channel_json(call.core.bot_user_id)
    if call.flag("include_num_members") and not channel.is_direct:
        shown["num_members"] = len(channel.members)
    return {"ok": True, "channel": shown}


def members(call: Call) -> JsonObject:
    channel = call.channel()
    call.needs_channel_scope(channel, "read")
    shown, following = page(call, list(channel.members))
    return {"ok": True, "members": shown, "response_metadata": {"next_cursor": following}}


def history(call: Call) -> JsonObject:
    channel = call.own_channel()
    call.needs_channel_scope(channel, "history")
    top_level = [
        message
        for message in call.core.workspace.messages(channel.id)
        if not message.ephemeral_to and (not message.is_reply or message.broadcast)
    ]
    newest_first = _in_range(call, top_level)[::-1]
    shown, following = page(call, newest_first, high=999)
    return _messages(call, shown, following)


def replies(call: Call) -> JsonObject:
    channel = call.own_channel()
    call.needs_channel_scope(channel, "history")
    parent = call.core.workspace.message(channel.id, call.required("ts"))
    if parent is None or parent.ephemeral_to:
        raise Refusal("thread_not_found")
    root = parent.thread_ts if parent.is_reply else parent.ts
    thread = call.core.workspace.thread(channel.id, root)
    # The parent is always there, whatever the range.
    kept = [message for message in thread if message.ts == root or message in _in_range(call, list(thread))]
    shown, following = page(call, kept, default=1000)
    return _messages(call, shown, following)


def _in_range(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest = call.text("oldest", "0"), call.text("latest", "9999999999")
    inclusive = call.flag("inclusive")
    try:
        low, high = float(oldest), float(latest)
    except ValueError:
        raise Refusal("invalid_ts_oldest") from None
    return [
        message
        for message in messages
        if low < float(message.ts) < high or (inclusive and message.ts in (oldest, latest))
    ]


def _messages(call: Call, messages: list[Message], following: str) -> JsonObject:
    workspace = call.core.workspace
    answer: JsonObject = {
        "ok": True,
        "messages": [
            message.message_json(workspace.app_id, workspace.team.id, with_metadata=call.flag("include_all_metadata"))
            for message in messages
        ],
        "has_more": bool(following),
    }
    if following:
        answer["response_metadata"] = {"next_cursor": following}
    return answer
