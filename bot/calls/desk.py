"""Where every call is taken in: rate, identify, admit, record, hand over to run. The only way in, for every surface."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from bot.calls.admit import authorise, limited, validate
from bot.calls.audit import CallAudit
from bot.calls.identify import Identity
from bot.calls.rate import RateLimit, Rates
from bot.calls.record import Journal, Recorded, Request
from bot.calls.run import Runner
from bot.kit.call import Call, Principal, Surface
from bot.kit.clock import Clock
from bot.kit.errors import OnlyInAForm, Refused, Unavailable, UserError
from bot.kit.fields import Context

# Seconds of the three that Slack waits: what asking about a stranger may cost, what all looking up may, what the commit may,
# and when the answer must be on its way.
_ASK, _LOOK, _COMMIT, _ANSWER = 1.0, 2.0, 2.0, 2.7
_PATIENT = 10.0  # for both, where a program asks: it waits longer than Slack
_SLOW = "it is too slow at the moment; nothing was done"


@dataclass
class _InHand:
    """Deliveries of one call that are being taken in at once. `back`: how many were charged too many."""

    deliveries: int = 0
    back: int = 0


class Desk:
    def __init__(
        self,
        identity: Identity,
        journal: Journal,
        runner: Runner,
        services: Mapping[str, object],
        clock: Clock,
        audit: CallAudit,
        rates: Rates | None = None,
    ) -> None:
        """`rates` bound how often one person or token may call; None: nothing does."""
        self._identity = identity
        self._audit = audit
        self._journal = journal
        self._runner = runner
        self._services = services
        self._clock = clock
        self._rates = rates or Rates.unlimited()
        self._open = True
        self._taking = 0
        self._in_hand: dict[str, _InHand] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    async def take(self, request: Request) -> Recorded | None:
        """Accepts a call: when this returns, it is on disk and will run. None: it was accepted before (a redelivery).

        Raises a UserError (refused, too many, or arguments are wrong) or Unavailable (busy, stopping, the database is away): then
        nothing was recorded and nothing will be done. Somebody whom nobody has seen yet, while Slack does not answer, is
        judged when the call runs."""
        if not self._open:
            raise Unavailable("the bot", "it is restarting")
        self._runner.make_room(self._taking)
        self._taking += 1
        self._idle.clear()
        try:
            return await self._within_the_rate(request)
        except Refused as error:
            self._audit.refused(request, error)
            raise
        finally:
            self._taking -= 1
            if not self._taking:
                self._idle.set()

    async def close(self) -> None:
        """Takes no more calls; returns when those being taken are through."""
        self._open = False
        await self._idle.wait()

    async def _within_the_rate(self, request: Request) -> Recorded | None:
        """Takes it, charged as one call however often it comes. Raises TooMany."""
        limit, who = self._limit(request)
        seconds = limit.wait(who)
        if seconds and request.key not in self._in_hand:
            if await self._known(request):
                return None
            raise limit.refusal(who, seconds)
        hand = self._in_hand.setdefault(request.key, _InHand())
        hand.deliveries += 1
        try:
            recorded = await self._take(request)
            if seconds:
                hand.back -= recorded is not None
            else:
                hand.back += recorded is None
            return recorded
        finally:
            hand.deliveries -= 1
            if not hand.deliveries:
                del self._in_hand[request.key]
                for _ in range(hand.back):
                    limit.refund(who)

    async def _known(self, request: Request) -> bool:
        try:
            async with asyncio.timeout(_LOOK):
                return await self._journal.known(request.key)
        except TimeoutError as error:
            raise Unavailable("the database", _SLOW) from error

    def _limit(self, request: Request) -> tuple[RateLimit, str]:
        if request.token is not None:
            return self._rates.token_calls, request.token
        return self._rates.calls, request.user_id

    async def _take(self, request: Request) -> Recorded | None:
        began, now = time.monotonic(), self._clock.now()
        patient, command = request.surface is Surface.API, request.command
        principal = self._identity.at_hand(request.user_id)
        if principal is not None and command.check is None and not command.sensitive:
            self._arguments(request, principal, now)  # nothing to look up, and so nothing to time
        else:
            try:
                async with asyncio.timeout(_PATIENT if patient else _LOOK):
                    await self._admit(request, now)
            except TimeoutError as error:
                raise Unavailable("the database", _SLOW) from error
        if command.credential and request.surface is not Surface.FORM:
            raise OnlyInAForm(
                f"“{command.typed}” hands over a credential, which is shown in Slack, in a form that only you see, and nowhere "
                "else. Type it there, as a slash command."
            )
        taken = time.monotonic() - began
        left = max(_COMMIT, _PATIENT - taken) if patient else min(_COMMIT, _ANSWER - taken)
        recorded = await self._journal.record(request, now, within=left)
        if recorded is not None:
            self._runner.hand_over(recorded)
        elif request.surface is Surface.FORM:
            # Its acknowledgement was lost, so the form is open still, and may have been changed meanwhile.
            await self._journal.refuse_another(request)
        return recorded

    async def _admit(self, request: Request, now: datetime) -> None:
        command = request.command
        principal = await self._identity.ask(request.user_id, within=_ASK, fresh=command.sensitive)
        arguments = self._arguments(request, principal, now)
        if principal is not None and command.check is not None:
            call = Call("", command.name, limited(principal, request.limits), request.surface, now, request.place)
            try:
                await command.check(self._services[command.group], call, arguments)
            except UserError:
                # Its own first delivery may be why: then this is only the second, and the first will answer.
                if not await self._journal.known(request.key):
                    raise

    def _arguments(self, request: Request, principal: Principal | None, now: datetime) -> BaseModel:
        """Valid, and asked for by somebody who may (None: judged when the call runs)."""
        command = request.command
        if principal is not None:
            authorise(command, limited(principal, request.limits), self._identity.rules)
        return validate(command, request.raw, Context(principal.zone if principal else "UTC", now))
