"""What people hear of a sandbox's life: extended, asleep, awake, resized, handed over, shared; and the warning of its end.
Pure."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.kit.blocks import actions, command_button, context, section
from bot.kit.replies import Reply
from bot.kit.text import escape, listed, literal, when
from bot.kit.units import format_bytes
from commands.sandbox.rules.hours import ALWAYS, Why
from commands.sandbox.rules.prices import money
from commands.sandbox.values.basics import SandboxDetails
from commands.sandbox.values.life import Shares
from commands.sandbox.views.basics import delete_button
from storage.sandboxes import SandboxState


def extended(sandbox: SandboxDetails) -> Reply:
    return _said(":calendar:", f"*{escape(sandbox.name)}* lives until {when(sandbox.expires_at)}.")


def put_to_sleep(sandbox: SandboxDetails) -> Reply:
    cost = ""
    if sandbox.asleep_per_day is not None and sandbox.currency is not None:
        cost = f" It costs {escape(money(sandbox.asleep_per_day, sandbox.currency))} a day meanwhile."
    until = "its hours begin" if sandbox.asleep_why is Why.SCHEDULE else "somebody wakes it"
    text = f"*{escape(sandbox.name)}* falls asleep: its pods stop, its volumes stay, until {until}.{cost}"
    return _said(":zzz:", text)


def fell_asleep(sandbox: SandboxDetails, evidence: Sequence[str]) -> Reply:
    """A direct message to its owner: nobody uses it, as far as can be told."""
    text = f"*{escape(sandbox.name)}* falls asleep, for nobody seems to use it. Its volumes stay."
    wake = command_button("Wake", "sandbox.wake", {"sandbox": sandbox.id}, version=sandbox.version, style="primary")
    lines = "\n".join(f"• {literal(line)}" for line in evidence)
    return Reply(text=text, blocks=[section(f":zzz: {text}"), context(lines), actions(wake)])


def woken(sandbox: SandboxDetails) -> Reply:
    until = f" It falls asleep again {when(sandbox.woken_until)}." if sandbox.woken_until else ""
    return _said(":sunrise:", f"*{escape(sandbox.name)}* wakes up.{until}")


def hours_set(sandbox: SandboxDetails) -> Reply:
    hours = "is always awake" if sandbox.hours == ALWAYS else f"is awake {literal(sandbox.hours)}"
    return _said(":alarm_clock:", f"*{escape(sandbox.name)}* {hours}.")


def resized(sandbox: SandboxDetails) -> Reply:
    size = f"{sandbox.cpu} CPU, {format_bytes(sandbox.memory)} memory, {format_bytes(sandbox.storage)} storage"
    return _said(":package:", f"*{escape(sandbox.name)}* is {sandbox.size} from now on: {size}.")


def transferred(sandbox: SandboxDetails) -> Reply:
    text = (
        f"*{escape(sandbox.name)}* is {literal(sandbox.owner_name)}'s from now on. Access that was given out has ended."
    )
    return _said(":busts_in_silhouette:", text)


def shared(result: Shares) -> Reply:
    name = escape(result.sandbox.name)
    if not result.people:
        return _said(":lock:", f"*{name}* is shared with nobody.")
    people = listed([literal(person) for person in result.people], "and")
    return _said(":busts_in_silhouette:", f"*{name}* is shared with {people}.")


def warning(sandbox: SandboxDetails) -> Reply:
    """A direct message to its owner, some time before its end."""
    if sandbox.state in (SandboxState.DELETING, SandboxState.DELETE_BLOCKED, SandboxState.DELETED):
        return _said(":wastebasket:", f"*{escape(sandbox.name)}* is being deleted.")
    later = sandbox.deleted_at > sandbox.expires_at
    then = f"It sleeps from then on, and is deleted {when(sandbox.deleted_at)}." if later else "It is deleted then."
    text = f"*{escape(sandbox.name)}* ends {when(sandbox.expires_at)}. {then}"
    extend = command_button(
        "Extend", "sandbox.extend", {"sandbox": sandbox.id}, version=sandbox.version, style="primary"
    )
    blocks: list[Block] = [section(f":alarm_clock: {text}"), actions(extend, delete_button(sandbox))]
    return Reply(text=text, blocks=blocks)


def _said(emoji: str, text: str) -> Reply:
    return Reply(text=text, blocks=[section(f"{emoji} {text}")])
