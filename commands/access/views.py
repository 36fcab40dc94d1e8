"""Access in Slack: values -> blocks. Pure; what people wrote is escaped here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement

from bot.kit.blocks import actions, command_button, context, facts, page, plain, section
from bot.kit.replies import Reply
from bot.kit.text import code, escape, few, listed, literal, mention, shorten, when
from commands.access.values import ApprovalDetails, ApprovalList, AuditLine, AuditPage, RoleList, Standing
from storage.approvals import ApprovalState

_VALUES = 600  # characters of what was there before or after; the file has all of it
_PLAN = 12  # lines of a plan
_SHOWN = 10  # requests of each kind in a list
_STATES = {
    ApprovalState.WAITING: (":hourglass_flowing_sand:", "waits for approval"),
    ApprovalState.APPROVED: (":white_check_mark:", "is approved"),
    ApprovalState.DENIED: (":no_entry:", "is denied"),
    ApprovalState.EXPIRED: (":alarm_clock:", "was not answered in time"),
    ApprovalState.WITHDRAWN: (":leftwards_arrow_with_hook:", "was withdrawn"),
}


def standing(result: Standing) -> Reply:
    """Who somebody is to the platform."""
    name = literal(result.name)
    if not result.roles:
        text = f"*{name}* has no role, and may use nothing here."
        return Reply(text=text, blocks=[section(text)])
    blocks: list[Block] = [section(f"*{name}* · {mention(result.user_id)}\nIn {_teams(result.teams)}")]
    lines = [f"• *{literal(each.role)}* for {_teams(each.teams)} — {literal(each.by)}" for each in result.roles]
    blocks.append(section("\n".join(few(lines, 15))))
    if result.everywhere:
        blocks.append(section(f"May, for all teams: {_patterns(result.everywhere)}"))
    blocks += [
        section(f"May, for team {literal(each.team)}: {_patterns(each.permissions)}")
        for each in result.for_teams[:_SHOWN]
    ]
    if (left := len(result.for_teams) - _SHOWN) > 0:
        blocks.append(context(f"… and for {left} more teams."))
    return Reply(text=f"{name}: {listed((literal(each) for each in _names(result)), 'and')}", blocks=page(blocks))


def _names(result: Standing) -> list[str]:
    return sorted({each.role for each in result.roles})


def roles(result: RoleList) -> Reply:
    """What each role may, and to whom platform.yaml gives it."""
    blocks: list[Block] = []
    for each in result.roles:
        held = listed((_holder(one) for one in few(each.holders)), "and") if each.holders else "nobody"
        blocks.append(section(shorten(f"*{literal(each.role)}*: {_patterns(each.permissions)}\nHas it: {held}", 2900)))
    return Reply(text=f"{len(result.roles)} roles", blocks=page(blocks))


def _holder(words: str) -> str:
    who, comma, scope = words.partition(",")
    return f"{_who(who) if who[:1] in {'U', 'W'} else literal(who)}{comma}{literal(scope)}"


def _teams(teams: Sequence[str] | None) -> str:
    if teams is None:
        return "all teams"
    if not teams:
        return "no team"
    words = listed((literal(team) for team in few(teams)), "and")
    return f"team {words}" if len(teams) == 1 else f"teams {words}"


def _patterns(patterns: Sequence[str]) -> str:
    return " ".join(code(pattern) for pattern in few(patterns, 40))


def audit(result: AuditPage) -> Reply:
    if result.exported is not None:
        text = _exported(result.exported)
        return Reply(text=text, blocks=[section(text)])
    if not result.entries:
        text = "Nothing of that kind was written down."
        return Reply(text=text, blocks=[section(text)])
    blocks: list[Block] = [section(_entry(entry)) for entry in result.entries]
    buttons = [command_button("As a file", "access.audit", {**result.searched, "export": "yes"})]
    if result.older is not None:
        older = {**result.searched, "older_than": str(result.older)}
        buttons.insert(0, command_button("Older", "access.audit", older))
    blocks.append(actions(*buttons))
    return Reply(text=f"{len(result.entries)} audit entries", blocks=page(blocks))


def approval_card(approval: ApprovalDetails) -> Reply:
    """The request's own message, in the approvers' channel and in direct messages: it follows the state."""
    emoji, words = _STATES[approval.state]
    head = f"{emoji} {literal(approval.requested_name)}: *{literal(approval.command)}* {words}"
    blocks: list[Block] = [section(head)]
    if approval.reason:
        blocks.append(section(f"*{literal(approval.rule)}*: {literal(approval.reason)}"))
    if arguments := " ".join(f"{name}={value}" for name, value in approval.arguments.items()):
        blocks.append(plain(arguments))
    if approval.plan:
        blocks.append(plain("\n".join(f"• {line}" for line in few(approval.plan, _PLAN))))
    blocks.append(
        facts(
            {
                "Team": literal(approval.team),
                "Rule": literal(approval.rule),
                "Plan": code(approval.plan_hash),
                "Answer until": when(approval.expires_at),
            }
        )
    )
    if outcome := _outcome(approval):
        blocks.append(section(outcome))
    if approval.state is ApprovalState.WAITING:
        blocks.append(actions(*_answers(approval)))
    blocks.append(context(f"Request {code(approval.id)} · call {code(approval.call)}"))
    return Reply(text=f"{emoji} {literal(approval.requested_name)}: {literal(approval.command)} {words}", blocks=blocks)


def answered(approval: ApprovalDetails) -> Reply:
    missing = approval.quorum - len(approval.votes)
    if approval.state is ApprovalState.WAITING and missing > 0:
        text = f"Noted. {missing} more {'has' if missing == 1 else 'have'} to approve *{literal(approval.command)}*."
    else:
        text = f"*{literal(approval.command)}* by {literal(approval.requested_name)} {_STATES[approval.state][1]}."
    return Reply(text=text, blocks=[section(text)])


def approvals(found: ApprovalList) -> Reply:
    blocks: list[Block] = []
    if found.to_answer:
        blocks.append(section("*Wait for your answer*"))
        for each in found.to_answer[:_SHOWN]:
            blocks += [section(_line_of(each)), actions(*_answers(each))]
    if found.asked:
        blocks.append(section("*You wait for*"))
        for each in found.asked[:_SHOWN]:
            withdraw = command_button("Withdraw", "access.withdraw", {"approval": each.id}, version=each.version)
            blocks.append(section(_line_of(each), accessory=withdraw))
    if found.others:
        blocks.append(context(f"{found.others} more {'waits' if found.others == 1 else 'wait'} for other people."))
    count = len(found.to_answer)
    text = (
        f"{count} {'request waits' if count == 1 else 'requests wait'} for your answer."
        if count
        else "Nothing waits for you."
    )
    return Reply(text=text, blocks=page(blocks) if blocks else [section(text)])


def choice_label(approval: ApprovalDetails) -> str:
    """One line in a list of choices; plain text."""
    return shorten(f"{approval.requested_name}: {approval.command} ({approval.rule})", 75)


def _line_of(approval: ApprovalDetails) -> str:
    asked = f"{literal(approval.requested_name)}: *{literal(approval.command)}* for team {literal(approval.team)}"
    plan = shorten("; ".join(approval.plan), 200)
    return f"{asked} · {literal(approval.rule)} · until {when(approval.expires_at)}" + (
        f"\n{literal(plan)}" if plan else ""
    )


def _answers(approval: ApprovalDetails) -> tuple[ButtonElement, ButtonElement]:
    chosen = {"approval": approval.id, "plan": approval.plan_hash}
    return (
        command_button("Approve", "access.approve", chosen, version=approval.version, style="primary"),
        command_button("Deny …", "access.deny", {"approval": approval.id}, version=approval.version, style="danger"),
    )


def _outcome(approval: ApprovalDetails) -> str:
    """Who said what so far."""
    lines = [
        f":white_check_mark: {literal(vote.name)} approved {when(vote.at)}{f': {literal(vote.note)}' if vote.note else ''}"
        for vote in approval.votes
    ]
    if approval.state is ApprovalState.DENIED:
        lines.append(f":no_entry: {literal(approval.decided_by or '')}: {literal(approval.note or '')}")
    if approval.state is ApprovalState.WAITING and approval.quorum > 1:
        lines.append(f"{len(approval.votes)} of {approval.quorum} have approved.")
    return "\n".join(lines)


def _exported(count: int) -> str:
    if not count:
        return "Nothing of that kind was written down: there is no file."
    return f"{count} {'entry is' if count == 1 else 'entries are'} on the way to you, as a file in a direct message."


def _entry(entry: AuditLine) -> str:
    who = _who(entry.actor) + (f" for {_who(entry.on_behalf_of)}" if entry.on_behalf_of else "")
    lines = [f"{when(entry.at)} · {who} · *{literal(entry.action)}*{f' {code(entry.object)}' if entry.object else ''}"]
    if change := _change(entry.before, entry.after):
        lines.append(change)
    if entry.note:
        lines.append(f"> {literal(shorten(' '.join(entry.note.split()), 300))}")
    if entry.call:
        lines.append(f"_{escape(entry.surface or 'call')}_ {code(entry.call)}")
    return "\n".join(lines)


def _who(actor: str) -> str:
    return mention(actor) if actor[:1] in {"U", "W"} and actor.isalnum() else code(actor)


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """One change a line where both are known, else what there is."""
    parts = [code(shorten(json.dumps(each, ensure_ascii=False), _VALUES)) for each in (before, after) if each]
    return " → ".join(parts)
