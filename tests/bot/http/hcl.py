"""Reads as much of Terraform's language as docs/terraform.md uses: blocks, attributes, maps, lists, strings, references."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'\s+|#[^\n]*|"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.-]*|[{}\[\]=,]')


@dataclass
class Block:
    """`labels` begin with the block's type: ("resource", "restful_operation", "sandbox")."""

    labels: tuple[str, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)


@dataclass(frozen=True)
class Reference:
    """`local.sandbox.name`, not looked up yet."""

    path: str


def read_hcl(text: str) -> Block:
    tokens = _tokens(text)
    root = Block(())
    _body(tokens, root)
    assert not tokens, tokens
    return root


def resolve(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with references and `${…}` in strings replaced by what is `known`; KeyError for what is not."""
    match value:
        case Reference(path):
            return resolve(known[path], known)
        case str():
            return re.sub(r"\$\{([\w.-]+)\}", lambda found: str(known[found[1]]), value)
        case dict():
            return {key: resolve(each, known) for key, each in value.items()}
        case _:
            return value


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None, text[at : at + 30]
        if not match[0][0].isspace() and match[0][0] != "#":
            tokens.append(match[0])
        at = match.end()
    return tokens


def _body(tokens: list[str], into: Block) -> None:
    while tokens and tokens[0] != "}":
        name = tokens.pop(0).strip('"')
        if tokens[0] == "=":
            tokens.pop(0)
            into.attributes[name] = _value(tokens)
            continue
        labels = [name]
        while tokens[0] != "{":
            labels.append(tokens.pop(0).strip('"'))
        tokens.pop(0)
        block = Block(tuple(labels))
        _body(tokens, block)
        assert tokens.pop(0) == "}"
        into.blocks.append(block)


def _value(tokens: list[str]) -> Any:
    token = tokens.pop(0)
    if token == "{":
        found: dict[str, Any] = {}
        while tokens[0] != "}":
            key = tokens.pop(0).strip('"')
            assert tokens.pop(0) == "="
            found[key] = _value(tokens)
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return found
    if token == "[":
        items = []
        while tokens[0] != "]":
            items.append(_value(tokens))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return items
    if token in ("true", "false"):
        return token == "true"
    return token[1:-1] if token.startswith('"') else Reference(token)
