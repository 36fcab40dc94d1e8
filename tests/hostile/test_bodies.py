"""Whatever arrives as arguments, typed, filled in or as JSON: valid, or refused by name; and what is kept of it can be kept."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.calls.admit import validate
from bot.calls.audit import CallAudit
from bot.calls.record import Request
from bot.http.body import check_arguments, read_object
from bot.http.problems import Refusal
from bot.kit.call import Surface
from bot.kit.declare import Command
from bot.kit.errors import Refused, UserError
from bot.slack.parsing import Invocation, parse
from bot.wiring import GROUPS
from storage.audit import AuditReader, AuditStore, Search, as_line
from storage.audit_chain import Keyring
from storage.db import Database
from tests.conftest import FakeClock
from tests.hostile.words import WORDS, texts

COMMANDS = {command.name: command for group in GROUPS for command in group.commands.values()}
BY_GROUP = {group.name: group for group in GROUPS}
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=60) | _json.map(lambda each: json.dumps(each).encode()))
def test_a_body_is_an_object_or_refused(body: bytes) -> None:
    with suppress(Refusal):
        json.dumps(read_object(body))


@pytest.mark.parametrize(
    "body", [b"[" * 900_000, b'{"a":' * 150_000, b'"' + b"\\ud800" * 100_000 + b'"', b"9" * 900_000]
)
def test_a_large_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        read_object(body)


def _told(work: Callable[[], object]) -> str:
    """What the person is told; nothing if it is right. Any other error is one of the test."""
    try:
        work()
    except UserError as error:
        return error.message
    return ""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
@settings(max_examples=15)
@given(st.data())
def test_arguments_of_any_kind_are_valid_or_refused_by_name(command: Command, data: st.DataObject) -> None:
    names = st.sampled_from([field.name for field in command.fields] or ["none"])
    raw: Mapping[str, object] = data.draw(st.dictionaries(names | texts, _json, max_size=3))
    for check in (lambda: check_arguments(command, raw, NOW), lambda: validate(command, raw)):
        told = _told(check)
        assert len(told) < 3_000


@given(st.sampled_from(list(COMMANDS.values())), st.lists(texts, max_size=4))
def test_a_command_typed_with_anything_is_read_or_refused_in_few_words(command: Command, words: list[str]) -> None:
    def call() -> None:
        parsed = parse(f"{command.typed} {' '.join(words)}", BY_GROUP)
        if isinstance(parsed, Invocation) and not parsed.missing:
            validate(parsed.command, parsed.raw)

    assert len(_told(call)) < 3_000


def test_a_megabyte_typed_is_refused_at_once() -> None:
    for word in WORDS:
        for command in ("sandbox create x ", ""):
            text = command + (word + " ") * (1_000_000 // (len(word) + 1))
            with pytest.raises(UserError, match="too long"):
                parse(text, BY_GROUP)
            assert len(_told(partial(parse, text[:8_000], BY_GROUP))) < 3_000


async def test_what_a_refused_person_sent_is_kept_whatever_it_was_and_can_be_exported(database: Database) -> None:
    audit = CallAudit(database, AuditStore(Keyring.of("x" * 40)), FakeClock(NOW))
    command = COMMANDS["sandbox.create"]
    for word in WORDS:
        request = Request(command, {"name": word, word: [word, {word: word}]}, "U1", Surface.API, f"k{word}")
        audit.refused(request, Refused(f"No {word}."))
    audit.refused(
        Request(command, {"name": "x" * 1_000_000}, "U1\x00\ud800", Surface.SLASH, "k"), Refused("x" * 1_000_000)
    )
    await audit.close(60)
    assert audit.waiting == 0
    async with database.reading() as session:
        rows = [row async for row in AuditReader().each(session, Search(action="call.refused"))]
    assert len(rows) == len(WORDS) + 1
    for row in rows:
        json.loads(as_line(row).encode())
