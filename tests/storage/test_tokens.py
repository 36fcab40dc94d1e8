"""Rows of tokens: revoked once, used forwards, forgotten in the end."""

from datetime import datetime, timedelta

from storage.db import Database
from storage.tokens import RETENTION, TokenRow, TokenStore
from tests.conftest import FakeClock


def _row(name: str, at: datetime, **more: datetime | None) -> TokenRow:
    return TokenRow(
        id=name, secret_hash=b"\x00\xff", name=name, owner="U1", permissions=["a.b", "c.*"], created_at=at, **more
    )


async def _add(database: Database, *rows: TokenRow) -> None:
    async with database.transaction() as session:
        for row in rows:
            TokenStore().add(session, row)


async def _get(database: Database, token_id: str) -> TokenRow | None:
    async with database.reading() as session:
        return await TokenStore().get(session, token_id)


async def test_a_row_comes_back_as_it_went_in(database: Database, clock: FakeClock) -> None:
    await _add(database, _row("one", clock.now(), expires_at=clock.now() + timedelta(days=1)))
    row = await _get(database, "one")
    assert row is not None
    assert (row.secret_hash, row.permissions) == (b"\x00\xff", ["a.b", "c.*"])
    assert (row.created_at, row.expires_at) == (clock.now(), clock.now() + timedelta(days=1))
    assert (row.revoked_at, row.last_used_at) == (None, None)


async def test_revoking_again_keeps_the_first_time(database: Database, clock: FakeClock) -> None:
    await _add(database, _row("one", clock.now()))
    first = clock.now()
    for _ in range(2):
        async with database.transaction() as session:
            row = await TokenStore().revoke(session, "one", clock.now())
        assert row is not None
        assert row.revoked_at == first
        clock.advance(60)
    async with database.transaction() as session:
        assert await TokenStore().revoke(session, "none", clock.now()) is None


async def test_the_last_use_never_moves_back(database: Database, clock: FakeClock) -> None:
    await _add(database, _row("one", clock.now()))
    later = clock.now() + timedelta(minutes=1)
    for at in (later, clock.now()):
        async with database.transaction() as session:
            await TokenStore().used(session, "one", at)
    row = await _get(database, "one")
    assert row is not None
    assert row.last_used_at == later


async def test_only_what_ended_long_ago_is_forgotten(database: Database, clock: FakeClock) -> None:
    now = clock.now()
    long_ago, lately = now - RETENTION - timedelta(days=1), now - timedelta(days=1)
    await _add(
        database,
        _row("good", long_ago),
        _row("later", long_ago, expires_at=now + timedelta(days=1)),
        _row("revoked-lately", long_ago, revoked_at=lately),
        _row("revoked-long-ago", long_ago, revoked_at=long_ago),
        _row("expired-long-ago", long_ago, expires_at=long_ago),
    )
    async with database.transaction() as session:
        await TokenStore().forget(session, now - RETENTION)
    async with database.reading() as session:
        assert {row.id for row in await TokenStore().all(session)} == {"good", "later", "revoked-lately"}
