"""reactions.*, pins.* and bookmarks.*: what is stuck to messages and channels."""

from dataclasses import replace

from playground.slack.methods.call import Call, Method
from playground.slack.model import Bookmark, Channel, JsonObject, Message
from playground.slack.refusals import Refusal, invalid_arguments
from playground.slack.state import Workspace

_PINS = 100
_BOOKMARKS = 100


def methods() -> tuple[Method, ...]:
    return (
        Method("reactions.add", reactions_add, 3, ("reactions:write",)),
        Method("reactions.remove", reactions_remove, 2, ("reactions:write",)),
        Method("reactions.get", reactions_get, 3, ("reactions:read",), json=False),
        Method("pins.add", pins_add, 2, ("pins:write",)),
        Method("pins.remove", pins_remove, 2, ("pins:write",)),
        Method("pins.list", pins_list, 2, ("pins:read",), json=False),
        Method("bookmarks.add", bookmarks_add, 2, ("bookmarks:write",)),
        Method("bookmarks.edit", bookmarks_edit, 2, ("bookmarks:write",)),
        Method("bookmarks.remove", bookmarks_remove, 2, ("bookmarks:write",)),
        Method("bookmarks.list", bookmarks_list, 2, ("bookmarks:read",)),
    )


# --- reactions


def _emoji(call: Call) -> str:
    name = call.required("name").strip(":")
    if not name or any(character.isspace() for character in name):
        raise Refusal("invalid_name")
    return name


def add_reaction(workspace: Workspace, message: Message, emoji: str, user_id: str) -> Message:
    """Raises Refusal already_reacted. Also what a person's click on an emoji does."""
    found = dict(message.reactions)
    if user_id in found.get(emoji, ()):
        raise Refusal("already_reacted")
    found[emoji] = (*found.get(emoji, ()), user_id)
    changed = workspace.save_message(
        replace(message, reactions=tuple(found.items())), actor_id=user_id, detail="reactions"
    )
    workspace.announce(
        "reaction_added", channel_id=message.channel_id, ts=message.ts, actor_id=user_id, detail=emoji, value=changed
    )
    return changed


def remove_reaction(workspace: Workspace, message: Message, emoji: str, user_id: str) -> Message:
    found = dict(message.reactions)
    if user_id not in found.get(emoji, ()):
        raise Refusal("no_reaction")
    left = tuple(one for one in found[emoji] if one != user_id)
    found[emoji] = left
    changed = workspace.save_message(
        replace(message, reactions=tuple((name, users) for name, users in found.items() if users)),
        actor_id=user_id,
        detail="reactions",
    )
    workspace.announce(
        "reaction_removed", channel_id=message.channel_id, ts=message.ts, actor_id=user_id, detail=emoji, value=changed
    )
    return changed


def reactions_add(call: Call) -> JsonObject:
    emoji = _emoji(call)
    channel = call.own_channel()
    if channel.is_archived:
        raise Refusal("is_archived")
    add_reaction(call.core.workspace, call.message(channel), emoji, call.core.bot_user_id)
    return {"ok": True}


def reactions_remove(call: Call) -> JsonObject:
    emoji = _emoji(call)
    remove_reaction(call.core.workspace, call.message(call.own_channel()), emoji, call.core.bot_user_id)
    return {"ok": True}


def reactions_get(call: Call) -> JsonObject:
    channel = call.channel()
    message = call.message(channel)
    workspace = call.core.workspace
    return {
        "ok": True,
        "type": "message",
        "channel": channel.id,
        "message": message.message_json(workspace.app_id, workspace.team.id),
    }


# --- pins


def set_pin(workspace: Workspace, message: Message, user_id: str, *, pinned: bool) -> None:
    """Raises Refusal already_pinned or no_pin. Also what a person's pin does."""
    if message.pinned == pinned:
        raise Refusal("already_pinned" if pinned else "no_pin")
    if pinned and sum(one.pinned for one in workspace.messages(message.channel_id)) >= _PINS:
        raise Refusal("too_many_pins")
    changed = workspace.save_message(replace(message, pinned=pinned), actor_id=user_id, detail="pin")
    workspace.announce(
        "pin_added" if pinned else "pin_removed",
        channel_id=message.channel_id,
        ts=message.ts,
        actor_id=user_id,
        value=changed,
    )


def pins_add(call: Call) -> JsonObject:
    channel = call.own_channel()
    set_pin(call.core.workspace, call.message(channel), call.core.bot_user_id, pinned=True)
    return {"ok": True}


def pins_remove(call: Call) -> JsonObject:
    channel = call.own_channel()
    set_pin(call.core.workspace, call.message(channel), call.core.bot_user_id, pinned=False)
    return {"ok": True}


def pins_list(call: Call) -> JsonObject:
    channel = call.own_channel()
    workspace = call.core.workspace
    items = [
        {
            "type": "message",
            "channel": channel.id,
            "created": int(float(message.ts)),
            "created_by": message.user_id,
            "message": message.message_json(workspace.app_id, workspace.team.id),
        }
        for message in workspace.messages(channel.id)
        if message.pinned
    ]
    return {"ok": True, "items": items}


# --- bookmarks


def _bookmarked(call: Call) -> Channel:
    channel = call.channel("channel_id")
    if call.core.bot_user_id not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _save(call: Call, channel: Channel, bookmarks: tuple[Bookmark, ...]) -> None:
    call.core.workspace.save_channel(
        replace(channel, bookmarks=bookmarks), actor_id=call.core.bot_user_id, detail="bookmarks"
    )


def bookmarks_add(call: Call) -> JsonObject:
    channel = _bookmarked(call)
    title, kind, link = call.required("title"), call.required("type"), call.text("link")
    if kind != "link":
        raise Refusal("invalid_bookmark_type")
    if not link:
        raise Refusal("invalid_link")
    if not link.startswith(("http://", "https://")):
        raise Refusal("invalid_link")
    if len(channel.bookmarks) >= _BOOKMARKS:
        raise Refusal("too_many_bookmarks")
    bookmark = Bookmark(call.core.workspace.new_id("Bk"), channel.id, title, kind, link, call.text("emoji"))
    _save(call, channel, (*channel.bookmarks, bookmark))
    return {"ok": True, "bookmark": bookmark.bookmark_json()}


def bookmarks_edit(call: Call) -> JsonObject:
    channel = _bookmarked(call)
    wanted = call.required("bookmark_id")
    known = next((one for one in channel.bookmarks if one.id == wanted), None)
    if known is None:
        raise Refusal("not_found")
    if not any(name in call.arguments for name in ("title", "link", "emoji")):
        raise invalid_arguments("missing required field: title")
    edited = replace(
        known,
        title=call.text("title", known.title),
        link=call.text("link", known.link),
        emoji=call.text("emoji", known.emoji),
    )
    _save(call, channel, tuple(edited if one.id == wanted else one for one in channel.bookmarks))
    return {"ok": True, "bookmark": edited.bookmark_json()}


def bookmarks_remove(call: Call) -> JsonObject:
    channel = _bookmarked(call)
    wanted = call.required("bookmark_id")
    left = tuple(one for one in channel.bookmarks if one.id != wanted)
    if len(left) == len(channel.bookmarks):
        raise Refusal("not_found")
    _save(call, channel, left)
    return {"ok": True}


def bookmarks_list(call: Call) -> JsonObject:
    return {"ok": True, "bookmarks": [one.bookmark_json() for one in _bookmarked(call).bookmarks]}
