"""The use cases of sandboxes: each writes an intent in one transaction and returns; the reconciler makes it so."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.call import Call, Principal
from bot.kit.clock import Clock
from bot.kit.declare import Tally
from bot.kit.errors import FieldErrors, NotFound, Refused, UserError
from bot.kit.ids import new_id
from bot.kit.plans import Plan
from bot.kit.roles import Rules
from bot.kit.units import format_duration
from commands.sandbox import trail
from commands.sandbox.objects import SIZES, Size, namespace_name
from commands.sandbox.ports import Cluster
from commands.sandbox.reconciler import TOPIC, Reconciler
from commands.sandbox.rules import Seen, next_state, over_limit, tallied
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values import CreateArguments, SandboxDetails, SandboxEffects, SandboxList
from storage.audit import AuditStore
from storage.db import Database
from storage.messages import Channel, MessageStore, Person, Priority
from storage.sandboxes import SandboxRow, SandboxState, SandboxStore

CARD = "sandbox.card"


class SandboxService:
    """Everything here is idempotent: called again with the same call reference, or for something done already, it changes
    nothing more."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        cluster: Cluster,
        messages: MessageStore,
        settings: SandboxSettings,
        rules: Rules,
        audit: AuditStore,
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._rules = rules
        self._messages = messages
        self._audit = audit
        self._sandboxes = SandboxStore()
        self.reconciler = Reconciler(db, clock, cluster, settings, self._mark_card, audit)

    async def check_create(self, call: Call, arguments: CreateArguments) -> None:
        """What can be said before the call is accepted. Raises FieldErrors or UserError."""
        self._check_lifetime(arguments)
        async with self._db.reading() as session:
            await self._check_room(session, call, arguments)

    async def plan_create(self, call: Call, arguments: CreateArguments) -> Plan:
        """What would be set up."""
        lifetime, team = arguments.lifetime or self._settings.lifetime, team_for(call.principal)
        quota = SIZES[arguments.size].quota
        lines = [
            f"Sets up sandbox {arguments.name} for team {team}, size {arguments.size}: "
            f"{quota['requests.cpu']} CPUs, {quota['requests.memory']} memory, {quota['requests.storage']} storage",
            f"Deletes it after {format_duration(lifetime)}",
        ]
        return Plan(lines, SandboxEffects(size=arguments.size, lifetime=lifetime), team=team)

    async def plan_delete(self, call: Call, name: str) -> Plan:
        """What would be gone. Raises NotFound."""
        async with self._db.reading() as session:
            row = await self._own(session, call, name)
        lines = [
            f"Deletes sandbox {row.name} of {row.owner_name}, team {row.team}: namespace {row.namespace} and everything in it",
            "Pods, volumes and secrets are gone for good",
        ]
        return Plan(lines, SandboxEffects(size=Size(row.size), lifetime=row.expires_at - row.created_at), team=row.team)

    async def create(self, call: Call, arguments: CreateArguments) -> SandboxDetails:
        """Raises FieldErrors when the name is taken or the lifetime too long, UserError when there are too many."""
        self._check_lifetime(arguments)
        owner, team, now = call.principal.user_id, team_for(call.principal), self._clock.now()
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
            await self._audit.write(session, trail.created(call, row, now))
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
        """Mine, or those of every team whose sandboxes I may list."""
        if not everyone:
            return await self.of(call.principal)
        async with self._db.reading() as session:
            teams = call.principal.teams_where("sandbox.list")
            rows = await self._sandboxes.present(session, teams, call.principal.user_id)
        return SandboxList(sandboxes=tuple(details(row) for row in rows), everyone=everyone, at=self._clock.now())

    async def of(self, principal: Principal) -> SandboxList:
        """Somebody's own."""
        async with self._db.reading() as session:
            rows = await self._sandboxes.present(session, frozenset(), principal.user_id)
        return SandboxList(sandboxes=tuple(details(row) for row in rows), everyone=False, at=self._clock.now())

    async def matching(self, principal: Principal, typed: str) -> Sequence[SandboxDetails]:
        """Those I may see whose name or namespace holds what was typed, or whose id it is; my own first."""
        async with self._db.reading() as session:
            rows = await self._sandboxes.present(session, principal.teams_where("sandbox.show"), principal.user_id)
        wanted = typed.lower()
        found = [
            details(row)
            for row in rows
            if row.wanted and (wanted in row.name or wanted in row.namespace or wanted == row.id)
        ]
        return sorted(found, key=lambda each: (each.owner != principal.user_id, each.name))

    async def show(self, call: Call, name: str) -> SandboxDetails:
        """Raises NotFound when there is no such sandbox that I may see."""
        async with self._db.reading() as session:
            return details(await self._find(session, call.principal, "sandbox.show", name))

    async def delete(self, call: Call, name: str) -> SandboxDetails:
        """Raises NotFound when there is no such sandbox, Refused when I may only see it. Deleting again changes nothing."""
        async with self._db.transaction() as session:
            found = await self._own(session, call, name)
            row = await self._sandboxes.lock(session, found.id)  # the reconciler may be at it
            if row is None or not row.wanted:
                return details(row or found)
            now, before = self._clock.now(), trail.standing(row)
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
            await self._audit.write(session, trail.deleted(call, before, changed, now))
            await self._mark_card(session, changed)
            self._db.signal(session, TOPIC)
        return details(changed)

    async def leave_to_team(self, user_id: str, name: str) -> None:
        """What somebody who has left owned is their team's from now on; the team's channel, or else its lead, hears of it."""
        async with self._db.transaction() as session:
            now = self._clock.now()
            for row in await self._sandboxes.lock_owned(session, user_id):
                changed = await self._sandboxes.change(
                    session, row, owner="", owner_name=f"team {row.team}", former_owner=name, look_at=now
                )
                assert changed is not None, "the row is locked, so its version cannot have changed"
                await self._audit.write(session, trail.left_to_team(user_id, name, changed, now))
                await self._tell_team(session, changed)
                await self._mark_card(session, changed)
            await self._messages.touch_home(session, user_id)
            self._db.signal(session, TOPIC)

    async def owners(self) -> Sequence[str]:
        """Who has a sandbox."""
        async with self._db.reading() as session:
            return await self._sandboxes.owners(session)

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
        if row.former_owner is not None:
            await self._messages.touch(session, key=_team_card_key(row.id), priority=Priority.EDIT)
        if row.owner:
            await self._messages.touch_home(session, row.owner)

    async def _tell_team(self, session: AsyncSession, row: SandboxRow) -> None:
        """A card of the team's own: the first may stand in the direct messages of whoever has left."""
        team = self._rules.team(row.team)
        to = Channel(team.channel) if team and team.channel else Person(team.lead) if team and team.lead else None
        if to is not None:
            await self._messages.mark_card(
                session,
                key=_team_card_key(row.id),
                to=to,
                fallback=team.lead if team else None,
                view=CARD,
                object_id=row.id,
                priority=Priority.NEW,
            )

    async def _own(self, session: AsyncSession, call: Call, name: str) -> SandboxRow:
        """One that the caller may delete: its owner, whoever may for its team, whoever may for all. A call that is resumed after
        a crash must not find what got the same name since."""
        person = call.principal
        try:
            return await self._find(session, person, "sandbox.delete", name, made_before=call.at)
        except NotFound:
            row = await self._find(session, person, "sandbox.show", name, made_before=call.at)
        raise Refused(
            f"Sandbox “{row.name}” belongs to team {row.team}: deleting it needs the permission sandbox.delete for that team, "
            f"or for all. Ask {row.owner_name}, or {self._rules.granters} for the permission.",
            self._rules.granters.users,
        )

    async def _find(
        self,
        session: AsyncSession,
        person: Principal,
        permission: str,
        name: str,
        *,
        made_before: datetime | None = None,
    ) -> SandboxRow:
        """The person's own, or one of a team for which they have the permission; what is nearer to them goes first."""
        teams = person.teams_where(permission)
        rows = await self._sandboxes.named(session, teams, name.strip().lower(), person.user_id)
        rows = [row for row in rows if made_before is None or row.created_at <= made_before]
        if not rows:
            raise NotFound(f"There is no sandbox “{name}” among yours and your team's. Try: sandbox list")
        near = [row for row in rows if row.owner == person.user_id or row.team in person.teams] or rows
        live = [row for row in near if row.wanted]
        if len(live) > 1:
            ids = " or ".join(f"{row.id} (team {row.team})" for row in live)
            raise UserError(f"Several teams have a sandbox “{name}”. Say which by its id: {ids}")
        return near[0]

    async def _check_room(self, session: AsyncSession, call: Call, arguments: CreateArguments) -> None:
        team, owner = team_for(call.principal), call.principal.user_id
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


def team_for(person: Principal) -> str:
    """The team whose sandbox this person makes: the first of their teams for which they may, else of those for which they may."""
    teams = person.teams_where("sandbox.create")
    if teams is None:
        return person.team
    return min(teams & person.teams or teams, default=person.team)


def details(row: SandboxRow) -> SandboxDetails:
    return SandboxDetails(
        id=row.id,
        name=row.name,
        state=SandboxState(row.state),
        owner=row.owner,
        owner_name=row.owner_name,
        former_owner=row.former_owner,
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


def _team_card_key(sandbox_id: str) -> str:
    return f"sandbox:{sandbox_id}:team-card"
