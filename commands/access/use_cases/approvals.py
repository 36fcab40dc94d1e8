"""Answering what waits for somebody's yes: who may, what an answer does, and what becomes of what nobody answers.

What needs an approval, and whether a given one still fits, is decided in bot/calls/judge.py.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.call import Call, Principal
from bot.kit.clock import Clock
from bot.kit.errors import Conflict, NotFound, Refused
from bot.kit.text import escape, listed
from commands.access.rules import decided, may_answer
from commands.access.values.approvals import ApprovalDetails, ApprovalList, ApproverVote
from storage.approvals import TOPIC, ApprovalRow, ApprovalState, ApprovalStore, VoteRow
from storage.audit import AuditEntry, AuditStore
from storage.calls import CallStore
from storage.db import Database
from storage.messages import Channel, MessageStore, Person, ThreadOf

log = structlog.stdlib.get_logger(__name__)

_ROUND = 50  # overdue requests looked at in one round


class Approvals:
    """Every answer locks the call first, then the request: answers and the call's own running come one after the other."""

    def __init__(self, db: Database, clock: Clock, audit: AuditStore, messages: MessageStore) -> None:
        self._db = db
        self._clock = clock
        self._audit = audit
        self._messages = messages
        self._approvals = ApprovalStore()
        self._calls = CallStore()

    async def approve(self, call: Call, approval: str, plan: str | None, note: str | None) -> ApprovalDetails:
        """A yes to the plan that was seen (`plan` is its hash, None: to the one that is there). Raises NotFound, Refused for
        one's own request or without the right to answer, Conflict when it is decided already or another plan by now."""
        async with self._db.transaction() as session:
            row = await self._locked(session, approval)
            votes = await self._approvals.votes(session, [row.id])
            if any(vote.call == call.ref for vote in votes):
                return _details(row, votes)  # a crash came between this vote and its answer
            self._check(call, row)
            if plan is not None and plan != row.plan_hash:
                raise Conflict(
                    "The plan has changed since you saw it. Look at the request again: it shows the new one."
                )
            now = self._clock.now()
            if not any(vote.user_id == call.principal.user_id for vote in votes):
                vote = VoteRow(
                    approval=row.id,
                    user_id=call.principal.user_id,
                    name=call.principal.name,
                    call=call.ref,
                    note=note,
                    at=now,
                )
                self._approvals.add(session, vote)
                votes = [*votes, vote]
                await self._write(session, call, "approval.approved", row, note, now)
            if decided(len(votes), row.quorum):
                await self._close(
                    session, row, ApprovalState.APPROVED, listed([vote.name for vote in votes], "and"), now
                )
            await self._show(session, row)
        return _details(row, votes)

    async def deny(self, call: Call, approval: str, reason: str) -> ApprovalDetails:
        """One no is enough. Raises like `approve`."""
        async with self._db.transaction() as session:
            row = await self._locked(session, approval)
            votes = await self._approvals.votes(session, [row.id])
            if row.state == ApprovalState.DENIED and row.note == reason and row.decided_by == call.principal.name:
                return _details(row, votes)
            self._check(call, row)
            now = self._clock.now()
            row.note = reason
            await self._write(session, call, "approval.denied", row, reason, now)
            await self._close(session, row, ApprovalState.DENIED, call.principal.name, now)
            await self._show(session, row)
        return _details(row, votes)

    async def withdraw(self, call: Call, approval: str) -> ApprovalDetails:
        """Whoever asked does not want it any more. Raises NotFound, Refused for somebody else's, Conflict when it is decided."""
        async with self._db.transaction() as session:
            row = await self._locked(session, approval)
            votes = await self._approvals.votes(session, [row.id])
            if row.requested_by != call.principal.user_id:
                raise Refused("Only whoever asked for it can withdraw a request. An approver can deny it.")
            if row.state == ApprovalState.WITHDRAWN:
                return _details(row, votes)
            self._check_open(row)
            now = self._clock.now()
            await self._write(session, call, "approval.withdrawn", row, None, now)
            await self._close(session, row, ApprovalState.WITHDRAWN, call.principal.name, now)
            await self._show(session, row)
        return _details(row, votes)

    async def waiting(self, call: Call) -> ApprovalList:
        """What waits for this person's answer, and what this person waits for; oldest first."""
        async with self._db.reading() as session:
            rows = await self._approvals.waiting(session)
            votes = await self._approvals.votes(session, [row.id for row in rows])
        found = [_details(row, [vote for vote in votes if vote.approval == row.id]) for row in rows]
        me = call.principal
        return ApprovalList(
            to_answer=tuple(
                each
                for row, each in zip(rows, found, strict=True)
                if _why_not(me, row) is None and all(vote.user_id != me.user_id for vote in each.votes)
            ),
            asked=tuple(each for each in found if each.requested_by == me.user_id),
            others=sum(1 for row in rows if _why_not(me, row) is not None and row.requested_by != me.user_id),
        )

    async def matching(self, principal: Principal, typed: str) -> Sequence[ApprovalDetails]:
        """Requests that concern this person and hold what was typed so far; oldest first."""
        async with self._db.reading() as session:
            rows = await self._approvals.waiting(session)
        return [
            _details(row, ())
            for row in rows
            if (row.requested_by == principal.user_id or _why_not(principal, row) is None)
            and typed.lower() in f"{row.id} {row.requested_name} {row.command} {row.rule}".lower()
        ]

    async def details_of(self, approval: str) -> ApprovalDetails | None:
        """For its card."""
        async with self._db.reading() as session:
            row = await self._approvals.get(session, approval)
            return _details(row, await self._approvals.votes(session, [approval])) if row else None

    async def round(self) -> bool:
        """Reminds of what is half-way to nowhere and ends what nobody answered, one transaction each."""
        async with self._db.reading() as session:
            due = await self._approvals.due(session, self._clock.now(), _ROUND)
        for approval in due:
            async with self._db.transaction() as session:
                await self._overdue(session, approval)
        return len(due) == _ROUND

    # --- one request --------------------------------------------------------------------------------------------------

    async def _locked(self, session: AsyncSession, approval: str) -> ApprovalRow:
        found = await self._approvals.get(session, approval.strip().lower())
        if found is None:
            raise NotFound(f"There is no request “{approval}”. See what waits: access approvals")
        await self._calls.lock(session, found.call)
        row = await self._approvals.lock(session, found.id)
        assert row is not None, "requests are forgotten long after they were decided"
        return row

    def _check(self, call: Call, row: ApprovalRow) -> None:
        if (problem := _why_not(call.principal, row)) is not None:
            raise Refused(problem)
        self._check_open(row)

    def _check_open(self, row: ApprovalRow) -> None:
        if row.state != ApprovalState.WAITING:
            by = f" by {row.decided_by}" if row.decided_by else ""
            raise Conflict(f"It is {row.state} already{by}; nothing was changed.")
        if row.expires_at <= self._clock.now():
            raise Conflict("It has expired: nobody answered in time. It can be asked for again.")

    async def _close(
        self, session: AsyncSession, row: ApprovalRow, state: ApprovalState, by: str | None, now: datetime
    ) -> None:
        """Decides it, and lets its call go on when nothing else is waited for: it is looked at again, and told."""
        row.state, row.decided_by, row.decided_at = state, by, now
        row.due_at = row.remind_at = None
        await session.flush()
        others = await self._approvals.of_call(session, row.call)
        if state is not ApprovalState.APPROVED or all(each.state != ApprovalState.WAITING for each in others):
            await self._calls.resume(session, row.call, now)
        if state is not ApprovalState.APPROVED:  # one no is enough: nobody needs to answer the rest
            for each in others:
                if each.state == ApprovalState.WAITING:
                    each.state, each.decided_by, each.decided_at = state, by, now
                    each.due_at = each.remind_at = None
                    await self._show(session, each)

    async def _overdue(self, session: AsyncSession, approval: str) -> None:
        row = await self._locked(session, approval)
        now = self._clock.now()
        if row.due_at is None or row.due_at > now:
            return  # answered, or another replica was here
        if row.expires_at <= now:
            await self._audit.write(session, AuditEntry(at=now, action="approval.expired", object=f"approval:{row.id}"))
            await self._close(session, row, ApprovalState.EXPIRED, None, now)
            log.info("approval_expired", approval=row.id, call=row.call)
        else:
            row.remind_at, row.due_at = None, row.expires_at
            await self._remind(session, row)
        await self._show(session, row)

    async def _remind(self, session: AsyncSession, row: ApprovalRow) -> None:
        text = f"Still waits for an answer: {escape(row.command)}, asked for by {escape(row.requested_name)}."
        for card, where in row.cards.items():
            await self._messages.post(
                session,
                key=f"{card}:reminder:{row.version}",
                to=Person(where) if where.startswith(("U", "W")) else Channel(where),
                thread=ThreadOf(card),
                body={"text": text},
            )

    async def _show(self, session: AsyncSession, row: ApprovalRow) -> None:
        for card in row.cards:
            await self._messages.touch(session, key=card)
        await self._messages.touch_home(session, row.requested_by)
        self._db.signal(session, TOPIC)

    async def _write(
        self, session: AsyncSession, call: Call, action: str, row: ApprovalRow, note: str | None, now: datetime
    ) -> None:
        after = {"rule": row.rule, "plan": row.plan_hash, "command": row.command, "for": row.requested_by}
        await self._audit.write(
            session, AuditEntry.of(call, action, f"approval:{row.id}", at=now, after=after, note=note or "")
        )


def _why_not(principal: Principal, row: ApprovalRow) -> str | None:
    return may_answer(
        principal,
        requested_by=row.requested_by,
        team=row.team,
        roles=frozenset(row.roles),
        users=frozenset(row.users),
    )


def _details(row: ApprovalRow, votes: Sequence[VoteRow]) -> ApprovalDetails:
    return ApprovalDetails(
        id=row.id,
        call=row.call,
        rule=row.rule,
        reason=row.reason,
        command=row.command,
        requested_by=row.requested_by,
        requested_name=row.requested_name,
        team=row.team,
        arguments={name: str(value) for name, value in row.arguments.items()},
        plan=tuple(row.plan),
        plan_hash=row.plan_hash,
        state=ApprovalState(row.state),
        quorum=row.quorum,
        votes=tuple(ApproverVote(user_id=vote.user_id, name=vote.name, note=vote.note, at=vote.at) for vote in votes),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        note=row.note,
        version=row.version,
    )
