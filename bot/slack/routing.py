"""Deliveries from Slack -> help, a form, or a call for the desk; and the acknowledgement that says so. Runs no command.

Everything here is done before the acknowledgement, within the three seconds that Slack waits and a trigger lives. Events, which
nobody waits for, are in events.py.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from bot.calls.desk import Desk
from bot.calls.explain import explain
from bot.calls.rate import Rates
from bot.calls.record import Request
from bot.kit.blocks import pressed
from bot.kit.call import Place, Surface
from bot.kit.declare import MessageText, Shortcut
from bot.kit.errors import Busy, FieldErrors, Refused, TooMany, Unavailable, UserError
from bot.kit.ids import new_ref
from bot.kit.replies import Reply
from bot.metrics import Metrics
from bot.slack.aside import Aside
from bot.slack.dialogs import Dialogs, Trigger
from bot.slack.forms import Origin, Submitted, field_errors, submitted, working_view
from bot.slack.help import help_reply
from bot.slack.lookups import Lookups
from bot.slack.parsing import Groups, HelpWanted, parse, with_example
from integrations.slack import SlackClient, SlackError

log = structlog.stdlib.get_logger(__name__)

Body = Mapping[str, Any]
Ack = Mapping[str, Any]
"""What goes back to Slack with the acknowledgement; empty for nothing."""

_NOTHING: Ack = {}


class Router:
    """One method per kind of delivery. None of them raises, but for Busy when there is not even room to say so: what goes wrong
    is told to the person who caused it."""

    def __init__(
        self,
        desk: Desk,
        dialogs: Dialogs,
        lookups: Lookups,
        groups: Groups,
        client: SlackClient,
        metrics: Metrics,
        slash: str,
        rates: Rates | None = None,
    ) -> None:
        """`rates` bound how many questions one person may ask; None: nothing does."""
        self._desk = desk
        self._questions = (rates or Rates.unlimited()).questions
        self._dialogs = dialogs
        self._lookups = lookups
        self._groups = groups
        self._commands = {command.name: command for group in groups.values() for command in group.commands.values()}
        self._shortcuts = {each.callback_id: each for group in groups.values() for each in group.shortcuts}
        self._client = client
        self._metrics = metrics
        self._slash = slash
        self._aside = Aside(metrics)

    async def slash(self, body: Body) -> Ack:
        def told(error: Exception) -> Ack:
            return dict(self._explained(error).to_payload())

        return await self._taken("slash", self._slash_command(body, time.monotonic()), told)

    async def form(self, body: Body) -> Ack:
        return await self._taken("form", self._submission(body), lambda error: self._at_the_fields(body, error))

    async def button(self, body: Body) -> Ack:
        return await self._taken("button", self._actions(body, time.monotonic()), lambda error: self._told(body, error))

    async def shortcut(self, body: Body) -> Ack:
        work = self._shortcut(body, time.monotonic())
        return await self._taken("shortcut", work, lambda error: self._told(body, error))

    async def options(self, body: Body) -> Ack:
        def none(error: Exception) -> Ack:
            self._explained(error)
            return {"options": []}

        return await self._taken("options", self._options(body), none)

    async def event(self, work: Awaitable[None]) -> None:
        """What it raises is counted, logged and raised: then it is not acknowledged, and comes again."""
        began = time.monotonic()
        try:
            await work
        except Exception as error:
            self._explained(error)
            raise
        finally:
            self._metrics.ack["event"].observe(time.monotonic() - began)

    async def close(self) -> None:
        """Waits for what is still being said (each is bounded by its request's timeout)."""
        await self._aside.close()

    @property
    def aside(self) -> int:
        """How much is being done after its acknowledgement; at most MOST_ASIDE."""
        return self._aside.busy

    def turned_away(self, body: Body) -> Ack:
        """The acknowledgement of a delivery for which there is no place: says so, and does nothing. Raises Busy for what is
        better not acknowledged: an event, which comes again, and what nobody could be told about."""
        error = Busy("deliveries")
        if "command" in body:
            return dict(self._explained(error).to_payload())
        match body.get("type"):
            case "view_submission":
                return self._at_the_fields(body, error)
            case "block_suggestion":
                return {"options": []}
            case "block_actions" | "shortcut" | "message_action":
                return self._told(body, error)
            case "view_closed":
                return _NOTHING
            case _:
                self._explained(error)
                raise error

    async def _taken(self, kind: str, work: Awaitable[Ack], otherwise: Callable[[Exception], Ack]) -> Ack:
        began = time.monotonic()
        try:
            return await work
        except Exception as error:  # noqa: BLE001 - a delivery is supervised here
            return otherwise(error)
        finally:
            self._metrics.ack[kind].observe(time.monotonic() - began)

    # --- what a person did ----------------------------------------------------------------------------------------

    async def _slash_command(self, body: Body, began: float) -> Ack:
        user_id, place = str(body["user_id"]), Place(str(body["channel_id"]))
        try:
            parsed = parse(str(body.get("text", "")), self._groups)
        except UserError:
            self._questions.charge(user_id)
            raise
        if isinstance(parsed, HelpWanted):
            self._questions.charge(user_id)
            return dict(help_reply(parsed, self._groups, self._slash).to_payload())
        response_url = str(body["response_url"]) if body.get("response_url") else None
        if parsed.missing or parsed.command.credential:
            trigger = Trigger(str(body["trigger_id"]), began)
            self._questions.charge(user_id)
            await self._dialogs.open(parsed.command, parsed.raw, Origin(place, response_url), user_id, trigger)
            return _NOTHING
        request = Request(
            command=parsed.command,
            raw=parsed.raw,
            user_id=user_id,
            surface=Surface.SLASH,
            key=f"slash:{body['trigger_id']}",
            place=place,
            response_url=response_url,
        )
        try:
            await self._desk.take(request)
        except FieldErrors as error:
            raise with_example(error, parsed.command, f"{self._slash} ") from error
        return _NOTHING

    async def _submission(self, body: Body) -> Ack:
        view = body["view"]
        form = submitted(view)
        command = self._commands.get(form.command) if form else None
        if form is None or command is None:
            raise UserError("I do not know this form any more; please open it again.")
        await self._desk.take(
            Request(
                command=command,
                raw=form.raw,
                user_id=str(body["user"]["id"]),
                surface=Surface.FORM,
                key=f"form:{view['id']}",
                place=form.origin.place,
                response_url=form.origin.response_url,
            )
        )
        return {"response_action": "update", "view": working_view(command)} if command.progress else _NOTHING

    async def _options(self, body: Body) -> Ack:
        self._questions.charge(str(body["user"]["id"]))
        return await self._lookups.options(body)

    async def _actions(self, body: Body, began: float) -> Ack:
        view = body.get("view") or {}
        form = submitted(view)
        for action in body.get("actions", []):
            if form is not None and not action.get("action_id", "").startswith("run:"):
                self._field_changed(view, form, str(body["user"]["id"]))
            else:
                await self._pressed(body, action, began)
        return _NOTHING

    def _field_changed(self, view: Mapping[str, Any], form: Submitted, user_id: str) -> None:
        command = self._commands.get(form.command)
        if command is not None and command.form is not None and not self._questions.wait(user_id):
            # If there is no room the form stays as it is; what is filled in is judged when it is submitted.
            self._aside.do(self._dialogs.renew(command, view, form, user_id), "renew form")

    async def _pressed(self, body: Body, action: Mapping[str, Any], began: float) -> None:
        button = pressed(str(action.get("action_id", "")), str(action.get("value", "")))
        if button is None:
            return  # a link button: nothing to do
        command = self._commands.get(button.command)
        if command is None:
            raise UserError("This button is from an older version of me and does nothing any more.")
        user_id, place = str(body["user"]["id"]), _place(body)
        response_url = str(body["response_url"]) if body.get("response_url") else None
        if command.credential or any(field.required and field.name not in button.arguments for field in command.fields):
            in_modal = (body.get("view") or {}).get("type") == "modal"
            trigger = Trigger(str(body["trigger_id"]), began, in_modal=in_modal)
            self._questions.charge(user_id)
            await self._dialogs.open(command, button.arguments, Origin(place, response_url), user_id, trigger)
            return
        message = body.get("container", {}).get("message_ts") or body.get("view", {}).get("id", "")
        where = f"{place.channel if place else ''}:{message}:{action['action_id']}"
        key = f"button:{where}" if button.version is not None else f"button:{where}:{body['trigger_id']}"
        await self._desk.take(
            Request(
                command=command,
                raw=button.arguments,
                user_id=user_id,
                surface=Surface.BUTTON,
                key=key,
                place=place,
                response_url=response_url,
                confirmed=button.confirmed,
            )
        )

    async def _shortcut(self, body: Body, began: float) -> Ack:
        shortcut = self._shortcuts.get(str(body.get("callback_id", "")))
        if shortcut is None:
            raise UserError("I do not know this shortcut any more.")
        command = self._commands[f"{shortcut.group}.{shortcut.verb}"]
        origin = Origin(_place(body), str(body["response_url"]) if body.get("response_url") else None)
        user_id, trigger = str(body["user"]["id"]), Trigger(str(body["trigger_id"]), began)
        self._questions.charge(user_id)
        await self._dialogs.open(command, _prefilled(shortcut, body), origin, user_id, trigger)
        return _NOTHING

    # --- what went wrong ------------------------------------------------------------------------------------------

    def _explained(self, error: Exception) -> Reply:
        if not isinstance(error, TooMany):  # counted where it was found
            self._metrics.refused[_reason(error)].inc()
        if isinstance(error, Unavailable):
            log.warning("delivery_not_taken", system=error.system, detail=error.detail)
        elif not isinstance(error, UserError):
            ref = new_ref()
            log.error("delivery_failed", call=ref, exc_info=error)
            return explain(error, ref)
        return explain(error)

    def _at_the_fields(self, body: Body, error: Exception) -> Ack:
        """Keeps the form open with what was filled in, the problem shown at its field (or at the first)."""
        reply = self._explained(error)
        text = error.message if isinstance(error, UserError) else reply.text  # shown as it is: no escapes, no mrkdwn
        problems = error.errors if isinstance(error, FieldErrors) else {"": text}
        errors = field_errors(body.get("view", {}), problems)
        return {"response_action": "errors", "errors": errors} if errors else {"response_action": "clear"}

    def _told(self, body: Body, error: Exception) -> Ack:
        """The acknowledgement of a button or shortcut cannot carry words; the response_url can, else a direct message. Best
        effort, off the delivery's path. Raises Busy when too much is being said already: then it is not acknowledged, and Slack
        says that it failed."""
        reply = self._explained(error)
        response_url = body.get("response_url")
        place = _place(body)
        thread_ts = place.thread_ts if place else None
        say = self._say(str(body["user"]["id"]), str(response_url) if response_url else None, thread_ts, reply)
        if not self._aside.do(say, "explain"):
            raise Busy("explanations")
        return _NOTHING

    async def _say(self, user_id: str, response_url: str | None, thread_ts: str | None, reply: Reply) -> None:
        payload = dict(reply.to_payload())
        try:
            if response_url:
                payload |= {"response_type": "ephemeral", "replace_original": False}
                if thread_ts:
                    payload["thread_ts"] = thread_ts
                await self._client.respond(response_url, payload)
            else:
                direct = await self._client.call("conversations.open", users=user_id)
                await self._client.call("chat.postMessage", channel=direct["channel"]["id"], **payload)
        except SlackError as error:
            log.warning("explanation_not_delivered", error=str(error))


def _reason(error: Exception) -> str:
    """Which of bot.metrics.REFUSALS it is."""
    match error:
        case Refused():
            return "not_allowed"
        case UserError():
            return "mistake"
        case Busy():
            return "busy"
        case Unavailable():
            return "unavailable"
        case _:
            return "bug"


def _place(body: Body) -> Place | None:
    container = body.get("container", {})
    message = body.get("message") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    return Place(str(channel), container.get("thread_ts") or message.get("thread_ts")) if channel else None


def _prefilled(shortcut: Shortcut, body: Body) -> Mapping[str, str]:
    if shortcut.prefill is None:
        return {}
    message = body.get("message") or {}
    return shortcut.prefill(
        MessageText(
            text=str(message.get("text", "")),
            author=str(message.get("user", "")),
            channel=str((body.get("channel") or {}).get("id", "")),
            ts=str(message.get("ts", "")),
        )
    )
