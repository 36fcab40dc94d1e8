"""What a handler knows about the call it serves: who, from where, under which reference. Values only."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Surface(StrEnum):
    """The way a call came in."""

    SLASH = "slash"
    FORM = "form"
    BUTTON = "button"
    MENTION = "mention"
    API = "api"


@dataclass(frozen=True)
class Principal:
    """A person as the platform's rules see them.

    `user_id` is Slack's (`U…`/`W…`); `teams` are the platform's teams, not Slack workspaces; `permissions` are patterns
    (`sandbox.create`, `sandbox.*`, `*`); `zone` is an IANA time zone name.
    """

    user_id: str
    name: str
    teams: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    zone: str = "UTC"

    def may(self, permission: str) -> bool:
        """Whether one of the patterns covers `permission` (`group.verb`)."""
        group = permission.partition(".")[0]
        return not self.permissions.isdisjoint({permission, f"{group}.*", "*"})

    @property
    def team(self) -> str:
        """The team whose things this person makes when they name none: the first by name."""
        return min(self.teams, default="default")


@dataclass(frozen=True)
class Place:
    """Where in Slack a call was made; `thread_ts` is the thread's first message, None outside threads."""

    channel: str
    thread_ts: str | None = None


@dataclass(frozen=True)
class Call:
    """One accepted call. `ref` is what people quote to support; `at` is when it was received (UTC); `token` is the id of the
    API token that it came with, None from everywhere else."""

    ref: str
    command: str
    principal: Principal
    surface: Surface
    at: datetime
    place: Place | None = None
    attempt: int = field(default=1)
    token: str | None = None
