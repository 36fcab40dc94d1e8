"""Approvals: whether each rule can ever hold, whether anybody could answer, and whether the channels are there. Asks nobody for
anything."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from bot.calls.policy import Policy
from bot.config import ConfigError, Settings
from bot.doctor.channels import channels_finding
from bot.doctor.configuration import SETTINGS_FILE
from bot.doctor.examine import Check
from bot.doctor.report import Finding, failed, ok, skipped, warning
from bot.kit.access import DEFAULT_TEAM, AccessSettings
from bot.kit.approvals import ApprovalSettings, RuleSettings
from bot.kit.call import Surface
from bot.kit.clock import Clock
from bot.kit.declare import Command
from bot.kit.matching import Clause, Condition
from bot.kit.permissions import covers
from bot.kit.roles import Rules
from bot.kit.text import listed
from bot.kit.units import parse_duration
from bot.kit.windows import ends_at
from integrations.slack import SlackClient

_ANSWERS = "access.approve"


@dataclass(frozen=True)
class ApprovalChecks:
    """`commands` are all there are."""

    settings: Settings
    commands: Sequence[Command]
    slack: SlackClient
    clock: Clock

    def checks(self) -> list[Check]:
        return [
            Check("approvals", self._rules, reads=(SETTINGS_FILE,)),
            Check("approvals channel", self._channels, reads=(SETTINGS_FILE,), after="bot token"),
        ]

    @property
    def _section(self) -> ApprovalSettings:
        return self.settings.section("approvals", ApprovalSettings)

    async def _rules(self) -> Finding:
        section = self._section
        if not section.rules:
            return skipped("no rules: nothing waits for a second person")
        try:
            policy = Policy(section, self.commands)
        except ConfigError as error:
            return failed(error.message, "correct these; docs/approvals.md tells the language")
        access = self.settings.section("access", AccessSettings)
        if unanswerable := [each for rule in section.rules if (each := _unanswerable(rule, access))]:
            return failed("\n".join(unanswerable), "name approvers.users, or grant one of the roles in access.grants")
        idle = [
            f"“{rule.name}” never holds: {why}"
            for rule in section.rules
            if (why := next(self._never(rule, policy, access), None))
        ]
        if idle:
            return warning("\n".join(idle), "correct the rules, or take them out")
        return ok("1 rule" if len(section.rules) == 1 else f"{len(section.rules)} rules")

    async def _channels(self) -> Finding:
        section = self._section
        waiting = [rule for rule in section.rules if rule.then == "approve"]
        channels = {channel for rule in waiting if (channel := rule.channel or section.channel)}
        if not channels:
            return skipped("no rule shows its requests in a channel")
        return await channels_finding(self.slack, channels, "approvals")

    def _never(self, rule: RuleSettings, policy: Policy, access: AccessSettings) -> Iterator[str]:
        """Why no call ever falls under it, as far as its own clauses show."""
        under = [
            command
            for command in self.commands
            if any(each.settings.name == rule.name for each in policy.rules_for(command.name))
        ]
        for clause in _clauses(rule.when):
            if (end := _end(clause)) is not None and end <= self.clock.now():
                yield f"its time was over at {end:%Y-%m-%d %H:%M} UTC"
            if _empty(clause):
                yield f"nothing is {clause}"
            wanted = _wanted(clause)
            possible = _possible(clause.fact, under, access)
            if wanted and possible is not None and wanted.isdisjoint(possible):
                yield f"{clause.fact} is never {listed(sorted(wanted))}; it is {listed(sorted(possible))}"


def _unanswerable(rule: RuleSettings, access: AccessSettings) -> str | None:
    """Why nobody, or not enough people, could say yes; None: somebody may."""
    if rule.then != "approve":
        return None
    approvers, rules = rule.approvers, Rules(access)
    held = [role for role in approvers.roles if role in rules.roles and rules.holders(role)]
    if any(covers(rules.roles[role], _ANSWERS) for role in held):
        return None
    roles = listed(sorted(approvers.roles))
    if held and not approvers.users:
        return f"“{rule.name}”: {roles} may not answer: the permission {_ANSWERS} is missing there"
    if len(approvers.users) < rule.quorum:
        nobody = f"nobody is {roles}, and it" if roles else "it"
        return f"“{rule.name}”: {nobody} names {len(approvers.users)} people, of whom {rule.quorum} must approve"
    return None


def _clauses(condition: Condition) -> Iterator[Clause]:
    """Those that must all hold."""
    for part in condition.clauses:
        if isinstance(part, Clause):
            yield part
        elif part.how == "all":
            for each in part.parts:
                yield from _clauses(each)


def _end(clause: Clause) -> datetime | None:
    return ends_at(dict(clause.tests)) if clause.fact == "at" else None


def _empty(clause: Clause) -> bool:
    """Whether it asks for a number or duration that is above one bound and below another, with nothing in between."""
    bounds = {operator: _size(operand) for operator, operand in clause.tests}
    low = [(bound, operator == "gt") for operator in ("gt", "gte") if (bound := bounds.get(operator)) is not None]
    high = [(bound, operator == "lt") for operator in ("lt", "lte") if (bound := bounds.get(operator)) is not None]
    return any(
        above > below or (above == below and (strictly or strict)) for above, strictly in low for below, strict in high
    )


def _size(operand: object) -> Decimal | None:
    try:
        return Decimal(str(operand))
    except InvalidOperation:
        pass
    try:
        return Decimal(parse_duration(str(operand)).total_seconds())
    except ValueError:
        return None


def _wanted(clause: Clause) -> frozenset[str]:
    """The values of which it must be one; none: it does not say."""
    tests = dict(clause.tests)
    if "eq" in tests:
        return frozenset({str(tests["eq"])})
    found = tests.get("in")
    return frozenset(map(str, found)) if isinstance(found, tuple) else frozenset()


def _possible(fact: str, commands: Collection[Command], access: AccessSettings) -> frozenset[str] | None:
    """All values that a fact may have; None: nobody can say."""
    match fact:
        case "surface":
            return frozenset(each.value for each in Surface)
        case "roles":
            return frozenset(Rules(access).roles)
        case "team" | "teams":
            return frozenset({*access.teams, DEFAULT_TEAM})
    possible: set[str] = set()
    for command in commands:
        for model in (command.arguments, command.effects):
            choices = _choices(model, fact)
            if fact in model.model_fields and choices is None:
                return None
            possible |= choices or set()
    return frozenset(possible) or None


def _choices(model: type[BaseModel], name: str) -> set[str] | None:
    """Of a field that is one of several; None for others."""
    field = model.model_fields.get(name)
    return None if field is None else _members(field.annotation)


def _members(annotation: Any) -> set[str] | None:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return {str(each.value) for each in annotation}
    if get_origin(annotation) is Literal:
        return set(map(str, get_args(annotation)))
    members = [_members(each) for each in get_args(annotation) if each is not type(None)]
    if not members or any(each is None for each in members):
        return None
    return set().union(*(each for each in members if each is not None))
