"""Is this call complete, valid and allowed? Looks at its words and the person only; touches no outside system."""

import re
from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel, ValidationError

from bot.kit.arguments import Kind
from bot.kit.call import Principal
from bot.kit.declare import Command
from bot.kit.entries import gathered
from bot.kit.errors import FieldErrors, Refused
from bot.kit.fields import Context
from bot.kit.permissions import narrowed
from bot.kit.problems import by_field
from bot.kit.roles import Rules
from bot.kit.text import listed

_GARBLED = re.compile("[\0\ud800-\udfff]")


def authorise(command: Command, principal: Principal, rules: Rules) -> None:
    """Raises Refused, naming the permission that is missing, the roles that carry it and who can grant one."""
    if principal.may(command.permission):
        return
    match rules.roles_with(command.permission):
        case ():
            carried = "which no role carries"
        case (role,):
            carried = f"which the role {role} carries"
        case roles:
            carried = f"which the roles {listed(roles, 'and')} carry"
    raise Refused(
        f"You may not use “{command.typed}”: it needs the permission {command.permission}, {carried}. "
        f"Ask {rules.granters} to grant it to you.",
        rules.granters.users,
    )


def limited(principal: Principal, limits: frozenset[str] | None) -> Principal:
    """The same person with only those permissions that `limits` (patterns, None: all) cover as well."""
    if limits is None:
        return principal
    return replace(
        principal,
        permissions=narrowed(principal.permissions, limits),
        scoped={team: narrowed(patterns, limits) for team, patterns in principal.scoped.items()},
    )


def validate(command: Command, raw: Mapping[str, object], context: Context | None = None) -> BaseModel:
    """The command's arguments, as typed when and where `context` says (None: in UTC). Raises FieldErrors naming each argument
    that is missing, unknown or wrong."""
    known = command.arguments.model_fields
    raw = _gathered(command, raw)
    if garbled := [name for name, value in raw.items() if _garbled(value)]:
        raise FieldErrors(dict.fromkeys(garbled, "must not contain NUL or half a surrogate pair"))
    try:
        arguments = command.arguments.model_validate(
            {name: value for name, value in raw.items() if name in known}, context=context
        )
    except ValidationError as error:
        raise FieldErrors(by_field(error)) from error
    if unknown := [name for name in raw if name not in known]:
        raise FieldErrors(dict.fromkeys(unknown, "is not an argument of this command"))
    return arguments


def _gathered(command: Command, raw: Mapping[str, object]) -> Mapping[str, object]:
    entries = [argument.name for argument in command.fields if argument.kind is Kind.ENTRIES]
    if not entries:
        return raw
    try:
        return gathered(raw, entries)
    except ValueError as error:
        raise FieldErrors({entries[0]: str(error)}) from error


def _garbled(value: object) -> bool:
    """Whether text in it holds what PostgreSQL cannot keep (NUL) or nothing can encode (half a surrogate pair)."""
    if isinstance(value, str):
        return _GARBLED.search(value) is not None
    if isinstance(value, Mapping):
        return any(_garbled(name) or _garbled(each) for name, each in value.items())
    return isinstance(value, list | tuple) and any(_garbled(each) for each in value)
