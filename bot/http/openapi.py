"""The OpenAPI 3.1 document, made from the declared commands. Pure; needs neither settings nor a database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bot.calls.admit import validate
from bot.http.api import CALLS, REFERENCE, CallAccepted, CallStatus, path_of
from bot.http.problems import CONTENT_TYPE, KINDS, ProblemDocument
from bot.kit.arguments import Argument, Kind
from bot.kit.declare import Command, Group
from bot.kit.errors import UserError
from bot.kit.fields import Context
from bot.kit.release import release

Json = dict[str, Any]

_REF: Final = "#/components/schemas/{model}"
_NOON: Final = datetime(2026, 12, 1, 12, tzinfo=UTC)  # what an example such as "in 2h" counts from
_ABOUT: Final = """\
Every command of the bot, for programs: the same rules, permissions and records as in Slack. Each answers with its result.

A call that does not end in time (10 s unless the platform team or `Prefer: wait=…` says otherwise) answers 202, and its end is
seen at `Location`. Send an `Idempotency-Key` with every call that changes something: then a repeated request is the same call.
Errors are problem documents (RFC 9457)."""
_STATUSES: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
_LOOK_STATUSES: Final = (401, 404, 429, 500, 503)


def document(groups: Sequence[Group[Any]]) -> Json:
    # What hands over a credential does so in Slack alone.
    commands = [command for group in groups for command in group.commands.values() if not command.credential]
    schemas = Schemas(commands)
    return {
        "openapi": "3.1.0",
        "info": {"title": "platform-bot", "version": release(), "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": group.name, "description": f"{group.summary}."} for group in groups]
        + [{"name": "calls", "description": "What became of a call."}],
        "paths": {
            **{path_of(command): {"post": _operation(command, schemas)} for command in commands},
            **_calls(schemas),
        },
        "components": {
            "schemas": schemas.components,
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "responses": _responses(schemas),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`pb_…`, made with `platform-bot token create`. It may do what its owner and it both may.",
                }
            },
        },
    }


def example_arguments(command: Command) -> Json:
    """Arguments a caller might send: what is needed, and what has an example of its own. What is only ever given by its name is
    left out: there, one thing rules out another."""
    raw = {
        argument.name: argument.example
        for argument in command.fields
        if argument.example and (argument.required or (argument.example != argument.default and not argument.named))
    }
    model = command.arguments
    try:
        values = validate(command, raw, Context("UTC", _NOON))
    except UserError:  # a required text without an example of its own
        return dict(raw)
    shown: Json = model.model_dump(values, mode="json", include=set(raw))
    as_typed = {argument.name for argument in command.fields if argument.kind in (Kind.DURATION, Kind.SIZE)}
    return {name: raw[name] if name in as_typed else value for name, value in shown.items()}


class Schemas:
    """The JSON Schemas of everything that is sent or answered; `components` by name."""

    def __init__(self, commands: Iterable[Command]) -> None:
        commands = list(commands)
        asked: list[tuple[type[BaseModel], JsonSchemaMode]] = []
        asked += [(command.arguments, "validation") for command in commands]
        asked += [(command.result, "serialization") for command in commands]
        asked += [(model, "serialization") for model in (ProblemDocument, CallAccepted, CallStatus)]
        self._refs, definitions = models_json_schema(list(dict.fromkeys(asked)), ref_template=_REF)
        self.components: Json = {name: _cleaned(schema) for name, schema in definitions["$defs"].items()}
        for command in commands:
            self._close(command)

    def of(self, model: type[BaseModel], mode: JsonSchemaMode = "serialization") -> Json:
        return dict(self._refs[model, mode])

    def properties(self, model: type[BaseModel], mode: JsonSchemaMode = "serialization") -> Mapping[str, Json]:
        found: Mapping[str, Json] = self._schema(model, mode).get("properties", {})
        return found

    def resolved(self, schema: Json) -> Json:
        """The schema itself where it only points to one."""
        if "$ref" in schema:
            pointed: Json = self.components[schema["$ref"].rpartition("/")[2]]
            return {**pointed, **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema

    def _schema(self, model: type[BaseModel], mode: JsonSchemaMode) -> Json:
        return self.resolved(self.of(model, mode))

    def _close(self, command: Command) -> None:
        """Says what JSON Schema cannot by itself: unknown arguments are refused, and a duration has bounds."""
        name = self.of(command.arguments, "validation")["$ref"].rpartition("/")[2]
        schema = self.components[name]
        schema["additionalProperties"] = False
        schema["properties"] = {
            argument.name: _bounded(schema["properties"][argument.name], argument) for argument in command.fields
        }


def _bounded(schema: Json, argument: Argument) -> Json:
    if argument.kind not in (Kind.DURATION, Kind.SIZE):
        return schema
    words = [f"At least {argument.minimum}."] if argument.minimum else []
    words += [f"At most {argument.maximum}."] if argument.maximum else []
    description = " ".join(filter(None, [argument.hint, *words]))
    return {**schema, "description": description} if description else schema


def _cleaned(schema: Any) -> Any:
    """Without titles, which only repeat the names, and without bounds that JSON Schema does not know."""
    if isinstance(schema, list):
        return [_cleaned(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("title", "ge", "gt", "le", "lt")}
    return {
        key: {name: _cleaned(each) for name, each in value.items()} if key == "properties" else _cleaned(value)
        for key, value in kept.items()
    }


def _operation(command: Command, schemas: Schemas) -> Json:
    needed = any(argument.required for argument in command.fields)
    body = {"schema": schemas.of(command.arguments, "validation"), "example": example_arguments(command)}
    return {
        "operationId": f"{command.group}_{command.verb}".replace("-", "_"),
        "tags": [command.group],
        "summary": command.summary,
        "description": f"Needs the permission `{command.permission}`.",
        "parameters": [_component("parameters", "IdempotencyKey"), _component("parameters", "Prefer")],
        "requestBody": {"required": needed, "content": {"application/json": body}},
        "responses": {
            "200": {
                "description": "It is done; this is its result.",
                "headers": _headers(REFERENCE, "Idempotent-Replayed", "Preference-Applied"),
                "content": {"application/json": {"schema": schemas.of(command.result)}},
            },
            "202": {
                "description": "It is recorded and will run, but has not ended yet. Its end is seen at `Location`.",
                "headers": _headers("Location", "Retry-After", REFERENCE, "Idempotent-Replayed", "Preference-Applied"),
                "content": {"application/json": {"schema": schemas.of(CallAccepted)}},
            },
            **{str(status): _component("responses", str(status)) for status in _STATUSES},
        },
    }


def _calls(schemas: Schemas) -> Json:
    reference = {"name": "ref", "in": "path", "required": True, "description": "From `Location` or `Call-Reference`."}
    look = {
        "operationId": "calls_show",
        "tags": ["calls"],
        "summary": "What became of a call of yours",
        "description": "Answers at once, or after `Prefer: wait=…` seconds if it has not ended before. Kept for 30 days.",
        "parameters": [
            {**reference, "schema": {"type": "string", "pattern": "^c-[a-z0-9]+$"}},
            _component("parameters", "Prefer"),
        ],
        "responses": {
            "200": {
                "description": "The call as it is now.",
                "headers": _headers("Retry-After", "Preference-Applied"),
                "content": {"application/json": {"schema": schemas.of(CallStatus)}},
            },
            **{str(status): _component("responses", str(status)) for status in _LOOK_STATUSES},
        },
    }
    return {f"{CALLS}/{{ref}}": {"get": look}}


def _responses(schemas: Schemas) -> Json:
    return {str(status): _response(status, schemas) for status in _STATUSES}


def _response(status: int, schemas: Schemas) -> Json:
    kinds = [kind for kind in KINDS if kind.status == status]
    found: Json = {
        "description": "\n".join(f"- `{kind.name}`: {kind.title}. {kind.meaning}" for kind in kinds),
        "content": {CONTENT_TYPE: {"schema": schemas.of(ProblemDocument)}},
    }
    if status == 401:
        found["headers"] = _headers("WWW-Authenticate")
    if status in (429, 503):
        found["headers"] = _headers("Retry-After")
    return found


def _headers(*names: str) -> Json:
    return {name: _component("headers", name) for name in names}


def _component(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


_PARAMETERS: Final[Json] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Yours to choose, new for each new call, the same when you send it again: then it is answered with "
        "what became of the first. It counts for you and this command, for 30 days. With other arguments it is refused "
        "(422 `key-reused`). After 503 `unavailable` it is free again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]([ -~]*[!-~])?$"},
        "example": "6f1c2a34-checkout-fix",
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "description": "`wait=N`: wait up to N seconds for the end (60 at most unless configured). `respond-async`: do not wait.",
        "schema": {"type": "string"},
        "example": "wait=30",
    },
}
_HEADERS: Final[Json] = {
    "Location": {"description": "Where the call's end can be seen.", "schema": {"type": "string"}},
    REFERENCE: {"description": "The call's reference, to quote to your platform team.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds after which to come back.", "schema": {"type": "integer", "minimum": 1}},
    "Idempotent-Replayed": {
        "description": "`true` when this is what became of an earlier request with the same key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Preference-Applied": {"description": "What of `Prefer` was heeded.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}},
}
