"""The rules of platform.yaml bound to the commands there are: which of them a call falls under. Asks nobody and writes nothing.

Rules hold for commands that change something, on every surface. Answering an approval is never itself under a rule: who could
answer then?
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from bot.config import ConfigError
from bot.kit.approvals import ApprovalSettings, RuleSettings
from bot.kit.call import Call
from bot.kit.declare import Command
from bot.kit.matching import Clause, Condition, FactKind, Facts, Group, Known, Predicate
from bot.kit.plans import facts_of, kinds_of

_FREE: Final = frozenset({"access.approve", "access.deny", "access.withdraw"})
_OF_EVERY_CALL: Final[Mapping[str, FactKind]] = {
    "command": FactKind.NAME,
    "group": FactKind.TEXT,
    "surface": FactKind.TEXT,
    "user": FactKind.TEXT,
    "roles": FactKind.SET,
    "teams": FactKind.SET,
    "team": FactKind.TEXT,
    "channel": FactKind.TEXT,
    "at": FactKind.MOMENT,
}


@dataclass(frozen=True)
class Rule:
    """A rule ready to be asked. `channel` is where its approvals are shown, None: nowhere but to the approvers it names."""

    settings: RuleSettings
    channel: str | None
    when: Predicate
    unless: Predicate | None

    def holds(self, facts: Facts) -> bool:
        return self.when(facts) and not (self.unless is not None and self.unless(facts))


class Policy:
    """Which rules there are for which command. Raises ConfigError naming each rule that cannot be: a fact that no command has,
    an operand of another kind, a name given twice."""

    def __init__(self, settings: ApprovalSettings, commands: Iterable[Command]) -> None:
        under = [each for each in commands if each.changes and each.name not in _FREE]
        self._rules: dict[str, list[Rule]] = {command.name: [] for command in under}
        problems: list[str] = []
        for position, rule in enumerate(settings.rules):
            named = [command for command in under if _may_be(rule.when, command)]
            place = f"approvals.rules.{position} ({rule.name})"
            if not named:
                problems.append(f"{place}: no command that changes anything falls under it")
                continue
            known = Known({**_known_of(named), **_OF_EVERY_CALL})
            _bound(rule.when, known, f"{place}.when", problems)
            unless = None if rule.unless is None else _bound(rule.unless, known, f"{place}.unless", problems)
            if problems:
                continue
            when = _about_the_rest(rule.when).bind(known)
            for command in named:
                self._rules[command.name].append(Rule(rule, rule.channel or settings.channel, when, unless))
        if problems:
            raise ConfigError("\n".join(problems))

    def rules_for(self, command: str) -> Sequence[Rule]:
        """Those that a call of this command may fall under; usually none."""
        return self._rules.get(command, ())


def facts(call: Call, arguments: BaseModel, effects: BaseModel, team: str, now: datetime) -> Facts:
    """What rules look at. What a command says of itself never hides who calls it, from where and when: `at` is now, as a call may
    have waited for an approval while a freeze began."""
    principal = call.principal
    return {
        **facts_of(arguments),
        **facts_of(effects),
        "command": call.command,
        "group": call.command.partition(".")[0],
        "surface": call.surface.value,
        "user": principal.user_id,
        "roles": principal.roles,
        "teams": principal.teams,
        "team": team,
        "channel": call.place.channel if call.place else None,
        "at": now,
    }


def _about_the_rest(condition: Condition) -> Condition:
    """Without what is settled by which command it is: most of a rule's cost, at every call."""
    return Condition(tuple(each for each in condition.clauses if not _is_about_the_command(each)))


def _is_about_the_command(part: Clause | Group) -> bool:
    return isinstance(part, Clause) and part.fact in ("command", "group")


def _may_be(condition: Condition, command: Command) -> bool:
    """Whether its clauses about the command, where they stand by themselves, hold for this one."""
    about = tuple(each for each in condition.clauses if _is_about_the_command(each))
    try:
        holds = Condition(about).bind(Known(_OF_EVERY_CALL))
    except ValueError:
        return True  # told where the whole rule is bound
    return holds({"command": command.name, "group": command.group})


def _known_of(commands: Iterable[Command]) -> Mapping[str, FactKind]:
    known: dict[str, FactKind] = {}
    for command in commands:
        known.update(kinds_of(command.arguments))
        known.update(kinds_of(command.effects))
    return known


def _bound(condition: Condition, known: Known, place: str, problems: list[str]) -> Predicate:
    try:
        return condition.bind(known)
    except ValueError as error:
        problems.extend(f"{place}.{line}" for line in str(error).splitlines())
        return lambda _facts: False
