"""The brake on ending too many sandboxes at once, as those see it who may let it go. Pulling it is the reconciler's."""

from datetime import timedelta
from typing import Final

from bot.kit.call import Call
from bot.kit.clock import Clock
from bot.kit.plans import Plan
from bot.kit.roles import Rules
from commands.sandbox import trail
from commands.sandbox.books import TOPIC, Books
from commands.sandbox.reconcile.timers import BRAKE, brake_key
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.doctor import BrakeState, Released, ReleaseEffects
from storage.brakes import BrakeRow, BrakeStore
from storage.db import Database
from storage.messages import MessageStore, Priority

OPEN_FOR: Final = timedelta(hours=1)


class Brake:
    def __init__(
        self, db: Database, clock: Clock, messages: MessageStore, settings: SandboxSettings, rules: Rules, books: Books
    ) -> None:
        self._db = db
        self._clock = clock
        self._messages = messages
        self._settings = settings
        self._rules = rules
        self._books = books
        self._brakes = BrakeStore()

    async def held_back(self) -> int:
        """How many wait for somebody to let them go."""
        return len((await self.state()).names)

    async def state(self, key: str | None = None) -> BrakeState:
        """As it is now; `key` is the time it was pulled that a card is about, None: whatever it is."""
        async with self._db.reading() as session:
            row = await self._brakes.get(session, BRAKE)
            over = await self._books.sandboxes.over(session, self._clock.now() - self._settings.grace_time)
        if not _holds(row) or (key is not None and row is not None and key != brake_key(row.pulled_at)):
            return BrakeState(names=(), pulled_at=None, why="", released_by=row.released_by if row else None)
        assert row is not None
        return BrakeState(names=tuple(over), pulled_at=row.pulled_at, why=row.why, released_by=None)

    async def plan(self) -> Plan:
        """Whose end it would be."""
        state = await self.state()
        if state.pulled_at is None:
            return Plan(["Nothing: no sandbox is held back"], ReleaseEffects(sandboxes=0))
        lines = [
            f"Deletes {len(state.names)} sandboxes whose time is over, with all that is in them: {_named(state.names)}",
            "For an hour, however many are over then",
        ]
        return Plan(lines, ReleaseEffects(sandboxes=len(state.names)))

    async def release(self, call: Call) -> Released:
        """Lets them go for an hour. Again, or when nothing is held back, it changes nothing."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            over = await self._books.sandboxes.over(session, now - self._settings.grace_time)
            before = None
            # A call that is resumed has been through: what was pulled since is somebody else's to let go.
            if await self._books.written_by(session, call, "sandbox.brake_released") is None:
                before = await self._brakes.release(session, BRAKE, now + OPEN_FOR, call.principal.user_id)
            if before is None:
                row = await self._brakes.get(session, BRAKE)
                let_go = row is not None and row.released_until is not None and now < row.released_until
                return Released(
                    names=tuple(over) if let_go else (), until=row.released_until if row and let_go else None
                )
            await self._books.write(session, trail.released(call, before.why, len(over), now))
            await self._books.sandboxes.look_at_over(session, now - self._settings.grace_time, now)
            for user_id in self._rules.granters.users:
                key = f"{brake_key(before.pulled_at)}:{user_id}"
                await self._messages.touch(session, key=key, priority=Priority.EDIT)
            self._db.signal(session, TOPIC)
        return Released(names=tuple(over), until=now + OPEN_FOR)


def _holds(row: BrakeRow | None) -> bool:
    return row is not None and row.pulled_at is not None


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
