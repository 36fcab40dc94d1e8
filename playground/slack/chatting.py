"""What a human does in Slack without any app: looks, writes, edits, reacts, pins, joins, uploads. Reaches no app by itself."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from playground.slack.core import Core
from playground.slack.methods.channels import checked_name
from playground.slack.methods.files import new_file
from playground.slack.methods.items import add_reaction, remove_reaction, set_pin
from playground.slack.model import Channel, Message, User, View
from playground.slack.outcomes import Refused
from playground.slack.refusals import Refusal
from playground.slack.typed import as_sent

MessageRef = Message | tuple[str, str]


class Chatting:
    """Everything one person does on their own. A channel is given by id or name, a message as itself or (channel, ts)."""

    def __init__(self, core: Core, user_id: str) -> None:
        self._core = core
        self._workspace = core.workspace
        self.user_id = user_id

    # --- looking

    @property
    def user(self) -> User:
        return self._workspace.users[self.user_id]

    @property
    def stack(self) -> tuple[View, ...]:
        return self._workspace.stack(self.user_id)

    @property
    def view(self) -> View | None:
        """The modal on top of the stack, None when none is open."""
        return self.stack[-1] if self.stack else None

    @property
    def home(self) -> View | None:
        return self._workspace.home(self.user_id)

    def channels(self) -> tuple[Channel, ...]:
        """Those in the sidebar: joined channels and direct messages."""
        return tuple(channel for channel in self._workspace.channels.values() if self.user_id in channel.members)

    def sees(self, channel: str, *, thread_ts: str | None = None) -> tuple[Message, ...]:
        """Messages visible to this person, oldest first: the channel's own, or a thread's with its parent."""
        shown = self._workspace.sees(self._workspace.channel(channel).id, self.user_id)
        if thread_ts is not None:
            return tuple(message for message in shown if thread_ts in (message.ts, message.thread_ts))
        return tuple(message for message in shown if not message.is_reply or message.broadcast)

    # --- channels

    def _where(self, channel: str, *, write: bool = True) -> Channel:
        found = self._workspace.channel(channel)
        if self.user_id not in found.members:
            raise Refused(f"{self.user.name} is not in {found.name or found.id}")
        if write and found.is_archived:
            raise Refused(f"{found.name} is archived")
        return found

    def _message(self, ref: MessageRef) -> Message:
        channel_id, ts = (ref.channel_id, ref.ts) if isinstance(ref, Message) else ref
        channel_id = self._workspace.channel(channel_id).id
        message = self._workspace.message(channel_id, ts)
        if message is None or message not in self._workspace.sees(channel_id, self.user_id):
            raise Refused(f"{self.user.name} sees no such message")
        return message

    async def say(self, channel: str, text: str, *, thread_ts: str = "", broadcast: bool = False) -> Message:
        """Types and sends. `@name`, `#name` and `@here` become what Slack's client makes of them; `<@U…>` stays."""
        where = self._where(channel)
        if thread_ts:
            parent = self._message((where.id, thread_ts))
            thread_ts = parent.thread_ts if parent.is_reply else parent.ts
        if (
            where.kind == "im"
            and self._core.bot_user_id in where.members
            and self._core.manifest.messages_tab_read_only
        ):
            raise Refused("sending messages to this app has been turned off")
        if not text.strip():
            raise Refused("nothing was typed")
        if text.startswith("/"):
            raise Refused("that is a command; in a thread Slack does not offer it")
        return self._workspace.post(
            Message(
                channel_id=where.id,
                ts=self._workspace.new_ts(),
                user_id=self.user_id,
                text=as_sent(self._workspace, text),
                thread_ts=thread_ts,
                broadcast=broadcast,
                client_msg_id=secrets.token_hex(16),
            )
        )

    async def edit(self, message: MessageRef, text: str) -> Message:
        own = self._own(message)
        changed = replace(own, text=as_sent(self._workspace, text), edited_ts=self._workspace.new_ts())
        return self._workspace.save_message(changed, actor_id=self.user_id)

    async def delete(self, message: MessageRef) -> None:
        """One's own, and one's own copy of an ephemeral ("Only visible to you · Dismiss")."""
        found = self._message(message)
        if found.ephemeral_to != self.user_id:
            found = self._own(message)
        self._workspace.delete_message(found, actor_id=self.user_id)

    def _own(self, ref: MessageRef) -> Message:
        message = self._message(ref)
        if message.user_id != self.user_id:
            raise Refused("that is somebody else's message")
        return message

    async def react(self, message: MessageRef, emoji: str) -> None:
        self._item(message, lambda found: add_reaction(self._workspace, found, emoji.strip(":"), self.user_id))

    async def unreact(self, message: MessageRef, emoji: str) -> None:
        self._item(message, lambda found: remove_reaction(self._workspace, found, emoji.strip(":"), self.user_id))

    async def pin(self, message: MessageRef) -> None:
        self._item(message, lambda found: set_pin(self._workspace, found, self.user_id, pinned=True))

    async def unpin(self, message: MessageRef) -> None:
        self._item(message, lambda found: set_pin(self._workspace, found, self.user_id, pinned=False))

    def _item(self, ref: MessageRef, do: Callable[[Message], object]) -> None:
        message = self._message(ref)
        self._where(message.channel_id)
        if message.ephemeral_to:
            raise Refused("an ephemeral message takes neither reactions nor pins")
        try:
            do(message)
        except Refusal as refusal:
            raise Refused(refusal.error) from refusal

    async def join(self, channel: str) -> None:
        found = self._workspace.channel(channel)
        if found.kind != "public" or found.is_archived or self.user.is_restricted:
            raise Refused(f"{self.user.name} cannot join {found.name or found.id}")
        self._came_in(found, self.user_id)

    async def leave(self, channel: str) -> None:
        found = self._where(channel, write=False)
        if found.is_general:
            raise Refused("nobody leaves the general channel")
        self._workspace.leave(found.id, self.user_id)

    async def invite(self, channel: str, *people: str) -> None:
        found = self._where(channel)
        for person in people:
            self._came_in(found, self._workspace.user(person).id, inviter=self.user_id)

    def _came_in(self, channel: Channel, user_id: str, *, inviter: str = "") -> None:
        if user_id in channel.members:
            return
        self._workspace.join(channel.id, user_id, inviter=inviter)
        text = f"<@{user_id}> has joined the channel"
        self._workspace.post(Message(channel.id, self._workspace.new_ts(), user_id, text, subtype="channel_join"))

    async def create_channel(self, name: str, *, private: bool = False) -> Channel:
        if self.user.is_restricted:
            raise Refused("guests create no channels")
        try:
            checked_name(self._workspace, name)
        except Refusal as refusal:
            raise Refused(refusal.error) from refusal
        return self._workspace.add_channel(
            name, (self.user_id,), kind="private" if private else "public", creator=self.user_id
        )

    async def open_dm(self, *people: str) -> Channel:
        return self._workspace.open_direct(self.user_id, *(self._workspace.user(person).id for person in people))

    async def upload(self, channel: str, name: str, content: bytes, *, thread_ts: str = "") -> Message:
        where = self._where(channel)
        file = new_file(self._workspace, name, self.user_id, self._core.base_url)
        file = self._workspace.save_file(replace(file, content=content, complete=True, shared_in=(where.id,)))
        return self._workspace.post(
            Message(
                where.id,
                self._workspace.new_ts(),
                self.user_id,
                "",
                thread_ts=thread_ts,
                subtype="file_share",
                files=(file,),
            )
        )

    async def reload(self) -> None:
        """Reload the client: ephemerals and open modals are gone."""
        self._workspace.forget_ephemerals(self.user_id)
        self._workspace.set_stack(self.user_id, ())
