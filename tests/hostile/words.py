"""Hostile text, and values full of it for whatever is shown."""

import types
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, SecretStr

PINGS: Final = ("<!channel>", "<!here>", "<!everyone>", "<@U0VICTIM>", "<!subteam^S0VICTIM>", "<@U0VICTIM|you>")
WORDS: Final = (
    *PINGS,
    "&lt;!channel&gt;",
    "<https://evil.example|your bank>",
    "<#C0VICTIM>",
    "*bold*",
    "_it_ ~gone~",
    "`code`",
    "```",
    "> quoted",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "${HOME} $(id) `id`",
    "'; DROP TABLE calls; --",
    "%s %n {0} {}",
    "\u202eright to left\u202c",
    "\u200b\u200d\ufeff",
    "\x00",
    "\ud800",
    "\x1b[31m",
    "\r\n\r\n",
    "e\u0301" * 5,
    "🙂" * 10,
    "--help",
    '"',
    "“",
    "key=value",
    "\\",
    "|",
    "\n• *injected*",
)
KNOWN: Final = ("U0KNOWN1", "U0KNOWN2")
"""Ids of people that values may name: they come from Slack, nobody writes them."""

# Fields that hold such an id. What else is text may be anybody's.
_IDS: Final = {"user_id", "owner", "requested_by", "decided_by", "actor", "on_behalf_of", "person", "by_whom", "whom"}

texts = st.one_of(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("".join),
    st.text(max_size=30),
)
"""Short and hostile; anything that a program can send, what no encoding carries included."""


class Hostile:
    """Values with hostile text wherever they hold text, the same in every run. Made by hand: hypothesis would take a second for
    one list of sandboxes."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def text(self) -> str:
        found = "".join(self._random.choice(WORDS) for _ in range(self._random.randint(1, 3)))
        return found if self._random.random() < 0.9 else ""

    def value(self, model: type[BaseModel]) -> BaseModel:
        """Its checks are left out, for who knows what the database holds."""
        fields = {name: self._field(name, field.annotation) for name, field in model.model_fields.items()}
        return model.model_construct(**fields)

    def _field(self, name: str, annotation: Any) -> Any:
        if name in _IDS and annotation in (str, str | None):
            return self._random.choice(KNOWN)
        return self._of(annotation)

    def _of(self, annotation: Any) -> Any:
        origin, inner, random = get_origin(annotation), get_args(annotation), self._random
        if origin is Annotated:
            return self._of(inner[0])
        if origin in (Union, types.UnionType):
            chosen = random.choice(inner)
            return None if chosen is type(None) else self._of(chosen)
        if origin is Literal:
            return random.choice(inner)
        if origin is tuple and inner[1:] != (Ellipsis,):
            return tuple(map(self._of, inner))
        if origin in (tuple, list, set, frozenset, Sequence):
            return tuple(self._of(inner[0]) for _ in range(random.randint(0, 4)))
        if origin in (dict, Mapping):
            return {self._of(inner[0]): self._of(inner[1]) for _ in range(random.randint(0, 4))}
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self.value(annotation)
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return random.choice(list(annotation))
        return self._plain(annotation)

    def _plain(self, annotation: Any) -> Any:
        number = self._random.randint(0, 10**6)
        match annotation:
            case type() if annotation is bool:
                return number % 2 == 0
            case type() if annotation in (int, float, Decimal):
                return annotation(number)
            case type() if annotation is timedelta:
                return timedelta(seconds=number)
            case type() if annotation in (datetime, AwareDatetime):
                return datetime.fromtimestamp(1_700_000_000 + number, UTC)
        if annotation is SecretStr:
            return SecretStr(self.text())
        if annotation in (str, Any, object):
            return self.text()
        raise TypeError(f"no hostile values are known for {annotation!r}")
