"""Secrets are taken out whatever stands around them; what is none is left alone."""

import contextlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretBytes, SecretStr

from bot.kit.redact import REDACTED, SHAPES, redact, redact_text, redactor

_WORD = st.text(alphabet="abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=24, max_size=60)
_LOW = st.text(alphabet="abcdefghjkmnpqrstuvwxyz23456789", min_size=40, max_size=40)
_AROUND = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)  # shorter than any secret


def _framed(secret: str, before: str, after: str) -> str:
    return f"{before} {secret} {after}"


@given(_AROUND, _AROUND, st.sampled_from(["xoxb", "xoxp", "xoxa", "xoxe", "xapp", "xoxs"]), _WORD)
def test_slack_tokens_are_taken_out(before: str, after: str, kind: str, secret: str) -> None:
    assert secret not in redact_text(_framed(f"{kind}-1-{secret}", before, after))


@given(_AROUND, _AROUND, _LOW)
def test_our_own_tokens_are_taken_out(before: str, after: str, secret: str) -> None:
    assert secret not in redact_text(_framed(f"pb_abcd2345_{secret}", before, after))


@given(_AROUND, _AROUND, _WORD)
def test_webhook_addresses_are_taken_out(before: str, after: str, secret: str) -> None:
    for path in (f"services/T1/B1/{secret}", f"commands/T1/2/{secret}"):
        shown = redact_text(_framed(f"https://hooks.slack.com/{path}", before, after))
        assert secret not in shown
        assert "hooks.slack.com/" in shown


@given(_AROUND, _AROUND, st.sampled_from(["Bearer", "bearer", "BEARER"]), _WORD)
def test_bearer_headers_are_taken_out(before: str, after: str, scheme: str, secret: str) -> None:
    assert secret not in redact_text(_framed(f"Authorization: {scheme} {secret}", before, after))


@given(_AROUND, _AROUND, _WORD)
def test_passwords_in_addresses_are_taken_out_and_the_host_stays(before: str, after: str, secret: str) -> None:
    shown = redact_text(_framed(f"postgresql+psycopg://bot:{secret}@db.internal/platform", before, after))
    assert secret not in shown
    assert "@db.internal/platform" in shown


@given(_WORD, _WORD, _WORD)
def test_web_tokens_are_taken_out(head: str, body: str, signature: str) -> None:
    shown = redact_text(f"token=eyJ{head}.{body}.{signature}")
    assert head not in shown
    assert body not in shown
    assert signature not in shown


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789+/", min_size=30, max_size=300), st.booleans())
def test_private_keys_are_taken_out_also_when_they_are_cut_off(secret: str, whole: bool) -> None:
    lines = "\n".join(secret[at : at + 64] for at in range(0, len(secret), 64))
    end = "\n-----END RSA PRIVATE KEY-----" if whole else ""
    text = f"-----BEGIN RSA PRIVATE KEY-----\n{lines}{end}"
    assert redact_text(f"<{text}>") == f"<{REDACTED}>"
    shown = redact_text(json.dumps({"key": text, "event": "x"}))
    assert json.loads(shown) == {"key": REDACTED, "event": "x"}


@given(
    st.recursive(_AROUND | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(_AROUND, inner)),
    _WORD,
)
def test_nothing_within_anything_keeps_a_secret(around: object, secret: str) -> None:
    for value in ([around, {"a": {"b": [f"xoxb-{secret}"]}}], {f"xoxb-{secret}": around}, (around, SecretStr(secret))):
        assert secret not in json.dumps(redact(value))


@given(st.lists(_AROUND), _WORD)
def test_json_stays_json(texts: list[str], secret: str) -> None:
    line = json.dumps({"texts": [*texts, f"postgresql://bot:{secret}@db", f"xoxb-{secret}"]})
    shown = json.loads(redact_text(line))
    assert len(shown["texts"]) == len(texts) + 2
    assert secret not in json.dumps(shown)


def test_secret_types_are_replaced_whole() -> None:
    assert redact({"a": SecretStr("x"), "b": [SecretBytes(b"y")]}) == {"a": REDACTED, "b": [REDACTED]}


def test_secrets_of_this_process_are_taken_out_whatever_they_look_like() -> None:
    clean = redactor(["8f742231b10e8888abcd99yyyzzz85a5", 'with"quote and\\slash', "", "short"])
    text = json.dumps({"error": '8f742231b10e8888abcd99yyyzzz85a5, with"quote and\\slash, short'})
    assert json.loads(clean(text)) == {"error": f"{REDACTED}, {REDACTED}, short"}


@pytest.mark.parametrize(
    "text",
    [
        "sandbox:7kq2mx9d is ready",
        "https://example.com/a?b=c:d",
        "ask ada@example.com at 10:30",
        "the bearer of this letter",
        "a basic understanding",
        "c-7kq2mx9dpe",
        "pb_abcd2345",
        "eyJ is how it begins",
        "",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert redact_text(text) is text or redact_text(text) == text


@given(st.text(max_size=200))
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once


HOSTILE = [
    "eyJ",
    "eyJaaaaaaaa.",
    "://",
    "://a:",
    "xoxb-",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "bearer ",
    "hooks.slack.com/",
    "pb_",
]


# Each is no match by itself, but the beginning of one, again and again; the longest common run stands in the way.
SLOW = [*HOSTILE, "eyJa-", "x://a:b", "bearer a", "-----BEGIN A", "://a:b/", "authorization: basic a"]


def _prefixes(pattern: str) -> list[re.Pattern[str]]:
    """The expression up to each of its repetitions: what was gone over when it turns out that it goes no further."""
    found = []
    for end in (match.end() for match in re.finditer(r"[*+}]", pattern)):
        for closing in range(3):
            with contextlib.suppress(re.error):
                found.append(re.compile(pattern[:end] + ")" * closing))
                break
    return found


def _gone_over(pattern: str, text: str) -> int:
    """How many characters replacing it goes over: counted, for a clock would measure what else the machine has to do."""
    whole, prefixes = re.compile(pattern), _prefixes(pattern)
    count = place = 0
    while place < len(text):
        match = whole.match(text, place)
        if match and match.end() > place:
            count += match.end() - place
            place = match.end()
        else:
            count += 1 + sum(len(part[0]) for each in prefixes if (part := each.match(text, place)))
            place += 1
    return count


def _growth(pattern: str, part: str) -> float:
    """How much more is gone over when the text is twice as long: 2, or 4 where each place is gone over again and again."""
    short, long = (_gone_over(pattern, part * (length // len(part))) for length in (2_000, 4_000))
    return long / short


@pytest.mark.parametrize("part", SLOW)
def test_what_is_made_to_be_slow_takes_no_more_than_its_length(part: str) -> None:
    assert _growth(SHAPES.pattern, part) < 2.5


def test_an_expression_that_goes_over_the_same_text_again_and_again_would_be_found() -> None:
    assert _growth(r"eyJ[A-Za-z0-9_-]{8,}\.[a-z]", "eyJ") > 3.5
    assert _growth(r"(?:x|-----BEGIN [A-Z -]*KEY)", "-----BEGIN ") > 3.5


def test_a_megabyte_made_to_be_slow_comes_out_with_nothing_left_to_take_out() -> None:
    for part in SLOW:
        once = redact_text(part * (1_000_000 // len(part)))
        assert redact_text(once) == once
