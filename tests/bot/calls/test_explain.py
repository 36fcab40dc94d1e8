"""What people read when a call did not end well: what to do next, never the innards, and nothing that acts as markup."""

import json

import pytest

from bot.calls.explain import Then, explain, interrupted
from bot.kit.errors import Conflict, FieldErrors, NotFound, Refused, Unavailable, Unconfirmed, UserError
from bot.kit.replies import Reply
from playground.slack.block_kit import check_message_blocks
from storage.writer import OutcomeUnknown

HOSTILE = "<!channel> <https://evil.example|bank> & `x`"
SECRET = "xoxb-secret at db.internal:5432"


def _read(reply: Reply) -> str:
    """Everything that is shown, in the blocks and beside them; Slack takes it."""
    payload = reply.to_payload()
    assert payload["text"].strip()
    assert check_message_blocks(payload["blocks"]) == []
    return json.dumps(payload, ensure_ascii=False)


@pytest.mark.parametrize("kind", [UserError, Refused, NotFound, Conflict])
def test_what_the_person_can_put_right_is_shown_as_it_is(kind: type[UserError]) -> None:
    shown = _read(explain(kind("There is no sandbox “x”. Try: sandbox list"), "c-1"))
    assert shown.count("There is no sandbox “x”. Try: sandbox list") == 2


def test_each_wrong_argument_has_a_line_of_its_own() -> None:
    shown = _read(explain(FieldErrors({"name": "is taken", "lifetime": "must be at most 14d"})))
    assert "*name* is taken\\n• *lifetime* must be at most 14d" in shown
    assert "Nothing was done." in shown


def test_a_system_that_is_down_is_named_but_not_what_its_driver_said() -> None:
    shown = _read(explain(Unavailable("the cluster", SECRET), "c-1"))
    assert "The cluster is not available right now." in shown
    assert SECRET not in shown
    assert "c-1" in shown


@pytest.mark.parametrize("then", Then)
@pytest.mark.parametrize("error", [Unavailable("the cluster", SECRET), Unconfirmed(SECRET)])
def test_an_outage_says_what_becomes_of_the_call(error: Unavailable, then: Then) -> None:
    shown = _read(explain(error, "c-1", then))
    assert then.value in shown
    assert SECRET not in shown


def test_a_write_that_nobody_heard_of_is_not_said_to_be_undone() -> None:
    assert "Nothing was done" not in _read(explain(OutcomeUnknown()))


def test_a_bug_shows_a_reference_and_nothing_of_itself() -> None:
    shown = _read(explain(RuntimeError(SECRET), "c-7kq2mx9dpe"))
    assert "c-7kq2mx9dpe" in shown
    assert SECRET not in shown


def test_an_interrupted_call_says_what_to_do_and_how_to_ask() -> None:
    shown = _read(interrupted("sandbox create", "c-1"))
    assert "“sandbox create” was interrupted" in shown
    assert "c-1" in shown


@pytest.mark.parametrize("text", [HOSTILE, HOSTILE * 400, "\x00", "\ud800", ""])
@pytest.mark.parametrize(
    "error",
    [
        lambda text: UserError(text or "x"),
        lambda text: FieldErrors({text or "x": text}),
        lambda text: FieldErrors({"name": text}, text or "x"),
        lambda text: Unavailable(text or "x", text),
        RuntimeError,
    ],
    ids=["user error", "field errors", "field", "unavailable", "bug"],
)
def test_no_words_in_an_error_act_as_markup_or_break_the_message(error: type[Exception], text: str) -> None:
    shown = _read(explain(error(text), "c-1"))
    assert "<!" not in shown
    assert "<http" not in shown
    shown.encode()
