"""Putting sandboxes to sleep and waking them: by hand, and by the hours they keep. Writes what should be; the reconciler
does it."""

from bot.kit.call import Call
from bot.kit.clock import Clock
from bot.kit.errors import UserError
from commands.sandbox import trail
from commands.sandbox.books import Books, hours_of, rest_of, rested
from commands.sandbox.rules.hours import Rest, Why, put_to_sleep, settled, woken
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import SandboxDetails
from commands.sandbox.values.life import HoursArguments, WakeArguments
from storage.db import Database
from storage.sandboxes import SandboxRow


class Sleeping:
    def __init__(self, db: Database, clock: Clock, settings: SandboxSettings, books: Books) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._books = books

    async def sleep(self, call: Call, name: str) -> SandboxDetails:
        """Until somebody wakes it."""
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.put_to_sleep")) is not None:
                return self._books.details(done)
            row = await self._books.locked(session, call, name, "putting it to sleep")
            rest = put_to_sleep(rest_of(row), Why.ASKED)
            if rest_of(row).asleep and row.asleep_why in (Why.ASKED, Why.EXPIRED):
                return self._books.details(row)
            entry = trail.sleep_changed(call, "put_to_sleep", row, {"asleep": True}, self._clock.now())
            return self._books.details(await self._books.changed(session, row, entry, **rested(rest)))

    async def wake(self, call: Call, arguments: WakeArguments) -> SandboxDetails:
        """Raises UserError when its time is over: then it has to be extended."""
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.woken")) is not None:
                return self._books.details(done)
            row = await self._books.locked(session, call, arguments.sandbox, "waking it")
            now = self._clock.now()
            if rest_of(row).why is Why.EXPIRED:
                raise UserError(f"The time of sandbox “{row.name}” is over. Extend it, and it wakes.")
            if not row.asleep and row.woken_until is None and arguments.until is None:
                return self._books.details(row)
            until = call.at + arguments.until if arguments.until else None
            rest = woken(rest_of(row), until, self._books.hours(row), now)
            if rest == rest_of(row):
                return self._books.details(row)
            after = {"asleep": False, "until": rest.woken_until.isoformat() if rest.woken_until else None}
            entry = trail.sleep_changed(call, "woken", row, after, now)
            changed = await self._books.changed(session, row, entry, active_at=now, **rested(rest))
        return self._books.details(changed)

    async def keep_hours(self, call: Call, arguments: HoursArguments) -> SandboxDetails:
        """When it is awake from now on."""
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.hours_changed")) is not None:
                return self._books.details(done)
            row = await self._books.locked(session, call, arguments.sandbox, "changing its hours")
            if row.hours == arguments.hours:
                return self._books.details(row)
            now = self._clock.now()
            hours = hours_of(arguments.hours, self._settings)
            rest = settled(self._of_the_new_hours(row), hours, now)
            entry = trail.sleep_changed(call, "hours_changed", row, {"hours": arguments.hours}, now)
            changed = await self._books.changed(session, row, entry, hours=arguments.hours, **rested(rest))
        return self._books.details(changed)

    def _of_the_new_hours(self, row: SandboxRow) -> Rest:
        """What the old hours did is over."""
        rest = rest_of(row)
        return Rest() if rest.why is Why.SCHEDULE else rest
