"""Who goes next through the gate."""

import asyncio

import pytest

from storage.gate import Gate


async def test_the_hot_lane_goes_first_and_the_others_in_order_without_starving() -> None:
    gate, order = Gate(), list[str]()

    async def ordinary(name: str) -> None:
        async with gate.passing():
            order.append(name)

    def hot(name: str) -> None:
        def take() -> bool:
            order.append(name)
            asyncio.get_running_loop().call_soon(gate.release)
            return True

        gate.when_free(take)

    async with gate.passing():
        waiting = [asyncio.create_task(ordinary(name)) for name in ("o1", "o2")]
        await asyncio.sleep(0)
        for number in range(1, 11):
            hot(f"h{number}")
    await asyncio.gather(*waiting)
    async with gate.passing():
        pass

    assert order == ["h1", "h2", "h3", "h4", "o1", "h5", "h6", "h7", "h8", "o2", "h9", "h10"]


async def test_one_that_gave_up_waiting_does_not_block_the_next() -> None:
    gate = Gate()

    async def wait() -> str:
        async with gate.passing():
            return "passed"

    async with gate.passing():
        first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    assert await second == "passed"


async def test_one_cancelled_in_the_moment_of_its_turn_hands_the_turn_on() -> None:
    gate = Gate()

    async def wait() -> str:
        async with gate.passing():
            return "passed"

    async with gate.passing():
        first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
    first.cancel()  # the gate is its own already, but it has not run yet
    with pytest.raises(asyncio.CancelledError):
        await first
    async with asyncio.timeout(5):
        assert await second == "passed"


async def test_a_hot_taker_that_wants_it_no_more_leaves_it_free() -> None:
    gate = Gate()
    gate.when_free(lambda: False)
    async with asyncio.timeout(5), gate.passing():
        pass
