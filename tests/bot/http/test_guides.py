"""The requests in docs/backstage.md and docs/terraform.md are as the OpenAPI document says, and the bot takes them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
import yaml

from bot.http.openapi import document
from bot.kit.permissions import is_permission
from bot.wiring import GROUPS
from tests.bot.http.conftest import Program
from tests.bot.http.hcl import Block, Reference, read_hcl, resolve

DOCS = Path(__file__).parents[3] / "docs"
OPENAPI = document(GROUPS)


@dataclass(frozen=True)
class Sent:
    """A request as a guide would send it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def _fences(guide: str, language: str) -> list[str]:
    text = (DOCS / guide).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _backstage() -> Sent:
    config, template = (yaml.safe_load(fence) for fence in _fences("backstage.md", "yaml"))
    ((route, endpoint),) = config["proxy"]["endpoints"].items()
    (step,) = template["spec"]["steps"]
    asked = step["input"]
    form = _form(template)
    values = {name: each["default"] for name, each in form.items() if "default" in each}

    def filled(text: str) -> str:
        return text.replace("${{ context.task.id }}", "4b2e")

    def body() -> Iterator[tuple[str, object]]:
        """As Backstage does: a value that is one expression keeps its type, and is left out when there is none."""
        for argument, text in asked["body"].items():
            match = re.fullmatch(r"\$\{\{ parameters\.(\w+) \}\}", text)
            assert match is not None, text
            assert match[1] in form, text
            if match[1] in values:
                yield argument, values[match[1]]

    prefix = f"/proxy{route}"
    assert asked["path"].startswith(f"{prefix}/")
    let_through = {header.lower() for header in (*endpoint["allowedHeaders"], "content-type")}
    headers = {name: filled(value) for name, value in asked["headers"].items() if name.lower() in let_through}
    assert headers.keys() == asked["headers"].keys(), "the proxy drops a header"
    assert asked["method"] in endpoint["allowedMethods"]
    return Sent(
        method=asked["method"],
        path=urlsplit(endpoint["target"]).path + asked["path"].removeprefix(prefix),
        headers={**headers, **endpoint["headers"]},
        body=dict(body()),
    )


def _form(template: Mapping[str, Any]) -> Mapping[str, Any]:
    (step,) = template["spec"]["parameters"]
    found: Mapping[str, Any] = step["properties"]
    return found


def _terraform() -> tuple[Sent, Sent]:
    """What apply sends, and what destroy sends."""
    (fence,) = _fences("terraform.md", "hcl")
    blocks = {block.labels: block.attributes for block in read_hcl(fence).blocks}
    known: dict[str, Any] = {"random_uuid.sandbox.result": "9d7a", "var.platform_bot_token": "pb_x"}
    for name, value in blocks[("locals",)].items():
        known[f"local.{name}"] = value
        known |= {f"local.{name}.{key}": each for key, each in value.items()}
    provider = resolve(blocks[("provider", "restful")], known)
    operation = resolve(blocks[("resource", "restful_operation", "sandbox")], known)
    root = urlsplit(provider["base_url"]).path
    token = {
        "Authorization": f"Bearer {provider['security']['http']['token']['token']}",
        "Content-Type": "application/json",
    }
    made = Sent(operation["method"], root + operation["path"], {**token, **operation["header"]}, operation["body"])
    gone = Sent(
        operation["delete_method"],
        root + operation["delete_path"],
        {**token, **operation["delete_header"]},
        operation["delete_body"],
    )
    return made, gone


REQUESTS: Mapping[str, Callable[[], Sent]] = {
    "backstage": _backstage,
    "terraform apply": lambda: _terraform()[0],
    "terraform destroy": lambda: _terraform()[1],
}


def _problems(sent: Sent) -> list[str]:
    """What the OpenAPI document says against it."""
    operation = OPENAPI["paths"].get(sent.path, {}).get(sent.method.lower())
    if operation is None:
        return [f"there is no {sent.method} {sent.path}"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    validator = jsonschema_rs.validator_for({"$ref": reference, "components": OPENAPI["components"]})
    found = [error.message for error in validator.iter_errors(dict(sent.body))]
    declared = {name["$ref"].rpartition("/")[2] for name in operation["parameters"]}
    parameters = {OPENAPI["components"]["parameters"][name]["name"].lower() for name in declared}
    headers = {name.lower() for name in sent.headers}
    found += [f"{name} is no header of it" for name in headers - parameters - {"authorization", "content-type"}]
    found += [f"{name} is missing" for name in {"authorization", "content-type"} - headers]
    if not sent.headers.get("Authorization", "").startswith("Bearer "):
        found.append("its token is no bearer token")
    return found


@pytest.mark.parametrize("guide", REQUESTS)
def test_the_request_of_a_guide_is_one_that_the_document_describes(guide: str) -> None:
    assert _problems(REQUESTS[guide]()) == []


def test_a_wrong_request_would_be_found() -> None:
    good = _backstage()
    assert _problems(replace(good, path="/api/v1/sandbox/make"))
    assert _problems(replace(good, method="PUT"))
    assert _problems(replace(good, body={**good.body, "colour": "red"}))
    assert _problems(replace(good, body={**good.body, "size": "huge"}))
    assert _problems(replace(good, body={"size": "small"}))
    assert _problems(replace(good, body={**good.body, "lifetime": "soon"}))
    assert _problems(replace(good, headers={**good.headers, "X-Other": "1"}))
    assert _problems(replace(good, headers={"Content-Type": "application/json"}))


def test_the_form_in_backstage_offers_what_the_command_takes() -> None:
    _config, template = (yaml.safe_load(fence) for fence in _fences("backstage.md", "yaml"))
    form = _form(template)
    schema = OPENAPI["components"]["schemas"]["CreateArguments"]
    assert form.keys() == schema["properties"].keys()
    assert form["size"]["enum"] == OPENAPI["components"]["schemas"]["Size"]["enum"]
    assert form["purpose"]["maxLength"] == schema["properties"]["purpose"]["maxLength"]
    pattern = schema["properties"]["lifetime"]["anyOf"][0]["pattern"]
    assert all(re.fullmatch(pattern, lifetime) for lifetime in form["lifetime"]["enum"])
    (step,) = template["spec"]["parameters"]
    assert step["required"] == schema["required"]
    (sent,) = template["spec"]["steps"]
    assert sent["input"]["body"] == {name: f"${{{{ parameters.{name} }}}}" for name in form}
    validator = jsonschema_rs.validator_for({"$ref": "#/components/schemas/CreateArguments", **OPENAPI})
    sizes = {"cpu": 3, "memory": "6Gi", "storage": "40Gi"}
    for name, value in sizes.items():
        assert jsonschema_rs.validator_for(form[name]).is_valid(value)
    assert validator.is_valid({"name": "x", "size": "custom", "team": "payments", **sizes})


def test_the_permissions_in_the_guides_are_those_of_the_commands_they_use() -> None:
    for guide in ("backstage.md", "terraform.md"):
        commands = "\n".join(_fences(guide, "sh"))
        asked = re.findall(r"--permission '?([^\s']+)", commands)
        assert asked
        assert all(is_permission(permission) for permission in asked)
    assert {"sandbox.create", "sandbox.delete"} == set(
        re.findall(r"--permission '?([^\s']+)", "\n".join(_fences("terraform.md", "sh")))
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_running_bot_takes_the_requests_of_the_guides(program: Program) -> None:
    for guide, request in REQUESTS.items():
        sent = request()
        headers = {name: value for name, value in sent.headers.items() if name != "Authorization"}
        answer = await program.call(sent.method, sent.path, json=dict(sent.body), headers=headers)
        assert answer.status == 200, (guide, answer.text)
        assert answer.json["namespace"]


def test_the_reader_of_terraform_reads_what_it_says() -> None:
    block = read_hcl('a "b" {\n x = { y = "z-${v.w}", q = true } # why\n l = [r.s]\n inner { k = l.m }\n}')
    (found,) = block.blocks
    assert found.labels == ("a", "b")
    assert resolve(found.attributes["x"], {"v.w": 1}) == {"y": "z-1", "q": True}
    assert found.attributes["l"] == [Reference("r.s")]
    assert found.blocks == [Block(("inner",), {"k": Reference("l.m")})]
