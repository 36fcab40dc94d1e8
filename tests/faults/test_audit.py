"""kill -9 of whoever seals the audit trail: what it left is sealed by the next one, and the chain goes on without a break."""

import pytest
from sqlalchemy import text

from storage.audit_chain import Keyring
from storage.audit_verify import Verification
from tests.faults.fleet import Fleet
from tests.faults.people import insist
from tests.faults.process import BotProcess

_KILLS = 2
_TRIES = 40


async def _count(fleet: Fleet, condition: str) -> int:
    async with fleet.database.reading() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM audit WHERE {condition}"))).scalar_one())


async def _unsealed(fleet: Fleet) -> int:
    return await _count(fleet, "sequence IS NULL")


async def _seals(fleet: Fleet, bot: BotProcess) -> None:
    await fleet.world.until(
        lambda: any(entry["lease"] == "audit" for entry in bot.said("lease_taken")), "it holds the lease"
    )


async def _killed_with_something_left(fleet: Fleet, sealer: BotProcess) -> bool:
    """Somebody does something, and as soon as that is written down and not yet sealed, the sealer dies. False: it was sealed
    too soon, and the sealer may live."""
    before = await _count(fleet, "1 = 1")
    await insist(fleet.world, f"access withdraw a-{before}")  # there is none: refused, and that is written down

    async def written() -> bool:
        return await _count(fleet, "1 = 1") > before

    await fleet.eventually(written, "the refusal is written down")
    if not await _unsealed(fleet):
        return False
    await sealer.kill()
    return await _unsealed(fleet) > 0


@pytest.mark.parametrize(
    ("database_url", "mode"),
    [("sqlite", "http"), ("postgresql", "http")],
    indirect=True,
    ids=["sqlite", "postgresql"],
)
async def test_when_the_sealer_is_killed_the_next_one_seals_what_it_left_and_the_chain_is_unbroken(
    fleet: Fleet,
) -> None:
    kills = 0
    sealer = await fleet.start()
    spare: BotProcess | None = None
    for _ in range(_TRIES):
        await _seals(fleet, sealer)
        if spare is None and fleet.database.dialect == "postgresql":
            spare = await fleet.start()
        kills += await _killed_with_something_left(fleet, sealer)
        if not sealer.alive:
            sealer, spare = spare or await fleet.start(), None
        if kills == _KILLS:
            break
    assert kills == _KILLS, f"of {_TRIES} times only {kills} times something was left to seal"

    async def all_sealed() -> bool:
        return not await _unsealed(fleet)

    await fleet.eventually(all_sealed, "everything is sealed")
    await _seals(fleet, sealer)
    verdict = await Verification(fleet.database, Keyring.of(fleet.world.slack.bot_token)).run()
    assert verdict.problem is None
    assert verdict.entries == await _count(fleet, "1 = 1")
    started = await _count(fleet, "action = 'bot.started'")
    assert started == len(fleet.bots)
