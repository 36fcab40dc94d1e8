"""Takes secrets out of what is about to be stored or logged, by their type or their shape. Pure; knows no log and no row.

A net for mistakes, not the rule: the rule is that secrets are in fields of a secret type, which are never recorded.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pydantic import SecretBytes, SecretStr

REDACTED: Final = "[redacted]"
_DEEPEST: Final = 8  # levels of nesting; what lies deeper is not worth keeping
_SHORTEST: Final = 8  # characters: a shorter value is found in too many innocent places
_PEM: Final = r"[A-Za-z0-9+/=\\\s:,-]"  # also as JSON spells it
SHAPES: Final = re.compile(
    "|".join(
        (
            r"(?:xox[abceoprs]|xapp|xwfp)-[A-Za-z0-9-]{6,}",  # Slack's tokens
            r"pb_[a-z0-9]{8}_[a-z0-9]{20,}",  # ours
            r"(?<=hooks\.slack\.com/)[A-Za-z0-9_/-]+",
            r"(?<=://)[^\s/@:\"'<>]*:[^\s/@\"'<>]+(?=@)",  # user:password in a URL
            r"(?i:(?<=bearer )|(?<=authorization: basic ))[A-Za-z0-9._~+/=-]{12,}",
            r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",  # JSON web tokens
            rf"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:{_PEM}*?-----END [A-Z0-9 ]*PRIVATE KEY-----|{_PEM}*)",
        )
    )
)
# Every shape holds one of these, upper and lower case aside: most text is let through without the expression being tried.
_HINTS: Final = ("xox", "xapp-", "xwfp-", "pb_", "hooks.slack.com/", "://", "bearer ", "basic ", "eyj", "-----begin")


def redact_text(text: str) -> str:
    """The text with everything in it replaced that looks like a secret."""
    lower = text.lower()
    return SHAPES.sub(REDACTED, text) if any(hint in lower for hint in _HINTS) else text


def redactor(known: Iterable[str]) -> Callable[[str], str]:
    """The same, and these very secrets too, which may look like nothing in particular; also as JSON spells them."""
    spelt = {spelling for each in known if len(each) >= _SHORTEST for spelling in (each, json.dumps(each)[1:-1])}
    longest_first = sorted(spelt, key=len, reverse=True)

    def redact_known(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, REDACTED)
        return redact_text(text)

    return redact_known


def redact(value: Any) -> Any:
    """The same for anything made of mappings, lists and text; values of secret types are replaced whole."""
    return _redacted(value, 0)


def _redacted(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, SecretStr | SecretBytes):
        return REDACTED
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if depth >= _DEEPEST:
            return REDACTED
        if isinstance(value, Mapping):
            return {_redacted(name, depth): _redacted(each, depth + 1) for name, each in value.items()}
        return [_redacted(each, depth + 1) for each in value]
    return value
