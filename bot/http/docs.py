"""`/api/openapi.json` and `/api/docs`: the API explained to programs and to people. Public, read-only, nothing from elsewhere.

The page is one file with its own style: it needs no script and no network, and its content security policy allows neither.
"""

import json
import shlex
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, StrictUndefined

from bot.http.api import path_of
from bot.http.openapi import Schemas, document, example_arguments
from bot.http.problems import KINDS
from bot.kit.arguments import Argument, Kind
from bot.kit.declare import Command, Group
from bot.kit.text import listed

_HERE: Final = Path(__file__).parent


def docs_routes(groups: Sequence[Group[Any]]) -> list[web.RouteDef]:
    """Both are made once, at start: they change with the release only."""
    openapi = json.dumps(document(groups), ensure_ascii=False).encode()
    html, policy = page(groups)

    async def as_json(_request: web.Request) -> web.Response:
        return web.Response(body=openapi, content_type="application/json")

    async def as_page(_request: web.Request) -> web.Response:
        headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        return web.Response(text=html, content_type="text/html", charset="utf-8", headers=headers)

    return [web.get("/api/openapi.json", as_json), web.get("/api/docs", as_page)]


def page(groups: Sequence[Group[Any]]) -> tuple[str, str]:
    """The page, and the content security policy that fits it."""
    style = (_HERE / "docs.css").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((_HERE / "docs.html.j2").read_text(encoding="utf-8"))
    schemas = Schemas(command for group in groups for command in group.commands.values())
    shown = [(group, [_command(command, schemas) for command in group.commands.values()]) for group in groups]
    html = template.render(style=style, groups=shown, kinds=KINDS, problem=json.dumps(_PROBLEM, indent=2))
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return html, policy


def _command(command: Command, schemas: Schemas) -> dict[str, object]:
    """What the template shows of one command."""
    return {
        "path": path_of(command),
        "id": f"command-{command.group}-{command.verb}",
        "typed": command.typed,
        "summary": command.summary,
        "permission": command.permission,
        "arguments": [(argument, _what(argument), _default(argument)) for argument in command.fields],
        "curl": _curl(command),
        "result": [
            (name, _words(schema, schemas), schemas.resolved(schema).get("description", ""))
            for name, schema in schemas.properties(command.result).items()
        ],
    }


def _curl(command: Command) -> str:
    lines = [
        f'curl -X POST "$PLATFORM_BOT{path_of(command)}"',
        '-H "Authorization: Bearer $PLATFORM_BOT_TOKEN"',
        '-H "Idempotency-Key: $(uuidgen)"',
        '-H "Content-Type: application/json"',
        f"-d {shlex.quote(json.dumps(example_arguments(command), ensure_ascii=False))}",
    ]
    return " \\\n  ".join(lines)


_WORDS: Final[Mapping[Kind, str]] = {
    Kind.BOOLEAN: "true or false",
    Kind.DURATION: "duration such as 36h",
    Kind.SIZE: "size such as 10Gi",
    Kind.DATE: "date such as 2026-12-01",
    Kind.MOMENT: "time such as 2026-12-01T14:00:00Z",
    Kind.USER: "Slack user id",
    Kind.USERS: "list of Slack user ids",
    Kind.CHANNEL: "Slack channel id",
    Kind.CHOICES: "list of choices",
    Kind.LOOKUP: "text",
    Kind.ENTRIES: "object of strings, numbers and booleans",
}


def _what(argument: Argument) -> str:
    """In JSON's words: people type `yes`, programs send true."""
    bounds = [f"at least {argument.minimum}"] if argument.minimum else []
    bounds += [f"at most {argument.maximum}"] if argument.maximum else []
    unit = " characters" if argument.kind == "text" and bounds else ""
    choices = f": {listed(argument.choices)}" if argument.choices else ""
    kind = _WORDS.get(argument.kind, argument.kind.value)
    return f"{kind}{choices}{', ' if bounds else ''}{' and '.join(bounds)}{unit}"


def _default(argument: Argument) -> str:
    if argument.kind is Kind.BOOLEAN and argument.default is not None:
        return "true" if argument.default == "yes" else "false"
    return "needed" if argument.required else argument.default or ""


def _words(schema: dict[str, Any], schemas: Schemas) -> str:
    schema = schemas.resolved(schema)
    if "enum" in schema:
        return listed(map(str, schema["enum"]))
    if "anyOf" in schema:
        return listed(_words(each, schemas) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_words(schema.get('items', {}), schemas)}"
    if schema.get("type") == "object" and "properties" in schema:
        return f"object with {listed(schema['properties'], 'and')}"
    return "time (UTC)" if schema.get("format") == "date-time" else str(schema.get("type", "anything"))


_PROBLEM: Final = {
    "type": "/api/docs#invalid-arguments",
    "title": "Arguments are missing or wrong",
    "status": 422,
    "detail": "lifetime: must be at least 1h",
    "instance": "/api/v1/sandbox/create",
    "errors": [{"name": "lifetime", "detail": "must be at least 1h"}],
}
