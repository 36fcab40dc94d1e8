"""What a human does with an app: commands, buttons, forms, App Home. Refuses what Slack's client would not let them do.

What they do without any app (look, write, react) is chatting.py, and theirs too.

All ids may be given as id or name; a message as `Message` or `(channel, ts)`; a view as `View` or its id. Every method that
reaches the app waits for its acknowledgement, at most 3 s, and says in an Outcome what the person sees. What the app does
after its acknowledgement arrives later: `await double.wait_for(...)`.
"""

from dataclasses import replace
from typing import Any

from playground.slack import forms, modals, payloads
from playground.slack.block_kit import elements_of
from playground.slack.chatting import Chatting, MessageRef
from playground.slack.core import Core
from playground.slack.interactions import Interactions
from playground.slack.methods.files import new_file
from playground.slack.model import Channel, JsonObject, Message, View
from playground.slack.outcomes import ModalOutcome, Outcome, Refused
from playground.slack.typed import as_sent

Place = Message | View | tuple[str, str] | str


class Person(Chatting):
    def __init__(self, core: Core, interactions: Interactions, user_id: str) -> None:
        super().__init__(core, user_id)
        self._interactions = interactions

    # --- commands and shortcuts

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

    async def slash(self, channel: str, command: str, text: str = "") -> Outcome:
        """Slash commands are typed in channels and direct messages, never in threads."""
        where = self._where(channel)
        known = self._core.manifest.command(command)
        if known is None:
            raise Refused(f"{command} is not a valid command")
        sent = as_sent(self._workspace, text) if known.should_escape else text
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
        for view in (self.view, self.home):
            if view is not None and view.id == view_id:
                return view
        raise Refused("that view is not on top of what this person has open")

    async def press(self, place: Place, label: str, *, confirm: bool | None = None) -> Outcome:
        """Like `click`, for the button with this label. Raises Refused when there is none."""
        for block in self._place(place).blocks:
            for element in [*block.get("elements", []), block.get("accessory") or {}]:
                if element.get("type") == "button" and element["text"]["text"] == label:
                    return await self.click(place, element["action_id"], confirm=confirm)
        raise Refused(f"there is no button “{label}”")

    async def click(
        self, place: Place, action_id: str, value: Any = None, *, block_id: str = "", confirm: bool | None = None
    ) -> Outcome:
        """Press a button, or choose `value` in a select, picker, checkbox group or overflow that acts at once.

        `confirm`: what the person says to the confirm dialog: True, False (nothing is sent; Outcome.error "not_confirmed"),
        None when there must be none: Refused tells that the dialog is there. `value` as in forms.py.
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

    async def fill(self, view: View | str, values: dict[str, Any], *, dispatch: bool = True) -> View:
        """Fill in inputs by block_id, action_id or label; answers the view with its new `values`. Types: see forms.py.

        An input with dispatch_action tells the app at once, as Slack's client does; without `dispatch` not yet, like a text
        in which nobody has pressed Enter.
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
            if dispatch and block["type"] == "input" and block.get("dispatch_action"):
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
