"""A command's arguments as a Slack form: model -> view with what is known filled in, submitted state -> arguments.

Block ids are argument names, so a field error needs no table. Nothing is opened or sent from here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    PlainTextObject,
)
from slack_sdk.models.views import View

from bot.kit.arguments import Argument, Kind
from bot.kit.blocks import context, page, section
from bot.kit.call import Place
from bot.kit.declare import Command, EntryFields, Form
from bot.kit.entries import flat
from bot.kit.replies import Reply
from bot.kit.text import escape, printable, shorten
from bot.slack.elements import element_of, scope_of, value_of

CALLBACK_PREFIX = "form:"
RESULT_PREFIX = "result:"
_BLOCKS = 100
_TITLE, _LABEL, _HINT = 24, 2000, 2000  # characters, docs.slack.dev


@dataclass(frozen=True)
class Origin:
    """Where a form was asked for: its answer goes back there."""

    place: Place | None = None
    response_url: str | None = None


@dataclass(frozen=True)
class Submitted:
    """`raw` holds the filled-in arguments as they would be typed; empty ones are left out. `scopes` say of which entries of an
    argument to what they belong (EntryFields.of)."""

    command: str
    raw: Mapping[str, str]
    origin: Origin
    scopes: Mapping[str, str] = field(default_factory=dict)


def form_view(
    command: Command,
    filled: Mapping[str, str],
    origin: Origin,
    form: Form | None = None,
    scopes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The view for `views.open`. `filled` are arguments as typed; what does not fit its element is left empty. `scopes` as in
    Submitted, where it is made anew."""
    form = form or Form()
    known = {name: printable(text) for name, text in flat({**form.defaults, **filled}, form.entries).items()}
    blocks: list[Block] = [context(escape(command.summary)), *form.lead]
    if form.blocks is None:
        for argument in command.fields:
            watched = argument.name in form.watch
            if argument.name in form.entries:
                blocks += _entries(form.entries[argument.name], known, scopes or {}, watched=watched)
            else:
                blocks.append(_input(argument, known.get(argument.name, argument.default), watched=watched))
    else:
        blocks += form.blocks
    blocks += form.notes
    if command.credential:
        blocks.append(context(":lock: What comes of it is shown here, to you alone, and is kept nowhere."))
    view = View(
        type="modal",
        callback_id=f"{CALLBACK_PREFIX}{command.name}",
        title=_title(command),
        submit=PlainTextObject(text=shorten(command.verb.capitalize(), _TITLE)),
        close=PlainTextObject(text="Cancel"),
        private_metadata=_metadata(origin),
        blocks=blocks,
    )
    return dict(view.to_dict())


def working_view(command: Command) -> dict[str, Any]:
    """What a submitted form shows while its command runs."""
    return _plain_view(command, [section(":hourglass_flowing_sand: Working on it …")])


def result_view(command: Command, reply: Reply) -> dict[str, Any]:
    """What it shows afterwards."""
    return _plain_view(command, page(list(reply.blocks) or [section(reply.text)], limit=_BLOCKS))


def _plain_view(command: Command, blocks: Sequence[Block]) -> dict[str, Any]:
    view = View(
        type="modal",
        callback_id=f"{RESULT_PREFIX}{command.name}",
        title=_title(command),
        close=PlainTextObject(text="Close"),
        blocks=blocks,
    )
    return dict(view.to_dict())


def _title(command: Command) -> PlainTextObject:
    return PlainTextObject(text=shorten(f"{command.verb.capitalize()} {command.group}", _TITLE))


def submitted(view: Mapping[str, Any]) -> Submitted | None:
    """What a submitted view holds; None when it is not one of our forms."""
    callback_id = str(view.get("callback_id", ""))
    if not callback_id.startswith(CALLBACK_PREFIX):
        return None
    raw: dict[str, str] = {}
    scopes: dict[str, str] = {}
    for name, elements in _mapping(_mapping(view.get("state")).get("values")).items():
        for action_id, element in _mapping(elements).items():
            if (value := value_of(element)) is not None:
                raw[str(name)] = value
                if scope := scope_of(str(action_id)):
                    scopes[str(name)] = scope
    origin = _origin(str(view.get("private_metadata", "")))
    return Submitted(callback_id.removeprefix(CALLBACK_PREFIX), raw, origin, scopes)


def field_errors(view: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, str]:
    """Errors by block id, as `response_action: errors` wants them: what belongs to no field of the view stands at the first."""
    names = [str(block["block_id"]) for block in view.get("blocks", ()) if block.get("type") == "input"]
    found = {name: shorten(_sentence(text), _LABEL) for name, text in errors.items() if name in names}
    rest = [_sentence(text) for name, text in errors.items() if name not in names]
    if rest and names:
        texts = [found[names[0]], *rest] if names[0] in found else rest
        found[names[0]] = shorten(". ".join(text.rstrip(".") for text in texts) + ".", _LABEL)
    return found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _entries(
    fields: EntryFields, known: Mapping[str, str], scopes: Mapping[str, str], *, watched: bool
) -> Sequence[Block]:
    inputs = []
    for argument in fields.arguments:
        theirs = scopes.get(argument.name, fields.of) == fields.of
        value = known.get(argument.name, argument.default) if theirs else argument.default
        inputs.append(_input(argument, value, watched=watched, scope=fields.of))
    return inputs


def _input(argument: Argument, value: str | None, *, watched: bool, scope: str = "") -> InputBlock:
    return InputBlock(
        block_id=argument.name,
        label=PlainTextObject(text=shorten(argument.title, _LABEL)),
        hint=PlainTextObject(text=shorten(argument.hint, _HINT)) if argument.hint else None,
        optional=not argument.required or argument.kind is Kind.BOOLEAN,  # unticked is an answer too
        element=element_of(argument, value, scope),
        dispatch_action=watched or None,
    )


def _metadata(origin: Origin) -> str:
    """Slack keeps it with the view (at most 3,000 characters); the response_url in it came from Slack in the first place."""
    data: dict[str, str | None] = {"url": origin.response_url}
    if origin.place:
        data |= {"channel": origin.place.channel, "thread": origin.place.thread_ts}
    return json.dumps({key: value for key, value in data.items() if value})


def _origin(metadata: str) -> Origin:
    try:
        data = _mapping(json.loads(metadata))
    except (ValueError, RecursionError):
        return Origin()
    channel, thread, url = (data.get(key) for key in ("channel", "thread", "url"))
    place = Place(channel, thread if isinstance(thread, str) else None) if isinstance(channel, str) else None
    return Origin(place, url if isinstance(url, str) else None)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
