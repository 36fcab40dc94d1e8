"""Applies the `access` settings: what Slack says of a person -> what the platform's rules make of them. Pure; asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.kit.access import ADMIN, BUILT_IN, DEFAULT_TEAM, AccessSettings, Grant, People, Team
from bot.kit.call import Held, Principal
from bot.kit.permissions import covers
from bot.kit.text import listed


@dataclass(frozen=True)
class Person:
    """What Slack says of somebody. `full_member`: not a guest, bot, deactivated or of another workspace. `gone`: deactivated or
    deleted. `domain`: of the e-mail address, in lower case; None when it is not known."""

    user_id: str
    name: str
    zone: str
    full_member: bool
    gone: bool = False
    domain: str | None = None


@dataclass(frozen=True)
class Granters:
    """Who can grant a permission: Slack user groups (as configured) and user ids. Both empty: nobody was named."""

    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    def __str__(self) -> str:
        return listed([*self.groups, *self.users]) if self.groups or self.users else "whoever runs this bot"


class Rules:
    """The settings, ready to be applied. `groups` are the Slack user groups whose members matter, as configured."""

    def __init__(self, settings: AccessSettings) -> None:
        self._settings = settings
        self.roles: Mapping[str, frozenset[str]] = {**BUILT_IN, **settings.roles}
        named: list[People] = [*settings.teams.values(), *(grant.to for grant in settings.grants)]
        self.groups = frozenset(group for people in named for group in people.groups)
        self.asks_for_domains = any(people.domains for people in named)
        self.granters = self._granters()

    def principal(self, person: Person, groups: frozenset[str] = frozenset()) -> Principal:
        """`groups`: those of `self.groups` that the person is in. Guests and other workspaces' people count only where their id
        or a user group of theirs is named; who is gone has nothing."""
        if person.gone:
            return Principal(person.user_id, person.name, zone=person.zone)
        teams = frozenset(name for name, team in self._settings.teams.items() if _why(team, person, groups))
        if not teams and person.full_member:
            teams = frozenset({DEFAULT_TEAM})
        granted = [found for grant in self._settings.grants if (found := _granted(grant, person, groups, teams))]
        if not teams and granted:  # a guest who is named has a team as well: what they make belongs to somebody
            teams = frozenset({DEFAULT_TEAM})
        held = [Held(role, teams, "everyone") for role in self._settings.everyone if person.full_member]
        for each in granted:
            held += [Held(role, each.scope(teams), each.why) for role in each.grant.roles]
        return self._with_roles(person, teams, tuple(held))

    def roles_with(self, permission: str) -> tuple[str, ...]:
        """The roles that carry it, by name."""
        return tuple(sorted(role for role, patterns in self.roles.items() if covers(patterns, permission)))

    def holders(self, role: str) -> tuple[str, ...]:
        """To whom the settings give a role, in words; nobody's name, for nobody is asked."""
        found = ["every full member, for their own teams"] if role in self._settings.everyone else []
        for grant in self._settings.grants:
            if role in grant.roles:
                to = grant.to
                teams = [f"team {team}" for team in to.teams]
                domains = [f"members with an address at {domain}" for domain in to.domains]
                scope = (
                    f"teams {listed(grant.teams, 'and')}" if isinstance(grant.teams, tuple) else f"{grant.teams} teams"
                )
                scope = scope.replace("own teams", "their own teams")
                found += [f"{who}, for {scope}" for who in (*to.groups, *to.users, *teams, *domains)]
        return tuple(found)

    def team(self, name: str) -> Team | None:
        """As configured; None for one that is not."""
        return self._settings.teams.get(name)

    def _with_roles(self, person: Person, teams: frozenset[str], held: tuple[Held, ...]) -> Principal:
        everywhere: set[str] = set()
        scoped: dict[str, set[str]] = {}
        for each in held:
            patterns = self.roles.get(each.role, frozenset())
            if each.teams is None:
                everywhere |= patterns
            for team in each.teams or ():
                scoped.setdefault(team, set()).update(patterns)
        return Principal(
            person.user_id,
            person.name,
            teams,
            frozenset(everywhere),
            person.zone,
            {team: frozenset(patterns) for team, patterns in scoped.items()},
            held,
        )

    def _granters(self) -> Granters:
        """Those to whom `admin` is granted; a team's members are named by the user groups and ids that make it up."""
        groups: dict[str, None] = {}
        users: dict[str, None] = {}
        for grant in self._settings.grants:
            if ADMIN not in grant.roles:
                continue
            teams = [team for name in grant.to.teams if (team := self.team(name))]
            for people in (grant.to, *teams):
                groups.update(dict.fromkeys(people.groups))
                users.update(dict.fromkeys(people.users))
        return Granters(tuple(groups), tuple(users))


@dataclass(frozen=True)
class _Granted:
    """A grant that somebody has, and through what: `through` are the teams, where it is for being in them only."""

    grant: Grant
    why: str
    through: frozenset[str] | None = None

    def scope(self, teams: frozenset[str]) -> frozenset[str] | None:
        """For whose things it counts, None for all. What somebody has for being in a team is not carried into others."""
        if isinstance(self.grant.teams, tuple):
            return frozenset(self.grant.teams)
        if self.grant.teams == "all":
            return None
        return teams if self.through is None else self.through


def _granted(grant: Grant, person: Person, groups: frozenset[str], teams: frozenset[str]) -> _Granted | None:
    if (why := _why(grant.to, person, groups)) is not None:
        return _Granted(grant, why)
    if shared := teams.intersection(grant.to.teams):
        return _Granted(grant, f"team {listed(sorted(shared), 'and')}", shared)
    return None


def _why(people: People, person: Person, groups: frozenset[str]) -> str | None:
    """Through what this person is one of them, in words; None: not one of them."""
    if person.user_id in people.users:
        return "named by user id"
    for group in people.groups:
        if group in groups:
            return f"user group {group}"
    if person.full_member and person.domain in people.domains:
        return f"e-mail domain {person.domain}"
    return None
