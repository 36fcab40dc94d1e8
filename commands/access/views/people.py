"""Who somebody is to the platform, and what each role may, in Slack. Pure; what people wrote is escaped here."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.kit.blocks import context, page, section
from bot.kit.replies import Reply
from bot.kit.text import code, few, listed, literal, mention, shorten
from commands.access.values.people import RoleList, Standing

_SHOWN = 10  # teams of one person


def standing(result: Standing) -> Reply:
    """Who somebody is to the platform."""
    name = literal(result.name)
    if not result.roles:
        text = f"*{name}* has no role, and may use nothing here."
        return Reply(text=text, blocks=[section(text)])
    blocks: list[Block] = [section(f"*{name}* · {mention(result.user_id)}\nIn {_teams(result.teams)}")]
    lines = [f"• *{literal(each.role)}* for {_teams(each.teams)} — {literal(each.by)}" for each in result.roles]
    blocks.append(section("\n".join(few(lines, 15))))
    if result.everywhere:
        blocks.append(section(f"May, for all teams: {_patterns(result.everywhere)}"))
    blocks += [
        section(f"May, for team {literal(each.team)}: {_patterns(each.permissions)}")
        for each in result.for_teams[:_SHOWN]
    ]
    if (left := len(result.for_teams) - _SHOWN) > 0:
        blocks.append(context(f"… and for {left} more teams."))
    return Reply(text=f"{name}: {listed((literal(each) for each in _names(result)), 'and')}", blocks=page(blocks))


def roles(result: RoleList) -> Reply:
    """What each role may, and to whom platform.yaml gives it."""
    blocks: list[Block] = []
    for each in result.roles:
        held = listed((_holder(one) for one in few(each.holders)), "and") if each.holders else "nobody"
        blocks.append(section(shorten(f"*{literal(each.role)}*: {_patterns(each.permissions)}\nHas it: {held}", 2900)))
    return Reply(text=f"{len(result.roles)} roles", blocks=page(blocks))


def who(actor: str) -> str:
    """An actor of the audit trail, or whoever a role is given to: people as Slack shows them."""
    return mention(actor) if actor[:1] in {"U", "W"} and actor.isalnum() else code(actor)


def _names(result: Standing) -> list[str]:
    return sorted({each.role for each in result.roles})


def _holder(words: str) -> str:
    name, comma, scope = words.partition(",")
    return f"{who(name) if name[:1] in {'U', 'W'} else literal(name)}{comma}{literal(scope)}"


def _teams(teams: Sequence[str] | None) -> str:
    if teams is None:
        return "all teams"
    if not teams:
        return "no team"
    words = listed((literal(team) for team in few(teams)), "and")
    return f"team {words}" if len(teams) == 1 else f"teams {words}"


def _patterns(patterns: Sequence[str]) -> str:
    return " ".join(code(pattern) for pattern in few(patterns, 40))
