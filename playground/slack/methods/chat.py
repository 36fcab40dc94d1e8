"""chat.*: posting, changing, deleting, ephemerals, permalinks. Does not format or show anything."""

import json
from dataclasses import replace
from typing import Any

from playground.slack.block_kit import block_ids_filled, check_message_blocks
from playground.slack.limits import MARKDOWN_TEXT, MESSAGE_TEXT_CUT, METADATA_BYTES, UPDATE_TEXT
from playground.slack.methods.call import Call, Method
from playground.slack.model import Channel, JsonObject, Message
from playground.slack.refusals import Refusal, invalid_blocks
from playground.slack.typed import linked


def methods() -> tuple[Method, ...]:
    write = ("chat:write",)
    return (
        Method("chat.postMessage", post_message, 5, write),
        Method("chat.postEphemeral", post_ephemeral, 4, write),
        Method("chat.update", update, 3, write),
        Method("chat.delete", delete, 3, write),
        Method("chat.getPermalink", get_permalink, 5, (), json=False),
    )


def post_message(call: Call) -> JsonObject:
    channel = _target(call)
    content = read_content(call)
    thread_ts = _thread(call, channel)
    metadata = _metadata(call)
    first = _already_posted(call, channel)
    if first is not None:
        return {"ok": True, "channel": channel.id, "ts": first.ts, "message": _shown(call, first)}
    wait = call.core.pacing.post_refused_for(channel.id, call.core.workspace.now())
    if wait:
        raise Refusal("ratelimited", retry_after=wait)
    message = call.core.workspace.post(
        replace(
            content,
            channel_id=channel.id,
            ts=call.core.workspace.new_ts(),
            thread_ts=thread_ts,
            metadata=metadata,
            broadcast=call.flag("reply_broadcast"),
            client_msg_id=call.text("client_msg_id"),
        )
    )
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": _shown(call, message)}


def post_ephemeral(call: Call) -> JsonObject:
    channel = _target(call)
    content = read_content(call)
    user = call.core.workspace.users.get(call.required("user"))
    if user is None or (user.id not in channel.members):
        raise Refusal("user_not_in_channel")
    message = call.core.workspace.post(
        replace(
            content,
            channel_id=channel.id,
            ts=call.core.workspace.new_ts(),
            thread_ts=call.text("thread_ts"),
            ephemeral_to=user.id,
        )
    )
    return {"ok": True, "message_ts": message.ts}


def update(call: Call) -> JsonObject:
    channel = call.channel()
    message = call.message(channel, "ts")
    if message.bot_id != call.core.workspace.bot_id:
        raise Refusal("cant_update_message")
    if channel.is_archived:
        raise Refusal("is_archived")
    if len(call.text("text")) > UPDATE_TEXT:
        raise Refusal("msg_too_long")
    content = read_content(call)
    # What a call does not mention is retained; an empty array removes it.
    metadata = _metadata(call)
    changed = replace(
        message,
        text=content.text if "text" in call.arguments or "markdown_text" in call.arguments else message.text,
        blocks=content.blocks if "blocks" in call.arguments or call.text("markdown_text") else message.blocks,
        attachments=content.attachments if "attachments" in call.arguments else message.attachments,
        metadata=metadata if metadata is not None else message.metadata,
        edited_ts=call.core.workspace.new_ts(),
    )
    call.core.workspace.save_message(changed, actor_id=call.core.bot_user_id)
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "text": changed.text,
        "message": _shown(call, changed),
    }


def delete(call: Call) -> JsonObject:
    channel = call.channel()
    message = call.message(channel, "ts")
    if message.bot_id != call.core.workspace.bot_id:
        raise Refusal("cant_delete_message")
    call.core.workspace.delete_message(message, actor_id=call.core.bot_user_id)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> JsonObject:
    channel = call.channel()
    message = call.message(channel, "message_ts")
    link = f"https://{call.core.workspace.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"ok": True, "channel": channel.id, "permalink": link}


def read_content(call: Call) -> Message:
    """Text, blocks, attachments and authorship as the app sent them, checked. Channel and ts are still empty."""
    text = call.text("text")
    markdown = call.text("markdown_text")
    blocks = call.json("blocks", "invalid_blocks_format")
    attachments = call.json("attachments", "invalid_attachments") or []
    if markdown and (text or blocks):
        raise Refusal("markdown_text_conflict")
    if len(markdown) > MARKDOWN_TEXT:
        raise Refusal("msg_too_long")
    if not (text or markdown or blocks or attachments):
        raise Refusal("no_text")
    if blocks is not None and not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    if markdown:
        blocks = [{"type": "markdown", "text": markdown}]
    found = check_message_blocks(blocks) if blocks else []
    if found:
        raise invalid_blocks(found)
    _check_attachments(attachments)
    if call.flag("link_names") or call.text("parse") == "full":
        text = linked(call.core.workspace, text)
    username, icon = call.text("username"), call.text("icon_emoji") or call.text("icon_url")
    if username or icon:
        call.needs_scope("chat:write.customize")
    return Message(
        channel_id="",
        ts="",
        user_id=call.core.bot_user_id,
        bot_id=call.core.workspace.bot_id,
        text=(text or markdown)[:MESSAGE_TEXT_CUT],
        blocks=block_ids_filled(blocks or ()),
        attachments=tuple(attachments),
        username=username,
        icon=icon,
    )


def _check_attachments(attachments: Any) -> None:
    if not isinstance(attachments, list) or not all(isinstance(attachment, dict) for attachment in attachments):
        raise Refusal("invalid_attachments")
    if len(attachments) > 100:
        raise Refusal("too_many_attachments")
    for index, attachment in enumerate(attachments):
        found = (
            check_message_blocks(attachment["blocks"], f"/attachments/{index}/blocks") if "blocks" in attachment else []
        )
        if found:
            raise invalid_blocks(found)


def _target(call: Call) -> Channel:
    """Where a post goes: a channel id, `#name`, or a person's id, which opens the direct message with them."""
    workspace = call.core.workspace
    wanted = call.required("channel")
    bot = call.core.bot_user_id
    if wanted in workspace.users:
        other = workspace.users[wanted]
        if other.deleted or other.is_bot:
            raise Refusal("channel_not_found")
        return workspace.open_direct(bot, other.id)
    named = [channel for channel in workspace.channels.values() if channel.name and f"#{channel.name}" == wanted]
    channel = workspace.channels.get(wanted) or (named[0] if named else None)
    if channel is None or (channel.kind != "public" and bot not in channel.members):
        raise Refusal("channel_not_found")
    if channel.is_archived:
        raise Refusal("is_archived")
    if bot not in channel.members and "chat:write.public" not in call.core.manifest.scopes:
        raise Refusal("not_in_channel")
    return channel


def _thread(call: Call, channel: Channel) -> str:
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return ""
    parent = call.core.workspace.message(channel.id, thread_ts)
    if parent is None or parent.ephemeral_to:
        # Slack posts a reply to a ts that never existed as an ordinary message in some clients and refuses it in others;
        # refusing is what an app can notice.
        raise Refusal("thread_not_found")
    return parent.thread_ts if parent.is_reply else parent.ts


def _metadata(call: Call) -> JsonObject | None:
    metadata = call.json("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload", "entities"}:
        raise Refusal("invalid_metadata_format")
    if "entities" not in metadata and (
        not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict)
    ):
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return metadata


def _already_posted(call: Call, channel: Channel) -> Message | None:
    """The message of the same client_msg_id, where this double is set to honour it.

    Slack names the errors duplicate_message_not_found and duplicate_channel_not_found ("associated with client_msg_id") but
    does not list the argument: whether it protects is not promised, so by default both posts are stored.
    """
    wanted = call.text("client_msg_id")
    if not wanted or call.core.client_msg_ids == "stored":
        return None
    for message in call.core.workspace.messages(channel.id):
        if message.client_msg_id == wanted:
            return message
    return None


def _shown(call: Call, message: Message) -> JsonObject:
    workspace = call.core.workspace
    return message.message_json(workspace.app_id, workspace.team.id, with_metadata=True)
