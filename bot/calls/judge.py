"""Between a valid call and its running: is it asked “really?”, does it wait for an approval, or is it not done at all now?

The one place where the rules of platform.yaml hold, for every surface, each time a call is about to run. Who may answer a
request, and what an answer does, stands in commands/access.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel
from slack_sdk.models.blocks import Block
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calls.policy import Policy, Rule, facts
from bot.calls.record import Recorded
from bot.kit.arguments import typed
from bot.kit.blocks import actions, command_button, context, plain, section
from bot.kit.call import Call, Surface
from bot.kit.clock import Clock
from bot.kit.declare import Command
from bot.kit.errors import Refused
from bot.kit.ids import new_id
from bot.kit.plans import NoEffects, Plan, fingerprint, prices_of, same_prices
from bot.kit.replies import Reply
from bot.kit.text import channel_link, code, escape, few, listed
from storage.approvals import TOPIC, ApprovalRow, ApprovalState, ApprovalStore
from storage.audit import AuditEntry, AuditStore
from storage.calls import CallStore
from storage.db import Database
from storage.messages import Channel, MessageStore, Person, Priority

CARD: Final = "access.approval"
"""The view that shows a request, in commands/access/handlers.py."""

_LINES = 12  # of a plan, in an answer
_FIRST = 1  # the version of what a question's button asks for: pressing it twice is one call


@dataclass(frozen=True)
class Asked:
    """The call ends with this question; pressing its button is another call."""

    reply: Reply


@dataclass(frozen=True)
class _Need:
    """An approval that is missing: `row` is the one whose plan has changed, None for one that is to be made."""

    rule: Rule
    row: ApprovalRow | None


@dataclass(frozen=True)
class Wait:
    """The call is to be parked until what it needs is decided. `needs` is empty when all was asked for before."""

    reply: Reply
    plan: Plan
    plan_hash: str
    prices: Mapping[str, str]
    team: str
    needs: tuple[_Need, ...]


class Judge:
    def __init__(
        self,
        db: Database,
        policy: Policy,
        services: Mapping[str, object],
        messages: MessageStore,
        audit: AuditStore,
        clock: Clock,
    ) -> None:
        self._db = db
        self._policy = policy
        self._services = services
        self._messages = messages
        self._audit = audit
        self._clock = clock
        self._approvals = ApprovalStore()
        self._calls = CallStore()

    async def judge(self, recorded: Recorded, call: Call, arguments: BaseModel) -> Asked | Wait | None:
        """None: it may run. Raises Refused when a rule forbids it, or an approval was denied or not given in time; and what the
        command's plan raises."""
        command = recorded.request.command
        rules = self._policy.rules_for(command.name)
        ask = command.dangerous and not recorded.request.confirmed and call.surface is not Surface.API
        if not rules and not ask:
            return None
        plan = await self._plan(command, call, arguments)
        team, now = plan.team or call.principal.team, self._clock.now()
        known = facts(call, arguments, plan.effects, team, now)
        held = [rule for rule in rules if rule.holds(known)]
        for rule in held:
            if rule.settings.then == "refuse":
                raise Refused(_refusal(command, rule))
        if ask:
            return Asked(_question(command, recorded.request.raw, plan))
        if not held:
            return None
        if command.credential:
            raise Refused(_cannot_wait(command, held[0]))
        plan_hash = fingerprint(command.name, arguments, call.at, plan.effects, now)
        return await self._approved(recorded, held, plan, plan_hash, team)

    async def park(self, session: AsyncSession, recorded: Recorded, call: Call, wait: Wait) -> None:
        """Asks for what is needed, in the transaction that has parked the call (and so locked it: answers come before or
        after)."""
        now = self._clock.now()
        for need in wait.needs:
            if need.row is None:
                await self._ask(session, recorded, call, wait, need.rule, now)
            else:
                await self._ask_again(session, call, wait, need.rule, need.row.id, now)
        rows = await self._approvals.of_call(session, recorded.ref)
        if not any(row.state == ApprovalState.WAITING for row in rows):  # decided between looking and parking
            await self._calls.resume(session, recorded.ref, now)
        self._db.signal(session, TOPIC)

    # --- approvals ------------------------------------------------------------------------------------------------

    async def _approved(
        self, recorded: Recorded, held: Sequence[Rule], plan: Plan, plan_hash: str, team: str
    ) -> Wait | None:
        async with self._db.reading() as session:
            rows = {row.rule: row for row in await self._approvals.of_call(session, recorded.ref)}
        prices = prices_of(plan.effects)
        needs, waiting = [], False
        for rule in held:
            row = rows.get(rule.settings.name)
            match row.state if row else None:
                case ApprovalState.DENIED | ApprovalState.EXPIRED | ApprovalState.WITHDRAWN:
                    assert row is not None
                    raise Refused(_not_approved(recorded.request.command, row))
                case ApprovalState.APPROVED | ApprovalState.WAITING:
                    assert row is not None
                    if row.plan_hash != plan_hash or not same_prices(row.prices, prices):
                        needs.append(_Need(rule, row))
                    waiting = waiting or row.state == ApprovalState.WAITING
                case _:
                    needs.append(_Need(rule, None))
        if not needs and not waiting:
            return None
        reply = _waits(recorded, held, plan, changed=any(need.row is not None for need in needs))
        return Wait(reply, plan, plan_hash, prices, team, tuple(needs))

    async def _ask(
        self, session: AsyncSession, recorded: Recorded, call: Call, wait: Wait, rule: Rule, now: datetime
    ) -> None:
        settings, command = rule.settings, recorded.request.command
        approval = f"a-{new_id(8)}"
        users = sorted(settings.approvers.users - {call.principal.user_id})
        cards = {f"approval:{approval}:card": rule.channel} if rule.channel else {}
        cards |= {f"approval:{approval}:{user}": user for user in users}
        remind_at = now + settings.remind if settings.remind and settings.remind < settings.expires else None
        expires_at = now + settings.expires
        self._approvals.add(
            session,
            ApprovalRow(
                id=approval,
                call=recorded.ref,
                rule=settings.name,
                reason=settings.reason,
                command=command.typed,
                requested_by=call.principal.user_id,
                requested_name=call.principal.name,
                team=wait.team,
                arguments={name: typed(value) for name, value in recorded.request.raw.items()},
                plan=list(wait.plan.lines),
                plan_hash=wait.plan_hash,
                prices=wait.prices,
                roles=sorted(settings.approvers.roles),
                users=sorted(settings.approvers.users),
                quorum=settings.quorum,
                asked_at=now,
                expires_at=expires_at,
                remind_at=remind_at,
                due_at=remind_at or expires_at,
                cards=cards,
            ),
        )
        for card, where in cards.items():
            to = Channel(where) if where == rule.channel else Person(where)
            fallback = next(iter(users), None)
            await self._messages.mark_card(session, key=card, to=to, view=CARD, object_id=approval, fallback=fallback)
        after = {"rule": settings.name, "plan": wait.plan_hash, "team": wait.team}
        await self._audit.write(
            session, AuditEntry.of(call, "approval.asked", f"approval:{approval}", at=now, after=after)
        )

    async def _ask_again(
        self, session: AsyncSession, call: Call, wait: Wait, rule: Rule, approval: str, now: datetime
    ) -> None:
        """What was approved, or was being looked at, is not what would be done now: everybody starts anew."""
        row = await self._approvals.lock(session, approval)
        if row is None or row.state not in (ApprovalState.WAITING, ApprovalState.APPROVED):
            return  # decided otherwise meanwhile: the call is told when it runs again
        before = {"plan": row.plan_hash, "state": row.state}
        row.plan, row.plan_hash, row.prices = list(wait.plan.lines), wait.plan_hash, wait.prices
        row.state, row.version = ApprovalState.WAITING, row.version + 1
        row.decided_at = row.decided_by = row.remind_at = None
        row.expires_at = row.due_at = now + rule.settings.expires
        await self._approvals.drop_votes(session, approval)
        for card in row.cards:
            await self._messages.touch(session, key=card, priority=Priority.NEW)
        await self._audit.write(
            session,
            AuditEntry.of(
                call, "approval.changed", f"approval:{approval}", at=now, before=before, after={"plan": wait.plan_hash}
            ),
        )

    async def _plan(self, command: Command, call: Call, arguments: BaseModel) -> Plan:
        if command.plan is None:
            return Plan((), NoEffects())
        return await command.plan(self._services[command.group], call, arguments)


# --- what people read ---------------------------------------------------------------------------------------------------


def _refusal(command: Command, rule: Rule) -> str:
    why = f" {rule.settings.reason}" if rule.settings.reason else ""
    return f"“{command.typed}” is not done at the moment: the rule “{rule.settings.name}” forbids it.{why}"


def _cannot_wait(command: Command, rule: Rule) -> str:
    """A credential is shown in the form that asked for it, which is closed long before anybody has approved."""
    return (
        f"“{command.typed}” hands over a credential, which cannot wait for an approval, and the rule “{rule.settings.name}” asks "
        "for one. Ask your platform team."
    )


def _not_approved(command: Command, row: ApprovalRow) -> str:
    about = f"“{command.typed}” was not done: its approval ({row.rule}, {row.id})"
    match row.state:
        case ApprovalState.DENIED:
            return f"{about} was denied by {row.decided_by}{f': {row.note}' if row.note else '.'}"
        case ApprovalState.WITHDRAWN:
            return f"{about} was withdrawn."
        case _:
            return f"{about} was not given in time. Ask again, and tell your approvers."


def _question(command: Command, raw: Mapping[str, object], plan: Plan) -> Reply:
    arguments = {name: typed(value) for name, value in raw.items()}
    words = f"Really {command.typed} {' '.join(arguments.values())}?".replace(" ?", "?")
    yes = command_button(
        f"Yes, {command.verb}", command.name, arguments, version=_FIRST, style="danger", confirmed=True
    )
    return Reply(
        text=escape(words),
        blocks=[
            section(f":warning: *{escape(words)}*"),
            *_planned(plan.lines),
            actions(yes),
            context("Nothing has been done yet."),
        ],
    )


def _waits(recorded: Recorded, held: Iterable[Rule], plan: Plan, *, changed: bool) -> Reply:
    typed_ = recorded.request.command.typed
    text = f"“{escape(typed_)}” waits for approval."
    if changed:
        text = f"“{escape(typed_)}” would now do something else than what was approved, so it waits for approval again."
    rules = [
        f"*{escape(rule.settings.name)}*{f': {escape(rule.settings.reason)}' if rule.settings.reason else ''}"
        for rule in held
    ]
    where = sorted({channel_link(rule.channel) for rule in held if rule.channel})
    asked = f" Asked in {listed(where, 'and')}." if where else " The approvers have been asked."
    return Reply(
        text=text,
        blocks=[
            section(f":hourglass_flowing_sand: {text}\n" + "\n".join(f"• {rule}" for rule in rules)),
            *_planned(plan.lines),
            context(f"{asked.strip()} You will be told. Reference {code(recorded.ref)}"),
        ],
    )


def _planned(lines: Sequence[str]) -> list[Block]:
    return [plain("\n".join(f"• {line}" for line in few(list(lines), _LINES)))] if lines else []
