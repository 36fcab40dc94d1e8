"""What access needs from outside: who people are."""

from typing import Protocol

from bot.kit.call import Principal


class People(Protocol):
    """Raises Unavailable when nobody can say, Refused when Slack knows nobody by that id."""

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal: ...
