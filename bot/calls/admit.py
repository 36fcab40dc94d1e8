"""Is this call complete, valid and allowed? Looks at its words and the person only; touches no outside system."""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from bot.kit.call import Principal
from bot.kit.declare import Command
from bot.kit.errors import FieldErrors, Refused
from bot.kit.problems import by_field


def authorise(command: Command, principal: Principal) -> None:
    """Raises Refused, naming the permission that is missing."""
    if not principal.may(command.permission):
        raise Refused(
            f"You may not use “{command.typed}”: it needs the permission {command.permission}, which none of your roles "
            "carries. Ask your platform team to grant it."
        )


def validate(command: Command, raw: Mapping[str, object]) -> BaseModel:
    """The command's arguments. Raises FieldErrors naming each argument that is missing, unknown or wrong."""
    known = command.arguments.model_fields
    try:
        arguments = command.arguments.model_validate({name: value for name, value in raw.items() if name in known})
    except ValidationError as error:
        raise FieldErrors(by_field(error)) from error
    if unknown := [name for name in raw if name not in known]:
        raise FieldErrors(dict.fromkeys(unknown, "is not an argument of this command"))
    return arguments
