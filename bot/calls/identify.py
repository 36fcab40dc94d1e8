"""Slack user -> Principal: from memory, then from the database, then from Slack. Knows no command.

People are looked up when they first appear and kept for a while; the directory is never crawled. What is known already is
enough to acknowledge a call; only a person nobody has seen costs a request to Slack, within a bound.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from bot.calls.memberships import AskGroup, Memberships
from bot.kit.access import AccessSettings
from bot.kit.call import Principal
from bot.kit.clock import Clock
from bot.kit.errors import Busy, Refused, Unavailable, Unconfirmed
from bot.kit.events import PERSON_LEFT, PersonLeft
from bot.kit.roles import Person, Rules
from storage.db import Database
from storage.events import EventStore
from storage.people import PersonRow, PersonStore

log = structlog.stdlib.get_logger(__name__)

_FRESH = timedelta(hours=1)  # asked again after this
_STALE = timedelta(hours=24)  # serves this long when Slack does not answer
_BOUND = 10_000  # people kept in memory
MOST_ASKED = 100  # people whom Slack is asked about at once; past it they are judged when their call runs
_OTHERS = 5.0  # seconds: how soon a replica knows what another one has learnt
_OVERLAP = timedelta(minutes=1)  # by how much replicas' clocks may differ

Directory = Callable[[str], Awaitable[Person]]
"""Asks Slack for one person. Raises Unavailable when it cannot, Refused when there is no such person."""


@dataclass(slots=True)
class _Known:
    """What was learnt of somebody, when, and what the rules make of it as of `version` of the user groups."""

    at: datetime
    person: Person
    principal: Principal
    version: int


async def _no_group(ref: str) -> NoReturn:
    raise AssertionError(f"nobody is there to be asked for {ref}")


class Identity:
    def __init__(
        self,
        db: Database,
        directory: Directory,
        access: AccessSettings,
        clock: Clock,
        ask_group: AskGroup = _no_group,
        events: EventStore | None = None,
    ) -> None:
        """`ask_group` is only needed where `access` names user groups. `events` hears of who has left."""
        self.rules = Rules(access)
        self.memberships = Memberships(db, self.rules.groups, ask_group, clock)
        self._db = db
        self._directory = directory
        self._clock = clock
        self._events = events or EventStore()
        self._store = PersonStore()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._saving: set[asyncio.Task[None]] = set()

    async def known(self, user_id: str) -> Principal | None:
        """From local data only; None for somebody not seen within a day. Old knowledge is refreshed in the background."""
        found = await self._standing(user_id)
        if found is None:
            return None
        principal, age = found
        if age > _STALE:
            return None
        if age > _FRESH and not self._too_many(user_id):
            self._ask(user_id)
        return principal

    def at_hand(self, user_id: str) -> Principal | None:
        """Somebody who is in memory and was learnt within the hour, which most callers are: there is nothing to wait for."""
        known = self._known.get(user_id)
        if known is None or self.memberships.refs or self._clock.now() - known.at > _FRESH:
            return None
        return known.principal

    async def ask(self, user_id: str, within: float, *, fresh: bool = False) -> Principal | None:
        """Like `known`, then asks Slack for at most `within` seconds; None when that did not help in time. With `fresh`, only
        what was learnt within the hour will do: raises Unconfirmed when there is no such."""
        if fresh:
            try:
                async with asyncio.timeout(within):
                    return await self.require(user_id, fresh=True)
            except TimeoutError as error:
                raise Unconfirmed(f"no answer within {within:g} s") from error
        if (principal := await self.known(user_id)) is not None:
            return principal
        try:
            await asyncio.wait_for(asyncio.shield(self._ask(user_id)), within)
        except (TimeoutError, Unavailable):
            return None
        return await self.known(user_id)

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal:
        """The principal, asking Slack if need be. Raises Unavailable when nobody can say (Unconfirmed, when what is known is
        too old for `fresh`), Refused for a stranger."""
        if fresh:
            found = await self._standing(user_id)
            if found is not None and found[1] <= _FRESH:
                return found[0]
        elif (principal := await self.known(user_id)) is not None:
            return principal
        try:
            # Without the bound: calls that run are few already, and what was accepted must not fail for it.
            await asyncio.shield(self._ask(user_id, bound=False))
        except Unavailable as error:
            if fresh:
                raise Unconfirmed(error.detail, retry_after=error.retry_after) from error
            raise
        found = await self._standing(user_id)
        if found is None:
            raise Unavailable("Slack", "what it said is forgotten already")
        return found[0]

    async def changed(self, person: Person) -> None:
        """Slack says that somebody is like this now. Of no interest where nobody ever asked for them, unless they have left:
        then they may own something. Raises Unavailable when it cannot be written down: then it must be told again."""
        async with self._db.reading() as session:
            row = await self._store.get(session, person.user_id)
        if row is None and not person.gone:
            return
        if person.domain is None and row is not None and not person.gone:
            person = replace(person, domain=row.domain)
        await self._write(self._remember(self._clock.now(), person))

    async def look_again(self, user_id: str) -> None:
        """Asks Slack about somebody, however fresh what is known is. Raises Unavailable when it does not answer."""
        try:
            await asyncio.shield(self._ask(user_id, bound=False))
        except Refused:  # Slack knows nobody by that id
            return

    async def keep(self) -> None:
        """Learns what other replicas have learnt, until cancelled. On SQLite there are none."""
        while self._db.dialect == "postgresql":
            await asyncio.sleep(_OTHERS)
            try:
                await self._learn_from_others()
            except Unavailable as error:
                log.info("others_not_heard", error=str(error))

    @property
    def asking(self) -> int:
        """How many people Slack is being asked about, those included whose answer is being saved."""
        return len(self._asking) + len(self._saving)

    async def close(self) -> None:
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), *self._saving, return_exceptions=True)
        await self.memberships.close()

    async def _standing(self, user_id: str) -> tuple[Principal, timedelta] | None:
        """The principal, and how old the oldest is of what it was made from; None when something is not known at all."""
        known = self._known.get(user_id) or await self._from_database(user_id)
        if known is None:
            return None
        since = known.at
        if self.memberships.refs:
            groups_since = await self.memberships.since()
            if groups_since is None:
                return None
            since = min(since, groups_since)
            if known.version != self.memberships.version:
                known.principal = self.rules.principal(known.person, self.memberships.of(user_id))
                known.version = self.memberships.version
        return known.principal, self._clock.now() - since

    def _ask(self, user_id: str, *, bound: bool = True) -> "asyncio.Task[None]":
        """One request per person at a time, whoever asks. Raises Busy when Slack is being asked about too many."""
        if bound and self._too_many(user_id):
            raise Busy("questions about people")
        if (task := self._asking.get(user_id)) is None:
            task = self._asking[user_id] = asyncio.create_task(self._learn(user_id), name=f"learn {user_id}")
            task.add_done_callback(lambda done: self._asked(user_id, done))
        return task

    def _too_many(self, user_id: str) -> bool:
        return self.asking >= MOST_ASKED and user_id not in self._asking

    def _asked(self, user_id: str, task: "asyncio.Task[None]") -> None:
        self._asking.pop(user_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            level = log.info if isinstance(error, Unavailable | Refused) else log.error
            level("person_not_learnt", user_id=user_id, error=str(error))

    async def _learn(self, user_id: str) -> None:
        """The person and, where they are due, the user groups."""
        person, groups = await asyncio.gather(
            self._directory(user_id), self.memberships.refresh(), return_exceptions=True
        )
        if isinstance(person, BaseException):
            raise person
        row = self._remember(self._clock.now(), person)
        # Behind the caller's back: whoever waits for an acknowledgement does not wait for a disk as well.
        saving = asyncio.create_task(self._save(row), name=f"save {user_id}")
        self._saving.add(saving)
        saving.add_done_callback(self._saving.discard)
        if isinstance(groups, BaseException):
            raise groups

    async def _save(self, row: PersonRow) -> None:
        try:
            await self._write(row)
        except Unavailable as error:
            log.info("person_not_saved", user_id=row.user_id, error=str(error))

    async def _write(self, row: PersonRow) -> None:
        """And tells that somebody has left, in the same transaction, when nobody knew. Two replicas that find out at the same
        moment tell it twice."""
        async with self._db.transaction() as session:
            before = await self._store.get(session, row.user_id) if row.gone else None
            await self._store.save(session, row)
            if row.gone and not (before and before.gone):
                left = PersonLeft(user_id=row.user_id, name=before.name if before else row.name)
                await self._events.emit(session, PERSON_LEFT, row.user_id, left.model_dump(), row.learnt_at)

    async def _from_database(self, user_id: str) -> _Known | None:
        async with self._db.reading() as session:
            row = await self._store.get(session, user_id)
        if row is None:
            return None
        self._remember(row.learnt_at, _person_of(row))
        return self._known[user_id]

    async def _learn_from_others(self) -> None:
        async with self._db.reading() as session:
            rows = await self._store.learnt_since(session, self._clock.now() - _OVERLAP, limit=1000)
        for row in rows:
            known = self._known.get(row.user_id)
            if known is not None and known.at < row.learnt_at:
                self._remember(row.learnt_at, _person_of(row))
        if self.memberships.refs:
            await self.memberships.load()

    def _remember(self, at: datetime, person: Person) -> PersonRow:
        version = self.memberships.version
        principal = self.rules.principal(person, self.memberships.of(person.user_id))
        self._known[person.user_id] = _Known(at, person, principal, version)
        self._known.move_to_end(person.user_id)
        while len(self._known) > _BOUND:
            self._known.popitem(last=False)
        return PersonRow(
            user_id=person.user_id,
            name=person.name,
            zone=person.zone,
            full_member=person.full_member,
            gone=person.gone,
            domain=person.domain,
            learnt_at=at,
        )


def _person_of(row: PersonRow) -> Person:
    return Person(row.user_id, row.name, row.zone, row.full_member, row.gone, row.domain)
