"""People who leave: finds those who own something and are gone, and ends their API tokens. What groups do is their affair.

Slack tells most departures (`user_change`), others show at a lookup; whoever owns something and was not looked up for a day is
asked about here, so that nobody's things are forgotten. Never the whole directory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel

from bot.calls.identify import Identity
from bot.kit.clock import Clock
from bot.kit.declare import Cron, Event, Job, Subscriber
from bot.kit.errors import Unavailable
from bot.kit.events import PERSON_LEFT, PersonLeft
from storage.audit import AuditEntry, AuditStore
from storage.db import Database
from storage.people import PersonStore
from storage.tokens import TokenStore

log = structlog.stdlib.get_logger(__name__)

GROUP = "people"
_MOST = 500  # people asked about in one run
_PAUSE = 0.7  # seconds between two; `users.info` is tier 4: about 100 a minute
_ASKED = timedelta(hours=20)

Owners = Callable[[], Awaitable[Collection[str]]]
"""The Slack ids of people who own something."""


class Leavers:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        audit: AuditStore,
        identity: Identity,
        owners: Sequence[Owners],
        pause: float = _PAUSE,
    ) -> None:
        self._db = db
        self._clock = clock
        self._audit = audit
        self._identity = identity
        self._owners = owners
        self._pause = pause

    async def look_for(self) -> None:
        """Asks Slack about owners whom nobody has asked about for a day. Stops when Slack does not answer: there is tomorrow."""
        async with self._db.reading() as session:
            owners = set(await TokenStore().owners(session, self._clock.now()))
        for whose in self._owners:
            owners |= set(await whose())
        async with self._db.reading() as session:
            due = await PersonStore().longest_unasked(session, owners, self._clock.now() - _ASKED, _MOST)
        for count, user_id in enumerate(due):
            if count:
                await asyncio.sleep(self._pause)
            try:
                await self._identity.look_again(user_id)
            except Unavailable as error:
                log.warning("owners_not_asked_about", left=len(due) - count, detail=error.detail)
                return
        log.info("owners_asked_about", count=len(due))

    async def end_tokens(self, user_id: str) -> None:
        now = self._clock.now()
        async with self._db.transaction() as session:
            ended = await TokenStore().revoke_all(session, user_id, now)
            for token in ended:
                entry = AuditEntry(now, "token.revoked", f"token:{token}", on_behalf_of=user_id, note="its owner left")
                await self._audit.write(session, entry)
        if ended:
            log.info("tokens_of_leaver_revoked", user_id=user_id, tokens=ended)


async def _look(leavers: Leavers, _due: datetime) -> None:
    await leavers.look_for()


async def _left(leavers: Leavers, event: Event[PersonLeft]) -> None:
    await leavers.end_tokens(event.payload.user_id)


JOB = Job(group=GROUP, name="leavers", schedule=lambda _settings: Cron("41 4 * * *"), run=_look, late=None)
SUBSCRIBER = Subscriber(GROUP, PERSON_LEFT, PersonLeft, _left)
EVENTS: Mapping[str, type[BaseModel]] = {PERSON_LEFT: PersonLeft}
"""What the bot itself emits."""
