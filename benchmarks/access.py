"""One authorisation with 20 approval rules: may this person do it, and which rules hold; against the same written by hand.

By hand means: a set lookup and twenty `if`s over attributes, as somebody would write them into the code. Both are microseconds.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from benchmarks.report import Measured
from bot.calls.admit import authorise
from bot.calls.policy import Policy, facts
from bot.kit.access import AccessSettings
from bot.kit.approvals import ApprovalSettings
from bot.kit.call import Call, Held, Place, Principal, Surface
from bot.kit.declare import Command, Group
from bot.kit.plans import Price
from bot.kit.replies import Reply
from bot.kit.roles import Rules

_RUNS = 9
_ROUNDS = 5_000


class _Arguments(BaseModel):
    name: str
    size: str
    lifetime: timedelta


class _Effects(BaseModel):
    cost_per_day: Price
    environment: str


async def _create(_service: object, _call: Call, arguments: _Arguments) -> _Arguments:
    return arguments


def _command() -> Command:
    group = Group("sandbox", summary="Sandboxes", service=object)
    group.command(
        "create",
        arguments=_Arguments,
        result=_Arguments,
        permission="sandbox.create",
        summary="Create",
        view=lambda result: Reply(text=result.name),
        effects=_Effects,
    )(_create)
    return group.commands["create"]


def _settings() -> ApprovalSettings:
    """Twenty rules of the usual kinds, of which two hold."""
    rules: list[dict[str, Any]] = [
        {"name": "expensive", "when": {"command": "sandbox.create", "cost_per_day": {"gt": 20}}},
        {"name": "freeze", "when": {"command": "sandbox.*", "at": {"after": "2026-12-20", "before": "2027-01-04"}}},
    ]
    for number in range(6):
        rules += [
            {"name": f"size {number}", "when": {"command": "sandbox.*", "size": [f"s{number}", f"m{number}"]}},
            {"name": f"long {number}", "when": {"lifetime": {"gt": f"{30 + number}d"}, "environment": "staging"}},
            {"name": f"team {number}", "when": {"teams": f"team-{number}", "cost_per_day": {"gt": 5, "lte": 9}}},
        ]
    return ApprovalSettings.model_validate({"channel": "C0APPROVALS", "rules": rules})


async def run() -> Measured:
    """Keys: `authorise_us` microseconds for one authorisation with all rules; the reference is the same by hand."""
    measured = Measured("access", reference_of={"authorise_us": "by_hand_us"})
    command = _command()
    policy = Policy(_settings(), [command])
    roles = Rules(AccessSettings())
    call = Call(
        "c-bench",
        command.name,
        Principal(
            "U1",
            "Ada",
            teams=frozenset({"payments", "search"}),
            scoped={"payments": frozenset({"sandbox.*"}), "search": frozenset({"sandbox.*"})},
            held=(Held("developer", frozenset({"payments", "search"}), "everyone"),),
        ),
        Surface.SLASH,
        datetime.now(UTC),
        Place("C1"),
    )
    arguments = _Arguments(name="checkout", size="large", lifetime=timedelta(days=3))
    effects = _Effects(cost_per_day=Decimal("21.50"), environment="staging")
    now = datetime(2026, 12, 24, tzinfo=UTC)

    def ours() -> int:
        authorise(command, call.principal, roles)
        known = facts(call, arguments, effects, "payments", now)
        return sum(rule.holds(known) for rule in policy.rules_for(command.name))

    def by_hand() -> int:
        return _by_hand(command, call, arguments, effects, now)

    if ours() != by_hand() or ours() != 2:
        raise AssertionError("the two do not judge alike")
    for _ in range(_RUNS):
        measured.add_reference("by_hand_us", _microseconds(by_hand))
        measured.add("authorise_us", _microseconds(ours))
    return measured


def _by_hand(command: Command, call: Call, arguments: _Arguments, effects: _Effects, now: datetime) -> int:
    found = 0
    if "sandbox.*" not in call.principal.scoped["payments"]:
        raise AssertionError
    if command.name == "sandbox.create" and effects.cost_per_day > 20:
        found += 1
    if command.group == "sandbox" and datetime(2026, 12, 20, tzinfo=UTC) <= now < datetime(2027, 1, 4, tzinfo=UTC):
        found += 1
    for number in range(6):
        if command.group == "sandbox" and arguments.size in (f"s{number}", f"m{number}"):
            found += 1
        if arguments.lifetime > timedelta(days=30 + number) and effects.environment == "staging":
            found += 1
        if f"team-{number}" in call.principal.teams and 5 < effects.cost_per_day <= 9:
            found += 1
    return found


def _microseconds(judge: Callable[[], int]) -> float:
    began = time.perf_counter()
    for _ in range(_ROUNDS):
        judge()
    return (time.perf_counter() - began) / _ROUNDS * 1e6
