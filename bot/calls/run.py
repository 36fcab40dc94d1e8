"""Runs recorded calls, a bounded number at once, each under a lease; resumes what a dead process left. Accepts nothing new.

A call ends exactly once: state, result and the answer to the person are written in one transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.calls.admit import authorise, limited, validate
from bot.calls.answer import Answers
from bot.calls.audit import CallAudit
from bot.calls.explain import Then, explain, interrupted
from bot.calls.identify import Identity
from bot.calls.judge import Asked, Judge, Wait
from bot.calls.problem import Kind, Problem, interruption, problem_of
from bot.calls.record import Recorded, from_row
from bot.config import CallSettings
from bot.kit.call import Call, Principal, Surface
from bot.kit.clock import Clock
from bot.kit.declare import Command
from bot.kit.errors import Busy, Unavailable, UserError
from bot.kit.fields import Context
from bot.kit.replies import Reply
from bot.metrics import Metrics
from storage.calls import TOPIC, CallRow, CallState, CallStore
from storage.db import Database

log = structlog.stdlib.get_logger(__name__)

_PATIENCE = timedelta(minutes=15)  # how long an accepted call is retried while something it needs is down
_TOLD_AFTER = timedelta(seconds=5)  # of waiting; what is shorter nobody needs to hear of
_LONGEST_ASKED = 60.0  # seconds; whoever is down may ask for a pause, and for a longer one again
_SLACK = "Slack"  # while it is down nobody hears anything, and afterwards it is no news
_SWEEP = 100
_ATTEMPTS = 5  # of a call whose process died each time; then it is taken to be the reason


@dataclass(frozen=True)
class _Parking:
    """What puts a call aside: it goes on when what it waits for is decided."""

    call: Call
    wait: Wait


class _HalfDone(Exception):
    """Something fell away in the middle of a call that must not run twice."""

    def __init__(self, error: Unavailable) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class _Outcome:
    state: CallState
    reply: Reply
    result: dict[str, Any] | None = None
    error: str | None = None
    problem: Problem | None = None
    credential: bool = False

    def frees_key(self, surface: Surface) -> bool:
        """A button that achieved nothing can be pressed again; a program is told to send again what could not be tried."""
        if surface is Surface.API:
            return self.problem is not None and self.problem.kind is Kind.UNAVAILABLE
        return surface is Surface.BUTTON and self.state is not CallState.DONE


class Runner:
    def __init__(
        self,
        db: Database,
        commands: Mapping[str, Command],
        services: Mapping[str, object],
        identity: Identity,
        judge: Judge,
        answers: Answers,
        metrics: Metrics,
        clock: Clock,
        settings: CallSettings,
        holder: str,
        audit: CallAudit,
    ) -> None:
        self._db = db
        self._audit = audit
        self._commands = commands
        self._services = services
        self._identity = identity
        self._judge = judge
        self._answers = answers
        self._metrics = metrics
        self._clock = clock
        self._settings = settings
        self._holder = holder
        self._calls = CallStore()
        self._places = asyncio.Semaphore(settings.running)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._draining = False

    @property
    def waiting(self) -> int:
        """How many accepted calls have not ended here."""
        return len(self._tasks)

    def make_room(self, taking: int) -> None:
        """Raises Busy when as many calls wait as may, together with those `taking` that are being recorded."""
        if len(self._tasks) + taking >= self._settings.waiting:
            self._metrics.queue_refused.labels("calls").inc()
            raise Busy("calls")

    def hand_over(self, recorded: Recorded) -> None:
        """Takes charge of a recorded call; it runs as soon as there is a place."""
        task = asyncio.create_task(self._serve(recorded), name=f"call {recorded.ref}")
        self._tasks[recorded.ref] = task
        self._metrics.calls_running.inc()
        task.add_done_callback(lambda done: self._left(recorded, done))

    async def wait(self, ref: str, seconds: float) -> None:
        """Returns when the call has ended or the time is over; at once for a call that does not run in this process."""
        if (task := self._tasks.get(ref)) is not None:
            await asyncio.wait({task}, timeout=seconds)

    async def keep_leases(self) -> None:
        """Renews what runs here and takes over what died elsewhere, until cancelled."""
        if self._db.dialect == "sqlite":  # one process: whoever held a lease before is dead
            async with self._db.transaction() as session:
                await self._calls.expire_all(session, self._clock.now())
        while True:
            seen = self._db.count(TOPIC)
            try:
                await self._renew()
                await self._sweep()
            except Unavailable as error:
                log.warning("leases_not_renewed", error=error.detail)
            await self._db.wait(TOPIC, timeout=self._settings.lease.total_seconds() / 3, since=seen)

    async def drain(self, seconds: float) -> None:
        """Waits for running calls, then stops the rest and gives their leases up for others to resume; takes over none."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        left = list(self._tasks.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            log.warning("calls_left_to_others", count=len(left))
            try:
                async with self._db.transaction() as session:
                    await self._calls.release(session, self._holder, self._clock.now())
            except Unavailable as error:
                log.warning("leases_not_given_up", detail=error.detail)  # they run out by themselves

    def _left(self, recorded: Recorded, task: asyncio.Task[None]) -> None:
        self._tasks.pop(recorded.ref, None)
        self._metrics.calls_running.dec()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("call_lost_to_a_bug", call=recorded.ref, exc_info=error)

    async def _serve(self, recorded: Recorded) -> None:
        command = recorded.request.command
        with structlog.contextvars.bound_contextvars(call=recorded.ref, command=command.name):
            outcome = await self._outcome(recorded)
            if isinstance(outcome, _Parking):
                await self._persist(partial(self._park, recorded, outcome))
            elif outcome is not None:
                await self._persist(partial(self._end, recorded, outcome))

    async def _outcome(self, recorded: Recorded) -> _Outcome | _Parking | None:
        """Runs the call, again while what it needs is down; None when another process has taken it over."""
        pause, told = 0.5, False
        while True:
            try:
                async with self._places:
                    return await self._attempt(recorded)
            except _HalfDone as stopped:
                return self._failed(recorded, stopped.error, str(stopped.error), Then.HALF_DONE)
            except Unavailable as error:
                waited = self._clock.now() - recorded.received_at
                if not recorded.request.command.repeatable:
                    return self._failed(recorded, error, str(error))
                if waited > _PATIENCE:
                    return self._failed(recorded, error, str(error), Then.GIVEN_UP)
                if not told and waited >= _TOLD_AFTER and error.system != _SLACK:
                    told = await self._tell(recorded, error)
                self._metrics.call_waits.labels(error.system).inc()
                log.warning("call_waits", system=error.system, detail=error.detail)
                asked = min(error.retry_after or 0.0, _LONGEST_ASKED)
            except UserError as error:
                return _Outcome(CallState.REFUSED, explain(error), error=error.message, problem=problem_of(error))
            except Exception as error:
                log.exception("call_failed")
                return self._failed(recorded, error, f"{type(error).__name__}: {error}")
            await asyncio.sleep(max(pause, asked))
            pause = min(pause * 2, 15.0)

    async def _tell(self, recorded: Recorded, error: Unavailable) -> bool:
        """Says, once in the life of a call, that it waits and what for. Whether it could be written down."""
        reply = explain(error, recorded.ref, Then.GOES_ON)
        try:
            async with self._db.transaction() as session:
                await self._answers.mark(session, recorded, reply, "waits")
            await self._answers.say(recorded, reply, "waits")
        except Unavailable as also:
            log.warning("call_waits_untold", system=also.system, detail=also.detail)
            return False
        return True

    def _failed(self, recorded: Recorded, error: Exception, words: str, then: Then = Then.UNDONE) -> _Outcome:
        reply, problem = explain(error, recorded.ref, then), problem_of(error, recorded.ref, then)
        return _Outcome(CallState.FAILED, reply, error=words, problem=problem)

    async def _attempt(self, recorded: Recorded) -> _Outcome | _Parking | None:
        request = recorded.request
        command = request.command
        known = await self._identity.require(request.user_id, fresh=command.sensitive)
        principal = limited(known, request.limits)
        authorise(command, principal, self._identity.rules)  # again: a role may have been lost since
        arguments = validate(command, request.raw, Context(principal.zone, recorded.received_at))
        call = self._call(recorded, principal)
        match await self._judge.judge(recorded, call, arguments):
            case Asked() as asked:
                return _Outcome(CallState.ASKED, asked.reply)
            case Wait() as wait:
                return _Parking(call, wait)
        if not command.repeatable:
            async with self._db.transaction() as session:
                if not await self._calls.started(session, recorded.ref, self._holder):
                    return None
        try:
            result = await command.run(self._services[command.group], call, arguments)
        except Unavailable as error:
            if command.repeatable or not command.changes:
                raise
            raise _HalfDone(error) from error
        reply = command.view(result)
        reply.to_payload()  # what Slack would not take is a bug of this call, told as such, and not of its ending
        if command.credential:
            return _Outcome(CallState.DONE, reply, credential=True)
        return _Outcome(CallState.DONE, reply, result=result.model_dump(mode="json"))

    def _call(self, recorded: Recorded, principal: Principal) -> Call:
        request = recorded.request
        return Call(
            ref=recorded.ref,
            command=request.command.name,
            principal=principal,
            surface=request.surface,
            at=recorded.received_at,
            place=request.place,
            attempt=recorded.attempt,
            token=request.token,
        )

    async def _persist(self, write: Callable[[], Awaitable[None]]) -> None:
        """Writes how far a call is; keeps trying while the database is away (the lease is renewed beside it)."""
        pause = 0.5
        while True:
            try:
                await write()
                return
            except Unavailable as error:
                log.warning("call_end_waits", detail=error.detail)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 15.0)

    async def _park(self, recorded: Recorded, parking: _Parking) -> None:
        """Puts the call aside, asks for what it waits for and says so, in one transaction."""
        about = f"waits:{parking.wait.plan_hash}"
        async with self._db.transaction() as session:
            parked = await self._calls.park(session, recorded.ref, self._holder)
            if parked:
                await self._judge.park(session, recorded, parking.call, parking.wait)
                await self._answers.mark(session, recorded, parking.wait.reply, about)
        if parked:
            await self._answers.say(recorded, parking.wait.reply, about)
            log.info("call_waits_for_approval", user_id=recorded.request.user_id)

    async def _end(self, recorded: Recorded, outcome: _Outcome) -> None:
        request, now = recorded.request, self._clock.now()
        async with self._db.transaction() as session:
            ended = await self._calls.ended(
                session,
                recorded.ref,
                self._holder,
                state=outcome.state,
                at=now,
                result=outcome.result,
                error=outcome.error,
                problem=outcome.problem.to_json() if outcome.problem else None,
                free_key=outcome.frees_key(request.surface),
            )
            if ended:
                if not outcome.credential:
                    await self._answers.mark(session, recorded, outcome.reply)
                await self._audit.ended(session, recorded, outcome.state, outcome.error, outcome.problem)
        if ended:
            seconds = (now - recorded.received_at).total_seconds()
            self._metrics.calls.labels(request.command.name, request.surface.value, outcome.state.value).inc()
            self._metrics.call_seconds.labels(request.command.name).observe(max(seconds, 0.0))
            await self._answers.say(recorded, outcome.reply, only_in_form=outcome.credential)
            log.info("call_ended", state=outcome.state.value, user_id=request.user_id, surface=request.surface.value)

    async def _renew(self) -> None:
        if refs := list(self._tasks):
            async with self._db.transaction() as session:
                await self._calls.renew(session, self._holder, refs, self._lease_end())

    async def _sweep(self) -> None:
        room = min(_SWEEP, self._settings.waiting - len(self._tasks))
        if self._draining or room <= 0:  # who has enough of his own leaves it to others, or to later
            return
        async with self._db.transaction() as session:
            rows = await self._calls.take_over(session, self._holder, self._clock.now(), self._lease_end(), room)
        for row in rows:
            if row.ref not in self._tasks and not self._draining:
                await self._adopt(row)

    async def _adopt(self, row: CallRow) -> None:
        command = self._commands.get(row.command)
        if command is None:  # an older release accepted what this one no longer knows
            log.error("call_of_unknown_command", call=row.ref, command=row.command)
            async with self._db.transaction() as session:
                await self._calls.ended(
                    session,
                    row.ref,
                    self._holder,
                    state=CallState.FAILED,
                    at=self._clock.now(),
                    error="unknown command",
                )
            return
        recorded = from_row(row, command)
        if row.attempt > _ATTEMPTS:
            error = RuntimeError(f"given up after {_ATTEMPTS} attempts, each of which took its process down")
            self._metrics.calls_taken_over.labels("given_up").inc()
            log.error("call_given_up", call=row.ref, command=row.command)
            await self._persist(partial(self._end, recorded, self._failed(recorded, error, str(error))))
            return
        if row.state == CallState.RUNNING and not command.repeatable:
            self._metrics.calls_taken_over.labels("interrupted").inc()
            reply = interrupted(command.typed, row.ref)
            problem = interruption(row.ref)
            outcome = _Outcome(CallState.INTERRUPTED, reply, error="its process died", problem=problem)
            await self._persist(partial(self._end, recorded, outcome))
        else:
            self._metrics.calls_taken_over.labels("resumed").inc()
            log.info("call_resumed", call=row.ref, command=row.command, attempt=row.attempt)
            self.hand_over(recorded)

    def _lease_end(self) -> datetime:
        return self._clock.now() + self._settings.lease
