"""Whom a text notifies, and what Slack reads in it. Pure text; knows no workspace."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from playground.slack.model import JsonObject

_MENTION = re.compile(r"<(?:!(channel|here|everyone)|@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+))(?:\|[^>]*)?>")


def mentioned(text: str) -> tuple[str, ...]:
    """Targets in order: channel, here, everyone, a user's or a user group's id."""
    return tuple(next(part for part in match if part) for match in _MENTION.findall(text))


def pinged(text: str, blocks: Iterable[JsonObject], attachments: Iterable[JsonObject] = ()) -> tuple[str, ...]:
    """Everybody whom a message notifies: the text, and every mrkdwn, markdown and rich text in blocks and attachments.

    plain_text pings nobody. The top-level text pings also where blocks are shown instead of it, since Slack reads it
    for notifications.
    """
    found = dict.fromkeys(mentioned(text))
    for block in blocks:
        found |= dict.fromkeys(_in_block(block))
    for attachment in attachments:
        texts = [attachment.get("text"), attachment.get("pretext")]
        texts += [field.get("value") for field in (attachment.get("fields") or ()) if isinstance(field, dict)]
        for text_part in texts:
            found |= dict.fromkeys(mentioned(str(text_part or "")))
        for block in attachment.get("blocks") or ():
            found |= dict.fromkeys(_in_block(block))
    return tuple(found)


def _in_block(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        kind = node.get("type")
        if kind == "user" and "user_id" in node:
            yield node["user_id"]
        elif kind == "usergroup" and "usergroup_id" in node:
            yield node["usergroup_id"]
        elif kind == "broadcast":
            yield str(node.get("range", ""))
        elif kind in ("mrkdwn", "markdown") and isinstance(node.get("text"), str):
            yield from mentioned(node["text"])
        for value in node.values():
            yield from _in_block(value)
    elif isinstance(node, list):
        for item in node:
            yield from _in_block(item)
