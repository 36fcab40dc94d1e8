"""The one tree of errors that a person may be shown; nothing here knows how it is shown.

    Exception
     +- UserError        shown as it is: what is wrong and what to do next
     |   +- FieldErrors  the same, told apart by argument (a form shows each at its field)
     |   +- Refused      the person may not do this
     |   +- NotFound     the thing named does not exist, or not for this person
     |   +- Conflict     somebody else changed it first; nothing was done
     |   +- OnlyInAForm  what comes of it is for one pair of eyes, and this is not the place
     |   +- TooMany      more in a short time than one person may ask for; nothing was done
     +- Unavailable      an outside system is down; says which (whoever runs the call knows whether it is tried again)
         +- Unconfirmed  nobody can say freshly enough who the person is; nothing was done
         +- Busy         the bot itself has as much to do as it takes on; nothing was done

Anything else that reaches the supervisor of a call is a bug: the person gets a reference, the log gets the trace.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil

from bot.kit.units import format_duration


class UserError(Exception):
    """Something the person can put right.

    `message` is plain text, without Slack markup; surfaces escape it. It says what is wrong and what to do next.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FieldErrors(UserError):
    """One or more arguments are wrong: `errors` maps an argument's name to what is wrong with it, the empty name to what
    is wrong with several of them together."""

    def __init__(self, errors: Mapping[str, str], message: str | None = None) -> None:
        super().__init__(message or "\n".join(f"{name}: {text}" if name else text for name, text in errors.items()))
        self.errors = dict(errors)


class Refused(UserError):
    """The person may not do this. `whom`: Slack user ids in the message, of people who can help; Slack shows them by name."""

    def __init__(self, message: str, whom: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.whom = tuple(whom)


class NotFound(UserError):
    """What was named does not exist, or not for this person."""


class Conflict(UserError):
    """Somebody else was faster; nothing was done."""


class OnlyInAForm(UserError):
    """What comes of it is a credential: only a form shows that, to whoever submitted it. Nothing was done."""


class TooMany(UserError):
    """More in a short time than one person, or one API token, may ask for. Nothing was done. `seconds` until it can be tried
    again; `first`: nothing of theirs was refused so since the last that was taken."""

    def __init__(self, seconds: float, *, first: bool = True) -> None:
        pause = format_duration(timedelta(seconds=ceil(seconds)))
        super().__init__(f"That was too much in too short a time. Nothing was done; try again in {pause}.")
        self.seconds = seconds
        self.first = first


class Unavailable(Exception):
    """An outside system did not answer, or answered that it cannot.

    `system` is its name as a person knows it ("Slack", "the cluster"); `retry_after` is how many seconds the system asked us
    to wait, None if it did not say.
    """

    def __init__(self, system: str, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{system} is not available: {detail}")
        self.system = system
        self.detail = detail
        self.retry_after = retry_after


class Busy(Unavailable):
    """As much waits as may. Nothing was done, and nothing will be: it can be tried again in a few seconds."""

    def __init__(self, what: str) -> None:
        """`what` is too many, in the plural: "calls"."""
        super().__init__("the bot", f"too many {what} are waiting", retry_after=5)


class Unconfirmed(Unavailable):
    """Slack does not answer, and what is known of the person is too old for a command that is `sensitive`."""

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__("Slack", f"it has not confirmed who this is: {detail}", retry_after=retry_after)
