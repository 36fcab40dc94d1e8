"""Who is in the Slack user groups that the configuration names: from memory, then from the database, then from Slack.

Only those groups are asked about, when somebody first calls and then hourly. Knows no roles: bot/kit/roles.py does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.kit.clock import Clock
from bot.kit.errors import Unavailable
from storage.db import Database
from storage.people import UserGroupRow, UserGroupStore

log = structlog.stdlib.get_logger(__name__)

DUE = timedelta(minutes=50)  # asked again after this, so that nobody's call finds them an hour old
_AGAIN = timedelta(seconds=10)  # not asked again so soon after Slack did not answer
_AT_ONCE = 4  # `usergroups.users.list` is tier 2: about 20 a minute


@dataclass(frozen=True)
class UserGroup:
    """What Slack says of a user group. `ref` is how the configuration names it; `group_id` None: there is no such group (any
    more). `members` are user ids, empty for one that is switched off."""

    ref: str
    group_id: str | None
    members: frozenset[str]


AskGroup = Callable[[str], Awaitable[UserGroup]]
"""Asks Slack for one group by its ref. Raises Unavailable when it cannot."""


class Memberships:
    """`version` changes whenever anything else is known."""

    def __init__(self, db: Database, refs: Iterable[str], ask: AskGroup, clock: Clock) -> None:
        self.refs = tuple(sorted(refs))
        self.version = 0
        self._db = db
        self._ask = ask
        self._clock = clock
        self._store = UserGroupStore()
        self._known: dict[str, tuple[datetime, UserGroup]] = {}
        self._of: dict[str, frozenset[str]] = {}
        self._oldest: datetime | None = None
        self._loaded = not self.refs
        self._refreshing: asyncio.Task[None] | None = None
        self._failure: Unavailable | None = None
        self._failed_at = clock.now()

    def of(self, user_id: str) -> frozenset[str]:
        """The groups somebody is in, by ref, as far as is known."""
        return self._of.get(user_id, frozenset())

    async def since(self) -> datetime | None:
        """When the longest known of them was learnt; None when some group is not known at all. Local data only."""
        if not self._loaded:
            await self.load()
        return self._oldest

    async def load(self) -> None:
        """What any replica has learnt last."""
        async with self._db.reading() as session:
            rows = await self._store.known(session, self.refs)
        self._take(
            (row.learnt_at, UserGroup(row.ref, row.group_id, frozenset(row.members)))
            for row in rows
            if row.ref not in self._known or self._known[row.ref][0] < row.learnt_at
        )
        self._loaded = True

    async def refresh(self) -> None:
        """Asks Slack about those that are due. Raises Unavailable when it does not answer for some."""
        now = self._clock.now()
        if self._refreshing is None:
            due = [ref for ref in self.refs if ref not in self._known or now - self._known[ref][0] >= DUE]
            if not due:
                return
            if self._failure is not None and now - self._failed_at < _AGAIN:
                raise self._failure
            self._refreshing = asyncio.create_task(self._learn(due), name="learn user groups")
            self._refreshing.add_done_callback(self._refreshed)
        await asyncio.shield(self._refreshing)

    async def changed(self, group_id: str) -> None:
        """Slack says that something about a group has changed: if it is one of ours, or may be by its handle, it is asked about
        at once. Raises Unavailable when that does not work: then it must be told again."""
        if not self._loaded:
            await self.load()
        ours = [ref for ref in self.refs if ref == group_id or self._id_of(ref) in (group_id, None)]
        if ours:
            await self._learn(ours)

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    def _id_of(self, ref: str) -> str | None:
        return self._known[ref][1].group_id if ref in self._known else None

    def _refreshed(self, task: "asyncio.Task[None]") -> None:
        self._refreshing = None
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, Unavailable):
                self._failure, self._failed_at = error, self._clock.now()
                log.warning("user_groups_not_learnt", error=str(error))
            else:
                log.error("user_groups_not_learnt", exc_info=error)

    async def _learn(self, refs: Sequence[str]) -> None:
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(ref: str) -> UserGroup:
            async with places:
                return await self._ask(ref)

        found = await asyncio.gather(*(one(ref) for ref in refs), return_exceptions=True)
        learnt, now = [each for each in found if isinstance(each, UserGroup)], self._clock.now()
        for group in learnt:
            if group.group_id is None:
                log.warning("user_group_unknown", group=group.ref)
        self._take((now, group) for group in learnt)
        await self._save(learnt, now)
        for failure in found:
            if isinstance(failure, BaseException):
                raise failure
        self._failure = None

    async def _save(self, groups: Sequence[UserGroup], at: datetime) -> None:
        if not groups:
            return
        try:
            async with self._db.transaction() as session:
                for group in groups:
                    members = sorted(group.members)
                    row = UserGroupRow(ref=group.ref, group_id=group.group_id, members=members, learnt_at=at)
                    await self._store.save(session, row)
        except Unavailable as error:
            log.info("user_groups_not_saved", error=str(error))

    def _take(self, learnt: Iterable[tuple[datetime, UserGroup]]) -> None:
        taken = {group.ref: (at, group) for at, group in learnt}
        if not taken:
            return
        self._known |= taken
        of: dict[str, set[str]] = {}
        for _at, group in self._known.values():
            for user_id in group.members:
                of.setdefault(user_id, set()).add(group.ref)
        self._of = {user_id: frozenset(refs) for user_id, refs in of.items()}
        complete = len(self._known) == len(self.refs)
        self._oldest = min(at for at, _group in self._known.values()) if complete else None
        self.version += 1
