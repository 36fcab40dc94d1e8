"""With whom a sandbox is shared: they may look at it, use it and get access to it; it stays its owner's."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.call import Call
from bot.kit.clock import Clock
from bot.kit.errors import FieldErrors
from commands.sandbox import trail
from commands.sandbox.books import CARD, Books, shared_card_key
from commands.sandbox.ports import People
from commands.sandbox.values.life import ShareArguments, Shares
from storage.db import Database
from storage.messages import MessageStore, Person, Priority
from storage.sandbox_shares import SandboxShareRow
from storage.sandboxes import SandboxRow

_MOST = 20


class Sharing:
    def __init__(self, db: Database, clock: Clock, messages: MessageStore, books: Books, people: People) -> None:
        self._db = db
        self._clock = clock
        self._messages = messages
        self._books = books
        self._people = people

    async def share(self, call: Call, arguments: ShareArguments) -> Shares:
        """Each hears of it, with the sandbox's card. Raises FieldErrors when somebody may not use sandboxes at all, or they
        are too many."""
        people = [await self._people.require(user_id) for user_id in dict.fromkeys(arguments.people)]
        if strangers := [person.name for person in people if not person.may("sandbox.show")]:
            raise FieldErrors({"people": f"{strangers[0]} may not use sandboxes here"})
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.shared")) is not None:
                return await self._shares(session, done)
            row = await self._books.locked(session, call, arguments.sandbox, "sharing it")
            now, added = self._clock.now(), []
            for person in people:
                share = SandboxShareRow(
                    sandbox_id=row.id,
                    user_id=person.user_id,
                    name=person.name,
                    by=call.principal.user_id,
                    at=now,
                )
                if person.user_id != row.owner and await self._books.shares.add(session, share):
                    added.append(person.user_id)
                    await self._messages.mark_card(
                        session,
                        key=shared_card_key(row.id, person.user_id),
                        to=Person(person.user_id),
                        fallback=None,
                        view=CARD,
                        object_id=row.id,
                        priority=Priority.NEW,
                    )
                    await self._messages.touch_home(session, person.user_id)
            if len(await self._books.shares.of(session, row.id)) > _MOST:
                raise FieldErrors({"people": f"must be at most {_MOST} together with those it is shared with already"})
            if added:
                await self._books.write(session, trail.shared(call, "shared", row, added, now))
            return await self._shares(session, row)

    async def unshare(self, call: Call, arguments: ShareArguments) -> Shares:
        """The access that was given out ends for all, because nobody can tell the tokens of one from another's; those who
        still may get theirs anew."""
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.unshared")) is not None:
                return await self._shares(session, done)
            row = await self._books.locked(session, call, arguments.sandbox, "ending what is shared of it")
            removed = await self._books.end_shares(session, row.id, arguments.people)
            if removed:
                now = self._clock.now()
                entry = trail.shared(call, "unshared", row, sorted(removed), now)
                row = await self._books.changed(session, row, entry, revoke=True)
            return await self._shares(session, row)

    async def _shares(self, session: AsyncSession, row: SandboxRow) -> Shares:
        shares = await self._books.shares.of(session, row.id)
        return Shares(sandbox=self._books.details(row), people=tuple(share.name for share in shares))
