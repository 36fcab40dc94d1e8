"""What a handler knows about the call it serves: who, from where, under which reference. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from bot.kit.permissions import covering

_NONE: Final[frozenset[str]] = frozenset()


class Surface(StrEnum):
    """The way a call came in."""

    SLASH = "slash"
    FORM = "form"
    BUTTON = "button"
    MENTION = "mention"
    API = "api"


@dataclass(frozen=True)
class Held:
    """A role somebody has. `teams`: where it counts, None for everywhere; `by`: through what, in words (`user group @sre`)."""

    role: str
    teams: frozenset[str] | None
    by: str


@dataclass(frozen=True)
class Principal:
    """A person as the platform's rules see them.

    `user_id` is Slack's (`U…`/`W…`); `teams` are the platform's teams, not Slack workspaces, that the person is in; `permissions`
    are patterns (bot/kit/permissions.py) that count for every team, `scoped` those that count for one (by its name); `held` says
    which roles they come from; `zone` is an IANA time zone name.
    """

    user_id: str
    name: str
    teams: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    zone: str = "UTC"
    scoped: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    held: tuple[Held, ...] = ()

    @cached_property
    def _anywhere(self) -> frozenset[str]:
        return self.permissions.union(*self.scoped.values())

    def may(self, permission: str, team: str | None = None) -> bool:
        """Whether this person has `permission` (`group.verb`): for that team, or (None) for any. The latter only opens the
        door: what belongs to a team is guarded by asking for that team."""
        patterns = covering(permission)
        if team is None:
            return not self._anywhere.isdisjoint(patterns)
        return not self.permissions.isdisjoint(patterns) or not self.scoped.get(team, _NONE).isdisjoint(patterns)

    def teams_where(self, permission: str) -> frozenset[str] | None:
        """The teams for which this person has `permission`; None: every team there is."""
        patterns = covering(permission)
        if not self.permissions.isdisjoint(patterns):
            return None
        return frozenset(team for team, allowed in self.scoped.items() if not allowed.isdisjoint(patterns))

    @cached_property
    def roles(self) -> frozenset[str]:
        """By name, wherever each counts."""
        return frozenset(each.role for each in self.held)

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
