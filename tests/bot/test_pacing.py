"""How fast the outbox may go, in seconds of a clock that the test turns."""

from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import POST, UNPACED, UPDATE, Bucket, Pace, Pacing


def test_a_channel_takes_one_post_a_second_and_others_do_not_wait_for_it() -> None:
    pace = Pace(Pacing(per_minute={}))
    pace.posted("channel:C1", 100.0)
    assert pace.blocked(100.9) == {"channel:C1"}
    assert pace.next_free(100.9) is not None
    assert pace.blocked(101.0) == set()
    assert pace.next_free(101.0) is None


def test_unpaced_nothing_waits() -> None:
    pace = Pace(UNPACED)
    pace.posted("channel:C1", 100.0)
    assert pace.blocked(100.0) == set()
    assert pace.edits(100.0, 200) == 200
    assert pace.wait(UPDATE, 100.0) == 0


def test_a_rate_limited_post_blocks_its_channel_for_as_long_as_slack_said() -> None:
    pace = Pace(Pacing(per_minute={}))
    pace.limited(POST, "channel:C1", 30.0, 100.0)
    assert pace.blocked(129.0) == {"channel:C1"}
    assert pace.wait(POST, 101.0) == 0
    pace.posted("channel:C1", 101.0)
    assert pace.blocked(129.0) == {"channel:C1"}
    assert pace.blocked(130.0) == set()


def test_several_channels_limited_at_once_mean_the_whole_workspace() -> None:
    pace = Pace(Pacing(per_minute={}))
    for number in range(3):
        pace.limited(POST, f"channel:C{number}", 10.0, 100.0 + number)
    assert pace.wait(POST, 103.0) == 9.0
    assert pace.wait(POST, 112.0) == 0


def test_channels_limited_one_after_the_other_do_not() -> None:
    pace = Pace(Pacing(per_minute={}))
    for number in range(5):
        pace.limited(POST, f"channel:C{number}", 10.0, 100.0 + 20 * number)
    assert pace.wait(POST, 181.0) == 0


def test_a_limited_method_waits_everywhere_and_alone() -> None:
    pace = Pace(Pacing())
    pace.limited(UPDATE, "channel:C1", 12.0, 100.0)
    assert pace.edits(105.0, 200) == 0
    assert pace.wait(UPDATE, 105.0) == 7.0
    assert pace.wait(POST, 105.0) == 0
    assert pace.blocked(105.0) == set()
    assert pace.edits(112.0, 200) > 0


@given(st.integers(1, 200), st.lists(st.floats(0, 5), min_size=1, max_size=400))
def test_no_minute_sees_more_calls_than_the_budget_however_they_come(per_minute: int, pauses: list[float]) -> None:
    bucket, now, taken = Bucket(per_minute), 1000.0, list[float]()
    for pause in pauses:
        now += pause
        now += bucket.wait(now) + 1e-6
        bucket.take(now)
        taken.append(now)
    for first in range(len(taken)):
        within = [one for one in taken[first:] if one < taken[first] + 60]
        assert len(within) <= max(per_minute, 2)


def test_a_budget_is_refilled_in_a_minute() -> None:
    bucket = Bucket(50)
    while bucket.available(0.0):
        bucket.take(0.0)
    assert bucket.wait(0.0) > 0
    assert bucket.available(60.0) == 10
