"""Looking at sandboxes: lists, their cards, how they stand. Looking into one is in seeing.py. Changes nothing."""

from collections.abc import Sequence

from bot.kit.call import Call, Principal
from bot.kit.clock import Clock
from bot.kit.declare import Tally
from commands.sandbox.books import Books
from commands.sandbox.rules.states import tallied
from commands.sandbox.values.basics import SandboxDetails, SandboxList
from storage.db import Database


class Looking:
    def __init__(self, db: Database, clock: Clock, books: Books) -> None:
        self._db = db
        self._clock = clock
        self._books = books

    async def list(self, call: Call, *, everyone: bool) -> SandboxList:
        """Mine, or those of every team whose sandboxes I may list."""
        if not everyone:
            return await self.of(call.principal)
        async with self._db.reading() as session:
            teams = call.principal.teams_where("sandbox.list")
            shared = await self._books.shares.with_person(session, call.principal.user_id)
            rows = await self._books.sandboxes.present(session, teams, call.principal.user_id, shared)
        return SandboxList(sandboxes=self._books.all_details(rows), everyone=True, at=self._clock.now())

    async def of(self, principal: Principal) -> SandboxList:
        """Somebody's own, and those shared with them."""
        async with self._db.reading() as session:
            shared = await self._books.shares.with_person(session, principal.user_id)
            rows = await self._books.sandboxes.present(session, frozenset(), principal.user_id, shared)
        return SandboxList(sandboxes=self._books.all_details(rows), everyone=False, at=self._clock.now())

    async def matching(self, principal: Principal, typed: str) -> Sequence[SandboxDetails]:
        """Those I may see whose name or namespace holds what was typed, or whose id it is; my own first."""
        async with self._db.reading() as session:
            shared = await self._books.shares.with_person(session, principal.user_id)
            teams = principal.teams_where("sandbox.show")
            rows = await self._books.sandboxes.present(session, teams, principal.user_id, shared)
        wanted = typed.lower()
        found = [
            self._books.details(row)
            for row in rows
            if row.wanted and (wanted in row.name or wanted in row.namespace or wanted == row.id)
        ]
        return sorted(found, key=lambda each: (each.owner != principal.user_id, each.name))

    async def details_of(self, sandbox_id: str) -> SandboxDetails | None:
        """For its card."""
        async with self._db.reading() as session:
            row = await self._books.sandboxes.get(session, sandbox_id)
        return self._books.details(row) if row else None

    async def owners(self) -> Sequence[str]:
        """Who has a sandbox."""
        async with self._db.reading() as session:
            return await self._books.sandboxes.owners(session)

    async def tally(self) -> Tally:
        """For the metrics."""
        async with self._db.reading() as session:
            counts = await self._books.sandboxes.counts(session)
        return tallied(counts, self._clock.now())
