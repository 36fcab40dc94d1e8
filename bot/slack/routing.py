"""Deliveries from Slack -> help, a form, or a call for the desk; and the acknowledgement that says so. Runs no command.

Everything here is done before the acknowledgement, within the three seconds that Slack waits and a trigger lives.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog

from bot.calls.admit import authorise
from bot.calls.desk import Desk
from bot.calls.explain import explain
from bot.calls.identify import Identity
from bot.calls.record import Request
from bot.kit.blocks import pressed
from bot.kit.call import Place, Surface
from bot.kit.declare import Command
from bot.kit.errors import FieldErrors, Refused, Unavailable, UserError
from bot.kit.ids import new_ref
from bot.kit.replies import Reply
from bot.metrics import Metrics
from bot.slack.forms import Origin, field_errors, form_view, submitted
from bot.slack.help import help_reply, usage
from bot.slack.parsing import Groups, HelpWanted, example, parse
from integrations.slack import SlackClient, SlackError, SlackRateLimited, SlackRefused, SlackUnreachable

log = structlog.stdlib.get_logger(__name__)

Body = Mapping[str, Any]
Ack = Mapping[str, Any]
"""What goes back to Slack with the acknowledgement; empty for nothing."""

_TRIGGER_LIFE = 2.5  # seconds of the three: when to stop trying to open a form
_ATTEMPT = 1.2  # seconds for one try
_TRIGGER_USED = {"exchanged_trigger_id", "trigger_exchanged"}
_NOTHING: Ack = {}


class Router:
    """One method per kind of delivery. None of them raises: what goes wrong is told to the person who caused it."""

    def __init__(
        self, desk: Desk, identity: Identity, groups: Groups, client: SlackClient, metrics: Metrics, slash: str
    ) -> None:
        self._desk = desk
        self._identity = identity
        self._groups = groups
        self._commands = {command.name: command for group in groups.values() for command in group.commands.values()}
        self._client = client
        self._metrics = metrics
        self._slash = slash
        self._telling: set[asyncio.Task[None]] = set()

    async def slash(self, body: Body) -> Ack:
        began = time.monotonic()
        try:
            return await self._slash_command(body, began)
        except Exception as error:  # noqa: BLE001 - a delivery is supervised here
            return dict(self._explained(error).to_payload())
        finally:
            self._metrics.ack_seconds.labels("slash").observe(time.monotonic() - began)

    async def form(self, body: Body) -> Ack:
        began = time.monotonic()
        try:
            return await self._submission(body)
        except Exception as error:  # noqa: BLE001 - a delivery is supervised here
            return self._at_the_fields(body, error)
        finally:
            self._metrics.ack_seconds.labels("form").observe(time.monotonic() - began)

    async def button(self, body: Body) -> Ack:
        began = time.monotonic()
        try:
            for action in body.get("actions", []):
                await self._pressed(body, action, began)
        except Exception as error:  # noqa: BLE001 - a delivery is supervised here
            self._tell_privately(body, self._explained(error))
        finally:
            self._metrics.ack_seconds.labels("button").observe(time.monotonic() - began)
        return _NOTHING

    async def close(self) -> None:
        """Waits for the last private words (each is bounded by its request's timeout)."""
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def _slash_command(self, body: Body, began: float) -> Ack:
        parsed = parse(str(body.get("text", "")), self._groups)
        if isinstance(parsed, HelpWanted):
            return dict(help_reply(parsed, self._groups, self._slash).to_payload())
        user_id, place = str(body["user_id"]), Place(str(body["channel_id"]))
        response_url = str(body["response_url"]) if body.get("response_url") else None
        if parsed.missing:
            origin = Origin(place, response_url)
            await self._open_form(parsed.command, parsed.raw, origin, user_id, str(body["trigger_id"]), began)
            return _NOTHING
        try:
            await self._desk.take(
                Request(
                    command=parsed.command,
                    raw=parsed.raw,
                    user_id=user_id,
                    surface=Surface.SLASH,
                    key=f"slash:{body['trigger_id']}",
                    place=place,
                    response_url=response_url,
                )
            )
        except FieldErrors as error:
            lines = "\n".join(f"{name} {text}" for name, text in error.errors.items())
            raise UserError(f"{lines}\nFor example: {self._slash} {example(parsed.command)}") from error
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
        return _NOTHING

    async def _pressed(self, body: Body, action: Mapping[str, Any], began: float) -> None:
        button = pressed(str(action.get("action_id", "")), str(action.get("value", "")))
        if button is None:
            return  # a link button, or an input that reports its changes: nothing to do
        command = self._commands.get(button.command)
        if command is None:
            raise UserError("This button is from an older version of me and does nothing any more.")
        user_id, place = str(body["user"]["id"]), _place(body)
        response_url = str(body["response_url"]) if body.get("response_url") else None
        if any(field.required and field.name not in button.arguments for field in command.fields):
            origin = Origin(place, response_url)
            await self._open_form(command, button.arguments, origin, user_id, str(body["trigger_id"]), began)
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
            )
        )

    async def _open_form(
        self, command: Command, filled: Mapping[str, str], origin: Origin, user_id: str, trigger_id: str, began: float
    ) -> None:
        """Opens the form within the trigger's life, again when Slack fails. Raises Refused before, or UserError with the
        way round: typing it in full."""
        principal = await self._identity.known(user_id)
        if principal is not None:  # a stranger may see a form; the submission is judged
            authorise(command, principal)
        view = form_view(command, filled, origin)
        pause = 0.1
        while True:
            left = _TRIGGER_LIFE - (time.monotonic() - began)
            try:
                await self._client.call("views.open", trigger_id=trigger_id, view=view, timeout=min(left, _ATTEMPT))
                return
            except SlackRefused as error:
                if error.code in _TRIGGER_USED:
                    return  # an attempt whose answer was lost did open it
                log.warning("form_refused", command=command.name, code=error.code, messages=error.messages)
                raise self._form_failed(command) from error
            except (SlackRateLimited, SlackUnreachable) as error:
                wait = error.retry_after if isinstance(error, SlackRateLimited) else pause
                if _TRIGGER_LIFE - (time.monotonic() - began) <= wait + 0.1:
                    raise self._form_failed(command) from error
                await asyncio.sleep(wait)
                pause *= 2

    def _form_failed(self, command: Command) -> UserError:
        typed = usage(command, self._slash)
        return UserError(f"Slack did not let me open the form. Try again in a moment, or type it in full: {typed}")

    def _explained(self, error: Exception) -> Reply:
        if isinstance(error, Refused):
            self._metrics.deliveries_refused.labels("not_allowed").inc()
        elif isinstance(error, UserError):
            self._metrics.deliveries_refused.labels("mistake").inc()
        elif isinstance(error, Unavailable):
            self._metrics.deliveries_refused.labels("unavailable").inc()
            log.warning("delivery_not_taken", system=error.system, detail=error.detail)
        else:
            self._metrics.deliveries_refused.labels("bug").inc()
            ref = new_ref()
            log.error("delivery_failed", call=ref, exc_info=error)
            return explain(error, ref)
        return explain(error)

    def _at_the_fields(self, body: Body, error: Exception) -> Ack:
        """Keeps the form open with what was filled in, the problem shown at its field (or at the first)."""
        form = submitted(body.get("view", {}))
        command = self._commands.get(form.command) if form else None
        reply = self._explained(error)
        text = error.message if isinstance(error, UserError) else reply.text  # shown as it is: no escapes, no mrkdwn
        problems = error.errors if isinstance(error, FieldErrors) else {"": text}
        errors = field_errors(command, problems) if command else {}
        if not errors:  # no field to show it at
            blocks = body.get("view", {}).get("blocks", [])
            inputs = [block["block_id"] for block in blocks if block.get("type") == "input"]
            errors = dict.fromkeys(inputs[:1], text)
        return {"response_action": "errors", "errors": errors} if errors else {"response_action": "clear"}

    def _tell_privately(self, body: Body, reply: Reply) -> None:
        """A button's acknowledgement cannot carry words; the response_url can. Best effort, off the delivery's path."""
        response_url = body.get("response_url")
        if not response_url:
            log.warning("nowhere_to_explain", text=reply.text)
            return
        payload = {**reply.to_payload(), "response_type": "ephemeral", "replace_original": False}
        task = asyncio.create_task(self._respond(str(response_url), payload), name="tell privately")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _respond(self, response_url: str, payload: Mapping[str, Any]) -> None:
        try:
            await self._client.respond(response_url, payload)
        except SlackError as error:
            log.warning("explanation_not_delivered", error=str(error))


def _place(body: Body) -> Place | None:
    container = body.get("container", {})
    channel = body.get("channel", {}).get("id") or container.get("channel_id")
    return Place(str(channel), container.get("thread_ts")) if channel else None
