"""People who do as they are told. Asserts nothing about how soon."""

from playground.slack import Outcome
from tests.world import World

PLEASE_TRY_AGAIN = "Nothing was done; please try again"
_TRIES = 20


async def insist(world: World, text: str) -> Outcome:
    """Types it again while the answer is that nothing was done: on a machine that stalls it may be, rightly."""
    for _ in range(_TRIES):
        outcome = await world.ada.slash("#platform", "/platform", text)
        if outcome.ok and PLEASE_TRY_AGAIN not in outcome.text:
            return outcome
    raise AssertionError(f"{_TRIES} times {outcome.error or outcome.text}")
