"""From what a person did to what the app answered: hands out a trigger, delivers, applies the acknowledgement."""

from dataclasses import replace
from typing import Any

from playground.slack import forms, modals, payloads
from playground.slack.block_kit import check_options
from playground.slack.core import Core, ResponseUrl
from playground.slack.courier import Acknowledgement, Delivery, Dispatcher
from playground.slack.model import Channel, JsonObject, Message, User, View
from playground.slack.outcomes import ModalOutcome, Outcome
from playground.slack.refusals import Refusal
from playground.slack.replies import reply


class Interactions:
    def __init__(self, core: Core, dispatcher: Dispatcher) -> None:
        self._core = core
        self._dispatcher = dispatcher

    # --- commands and shortcuts

    async def slash(self, user: User, channel: Channel, command: str, text: str) -> Outcome:
        trigger_id = self._core.issue_trigger(user.id, channel_id=channel.id)
        response_url = self._core.issue_response_url(user.id, channel.id)
        payload = payloads.slash_command(self._core, user, channel, command, text, trigger_id, response_url)
        answer = await self._dispatcher.deliver(Delivery("slash_commands", payload, accepts_response=True))
        if not answer.ok:
            return self._failed(user, channel, command, answer)
        if answer.body is None:
            return self._outcome(user, answer)
        body: Any = answer.body if isinstance(answer.body, dict) else {"text": str(answer.body)}
        if not body:
            return self._outcome(user, answer)
        try:
            message = reply(self._core, ResponseUrl(channel.id, user.id, self._core.workspace.now()), body)
        except Refusal as refusal:
            return self._outcome(user, answer, error="invalid_command_response", text=refusal.error)
        return self._outcome(user, answer, message=message, response_type=body.get("response_type", "ephemeral"))

    async def shortcut(self, user: User, callback_id: str) -> Outcome:
        payload = payloads.shortcut(self._core, user, callback_id, self._core.issue_trigger(user.id))
        return self._plain(user, await self._dispatcher.deliver(Delivery("interactive", payload)))

    async def message_shortcut(self, user: User, channel: Channel, message: Message, callback_id: str) -> Outcome:
        payload = payloads.message_shortcut(
            self._core,
            user,
            channel,
            message,
            callback_id,
            self._core.issue_trigger(user.id, channel_id=channel.id),
            self._core.issue_response_url(user.id, channel.id),
        )
        return self._plain(user, await self._dispatcher.deliver(Delivery("interactive", payload)))

    # --- blocks

    async def act_on_message(
        self, user: User, channel: Channel, message: Message, action: JsonObject, values: JsonObject
    ) -> Outcome:
        response_url = self._core.issue_response_url(user.id, channel.id, message_ts=message.ts)
        trigger_id = self._core.issue_trigger(user.id, channel_id=channel.id)
        payload = payloads.block_actions_on_message(
            self._core, user, channel, message, action, values, trigger_id, response_url
        )
        return self._plain(user, await self._dispatcher.deliver(Delivery("interactive", payload)))

    async def act_in_view(self, user: User, view: View, action: JsonObject) -> Outcome:
        trigger_id = self._core.issue_trigger(user.id, view_id=view.id if view.kind == "modal" else "")
        payload = payloads.block_actions_in_view(self._core, user, view, action, trigger_id)
        return self._plain(user, await self._dispatcher.deliver(Delivery("interactive", payload)))

    async def suggest(
        self, user: User, place: Message | View, channel: Channel | None, block_id: str, action_id: str, typed: str
    ) -> tuple[JsonObject, ...]:
        """Options for what was typed; none when the app fails, answers late or answers what Slack would not show."""
        payload = payloads.block_suggestion(self._core, user, place, channel, block_id, action_id, typed)
        answer = await self._dispatcher.deliver(Delivery("interactive", payload, accepts_response=True))
        if not answer.ok or check_options(answer.body):
            return ()
        if "options" in answer.body:
            return tuple(answer.body["options"])
        return tuple(option for group in answer.body["option_groups"] for option in group["options"])

    # --- modals

    async def submit(self, user: User, view: View) -> ModalOutcome:
        trigger_id = self._core.issue_trigger(user.id, view_id=view.id)
        payload = payloads.view_submission(self._core, user, view, trigger_id, self._response_urls(user, view))
        answer = await self._dispatcher.deliver(Delivery("interactive", payload, accepts_response=True))
        if not answer.ok:
            error = "operation_timeout" if answer.status == "timeout" else "dispatch_failed"
            return self._modal("failed", user, answer, error=error)
        try:
            return self._apply(user, view, answer)
        except (Refusal, ValueError):
            # The person reads "We had some trouble connecting. Try again?", and the view stays.
            return self._modal("failed", user, answer, error="invalid_response")

    def _response_urls(self, user: User, view: View) -> list[JsonObject]:
        """One for each select that asked for it, to speak where the person chose."""
        urls: list[JsonObject] = []
        for block, element in forms.stateful(view.blocks):
            state = view.values[block["block_id"]][element["action_id"]]
            channel_id = state.get("selected_conversation") or state.get("selected_channel")
            if element.get("response_url_enabled") and channel_id:
                url = self._core.issue_response_url(user.id, channel_id)
                ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
                urls.append({**ids, "channel_id": channel_id, "response_url": url})
        return urls

    def _apply(self, user: User, view: View, answer: Acknowledgement) -> ModalOutcome:
        body = answer.body
        if not body:
            self._close_if_open(user, view)
            return self._modal("closed", user, answer)
        if not isinstance(body, dict):
            raise ValueError("a submission is answered with nothing or with JSON")
        match body.get("response_action"):
            case None | "close":
                raise ValueError("response_action is missing or unknown")
            case "clear":
                self._core.workspace.set_stack(user.id, ())
                return self._modal("cleared", user, answer)
            case "errors":
                return self._show_errors(user, view, answer, body.get("errors"))
            case "update":
                modals.update_modal(self._core, view, body.get("view"))
                return self._modal("updated", user, answer)
            case "push":
                modals.push_modal(self._core, user.id, body.get("view"))
                return self._modal("pushed", user, answer)
            case other:
                raise ValueError(f"unknown response_action {other}")

    def _show_errors(self, user: User, view: View, answer: Acknowledgement, errors: Any) -> ModalOutcome:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or set(errors) - inputs:
            raise ValueError("errors must be keyed by the block_ids of input blocks")
        if not all(isinstance(text, str) and text for text in errors.values()):
            raise ValueError("errors must be texts")
        current = self._core.workspace.view(view.id)
        if current is not None:
            self._core.workspace.save_view(replace(current, errors=dict(errors)))
        return self._modal("errors", user, answer, errors=dict(errors))

    def _close_if_open(self, user: User, view: View) -> None:
        stack = self._core.workspace.stack(user.id)
        if stack and stack[-1].id == view.id:
            modals.close_top(self._core, user.id)

    async def closed(self, user: User, view: View, *, is_cleared: bool) -> Acknowledgement:
        payload = payloads.view_closed(self._core, user, view, is_cleared=is_cleared)
        return await self._dispatcher.deliver(Delivery("interactive", payload))

    # --- outcomes

    def _top(self, user: User) -> View | None:
        stack = self._core.workspace.stack(user.id)
        return stack[-1] if stack else None

    def _outcome(
        self,
        user: User,
        answer: Acknowledgement,
        *,
        error: str = "",
        text: str = "",
        message: Message | None = None,
        response_type: str = "",
    ) -> Outcome:
        return Outcome(
            ok=not error,
            error=error,
            text=message.text if message else text,
            blocks=message.blocks if message else (),
            response_type=response_type,
            message=message,
            view=self._top(user),
            seconds=answer.seconds,
        )

    def _plain(self, user: User, answer: Acknowledgement) -> Outcome:
        if answer.ok:
            return self._outcome(user, answer)
        error = "operation_timeout" if answer.status == "timeout" else "dispatch_failed"
        return self._outcome(user, answer, error=error)

    def _failed(self, user: User, channel: Channel, command: str, answer: Acknowledgement) -> Outcome:
        """Slackbot tells the person, and nobody else."""
        error = "operation_timeout" if answer.status == "timeout" else "dispatch_failed"
        workspace = self._core.workspace
        message = workspace.post(
            Message(
                channel_id=channel.id,
                ts=workspace.new_ts(),
                user_id="USLACKBOT",
                text=f"{command} failed with the error “{error}”",
                ephemeral_to=user.id,
            )
        )
        return self._outcome(user, answer, error=error, message=message)

    def _modal(
        self,
        action: str,
        user: User,
        answer: Acknowledgement,
        *,
        errors: dict[str, str] | None = None,
        error: str = "",
    ) -> ModalOutcome:
        return ModalOutcome(action, errors or {}, error, self._top(user), answer.seconds)
