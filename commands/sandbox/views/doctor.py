"""What admins see of sandboxes: what was stopped. Pure; what people wrote is escaped here."""

from slack_sdk.models.blocks import Block

from bot.kit.blocks import actions, command_button, context, page, section
from bot.kit.declare import Confirm
from bot.kit.replies import Reply
from bot.kit.text import code, escape, few, listed, literal, when
from commands.sandbox.values.doctor import BrakeState, Diagnosis, Discarded, Released, Unblocked

_SHOWN = 10  # of each kind


def brake(state: BrakeState) -> Reply:
    """A direct message to each admin."""
    if state.pulled_at is None:
        by = f" <@{state.released_by}> let it go." if state.released_by else ""
        return _said(":arrow_forward:", f"Sandboxes whose time is over are deleted again.{by}")
    count = len(state.names)
    text = f"Deletions are stopped since {when(state.pulled_at)}: {escape(state.why)}"
    names = listed([literal(name) for name in few(state.names)], "and")
    blocks: list[Block] = [section(f":octagonal_sign: {text}")]
    if count:
        blocks.append(section(f"Held back: {names}. They sleep, and nothing of them is lost meanwhile."))
    button = command_button(
        "Let them go",
        "sandbox.release",
        {},
        style="danger",
        confirm=Confirm(
            title="Delete them?",
            text=f"{count} sandboxes whose time is over will be deleted with all that is in them. This cannot be undone.",
            yes="Delete them",
            no="Keep them",
        ),
    )
    blocks.append(actions(button))
    return Reply(text=text, blocks=blocks)


def diagnosis(found: Diagnosis) -> Reply:
    """All that needs somebody, each with what to do."""
    blocks: list[Block] = []
    if found.brake.pulled_at is not None:
        blocks += brake(found.brake).blocks
    for orphan in found.orphans[:_SHOWN]:
        leaving = ", on its way out" if orphan.leaving else ""
        text = f":eyes: {code(orphan.namespace)} carries our labels, and no sandbox stands for it{leaving}."
        button = command_button("Delete it", "sandbox.discard", {"namespace": orphan.namespace}, style="danger")
        blocks.append(section(text, accessory=None if orphan.leaving else button))
    for stuck in found.stuck[:_SHOWN]:
        lines = [f":warning: *{escape(stuck.name)}* cannot be deleted ({code(stuck.namespace)})."]
        lines += [f"• held by {literal(each)}" for each in few(stuck.objects)]
        lines += [f"• not to be seen by the bot: {literal(each)}" for each in few(stuck.unseen)]
        lines += [literal(each) for each in stuck.said]
        button = command_button("Take off the finalizers", "sandbox.unblock", {"sandbox": stuck.id}, style="danger")
        blocks.append(section("\n".join(lines), accessory=button if stuck.objects else None))
    for ailing in [*found.lost, *found.failed][:_SHOWN]:
        text = f":red_circle: *{escape(ailing.name)}* of team {literal(ailing.team)}: {literal(ailing.problem)}"
        blocks.append(section(text))
    counts = {"orphaned": found.orphans, "stuck": found.stuck, "lost": found.lost, "failed": found.failed}
    bad = [f"{len(each)} {what}" for what, each in counts.items() if each]
    if found.brake.pulled_at is not None:
        bad.append(f"{len(found.brake.names)} held back")
    text = f"{found.sandboxes} sandboxes: {listed(bad, 'and') if bad else 'nothing needs you'}."
    if found.marked:
        blocks.append(
            context(f"{found.marked} namespaces carry labels or annotations of others, which are left alone.")
        )
    return Reply(text=text, blocks=page([section(text), *blocks]))


def unblocked(result: Unblocked) -> Reply:
    if not result.objects:
        return _said(":white_check_mark:", f"Nothing that the bot can see holds *{escape(result.sandbox)}*.")
    what = listed([literal(each) for each in few(result.objects)], "and")
    return _said(":white_check_mark:", f"*{escape(result.sandbox)}* is not held any more by {what}.")


def discarded(result: Discarded) -> Reply:
    what = "is gone already" if result.gone else "is being deleted, with everything in it"
    return _said(":wastebasket:", f"The namespace {code(result.namespace)} {what}.")


def released(result: Released) -> Reply:
    if result.until is None:
        return _said(
            ":white_check_mark:", "No sandbox is held back: they are deleted as usual when their time is over."
        )
    count = len(result.names)
    what = "1 sandbox that was" if count == 1 else f"{count} sandboxes that were"
    text = f"{what} held back may be deleted now. Until {when(result.until)} none is held back."
    return _said(":arrow_forward:", text)


def _said(emoji: str, text: str) -> Reply:
    return Reply(text=text, blocks=[section(f"{emoji} {text}")])
