"""The workspace: who is there, what was said, what is open. Keeps state and announces every change; judges nothing.

Whether somebody may do a thing is decided by the Web API (methods/) and by what Slack's client offers people (people.py).
Times come from the Clock given, so that a test can let three seconds or thirty minutes pass.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.kit.clock import Clock, SystemClock
from playground.slack.mentions import pinged
from playground.slack.model import (
    Change,
    ChangeKind,
    Channel,
    ChannelKind,
    File,
    Message,
    Ping,
    Team,
    User,
    UserGroup,
    View,
)

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Workspace:
    """One team with one app installed. The app's bot user exists from the start as `bot`."""

    def __init__(
        self, name: str = "Acme", *, domain: str = "acme", bot_name: str = "platform", clock: Clock | None = None
    ) -> None:
        self.clock = clock or SystemClock()
        self.team = Team(id=self.new_id("T"), name=name, domain=domain)
        self.app_id = self.new_id("A")
        self.bot_id = self.new_id("B")
        self.users: dict[str, User] = {}
        self.usergroups: dict[str, UserGroup] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.pings: list[Ping] = []
        self._messages: dict[str, dict[str, Message]] = {}
        self._stacks: dict[str, tuple[View, ...]] = {}
        self._homes: dict[str, View] = {}
        self._listeners: list[Callable[[Change], None]] = []
        self._last_ts = 0
        self._changes = 0
        self.bot_user_id = self.add_user(bot_name, "Platform bot", is_bot=True).id

    # --- identity and time

    @staticmethod
    def new_id(prefix: str) -> str:
        return prefix + "0" + "".join(secrets.choice(_ALPHABET) for _ in range(9))

    def now(self) -> datetime:
        return self.clock.now()

    def new_ts(self) -> str:
        """A message's ts: seconds and microseconds, unique and rising in the whole workspace."""
        micros = max(int(self.now().timestamp() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    # --- change announcements

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` synchronously after every change, in order. Returns what stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def announce(
        self,
        kind: ChangeKind,
        *,
        channel_id: str = "",
        ts: str = "",
        actor_id: str = "",
        addressee: str = "",
        detail: str = "",
        value: object = None,
        previous: object = None,
    ) -> None:
        self._changes += 1
        change = Change(self._changes, self.now(), kind, channel_id, ts, actor_id, addressee, detail, value, previous)
        for listener in tuple(self._listeners):
            listener(change)

    @property
    def change_number(self) -> int:
        """The number of the last change."""
        return self._changes

    # --- people

    def add_user(
        self,
        name: str,
        real_name: str = "",
        *,
        tz: str = "Etc/UTC",
        title: str = "",
        email: str = "",
        user_id: str = "",
        is_bot: bool = False,
        is_admin: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        is_stranger: bool = False,
        team_id: str = "",
        locale: str = "en-US",
    ) -> User:
        """`team_id`: another workspace's, for somebody who is here through a shared channel (`is_stranger` likewise)."""
        offset = self.now().astimezone(ZoneInfo(tz)).utcoffset()
        user = User(
            id=user_id or self.new_id("U"),
            team_id=team_id or self.team.id,
            name=name,
            real_name=real_name or name.title(),
            email="" if is_bot else email or f"{name}@{self.team.domain}.example",
            tz=tz,
            tz_offset=int(offset.total_seconds()) if offset else 0,
            title=title,
            is_bot=is_bot,
            is_admin=is_admin,
            is_restricted=is_restricted or is_ultra_restricted,
            is_ultra_restricted=is_ultra_restricted,
            is_stranger=is_stranger,
            bot_id=self.bot_id if is_bot else "",
            locale=locale,
        )
        self.save_user(user)
        return user

    def save_user(self, user: User) -> None:
        previous = self.users.get(user.id)
        self.users[user.id] = user
        self.announce("user_changed", value=user, previous=previous)

    def user(self, id_or_name: str) -> User:
        """Raises KeyError when nobody is called that."""
        if id_or_name in self.users:
            return self.users[id_or_name]
        wanted = id_or_name.removeprefix("@")
        for user in self.users.values():
            if user.name == wanted:
                return user
        raise KeyError(id_or_name)

    def add_usergroup(self, handle: str, name: str = "", *, members: Iterable[str] = ()) -> UserGroup:
        """`members` are user ids or names."""
        group = UserGroup(
            id=self.new_id("S"),
            team_id=self.team.id,
            handle=handle,
            name=name or handle,
            users=tuple(self.user(member).id for member in members),
        )
        self.save_usergroup(group)
        return group

    def save_usergroup(self, group: UserGroup) -> UserGroup:
        previous = self.usergroups.get(group.id)
        self.usergroups[group.id] = group
        self.announce("usergroup_changed", value=group, previous=previous)
        return group

    # --- channels

    def add_channel(
        self,
        name: str,
        members: Iterable[str] = (),
        *,
        kind: ChannelKind = "public",
        creator: str = "",
        topic: str = "",
        is_general: bool = False,
        channel_id: str = "",
    ) -> Channel:
        """`members` and `creator` are user ids or names; nobody is told of their joining (it was so from the start)."""
        ids = tuple(self.user(member).id for member in members)
        channel = Channel(
            id=channel_id or self.new_id({"im": "D", "mpim": "G"}.get(kind, "C")),
            kind=kind,
            name=name.removeprefix("#"),
            creator=self.user(creator).id if creator else (ids[0] if ids else self.bot_user_id),
            created=int(self.now().timestamp()),
            members=ids,
            topic=topic,
            is_general=is_general,
        )
        self.channels[channel.id] = channel
        self._messages[channel.id] = {}
        self.announce("channel_created", channel_id=channel.id, actor_id=channel.creator, value=channel)
        return channel

    def channel(self, id_or_name: str) -> Channel:
        """By id, `name` or `#name`. Raises KeyError when there is none."""
        if id_or_name in self.channels:
            return self.channels[id_or_name]
        wanted = id_or_name.removeprefix("#")
        for channel in self.channels.values():
            if channel.name and channel.name == wanted:
                return channel
        raise KeyError(id_or_name)

    def direct_channel(self, *user_ids: str) -> Channel | None:
        """The conversation of exactly these people, if it was opened already."""
        wanted = set(user_ids)
        for channel in self.channels.values():
            if channel.is_direct and set(channel.members) == wanted:
                return channel
        return None

    def open_direct(self, *user_ids: str) -> Channel:
        found = self.direct_channel(*user_ids)
        return found or self.add_channel("", user_ids, kind="im" if len(set(user_ids)) <= 2 else "mpim")

    def save_channel(self, channel: Channel, *, actor_id: str = "", detail: str = "") -> Channel:
        """`detail` says what changed: rename, topic, purpose, archive, unarchive, bookmarks."""
        previous = self.channels[channel.id]
        self.channels[channel.id] = channel
        self.announce(
            "channel_changed", channel_id=channel.id, actor_id=actor_id, detail=detail, value=channel, previous=previous
        )
        return channel

    def join(self, channel_id: str, user_id: str, *, inviter: str = "") -> None:
        channel = self.channels[channel_id]
        if user_id in channel.members:
            return
        self.channels[channel_id] = replace(channel, members=(*channel.members, user_id))
        self.announce(
            "member_joined", channel_id=channel_id, actor_id=user_id, detail=inviter, value=self.channels[channel_id]
        )

    def leave(self, channel_id: str, user_id: str, *, actor_id: str = "") -> None:
        channel = self.channels[channel_id]
        left = replace(channel, members=tuple(member for member in channel.members if member != user_id))
        self.channels[channel_id] = left
        self.announce("member_left", channel_id=channel_id, actor_id=user_id, detail=actor_id, value=left)

    # --- messages

    def post(self, message: Message) -> Message:
        """Adds a message (its `ts` from `new_ts`), counts it in its thread's parent and notes whom it pings."""
        shelf = self._messages[message.channel_id]
        answered = shelf.get(message.thread_ts) if message.is_reply else None
        if answered is not None:
            message = replace(message, parent_user_id=answered.user_id)
        shelf[message.ts] = message
        if not message.ephemeral_to and message.subtype != "channel_join":
            for target in pinged(message.text, message.blocks, message.attachments):
                self.pings.append(Ping(message.channel_id, message.ts, target, message.user_id))
        self.announce(
            "message_posted",
            channel_id=message.channel_id,
            ts=message.ts,
            actor_id=message.user_id,
            addressee=message.ephemeral_to,
            value=message,
        )
        parent = shelf.get(message.thread_ts) if message.is_reply and not message.ephemeral_to else None
        if parent is not None:
            users = parent.reply_users
            self.save_message(
                replace(
                    parent,
                    thread_ts=parent.ts,
                    reply_count=parent.reply_count + 1,
                    reply_users=users if message.user_id in users else (*users, message.user_id),
                    latest_reply=message.ts,
                ),
                detail="replies",
            )
        return message

    def save_message(self, message: Message, *, actor_id: str = "", detail: str = "edited") -> Message:
        """`detail` says what changed: edited, reactions, pin, replies, files."""
        shelf = self._messages[message.channel_id]
        previous = shelf[message.ts]
        shelf[message.ts] = message
        if detail == "edited" and not message.ephemeral_to:
            before = set(pinged(previous.text, previous.blocks, previous.attachments))
            for target in pinged(message.text, message.blocks, message.attachments):
                if target not in before:
                    self.pings.append(Ping(message.channel_id, message.ts, target, message.user_id))
        self.announce(
            "message_changed",
            channel_id=message.channel_id,
            ts=message.ts,
            actor_id=actor_id,
            addressee=message.ephemeral_to,
            detail=detail,
            value=message,
            previous=previous,
        )
        return message

    def delete_message(self, message: Message, *, actor_id: str = "") -> None:
        """Gone for good; a parent with replies leaves a tombstone, which is no message any more but holds the thread."""
        shelf = self._messages[message.channel_id]
        if message.reply_count:
            shelf[message.ts] = replace(
                message,
                user_id="USLACKBOT",
                bot_id="",
                text="This message was deleted.",
                blocks=(),
                attachments=(),
                files=(),
                reactions=(),
                metadata=None,
                pinned=False,
                subtype="tombstone",
            )
        else:
            del shelf[message.ts]
        parent = shelf.get(message.thread_ts) if message.is_reply and not message.ephemeral_to else None
        if parent is not None:
            replies = [reply for reply in self.thread(parent.channel_id, parent.ts) if reply.is_reply]
            changed = replace(
                parent,
                reply_count=len(replies),
                thread_ts=parent.ts if replies else "",
                reply_users=tuple(dict.fromkeys(reply.user_id for reply in replies)),
                latest_reply=replies[-1].ts if replies else "",
            )
            self.save_message(changed, detail="replies")
        self.announce(
            "message_deleted",
            channel_id=message.channel_id,
            ts=message.ts,
            actor_id=actor_id,
            addressee=message.ephemeral_to,
            previous=message,
        )

    def message(self, channel_id: str, ts: str) -> Message | None:
        return self._messages.get(channel_id, {}).get(ts)

    def messages(self, channel_id: str) -> tuple[Message, ...]:
        """Everything in the channel, oldest first: replies and ephemeral messages too."""
        return tuple(self._messages[channel_id].values())

    def thread(self, channel_id: str, ts: str) -> tuple[Message, ...]:
        """The parent and its replies, oldest first; ephemeral ones are left out."""
        return tuple(
            message
            for message in self._messages[channel_id].values()
            if not message.ephemeral_to and (message.ts == ts or message.thread_ts == ts)
        )

    def sees(self, channel_id: str, user_id: str) -> tuple[Message, ...]:
        """What this person sees there, oldest first: nothing of private places they are not in, no other's ephemerals."""
        channel = self.channels[channel_id]
        if channel.kind != "public" and user_id not in channel.members:
            return ()
        return tuple(
            message for message in self._messages[channel_id].values() if message.ephemeral_to in ("", user_id)
        )

    def forget_ephemerals(self, user_id: str) -> None:
        """What a reload of the client does: ephemeral messages are gone."""
        for shelf in self._messages.values():
            for message in [message for message in shelf.values() if message.ephemeral_to == user_id]:
                self.delete_message(message, actor_id=user_id)

    # --- files

    def save_file(self, file: File) -> File:
        self.files[file.id] = file
        if file.complete:
            self.announce("file_shared", actor_id=file.user_id, value=file)
        return file

    # --- views

    def stack(self, user_id: str) -> tuple[View, ...]:
        """The person's open modal, bottom (root) first; empty when none is open."""
        return self._stacks.get(user_id, ())

    def set_stack(self, user_id: str, stack: tuple[View, ...]) -> None:
        self._stacks[user_id] = stack
        self.announce("views_changed", addressee=user_id, value=stack[-1] if stack else None)

    def home(self, user_id: str) -> View | None:
        return self._homes.get(user_id)

    def set_home(self, view: View) -> None:
        self._homes[view.user_id] = view
        self.announce("home_changed", addressee=view.user_id, value=view)

    def view(self, view_id: str) -> View | None:
        for view in self.views():
            if view.id == view_id:
                return view
        return None

    def views(self) -> tuple[View, ...]:
        return (*(view for stack in self._stacks.values() for view in stack), *self._homes.values())

    def save_view(self, view: View) -> None:
        """Replaces an open view by its newer self; one that was closed meanwhile stays closed."""
        if view.kind == "home":
            self.set_home(view)
            return
        stack = self._stacks.get(view.user_id, ())
        if any(open_view.id == view.id for open_view in stack):
            self.set_stack(view.user_id, tuple(view if open_view.id == view.id else open_view for open_view in stack))

    def new_hash(self) -> str:
        return f"{int(self.now().timestamp())}.{secrets.token_hex(4)}"
