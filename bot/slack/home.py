"""App Home: each group's section for one person, rendered from current state when it is published. Publishes nothing itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.models.blocks import Block

from bot.calls.identify import Identity
from bot.kit.blocks import actions, command_button, context, divider, header, page, section
from bot.kit.call import Principal
from bot.kit.declare import Group
from bot.kit.text import code

log = structlog.stdlib.get_logger(__name__)

VIEW = "bot.home"
_PER_SECTION = 20
_BLOCKS = 100  # docs.slack.dev, "Home tab"


class HomePage:
    def __init__(
        self, identity: Identity, groups: Sequence[Group[Any]], services: Mapping[str, object], slash: str
    ) -> None:
        self._identity = identity
        self._groups = groups
        self._services = services
        self._slash = slash

    async def render(self, user_id: str) -> Mapping[str, Any]:
        """The view's `blocks`. Raises Unavailable when nobody can say who this is; then it comes again."""
        principal = await self._identity.require(user_id)
        blocks: list[Block] = []
        for group in self._groups:
            blocks += await self._section(group, principal)
        blocks += self._what_i_can_do(principal)
        return {"blocks": [block.to_dict() for block in page(blocks, limit=_BLOCKS)]}

    async def _section(self, group: Group[Any], principal: Principal) -> Sequence[Block]:
        if group.home is None or not any(principal.may(each.permission) for each in group.commands.values()):
            return []
        try:
            shown = list(await group.home.render(self._services[group.name], principal))[:_PER_SECTION]
        except Exception:
            log.exception("home_section_failed", group=group.name)
            shown = [section(":boom: This part could not be shown; your platform team can look it up.")]
        return [*shown, divider()] if shown else []

    def _what_i_can_do(self, principal: Principal) -> Sequence[Block]:
        blocks: list[Block] = [header("What you can do")]
        for group in self._groups:
            allowed = [command for command in group.commands.values() if principal.may(command.permission)]
            if not allowed:
                continue
            forms = [each for each in allowed if any(field.required for field in each.fields)][:5]
            blocks.append(section(f"*{group.name}* — {group.summary}"))
            if forms:
                blocks.append(actions(*(command_button(each.verb.capitalize(), each.name, {}) for each in forms)))
        if len(blocks) == 1:
            return [section("You may not use anything here yet. Ask your platform team to give you a role.")]
        return [*blocks, context(f"Everything else: {code(f'{self._slash} help')}")]
