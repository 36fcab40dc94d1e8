"""The use cases of sandboxes: each writes an intent in one transaction and returns; the reconciler makes it so."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.call import Call, Principal
from bot.kit.clock import Clock
from bot.kit.declare import Tally
from bot.kit.errors import FieldErrors, NotFound, UserError
from bot.kit.ids import new_id
from bot.kit.plans import Plan
from bot.kit.units import format_duration
from commands.sandbox.objects import SIZES, Size, namespace_name
from commands.sandbox.ports import Cluster
from commands.sandbox.reconciler import TOPIC, Reconciler
from commands.sandbox.rules import Seen, next_state, over_limit, tallied
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values import CreateArguments, SandboxDetails, SandboxEffects, SandboxList
from storage.db import Database
from storage.messages import Channel, MessageStore, Person, Priority
from storage.sandboxes import SandboxRow, SandboxState, SandboxStore

CARD = "sandbox.card"


class SandboxService:
    """Everything here is idempotent: called again with the same call reference, or for something done already, it changes
    nothing more."""

    def __init__(
        self, db: Database, clock: Clock, cluster: Cluster, messages: MessageStore, settings: SandboxSettings
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._messages = messages
        self._sandboxes = SandboxStore()
        self.reconciler = Reconciler(db, clock, cluster, settings, self._mark_card)

    async def check_create(self, call: Call, arguments: CreateArguments) -> None:
        """What can be said before the call is accepted. Raises FieldErrors or UserError."""
        self._check_lifetime(arguments)
        async with self._db.reading() as session:
            await self._check_room(session, call, arguments)

    async def plan_create(self, call: Call, arguments: CreateArguments) -> Plan:
        """What would be set up."""
        lifetime = arguments.lifetime or self._settings.lifetime
        quota = SIZES[arguments.size].quota
        lines = [
            f"Sets up sandbox {arguments.name} for team {call.principal.team}, size {arguments.size}: "
            f"{quota['requests.cpu']} CPUs, {quota['requests.memory']} memory, {quota['requests.storage']} storage",
            f"Deletes it after {format_duration(lifetime)}",
        ]
        return Plan(lines, SandboxEffects(size=arguments.size, lifetime=lifetime))

    async def plan_delete(self, call: Call, name: str) -> Plan:
        """What would be gone. Raises NotFound."""
        async with self._db.reading() as session:
            row = await self._find(session, call, name, made_before=call.at)
        lines = [
            f"Deletes sandbox {row.name} of {row.owner_name}, team {row.team}: namespace {row.namespace} and everything in it",
            "Pods, volumes and secrets are gone for good",
        ]
        return Plan(lines, SandboxEffects(size=Size(row.size), lifetime=row.expires_at - row.created_at), team=row.team)

    async def create(self, call: Call, arguments: CreateArguments) -> SandboxDetails:
        """Raises FieldErrors when the name is taken or the lifetime too long, UserError when there are too many."""
        self._check_lifetime(arguments)
        owner, team, now = call.principal.user_id, call.principal.team, self._clock.now()
        async with self._db.transaction() as session:
            await self._sandboxes.lock_limits(session, team=team, owner=owner)
            if (made := await self._sandboxes.by_request(session, call.ref)) is not None:
                return details(made)
            await self._check_room(session, call, arguments)
            row = SandboxRow(
                id=new_id(8),
                request_ref=call.ref,
                name=arguments.name,
                owner=owner,
                owner_name=call.principal.name,
                team=team,
                size=arguments.size,
                purpose=arguments.purpose,
                namespace=namespace_name(team, arguments.name, new_id(4)),
                state=SandboxState.REQUESTED,
                created_at=now,
                expires_at=now + (arguments.lifetime or self._settings.lifetime),
                look_at=now,
            )
            self._sandboxes.add(session, row)
            in_channel = call.place is not None and self._settings.cards == "channel"
            await self._messages.mark_card(
                session,
                key=_card_key(row.id),
                to=Channel(call.place.channel) if call.place and in_channel else Person(owner),
                fallback=owner,
                view=CARD,
                object_id=row.id,
                priority=Priority.NEW,
            )
            await self._messages.touch_home(session, owner)
            self._db.signal(session, TOPIC)
        return details(row)

    async def list(self, call: Call, *, everyone: bool) -> SandboxList:
        """Mine, or my teams'."""
        owner = None if everyone else call.principal.user_id
        async with self._db.reading() as session:
            rows = await self._sandboxes.present(session, call.principal.teams, owner)
        return SandboxList(sandboxes=tuple(details(row) for row in rows), everyone=everyone, at=self._clock.now())

    async def of(self, principal: Principal) -> SandboxList:
        """Somebody's own."""
        async with self._db.reading() as session:
            rows = await self._sandboxes.present(session, principal.teams, principal.user_id)
        return SandboxList(sandboxes=tuple(details(row) for row in rows), everyone=False, at=self._clock.now())

    async def matching(self, principal: Principal, typed: str) -> Sequence[SandboxDetails]:
        """Those of my teams whose name or namespace holds what was typed, or whose id it is; my own first."""
        async with self._db.reading() as session:
            rows = await self._sandboxes.present(session, principal.teams)
        wanted = typed.lower()
        found = [
            details(row)
            for row in rows
            if row.wanted and (wanted in row.name or wanted in row.namespace or wanted == row.id)
        ]
        return sorted(found, key=lambda each: (each.owner != principal.user_id, each.name))

    async def show(self, call: Call, name: str) -> SandboxDetails:
        """Raises NotFound when none of my teams has such a sandbox."""
        async with self._db.reading() as session:
            return details(await self._find(session, call, name))

    async def delete(self, call: Call, name: str) -> SandboxDetails:
        """Raises NotFound when none of my teams has such a sandbox. Deleting again changes nothing."""
        async with self._db.transaction() as session:
            found = await self._find(session, call, name, made_before=call.at)
            row = await self._sandboxes.lock(session, found.id)  # the reconciler may be at it
            if row is None or not row.wanted:
                return details(row or found)
            now = self._clock.now()
            changed = await self._sandboxes.change(
                session,
                row,
                wanted=False,
                unwanted_at=now,
                state=next_state(SandboxState(row.state), Seen.UNWANTED),
                problem=None,
                failures=0,
                look_at=now,
            )
            assert changed is not None, "the row is locked, so its version cannot have changed"
            await self._mark_card(session, changed)
            self._db.signal(session, TOPIC)
        return details(changed)

    async def details_of(self, sandbox_id: str) -> SandboxDetails | None:
        """For its card."""
        async with self._db.reading() as session:
            row = await self._sandboxes.get(session, sandbox_id)
        return details(row) if row else None

    async def tally(self) -> Tally:
        """For the metrics."""
        async with self._db.reading() as session:
            counts = await self._sandboxes.counts(session)
        return tallied(counts, self._clock.now())

    async def _mark_card(self, session: AsyncSession, row: SandboxRow) -> None:
        await self._messages.touch(session, key=_card_key(row.id), priority=Priority.EDIT)
        await self._messages.touch_home(session, row.owner)

    async def _find(
        self, session: AsyncSession, call: Call, name: str, *, made_before: datetime | None = None
    ) -> SandboxRow:
        """`made_before`: a call that is resumed after a crash must not find what got the same name since."""
        rows = await self._sandboxes.named(session, call.principal.teams, name.strip().lower())
        rows = [row for row in rows if made_before is None or row.created_at <= made_before]
        if not rows:
            raise NotFound(f"There is no sandbox “{name}” among yours and your team's. Try: sandbox list")
        live = [row for row in rows if row.wanted]
        if len(live) > 1:
            ids = " or ".join(f"{row.id} (team {row.team})" for row in live)
            raise UserError(f"Two of your teams have a sandbox “{name}”. Say which by its id: {ids}")
        return rows[0]

    async def _check_room(self, session: AsyncSession, call: Call, arguments: CreateArguments) -> None:
        team, owner = call.principal.team, call.principal.user_id
        if any(row.wanted and row.name == arguments.name for row in await self._same_name(session, team, arguments)):
            raise FieldErrors({"name": f"is taken: team {team} has a sandbox “{arguments.name}” already"})
        mine = await self._sandboxes.count_wanted(session, owner=owner)
        ours = await self._sandboxes.count_wanted(session, team=team)
        problem = over_limit(mine, self._settings.per_person, team, ours, self._settings.per_team)
        if problem:
            raise UserError(problem)

    async def _same_name(self, session: AsyncSession, team: str, arguments: CreateArguments) -> Sequence[SandboxRow]:
        return await self._sandboxes.named(session, [team], arguments.name)

    def _check_lifetime(self, arguments: CreateArguments) -> None:
        if arguments.lifetime and arguments.lifetime > self._settings.longest:
            raise FieldErrors({"lifetime": f"must be at most {format_duration(self._settings.longest)}"})


def details(row: SandboxRow) -> SandboxDetails:
    return SandboxDetails(
        id=row.id,
        name=row.name,
        state=SandboxState(row.state),
        owner=row.owner,
        owner_name=row.owner_name,
        team=row.team,
        size=Size(row.size),
        purpose=row.purpose,
        namespace=row.namespace,
        created_at=row.created_at,
        expires_at=row.expires_at,
        problem=row.problem,
        version=row.version,
    )


def _card_key(sandbox_id: str) -> str:
    return f"sandbox:{sandbox_id}:card"
