"""Asking for a sandbox: what it would be, what it would cost, whether there is room; then the row from which it is made."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.call import Call, Principal
from bot.kit.clock import Clock
from bot.kit.declare import EntryFields
from bot.kit.errors import FieldErrors, UserError
from bot.kit.fields import Bytes
from bot.kit.ids import new_id
from bot.kit.plans import Plan
from bot.kit.text import few, listed
from bot.kit.units import Duration, format_bytes, format_duration
from commands.sandbox import trail
from commands.sandbox.books import CARD, TOPIC, Books, card_key, resources_of
from commands.sandbox.objects import namespace_name
from commands.sandbox.rules.limits import over_bounds, over_limit
from commands.sandbox.rules.prices import money
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.sizes import NAMED, Resources, Size
from commands.sandbox.templates.catalogue import Catalogue
from commands.sandbox.values.basics import CreateArguments, SandboxDetails, SandboxEffects
from commands.sandbox.values.creating import Offer
from integrations.kubernetes import KubernetesObject
from storage.db import Database
from storage.messages import Channel, MessageStore, Person, Priority
from storage.sandboxes import SandboxRow, SandboxState

ValueT = TypeVar("ValueT")


class Creating:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        messages: MessageStore,
        settings: SandboxSettings,
        books: Books,
        catalogue: Catalogue,
    ) -> None:
        self._db = db
        self._clock = clock
        self._messages = messages
        self._settings = settings
        self._books = books
        self._catalogue = catalogue

    async def offer(self, person: Principal, typed: Mapping[str, str]) -> Offer:
        """For the form, from what it holds so far; what cannot be read yet is left out."""
        prices = self._settings.price_list()
        lifetime = _read(_DURATION, typed.get("lifetime")) or self._settings.lifetime
        try:
            resources = self._resources(
                Size(typed.get("size") or Size.SMALL),
                _read(_WHOLE, typed.get("cpu")),
                _read(_BYTES, typed.get("memory")),
                _read(_BYTES, typed.get("storage")),
            )
        except (FieldErrors, ValueError):
            return Offer(None, lifetime, None, None, prices.currency if prices else None, None)
        team = typed.get("team") or team_for(person)
        async with self._db.reading() as session:
            problem = await self._no_room(session, team, person.user_id, resources)
        if prices is None:
            return Offer(resources, lifetime, None, None, None, problem)
        per_day = prices.daily(resources)
        whole = per_day * Decimal(lifetime.total_seconds()) / 86_400
        return Offer(resources, lifetime, per_day, whole, prices.currency, problem)

    def asks(self, typed: Mapping[str, str]) -> EntryFields:
        """The fields for what the chosen template asks for."""
        template = typed.get("template") or CreateArguments.model_fields["template"].default
        return EntryFields(template, self._catalogue.fields(template))

    async def check(self, call: Call, arguments: CreateArguments) -> None:
        """What can be said before the call is accepted. Raises FieldErrors or UserError."""
        self._check_lifetime(arguments)
        self._begun_with(call, arguments)
        resources = self._wanted(arguments)
        async with self._db.reading() as session:
            await self._check_room(session, call, arguments, resources)

    async def plan(self, call: Call, arguments: CreateArguments) -> Plan:
        """What would be set up."""
        lifetime, team = arguments.lifetime or self._settings.lifetime, _team(call.principal, arguments.team)
        resources, prices = self._wanted(arguments), self._settings.price_list()
        per_day = prices.daily(resources) if prices else None
        lines = [
            f"Sets up sandbox {arguments.name} for team {team}, size {arguments.size}: {in_words(resources)}",
            f"Deletes it after {format_duration(lifetime)}",
        ]
        if made := [f"{each['kind']} {each['metadata']['name']}" for each in self._begun_with(call, arguments)]:
            lines.insert(1, f"Puts into it, from the template {arguments.template}: {listed(few(made), 'and')}")
        if prices and per_day is not None:
            lines.append(f"Costs {money(per_day, prices.currency)} a day while it is awake")
        effects = effects_of(arguments.size, lifetime, resources, per_day, arguments.template)
        return Plan(lines, effects, team=team)

    async def create(self, call: Call, arguments: CreateArguments) -> SandboxDetails:
        """Raises FieldErrors when the name is taken or the lifetime too long, UserError when there is too much already."""
        self._check_lifetime(arguments)
        self._begun_with(call, arguments)
        resources = self._wanted(arguments)
        owner, team, now = call.principal.user_id, _team(call.principal, arguments.team), self._clock.now()
        async with self._db.transaction() as session:
            await self._books.sandboxes.lock_limits(session, team=team, owner=owner)
            if (made := await self._books.sandboxes.by_request(session, call.ref)) is not None:
                return self._books.details(made)
            await self._check_room(session, call, arguments, resources)
            row = self._row(call, arguments, resources, team, now)
            self._books.sandboxes.add(session, row)
            await self._books.write(session, trail.created(call, row, now))
            in_channel = call.place is not None and self._settings.cards == "channel"
            await self._messages.mark_card(
                session,
                key=card_key(row.id),
                to=Channel(call.place.channel) if call.place and in_channel else Person(owner),
                fallback=owner,
                view=CARD,
                object_id=row.id,
                priority=Priority.NEW,
            )
            await self._messages.touch_home(session, owner)
            self._db.signal(session, TOPIC)
        return self._books.details(row)

    def _row(
        self, call: Call, arguments: CreateArguments, resources: Resources, team: str, now: datetime
    ) -> SandboxRow:
        return SandboxRow(
            id=new_id(8),
            request_ref=call.ref,
            name=arguments.name,
            owner=call.principal.user_id,
            owner_name=call.principal.name,
            team=team,
            size=arguments.size,
            cpu=resources.cpu,
            memory=resources.memory,
            storage=resources.storage,
            template=self._catalogue.get(arguments.template).name,
            parameters=dict(arguments.parameters) or None,
            purpose=arguments.purpose,
            namespace=namespace_name(team, arguments.name, new_id(4)),
            state=SandboxState.REQUESTED,
            created_at=now,
            term_from=now,
            expires_at=now + (arguments.lifetime or self._settings.lifetime),
            active_at=now,
            look_at=now,
        )

    def _begun_with(self, call: Call, arguments: CreateArguments) -> Sequence[KubernetesObject]:
        """What its template would make, under a namespace that only looks like its own. Raises FieldErrors."""
        team = _team(call.principal, arguments.team)
        namespace = namespace_name(team, arguments.name, "0000")
        return self._catalogue.objects(arguments.template, arguments.parameters, arguments.name, namespace, team)

    # --- limits ---------------------------------------------------------------------------------------------------

    def _wanted(self, arguments: CreateArguments) -> Resources:
        return self._resources(arguments.size, arguments.cpu, arguments.memory, arguments.storage)

    def _resources(self, size: Size, cpu: int | None, memory: int | None, storage: int | None) -> Resources:
        return resources_for(size, cpu, memory, storage, self._settings)

    async def _check_room(
        self, session: AsyncSession, call: Call, arguments: CreateArguments, resources: Resources
    ) -> None:
        team, owner = _team(call.principal, arguments.team), call.principal.user_id
        named = await self._books.sandboxes.named(session, [team], arguments.name)
        if any(row.wanted and row.name == arguments.name for row in named):
            raise FieldErrors({"name": f"is taken: team {team} has a sandbox “{arguments.name}” already"})
        if (problem := await self._no_room(session, team, owner, resources)) is not None:
            raise UserError(problem)

    async def _no_room(self, session: AsyncSession, team: str, owner: str, resources: Resources) -> str | None:
        mine = await self._books.sandboxes.count_wanted(session, owner=owner)
        ours = await self._books.sandboxes.count_wanted(session, team=team)
        problem = over_limit(mine, self._settings.per_person, team, ours, self._settings.per_team)
        return problem or await no_room_for_team(session, self._books, self._settings, team, resources)

    def _check_lifetime(self, arguments: CreateArguments) -> None:
        if arguments.lifetime and arguments.lifetime > self._settings.longest:
            raise FieldErrors({"lifetime": f"must be at most {format_duration(self._settings.longest)}"})


async def no_room_for_team(
    session: AsyncSession,
    books: Books,
    settings: SandboxSettings,
    team: str,
    resources: Resources,
    *,
    instead_of: str | None = None,
) -> str | None:
    """Why a team may not have this as well, None if it may. `instead_of`: the id of a sandbox that it replaces. To be sure,
    lock the limits first."""
    bounds, prices = settings.team_bounds(), settings.price_list()
    if all(each is None for each in (bounds.cpu, bounds.memory, bounds.storage, bounds.per_day)):
        return None
    rows = await books.sandboxes.wanted_of(session, team)
    wanted: Sequence[Resources] = [*(resources_of(row) for row in rows if row.id != instead_of), resources]
    together = sum(wanted, Resources(0, 0, 0))
    per_day = prices.daily(together) if prices else None
    return over_bounds(team, bounds, wanted, per_day, prices.currency if prices else "")


def resources_for(
    size: Size, cpu: int | None, memory: int | None, storage: int | None, settings: SandboxSettings
) -> Resources:
    """Raises FieldErrors when a custom size lacks something or is beyond its bounds, or another size was given numbers."""
    asked = {"cpu": cpu, "memory": memory, "storage": storage}
    if size is not Size.CUSTOM:
        if given := [name for name, value in asked.items() if value is not None]:
            raise FieldErrors(dict.fromkeys(given, "is for the size custom only"))
        return NAMED[size]
    most = settings.custom
    if not most.cpu:
        raise FieldErrors({"size": "custom is switched off here"})
    small = NAMED[Size.SMALL]
    wanted = Resources(cpu or small.cpu, memory or small.memory, storage or small.storage)
    problems = {}
    if wanted.cpu > most.cpu:
        problems["cpu"] = f"must be at most {most.cpu}"
    if wanted.memory > most.memory:
        problems["memory"] = f"must be at most {format_bytes(most.memory)}"
    if wanted.storage > most.storage:
        problems["storage"] = f"must be at most {format_bytes(most.storage)}"
    if problems:
        raise FieldErrors(problems)
    return wanted


def effects_of(
    size: Size, lifetime: timedelta, resources: Resources, per_day: Decimal | None, template: str
) -> SandboxEffects:
    return SandboxEffects(
        size=size,
        template=template,
        lifetime=lifetime,
        cpu=resources.cpu,
        memory=resources.memory,
        storage=resources.storage,
        cost_per_day=per_day,
    )


def in_words(resources: Resources) -> str:
    return (
        f"{resources.cpu} CPU{'' if resources.cpu == 1 else 's'}, {format_bytes(resources.memory)} memory, "
        f"{format_bytes(resources.storage)} storage"
    )


def teams_of(person: Principal) -> Sequence[str]:
    """Those for which this person may make sandboxes and of which they are, by name; for whoever may for all, their own."""
    teams = person.teams_where("sandbox.create")
    return sorted(person.teams | {person.team} if teams is None else teams)


def _team(person: Principal, wanted: str | None) -> str:
    """Raises FieldErrors for a team for which they may not."""
    if wanted is None:
        return team_for(person)
    if not person.may("sandbox.create", wanted) or (
        person.teams_where("sandbox.create") is None and wanted not in teams_of(person)
    ):
        raise FieldErrors(
            {"team": f"must be one for which you may make sandboxes: {listed(teams_of(person)) or 'there is none'}"}
        )
    return wanted


def team_for(person: Principal) -> str:
    """The team whose sandbox this person makes: the first of their teams for which they may, else of those for which they may."""
    teams = person.teams_where("sandbox.create")
    if teams is None:
        return person.team
    return min(teams & person.teams or teams, default=person.team)


_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
_BYTES: TypeAdapter[int] = TypeAdapter(Bytes)
_WHOLE: TypeAdapter[int] = TypeAdapter(int)


def _read(adapter: TypeAdapter[ValueT], text: str | None) -> ValueT | None:
    """None for what is empty, and for what is not finished yet."""
    if not text:
        return None
    try:
        return adapter.validate_python(text)
    except ValidationError:
        return None
