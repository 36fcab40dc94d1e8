"""Permission patterns: which covers which, and what two have in common. Pure; knows no person and no command.

A permission is `<group>.<verb>`. A pattern is one (`sandbox.create`), or all of a group (`sandbox.*`), or one verb of every
group (`*.list`), or everything (`*`). Two patterns have at most one pattern in common, so narrowing never needs more kinds.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_PATTERN = re.compile(r"\*|[a-z][a-z0-9-]*\.(\*|[a-z][a-z0-9-]*)|\*\.[a-z][a-z0-9-]*")


def is_permission(pattern: str) -> bool:
    """Whether it looks like one: `sandbox.create`, `sandbox.*`, `*.list` or `*`."""
    return _PATTERN.fullmatch(pattern) is not None


def checked_permission(pattern: str) -> str:
    """The same. Raises ValueError that says what a pattern looks like."""
    if not is_permission(pattern):
        raise ValueError("must be a permission such as sandbox.create, sandbox.*, *.list or *")
    return pattern


@lru_cache(maxsize=1024)
def covering(permission: str) -> frozenset[str]:
    """Every pattern that allows this permission: four. Looked up at every call, so they are kept."""
    group, _, verb = permission.partition(".")
    return frozenset({permission, f"{group}.*", f"*.{verb}", "*"})


def common(one: str, other: str) -> str | None:
    """The pattern that allows what both allow; None when no permission is in both."""
    (group, verb), (other_group, other_verb) = _parts(one), _parts(other)
    if (group != other_group and "*" not in (group, other_group)) or (
        verb != other_verb and "*" not in (verb, other_verb)
    ):
        return None
    both = (other_group if group == "*" else group, other_verb if verb == "*" else verb)
    return "*" if both == ("*", "*") else ".".join(both)


def covers(patterns: Iterable[str], pattern: str) -> bool:
    """Whether one of the patterns allows all that `pattern` does."""
    return any(common(each, pattern) == pattern for each in patterns)


def narrowed(patterns: frozenset[str], limits: frozenset[str]) -> frozenset[str]:
    """What is allowed by both."""
    both = (common(one, other) for one in patterns for other in limits)
    return frozenset(pattern for pattern in both if pattern is not None)


def _parts(pattern: str) -> tuple[str, str]:
    group, dot, verb = pattern.partition(".")
    return (group, verb) if dot else ("*", "*")
