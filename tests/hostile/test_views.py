"""Whatever text a result holds: every command's answer is one that Slack takes, pings nobody, and shows no markup of others."""

import json
from typing import Any

import pytest
from hypothesis import given
from slack_sdk.models.blocks import Block

from bot.calls.explain import explain, interrupted
from bot.kit.blocks import context, facts, header, plain, section
from bot.kit.declare import Command
from bot.kit.errors import Conflict, FieldErrors, NotFound, Refused, TooMany, Unavailable, UserError
from bot.kit.replies import Reply
from bot.kit.text import code, escape, literal
from bot.slack.forms import Origin, field_errors, form_view, result_view
from bot.wiring import GROUPS
from playground.slack.block_kit import check_message_blocks, check_view, is_too_large
from playground.slack.mentions import pinged
from tests.hostile.words import KNOWN, WORDS, Hostile, texts

COMMANDS = {command.name: command for group in GROUPS for command in group.commands.values()}
_MB = 1_000_000


def _harmless(reply: Reply) -> None:
    payload = json.loads(json.dumps(reply.to_payload()).encode())  # as it is sent
    blocks = payload.get("blocks") or []
    assert check_message_blocks(blocks) == []
    assert payload["text"].strip()
    assert len(payload["text"]) <= 4000
    assert set(pinged(payload["text"], blocks)) <= set(KNOWN)
    json.dumps(payload, ensure_ascii=False).encode()  # no half of a surrogate pair is in it
    assert "\0" not in str(payload)
    assert "<https://evil" not in _mrkdwn(payload)


def _mrkdwn(node: Any) -> str:
    """All text in which Slack looks for markup."""
    if isinstance(node, dict):
        own = str(node.get("text")) if node.get("type") != "plain_text" and isinstance(node.get("text"), str) else ""
        return own + "".join(_mrkdwn(each) for each in node.values())
    return "".join(map(_mrkdwn, node)) if isinstance(node, list) else ""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_the_answer_of_every_command_is_harmless_whatever_it_tells_of(command: Command) -> None:
    hostile = Hostile(seed=5)
    for _ in range(50):
        reply = command.view(hostile.value(command.result))
        _harmless(reply)
        assert check_view(json.loads(json.dumps(result_view(command, reply))), "modal") == []


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_every_form_is_harmless_whatever_was_typed_before(command: Command) -> None:
    hostile = Hostile(seed=5)
    for _ in range(20):
        typed = {field.name: hostile.text() for field in command.fields}
        view = json.loads(json.dumps(form_view(command, typed, Origin())))
        assert check_view(view, "modal") == []
        assert not is_too_large(view)
        assert pinged("", view["blocks"]) == ()
        errors = field_errors(view, {**{name: f"must not be “{text}”" for name, text in typed.items()}, "": "x" * _MB})
        assert all(0 < len(text) <= 2000 for text in errors.values())


@given(texts, texts)
def test_what_went_wrong_is_told_harmlessly(text: str, other: str) -> None:
    errors: list[Exception] = [
        UserError(text),
        Refused(text, KNOWN),
        NotFound(text),
        Conflict(text),
        TooMany(1.5),
        FieldErrors({text: other, "": text}),
        Unavailable(text or "x", other),
        RuntimeError(text),
    ]
    for error in errors:
        _harmless(explain(error, "c-abc"))
    _harmless(interrupted(text, "c-abc"))


def test_a_megabyte_is_told_in_what_slack_takes() -> None:
    for word in WORDS:
        text = word * (_MB // len(word))
        for error in (
            UserError(text),
            FieldErrors({text: text}),
            FieldErrors({str(n): text[:100] for n in range(5000)}),
        ):
            _harmless(explain(error))
        for build in (header, section, plain, context, lambda each: facts({each: each})):
            block: Block = build(escape(text))
            _harmless(Reply(text=escape(text), blocks=[block]))


@given(texts)
def test_no_builder_lets_peoples_text_ping_or_link(text: str) -> None:
    for shown in (escape(text), literal(text), code(text)):
        _harmless(Reply(text=shown, blocks=[section(shown), context(shown), facts({"label": shown}), plain(text)]))
