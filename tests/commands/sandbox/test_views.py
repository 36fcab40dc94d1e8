"""Sandboxes in Slack: the state is told, the limits hold, and no word of anybody's acts as markup."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.kit.blocks import Pressed, pressed
from bot.kit.replies import Reply
from commands.sandbox.handlers import GROUP
from commands.sandbox.sizes import Size
from commands.sandbox.values.basics import SandboxDetails, SandboxList
from commands.sandbox.views.basics import card, choice_label, created, deleted, listed
from commands.sandbox.views.home import home
from playground.slack.block_kit import check_message_blocks, check_view, elements_of
from storage.sandboxes import SandboxState as State

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOSTILE = "<!channel> *b* _i_ `c` <https://evil.example|bank> & "


def _sandbox(**values: Any) -> SandboxDetails:
    known: dict[str, Any] = {
        "id": "abcd2345",
        "name": "checkout",
        "state": State.READY,
        "owner": "U1",
        "owner_name": "Ada",
        "team": "pay",
        "size": Size.SMALL,
        "cpu": 2,
        "memory": 4 * 1024**3,
        "storage": 20 * 1024**3,
        "template": "empty",
        "deleted_at": NOW + timedelta(days=4),
        "extensions": 0,
        "asleep": False,
        "asleep_why": None,
        "woken_until": None,
        "hours": "always",
        "cost_per_day": Decimal("1.92"),
        "asleep_per_day": Decimal("0.07"),
        "currency": "EUR",
        "purpose": "load test",
        "namespace": "sbx-pay-checkout-abcd",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=3),
        "problem": None,
        "version": 7,
    }
    return SandboxDetails(**known | values)


def _list(*sandboxes: SandboxDetails, everyone: bool = False) -> SandboxList:
    return SandboxList(sandboxes=sandboxes, everyone=everyone, at=NOW)


def _read(reply: Reply) -> str:
    """Everything that is shown, in the blocks and beside them; Slack takes it."""
    payload = reply.to_payload()
    assert payload["text"].strip()
    assert len(payload["text"]) <= 4000
    assert check_message_blocks(payload["blocks"]) == []
    return json.dumps(payload, ensure_ascii=False)


def _buttons(reply: Reply) -> dict[str, dict[str, Any]]:
    """By their label."""
    blocks = reply.to_payload()["blocks"]
    return {element["text"]["text"]: element for block in blocks for _, element in elements_of(block)}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.REQUESTED, "waits to be set up"),
        (State.PROVISIONING, "is being set up"),
        (State.READY, "is ready"),
        (State.SLEEPING, "sleeps"),
        (State.EXPIRING, "sleeps: its time is over"),
        (State.FAILED, "could not be set up"),
        (State.DELETING, "is being deleted"),
        (State.DELETE_BLOCKED, "cannot be deleted"),
        (State.DELETED, "is deleted"),
    ],
)
def test_the_card_tells_the_state_in_the_notification_and_in_the_message(state: State, words: str) -> None:
    reply = card(_sandbox(state=state))
    assert words in reply.text
    assert _read(reply).count(words) == 2


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_not_on_its_way_out_can_be_deleted(state: State) -> None:
    deletable = state not in {State.DELETING, State.DELETE_BLOCKED, State.DELETED}
    assert ("Delete" in _buttons(card(_sandbox(state=state)))) is deletable


def test_the_card_says_whose_it_is_how_big_and_until_when() -> None:
    text = _read(card(_sandbox()))
    for words in ("Ada", "pay", "small", "load test", "`sbx-pay-checkout-abcd`", "<!date^1793869200^"):
        assert words in text


def test_a_problem_is_told_and_a_deleted_sandbox_says_no_more_than_that() -> None:
    assert "quota exceeded" in _read(card(_sandbox(state=State.FAILED, problem="quota exceeded")))
    assert "sbx-pay-checkout-abcd" not in _read(card(_sandbox(state=State.DELETED)))


def test_the_delete_button_names_this_sandbox_at_this_version_and_asks_first() -> None:
    button = _buttons(card(_sandbox()))["Delete"]
    found = pressed(button["action_id"], button["value"])
    assert found is not None
    assert (found.command, dict(found.arguments), found.version) == ("sandbox.delete", {"sandbox": "abcd2345"}, 7)
    assert "checkout and everything in it" in button["confirm"]["text"]["text"]
    assert button["style"] == "danger"


def test_every_button_calls_a_command_with_arguments_it_knows() -> None:
    replies = [card(_sandbox()), listed(_list()), listed(_list(_sandbox()))]
    for button in (button for reply in replies for button in _buttons(reply).values()):
        found = pressed(button["action_id"], button["value"])
        assert found is not None
        command = GROUP.commands[found.command.removeprefix("sandbox.")]
        assert set(found.arguments) <= {field.name for field in command.fields}


def test_an_empty_list_says_whose_and_offers_to_make_one() -> None:
    assert "You have no sandboxes." in _read(listed(_list()))
    assert "Your team has no sandboxes." in _read(listed(_list(everyone=True)))
    assert list(_buttons(listed(_list()))) == ["Create one"]


def test_a_list_counts_and_shows_owners_only_when_it_is_the_teams() -> None:
    two = _list(_sandbox(), _sandbox(id="efgh6789", name="cart"))
    assert (listed(two).text, listed(_list(_sandbox())).text) == ("2 sandboxes", "1 sandbox")
    assert "Ada" not in _read(listed(two))
    assert "Ada" in _read(listed(two.model_copy(update={"everyone": True})))


def test_a_sandbox_that_is_being_deleted_no_longer_says_until_when() -> None:
    assert "until" in _read(listed(_list(_sandbox())))
    assert "until" not in _read(listed(_list(_sandbox(state=State.DELETING))))


def test_a_long_list_says_how_many_it_leaves_out_and_how_to_see_them() -> None:
    many = _list(*(_sandbox(id=f"id{number}", name=f"name-{number}") for number in range(73)))
    text = _read(listed(many))
    assert "and 53 more" in text
    assert "sandbox show &lt;name&gt;" in text
    assert listed(many).text == "73 sandboxes"


def _home(result: SandboxList) -> list[dict[str, Any]]:
    """The blocks of App Home's part; Slack takes them there."""
    blocks = [block.to_dict() for block in home(result)]
    assert check_view({"type": "home", "blocks": blocks}, "home") == []
    return blocks


def test_app_home_shows_ones_sandboxes_with_what_they_cost_and_their_buttons() -> None:
    blocks = _home(_list(_sandbox(), _sandbox(id="efgh6789", name="cart", state=State.DELETING)))
    shown = json.dumps(blocks, ensure_ascii=False)
    assert "*checkout* is ready" in shown
    assert "*cart* is being deleted" in shown
    assert "1.92 EUR a day" in shown
    found = [pressed(each["action_id"], each["value"]) for block in blocks for _, each in elements_of(block)]
    assert [each and (each.command, dict(each.arguments)) for each in found] == [
        (f"sandbox.{verb}", {"sandbox": "abcd2345"}) for verb in ("extend", "sleep", "access", "show", "delete")
    ]
    assert found[-1] == Pressed("sandbox.delete", {"sandbox": "abcd2345"}, 7, confirmed=True)


def test_app_home_shows_one_that_sleeps_with_what_it_costs_asleep_and_the_button_that_wakes_it() -> None:
    blocks = _home(_list(_sandbox(state=State.SLEEPING, asleep=True)))
    labels = [each["text"]["text"] for block in blocks for _, each in elements_of(block)]
    assert labels == ["Extend", "Wake", "Access", "Details", "Delete"]
    assert "0.07 EUR a day" in json.dumps(blocks, ensure_ascii=False)


def test_app_home_keeps_to_the_blocks_a_group_may_have() -> None:
    many = _list(*(_sandbox(id=f"id{number}", name=f"name-{number}") for number in range(73)))
    assert len(_home(many)) == 20


def test_app_home_without_sandboxes_offers_to_make_one() -> None:
    (button,) = (element for block in _home(_list()) for _, element in elements_of(block))
    found = pressed(button["action_id"], button["value"])
    assert found is not None
    assert found.command == "sandbox.create"


def test_app_home_says_how_many_it_leaves_out() -> None:
    many = _list(*(_sandbox(id=f"id{number}", name=f"name-{number}") for number in range(73)))
    assert "and 64 more" in json.dumps(_home(many), ensure_ascii=False)


def test_a_sandbox_in_a_list_of_choices_tells_whose_it_is_and_how_it_stands() -> None:
    assert choice_label(_sandbox()) == "checkout (Ada, ready)"


def test_creating_and_deleting_are_answered_at_once() -> None:
    assert "Setting up *checkout*" in _read(created(_sandbox(state=State.REQUESTED)))
    assert "Deleting *checkout*" in _read(deleted(_sandbox(state=State.DELETING)))
    assert "is deleted already" in _read(deleted(_sandbox(state=State.DELETED)))


@pytest.mark.parametrize("text", [HOSTILE, HOSTILE * 200, "x" * 9_000, "\x00", " ", "\ud800", "&" * 4_000])
@pytest.mark.parametrize("state", [State.FAILED, State.DELETED])
def test_no_word_of_anybodys_acts_as_markup_or_breaks_the_card(state: State, text: str) -> None:
    sandbox = _sandbox(state=state, name=text, owner_name=text, team=text, purpose=text, problem=text, namespace=text)
    team = _list(*[sandbox.model_copy(update={"id": f"id{number}"}) for number in range(25)], everyone=True)
    _home(team)
    for reply in (card(sandbox), created(sandbox), deleted(sandbox), listed(team)):
        read = _read(reply)
        read.encode()
        mrkdwn = json.dumps(
            [block for block in reply.to_payload()["blocks"] if '"plain_text"' not in json.dumps(block)]
        )
        assert "<!channel" not in mrkdwn + reply.text
        assert "<http" not in mrkdwn + reply.text
