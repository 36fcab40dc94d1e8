"""How a sandbox's life goes on and ends: extending, resizing, handing over, deleting. Each writes an intent; the reconciler
does it."""

from datetime import timedelta

from bot.kit.call import Call
from bot.kit.clock import Clock
from bot.kit.errors import FieldErrors, UserError
from bot.kit.plans import Plan
from bot.kit.roles import Rules
from commands.sandbox import trail
from commands.sandbox.books import CARD, Books, owner_card_key, resources_of, rest_of, rested
from commands.sandbox.ports import People
from commands.sandbox.rules.hours import Rest, Why, settled
from commands.sandbox.rules.life import extended
from commands.sandbox.rules.limits import over_limit
from commands.sandbox.rules.prices import money
from commands.sandbox.rules.states import Seen, next_state
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.sizes import Size
from commands.sandbox.use_cases.creating import effects_of, in_words, no_room_for_team, resources_for
from commands.sandbox.values.basics import SandboxDetails, SandboxEffects
from commands.sandbox.values.life import ExtendArguments, ResizeArguments, TransferArguments
from storage.db import Database
from storage.messages import MessageStore, Person, Priority
from storage.sandboxes import SandboxRow, SandboxState


class Life:
    """Everything here is idempotent: called again with the same call reference, or for something done already, it changes
    nothing more."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        messages: MessageStore,
        settings: SandboxSettings,
        rules: Rules,
        books: Books,
        people: People,
    ) -> None:
        self._db = db
        self._clock = clock
        self._messages = messages
        self._settings = settings
        self._rules = rules
        self._books = books
        self._people = people

    # --- extending ------------------------------------------------------------------------------------------------

    async def extend(self, call: Call, arguments: ExtendArguments) -> SandboxDetails:
        """Raises UserError when it was extended often enough, is as old as it may become, or is on its way out."""
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.extended")) is not None:
                return self._books.details(done)
            row = await self._books.locked(session, call, arguments.sandbox, "extending it")
            now = self._clock.now()
            try:
                until = extended(
                    row.expires_at,
                    row.created_at,
                    row.extensions,
                    arguments.by or self._settings.lifetime,
                    most=self._settings.extensions,
                    longest=self._settings.longest_life,
                    now=now,
                )
            except ValueError as problem:
                raise UserError(str(problem)) from None
            back = rested(settled(Rest(), self._books.hours(row), now)) if rest_of(row).why is Why.EXPIRED else {}
            changed = await self._books.changed(
                session,
                row,
                trail.extended(call, row, until, now),
                expires_at=until,
                term_from=now,
                extensions=row.extensions + 1,
                active_at=now,
                **back,
            )
        return self._books.details(changed)

    # --- resizing -------------------------------------------------------------------------------------------------

    async def plan_resize(self, call: Call, arguments: ResizeArguments) -> Plan:
        """What would change. Raises NotFound, Refused, FieldErrors."""
        wanted = resources_for(arguments.size, arguments.cpu, arguments.memory, arguments.storage, self._settings)
        async with self._db.reading() as session:
            row = await self._books.own(session, call, arguments.sandbox, "resizing it")
        prices, before = self._settings.price_list(), resources_of(row)
        lines = [f"Resizes sandbox {row.name} from {in_words(before)} to {in_words(wanted)}"]
        if wanted.cpu < before.cpu or wanted.memory < before.memory:
            lines.append("What runs beyond the new size goes on running; what stops cannot start again")
        if prices:
            now, then = (money(prices.daily(each), prices.currency) for each in (before, wanted))
            lines.append(f"Costs {then} a day, {now} so far")
        per_day = prices.daily(wanted) if prices else None
        effects = effects_of(arguments.size, row.expires_at - row.created_at, wanted, per_day, row.template)
        return Plan(lines, effects, team=row.team)

    async def resize(self, call: Call, arguments: ResizeArguments) -> SandboxDetails:
        """Raises FieldErrors when a size is not one, UserError when the team would have too much."""
        wanted = resources_for(arguments.size, arguments.cpu, arguments.memory, arguments.storage, self._settings)
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.resized")) is not None:
                return self._books.details(done)
            found = await self._books.own(session, call, arguments.sandbox, "resizing it")
            await self._books.sandboxes.lock_limits(session, team=found.team, owner=found.owner)
            row = await self._books.locked(session, call, arguments.sandbox, "resizing it")
            if wanted == resources_of(row) and arguments.size == row.size:
                return self._books.details(row)
            problem = await no_room_for_team(session, self._books, self._settings, row.team, wanted, instead_of=row.id)
            if problem is not None:
                raise UserError(problem)
            now = self._clock.now()
            changed = await self._books.changed(
                session,
                row,
                trail.resized(call, row, arguments.size, wanted, now),
                size=arguments.size,
                cpu=wanted.cpu,
                memory=wanted.memory,
                storage=wanted.storage,
                active_at=now,
            )
        return self._books.details(changed)

    # --- handing over ---------------------------------------------------------------------------------------------

    async def transfer(self, call: Call, arguments: TransferArguments) -> SandboxDetails:
        """It stays with its team. Raises Unavailable or Refused when nobody knows that person, FieldErrors when that person
        is not in it, or has as many as one person may have."""
        person = await self._people.require(arguments.to)
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.transferred")) is not None:
                return self._books.details(done)
            found = await self._books.own(session, call, arguments.sandbox, "handing it over")
            await self._books.sandboxes.lock_limits(session, team=found.team, owner=person.user_id)
            row = await self._books.locked(session, call, arguments.sandbox, "handing it over")
            if row.owner == person.user_id:
                return self._books.details(row)
            if not person.may("sandbox.create", row.team):
                raise FieldErrors({"to": f"may not have sandboxes of team {row.team}, to which this one belongs"})
            theirs = await self._books.sandboxes.count_wanted(session, owner=person.user_id)
            if over_limit(theirs, self._settings.per_person, row.team, 0, self._settings.per_team) is not None:
                raise FieldErrors({"to": f"has {theirs} sandboxes, which is as many as one person may have"})
            now = self._clock.now()
            await self._books.end_shares(session, row.id, [person.user_id])
            await self._messages.remove(session, key=owner_card_key(row.id, row.owner))
            changed = await self._books.changed(
                session,
                row,
                trail.transferred(call, row, person.user_id, now),
                owner=person.user_id,
                owner_name=person.name,
                former_owner=None,
                revoke=True,  # what the one before holds ends
                active_at=now,
            )
            await self._messages.mark_card(
                session,
                key=owner_card_key(row.id, person.user_id),
                to=Person(person.user_id),
                fallback=None,
                view=CARD,
                object_id=row.id,
                priority=Priority.NEW,
            )
        return self._books.details(changed)

    async def leave_to_team(self, user_id: str, name: str) -> None:
        """What somebody who has left owned is their team's from now on; the team's channel, or else its lead, hears of it.
        What was shared with them is not any more."""
        async with self._db.transaction() as session:
            now = self._clock.now()
            for row in await self._books.sandboxes.lock_owned(session, user_id):
                changed = await self._books.changed(
                    session,
                    row,
                    owner="",
                    owner_name=f"team {row.team}",
                    former_owner=name,
                    revoke=True,
                )
                await self._books.write(session, trail.left_to_team(user_id, name, changed, now))
                await self._books.tell_team(session, changed)
            for sandbox_id in sorted(await self._books.shares.with_person(session, user_id)):
                await self._books.end_shares(session, sandbox_id, [user_id])
                shared = await self._books.sandboxes.lock(session, sandbox_id)
                if shared is not None and shared.wanted:
                    await self._books.changed(session, shared, revoke=True)
            await self._messages.touch_home(session, user_id)

    # --- deleting -------------------------------------------------------------------------------------------------

    async def plan_delete(self, call: Call, name: str) -> Plan:
        """What would be gone. Raises NotFound."""
        async with self._db.reading() as session:
            row = await self._books.own(session, call, name, "deleting it")
        lines = [
            f"Deletes sandbox {row.name} of {row.owner_name}, team {row.team}: namespace {row.namespace} and everything in it",
            "Pods, volumes and secrets are gone for good",
        ]
        return Plan(lines, self._effects(row, row.expires_at - row.created_at), team=row.team)

    async def delete(self, call: Call, name: str) -> SandboxDetails:
        """Raises NotFound when there is no such sandbox, Refused when I may only see it. Deleting again changes nothing."""
        async with self._db.transaction() as session:
            found = await self._books.own(session, call, name, "deleting it")
            row = await self._books.sandboxes.lock(session, found.id)  # the reconciler may be at it
            if row is None or not row.wanted:
                return self._books.details(row or found)
            now, before = self._clock.now(), trail.standing(row)
            changed = await self._books.changed(
                session,
                row,
                wanted=False,
                unwanted_at=now,
                state=next_state(SandboxState(row.state), Seen.UNWANTED),
                problem=None,
                failures=0,
            )
            await self._books.write(session, trail.deleted(call, before, changed, now))
        return self._books.details(changed)

    def _effects(self, row: SandboxRow, lifetime: timedelta) -> SandboxEffects:
        resources, prices = resources_of(row), self._settings.price_list()
        per_day = prices.daily(resources) if prices else None
        return effects_of(Size(row.size), lifetime, resources, per_day, row.template)
