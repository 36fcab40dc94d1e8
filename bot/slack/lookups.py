"""Options while somebody types into a searched field, from the group's provider or the argument's own choices."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from bot.calls.identify import Identity
from bot.kit.arguments import Argument, Kind
from bot.kit.declare import Command
from bot.kit.errors import Unavailable
from bot.kit.fields import Choice
from bot.kit.text import shorten
from bot.slack.forms import submitted
from bot.slack.parsing import Groups

_ANSWER = 2.5  # seconds: later than this nobody waits for the options any more
_ASK = 1.0  # seconds of the three that Slack waits: what asking about a stranger may cost
_MOST, _LONGEST = 100, 75  # options, characters of one; docs.slack.dev "Option object"


class Lookups:
    def __init__(self, identity: Identity, groups: Groups, services: Mapping[str, object]) -> None:
        self._identity = identity
        self._groups = groups
        self._services = services
        self._commands = {command.name: command for group in groups.values() for command in group.commands.values()}

    async def options(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to a `block_suggestion`; none for a field that is not ours, or for somebody who may not use its command."""
        form = submitted(body.get("view") or {})
        command = self._commands.get(form.command) if form else None
        name, text = str(body.get("block_id", "")), str(body.get("value", ""))
        argument = next((each for each in command.fields if each.name == name), None) if command else None
        if command is None or argument is None:
            return {"options": []}
        try:
            async with asyncio.timeout(_ANSWER):
                found = await self._choices(command, argument, str(body["user"]["id"]), text)
        except TimeoutError as error:
            raise Unavailable("the database", "looking up what can be chosen takes too long") from error
        usable = [choice for choice in found if choice.value and choice.label and len(choice.value) <= _LONGEST]
        return {
            "options": [
                {"text": {"type": "plain_text", "text": shorten(choice.label, _LONGEST)}, "value": choice.value}
                for choice in usable[:_MOST]
            ]
        }

    async def _choices(self, command: Command, argument: Argument, user_id: str, text: str) -> Sequence[Choice]:
        if argument.kind is not Kind.LOOKUP:
            wanted = text.strip().lower()
            return [Choice(value, value) for value in argument.choices if wanted in value.lower()]
        principal = await self._identity.ask(user_id, within=_ASK)
        if principal is None or not principal.may(command.permission):
            return []
        provider = self._groups[command.group].lookups[argument.provider]
        return await provider(self._services[command.group], principal, text.strip())
