"""Slack user -> Principal: from memory, then from the database, then from Slack. Knows no command.

People are looked up when they first appear and kept for a while; the directory is never crawled. What is known already is
enough to acknowledge a call; only a person nobody has seen costs a request to Slack, within a bound.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.config import AccessSettings
from bot.kit.call import Principal
from bot.kit.clock import Clock
from bot.kit.errors import Busy, Refused, Unavailable
from storage.db import Database
from storage.people import PersonRow, PersonStore

log = structlog.stdlib.get_logger(__name__)

_FRESH = timedelta(hours=1)  # asked again after this
_STALE = timedelta(hours=24)  # serves this long when Slack does not answer
_BOUND = 10_000  # people kept in memory
MOST_ASKED = 100  # people whom Slack is asked about at once; past it they are judged when their call runs


@dataclass(frozen=True)
class Person:
    """What Slack says of somebody. `full_member`: not a guest, bot, deactivated or of another workspace."""

    user_id: str
    name: str
    zone: str
    full_member: bool


Directory = Callable[[str], Awaitable[Person]]
"""Asks Slack for one person. Raises Unavailable when it cannot, Refused when there is no such person."""


class Identity:
    def __init__(self, db: Database, directory: Directory, access: AccessSettings, clock: Clock) -> None:
        self._db = db
        self._directory = directory
        self._clock = clock
        self._store = PersonStore()
        self._known: OrderedDict[str, tuple[datetime, Person]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Person]] = {}
        self._saving: set[asyncio.Task[None]] = set()
        self._permissions = frozenset().union(*(access.roles.get(role, frozenset()) for role in access.everyone))

    async def known(self, user_id: str) -> Principal | None:
        """From local data only; None for somebody not seen within a day. Old knowledge is refreshed in the background."""
        learnt = self._known.get(user_id) or await self._from_database(user_id)
        if learnt is None:
            return None
        at, person = learnt
        age = self._clock.now() - at
        if age > _STALE:
            return None
        if age > _FRESH and not self._too_many(user_id):
            self._ask(user_id)
        return self._principal(person)

    async def ask(self, user_id: str, within: float) -> Principal | None:
        """Like `known`, then asks Slack for at most `within` seconds; None when that did not help in time."""
        if (principal := await self.known(user_id)) is not None:
            return principal
        try:
            return self._principal(await asyncio.wait_for(asyncio.shield(self._ask(user_id)), within))
        except (TimeoutError, Unavailable):
            return None

    async def require(self, user_id: str) -> Principal:
        """The principal, asking Slack if need be. Raises Unavailable when nobody can say, Refused for a stranger."""
        # Without the bound: calls that run are few already, and what was accepted must not fail for it.
        return await self.known(user_id) or self._principal(await asyncio.shield(self._ask(user_id, bound=False)))

    @property
    def asking(self) -> int:
        """How many people Slack is being asked about, those included whose answer is being saved."""
        return len(self._asking) + len(self._saving)

    async def close(self) -> None:
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), *self._saving, return_exceptions=True)

    def _principal(self, person: Person) -> Principal:
        if not person.full_member:
            return Principal(person.user_id, person.name, zone=person.zone)
        return Principal(person.user_id, person.name, frozenset({"default"}), self._permissions, person.zone)

    def _ask(self, user_id: str, *, bound: bool = True) -> asyncio.Task[Person]:
        """One request per person at a time, whoever asks. Raises Busy when Slack is being asked about too many."""
        if bound and self._too_many(user_id):
            raise Busy("questions about people")
        if (task := self._asking.get(user_id)) is None:
            task = self._asking[user_id] = asyncio.create_task(self._learn(user_id), name=f"learn {user_id}")
            task.add_done_callback(lambda done: self._asked(user_id, done))
        return task

    def _too_many(self, user_id: str) -> bool:
        return self.asking >= MOST_ASKED and user_id not in self._asking

    def _asked(self, user_id: str, task: asyncio.Task[Person]) -> None:
        self._asking.pop(user_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            level = log.info if isinstance(error, Unavailable | Refused) else log.error
            level("person_not_learnt", user_id=user_id, error=str(error))

    async def _learn(self, user_id: str) -> Person:
        person = await self._directory(user_id)
        now = self._clock.now()
        self._remember(now, person)
        row = PersonRow(
            user_id=user_id, name=person.name, zone=person.zone, full_member=person.full_member, learnt_at=now
        )
        # Behind the caller's back: whoever waits for an acknowledgement does not wait for a disk as well.
        saving = asyncio.create_task(self._save(row), name=f"save {user_id}")
        self._saving.add(saving)
        saving.add_done_callback(self._saving.discard)
        return person

    async def _save(self, row: PersonRow) -> None:
        try:
            async with self._db.transaction() as session:
                await self._store.save(session, row)
        except Unavailable as error:
            log.info("person_not_saved", user_id=row.user_id, error=str(error))

    async def _from_database(self, user_id: str) -> tuple[datetime, Person] | None:
        async with self._db.reading() as session:
            row = await self._store.get(session, user_id)
        if row is None:
            return None
        person = Person(row.user_id, row.name, row.zone, row.full_member)
        self._remember(row.learnt_at, person)
        return row.learnt_at, person

    def _remember(self, at: datetime, person: Person) -> None:
        self._known[person.user_id] = (at, person)
        self._known.move_to_end(person.user_id)
        while len(self._known) > _BOUND:
            self._known.popitem(last=False)
