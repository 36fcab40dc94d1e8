"""What a human does in Slack: types, clicks, fills in, submits, looks. Refuses what Slack's client would not let them do.

All ids may be given as id or name; a message as `Message` or `(channel, ts)`; a view as `View` or its id. Every method that
reaches the app waits for its acknowledgement, at most 3 s, and says in an Outcome what the person sees. What the app does
after its acknowledgement arrives later: `await double.wait_for(...)`.
"""

import re
import secrets
from dataclasses import replace
from typing import Any

from playground.slack import forms, modals, payloads
from playground.slack.block_kit import elements_of
from playground.slack.core import Core
from playground.slack.interactions import Interactions
from playground.slack.methods.files import new_file
from playground.slack.methods.items import add_reaction, remove_reaction, set_pin
from playground.slack.model import Channel, JsonObject, Message, User, View
from playground.slack.outcomes import ModalOutcome, Outcome, Refused
from playground.slack.refusals import Refusal

Place = Message | View | tuple[str, str] | str
MessageRef = Message | tuple[str, str]


class Person:
    def __init__(self, core: Core, interactions: Interactions, user_id: str) -> None:
        self._core = core
        self._workspace = core.workspace
        self._interactions = interactions
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

    def commands(self) -> tuple[JsonObject, ...]:
        """Slash commands for completion: {"command", "description", "usage_hint"}."""
        return tuple(
            {"command": one.command, "description": one.description, "usage_hint": one.usage_hint}
            for one in self._core.manifest.commands
        )

    def shortcuts(self, kind: str = "global") -> tuple[JsonObject, ...]:
        """`kind` global or message: {"callback_id", "name"}."""
        return tuple(
            {"callback_id": one.callback_id, "name": one.name}
            for one in self._core.manifest.shortcuts
            if one.kind == kind
        )

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
                text=self._as_sent(text),
                thread_ts=thread_ts,
                broadcast=broadcast,
                client_msg_id=secrets.token_hex(16),
            )
        )

    async def edit(self, message: MessageRef, text: str) -> Message:
        own = self._own(message)
        changed = replace(own, text=self._as_sent(text), edited_ts=self._workspace.new_ts())
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

    def _item(self, ref: MessageRef, do: Any) -> None:
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

    # --- commands and shortcuts

    async def slash(self, channel: str, command: str, text: str = "") -> Outcome:
        """Slash commands are typed in channels and direct messages, never in threads."""
        where = self._where(channel)
        known = self._core.manifest.command(command)
        if known is None:
            raise Refused(f"{command} is not a valid command")
        sent = self._as_sent(text) if known.should_escape else text
        return await self._interactions.slash(self.user, where, command, sent.strip())

    async def shortcut(self, callback_id: str) -> Outcome:
        if self._core.manifest.shortcut(callback_id, "global") is None:
            raise Refused(f"there is no shortcut {callback_id}")
        return await self._interactions.shortcut(self.user, callback_id)

    async def message_shortcut(self, callback_id: str, message: MessageRef) -> Outcome:
        if self._core.manifest.shortcut(callback_id, "message") is None:
            raise Refused(f"there is no message shortcut {callback_id}")
        found = self._message(message)
        if found.ephemeral_to:
            raise Refused("an ephemeral message offers no shortcuts")
        channel = self._workspace.channels[found.channel_id]
        return await self._interactions.message_shortcut(self.user, channel, found, callback_id)

    # --- App Home

    async def open_home(self) -> View | None:
        """Opens the Home tab: the app hears of it, and its view (as of now) is shown."""
        if not self._core.manifest.home_tab:
            raise Refused("this app has no Home tab")
        return self._opened("home")

    async def open_messages_tab(self) -> Channel:
        if not self._core.manifest.messages_tab:
            raise Refused("this app has no Messages tab")
        self._opened("messages")
        return self._workspace.open_direct(self._core.bot_user_id, self.user_id)

    def _opened(self, tab: str) -> View | None:
        channel = self._workspace.open_direct(self._core.bot_user_id, self.user_id)
        self._workspace.announce("home_opened", channel_id=channel.id, actor_id=self.user_id, detail=tab)
        return self.home

    # --- blocks

    def _place(self, place: Place) -> Message | View:
        if isinstance(place, (tuple, Message)):
            return self._message(place)
        view_id = place.id if isinstance(place, View) else place
        home = self.home
        for view in (*self.stack[-1:], *((home,) if home else ())):
            if view.id == view_id:
                return view
        raise Refused("that view is not on top of what this person has open")

    async def click(
        self, place: Place, action_id: str, value: Any = None, *, block_id: str = "", confirm: bool | None = None
    ) -> Outcome:
        """Press a button, or choose `value` in a select, picker, checkbox group or overflow that acts at once.

        `confirm`: what the person says to the confirm dialog: True, False (nothing is sent; Outcome.error "not_confirmed"), None
        when there must be none: Refused tells that the dialog is there. `value` as in forms.py.
        """
        found = self._place(place)
        block, element = _element(found.blocks, action_id, block_id)
        if not self._core.manifest.interactivity:
            raise Refused("this app is not configured to handle interactive responses")
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise Refused(f"{action_id} is an input: fill it in")
        if isinstance(found, Message) and not found.bot_id:
            raise Refused("only an app's message has elements to use")
        state = await self._chosen(found, block, element, value)
        dialog = element.get("confirm")
        if dialog is not None and confirm is None:
            raise Refused(f"a dialog asks to confirm: {dialog['title']['text']}")
        if dialog is None and confirm is not None:
            raise Refused("nothing asks to confirm")
        if confirm is False:
            return Outcome(ok=False, error="not_confirmed", view=self.view)
        action = payloads.action(block["block_id"], element, state)
        if isinstance(found, View):
            found = self._keep(found, block, element, state)
            return await self._interactions.act_in_view(self.user, found, action)
        values = self._message_values(found, block, element, state)
        channel = self._workspace.channels[found.channel_id]
        return await self._interactions.act_on_message(self.user, channel, found, action, values)

    async def _chosen(self, place: Message | View, block: JsonObject, element: JsonObject, value: Any) -> JsonObject:
        """The element's state after the choice; what an external select offers is asked of the app."""
        try:
            if element["type"] == "button":
                return {}
            if element["type"] == "overflow":
                return {"selected_option": forms.option_of(element, value)}
            if element["type"] in forms.EXTERNAL and value is not None:
                value = await self._external(place, block, element, value)
            if element["type"] == "file_input" and value is not None:
                value = [self._uploaded(item) for item in value]
            return forms.entered(element, value)
        except forms.Unfit as unfit:
            raise Refused(str(unfit)) from unfit

    async def _external(self, place: Message | View, block: JsonObject, element: JsonObject, value: Any) -> Any:
        if element["type"] == "multi_external_select":
            return [await self._offered(place, block, element, item) for item in value]
        return await self._offered(place, block, element, value)

    async def _offered(self, place: Message | View, block: JsonObject, element: JsonObject, value: Any) -> JsonObject:
        if isinstance(value, dict):
            return value
        options = await self.options(place, element["action_id"], str(value), block_id=block["block_id"])
        try:
            return forms.option_of({"options": options}, value)
        except forms.Unfit:
            raise Refused(
                f"nothing offered for {value!r} matches; offered: {[one['value'] for one in options]}"
            ) from None

    async def options(self, place: Place, action_id: str, typed: str, *, block_id: str = "") -> tuple[JsonObject, ...]:
        """What an external select offers while typing: options, those of groups flattened."""
        found = self._place(place)
        block, element = _element(found.blocks, action_id, block_id)
        if element["type"] not in forms.EXTERNAL:
            raise Refused(f"{action_id} does not ask the app for options")
        if not self._core.manifest.options_url:
            raise Refused("the manifest names no options load URL")
        if len(typed) < element.get("min_query_length", 3):
            return ()
        channel = self._workspace.channels[found.channel_id] if isinstance(found, Message) else None
        return await self._interactions.suggest(
            self.user, found, channel, block["block_id"], element["action_id"], typed
        )

    def _uploaded(self, item: Any) -> JsonObject:
        """A (name, bytes) pair becomes a file of the workspace; Slack's file objects pass."""
        if isinstance(item, dict):
            return item
        name, content = item
        file = new_file(self._workspace, name, self.user_id, self._core.base_url)
        return self._workspace.save_file(replace(file, content=content, complete=True)).file_json()

    def _keep(self, view: View, block: JsonObject, element: JsonObject, state: JsonObject) -> View:
        """What a stateful element holds now is part of the view's state."""
        if "type" not in state:
            return view
        values = {
            **view.values,
            block["block_id"]: {**view.values.get(block["block_id"], {}), element["action_id"]: state},
        }
        changed = replace(view, values=values)
        self._workspace.save_view(changed)
        return changed

    def _message_values(
        self, message: Message, block: JsonObject, element: JsonObject, state: JsonObject
    ) -> JsonObject:
        key = (self.user_id, message.channel_id, message.ts)
        values = forms.values_for(message.blocks, self._core.message_states.get(key, {}))
        if "type" in state:
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
        self._core.message_states[key] = values
        return values

    # --- modals

    async def fill(self, view: View | str, values: dict[str, Any]) -> View:
        """Fill in inputs by block_id, action_id or label; answers the view with its new `values`. Types: see forms.py.

        An input with dispatch_action tells the app at once, as Slack's client does.
        """
        view_id = view.id if isinstance(view, View) else view
        for wanted, value in values.items():
            current = self._place(view_id)
            assert isinstance(current, View)
            try:
                block, element = forms.find_input(current.blocks, wanted)
            except forms.Unfit as unfit:
                raise Refused(str(unfit)) from unfit
            state = await self._chosen(current, block, element, value)
            current = self._keep(
                replace(current, errors=_without(current.errors, block["block_id"])), block, element, state
            )
            if block["type"] == "input" and block.get("dispatch_action"):
                action = payloads.action(block["block_id"], element, state)
                await self._interactions.act_in_view(self.user, current, action)
        filled = self._place(view_id)
        assert isinstance(filled, View)
        return filled

    async def submit(self, view: View | str, values: dict[str, Any] | None = None) -> ModalOutcome:
        """Fills in `values`, then presses the submit button. The client's own checks come first: action "refused"."""
        view = await self.fill(view, values or {})
        if view.kind != "modal" or "submit" not in view.body:
            raise Refused("this view has no submit button")
        errors = forms.client_errors(view.blocks, view.values)
        view = replace(view, errors=errors)
        self._workspace.save_view(view)
        if errors:
            return ModalOutcome("refused", errors, view=self.view)
        return await self._interactions.submit(self.user, view)

    async def close(self, view: View | str, *, all_views: bool = False) -> ModalOutcome:
        """Presses close or the cross; `all_views`: closes the whole stack. The app hears of it only with notify_on_close."""
        found = self._place(view)
        if not isinstance(found, View) or found.kind != "modal":
            raise Refused("only modals are closed")
        gone: tuple[View, ...] = (found,)
        if all_views or found.body.get("clear_on_close"):
            gone = self.stack[::-1]
            self._workspace.set_stack(self.user_id, ())
        else:
            modals.close_top(self._core, self.user_id)
        for closed in gone:
            if closed.body.get("notify_on_close"):
                await self._interactions.closed(self.user, closed, is_cleared=len(gone) > 1)
        return ModalOutcome("cleared" if len(gone) > 1 else "closed", {}, view=self.view)

    # --- typing

    def _as_sent(self, text: str) -> str:
        """What the client makes of typed text: mentions become tokens, everything else is escaped."""
        parts = re.split(r"(<[@#!][^>]*>)", text)
        return "".join(part if index % 2 else self._escaped(part) for index, part in enumerate(parts))

    def _escaped(self, text: str) -> str:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return re.sub(r"(?<!\S)([@#])([\w.-]*\w)", self._token, text)

    def _token(self, match: re.Match[str]) -> str:
        sign, name = match.groups()
        if sign == "@" and name in ("here", "channel", "everyone"):
            return f"<!{name}>"
        try:
            if sign == "#":
                return f"<#{self._workspace.channel(name).id}|{name}>"
            return f"<@{self._workspace.user(name).id}>"
        except KeyError:
            group = next((one for one in self._workspace.usergroups.values() if one.handle == name), None)
            return f"<!subteam^{group.id}|@{name}>" if group and sign == "@" else match.group()


def _element(blocks: tuple[JsonObject, ...], action_id: str, block_id: str) -> tuple[JsonObject, JsonObject]:
    found = [
        (block, element)
        for block in blocks
        for _, element in elements_of(block)
        if element.get("action_id") == action_id and block_id in ("", block["block_id"])
    ]
    if not found:
        there = [element.get("action_id") for block in blocks for _, element in elements_of(block)]
        raise Refused(f"there is no element {action_id!r} here; there are {there}")
    if len(found) > 1:
        raise Refused(f"{action_id!r} stands in several blocks: say which by block_id")
    return found[0]


def _without(errors: JsonObject, block_id: str) -> JsonObject:
    return {key: text for key, text in errors.items() if key != block_id}
