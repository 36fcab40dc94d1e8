"""What waits for somebody's yes, in Slack: the request's card, lists and answers. Pure; what people wrote is escaped here."""

from slack_sdk.models.blocks import Block, ButtonElement

from bot.kit.blocks import actions, command_button, context, facts, page, plain, section
from bot.kit.replies import Reply
from bot.kit.text import code, few, literal, shorten, when
from commands.access.values.approvals import ApprovalDetails, ApprovalList
from storage.approvals import ApprovalState

_PLAN = 12  # lines of a plan
_SHOWN = 10  # requests of each kind in a list
_STATES = {
    ApprovalState.WAITING: (":hourglass_flowing_sand:", "waits for approval"),
    ApprovalState.APPROVED: (":white_check_mark:", "is approved"),
    ApprovalState.DENIED: (":no_entry:", "is denied"),
    ApprovalState.EXPIRED: (":alarm_clock:", "was not answered in time"),
    ApprovalState.WITHDRAWN: (":leftwards_arrow_with_hook:", "was withdrawn"),
}


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
