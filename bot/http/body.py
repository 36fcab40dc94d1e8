"""The body of an API request -> a JSON object of arguments in JSON's own types. Knows types and names; rules are the desk's."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from bot.calls.admit import validate
from bot.http.problems import MALFORMED, MEDIA_TYPE, TOO_SLOW, Refusal
from bot.kit.arguments import Kind
from bot.kit.declare import Command
from bot.kit.errors import FieldErrors
from bot.kit.fields import Context

SECONDS = 10.0  # for a body to arrive: who sends slowly holds a place meanwhile


async def read_arguments(command: Command, request: web.Request, now: datetime) -> dict[str, object]:
    """The body as an object that is valid, in JSON's own types: what the OpenAPI document says holds, `"yes"` is no boolean.
    No body is an empty object. Raises Refusal or FieldErrors."""
    try:
        async with asyncio.timeout(SECONDS):
            body = await request.read()
    except TimeoutError as error:
        raise Refusal(TOO_SLOW, f"The body did not arrive within {SECONDS:g} s.") from error
    if not body.strip():
        body = b"{}"
    elif request.content_type != "application/json":
        raise Refusal(MEDIA_TYPE, f"The body must be application/json, not {request.content_type}.")
    raw = read_object(body)
    check_arguments(command, raw, now)
    return raw


def read_object(body: bytes) -> dict[str, object]:
    """The one JSON object that `body` is. Raises Refusal for anything else."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(found := dict(pairs)) < len(pairs):
            raise ValueError("a name comes twice in one object")
        return found

    def refuse(constant: str) -> object:
        raise ValueError(f"{constant} is no JSON")

    def number(text: str) -> float:
        if abs(value := float(text)) == float("inf"):
            raise ValueError(f"{text[:20]} is too large a number")
        return value

    try:
        found = json.loads(body, object_pairs_hook=unique, parse_constant=refuse, parse_float=number)
    except (ValueError, RecursionError) as error:
        words = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Refusal(MALFORMED, f"The body is not valid JSON: {words}.") from error
    if not isinstance(found, dict):
        raise Refusal(MALFORMED, "The body must be a JSON object of arguments, such as {}.")
    return found


def check_arguments(command: Command, raw: Mapping[str, object], now: datetime) -> None:
    """Raises FieldErrors, naming every argument that is wrong in any way, if one is unknown or not of its JSON type. The rest
    is the desk's, which knows more of the person."""
    kinds = {argument.name: argument.kind for argument in command.fields}
    wrong = {
        name: words
        for name, value in raw.items()
        if (words := _wrong_type(kinds[name], value) if name in kinds else "is not an argument of this command")
    }
    if not wrong:
        return
    try:
        validate(command, {name: value for name, value in raw.items() if name not in wrong}, Context("UTC", now))
    except FieldErrors as error:
        wrong = {**error.errors, **wrong}
    raise FieldErrors(wrong)


def _wrong_type(kind: Kind, value: object) -> str | None:
    match kind, value:
        case _, None:  # the model knows whether it may be
            return None
        case Kind.BOOLEAN, _:
            return None if isinstance(value, bool) else "must be true or false"
        case ((Kind.INTEGER | Kind.DECIMAL), bool()):
            return "must be a number"
        case Kind.INTEGER, _:
            return None if isinstance(value, int | float) else "must be a number"
        case Kind.DECIMAL, _:  # as a string, a decimal keeps its digits
            return None if isinstance(value, int | float | str) else "must be a number"
        case ((Kind.USERS | Kind.CHOICES), _):
            strings = isinstance(value, list) and all(isinstance(each, str) for each in value)
            return None if strings else "must be a list of strings"
        case Kind.ENTRIES, _:
            object_ = isinstance(value, dict) and all(isinstance(each, str | int | float) for each in value.values())
            return None if object_ else "must be an object of strings, numbers and booleans"
        case _:
            return None if isinstance(value, str) else "must be a string"
