"""Text for Slack: nothing that anybody wrote acts as markup."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.kit.text import code, escape, listed, literal, nearest, shorten, when

any_text = st.text(max_size=80)


@pytest.mark.parametrize(
    "hostile", ["<!channel>", "<!here|x>", "<@U1>", "<#C1>", "<https://evil.example|bank>", "<!date^1^x|y>"]
)
def test_markup_in_foreign_text_is_shown_and_not_obeyed(hostile: str) -> None:
    assert not re.search(r"[<>]", escape(hostile))


def test_an_ampersand_is_escaped_once() -> None:
    assert escape("R&D <&amp;>") == "R&amp;D &lt;&amp;amp;&gt;"


@given(any_text)
@example("\ud800")  # half a surrogate pair: cannot come from Slack, but in a JSON body
@example("\x00\x7f\x9f")
def test_escaped_text_has_no_control_character_and_can_be_sent(text: str) -> None:
    escaped = escape(text)
    escaped.encode()
    json.dumps(escaped)
    assert not re.search(r"[<>\x00-\x08\x0b-\x1f\x7f-\x9f]", escaped)
    assert re.sub(r"&(amp|lt|gt);", "", escaped).count("&") == 0


def test_line_breaks_and_tabs_survive_escaping() -> None:
    assert escape("a\n\tb") == "a\n\tb"


@given(any_text, st.integers(min_value=1, max_value=60))
def test_shortened_text_never_exceeds_its_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith("…")


@given(any_text)
def test_a_code_span_cannot_be_ended_from_inside(text: str) -> None:
    shown = code(text)
    assert shown == "—" or re.fullmatch(r"`[^`\n]+`", shown)


@pytest.mark.parametrize(
    ("words", "shown"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_words_are_listed_as_in_a_sentence(words: list[str], shown: str) -> None:
    assert listed(words) == shown


@pytest.mark.parametrize(
    ("word", "guess"), [("creat", "create"), ("CRAETE", "create"), ("eu", "EU"), ("zzz", None), ("", None)]
)
def test_the_nearest_word_is_found_whatever_its_case(word: str, guess: str | None) -> None:
    assert nearest(word, ["create", "delete", "EU"]) == guess


def test_a_moment_is_shown_in_the_readers_zone_with_utc_for_the_rest() -> None:
    shown = when(datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    assert shown == "<!date^1793610000^{date_short_pretty} at {time}|2026-11-02 09:00 UTC>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("john_doe", "john_doe"),
        ("_really_", "＿really＿"),
        ("*bold* ~gone~ `code`", "∗bold∗ ∼gone∼ ˋcodeˋ"),
        ("R&D <!here>", "R&amp;D &lt;!here&gt;"),
    ],
)
def test_peoples_names_are_shown_without_becoming_markup(text: str, shown: str) -> None:
    assert literal(text) == shown
