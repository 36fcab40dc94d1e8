"""What time alone does to a sandbox: warnings, sleep and waking by the hours, the end of its life with its grace, and the
brake on ending too many at once. All of it is in rows; a restart or a late look loses nothing."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.kit.clock import Clock
from commands.sandbox import trail
from commands.sandbox.books import Books, rest_of, rested
from commands.sandbox.reconcile.rows import Rows
from commands.sandbox.rules import hours
from commands.sandbox.rules.hours import Why, put_to_sleep, settled
from commands.sandbox.rules.life import Phase, next_moment, next_warning, phase, too_many, warning_due
from commands.sandbox.rules.states import Seen, next_state
from commands.sandbox.settings import SandboxSettings
from storage.brakes import BrakeRow, BrakeStore
from storage.db import Database
from storage.messages import MessageStore, Person, Priority
from storage.sandboxes import SandboxRow, SandboxState

log = structlog.stdlib.get_logger(__name__)

BRAKE: Final = "sandbox.expiry"
WARNING: Final = "sandbox.warning"
_BRAKED: Final = timedelta(minutes=5)  # how long until it is looked whether the brake was let go
_AN_HOUR: Final = timedelta(hours=1)


def brake_key(pulled_at: datetime | None) -> str:
    """What the cards about a brake that was pulled at that time are known by."""
    return f"{BRAKE}:{pulled_at.timestamp():.0f}" if pulled_at else BRAKE


class Timers:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: SandboxSettings,
        messages: MessageStore,
        books: Books,
        rows: Rows,
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._messages = messages
        self._books = books
        self._rows = rows
        self._brakes = BrakeStore()

    async def applied(self, row: SandboxRow) -> SandboxRow | None:
        """The row as it should be by now, written down; None when there is nothing left to make true in this round."""
        now = self._clock.now()
        match phase(row.expires_at, self._settings.grace_time, now):
            case Phase.OVER:
                await self._end(row, now)
                return None
            case Phase.GRACE:
                rest = put_to_sleep(rest_of(row), Why.EXPIRED)
                state = next_state(SandboxState(row.state), Seen.EXPIRED)
            case Phase.LIVE:
                await self._warn(row, now)
                rest = settled(rest_of(row), self._books.hours(row), now)
                state = SandboxState(row.state)
        if rest == rest_of(row) and state == row.state:
            return row
        entries = [] if rest.asleep == row.asleep else [trail.rested(row, rest, now)]
        return await self._rows.save(row, *entries, done=False, state=state, **rested(rest))

    def next_look(self, row: SandboxRow) -> datetime:
        """When time does something to a sandbox that stands, its end at the latest; what somebody does to it in the cluster, the
        sweep sees."""
        now = self._clock.now()
        ends = row.expires_at if now < row.expires_at else row.expires_at + self._settings.grace_time
        warning = next_warning(row.term_from or row.created_at, row.expires_at, self._settings.warnings, now)
        rest = hours.next_change(rest_of(row), self._books.hours(row), now)
        return max(next_moment(ends, warning, rest) or ends, now)

    async def _warn(self, row: SandboxRow, now: datetime) -> None:
        """Once for each expiry and threshold: the message's key sees to that."""
        term = row.term_from or row.created_at
        threshold = warning_due(term, row.expires_at, self._settings.warnings, now)
        if threshold is None or not row.owner:
            return
        about = f"{row.id}:{row.expires_at.timestamp():.0f}:{threshold.total_seconds():.0f}"
        async with self._db.transaction() as session:
            await self._messages.mark_card(
                session,
                key=f"sandbox:warning:{about}",
                to=Person(row.owner),
                fallback=None,
                view=WARNING,
                object_id=about,
                priority=Priority.NEW,
            )

    async def _end(self, row: SandboxRow, now: datetime) -> None:
        if (held_back := await self._brake(now)) is not None:
            await self._rows.save(row, problem=held_back, look_at=now + _BRAKED)
            return
        log.info("sandbox_expired", sandbox=row.id, expires_at=row.expires_at.isoformat())
        state = next_state(SandboxState(row.state), Seen.UNWANTED)
        await self._rows.save(row, state=state, wanted=False, unwanted_at=now, problem=None, look_at=now)

    async def _brake(self, now: datetime) -> str | None:
        """Why nothing is ended for now, None if it may be."""
        # One view for both counts: whatever another round ends between them would be counted twice.
        async with self._db.reading() as session:
            brake = await self._brakes.get(session, BRAKE)
            due = await self._books.sandboxes.over(session, now - self._settings.grace_time)
            ended = await self._books.sandboxes.count_over_since(session, now - _AN_HOUR)
        why = too_many(len(due) + ended, self._settings.brake, list(due))
        if _released(brake, now) or (why is None and (brake is None or brake.pulled_at is None)):
            return None
        async with self._db.transaction() as session:
            if _released(await self._brakes.get(session, BRAKE), now):
                return None  # meanwhile
            if await self._brakes.pull(session, BRAKE, why or (brake.why if brake else ""), now):
                log.error("brake_pulled", brake=BRAKE, why=why)
                await self._books.write(session, trail.braked(why or "", now))
                await self._books.tell_admins(session, key=brake_key(now), view="sandbox.brake")
            return "Its time is over. It is kept for now: more are to be deleted at once than is usual, so an admin looks first."


def _released(brake: BrakeRow | None, now: datetime) -> bool:
    return brake is not None and brake.released_until is not None and now < brake.released_until
