"""Makes Slack show what storage says: one lease-holder claims what is due, sends it at Slack's pace, and settles the outcome.

It drops nothing. What Slack refuses for good becomes `failed`, with the reason; everything else comes again. How one message
is delivered stands in delivery.py, how fast in pacing.py.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery import Delivery, Renderer, Undeliverable
from bot.kit.clock import Clock
from bot.kit.errors import Unavailable
from bot.pacing import POST, PUBLISH, Pace, Pacing
from integrations.slack import SlackClient, SlackError, SlackRateLimited, SlackRefused, SlackUnreachable
from storage.db import Database, signal
from storage.leases import Leadership, Lease, LeaseStore
from storage.message_claims import Claimed, MessageClaims, Parent, Settled
from storage.messages import HOME_LANE, TOPIC, MessageState

log = structlog.stdlib.get_logger(__name__)

LEASE: Final = "outbox"
_BATCH: Final = 200
# More is claimed as soon as no more than this is on its way: Slack must never wait for the database.
_LOW_WATER: Final = _BATCH // 2
MOST_IN_FLIGHT: Final = _BATCH
# Marks made by other replicas wake nobody here: look this often.
_POLL_SECONDS: Final = 1.0
_LOOK_AROUND_SECONDS: Final = 5.0
# What is marked within this time shares a claim; what is sent within that, a save.
_GATHER_SECONDS: Final = 0.005
_MOST_GATHERED_SECONDS: Final = 0.05
# Of one channel's messages so many are claimed ahead, when it is not paced.
_LANE: Final = 8
_LONGEST_RETRY_SECONDS: Final = 300.0
_LONGEST_PAUSE_SECONDS: Final = 15.0
_UNPACED: Final = frozenset({"response_url", "upload"})
_PUTS_IT_THERE: Final = frozenset({POST, "files.completeUploadExternal"})


class Watch(Protocol):
    """What the metrics want to know."""

    def sent(self, result: str) -> None:
        """posted, edited, unchanged, removed, answered, shared, found, redirected, vanished (see delivery.py); failed (for good);
        refused, rate_limited, unreachable, bug (come again); duplicate (a message stands twice)."""

    def backlog(self, due: int, oldest_seconds: float) -> None:
        """How many messages Slack does not show yet, and how long the oldest has waited."""


class Outbox:
    """`run` is supervised by the application; `stop` sends what can be sent quickly and lets another replica go on."""

    def __init__(
        self,
        db: Database,
        client: SlackClient,
        renderer: Renderer,
        clock: Clock,
        watch: Watch,
        *,
        holder: str,
        decrypt: Callable[[str], str | None],
        pacing: Pacing | None = None,
        lease_ttl: timedelta | None = None,
        retry_seconds: float = 1.0,
    ) -> None:
        """`holder` names this run of this process; `decrypt` opens a stored response_url, None if it cannot. A failed
        attempt is made again after `retry_seconds`, then after twice as long each time."""
        self._db = db
        self._client = client
        self._clock = clock
        self._watch = watch
        self._claims = MessageClaims()
        self._leases = LeaseStore(db, clock)
        self._leadership = Leadership(self._leases, LEASE, holder, lease_ttl)
        self._pace = Pace(pacing or Pacing())
        self._delivery = Delivery(db, client, self._call, renderer, clock, decrypt, lambda: watch.sent("duplicate"))
        self._retry_seconds = retry_seconds
        self._lanes: dict[str, _Lane] = {}
        self._in_flight = 0
        self._outcomes: deque[Settled] = deque()
        self._settle_now = asyncio.Event()
        self._all_sent = asyncio.Event()
        self._retries: list[float] = []
        self._failures_to_connect = 0
        self._paused_until = 0.0
        self._look_around_at = 0.0
        self._stop_asked = asyncio.Event()
        self._leading = False
        self._running: asyncio.Task[None] | None = None

    @property
    def leading(self) -> bool:
        """Whether this process is the one that sends."""
        return self._leading

    @property
    def in_flight(self) -> int:
        """How many messages are claimed and not settled yet, at most MOST_IN_FLIGHT."""
        return self._in_flight

    async def run(self) -> None:
        """Until `stop`. Raises what it cannot go on with (Unavailable among it); then it may be run again."""
        self._running = asyncio.create_task(self._leadership.run(self._lead), name="outbox")
        asked = asyncio.create_task(self._stop_asked.wait())
        try:
            await asyncio.wait({self._running, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not self._running.done() and not self._leading:
                self._running.cancel()
            await asyncio.wait({self._running})
            if not self._running.cancelled():
                self._running.result()
        finally:
            asked.cancel()
            self._running.cancel()
            await asyncio.gather(self._running, asked, return_exceptions=True)

    async def stop(self, seconds: float) -> None:
        """Sends what is due and may be sent now, for at most so many seconds; what remains is sent by the next to run."""
        self._stop_asked.set()
        self._db.wake(TOPIC)
        if self._running is not None and not self._running.done():
            await asyncio.wait({self._running}, timeout=seconds)
            self._running.cancel()
            await asyncio.wait({self._running}, timeout=seconds)

    # --- while the lease is held ------------------------------------------------------------------------------------

    async def _lead(self, lease: Lease) -> None:
        self._leading = True
        settling: asyncio.Task[None] | None = None
        try:
            self._look_around_at = 0.0
            settling = asyncio.create_task(self._keep_settling(lease), name="outbox settling")
            await self._keep_sending(lease, settling)
        finally:
            self._leading = False
            # What was on its way stays claimed: whoever is next finds out whether it arrived.
            tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
            await self._end([*tasks, *([settling] if settling else [])])
            self._lanes.clear()
            self._outcomes.clear()
            self._in_flight = 0
            self._all_sent.set()

    async def _keep_sending(self, lease: Lease, settling: "asyncio.Task[None]") -> None:
        while True:
            seen = self._db.count(TOPIC)
            look_around = self._now() >= self._look_around_at
            claimed = await self._claim(lease, take_over=look_around, claim=self._may_claim())
            if not claimed and self._stop_asked.is_set() and not self._in_flight and not self._outcomes:
                return
            if look_around:
                self._look_around_at = self._now() + _LOOK_AROUND_SECONDS
                await self._report()
            await self._db.wait(TOPIC, timeout=self._patience(), since=seen)
            await asyncio.sleep(_GATHER_SECONDS)
            for lane in list(self._lanes.values()):
                if lane.task is not None and lane.task.done():
                    lane.task.result()  # a lane ends by taking itself away, unless it broke
            if settling.done():
                settling.result()
                raise Unavailable("the database", "the outbox lost its lease")

    def _may_claim(self) -> bool:
        now = self._now()
        return now >= self._paused_until and self._in_flight <= _LOW_WATER and self._pace.wait(POST, now) == 0

    def _patience(self) -> float:
        now = self._now()
        while self._retries and self._retries[0] <= now:
            heappop(self._retries)
        times = [_POLL_SECONDS, self._pace.next_free(now)]
        if self._retries:
            times.append(self._retries[0] - now)
        if now < self._paused_until:
            times.append(self._paused_until - now)
        return max(0.0, min(time for time in times if time is not None))

    async def _claim(self, lease: Lease, *, take_over: bool, claim: bool) -> bool:
        """Whether there was anything to do. Takes over what a former holder left claimed: first of all, and then now and then,
        for rows that a service held at that moment."""
        if not (take_over or claim):
            return False
        left, claimed, parents = 0, list[Claimed](), dict[str, Parent]()
        async with self._db.transaction() as session:
            if not await self._leases.held(session, lease):
                raise Unavailable("the database", "the outbox lost its lease")
            if take_over:
                left = await self._claims.take_over(session, token=lease.token, now=self._clock.now())
            if claim:
                claimed = await self._claim_due(session, lease)
            keys = {message.parent_key for message in claimed if message.parent_key is not None}
            if keys:
                parents = await self._claims.parents(session, keys)
        if left:
            log.warning("messages_taken_over", count=left)
        if claimed:
            self._all_sent.clear()
        self._in_flight += len(claimed)
        for message in claimed:
            lane = self._lanes.setdefault(message.lane, _Lane())
            lane.waiting.append((message, parents.get(message.parent_key or "")))
            if lane.task is None:
                lane.task = asyncio.create_task(self._work(lease, message.lane, lane))
        return bool(claimed)

    async def _claim_due(self, session: AsyncSession, lease: Lease) -> list[Claimed]:
        now = self._now()
        return await self._claims.claim(
            session,
            token=lease.token,
            now=self._clock.now(),
            limit=_BATCH - self._in_flight,
            # Nothing is claimed that cannot be sent at once: the claim says since when it may have been.
            per_lane=1 if self._pace.paced else _LANE,
            edits=self._pace.edits(now, _BATCH),
            without=self._pace.blocked(now) | self._full_lanes(),
        )

    def _full_lanes(self) -> set[str]:
        if self._pace.paced:
            return set(self._lanes)
        return {name for name, lane in self._lanes.items() if len(lane.waiting) >= _LANE}

    async def _work(self, lease: Lease, name: str, lane: "_Lane") -> None:
        """One lane's messages, one after the other; after a failure that is not the message's own the rest comes again."""
        go_on = True
        while lane.waiting:
            message, parent = lane.waiting.popleft()
            if go_on:
                settled, go_on = await self._attempt(lease, message, parent)
            else:
                settled = self._again(message)
            self._in_flight -= 1
            self._outcomes.append(settled)
            self._settle_now.set()
            if self._in_flight == _LOW_WATER:
                self._db.wake(TOPIC)
            elif self._in_flight == 0:
                self._all_sent.set()
        del self._lanes[name]  # the save that follows wakes the loop

    async def _attempt(self, lease: Lease, message: Claimed, parent: Parent | None) -> tuple[Settled, bool]:
        """What became of it, and whether the lane can go on."""
        began = self._clock.now()
        at_work = False
        if message.lane.startswith(HOME_LANE) and (wait := self._pace.wait(PUBLISH, self._now())) > 0:
            return self._again(message, wait), False  # homes never hold up messages by waiting for their budget
        try:
            payload = await self._delivery.payload(message)
            at_work = True
            delivered = await self._delivery.deliver(message, payload, parent, lease.token)
        except SlackError as error:
            return self._after(message, error, began)
        except Undeliverable as error:
            return self._failed(message, str(error)), True
        except Unavailable as error:
            self._watch.sent("unreachable")
            log.warning("message_waits", message=message.key, system=error.system, detail=error.detail)
            return self._later(message, str(error)), False
        except Exception as error:
            self._watch.sent("bug")
            log.exception("message_not_delivered", message=message.key, view=message.view, object=message.object_id)
            return self._later(
                _maybe_posted(message, began) if at_work else message, f"{type(error).__name__}: {error}"
            ), True
        self._failures_to_connect = 0
        if delivered.result in ("posted", "shared"):
            self._pace.posted(message.lane, self._now())
        self._watch.sent(delivered.result)
        return delivered.settled, True

    def _after(self, message: Claimed, error: SlackError, began: datetime) -> tuple[Settled, bool]:
        if isinstance(error, SlackRateLimited):
            self._watch.sent("rate_limited")
            log.info("message_rate_limited", message=message.key, method=error.method, seconds=error.retry_after)
            self._pace.limited(error.method, message.lane, error.retry_after, self._now())
            # A response_url and an upload are paced by nobody but their own answer.
            seconds = error.retry_after if error.method in _UNPACED else 0.0
            return self._again(message._replace(last_error=str(error)), seconds), False
        if isinstance(error, SlackUnreachable):
            self._watch.sent("unreachable")
            if error.outcome_unknown:
                log.warning("message_outcome_unknown", message=message.key, detail=str(error))
                if message.response_url is not None:
                    message = message._replace(response_uses=message.response_uses + 1)
                elif error.method in _PUTS_IT_THERE:
                    message = _maybe_posted(message, began)
                return self._later(message, str(error)), False
            self._pause(str(error))
            return self._again(message._replace(last_error=str(error))), False
        assert isinstance(error, SlackRefused)
        if not error.permanent:
            # The token or the app: every message would fare the same.
            self._watch.sent("refused")
            self._pause(str(error))
            return self._later(message, str(error)), False
        if (other := self._delivery.another_way(message, error)) is not None:
            self._watch.sent(other.result)
            return other.settled, True
        return self._failed(message, str(error)), True

    def _failed(self, message: Claimed, why: str) -> Settled:
        self._watch.sent("failed")
        log.error("message_failed", message=message.key, channel=message.channel, user_id=message.person, reason=why)
        return Settled(message._replace(last_error=why, response_url=None, unsure_since=None), MessageState.FAILED)

    def _later(self, message: Claimed, why: str) -> Settled:
        """A failed attempt: again after twice as long as the time before, with jitter, at most 5 minutes."""
        seconds = min(self._retry_seconds * 2.0**message.attempts, _LONGEST_RETRY_SECONDS) * random.uniform(0.8, 1.2)
        return self._again(message._replace(attempts=min(message.attempts + 1, 30), last_error=why), seconds)

    def _again(self, message: Claimed, seconds: float = 0.0) -> Settled:
        """Due in `seconds`. When all wait, or a whole lane, it stays due, and so keeps its place among the others."""
        if seconds:
            heappush(self._retries, self._now() + seconds)
        return Settled(message, MessageState.WAITING, retry_at=self._clock.now() + timedelta(seconds=seconds))

    def _pause(self, why: str) -> None:
        """Nobody is claimed for a while: Slack cannot be reached, or does not know us."""
        seconds = min(self._retry_seconds * 2.0 ** min(self._failures_to_connect, 10), _LONGEST_PAUSE_SECONDS)
        if self._now() >= self._paused_until:
            self._failures_to_connect += 1
            self._paused_until = self._now() + seconds
            log.warning("outbox_pauses", seconds=seconds, reason=why)

    async def _call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """One Web API call, once its method's budget allows."""
        while (seconds := self._pace.wait(method, self._now())) > 0:  # noqa: ASYNC110  time is what it waits for
            await asyncio.sleep(seconds)
        self._pace.took(method, self._now())
        return await self._client.call(method, **arguments)

    # --- settling ---------------------------------------------------------------------------------------------------

    async def _keep_settling(self, lease: Lease) -> None:
        """Saves outcomes, many in one commit; returns when the lease is lost. Those that cannot be saved now are kept."""
        pause = 0.0
        while True:
            await self._settle_now.wait()
            await asyncio.sleep(pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(_MOST_GATHERED_SECONDS):
                    await self._all_sent.wait()
            self._settle_now.clear()
            batch = list(self._outcomes)
            try:
                async with self._db.transaction() as session:
                    if not await self._leases.held(session, lease):
                        return
                    saved = await self._claims.settle(session, token=lease.token, now=self._clock.now(), outcomes=batch)
                    signal(session, TOPIC)
            except Unavailable as error:
                log.warning("outcomes_not_saved", count=len(batch), detail=error.detail)
                saved, pause = set(), min(max(pause * 2, 0.1), 5.0)
            else:
                pause = 0.0
            for _ in batch:
                outcome = self._outcomes.popleft()
                if outcome.message.id not in saved:
                    self._outcomes.append(outcome)
            if self._outcomes:
                self._settle_now.set()

    async def _report(self) -> None:
        async with self._db.reading() as session:
            backlog = await self._claims.backlog(session)
        age = (self._clock.now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        self._watch.backlog(backlog.due, max(age, 0.0))

    async def _end(self, tasks: "Sequence[asyncio.Task[None]]") -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


class _Lane:
    """What is paced together, and its claimed messages in their order."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[Claimed, Parent | None]] = deque()
        self.task: asyncio.Task[None] | None = None


def _maybe_posted(message: Claimed, since: datetime) -> Claimed:
    if message.ts is not None or message.unsure_since is not None:
        return message
    return message._replace(unsure_since=since)
