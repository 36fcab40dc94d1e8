"""The `access` section of platform.yaml: roles, teams and who is granted what. Values; bot/kit/roles.py applies them."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.kit.permissions import checked_permission, common
from bot.kit.text import few, listed, nearest

DEFAULT_TEAM: Final = "default"
"""The team of those who are in none of the configured ones."""

ADMIN: Final = "admin"

_VIEWER: Final = frozenset(
    {
        "*.list",
        "*.show",
        "access.whoami",
        "access.roles",
        "access.approvals",
        "access.withdraw",
        "sandbox.templates",
    }
)
_OWN_SANDBOXES: Final = frozenset(
    f"sandbox.{verb}"
    for verb in (
        "access",
        "create",
        "delete",
        "extend",
        "hours",
        "logs",
        "resize",
        "revoke",
        "share",
        "sleep",
        "transfer",
        "unshare",
        "wake",
    )
)
"""What people do with sandboxes; what admins do with everybody's is not among it."""

BUILT_IN: Final[Mapping[str, frozenset[str]]] = {
    "viewer": _VIEWER,
    "developer": _VIEWER | _OWN_SANDBOXES,
    "oncall": _VIEWER | {"alert.*", "incident.*", "oncall.*"},
    "manager": _VIEWER | {"cost.*"},
    "approver": _VIEWER | {"access.approve", "access.deny"},
    "security": _VIEWER | {"access.audit", "access.export", "access.who"},
    ADMIN: frozenset({"*"}),
}
"""The roles there are without being defined: what most platforms need. `platform.yaml` adds others, or defines one anew."""


def _group(text: str) -> str:
    if not re.fullmatch(r"S[A-Z0-9]{2,30}|@[a-z0-9][a-z0-9._-]{0,79}", text):
        raise ValueError("must be a Slack user group: its handle, such as @payments, or its id, such as S0123ABCD")
    return text


def _user(text: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]{2,30}", text):
        raise ValueError("must be a Slack user id such as U0123ABCD (in Slack: profile, ⋮, Copy member ID)")
    return text


def _domain(text: str) -> str:
    text = text.lower().removeprefix("@")
    if not re.fullmatch(r"(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", text):
        raise ValueError("must be an e-mail domain such as example.com")
    return text


def _channel(text: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]{2,30}", text):
        raise ValueError(
            "must be a Slack channel id such as C0123ABCD (in Slack: the channel's details, at the bottom)"
        )
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?", text):
        raise ValueError("must be 1 to 30 lower-case letters, digits and dashes, beginning with a letter")
    return text


GroupRef = Annotated[str, AfterValidator(_group)]
UserId = Annotated[str, AfterValidator(_user)]
Name = Annotated[str, AfterValidator(_name)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class People(_Frozen):
    """Some people: those in any of the Slack user groups, those named, and full members with such an e-mail address."""

    groups: tuple[GroupRef, ...] = ()
    users: tuple[UserId, ...] = ()
    domains: tuple[Annotated[str, AfterValidator(_domain)], ...] = ()


class Team(People):
    """A team of the platform and its members. `lead` and `channel` hear of what concerns the team as a whole."""

    lead: UserId | None = None
    channel: Annotated[str, AfterValidator(_channel)] | None = None


class Grantees(People):
    """Who gets the roles: `teams` are all members of those teams."""

    teams: tuple[str, ...] = ()


class Grant(_Frozen):
    """Roles for some people. `teams`: for whose things they count: `own` (each person's own teams), `all`, or those named."""

    roles: tuple[str, ...] = Field(min_length=1)
    to: Grantees
    teams: Literal["own", "all"] | tuple[str, ...] = "own"


class AccessSettings(BaseModel):
    """Who may do what; docs/access.md shows it at work. Empty: every full member of the workspace is `developer` of team
    `default`; guests and other workspaces' people get nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    everyone: tuple[str, ...] = Field(
        default=("developer",),
        description="The roles of every full member of the workspace, each for their own teams.",
    )
    roles: Mapping[Name, frozenset[Annotated[str, AfterValidator(checked_permission)]]] = Field(
        default={},
        description=(
            "Role -> permission patterns (`sandbox.create`, `sandbox.*`, `*.list`, `*`): your own roles, or a built-in one "
            f"({listed(BUILT_IN, 'and')}) defined anew."
        ),
    )
    teams: Mapping[Name, Team] = Field(
        default={},
        description=(
            "Team -> its members: Slack user groups (`groups`), user ids (`users`), e-mail domains (`domains`); and its `lead` "
            "(user id) and `channel` (id), if it has them. Whoever is in none is in team `default`."
        ),
    )
    grants: tuple[Grant, ...] = Field(
        default=(),
        description=(
            "Each gives `roles` `to` some people (`groups`, `users`, `domains`, `teams`), for the things of their `own` teams, "
            "of `all`, or of the `teams` named."
        ),
    )

    def mistakes(self, permissions: Collection[str] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
        """What no field alone shows: names that nothing has. Path below the section -> what is wrong and what would be right.
        `permissions` are those that commands have; empty: not looked at."""
        roles = {**BUILT_IN, **self.roles}
        for role, patterns in self.roles.items():
            for pattern in sorted(patterns):
                if permissions and not any(common(pattern, permission) for permission in permissions):
                    yield ("roles", role), _unknown("permission", pattern, permissions, "no command has")
        for index, role in enumerate(self.everyone):
            if role not in roles:
                yield ("everyone", str(index)), _unknown("role", role, roles)
        for number, grant in enumerate(self.grants):
            here = ("grants", str(number))
            for index, role in enumerate(grant.roles):
                if role not in roles:
                    yield (*here, "roles", str(index)), _unknown("role", role, roles)
            scope = grant.teams if isinstance(grant.teams, tuple) else ()
            for place, named in (((*here, "to", "teams"), grant.to.teams), ((*here, "teams"), scope)):
                for index, team in enumerate(named):
                    if team not in self.teams and team != DEFAULT_TEAM:
                        yield (*place, str(index)), _unknown("team", team, [*self.teams, DEFAULT_TEAM])


def _unknown(kind: str, name: str, known: Collection[str], nobody: str = "nobody has defined") -> str:
    guess = nearest(name, known)
    hint = f"did you mean {guess}?" if guess else f"known are {listed(few(sorted(known)), 'and')}"
    return f"“{name}” is a {kind} that {nobody}; {hint}"
