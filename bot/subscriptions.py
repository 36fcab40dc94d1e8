"""Delivers domain events to the subscribers that groups declare: at least once each, those of one object in order.

A delivery is claimed, so that replicas share them; a subscriber that fails is tried again, ever more rarely, and given up only
for what looks like a bug: then the event is parked, told, and tried once more when a bot starts. Knows no domain.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import structlog
from pydantic import BaseModel

from bot.kit.clock import Clock
from bot.kit.declare import Event, Subscriber
from bot.kit.errors import Unavailable
from bot.metrics import Metrics
from storage.db import Database
from storage.events import TOPIC, Due, EventStore

log = structlog.stdlib.get_logger(__name__)

_INTERVAL = 2.0  # seconds: how soon a replica finds what another one has written
_AT_ONCE = 10
_LIMIT = 45.0  # seconds for one delivery
_CLAIM = timedelta(seconds=60)
_ATTEMPTS = 12  # of one that fails like a bug: about half an hour
_LONGEST = timedelta(minutes=5)


class Subscriptions:
    def __init__(
        self,
        db: Database,
        store: EventStore,
        subscribers: Iterable[Subscriber],
        services: Mapping[str, object],
        metrics: Metrics,
        clock: Clock,
        holder: str,
    ) -> None:
        self._db = db
        self._store = store
        self._subscribers = {each.name: each for each in subscribers}
        self._services = services
        self._metrics = metrics
        self._clock = clock
        self._holder = holder

    async def run(self) -> None:
        """Never returns; what the database raises is passed to the supervisor."""
        async with self._db.transaction() as session:
            if self._db.dialect == "sqlite":  # one process: whoever held a claim is dead
                await self._store.release(session)
            if again := await self._store.unpark(session, self._clock.now()):
                log.info("parked_events_tried_again", count=again)
        while True:
            seen = self._db.count(TOPIC)
            if not await self.round():
                await self._db.wait(TOPIC, timeout=_INTERVAL, since=seen)

    async def round(self) -> bool:
        """Delivers what is due; whether more may be waiting."""
        now = self._clock.now()
        async with self._db.reading() as session:
            backlog = await self._store.backlog(session, now)
        self._metrics.events(backlog.waiting, backlog.parked, backlog.oldest_seconds(now))
        if not backlog.due:
            return False
        async with self._db.transaction() as session:
            due = await self._store.claim(session, self._holder, self._subscribers, now, now + _CLAIM, _AT_ONCE)
        await asyncio.gather(*(self._supervised(each) for each in due))
        return bool(due)

    async def release(self) -> None:
        """Gives up what is claimed here, for others to take at once."""
        try:
            async with self._db.transaction() as session:
                await self._store.release(session, self._holder)
        except Unavailable as error:
            log.warning("event_claims_not_given_up", detail=error.detail)  # they run out by themselves

    async def _supervised(self, due: Due) -> None:
        try:
            await self._deliver(due)
        except Unavailable as error:
            log.warning("event_end_not_saved", event_id=due.event_id, detail=error.detail)  # it comes again

    async def _deliver(self, due: Due) -> None:
        subscriber = self._subscribers[due.subscriber]
        with structlog.contextvars.bound_contextvars(event_id=due.event_id, subscriber=due.subscriber):
            try:
                async with asyncio.timeout(_LIMIT):
                    await self._hand_over(subscriber, due)
            except Unavailable as error:
                log.warning("event_waits", system=error.system, detail=error.detail)
                await self._again(due, str(error))
            except Exception as error:
                log.exception("event_failed", attempt=due.attempts)
                words = f"{type(error).__name__}: {error}"
                await (self._park(due, words) if due.attempts >= _ATTEMPTS else self._again(due, words))
            else:
                async with self._db.transaction() as session:
                    await self._store.delivered(session, due, self._holder)
                self._metrics.events_delivered.labels(due.subscriber, "done").inc()

    async def _hand_over(self, subscriber: Subscriber, due: Due) -> None:
        payload = subscriber.payload.model_validate(due.payload)
        await subscriber.run(self._services[subscriber.group], Event(due.event_id, due.object_id, due.at, payload))

    async def _again(self, due: Due, error: str) -> None:
        pause = min(timedelta(seconds=2 ** min(due.attempts - 1, 10)), _LONGEST)
        async with self._db.transaction() as session:
            await self._store.failed(session, due, self._holder, self._clock.now() + pause, error)
        self._metrics.events_delivered.labels(due.subscriber, "failed").inc()

    async def _park(self, due: Due, error: str) -> None:
        log.error("event_parked", name=due.name, object=due.object_id, error=error)
        async with self._db.transaction() as session:
            await self._store.park(session, due, self._holder, self._clock.now(), error)
        self._metrics.events_delivered.labels(due.subscriber, "parked").inc()


def heard_by(subscribers: Iterable[Subscriber]) -> dict[str, Sequence[str]]:
    """Event -> the names of its subscribers, for the EventStore."""
    found: dict[str, list[str]] = {}
    for each in subscribers:
        found.setdefault(each.event, []).append(each.name)
    return {event: tuple(names) for event, names in found.items()}


def subscription_problems(subscribers: Iterable[Subscriber], emitted: Mapping[str, type[BaseModel]]) -> list[str]:
    """What is wrong between those who tell and those who listen; the wiring refuses to start with any."""
    found = []
    for each in subscribers:
        payload = emitted.get(each.event)
        if payload is None:
            found.append(f"{each.name}: nobody emits {each.event}; events are {', '.join(sorted(emitted)) or 'none'}")
            continue
        missing = [
            name
            for name, field in each.payload.model_fields.items()
            if field.is_required() and name not in payload.model_fields
        ]
        if missing:
            found.append(f"{each.name}: {each.event} does not carry {', '.join(missing)}")
    return found
