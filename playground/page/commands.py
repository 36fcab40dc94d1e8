"""What a person does in the browser: checks the JSON that arrives and does it through `Person`, which refuses what Slack would.

Answers in JSON: {"ok": true, …} or {"ok": false, "error": text for the person, "errors": {block_id: text}}.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from playground.page.session import Session, Watched
from playground.slack import ModalOutcome, Outcome, Person, Refused, SlackDouble
from playground.slack.faults import Kind
from playground.slack.forms import Unfit
from playground.slack.model import JsonObject
from playground.slack.refusals import Refusal

_TROUBLE = {
    "operation_timeout": "The app did not answer within 3 seconds.",
    "dispatch_failed": "The app could not be reached.",
    "invalid_response": "We had some trouble connecting. Try again?",
}


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: int


class MessagePlace(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    channel: str
    ts: str


class ViewPlace(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    view: str


class Filled(BaseModel):
    """One input: `value` as forms.py takes it; files as {"name", "content"} with the bytes in base64."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    block: str
    action: str
    value: Any


class Say(_Command):
    command: Literal["say"]
    channel: str
    text: str
    thread_ts: str = ""
    broadcast: bool = False


class Slash(_Command):
    command: Literal["slash"]
    channel: str
    name: str
    text: str


class Click(_Command):
    command: Literal["click"]
    place: MessagePlace | ViewPlace
    block: str
    action: str
    value: Any = None
    confirm: bool | None = None
    inputs: tuple[Filled, ...] = ()


class Options(_Command):
    command: Literal["options"]
    place: MessagePlace | ViewPlace
    block: str
    action: str
    typed: str


class Submit(_Command):
    command: Literal["submit"]
    view: str
    inputs: tuple[Filled, ...] = ()


class Close(_Command):
    command: Literal["close"]
    view: str
    all: bool = False


class OnMessage(_Command):
    command: Literal["delete", "pin", "unpin"]
    channel: str
    ts: str


class Edit(_Command):
    command: Literal["edit"]
    channel: str
    ts: str
    text: str


class React(_Command):
    command: Literal["react", "unreact"]
    channel: str
    ts: str
    emoji: str


class InChannel(_Command):
    command: Literal["join", "leave"]
    channel: str


class OpenDm(_Command):
    command: Literal["open_dm"]
    people: tuple[str, ...] = Field(min_length=1)


class OpenApp(_Command):
    command: Literal["open_home", "open_messages_tab"]


class RunShortcut(_Command):
    command: Literal["shortcut"]
    callback: str


class RunMessageShortcut(_Command):
    command: Literal["message_shortcut"]
    callback: str
    channel: str
    ts: str


class Upload(_Command):
    command: Literal["upload"]
    channel: str
    name: str = Field(min_length=1, max_length=255)
    content: str
    thread_ts: str = ""


class Read(_Command):
    command: Literal["read"]
    channel: str
    ts: str


class Watch(_Command):
    command: Literal["watch"]
    what: Watched | None


class Inject(_Command):
    command: Literal["inject"]
    kind: Kind
    method: str = "*"
    times: int | None = Field(default=1, ge=1, le=1000)
    retry_after: int = Field(default=1, ge=0, le=3600)
    seconds: float = Field(default=0.0, ge=0, le=60)


class ClearFaults(_Command):
    command: Literal["clear_faults"]


AnyCommand = Annotated[
    Say
    | Slash
    | Click
    | Options
    | Submit
    | Close
    | OnMessage
    | Edit
    | React
    | InChannel
    | OpenDm
    | OpenApp
    | RunShortcut
    | RunMessageShortcut
    | Upload
    | Read
    | Watch
    | Inject
    | ClearFaults,
    Field(discriminator="command"),
]
_COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


class Commands:
    """One person's hands. `mark_read(channel_id, ts)` keeps how far they have read."""

    def __init__(
        self, double: SlackDouble, person: Person, session: Session, mark_read: Callable[[str, str], None]
    ) -> None:
        self._double = double
        self._person = person
        self._session = session
        self._mark_read = mark_read
        self._doing: dict[type[_Command], Callable[[Any], Awaitable[JsonObject]]] = {
            Say: self._say,
            Slash: self._slash,
            Click: self._click,
            Options: self._options,
            Submit: self._submit,
            Close: self._close,
            OnMessage: self._on_message,
            Edit: self._edit,
            React: self._react,
            InChannel: self._in_channel,
            OpenDm: self._open_dm,
            OpenApp: self._open_app,
            RunShortcut: self._shortcut,
            RunMessageShortcut: self._message_shortcut,
            Upload: self._upload,
            Read: self._read,
            Watch: self._watch,
            Inject: self._inject,
            ClearFaults: self._clear_faults,
        }

    async def run(self, raw: str) -> JsonObject:
        """The answer to one command, under the command's own id. What the person sees of it has been sent before."""
        try:
            command = _COMMANDS.validate_json(raw)
        except ValidationError as wrong:
            return {"type": "answer", "id": _id_of(raw), "ok": False, "error": f"The page sent nonsense: {wrong}"}
        try:
            answer = await self._doing[type(command)](command)
        except Refused as refused:
            answer = {"ok": False, "error": refused.reason, "errors": refused.errors}
        except Refusal as refusal:
            answer = {"ok": False, "error": refusal.error}
        except Unfit as unfit:
            answer = {"ok": False, "error": str(unfit)}
        except KeyError as unknown:
            answer = {"ok": False, "error": f"There is no {unknown.args[0]} here."}
        await self._session.flush()
        return {"type": "answer", "id": command.id, **answer}

    # --- writing

    async def _say(self, command: Say) -> JsonObject:
        message = await self._person.say(
            command.channel, command.text, thread_ts=command.thread_ts, broadcast=command.broadcast
        )
        return {"ok": True, "ts": message.ts}

    async def _edit(self, command: Edit) -> JsonObject:
        await self._person.edit((command.channel, command.ts), command.text)
        return {"ok": True}

    async def _on_message(self, command: OnMessage) -> JsonObject:
        place = (command.channel, command.ts)
        match command.command:
            case "delete":
                await self._person.delete(place)
            case "pin":
                await self._person.pin(place)
            case "unpin":
                await self._person.unpin(place)
        return {"ok": True}

    async def _react(self, command: React) -> JsonObject:
        do = self._person.react if command.command == "react" else self._person.unreact
        await do((command.channel, command.ts), command.emoji)
        return {"ok": True}

    async def _upload(self, command: Upload) -> JsonObject:
        content = _content(command.content)
        await self._person.upload(command.channel, command.name, content, thread_ts=command.thread_ts)
        return {"ok": True}

    # --- places

    async def _in_channel(self, command: InChannel) -> JsonObject:
        await (self._person.join if command.command == "join" else self._person.leave)(command.channel)
        return {"ok": True}

    async def _open_dm(self, command: OpenDm) -> JsonObject:
        channel = await self._person.open_dm(*command.people)
        return {"ok": True, "channel": channel.id}

    async def _open_app(self, command: OpenApp) -> JsonObject:
        if command.command == "open_home":
            await self._person.open_home()
            return {"ok": True}
        return {"ok": True, "channel": (await self._person.open_messages_tab()).id}

    async def _read(self, command: Read) -> JsonObject:
        self._mark_read(command.channel, command.ts)
        return {"ok": True}

    # --- the app

    async def _slash(self, command: Slash) -> JsonObject:
        outcome = await self._person.slash(command.channel, command.name, command.text)
        # A command that failed is answered by Slackbot in the channel; only what nobody else says is said here.
        untold = not outcome.ok and outcome.message is None
        return {"ok": not untold, "error": f"{command.name} answered with {outcome.text}" if untold else ""}

    async def _click(self, command: Click) -> JsonObject:
        place = _place(command.place)
        if isinstance(place, str):
            await self._fill(place, command.inputs)
        value = _value(command.value)
        outcome = await self._person.click(
            place, command.action, value, block_id=command.block, confirm=command.confirm
        )
        return _told(outcome)

    async def _options(self, command: Options) -> JsonObject:
        options = await self._person.options(
            _place(command.place), command.action, command.typed, block_id=command.block
        )
        return {"ok": True, "options": list(options)}

    async def _shortcut(self, command: RunShortcut) -> JsonObject:
        return _told(await self._person.shortcut(command.callback))

    async def _message_shortcut(self, command: RunMessageShortcut) -> JsonObject:
        return _told(await self._person.message_shortcut(command.callback, (command.channel, command.ts)))

    async def _submit(self, command: Submit) -> JsonObject:
        await self._fill(command.view, command.inputs)
        outcome = await self._person.submit(command.view)
        return _modal_told(outcome)

    async def _close(self, command: Close) -> JsonObject:
        return _modal_told(await self._person.close(command.view, all_views=command.all))

    async def _fill(self, view_id: str, inputs: tuple[Filled, ...]) -> None:
        """What was told to the app already, or is only typed, is not told again."""
        values = {filled.block: _value(filled.value) for filled in inputs}
        await self._person.fill(view_id, values, dispatch=False)

    # --- tools

    async def _watch(self, command: Watch) -> JsonObject:
        self._session.watch(command.what)
        return {"ok": True}

    async def _inject(self, command: Inject) -> JsonObject:
        self._double.faults.inject(
            command.kind,
            command.method,
            times=command.times,
            retry_after=command.retry_after,
            seconds=command.seconds,
        )
        return {"ok": True}

    async def _clear_faults(self, command: ClearFaults) -> JsonObject:
        self._double.faults.clear()
        return {"ok": True}


def _place(place: MessagePlace | ViewPlace) -> tuple[str, str] | str:
    return place.view if isinstance(place, ViewPlace) else (place.channel, place.ts)


def _value(value: Any) -> Any:
    """Files arrive as {"name", "content"}; everything else as it is."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, dict) and set(value) == {"name", "content"}:
        return (str(value["name"]), _content(str(value["content"])))
    return value


def _content(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as wrong:
        raise Refused("that file arrived damaged") from wrong


def _told(outcome: Outcome) -> JsonObject:
    return {"ok": outcome.ok, "error": _TROUBLE.get(outcome.error, outcome.error)}


def _modal_told(outcome: ModalOutcome) -> JsonObject:
    return {
        "ok": outcome.ok,
        "action": outcome.action,
        "errors": outcome.errors,
        "error": _TROUBLE["invalid_response"] if outcome.action == "failed" else "",
    }


def _id_of(raw: str) -> int | None:
    try:
        return _Identified.model_validate_json(raw).id
    except ValidationError:
        return None


class _Identified(BaseModel):
    id: int


COMMAND_NAMES = frozenset(
    name for model in get_args(get_args(AnyCommand)[0]) for name in get_args(model.model_fields["command"].annotation)
)
"""Every command there is: a test holds the page's modules against it."""
