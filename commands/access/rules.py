"""Who may answer a request, and when it is decided. Pure."""

from bot.kit.call import Principal

_PERMISSION = "access.approve"


def may_answer(
    principal: Principal, *, requested_by: str, team: str, roles: frozenset[str], users: frozenset[str]
) -> str | None:
    """None if this person may; else why not, and who may. `team` is whose things it is about."""
    if principal.user_id == requested_by:
        return "It is your own request: somebody else has to answer it."
    if principal.user_id in users:
        return None
    if not principal.may(_PERMISSION, team):
        return f"Answering for team {team} needs the permission {_PERMISSION} for that team, which you do not have."
    if roles.isdisjoint(each.role for each in principal.held if each.teams is None or team in each.teams):
        named = " or ".join(sorted(roles)) or "nobody but the people it names"
        return f"This rule is answered by {named}; you are neither for team {team}."
    return None


def decided(votes: int, quorum: int) -> bool:
    """Whether enough people said yes."""
    return votes >= quorum
