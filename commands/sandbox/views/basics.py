"""A sandbox: its card, its line in a list. Pure; what people wrote is escaped here."""

from slack_sdk.models.blocks import Block, ButtonElement

from bot.kit.blocks import actions, command_button, context, divider, facts, page, plain, section
from bot.kit.declare import Confirm
from bot.kit.replies import Reply
from bot.kit.text import code, escape, literal, when
from bot.kit.units import format_bytes
from commands.sandbox.rules.hours import ALWAYS
from commands.sandbox.rules.prices import money
from commands.sandbox.values.basics import SandboxDetails, SandboxList
from storage.sandboxes import SandboxState

_SHOWN_IN_LIST = 20
_LOOK = {
    SandboxState.REQUESTED: (":hourglass_flowing_sand:", "waits to be set up"),
    SandboxState.PROVISIONING: (":construction:", "is being set up"),
    SandboxState.READY: (":large_green_circle:", "is ready"),
    SandboxState.SLEEPING: (":zzz:", "sleeps"),
    SandboxState.EXPIRING: (":alarm_clock:", "sleeps: its time is over"),
    SandboxState.FAILED: (":red_circle:", "could not be set up"),
    SandboxState.DELETING: (":wastebasket:", "is being deleted"),
    SandboxState.DELETE_BLOCKED: (":warning:", "cannot be deleted"),
    SandboxState.DELETED: (":white_circle:", "is deleted"),
}
LEAVING = {SandboxState.DELETING, SandboxState.DELETE_BLOCKED, SandboxState.DELETED}


def created(sandbox: SandboxDetails) -> Reply:
    text = f"Setting up *{escape(sandbox.name)}*. Its card follows along."
    return Reply(text=text, blocks=[section(f":hourglass_flowing_sand: {text}")])


def deleted(sandbox: SandboxDetails) -> Reply:
    if sandbox.state is SandboxState.DELETED:
        text = f"*{escape(sandbox.name)}* is deleted already."
    else:
        text = f"Deleting *{escape(sandbox.name)}* and everything in it."
    return Reply(text=text, blocks=[section(f":wastebasket: {text}")])


def listed(result: SandboxList) -> Reply:
    if not result.sandboxes:
        whose = "Your team has" if result.everyone else "You have"
        text = f"{whose} no sandboxes."
        new = command_button("Create one", "sandbox.create", {}, style="primary")
        return Reply(text=text, blocks=[section(text), actions(new)])
    blocks: list[Block] = []
    for sandbox in result.sandboxes[:_SHOWN_IN_LIST]:
        show = command_button("Details", "sandbox.show", {"sandbox": sandbox.id})
        whose = f" · {literal(sandbox.owner_name)}" if result.everyone else ""
        until = "" if sandbox.state is SandboxState.DELETING else f" · until {when(sandbox.expires_at)}"
        blocks.append(section(f"{headline(sandbox)}\n{sandbox.size}{whose}{until}", accessory=show))
    if (left := len(result.sandboxes) - _SHOWN_IN_LIST) > 0:
        blocks.append(context(f"… and {left} more; {code('sandbox show <name>')} shows each."))
    count = len(result.sandboxes)
    return Reply(text=f"{count} sandbox{'es' if count > 1 else ''}", blocks=page(blocks))


def choice_label(sandbox: SandboxDetails) -> str:
    """One line in a list of choices; plain text."""
    return f"{sandbox.name} ({sandbox.owner_name}, {sandbox.state})"


def card(sandbox: SandboxDetails) -> Reply:
    """The sandbox's own message: it follows the state."""
    emoji, words = _LOOK[sandbox.state]
    blocks: list[Block] = [section(headline(sandbox))]
    if sandbox.purpose:
        blocks.append(plain(sandbox.purpose))
    if sandbox.problem:
        blocks.append(section(f":warning: {literal(sandbox.problem)}"))
    if sandbox.former_owner is not None:
        blocks.append(section(f"Its owner, {literal(sandbox.former_owner)}, has left: it is the team's now."))
    if sandbox.state is not SandboxState.DELETED:
        blocks.append(facts(_facts(sandbox)))
    if sandbox.state not in LEAVING:
        blocks += [divider(), actions(*life_buttons(sandbox), delete_button(sandbox))]
    return Reply(text=f"{emoji} Sandbox {escape(sandbox.name)} {words}", blocks=blocks)


def _facts(sandbox: SandboxDetails) -> dict[str, str]:
    size = sandbox.size.value
    known = {
        "Owner": literal(sandbox.owner_name),
        "Team": literal(sandbox.team),
        "Size": f"{size} · {sandbox.cpu} CPU, {format_bytes(sandbox.memory)}",
        "Until": when(sandbox.expires_at),
        "Namespace": code(sandbox.namespace),
    }
    if sandbox.cost_per_day is not None and sandbox.asleep_per_day is not None and sandbox.currency is not None:
        per_day = sandbox.asleep_per_day if sandbox.state is SandboxState.SLEEPING else sandbox.cost_per_day
        known["Costs"] = f"{escape(money(per_day, sandbox.currency))} a day"
    if sandbox.state is SandboxState.EXPIRING:
        known["Deleted"] = when(sandbox.deleted_at)
    elif sandbox.woken_until is not None:
        known["Awake until"] = when(sandbox.woken_until)
    elif sandbox.hours != ALWAYS:
        known["Awake"] = literal(sandbox.hours)
    return known


def life_buttons(sandbox: SandboxDetails) -> list[ButtonElement]:
    """What can be done with it, but for deleting it."""
    buttons = [command_button("Extend", "sandbox.extend", {"sandbox": sandbox.id}, version=sandbox.version)]
    if sandbox.state is SandboxState.READY and not sandbox.asleep:
        buttons.append(command_button("Sleep", "sandbox.sleep", {"sandbox": sandbox.id}, version=sandbox.version))
    elif sandbox.state is SandboxState.SLEEPING:
        buttons.append(
            command_button("Wake", "sandbox.wake", {"sandbox": sandbox.id}, version=sandbox.version, style="primary")
        )
    if sandbox.state in (SandboxState.READY, SandboxState.SLEEPING):
        buttons.append(command_button("Access", "sandbox.access", {"sandbox": sandbox.id}))
    return [*buttons, command_button("Details", "sandbox.show", {"sandbox": sandbox.id})]


def headline(sandbox: SandboxDetails) -> str:
    emoji, words = _LOOK[sandbox.state]
    return f"{emoji} *{escape(sandbox.name)}* {words}"


def delete_button(sandbox: SandboxDetails) -> ButtonElement:
    return command_button(
        "Delete",
        "sandbox.delete",
        {"sandbox": sandbox.id},
        version=sandbox.version,
        style="danger",
        confirm=Confirm(
            title="Delete this sandbox?",
            text=f"{sandbox.name} and everything in it will be gone: pods, volumes, secrets. This cannot be undone.",
            yes="Delete",
            no="Keep it",
        ),
    )
