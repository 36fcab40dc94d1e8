"""What a human does in Slack: types, clicks, fills in, submits, looks. Refuses what Slack's client would not let them do.

Contract (all ids may be given as id or name; a message as `Message` or `(channel, ts)`; a view as `View` or its id):
every method that reaches the app waits for its acknowledgement, at most 3 s, and says in an Outcome what the person sees.
What the app does after its acknowledgement arrives later: `await double.wait_for(...)`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from playground.slack.model import Channel, JsonObject, Message, View

Place = Message | View | tuple[str, str] | str


class Refused(Exception):  # noqa: N818 - it is what the client says, not a fault
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
    invalid_command_response; what Slackbot then tells the person is in `text`. `message` is what the acknowledgement itself made
    appear, `view` the modal on top of the person's stack once the acknowledgement was there. `seconds`: how long it took.
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


class Person(Protocol):
    user_id: str

    # -- looking
    @property
    def view(self) -> View | None:
        """The modal on top of the stack, None when none is open."""

    @property
    def stack(self) -> tuple[View, ...]: ...

    @property
    def home(self) -> View | None: ...

    def channels(self) -> tuple[Channel, ...]:
        """Those in the sidebar: joined channels and direct messages."""

    def sees(self, channel: str, *, thread_ts: str | None = None) -> tuple[Message, ...]:
        """Messages visible to this person, oldest first: the channel's own, or a thread's with its parent."""

    def commands(self) -> tuple[JsonObject, ...]:
        """Slash commands for completion: {"command", "description", "usage_hint"}."""

    # -- channels
    async def say(self, channel: str, text: str, *, thread_ts: str = "", broadcast: bool = False) -> Message: ...
    async def edit(self, message: Message | tuple[str, str], text: str) -> Message: ...
    async def delete(self, message: Message | tuple[str, str]) -> None: ...
    async def react(self, message: Message | tuple[str, str], emoji: str) -> None: ...
    async def unreact(self, message: Message | tuple[str, str], emoji: str) -> None: ...
    async def pin(self, message: Message | tuple[str, str]) -> None: ...
    async def unpin(self, message: Message | tuple[str, str]) -> None: ...
    async def join(self, channel: str) -> None: ...
    async def leave(self, channel: str) -> None: ...
    async def invite(self, channel: str, *people: str) -> None: ...
    async def open_dm(self, *people: str) -> Channel: ...
    async def upload(self, channel: str, name: str, content: bytes, *, thread_ts: str = "") -> Message: ...
    async def reload(self) -> None:
        """Reload the client: ephemerals and open modals are gone."""

    # -- the app
    async def slash(self, channel: str, command: str, text: str = "") -> Outcome: ...
    async def click(
        self, place: Place, action_id: str, value: Any = None, *, block_id: str = "", confirm: bool | None = None
    ) -> Outcome:
        """Press a button, or choose `value` in a select, picker, checkbox group, overflow … outside of inputs.

        `confirm`: what the person says to the confirm dialog: True, False (nothing is sent; Outcome.error "not_confirmed"), None
        when there must be none: Refused("confirm") tells that the dialog is there.
        """

    async def options(self, place: Place, action_id: str, typed: str, *, block_id: str = "") -> tuple[JsonObject, ...]:
        """What an external select offers while typing: options, those of groups flattened."""

    async def fill(self, view: View | str, values: dict[str, Any]) -> View:
        """Fill in inputs by block_id, action_id or label; answers the view with its new `values`. See forms.py for value types."""

    async def submit(self, view: View | str, values: dict[str, Any] | None = None) -> ModalOutcome: ...
    async def close(self, view: View | str, *, all_views: bool = False) -> ModalOutcome: ...
    async def open_home(self) -> View | None: ...
    async def open_messages_tab(self) -> Channel: ...
    async def shortcut(self, callback_id: str) -> Outcome: ...
    async def message_shortcut(self, callback_id: str, message: Message | tuple[str, str]) -> Outcome: ...
