"""What may happen to a sandbox, and when."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.sandbox.objects import namespace_name
from commands.sandbox.rules.limits import checked_name, over_limit
from commands.sandbox.rules.states import (
    BLOCKED_AFTER,
    Seen,
    next_state,
    pause_after,
    pause_after_refusal,
    pause_while_leaving,
    stuck,
    tallied,
)
from storage.sandboxes import SandboxState as State
from storage.sandboxes import StateCount

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

CHANGES = {
    (State.REQUESTED, Seen.STARTED): State.PROVISIONING,
    (State.FAILED, Seen.STARTED): State.PROVISIONING,
    (State.REQUESTED, Seen.STANDS): State.READY,
    (State.PROVISIONING, Seen.STANDS): State.READY,
    (State.FAILED, Seen.STANDS): State.READY,
    (State.SLEEPING, Seen.STANDS): State.READY,
    (State.EXPIRING, Seen.STANDS): State.READY,
    (State.REQUESTED, Seen.ASLEEP): State.SLEEPING,
    (State.PROVISIONING, Seen.ASLEEP): State.SLEEPING,
    (State.READY, Seen.ASLEEP): State.SLEEPING,
    (State.FAILED, Seen.ASLEEP): State.SLEEPING,
    (State.REQUESTED, Seen.EXPIRED): State.EXPIRING,
    (State.PROVISIONING, Seen.EXPIRED): State.EXPIRING,
    (State.READY, Seen.EXPIRED): State.EXPIRING,
    (State.SLEEPING, Seen.EXPIRED): State.EXPIRING,
    (State.FAILED, Seen.EXPIRED): State.EXPIRING,
    (State.SLEEPING, Seen.UNWANTED): State.DELETING,
    (State.EXPIRING, Seen.UNWANTED): State.DELETING,
    (State.REQUESTED, Seen.REFUSED): State.FAILED,
    (State.PROVISIONING, Seen.REFUSED): State.FAILED,
    (State.READY, Seen.REFUSED): State.FAILED,
    (State.REQUESTED, Seen.UNWANTED): State.DELETING,
    (State.PROVISIONING, Seen.UNWANTED): State.DELETING,
    (State.READY, Seen.UNWANTED): State.DELETING,
    (State.FAILED, Seen.UNWANTED): State.DELETING,
    (State.DELETING, Seen.STUCK): State.DELETE_BLOCKED,
    (State.DELETING, Seen.GONE): State.DELETED,
    (State.DELETE_BLOCKED, Seen.GONE): State.DELETED,
}


@pytest.mark.parametrize(("state", "seen"), list(product(State, Seen)))
def test_each_state_answers_what_was_seen_with_one_change_or_none(state: State, seen: Seen) -> None:
    assert next_state(state, seen) is CHANGES.get((state, seen), state)


@given(st.sampled_from(State), st.lists(st.sampled_from(Seen), max_size=20))
def test_what_is_on_its_way_out_never_comes_back(state: State, sightings: list[Seen]) -> None:
    leaving = {State.DELETING, State.DELETE_BLOCKED, State.DELETED}
    gone_for_good = False
    for seen in sightings:
        was_leaving, state = state in leaving, next_state(state, seen)
        gone_for_good = gone_for_good or state is State.DELETED
        assert state in leaving or not was_leaving
        assert (state is State.DELETED) == gone_for_good


@pytest.mark.parametrize("state", [state for state in State if state is not State.DELETED])
def test_every_sandbox_that_is_not_deleted_can_still_be(state: State) -> None:
    assert next_state(next_state(state, Seen.UNWANTED), Seen.GONE) is State.DELETED


@pytest.mark.parametrize(
    ("typed", "name"),
    [("ab", "ab"), (" Checkout-Fix ", "checkout-fix"), ("a" * 30, "a" * 30), ("a1", "a1"), ("a--b", "a--b")],
)
def test_a_name_is_taken_in_lower_case(typed: str, name: str) -> None:
    assert checked_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    ["", "a", "1a", "-a", "a-", "a" * 31, "a b", "a_b", "a.b", "ä-b", "a\nb", "ab\n.", "<!channel>", "a²", "İstanbul"],
)
def test_what_could_not_be_part_of_a_namespace_is_no_name(typed: str) -> None:
    with pytest.raises(ValueError, match="such as checkout-fix"):
        checked_name(typed)


@given(st.text(max_size=40))
def test_every_name_that_is_taken_makes_a_valid_namespace(text: str) -> None:
    try:
        name = checked_name(text)
    except ValueError:
        return
    assert name.isascii()
    assert len(namespace_name("default", name, "abcd")) <= 63


@pytest.mark.parametrize(
    ("mine", "ours", "words"),
    [
        (0, 0, None),
        (2, 9, None),
        (3, 3, "You have 3 sandboxes"),
        (4, 10, "You have 4 sandboxes"),
        (2, 10, "Team pay has 10 sandboxes"),
    ],
)
def test_one_more_is_made_only_below_both_limits(mine: int, ours: int, words: str | None) -> None:
    problem = over_limit(mine, 3, "pay", ours, 10)
    assert (problem is None) if words is None else (problem is not None and problem.startswith(words))


def test_a_limit_of_one_is_told_in_good_english() -> None:
    assert (
        over_limit(1, 1, "pay", 1, 9)
        == "You have 1 sandbox, which is as many as one person may have. Delete one first."
    )


@pytest.mark.parametrize(("per_person", "per_team"), [(0, 10), (3, 0)])
def test_a_limit_of_none_does_not_ask_to_delete_what_is_not_there(per_person: int, per_team: int) -> None:
    assert over_limit(0, per_person, "pay", 0, per_team) == "Sandboxes are switched off here. Ask your platform team."


def test_pauses_double_up_to_a_minute() -> None:
    assert [pause_after(failures).total_seconds() for failures in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    assert pause_after(10**9) == timedelta(minutes=1)


def test_a_cluster_that_asks_for_a_longer_pause_gets_it_within_reason() -> None:
    assert pause_after(0, asked=1) == timedelta(seconds=2)
    assert pause_after(0, asked=30) == timedelta(seconds=30)
    assert pause_after(10, asked=30) == timedelta(minutes=1)
    assert pause_after(0, asked=1e300) == timedelta(minutes=10)


def test_a_refusal_is_tried_again_less_often_than_an_outage() -> None:
    assert pause_after_refusal() > pause_after(100)


def test_a_namespace_that_leaves_is_watched_closely_until_it_is_stuck() -> None:
    last, first = NOW + BLOCKED_AFTER - timedelta(seconds=1), NOW + BLOCKED_AFTER
    assert [stuck(NOW, last), stuck(NOW, first)] == [False, True]
    assert pause_while_leaving(NOW, last) < pause_while_leaving(NOW, first)


def test_a_tally_names_every_state_and_says_how_long_the_oldest_intent_and_the_most_overdue_look_have_waited() -> None:
    now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def ago(minutes: float) -> datetime:
        return now - timedelta(minutes=minutes)

    counted = tallied(
        [
            StateCount(State.READY, 7, ago(5000), None, ago(-10)),
            StateCount(State.PROVISIONING, 2, ago(20), None, ago(1)),
            StateCount(State.DELETING, 1, ago(9000), ago(30), ago(0.5)),
        ],
        now,
    )
    assert counted.states == {
        **{
            "requested": 0,
            "provisioning": 2,
            "ready": 7,
            "sleeping": 0,
            "expiring": 0,
            "failed": 0,
            "deleting": 1,
            "delete_blocked": 0,
        }
    }
    assert counted.lag == 30 * 60
    assert counted.overdue == 60
    assert tallied([], now).lag == 0
    assert tallied([StateCount(State.READY, 1, ago(50), None, ago(-10))], now).overdue == 0
