"""The rows of sandboxes: finding those that somebody may see or change, and writing a change with all that goes with it: the
card, App Home, what it costs from now on, the audit trail. Opens no transaction and decides nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.call import Call, Principal
from bot.kit.clock import Clock
from bot.kit.errors import NotFound, Refused, UserError
from bot.kit.roles import Rules
from commands.sandbox.rules.hours import Hours, Rest, Why, parse_hours
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.sizes import NAMED, Resources, Size
from commands.sandbox.values.basics import SandboxDetails
from storage.audit import AuditEntry, AuditRow, AuditStore, Search
from storage.db import Database
from storage.messages import Channel, MessageStore, Person, Priority
from storage.sandbox_access import SandboxAccessStore
from storage.sandbox_shares import SandboxShareStore
from storage.sandbox_spans import SandboxSpanRow, SandboxSpanStore
from storage.sandboxes import SandboxRow, SandboxState, SandboxStore

TOPIC: Final = "sandboxes"
CARD: Final = "sandbox.card"

# A change of one of these is a change of what its card says.
_SHOWN = frozenset(
    {
        "state",
        "problem",
        "namespace",
        "expires_at",
        "size",
        "cpu",
        "memory",
        "storage",
        "owner",
        "owner_name",
        "asleep",
        "asleep_why",
        "woken_until",
        "hours",
    }
)
_AWAKE = {SandboxState.READY}
_ASLEEP = {SandboxState.SLEEPING, SandboxState.EXPIRING}


class Books:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        messages: MessageStore,
        settings: SandboxSettings,
        rules: Rules,
        audit: AuditStore,
    ) -> None:
        self._db = db
        self._clock = clock
        self._messages = messages
        self._settings = settings
        self._rules = rules
        self._audit = audit
        self._spans = SandboxSpanStore()
        self._access = SandboxAccessStore()
        self.sandboxes = SandboxStore()
        self.shares = SandboxShareStore()

    # --- finding --------------------------------------------------------------------------------------------------

    async def find(
        self,
        session: AsyncSession,
        person: Principal,
        permission: str,
        name: str,
        *,
        made_before: datetime | None = None,
    ) -> SandboxRow:
        """The person's own, one that is shared with them, or one of a team for which they have the permission; what is nearer to
        them goes first. Raises NotFound, or UserError when several are meant."""
        teams = person.teams_where(permission)
        shared = await self.shares.with_person(session, person.user_id)
        rows = await self.sandboxes.named(session, teams, name.strip().lower(), person.user_id, shared)
        rows = [row for row in rows if made_before is None or row.created_at <= made_before]
        if not rows:
            raise NotFound(f"There is no sandbox “{name}” among yours and your team's. Try: sandbox list")
        near = [row for row in rows if row.owner == person.user_id or row.team in person.teams] or rows
        live = [row for row in near if row.wanted]
        if len(live) > 1:
            ids = " or ".join(f"{row.id} (team {row.team})" for row in live)
            raise UserError(f"Several teams have a sandbox “{name}”. Say which by its id: {ids}")
        return near[0]

    async def own(self, session: AsyncSession, call: Call, name: str, doing: str) -> SandboxRow:
        """One that the caller may change: its owner, whoever has the command's permission for its team, or for all. `doing`
        is what that is, as in “deleting it”. A call that is resumed after a crash must not find what got the same name
        since. Raises NotFound, or Refused for one that they may only see."""
        person, permission = call.principal, call.command
        try:
            row = await self._theirs(session, person, permission, name, call.at)
        except NotFound:
            row = await self.find(session, person, "sandbox.show", name, made_before=call.at)
        else:
            return row
        raise Refused(
            f"Sandbox “{row.name}” belongs to team {row.team}: {doing} needs the permission {permission} for that team, "
            f"or for all. Ask {row.owner_name}, or {self._rules.granters} for the permission.",
            self._rules.granters.users,
        )

    async def done_by(self, session: AsyncSession, call: Call, action: str) -> SandboxRow | None:
        """The sandbox to which this very call did that before its process died, or lost the database; None: it did not yet.
        What others have done with it since must not be undone by a call that is resumed. Asked first in a transaction: until it
        ends, nobody else does anything for this call."""
        await self.sandboxes.lock_call(session, call.ref)
        entry = await self.written_by(session, call, action)
        sandbox_id = (entry.object or "").partition(":")[2] if entry else ""
        return await self.sandboxes.get(session, sandbox_id) if sandbox_id else None

    async def written_by(self, session: AsyncSession, call: Call, action: str) -> AuditRow | None:
        """What the trail has of this call doing that."""
        return next(iter(await self._audit.find(session, Search(call=call.ref, action=action), 1)), None)

    async def locked(self, session: AsyncSession, call: Call, name: str, doing: str) -> SandboxRow:
        """As `own`; nobody else changes it until this transaction ends. Raises UserError when it is on its way out."""
        found = await self.own(session, call, name, doing)
        row = await self.sandboxes.lock(session, found.id)
        if row is None or not row.wanted:
            raise UserError(f"Sandbox “{found.name}” is being deleted, or is gone already.")
        return row

    async def _theirs(
        self, session: AsyncSession, person: Principal, permission: str, name: str, made_before: datetime
    ) -> SandboxRow:
        row = await self.find(session, person, permission, name, made_before=made_before)
        if row.owner == person.user_id:
            return row
        teams = person.teams_where(permission)
        if teams is not None and row.team not in teams:  # it is shared with them: they may use it, it is not theirs
            raise NotFound("shared only")
        return row

    # --- writing --------------------------------------------------------------------------------------------------

    async def change(
        self, session: AsyncSession, row: SandboxRow, *entries: AuditEntry, **values: Any
    ) -> SandboxRow | None:
        """Writes `values` if nobody changed the row since it was read, and what follows from them; None if somebody did."""
        shown = any(getattr(row, name) != value for name, value in values.items() if name in _SHOWN)
        before, homes = self._priced(row), {row.owner}
        changed = await self.sandboxes.change(session, row, **values)
        if changed is None:
            return None
        if self._priced(changed) != before:
            await self._price(session, changed)
        if values.get("revoke") or values.get("wanted") is False:
            await self._access.end(session, row.id, self._clock.now())
        if shown:
            await self.mark_card(session, changed, homes)
        for entry in entries:
            await self._audit.write(session, entry)
        if changed.look_at is not None and changed.look_at <= self._clock.now():
            self._db.signal(session, TOPIC)
        return changed

    async def changed(self, session: AsyncSession, row: SandboxRow, *entries: AuditEntry, **values: Any) -> SandboxRow:
        """As `change`, of a row that is locked; the reconciler looks at it at once."""
        changed = await self.change(session, row, *entries, look_at=self._clock.now(), **values)
        assert changed is not None, "the row is locked, so its version cannot have changed"
        return changed

    async def mark_card(self, session: AsyncSession, row: SandboxRow, homes: set[str] | None = None) -> None:
        """Wherever it stands: where it was made, with the team, with who owns it now and with whom it is shared."""
        people = [share.user_id for share in await self.shares.of(session, row.id)]
        keys = [card_key(row.id), team_card_key(row.id), owner_card_key(row.id, row.owner)]
        await self._messages.touch_each(session, [*keys, *(shared_card_key(row.id, each) for each in people)])
        for user_id in sorted({row.owner, *people, *(homes or ())} - {""}):
            await self._messages.touch_home(session, user_id)

    async def end_shares(self, session: AsyncSession, row_id: str, user_ids: Iterable[str]) -> Sequence[str]:
        """Whose there were; they do not see its card any more."""
        removed = await self.shares.remove(session, row_id, user_ids)
        for user_id in removed:
            await self._messages.remove(session, key=shared_card_key(row_id, user_id))
            await self._messages.touch_home(session, user_id)
        return removed

    async def tell_team(self, session: AsyncSession, row: SandboxRow) -> None:
        """A card of the team's own: the first may stand in the direct messages of whoever has left."""
        team = self._rules.team(row.team)
        to = Channel(team.channel) if team and team.channel else Person(team.lead) if team and team.lead else None
        if to is not None:
            await self._messages.mark_card(
                session,
                key=team_card_key(row.id),
                to=to,
                fallback=team.lead if team else None,
                view=CARD,
                object_id=row.id,
                priority=Priority.NEW,
            )

    async def tell_admins(self, session: AsyncSession, *, key: str, view: str) -> None:
        """A card for each who may let go what was stopped."""
        for user_id in self._rules.granters.users:
            await self._messages.mark_card(
                session,
                key=f"{key}:{user_id}",
                to=Person(user_id),
                fallback=None,
                view=view,
                object_id=key,
                priority=Priority.NEW,
            )

    async def write(self, session: AsyncSession, entry: AuditEntry) -> None:
        await self._audit.write(session, entry)

    def _priced(self, row: SandboxRow) -> object:
        """What decides its price; None while it costs nothing."""
        state = SandboxState(row.state)
        if not row.wanted or state not in _AWAKE | _ASLEEP:
            return None
        return state in _ASLEEP, resources_of(row), row.owner, row.team

    async def _price(self, session: AsyncSession, row: SandboxRow) -> None:
        now, prices = self._clock.now(), self._settings.price_list()
        await self._spans.end(session, row.id, now)
        if prices is None or self._priced(row) is None:
            return
        asleep, resources = SandboxState(row.state) in _ASLEEP, resources_of(row)
        span = SandboxSpanRow(
            sandbox_id=row.id,
            name=row.name,
            owner=row.owner,
            team=row.team,
            since=now,
            asleep=asleep,
            hourly=prices.hourly(resources, asleep=asleep),
            awake_hourly=prices.hourly(resources),
            currency=prices.currency,
        )
        self._spans.begin(session, span)

    # --- reading --------------------------------------------------------------------------------------------------

    def hours(self, row: SandboxRow) -> Hours | None:
        """When it is awake; None: always."""
        return hours_of(row.hours, self._settings)

    def details(self, row: SandboxRow) -> SandboxDetails:
        return details(row, self._settings)

    def all_details(self, rows: Sequence[SandboxRow]) -> tuple[SandboxDetails, ...]:
        return tuple(details(row, self._settings) for row in rows)


def hours_of(written: str | None, settings: SandboxSettings) -> Hours | None:
    """What somebody chose for a sandbox, else what the platform has."""
    sleep = settings.sleep
    return parse_hours(written or sleep.hours, sleep.zone, frozenset(sleep.holidays))


def rest_of(row: SandboxRow) -> Rest:
    return Rest(row.asleep, Why(row.asleep_why) if row.asleep_why else None, row.woken_until)


def rested(rest: Rest) -> dict[str, Any]:
    """As values of a row."""
    return {"asleep": rest.asleep, "asleep_why": rest.why, "woken_until": rest.woken_until}


def resources_of(row: SandboxRow) -> Resources:
    if row.cpu is None or row.memory is None or row.storage is None:
        return NAMED[Size(row.size)]
    return Resources(row.cpu, row.memory, row.storage)


def details(row: SandboxRow, settings: SandboxSettings) -> SandboxDetails:
    resources, prices = resources_of(row), settings.price_list()
    return SandboxDetails(
        id=row.id,
        name=row.name,
        state=SandboxState(row.state),
        owner=row.owner,
        owner_name=row.owner_name,
        former_owner=row.former_owner,
        team=row.team,
        size=Size(row.size),
        cpu=resources.cpu,
        memory=resources.memory,
        storage=resources.storage,
        template=row.template,
        purpose=row.purpose,
        namespace=row.namespace,
        created_at=row.created_at,
        expires_at=row.expires_at,
        deleted_at=row.expires_at + settings.grace_time,
        extensions=row.extensions,
        asleep=row.asleep,
        asleep_why=Why(row.asleep_why) if row.asleep and row.asleep_why else None,
        woken_until=row.woken_until,
        hours=row.hours or settings.sleep.hours,
        cost_per_day=prices.daily(resources) if prices else None,
        asleep_per_day=prices.daily(resources, asleep=True) if prices else None,
        currency=prices.currency if prices else None,
        problem=row.problem,
        version=row.version,
    )


def card_key(sandbox_id: str) -> str:
    return f"sandbox:{sandbox_id}:card"


def team_card_key(sandbox_id: str) -> str:
    return f"sandbox:{sandbox_id}:team-card"


def owner_card_key(sandbox_id: str, user_id: str) -> str:
    """Of whoever it was handed over to."""
    return f"sandbox:{sandbox_id}:owner-card:{user_id}"


def shared_card_key(sandbox_id: str, user_id: str) -> str:
    return f"sandbox:{sandbox_id}:shared:{user_id}"
