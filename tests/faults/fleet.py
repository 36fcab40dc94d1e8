"""Any number of bots around one world, and what must be true when all is over. Breaks nothing by itself."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count

from sqlalchemy import func, select
from sqlmodel import col

from bot.delivery import EVENT_TYPE
from playground.holding import Hold
from playground.slack import Message
from storage.calls import LIVE, CallRow, CallState
from storage.db import Database
from storage.messages import MessageRow, MessageState
from storage.sandboxes import SandboxRow, SandboxState
from tests.faults.nursery import Nursery
from tests.faults.process import PATIENCE, BotProcess
from tests.world import World

GUARDS = {"ResourceQuota", "LimitRange", "NetworkPolicy", "RoleBinding", "ServiceAccount"}
AFTER_AN_OUTAGE = 3 * PATIENCE  # pauses double while something is down, and a machine that stalls makes outages long
_OVER = (SandboxState.READY, SandboxState.DELETED)


class Fleet:
    """`bots` are those started so far, dead ones too. `database` is for looking into theirs."""

    def __init__(self, world: World, database: Database, nursery: Nursery) -> None:
        self.world = world
        self.database = database
        self.bots: list[BotProcess] = []
        self._nursery = nursery
        self._turns = count()
        self._only: BotProcess | None = None
        world.slack.balance = self._next_url

    # --- bots come and go

    async def start(
        self, program: str = "bot.__main__", environment: Mapping[str, str] | None = None, *, wait: bool = True
    ) -> BotProcess:
        """One more bot, settings from `environment` over the world's; returns when it takes calls and Slack reaches it.
        `wait` False: as soon as there is a process."""
        # Whatever else is waited for: what a dead replica had at work is free after this.
        given = {**self.world.environment, "PLATFORM_CALLS__LEASE": "3s", **(environment or {})}
        bot = await BotProcess.launch(self._nursery, given, program)
        self.bots.append(bot)
        if wait:
            await bot.started()
            if self.in_socket_mode:
                # By its own log: others may hang up meanwhile.
                await self.world.until(
                    lambda: sum(line["event"] == "socket_up" for line in bot.log) >= 2, "its two sockets are up"
                )
        return bot

    async def replace(self, bot: BotProcess, program: str = "bot.__main__", **more: str) -> BotProcess:
        """kill -9, and somebody else goes on: on PostgreSQL a replica that was up already, on SQLite the next start."""
        if self.database.dialect == "sqlite":
            await bot.kill()
            return await self.start(program, more)
        other = await self.start(program, more)
        await bot.kill()
        return other

    @property
    def in_socket_mode(self) -> bool:
        return "SLACK_APP_TOKEN" in self.world.environment

    @property
    def alive(self) -> Sequence[BotProcess]:
        return [bot for bot in self.bots if bot.alive and bot.port]

    def only(self, bot: BotProcess | None) -> None:
        """In HTTP mode: deliveries go to this one from now on; None: to each in turn again."""
        self._only = bot

    def _next_url(self) -> str:
        """Bots take turns, as behind a Service; a dead one is none of them."""
        alive = self.alive if self._only is None else [self._only]
        if not alive:
            return "http://127.0.0.1:1/slack/events"
        return f"http://127.0.0.1:{alive[next(self._turns) % len(alive)].port}/slack/events"

    async def close(self) -> None:
        self.world.slack.faults.clear()
        self.world.cluster.faults.clear()
        for bot in self.bots:
            if bot.alive:
                bot.thaw()
        await asyncio.gather(*(bot.kill() for bot in self.bots))
        for bot in self.bots:
            self.world.canaries.hear("a bot's output", "\n".join(bot.output))

    # --- waiting

    async def reached(self, held: Hold) -> None:
        """A request is kept waiting there."""
        try:
            await asyncio.wait_for(held.reached(), PATIENCE)
        except TimeoutError:
            raise AssertionError(f"no request for {held.name} came; the bots said:\n{self.output()}") from None

    async def eventually(
        self, condition: Callable[[], Awaitable[object]], what: str, patience: float = PATIENCE
    ) -> None:
        """Waits for a condition that must be awaited, such as one of the database; fails naming `what`."""
        deadline = asyncio.get_running_loop().time() + patience
        while not await condition():
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"it did not happen that {what}; the bots said:\n{self.output()}")
            await asyncio.sleep(0.1)  # each look costs milliseconds

    async def shows(self, name: str, words: str) -> None:
        """Waits until everybody sees the sandbox's card say so: for as long as it takes after an outage."""

        async def said() -> bool:
            return any(words in card.text for card in self.cards(name))

        await self.eventually(said, f"the card of {name} says “{words}”", AFTER_AN_OUTAGE)

    def output(self, lines: int = 40) -> str:
        return "\n".join(
            f"--- {number} ({'alive' if bot.alive else 'dead'})\n" + "\n".join(bot.output[-lines:])
            for number, bot in enumerate(self.bots)
        )

    # --- what there is

    async def calls(self) -> Sequence[CallRow]:
        async with self.database.reading() as session:
            return (await session.execute(select(CallRow).order_by(col(CallRow.received_at)))).scalars().all()

    async def sandboxes(self) -> Sequence[SandboxRow]:
        async with self.database.reading() as session:
            return (await session.execute(select(SandboxRow))).scalars().all()

    async def messages(self) -> Sequence[MessageRow]:
        async with self.database.reading() as session:
            return (await session.execute(select(MessageRow))).scalars().all()

    async def held_calls(self) -> int:
        """How many calls are live, whoever has them."""
        async with self.database.reading() as session:
            found = await session.execute(
                select(func.count()).select_from(CallRow).where(col(CallRow.state).in_([str(live) for live in LIVE]))
            )
            return int(found.scalar_one())

    def cards(self, name: str, channel: str = "#platform") -> list[Message]:
        """What everybody in the channel sees of a sandbox."""
        seen = self.world.ada.sees(channel)
        return [each for each in seen if name in each.text and not each.ephemeral_to]

    # --- when all is over

    async def settled(self, *, calls: int | None = None, states: Sequence[CallState] = (CallState.DONE,)) -> None:
        """Waits until nothing is left to do; then nothing may be lost (every call ended in one of `states`, every message is
        shown), doubled (one message for each key, one namespace for each sandbox) or half-done (all of a sandbox stands,
        or nothing). `calls`: how many there must be."""
        done = "every call ended, every message was sent and every sandbox came to rest"
        await self.eventually(self._idle, done, AFTER_AN_OUTAGE)
        rows = await self.calls()
        assert {row.state for row in rows} <= set(states), [(row.command, row.state, row.error) for row in rows]
        assert all(row.lease_until is None and row.response_url is None for row in rows)
        assert calls is None or len(rows) == calls, [(row.key, row.command) for row in rows]
        assert self.world.slack.duplicates(_key) == {}
        messages = await self.messages()
        assert {row.state for row in messages} <= {MessageState.SHOWN, MessageState.REMOVED}, [
            (row.key, row.state, row.last_error) for row in messages
        ]
        await self._whole()

    async def _idle(self) -> bool:
        async with self.database.reading() as session:
            live = await session.execute(select(col(CallRow.ref)).where(col(CallRow.lease_until).is_not(None)).limit(1))
            due = await session.execute(select(col(MessageRow.id)).where(col(MessageRow.due_at).is_not(None)).limit(1))
            moving = await session.execute(
                select(col(SandboxRow.id)).where(col(SandboxRow.state).not_in(_OVER)).limit(1)
            )
            return not (live.first() or due.first() or moving.first())

    async def _whole(self) -> None:
        """Each sandbox is all there, or not at all; and there is nothing else."""
        rows = await self.sandboxes()
        wanted = {row.namespace for row in rows if row.state == SandboxState.READY}
        assert set(self.world.sandboxes()) == wanted
        for namespace in wanted:
            kinds = {str(each["kind"]) for each in self.world.cluster.contents(namespace)}
            assert kinds >= GUARDS, f"{namespace} lacks {GUARDS - kinds}"
        cards = Counter(row.key for row in await self.messages() if row.key.startswith("sandbox:"))
        assert cards == Counter(f"sandbox:{row.id}:card" for row in rows)


def _key(message: Message) -> str | None:
    metadata = message.metadata or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    return str(metadata["event_payload"]["key"])
