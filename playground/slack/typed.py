"""What Slack's client makes of typed text: names become tokens, everything else is escaped. Sends nothing."""

import re

from playground.slack.state import Workspace

_NAMED = re.compile(r"""(?<![^\s"'“‘(=,])([@#])([\w.-]*\w)""")  # not in the midst of a word: ada@acme.example
_TOKENS = re.compile(r"(<[@#!][^>]*>)")


def as_sent(workspace: Workspace, text: str) -> str:
    """`@ada`, `#general` and `@here` become tokens; tokens written out stay; `& < >` elsewhere are escaped."""
    parts = _TOKENS.split(text)
    return "".join(part if index % 2 else linked(workspace, _escaped(part)) for index, part in enumerate(parts))


def linked(workspace: Workspace, text: str) -> str:
    """Names made into tokens; also what link_names does to an app's text."""
    return _NAMED.sub(lambda match: _token(workspace, match), text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _token(workspace: Workspace, match: re.Match[str]) -> str:
    sign, name = match.groups()
    if sign == "@" and name in ("here", "channel", "everyone"):
        return f"<!{name}>"
    try:
        if sign == "#":
            return f"<#{workspace.channel(name).id}|{name}>"
        return f"<@{workspace.user(name).id}>"
    except KeyError:
        group = next((one for one in workspace.usergroups.values() if one.handle == name), None)
        return f"<!subteam^{group.id}|@{name}>" if group and sign == "@" else str(match.group())
