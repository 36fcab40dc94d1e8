"""What is done after an acknowledgement: a bounded number at once, and never half of the time without saying so."""

import asyncio

from bot.metrics import Metrics
from bot.slack.aside import Aside


async def test_past_the_bound_nothing_is_begun_and_it_is_said_and_counted_and_afterwards_there_is_room_again() -> None:
    metrics, gate, done = Metrics(), asyncio.Event(), []
    aside = Aside(metrics, most=3)

    async def say(word: int) -> None:
        await gate.wait()
        done.append(word)

    assert [aside.do(say(number), "say") for number in range(5)] == [True, True, True, False, False]
    assert aside.busy == 3
    assert metrics.registry.get_sample_value("platform_bot_queue_refused_total", {"queue": "aside"}) == 2
    gate.set()
    await aside.close()
    assert sorted(done) == [0, 1, 2]
    assert aside.do(say(9), "say")
    await aside.close()
    assert done[-1] == 9
