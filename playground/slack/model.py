"""What a workspace is made of: frozen values, and their shape in Slack's JSON. Holds no state and decides nothing.

`…_json()` is what Slack's Web API shows of a value; a web page may use the same. JSON of blocks and views is kept as it was
sent, with the ids Slack fills in, because Slack too keeps what it does not interpret.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

JsonObject = dict[str, Any]

ChannelKind = Literal["public", "private", "im", "mpim"]

ChangeKind = Literal[
    "message_posted",  # value: Message (also files and joins); addressee set when ephemeral
    "message_changed",  # value: Message, previous: Message (edits, reactions, pins, new replies)
    "message_deleted",  # previous: Message
    "reaction_added",  # value: Message, detail: emoji name; actor_id reacted
    "reaction_removed",
    "pin_added",  # value: Message
    "pin_removed",
    "channel_created",  # value: Channel
    "channel_changed",  # value: Channel, previous: Channel (rename, topic, archive, bookmarks)
    "member_joined",  # value: Channel, actor_id: who joined, detail: the inviter's id or ""
    "member_left",
    "views_changed",  # addressee's modal stack changed; value: View now on top, or None when none is open
    "home_changed",  # addressee's App Home; value: View
    "home_opened",  # actor_id opened App Home
    "user_changed",  # value: User
    "usergroup_changed",  # value: UserGroup
    "file_shared",  # value: File
    "traffic",  # value: traffic.Exchange (a Web API call, a delivery, a response_url use)
    "connections",  # Socket Mode connections opened or closed; detail: how many are open
    "resync",  # this subscriber was too slow and missed changes: read the state again
]


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    domain: str

    def team_json(self) -> JsonObject:
        return {
            "id": self.id,
            "name": self.name,
            "domain": self.domain,
            "url": f"https://{self.domain}.slack.com/",
            "email_domain": "",
            "icon": {"image_default": True},
        }


@dataclass(frozen=True, slots=True)
class User:
    """`tz` is an IANA name; guests have `is_restricted` (multi-channel) or also `is_ultra_restricted` (one channel)."""

    id: str
    team_id: str
    name: str
    real_name: str
    email: str = ""
    tz: str = "Etc/UTC"
    tz_offset: int = 0
    title: str = ""
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    bot_id: str = ""
    locale: str = "en-US"

    def profile_json(self, *, with_email: bool) -> JsonObject:
        profile: JsonObject = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "title": self.title,
            "team": self.team_id,
            "image_48": "",
            "image_72": "",
        }
        if self.is_bot:
            profile["bot_id"] = self.bot_id
        elif with_email and self.email:
            profile["email"] = self.email
        return profile

    def user_json(self, *, with_email: bool) -> JsonObject:
        """`with_email`: whether the token has users:read.email."""
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": self.tz_offset,
            "profile": self.profile_json(with_email=with_email),
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_stranger": self.is_stranger,
            "updated": 0,
        }


@dataclass(frozen=True, slots=True)
class UserGroup:
    id: str
    team_id: str
    handle: str
    name: str
    description: str = ""
    users: tuple[str, ...] = ()
    disabled: bool = False

    def usergroup_json(self, *, with_users: bool) -> JsonObject:
        shown: JsonObject = {
            "id": self.id,
            "team_id": self.team_id,
            "is_usergroup": True,
            "name": self.name,
            "description": self.description,
            "handle": self.handle,
            "is_external": False,
            "date_create": 0,
            "date_update": 0,
            "date_delete": 1 if self.disabled else 0,
            "user_count": len(self.users),
        }
        if with_users:
            shown["users"] = list(self.users)
        return shown


@dataclass(frozen=True, slots=True)
class Bookmark:
    id: str
    channel_id: str
    title: str
    type: str
    link: str = ""
    emoji: str = ""

    def bookmark_json(self) -> JsonObject:
        return {
            "id": self.id,
            "channel_id": self.channel_id,
            "title": self.title,
            "type": self.type,
            "link": self.link,
            "emoji": self.emoji,
        }


@dataclass(frozen=True, slots=True)
class Channel:
    """`name` is empty for direct messages; `members` in order of joining."""

    id: str
    kind: ChannelKind
    name: str
    creator: str
    created: int
    members: tuple[str, ...] = ()
    topic: str = ""
    purpose: str = ""
    is_archived: bool = False
    is_general: bool = False
    bookmarks: tuple[Bookmark, ...] = ()

    @property
    def is_direct(self) -> bool:
        return self.kind in ("im", "mpim")

    def channel_json(self, viewer_id: str) -> JsonObject:
        if self.kind == "im":
            other = next((member for member in self.members if member != viewer_id), viewer_id)
            return {
                "id": self.id,
                "created": self.created,
                "is_im": True,
                "is_org_shared": False,
                "is_archived": False,
                "user": other,
                "is_user_deleted": False,
                "priority": 0,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_archived": self.is_archived,
            "is_general": self.is_general,
            "is_shared": False,
            "is_ext_shared": False,
            "is_org_shared": False,
            "is_member": viewer_id in self.members,
            "created": self.created,
            "creator": self.creator,
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": self.purpose, "creator": "", "last_set": 0},
            "previous_names": [],
        }


@dataclass(frozen=True, slots=True)
class File:
    """`content`: the bytes uploaded; `shared_in`: channels it was shared to; `complete` after completeUploadExternal."""

    id: str
    name: str
    title: str
    user_id: str
    created: int
    content: bytes = field(default=b"", repr=False)
    mimetype: str = "application/octet-stream"
    filetype: str = "binary"
    complete: bool = False
    shared_in: tuple[str, ...] = ()
    url_private: str = ""

    def file_json(self) -> JsonObject:
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "filetype": self.filetype,
            "pretty_type": self.filetype.upper(),
            "user": self.user_id,
            "size": len(self.content),
            "mode": "hosted",
            "is_external": False,
            "is_public": True,
            "channels": list(self.shared_in),
            "url_private": self.url_private,
            "url_private_download": self.url_private,
            "permalink": self.url_private,
        }


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `blocks` carry the block_ids Slack filled in. `ephemeral_to` is the only person who sees it, or empty.

    `thread_ts` is the parent's ts for a reply, and its own ts for a parent that has replies; else empty.
    """

    channel_id: str
    ts: str
    user_id: str
    text: str
    blocks: tuple[JsonObject, ...] = ()
    attachments: tuple[JsonObject, ...] = ()
    thread_ts: str = ""
    bot_id: str = ""
    username: str = ""
    icon: str = ""
    subtype: str = ""
    metadata: JsonObject | None = None
    ephemeral_to: str = ""
    edited_ts: str = ""
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (emoji name, who) in order of first use
    files: tuple[File, ...] = ()
    pinned: bool = False
    reply_users: tuple[str, ...] = ()
    reply_count: int = 0
    latest_reply: str = ""
    broadcast: bool = False
    client_msg_id: str = ""
    parent_user_id: str = ""

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    def message_json(self, app_id: str, team_id: str, *, with_metadata: bool = False) -> JsonObject:
        shown: JsonObject = {"type": "message", "ts": self.ts, "text": self.text, "team": team_id}
        if self.user_id:
            shown["user"] = self.user_id
        if self.bot_id:
            shown |= {"bot_id": self.bot_id, "app_id": app_id}
        if self.blocks:
            shown["blocks"] = list(self.blocks)
        if self.attachments:
            shown["attachments"] = list(self.attachments)
        if self.thread_ts:
            shown["thread_ts"] = self.thread_ts
        if self.is_reply:
            shown["parent_user_id"] = self.parent_user_id
        elif self.reply_count:
            shown |= {
                "reply_count": self.reply_count,
                "reply_users": list(self.reply_users),
                "reply_users_count": len(self.reply_users),
                "latest_reply": self.latest_reply,
                "is_locked": False,
                "subscribed": True,
            }
        if self.subtype:
            shown["subtype"] = self.subtype
        if self.username:
            shown["username"] = self.username
        if self.client_msg_id:
            shown["client_msg_id"] = self.client_msg_id
        if self.edited_ts:
            shown["edited"] = {"user": self.user_id, "ts": self.edited_ts}
        if self.reactions:
            shown["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)} for name, users in self.reactions
            ]
        if self.files:
            shown["files"] = [file.file_json() for file in self.files]
        if self.ephemeral_to:
            shown["is_ephemeral"] = True
        if with_metadata and self.metadata is not None:
            shown["metadata"] = self.metadata
        return shown


@dataclass(frozen=True, slots=True)
class View:
    """One opened view of one person. `body` is the view as the app sent it, with block_ids filled in. `kind` modal or home.

    `values` is what the person has filled in and not submitted yet: block_id -> action_id -> element state, in the shape of
    Slack's `view.state.values`. `errors` (block_id -> text) is what is shown under the inputs now.
    """

    id: str
    user_id: str
    kind: Literal["modal", "home"]
    body: JsonObject
    hash: str
    root_view_id: str
    previous_view_id: str = ""
    values: JsonObject = field(default_factory=dict)
    errors: JsonObject = field(default_factory=dict)
    channel_id: str = ""  # where the person was when it opened, if anywhere

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))

    @property
    def blocks(self) -> tuple[JsonObject, ...]:
        return tuple(self.body.get("blocks", ()))

    @property
    def title(self) -> str:
        return str((self.body.get("title") or {}).get("text", ""))

    def view_json(self, app_id: str, bot_id: str, team_id: str) -> JsonObject:
        body = self.body
        return {
            "id": self.id,
            "team_id": team_id,
            "type": self.kind,
            "blocks": list(self.blocks),
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": self.values},
            "hash": self.hash,
            "title": body.get("title"),
            "clear_on_close": body.get("clear_on_close", False),
            "notify_on_close": body.get("notify_on_close", False),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "previous_view_id": self.previous_view_id or None,
            "root_view_id": self.root_view_id,
            "app_id": app_id,
            "external_id": body.get("external_id", ""),
            "app_installed_team_id": team_id,
            "bot_id": bot_id,
        }


@dataclass(frozen=True, slots=True)
class Ping:
    """A text that made Slack notify people: `target` is channel, here, everyone, a user id or a user group id."""

    channel_id: str
    ts: str
    target: str
    by_user_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is different now. `addressee`: only that person sees it; empty means whoever sees the channel.

    `number` counts up by one for each change of a workspace, so a page can tell whether it missed one.
    """

    number: int
    at: datetime
    kind: ChangeKind
    channel_id: str = ""
    ts: str = ""
    actor_id: str = ""
    addressee: str = ""
    detail: str = ""
    value: object = None
    previous: object = None
