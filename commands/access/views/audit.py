"""The audit trail in Slack. Pure; what people wrote is escaped here."""

import json
from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import Block

from bot.kit.blocks import actions, command_button, page, section
from bot.kit.replies import Reply
from bot.kit.text import code, escape, literal, shorten, when
from commands.access.values.audit import AuditLine, AuditPage
from commands.access.views.people import who

_VALUES = 600  # characters of what was there before or after; the file has all of it


def audit(result: AuditPage) -> Reply:
    if result.exported is not None:
        text = _exported(result.exported)
        return Reply(text=text, blocks=[section(text)])
    if not result.entries:
        text = "Nothing of that kind was written down."
        return Reply(text=text, blocks=[section(text)])
    blocks: list[Block] = [section(_entry(entry)) for entry in result.entries]
    buttons = [command_button("As a file", "access.audit", {**result.searched, "export": "yes"})]
    if result.older is not None:
        older = {**result.searched, "older_than": str(result.older)}
        buttons.insert(0, command_button("Older", "access.audit", older))
    blocks.append(actions(*buttons))
    return Reply(text=f"{len(result.entries)} audit entries", blocks=page(blocks))


def _exported(count: int) -> str:
    if not count:
        return "Nothing of that kind was written down: there is no file."
    return f"{count} {'entry is' if count == 1 else 'entries are'} on the way to you, as a file in a direct message."


def _entry(entry: AuditLine) -> str:
    person = who(entry.actor) + (f" for {who(entry.on_behalf_of)}" if entry.on_behalf_of else "")
    lines = [
        f"{when(entry.at)} · {person} · *{literal(entry.action)}*{f' {code(entry.object)}' if entry.object else ''}"
    ]
    if change := _change(entry.before, entry.after):
        lines.append(change)
    if entry.note:
        lines.append(f"> {literal(shorten(' '.join(entry.note.split()), 300))}")
    if entry.call:
        lines.append(f"_{escape(entry.surface or 'call')}_ {code(entry.call)}")
    return "\n".join(lines)


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """One change a line where both are known, else what there is."""
    parts = [code(shorten(json.dumps(each, ensure_ascii=False), _VALUES)) for each in (before, after) if each]
    return " → ".join(parts)
