"""Block Kit builders with Slack's limits kept by construction. Text given here is mrkdwn: escape what came from outside.

A `command_button` carries a command and its arguments: clicking it is the same call as typing it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.kit.declare import Confirm
from bot.kit.text import printable, shorten

BUTTON_PREFIX = "run:"
_SECTION, _FIELD, _HEADER, _BUTTON = 3000, 2000, 150, 75  # characters, docs.slack.dev "Blocks"
_CONTEXT, _ACTIONS, _FIELDS = 10, 25, 10  # elements
_NOTHING = "—"  # Slack refuses empty text, and what people wrote may be nothing once escaped


def header(text: str) -> Block:
    return HeaderBlock(text=_plain(text, _HEADER, emoji=True))


def section(text: str, accessory: ButtonElement | None = None) -> Block:
    return SectionBlock(text=_markdown(text, _SECTION), accessory=accessory)


def facts(pairs: Mapping[str, str]) -> Block:
    """Label and value in two columns; at most ten pairs are shown."""
    return SectionBlock(
        fields=[
            _markdown(f"*{label}*\n{value if value.strip() else _NOTHING}", _FIELD)
            for label, value in list(pairs.items())[:_FIELDS]
        ]
    )


def context(*texts: str) -> Block:
    return ContextBlock(elements=[_markdown(text, _FIELD) for text in texts[:_CONTEXT]])


def plain(text: str) -> Block:
    """People's own words, shown exactly as they wrote them: no markup, no mentions, no emoji."""
    return SectionBlock(text=_plain(text, _SECTION, emoji=False))


def divider() -> Block:
    return DividerBlock()


def actions(*buttons: ButtonElement) -> Block:
    return ActionsBlock(elements=list(buttons[:_ACTIONS]))


@dataclass(frozen=True)
class Pressed:
    """What a command button carries: `version` is its object's, None where pressing twice does no harm; `confirmed`: whoever
    pressed it was asked “really?”."""

    command: str
    arguments: Mapping[str, str]
    version: int | None = None
    confirmed: bool = False


def command_button(
    label: str,
    command: str,
    arguments: Mapping[str, str],
    *,
    version: int | None = None,
    style: Literal["primary", "danger"] | None = None,
    confirm: Confirm | None = None,
    confirmed: bool = False,
) -> ButtonElement:
    """A button that calls `command` (`sandbox.delete`). `version` is the object's: many clicks at the same version are
    one call. With `confirm` it asks first; one that *is* the answer to such a question is `confirmed`. Raises ValueError if the
    arguments do not fit into Slack's 2,000 characters."""
    carried = {"arguments": dict(arguments), "version": version, "confirmed": confirmed or confirm is not None}
    value = json.dumps(carried, separators=(",", ":"), sort_keys=True)
    if len(value) > 2000:
        raise ValueError(f"the arguments of a {command} button exceed Slack's 2,000 characters")
    tag = hashlib.sha256(value.encode()).hexdigest()[:8]  # action_ids must differ within a block
    return ButtonElement(
        text=_plain(label, _BUTTON, emoji=True),
        action_id=f"{BUTTON_PREFIX}{command}:{tag}",
        value=value,
        style=style,
        confirm=_confirm_object(confirm) if confirm else None,
    )


def pressed(action_id: str, value: str) -> Pressed | None:
    """The inverse of `command_button`; None for anything that is not one."""
    if not action_id.startswith(BUTTON_PREFIX):
        return None
    command = action_id.removeprefix(BUTTON_PREFIX).partition(":")[0]
    try:
        data = json.loads(value)
        arguments = {str(name): str(text) for name, text in data["arguments"].items()}
        version = data["version"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    confirmed = data.get("confirmed") is True
    return Pressed(command, arguments, version if isinstance(version, int) else None, confirmed)


def _confirm_object(confirm: Confirm) -> ConfirmObject:
    return ConfirmObject(
        title=_plain(confirm.title, 100),
        text=_plain(confirm.text, 300),
        confirm=_plain(confirm.yes, 30),
        deny=_plain(confirm.no, 30),
        style="danger",
    )


def _plain(text: str, limit: int, *, emoji: bool | None = None) -> PlainTextObject:
    text = printable(text)
    return PlainTextObject(text=shorten(text, limit) if text.strip() else _NOTHING, emoji=emoji)


def _markdown(text: str, limit: int) -> MarkdownTextObject:
    return MarkdownTextObject(text=shorten(text, limit) if text.strip() else _NOTHING)


def page(blocks: Sequence[Block], limit: int = 50) -> list[Block]:
    """At most Slack's 50 blocks; says so when some are left out."""
    if len(blocks) <= limit:
        return list(blocks)
    return [*blocks[: limit - 1], context(f"… and {len(blocks) - limit + 1} more")]
