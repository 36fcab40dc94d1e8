"""What a person reads when a call did not end well, or waits. Builds texts; logs and counts nothing."""

from enum import Enum

from bot.kit.blocks import context, section
from bot.kit.errors import Busy, FieldErrors, Refused, Unavailable, Unconfirmed, UserError
from bot.kit.replies import Reply
from bot.kit.text import escape, mention
from storage.writer import OutcomeUnknown


class Then(Enum):
    """What an outage means for what was asked; nobody who meets one at the edge knows it."""

    UNDONE = "Nothing was done; please try again."
    GOES_ON = "I keep trying by myself and tell you how it ends; you need do nothing."
    GIVEN_UP = "I kept trying for a while and have stopped now; asking again does no harm."
    HALF_DONE = "I do not try again by myself: look what was done before you do."


def explain(error: Exception, ref: str | None = None, then: Then = Then.UNDONE) -> Reply:
    """UserError as it is; Unavailable with what is down and `then`; anything else as a bug with the reference to quote."""
    if isinstance(error, FieldErrors):
        lines = "\n".join(_problem(name, text) for name, text in error.errors.items())
        return Reply(text=escape(error.message), blocks=[section(f":warning: Nothing was done.\n{lines}")])
    if isinstance(error, Refused):
        shown = escape(error.message)
        for user_id in error.whom:
            shown = shown.replace(user_id, mention(user_id))
        return Reply(text=escape(error.message), blocks=[section(f":warning: {shown}")])
    if isinstance(error, UserError):
        return Reply(text=escape(error.message), blocks=[section(f":warning: {escape(error.message)}")])
    if isinstance(error, Unavailable):
        text = unavailable(error, then)
        return Reply(text=escape(text), blocks=_with_ref(f":hourglass: {escape(text)}", ref))
    text = f"Something broke on my side. Quote the reference {ref} to your platform team."
    return Reply(
        text=text, blocks=_with_ref(":boom: Something broke on my side; your platform team can look it up.", ref)
    )


def unavailable(error: Unavailable, then: Then = Then.UNDONE) -> str:
    """What is down, whether anything was done and whether it is tried again; not the driver's own words, which may name hosts."""
    if isinstance(error, Busy):
        return "I am busy: too much is waiting already. Nothing was done; please try again in a few seconds."
    if isinstance(error, Unconfirmed):
        return f"Slack cannot confirm right now who you are, and this is done on fresh knowledge only. {then.value}"
    after = then.value
    if isinstance(error, OutcomeUnknown) and then is Then.UNDONE:
        after = "It fell silent just when I wrote this down: look whether it was done before you try again."
    return f"{error.system[:1].upper()}{error.system[1:]} is not available right now. {after}"


def interrupted(typed: str, ref: str) -> Reply:
    """For a call whose process died in the middle, and which must not run twice."""
    text = f"“{typed}” was interrupted half-way by a restart. Check what it did before you try again."
    return Reply(text=escape(text), blocks=_with_ref(f":warning: {escape(text)}", ref))


def _problem(name: str, text: str) -> str:
    return f"• *{escape(name)}* {escape(text)}" if name else f"• {escape(text)}"


def _with_ref(text: str, ref: str | None) -> list:  # type: ignore[type-arg]
    return [section(text), context(f"Reference `{ref}`")] if ref else [section(text)]
