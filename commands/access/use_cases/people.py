"""Who somebody is to the platform, and what each role may. Looks only; platform.yaml is where it is decided."""

from bot.kit.call import Call, Principal
from bot.kit.errors import NotFound, Refused
from bot.kit.roles import Rules
from commands.access.ports import People
from commands.access.values.people import HeldRole, RoleDetails, RoleList, Standing, TeamPermissions


class Roles:
    def __init__(self, people: People, rules: Rules) -> None:
        self._people = people
        self._rules = rules

    async def whoami(self, call: Call) -> Standing:
        """The caller, as far as the call's token goes."""
        return _standing(call.principal)

    async def who(self, user_id: str) -> Standing:
        """Raises Unavailable when Slack is needed and does not answer, NotFound when it knows nobody by that id."""
        try:
            return _standing(await self._people.require(user_id))
        except Refused as error:
            raise NotFound(f"Slack knows nobody by the id {user_id} in this workspace.") from error

    async def all(self) -> RoleList:
        roles = tuple(
            RoleDetails(role=role, permissions=tuple(sorted(patterns)), holders=self._rules.holders(role))
            for role, patterns in sorted(self._rules.roles.items())
        )
        return RoleList(roles=roles)


def _standing(principal: Principal) -> Standing:
    scoped = [
        TeamPermissions(team=team, permissions=tuple(sorted(patterns)))
        for team, patterns in sorted(principal.scoped.items())
        if patterns
    ]
    return Standing(
        user_id=principal.user_id,
        name=principal.name,
        teams=tuple(sorted(principal.teams)),
        roles=tuple(
            HeldRole(role=each.role, teams=None if each.teams is None else tuple(sorted(each.teams)), by=each.by)
            for each in principal.held
        ),
        everywhere=tuple(sorted(principal.permissions)),
        for_teams=tuple(scoped),
    )
