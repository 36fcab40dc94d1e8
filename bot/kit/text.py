"""Text for Slack: escaping, shortening, mentions, dates in the reader's zone. Pure; builds no blocks."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from difflib import get_close_matches

# Unicode's categories Cc and Cs, but for line breaks and tabs; for a megabyte this takes 3 ms, a loop a quarter of a second.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text: str) -> str:
    """Without NULs and other control characters, which Slack refuses or hides, and without halves of surrogate pairs, which
    no encoding can carry."""
    return _UNPRINTABLE.sub("", text)


def escape(text: str) -> str:
    """Makes any text harmless inside mrkdwn: Slack reads `&`, `<` and `>` as control characters and nothing else
    (docs.slack.dev, "Escaping text"), so `<!channel>` in a label does not ping. Only what is printable is kept."""
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_LOOK_ALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # one inside a word, as in `john_doe`, is only itself


def literal(text: str) -> str:
    """Escaped text that also cannot become bold, italic, struck or code inside mrkdwn: its four marks are shown as
    look-alikes. For names and other short text of people in the middle of ours; longer text goes into a plain block."""
    return _EDGE_UNDERSCORE.sub("＿", escape(text).translate(_LOOK_ALIKES))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, the last of them an ellipsis when something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def code(text: str) -> str:
    """Escaped text in a code span; a backtick or a line break inside would end the span, so they become look-alikes."""
    shown = escape(text).replace("`", "ˋ").replace("\n", " ")
    return f"`{shown}`" if shown.strip() else "—"


def mention(user_id: str) -> str:
    return f"<@{user_id}>"


def channel_link(channel_id: str) -> str:
    return f"<#{channel_id}>"


def when(moment: datetime) -> str:
    """A moment shown in each reader's own zone, with a UTC fallback for clients that cannot (`moment` must be aware)."""
    fallback = moment.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    *head, tail = list(words) or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def few(words: Sequence[str], limit: int = 12) -> Sequence[str]:
    """The words, or the first of them and how many more there are: a list to read, not to scroll through."""
    return words if len(words) <= limit else [*words[: limit - 1], f"{len(words) - limit + 1} more"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a typing mistake most likely meant, None if nothing is near."""
    spelt = {each.lower(): each for each in known}
    return next((spelt[found] for found in get_close_matches(word.lower(), list(spelt), n=1, cutoff=0.6)), None)
