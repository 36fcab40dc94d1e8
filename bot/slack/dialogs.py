"""Opens, renews, pushes and ends forms at Slack, within a trigger's life. Knows how to show them, not what comes of them."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog

from bot.calls.admit import authorise
from bot.calls.audit import CallAudit
from bot.calls.identify import Identity
from bot.calls.record import Request
from bot.kit.arguments import Kind
from bot.kit.blocks import section
from bot.kit.call import Surface
from bot.kit.clock import Clock
from bot.kit.declare import Command, Form
from bot.kit.errors import Refused, Unavailable, UserError
from bot.kit.fields import Context, read_moment
from bot.kit.replies import Reply
from bot.slack.forms import Origin, Submitted, form_view, result_view
from bot.slack.help import usage
from integrations.slack import SlackClient, SlackError, SlackRateLimited, SlackRefused, SlackUnreachable

log = structlog.stdlib.get_logger(__name__)

_TRIGGER_LIFE = 2.5  # seconds of the three: when to stop trying to open a form
_ASK = 0.6  # seconds of the trigger's life: what asking about a stranger may cost
_ATTEMPT = 1.2  # seconds for one try
_TRIGGER_USED = {"exchanged_trigger_id", "trigger_exchanged"}


class Trigger:
    """A trigger_id and when it came (`time.monotonic()`): good once, for three seconds. `in_modal`: pressed inside a form."""

    def __init__(self, trigger_id: str, began: float, *, in_modal: bool = False) -> None:
        self.id = trigger_id
        self.method = "views.push" if in_modal else "views.open"
        self._began = began

    @property
    def left(self) -> float:
        """Seconds in which it may still be used."""
        return _TRIGGER_LIFE - (time.monotonic() - self._began)


class Dialogs:
    def __init__(
        self,
        identity: Identity,
        client: SlackClient,
        services: Mapping[str, object],
        slash: str,
        clock: Clock,
        audit: CallAudit,
    ) -> None:
        self._identity = identity
        self._audit = audit
        self._clock = clock
        self._client = client
        self._services = services
        self._slash = slash

    async def open(
        self, command: Command, filled: Mapping[str, str], origin: Origin, user_id: str, trigger: Trigger
    ) -> None:
        """Opens a command's form (or pushes it onto the one it was asked from), again when Slack fails. Raises Refused before
        that, or UserError with the way round: typing it in full."""
        filled = await self._with_moments(command, filled, user_id)
        try:
            form = await self._form(command, filled, user_id, within=trigger.left / 2)
        except Refused as error:
            self._audit.refused(Request(command, filled, user_id, Surface.FORM, "", origin.place), error)
            raise
        view = form_view(command, filled, origin, form)
        pause = 0.1
        while True:
            try:
                timeout = max(min(trigger.left, _ATTEMPT), 0.1)
                await self._client.call(trigger.method, trigger_id=trigger.id, view=view, timeout=timeout)
                return
            except SlackRefused as error:
                if error.code in _TRIGGER_USED:
                    return  # an attempt whose answer was lost did open it
                log.warning("form_refused", command=command.name, code=error.code, messages=error.messages)
                raise self._failed(command) from error
            except (SlackRateLimited, SlackUnreachable) as error:
                wait = error.retry_after if isinstance(error, SlackRateLimited) else pause
                if trigger.left <= wait + 0.1:
                    raise self._failed(command) from error
                await asyncio.sleep(wait)
                pause *= 2

    async def renew(self, command: Command, view: Mapping[str, Any], held: Submitted, user_id: str) -> None:
        """Makes an open form anew from what it holds; best effort: a newer change makes it anew again."""
        form = await self._form(command, held.raw, user_id, within=_TRIGGER_LIFE)
        await self._update(view, form_view(command, held.raw, held.origin, form, held.scopes))

    async def show_result(self, view_id: str, command: Command, reply: Reply) -> bool:
        """Shows a command's result in the form it was submitted from; False when that is closed, or Slack does not answer."""
        try:
            await self._client.call("views.update", view_id=view_id, view=result_view(command, reply))
        except SlackError as error:
            log.info("result_not_shown_in_form", command=command.name, error=str(error))
            return False
        return True

    async def _with_moments(self, command: Command, filled: Mapping[str, str], user_id: str) -> Mapping[str, str]:
        """Moments as the person meant them, in their zone, so that a picker can show them."""
        fields = [each.name for each in command.fields if each.kind is Kind.MOMENT and each.name in filled]
        principal = await self._identity.known(user_id) if fields else None
        if principal is None:
            return filled
        now = Context(principal.zone, self._clock.now())
        read = {name: read_moment(filled[name], now) for name in fields}
        return {**filled, **{name: moment.isoformat() for name, moment in read.items() if moment}}

    async def _form(self, command: Command, filled: Mapping[str, str], user_id: str, within: float) -> Form:
        # What a command adds to its form depends on the person; a plain form does not wait for knowing them.
        asking = _ASK if command.form is not None else 0.0
        principal = await self._identity.ask(user_id, within=asking)
        if principal is None:  # a stranger may see a form; the submission is judged
            return Form()
        authorise(command, principal, self._identity.rules)
        if command.form is None:
            return Form()
        try:
            async with asyncio.timeout(max(within, 0.1)):
                return await command.form(self._services[command.group], principal, filled)
        except (Unavailable, UserError, TimeoutError) as error:
            # What it would have said beside the fields is missing; the fields themselves need nothing.
            log.warning("form_without_its_notes", command=command.name, error=str(error))
            return Form(notes=[section(":hourglass: Some of what stands here usually cannot be looked up right now.")])

    async def _update(self, view: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        try:
            await self._client.call("views.update", view_id=view["id"], hash=view.get("hash"), view=new)
        except SlackError as error:
            log.info("form_not_renewed", error=str(error))

    def _failed(self, command: Command) -> UserError:
        typed = usage(command, self._slash)
        return UserError(f"Slack did not let me open the form. Try again in a moment, or type it in full: {typed}")
