"""What a person sees come of what they did. Values only."""

from dataclasses import dataclass

from playground.slack.model import JsonObject, Message, View


class Refused(Exception):
    """The client does not offer that: no such button, a disabled command, an empty required field, a stranger's channel.

    `errors`: label under the input (block_id -> text) where a form's own checks refused it; nothing was sent.
    """

    def __init__(self, reason: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.errors = errors or {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the app answered a command, click or shortcut.

    `error`: "" | operation_timeout (no answer in 3 s) | dispatch_failed (not reachable, or not HTTP 200) |
    invalid_command_response; what Slackbot then tells the person is in `text`. `message` is what the acknowledgement itself
    made appear, `view` the modal on top of the person's stack once the acknowledgement was there. `seconds`: how long it took.
    """

    ok: bool
    error: str = ""
    text: str = ""
    blocks: tuple[JsonObject, ...] = ()
    response_type: str = ""
    message: Message | None = None
    view: View | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ModalOutcome:
    """What submitting or closing a modal came to.

    `action`: closed | cleared | errors | updated | pushed | refused (the client's own checks; nothing was sent) | failed.
    `errors`: block_id -> text shown under the input, from the app or the client. `error`: as in Outcome, or
    invalid_response (a response_action Slack does not understand: the person sees "We had some trouble connecting").
    `view`: the view shown now, None when all are closed.
    """

    action: str
    errors: dict[str, str]
    error: str = ""
    view: View | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.action in ("closed", "cleared", "updated", "pushed")
