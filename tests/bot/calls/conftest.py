"""A desk and a runner over a small group of commands of their own, with people and failures as the test wants them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from pydantic import BaseModel, Field
from slack_sdk.models.blocks import SectionBlock

from bot.calls.answer import Answers
from bot.calls.audit import CallAudit
from bot.calls.desk import Desk
from bot.calls.identify import Identity
from bot.calls.judge import Judge
from bot.calls.policy import Policy
from bot.calls.record import Journal, Request
from bot.calls.run import Runner
from bot.config import CallSettings
from bot.kit.access import AccessSettings
from bot.kit.approvals import ApprovalSettings
from bot.kit.call import Call, Place, Surface
from bot.kit.clock import Clock
from bot.kit.declare import Command, Group
from bot.kit.errors import Unavailable, UserError
from bot.kit.plans import Plan, Price
from bot.kit.replies import Reply
from bot.kit.roles import Person
from bot.metrics import Metrics
from bot.sealing import Sealer
from storage.audit import AuditStore
from storage.audit_chain import Keyring
from storage.calls import CallRow, CallStore
from storage.db import Database
from storage.messages import MessageRow, MessageStore
from storage.writer import GroupedWriter


class AddArguments(BaseModel):
    number: int = Field(le=100)


class Sum(BaseModel):
    total: int


@dataclass
class Till:
    """The service: `ran` are the references of calls that got through; `failing` is raised instead, once each; `price` and
    `colour` are what plans say."""

    clock: Clock

    ran: list[str] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0
    price: Decimal = Decimal(30)
    colour: str = "red"
    handed_over: int | None = None  # instead of the number, and of what anybody has typed


def _shown(result: Sum) -> Reply:
    return Reply(text=f"The total is {result.total}.")


async def _add(till: Till, call: Call, arguments: AddArguments) -> Sum:
    till.begun += 1
    await till.gate.wait()
    if till.failing:
        raise till.failing.pop(0)
    till.ran.append(call.ref)
    return Sum(total=arguments.number if till.handed_over is None else till.handed_over)


GROUP = Group("till", summary="Adds", service=Till)
GROUP.command(
    "add", arguments=AddArguments, result=Sum, permission="till.add", summary="Add", view=_shown, repeatable=True
)(_add)


def _too_loud(result: Sum) -> Reply:
    return Reply(text="", blocks=[SectionBlock(text="x" * 3001)])


async def _only_once(till: Till, call: Call, arguments: AddArguments) -> None:
    if till.ran:
        raise UserError("This was done already.")


GROUP.command("shout", arguments=AddArguments, result=Sum, permission="till.shout", summary="Shout", view=_too_loud)(
    _add
)
GROUP.command(
    "once", arguments=AddArguments, result=Sum, permission="till.once", summary="Once", view=_shown, check=_only_once
)(_add)
GROUP.command(
    "watch",
    arguments=AddArguments,
    result=Sum,
    permission="till.watch",
    summary="Watch",
    view=_shown,
    repeatable=True,
    progress=True,
)(_add)


class Effects(BaseModel):
    price: Price
    colour: str
    ready_at: datetime


async def _plan(till: Till, call: Call, arguments: AddArguments) -> Plan:
    effects = Effects(price=till.price, colour=till.colour, ready_at=till.clock.now() + timedelta(hours=1))
    return Plan([f"Buys {arguments.number} for {till.price}"], effects, team="till")


GROUP.command(
    "buy",
    arguments=AddArguments,
    result=Sum,
    permission="till.buy",
    summary="Buy",
    view=_shown,
    plan=_plan,
    effects=Effects,
)(_add)
GROUP.command(
    "burn",
    arguments=AddArguments,
    result=Sum,
    permission="till.burn",
    summary="Burn",
    view=_shown,
    dangerous=True,
    plan=_plan,
    effects=Effects,
)(_add)
GROUP.command("spend", arguments=AddArguments, result=Sum, permission="till.spend", summary="Spend", view=_shown)(_add)
GROUP.command(
    "look", arguments=AddArguments, result=Sum, permission="till.look", summary="Look", view=_shown, changes=False
)(_add)
GROUP.command(
    "key",
    arguments=AddArguments,
    result=Sum,
    permission="till.key",
    summary="Key",
    view=_shown,
    repeatable=True,
    credential=True,
)(_add)
GROUP.command("audit", arguments=AddArguments, result=Sum, permission="books.read", summary="Look", view=_shown)(_add)


@dataclass
class People:
    """Slack's directory: everybody is a full member, except `guests`; `down` makes it unreachable; it answers while `hold` is
    set."""

    guests: set[str] = field(default_factory=set)
    down: bool = False
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def look_up(self, user_id: str) -> Person:
        self.asked.append(user_id)
        await self.hold.wait()
        if self.down:
            raise Unavailable("Slack", "no answer")
        return Person(user_id, user_id.lower(), "Europe/Berlin", user_id not in self.guests)


class Counter:
    """The call path of one process."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        people: People,
        till: Till,
        holder: str = "one",
        approvals: Mapping[str, Any] | None = None,
    ) -> None:
        self.db, self.people, self.till, self.holder = db, people, till, holder
        settings = CallSettings(lease=timedelta(seconds=30), running=4, waiting=10)
        access = AccessSettings(roles={"developer": frozenset({"till.*"})})
        self.metrics = Metrics()
        self.writer = GroupedWriter(db, cast(Any, CallRow).__table__, "key")
        self.identity = Identity(db, people.look_up, access, clock)
        commands = {command.name: command for command in GROUP.commands.values()}
        services = {"till": till}
        answers = Answers(db, MessageStore(clock), self._show_in_form)
        policy = Policy(ApprovalSettings.model_validate(approvals or {}), commands.values())
        audit = AuditStore(Keyring.of("audit"))
        judge = Judge(db, policy, services, MessageStore(clock), audit, clock)
        self.audit = CallAudit(db, audit, clock)
        self.runner = Runner(
            db, commands, services, self.identity, judge, answers, self.metrics, clock, settings, holder, self.audit
        )
        journal = Journal(db, self.writer, Sealer("xoxb-test"), holder, settings.lease)
        self.desk = Desk(self.identity, journal, self.runner, services, clock, self.audit)
        self._number = 0
        self.in_forms: list[tuple[str, str]] = []
        self.forms_open = True

    async def _show_in_form(self, view_id: str, command: Command, reply: Reply) -> bool:
        self.in_forms.append((view_id, reply.text))
        return self.forms_open

    def request(
        self, verb: str = "add", *, number: str = "7", user: str = "U1", key: str | None = None, **more: Any
    ) -> Request:
        self._number += 1
        return Request(
            command=GROUP.commands[verb],
            raw={"number": number},
            user_id=user,
            surface=more.pop("surface", Surface.SLASH),
            key=key or f"slash:{self.holder}:{self._number}",
            place=Place("C1"),
            response_url="https://hooks.example/secret",
            confirmed=more.pop("confirmed", False),
        )

    async def row(self, ref: str) -> CallRow:
        async with self.db.reading() as session:
            row = await CallStore().get(session, ref)
        assert row is not None
        return row

    async def ended(self, ref: str) -> CallRow:
        """The call's row, once it has ended."""
        for _ in range(4_000):
            row = await self.row(ref)
            if row.ended_at is not None:
                return row
            await asyncio.sleep(0.01)
        raise AssertionError(f"call {ref} did not end")

    async def answer(self, ref: str, about: str = "answer") -> MessageRow | None:
        async with self.db.reading() as session:
            return await MessageStore().find(session, f"call:{ref}:{about}")

    async def close(self) -> None:
        self.till.gate.set()
        await self.runner.drain(5)
        await self.audit.close(30)
        await self.identity.close()
        await self.writer.close()


@pytest.fixture
def people() -> People:
    people = People()
    people.hold.set()
    return people


@pytest.fixture
def till(clock: Clock) -> Till:
    till = Till(clock)
    till.gate.set()
    return till


@pytest.fixture
async def counter(database: Database, clock: Clock, people: People, till: Till) -> AsyncIterator[Counter]:
    counter = Counter(database, clock, people, till)
    yield counter
    await counter.close()
