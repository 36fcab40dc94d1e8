"""What admins see of sandboxes: what was stopped. Pure; what people wrote is escaped here."""

from slack_sdk.models.blocks import Block

from bot.kit.blocks import actions, command_button, section
from bot.kit.declare import Confirm
from bot.kit.replies import Reply
from bot.kit.text import escape, few, listed, literal, when
from commands.sandbox.values.doctor import BrakeState, Released


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
