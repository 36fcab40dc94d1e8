"""What the bot writes into the audit trail of itself, and of what no call did."""

import json
from typing import cast

from bot.audit import Sealing
from bot.calls.identify import Identity
from bot.config import AuditSettings
from bot.http.tokens import new_token
from bot.kit.release import release
from bot.leavers import Leavers
from storage.audit import AuditReader, AuditRow, Search
from storage.db import Database
from storage.messages import MessageStore
from storage.tokens import TokenStore
from tests.conftest import FakeClock
from tests.storage.audit_trail import Trail


async def _written(database: Database) -> list[AuditRow]:
    async with database.reading() as session:
        return list(await AuditReader().find(session, Search(), 100, oldest_first=True))


async def test_a_start_is_written_down_with_release_and_replica(database: Database, clock: FakeClock) -> None:
    trail = Trail(database)
    messages = MessageStore(clock)
    await Sealing(database, clock, trail.keys, trail.audit, messages, "pod-1:7:abc", AuditSettings()).begin()
    (row,) = await _written(database)
    assert (row.action, row.object, row.actor, row.at) == ("bot.started", "bot", "system", clock.now())
    after = json.loads(row.after or "")
    assert after == {"version": release(), "replica": "pod-1:7:abc", "database": database.dialect}


async def test_each_token_that_ends_because_its_owner_left_is_written_down_once(
    database: Database, clock: FakeClock
) -> None:
    ids: dict[str, set[str]] = {}
    async with database.transaction() as session:
        for owner in ("U1", "U1", "U2"):
            row, _token = new_token(owner, "pipeline", frozenset({"*"}), clock.now(), None)
            TokenStore().add(session, row)
            ids.setdefault(owner, set()).add(f"token:{row.id}")
    leavers = Leavers(database, clock, Trail(database).audit, cast(Identity, None), [])
    for _ in range(2):  # events may come again
        await leavers.end_tokens("U1")
    rows = await _written(database)
    assert {row.object for row in rows} == ids["U1"]
    assert [(row.action, row.actor, row.on_behalf_of) for row in rows] == [("token.revoked", "system", "U1")] * 2
