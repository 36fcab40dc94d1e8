"""The OpenAPI document and the page made from the same declarations: complete, self-contained, and in agreement with the API."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel, Field

from bot.calls.admit import validate
from bot.calls.problem import Kind
from bot.http.api import path_of
from bot.http.body import check_arguments
from bot.http.docs import page
from bot.http.openapi import document, example_arguments
from bot.http.problems import KINDS
from bot.kit.declare import Command, Group
from bot.kit.errors import FieldErrors
from bot.kit.fields import Context
from bot.kit.replies import Reply
from bot.wiring import GROUPS
from tests.bot.kit.sample import Service, Wide, sample_group

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Hostile(BaseModel):
    text: str = Field(description="</td><script>alert(1)</script>", examples=['it\'s "quoted" & <b>'])


def _wide_group() -> Group[Service]:
    group: Group[Service] = Group("wide-things", summary="<script>alert(1)</script>", service=Service)
    for verb, model in (("take-all", Wide), ("attack", Hostile)):
        group.command(
            verb,
            arguments=model,
            result=model,
            permission=f"wide-things.{verb}",
            summary="</h3><img src=x>",
            view=_view,
        )(_run)
    return group


def _view(_result: BaseModel) -> Reply:
    return Reply(text="done")


async def _run(_service: Service, _call: object, arguments: Any) -> Any:
    return arguments


GROUPS_OF_TESTS = [*GROUPS, sample_group(), _wide_group()]
COMMANDS = {
    command.name: command
    for group in GROUPS_OF_TESTS
    for command in group.commands.values()
    if not command.credential  # which programs cannot call
}
DOCUMENT = document(GROUPS_OF_TESTS)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def _operation(command: Command) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path_of(command)]["post"]
    return found


def _validator(command: Command) -> Any:
    schema = _operation(command)["requestBody"]["content"]["application/json"]["schema"]
    return jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]})


def test_every_command_is_an_operation_with_an_id_a_tag_and_every_outcome() -> None:
    ids = set()
    for command in COMMANDS.values():
        operation = _operation(command)
        ids.add(operation["operationId"])
        assert operation["tags"] == [command.group]
        assert operation["summary"] == command.summary
        assert command.permission in operation["description"]
        no_operation = {"405", "408"}  # of another method, or of half a request
        statuses = {str(kind.status) for kind in KINDS} - no_operation
        assert operation["responses"].keys() == {"200", "202", *statuses}
    assert len(ids) == len(COMMANDS)
    assert _operation(COMMANDS["sandbox.create"])["operationId"] == "sandbox_create"
    assert {tag["name"] for tag in DOCUMENT["tags"]} == {group.name for group in GROUPS_OF_TESTS} | {"calls"}


def test_everything_the_document_points_to_is_in_it() -> None:
    references = set(_references(DOCUMENT))
    assert references
    for reference in references:
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


def test_every_schema_in_it_is_a_json_schema() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert "title" not in schema, name
    json.dumps(DOCUMENT, allow_nan=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_is_valid_for_the_document_and_for_the_command(name: str) -> None:
    command = COMMANDS[name]
    example = example_arguments(command)
    assert _validator(command).is_valid(example), example
    check_arguments(command, example, NOW)
    validate(command, example, Context("UTC", NOW))


def test_durations_are_strings_whose_bounds_are_said() -> None:
    lifetime = DOCUMENT["components"]["schemas"]["CreateArguments"]["properties"]["lifetime"]
    assert lifetime["anyOf"][0]["type"] == "string"
    assert lifetime["anyOf"][0]["pattern"]
    assert lifetime["examples"] == ["36h"]
    assert "At least 1h." in lifetime["description"]


def test_arguments_of_every_kind_are_described() -> None:
    wide = DOCUMENT["components"]["schemas"][
        "Wide-Input" if "Wide-Input" in DOCUMENT["components"]["schemas"] else "Wide"
    ]
    assert wide["additionalProperties"] is False
    assert wide["properties"].keys() == Wide.model_fields.keys()


GOOD_AND_BAD = [
    ("thing.make", {"name": "checkout"}, True),
    ("thing.make", {"name": "checkout", "colour": "red", "region": None, "count": 3, "loud": True}, True),
    ("thing.make", {"name": "checkout", "ratio": 0.5, "weight": 1, "lifetime": "2d"}, True),
    ("thing.make", {}, False),
    ("thing.make", {"name": 5}, False),
    ("thing.make", {"name": "checkout", "count": "3"}, False),
    ("thing.make", {"name": "checkout", "count": True}, False),
    ("thing.make", {"name": "checkout", "count": 10}, False),
    ("thing.make", {"name": "checkout", "count": 2.5}, False),
    ("thing.make", {"name": "checkout", "loud": "yes"}, False),
    ("thing.make", {"name": "checkout", "loud": 1}, False),
    ("thing.make", {"name": "checkout", "loud": None}, False),
    ("thing.make", {"name": "checkout", "lifetime": 3600}, False),
    ("thing.make", {"name": "checkout", "lifetime": "soon"}, False),
    ("thing.make", {"name": "checkout", "colour": "blue"}, False),
    ("thing.make", {"name": "checkout", "colour": ["red"]}, False),
    ("thing.make", {"name": "checkout", "weight": "heavy"}, False),
    ("thing.make", {"name": "checkout", "other": None}, False),
    ("wide-things.take-all", {}, True),
    ("wide-things.take-all", {"who": "U0123ABCD", "people": ["U0123ABCD", "W0123ABCD"], "where": "C0123ABCD"}, True),
    ("wide-things.take-all", {"sizes": ["small"], "volume": "10Gi", "day": "2026-12-01", "thing": "any"}, True),
    ("wide-things.take-all", {"at": "2026-12-01T14:00:00Z"}, True),
    ("wide-things.take-all", {"who": "ada"}, False),
    ("wide-things.take-all", {"people": "U0123ABCD"}, False),
    ("wide-things.take-all", {"people": [1]}, False),
    ("wide-things.take-all", {"sizes": ["huge"]}, False),
    ("wide-things.take-all", {"volume": 5}, False),
    ("wide-things.take-all", {"day": 20261201}, False),
    ("wide-things.take-all", {"at": 1764597600}, False),
    ("wide-things.take-all", {"extras": {}}, True),
    ("wide-things.take-all", {"extras": {"image": "nginx", "replicas": 2, "ratio": 0.5, "public": True}}, True),
    ("wide-things.take-all", {"extras": "image=nginx"}, False),
    ("wide-things.take-all", {"extras": {"image": ["nginx"]}}, False),
    ("wide-things.take-all", {"extras": {"image": None}}, False),
    ("wide-things.take-all", {"extras": {"Image": "nginx"}}, False),
    ("wide-things.take-all", {"extras": {"image": "x" * 3001}}, False),
    ("wide-things.take-all", {"extras": {f"n{number}": "x" for number in range(51)}}, False),
    ("wide-things.take-all", {"extras.image": "nginx"}, False),
]


@pytest.mark.parametrize(("name", "body", "good"), GOOD_AND_BAD)
def test_the_document_and_the_api_agree_on_what_may_be_sent(name: str, body: dict[str, object], good: bool) -> None:
    command = COMMANDS[name]
    assert _validator(command).is_valid(body) is good
    try:
        check_arguments(command, body, NOW)
        validate(command, body, Context("UTC", NOW))
    except FieldErrors:
        accepted = False
    else:
        accepted = True
    assert accepted is good


def test_every_way_a_call_can_fail_has_a_kind_of_problem_with_an_anchor_of_its_own() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    assert set(Kind) <= set(names)
    assert all(kind.uri == f"/api/docs#{kind.name}" for kind in KINDS)


# --- the page -------------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """What is on the page: tags, ids, links and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not any(name.startswith("on") or name == "style" for name in found), attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def shown() -> Reader:
    return Reader(page(GROUPS_OF_TESTS)[0])


def test_the_page_names_every_command_with_its_arguments_and_a_call(shown: Reader) -> None:
    for command in COMMANDS.values():
        assert path_of(command) in shown.text
        assert f'curl -X POST "$PLATFORM_BOT{path_of(command)}"' in shown.text
        assert command.permission in shown.text
        assert all(argument.name in shown.text for argument in command.fields)


def test_the_page_explains_every_kind_of_problem_where_its_type_leads(shown: Reader) -> None:
    assert {kind.name for kind in KINDS} <= set(shown.ids)
    assert len(set(shown.ids)) == len(shown.ids), "two places have one name"
    assert {link[1:] for link in shown.links if link.startswith("#")} <= set(shown.ids)


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(shown: Reader) -> None:
    assert not shown.tags & {"script", "img", "iframe", "link", "object", "form", "base"}
    assert [link for link in shown.links if not link.startswith("#")] == ["openapi.json"]


def test_what_declarations_say_is_text_on_the_page(shown: Reader) -> None:
    assert "</h3><img src=x>" in shown.text
    assert "</td><script>alert(1)</script>" in shown.text


def test_a_quoted_example_stays_one_word_of_the_shell(shown: Reader) -> None:
    assert """-d '{"text": "it'"'"'s \\"quoted\\" & <b>"}'""" in shown.text


def test_the_policy_allows_the_pages_own_style_and_nothing_else() -> None:
    html, policy = page(GROUPS)
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(style) == 1
    assert f"style-src 'sha256-{b64encode(sha256(style[0].encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
