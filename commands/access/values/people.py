"""Who somebody is to the platform, and what roles there are. Shapes only."""

from pydantic import Field

from bot.kit.fields import User
from commands.access.values.base import Value


class WhoArguments(Value):
    person: User = Field(description="Whose roles and permissions.")


class HeldRole(Value):
    """`teams`: for whose things it counts, null for everybody's. `by`: through what they have it."""

    role: str
    teams: tuple[str, ...] | None
    by: str


class TeamPermissions(Value):
    team: str
    permissions: tuple[str, ...]


class Standing(Value):
    """Who somebody is to the platform. Permissions are patterns: `everywhere` those that count for all teams."""

    user_id: str
    name: str
    teams: tuple[str, ...]
    roles: tuple[HeldRole, ...]
    everywhere: tuple[str, ...]
    for_teams: tuple[TeamPermissions, ...]


class RoleDetails(Value):
    """A role, what it may, and to whom the configuration gives it."""

    role: str
    permissions: tuple[str, ...]
    holders: tuple[str, ...]


class RoleList(Value):
    roles: tuple[RoleDetails, ...]
