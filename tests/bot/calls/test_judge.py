"""Rules of platform.yaml at work: questions first, freezes, approvals; each once, also when everything changes meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.config import ConfigError
from bot.kit.call import Call, Held, Principal, Surface
from bot.kit.errors import Conflict, Refused
from commands.access.use_cases.approvals import Approvals
from storage.approvals import ApprovalRow, ApprovalState, ApprovalStore
from storage.audit import AuditRow, AuditStore
from storage.audit_chain import Keyring
from storage.calls import CallRow, CallState
from storage.db import Database
from storage.messages import MessageRow, MessageStore
from tests.bot.calls.conftest import Counter, People, Till
from tests.conftest import FakeClock

EXPENSIVE = {
    "name": "expensive",
    "when": {"command": "till.buy", "price": {"gt": 20}},
    "reason": "Money is short.",
    "expires": "1d",
    "remind": "4h",
}
RULES = {"channel": "C900", "rules": [EXPENSIVE]}
APPROVER = Principal(
    "U9",
    "Grace",
    teams=frozenset({"till"}),
    scoped={"till": frozenset({"access.approve"})},
    held=(Held("approver", frozenset({"till"}), "test"),),
)


class Desk:
    """One process, and approvers who answer by themselves."""

    def __init__(self, counter: Counter, clock: FakeClock) -> None:
        self.counter, self.clock, self.db = counter, clock, counter.db
        self.approvals = Approvals(counter.db, clock, AuditStore(Keyring.of("audit")), MessageStore(clock))
        self._answers = 0

    async def state(self, ref: str, *wanted: CallState) -> CallRow:
        """The call's row, once it is in one of these states."""
        for _ in range(3_000):
            row = await self.counter.row(ref)
            if row.state in wanted:
                return row
            await asyncio.sleep(0.01)
        raise AssertionError(f"call {ref} is {row.state}, not {wanted}")

    async def takes(self, verb: str = "buy", **more: Any) -> str:
        recorded = await self.counter.desk.take(self.counter.request(verb, **more))
        assert recorded is not None
        return recorded.ref

    async def waits(self, **more: Any) -> tuple[str, ApprovalRow]:
        """A call that waits, and its request."""
        ref = await self.takes(**more)
        await self.state(ref, CallState.WAITING)
        return ref, await self.request(ref)

    async def request(self, ref: str) -> ApprovalRow:
        async with self.db.reading() as session:
            (row,) = await ApprovalStore().of_call(session, ref)
        return row

    def answering(self, principal: Principal = APPROVER) -> Call:
        self._answers += 1
        at = self.clock.now()
        return Call(f"c-answer{self._answers}", "access.approve", principal, Surface.BUTTON, at)

    async def runs_on(self) -> None:
        """What the application does all the time: takes up what was resumed."""
        await self.counter.runner._sweep()

    async def actions(self) -> list[str]:
        async with self.db.reading() as session:
            rows = await session.execute(select(col(AuditRow.action)).order_by(col(AuditRow.id)))
            return [action for action in rows.scalars() if action.startswith("approval.")]

    async def said(self, key: str) -> MessageRow | None:
        async with self.db.reading() as session:
            return await MessageStore().find(session, key)


async def _desk(
    database: Database, clock: FakeClock, people: People, till: Till, approvals: Mapping[str, Any]
) -> AsyncIterator[Desk]:
    counter = Counter(database, clock, people, till, approvals=approvals)
    yield Desk(counter, clock)
    await counter.close()


@pytest.fixture
async def desk(database: Database, clock: FakeClock, people: People, till: Till) -> AsyncIterator[Desk]:
    async for desk in _desk(database, clock, people, till, RULES):
        yield desk


async def test_a_call_under_no_rule_runs_at_once(desk: Desk, till: Till) -> None:
    till.price = Decimal(20)
    ref = await desk.takes()
    assert (await desk.counter.ended(ref)).state == CallState.DONE


async def test_a_call_under_a_rule_waits_says_so_and_asks_the_approvers(desk: Desk, till: Till) -> None:
    ref, request = await desk.waits()

    assert till.ran == []
    assert (request.rule, request.team, request.requested_by, list(request.plan)) == (
        "expensive",
        "till",
        "U1",
        ["Buys 7 for 30"],
    )
    card = await desk.said(f"approval:{request.id}:card")
    assert card is not None
    assert (card.channel, card.view) == ("C900", "access.approval")
    told = await desk.said(f"call:{ref}:waits:{request.plan_hash}")
    assert told is not None
    assert "Money is short." in str(told.body)
    assert await desk.actions() == ["approval.asked"]


async def test_once_approved_it_runs_once(desk: Desk, till: Till) -> None:
    ref, request = await desk.waits()
    shown = await desk.approvals.approve(desk.answering(), request.id, request.plan_hash, "go ahead")
    assert shown.state is ApprovalState.APPROVED

    await asyncio.gather(*(desk.runs_on() for _ in range(3)))

    assert (await desk.counter.ended(ref)).state == CallState.DONE
    assert till.ran == [ref]
    assert await desk.actions() == ["approval.asked", "approval.approved"]


async def test_nobody_approves_his_own_request(desk: Desk) -> None:
    _, request = await desk.waits()
    asker = Principal("U1", "Ada", permissions=frozenset({"*"}), held=(Held("admin", None, "test"),))
    with pytest.raises(Refused, match="your own request"):
        await desk.approvals.approve(desk.answering(asker), request.id, None, None)
    assert (await desk.request(request.call)).state == ApprovalState.WAITING


async def test_an_approver_of_another_team_does_not_count(desk: Desk) -> None:
    _, request = await desk.waits()
    other = Principal(
        "U8",
        "Linus",
        scoped={"search": frozenset({"access.approve"})},
        held=(Held("approver", frozenset({"search"}), "test"),),
    )
    with pytest.raises(Refused, match="team till"):
        await desk.approvals.approve(desk.answering(other), request.id, None, None)


async def test_denied_it_is_refused_with_the_reason(desk: Desk, till: Till) -> None:
    ref, request = await desk.waits()
    await desk.approvals.deny(desk.answering(), request.id, "too dear")
    await desk.runs_on()

    row = await desk.counter.ended(ref)
    assert (row.state, till.ran) == (CallState.REFUSED, [])
    assert "denied by Grace: too dear" in str(row.error)


async def test_withdrawn_it_is_over(desk: Desk, till: Till) -> None:
    ref, request = await desk.waits()
    with pytest.raises(Refused, match="whoever asked"):
        await desk.approvals.withdraw(desk.answering(), request.id)
    await desk.approvals.withdraw(desk.answering(Principal("U1", "Ada")), request.id)
    await desk.runs_on()
    assert (await desk.counter.ended(ref)).state == CallState.REFUSED


async def test_two_approvers_racing_are_one_decision(desk: Desk, till: Till) -> None:
    ref, request = await desk.waits()
    second = Principal("U7", "Edsger", scoped=APPROVER.scoped, held=APPROVER.held)

    results = await asyncio.gather(
        desk.approvals.approve(desk.answering(), request.id, None, None),
        desk.approvals.deny(desk.answering(second), request.id, "no"),
        return_exceptions=True,
    )

    assert sum(isinstance(result, Conflict) for result in results) == 1
    await desk.runs_on()
    row = await desk.counter.ended(ref)
    decided = (await desk.request(ref)).state
    assert row.state == (CallState.DONE if decided == ApprovalState.APPROVED else CallState.REFUSED)
    assert len(till.ran) == (decided == ApprovalState.APPROVED)


async def test_a_double_click_is_one_vote(desk: Desk, till: Till) -> None:
    _, request = await desk.waits()
    click = desk.answering()
    await asyncio.gather(*(desk.approvals.approve(click, request.id, None, None) for _ in range(2)))
    assert await desk.actions() == ["approval.asked", "approval.approved"]


async def test_a_quorum_needs_different_people(
    database: Database, clock: FakeClock, people: People, till: Till
) -> None:
    async for desk in _desk(database, clock, people, till, {"channel": "C900", "rules": [{**EXPENSIVE, "quorum": 2}]}):
        ref, request = await desk.waits()
        for _ in range(2):
            shown = await desk.approvals.approve(desk.answering(), request.id, None, None)
            assert shown.state is ApprovalState.WAITING
        second = Principal("U7", "Edsger", scoped=APPROVER.scoped, held=APPROVER.held)
        shown = await desk.approvals.approve(desk.answering(second), request.id, None, None)
        assert shown.state is ApprovalState.APPROVED
        await desk.runs_on()
        assert (await desk.counter.ended(ref)).state == CallState.DONE


async def test_nobody_answers_so_they_are_reminded_once_and_then_it_is_refused(desk: Desk, clock: FakeClock) -> None:
    ref, request = await desk.waits()
    clock.advance(timedelta(hours=4))
    for _ in range(2):
        await desk.approvals.round()
    assert await desk.said(f"approval:{request.id}:card:reminder:1") is not None
    assert (await desk.counter.row(ref)).state == CallState.WAITING

    clock.advance(timedelta(hours=20))
    with pytest.raises(Conflict, match="expired"):
        await desk.approvals.approve(desk.answering(), request.id, None, None)
    await desk.approvals.round()
    await desk.runs_on()
    row = await desk.counter.ended(ref)
    assert row.state == CallState.REFUSED
    assert "not given in time" in str(row.error)
    assert (await desk.actions())[-1] == "approval.expired"


async def test_a_plan_that_changed_after_the_approval_needs_another(desk: Desk, till: Till) -> None:
    ref, request = await desk.waits()
    await desk.approvals.approve(desk.answering(), request.id, None, None)
    till.colour = "blue"
    await desk.runs_on()

    await desk.state(ref, CallState.WAITING)
    changed = await desk.request(ref)
    assert (changed.id, changed.state, changed.version) == (request.id, ApprovalState.WAITING, 2)
    assert till.ran == []
    with pytest.raises(Conflict, match="plan has changed"):
        await desk.approvals.approve(desk.answering(), request.id, request.plan_hash, None)

    await desk.approvals.approve(desk.answering(), request.id, changed.plan_hash, None)
    await desk.runs_on()
    assert (await desk.counter.ended(ref)).state == CallState.DONE


@pytest.mark.parametrize(("price", "state"), [("31.50", CallState.DONE), ("31.51", CallState.WAITING)])
async def test_a_price_may_move_by_a_twentieth(desk: Desk, till: Till, price: str, state: CallState) -> None:
    ref, request = await desk.waits()
    await desk.approvals.approve(desk.answering(), request.id, None, None)
    till.price = Decimal(price)
    await desk.runs_on()
    await desk.state(ref, state)
    assert bool(till.ran) == (state is CallState.DONE)


async def test_time_that_passes_does_not_change_a_plan(desk: Desk, till: Till, clock: FakeClock) -> None:
    ref, request = await desk.waits()
    clock.advance(timedelta(hours=3))
    await desk.approvals.approve(desk.answering(), request.id, None, None)
    await desk.runs_on()
    assert (await desk.counter.ended(ref)).state == CallState.DONE


async def test_the_bot_dies_between_approval_and_run_and_another_runs_it(
    desk: Desk, database: Database, clock: FakeClock, people: People, till: Till
) -> None:
    ref, request = await desk.waits()
    await desk.approvals.approve(desk.answering(), request.id, None, None)

    other = Counter(database, clock, people, till, holder="two", approvals=RULES)
    await other.runner._sweep()

    assert (await other.ended(ref)).state == CallState.DONE
    assert till.ran == [ref]
    await other.close()


async def test_a_waiting_call_holds_no_place_and_no_lease(desk: Desk, clock: FakeClock) -> None:
    ref, _ = await desk.waits()
    clock.advance(timedelta(hours=1))
    await desk.runs_on()
    row = await desk.counter.row(ref)
    assert (row.state, row.lease_until) == (CallState.WAITING, None)
    assert desk.counter.runner.waiting == 0


async def test_a_freeze_refuses_with_its_reason_except_for_those_it_leaves_out(
    database: Database, clock: FakeClock, people: People, till: Till
) -> None:
    clock.advance(timedelta(days=50))
    freeze = {
        "name": "year-end freeze",
        "then": "refuse",
        "when": {"at": {"after": "2026-12-20 18:00", "before": "2027-01-04"}, "command": "till.*"},
        "unless": {"user": "U5"},
        "reason": "Nobody is there to repair it.",
    }
    async for desk in _desk(database, clock, people, till, {"rules": [freeze]}):
        row = await desk.counter.ended(await desk.takes("spend"))
        assert row.state == CallState.REFUSED
        assert "year-end freeze" in str(row.error)
        assert "Nobody is there" in str(row.error)
        assert (await desk.counter.ended(await desk.takes("spend", user="U5"))).state == CallState.DONE


async def test_a_freeze_that_began_while_a_call_waited_holds_for_it(
    database: Database, clock: FakeClock, people: People, till: Till
) -> None:
    begins = (clock.now() + timedelta(hours=2)).isoformat()
    freeze = {"name": "freeze", "then": "refuse", "when": {"at": {"after": begins}, "command": "till.*"}}
    async for desk in _desk(database, clock, people, till, {"channel": "C900", "rules": [EXPENSIVE, freeze]}):
        ref, request = await desk.waits()
        clock.advance(timedelta(hours=3))
        await desk.approvals.approve(desk.answering(), request.id, None, None)
        await desk.runs_on()
        assert (await desk.counter.ended(ref)).state == CallState.REFUSED


async def test_a_dangerous_command_asks_first_showing_its_plan(counter: Counter, till: Till) -> None:
    recorded = await counter.desk.take(counter.request("burn"))
    assert recorded is not None
    row = await counter.ended(recorded.ref)
    answer = await counter.answer(recorded.ref)

    assert (row.state, till.ran) == (CallState.ASKED, [])
    assert answer is not None
    shown = str(answer.body)
    assert "Really till burn 7?" in shown
    assert "Buys 7 for 30" in shown
    assert '"confirmed":true' in shown


@pytest.mark.parametrize("more", [{"confirmed": True, "surface": Surface.BUTTON}, {"surface": Surface.API}])
async def test_it_runs_when_it_was_confirmed_or_a_program_asks(
    counter: Counter, till: Till, more: Mapping[str, Any]
) -> None:
    recorded = await counter.desk.take(counter.request("burn", **more))
    assert recorded is not None
    assert (await counter.ended(recorded.ref)).state == CallState.DONE


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"when": {"command": "till.bye"}}, "no command that changes anything falls under it"),
        ({"when": {"command": "till.buy", "pice": {"gt": 3}}}, "did you mean price?"),
        ({"when": {"command": "till.buy", "price": {"gt": "much"}}}, "must be a number"),
        ({"when": {"command": "till.buy"}, "unless": {"role": "admin"}}, "did you mean roles?"),
    ],
)
async def test_a_rule_that_cannot_be_does_not_start(
    database: Database, clock: FakeClock, people: People, till: Till, rule: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        Counter(database, clock, people, till, approvals={"channel": "C900", "rules": [{"name": "odd", **rule}]})
    assert "approvals.rules.0 (odd)" in str(raised.value)
    assert words in str(raised.value)
