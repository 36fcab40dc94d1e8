"""How a token is made and checked: what is kept of it, for how long it is believed, and when no more."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import event, text

from bot.http.tokens import KNOWN_FOR, Tokens, new_token
from bot.kit.errors import Unavailable
from storage.db import Database
from storage.tokens import TokenRow, TokenStore
from tests.conftest import FakeClock


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Desk:
    """Makes and revokes tokens, as the command line does, and counts how often the bot looks."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database, self.clock = database, clock
        self.stopwatch = Stopwatch()
        self.tokens = Tokens(database, clock, self.stopwatch)

    async def make(self, expires: timedelta | None = None) -> str:
        until = self.clock.now() + expires if expires is not None else None
        row, token = new_token("U1", "ci", frozenset({"sandbox.*"}), self.clock.now(), until)
        async with self.database.transaction() as session:
            TokenStore().add(session, row)
        return token

    async def revoke(self, token: str) -> None:
        async with self.database.transaction() as session:
            assert await TokenStore().revoke(session, token.split("_")[1], self.clock.now()) is not None

    async def row(self, token: str) -> TokenRow:
        async with self.database.reading() as session:
            row = await TokenStore().get(session, token.split("_")[1])
        assert row is not None
        return row


@pytest.fixture
def desk(database: Database, clock: FakeClock) -> Desk:
    return Desk(database, clock)


async def test_a_good_token_says_whose_it_is_and_how_far_it_reaches(desk: Desk) -> None:
    token = await desk.make()
    found = await desk.tokens.verify(token)
    assert found is not None
    assert (found.owner, found.permissions, found.id) == ("U1", frozenset({"sandbox.*"}), token.split("_")[1])


async def test_the_secret_is_not_kept(desk: Desk, database: Database) -> None:
    token = await desk.make()
    secret = token.split("_")[2]
    async with database.reading() as session:
        row = (await session.execute(text("SELECT * FROM tokens"))).one()
    assert not any(secret in str(value) or secret.encode() in bytes(str(value), "utf-8") for value in row)
    assert bytes(row.secret_hash) == sha256(secret.encode()).digest()


def test_every_token_is_another_and_long(clock: FakeClock) -> None:
    tokens = {new_token("U1", "ci", frozenset({"*"}), clock.now(), None)[1] for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token.split("_")[2]) == 40 for token in tokens)


async def test_nearly_right_is_wrong(desk: Desk) -> None:
    token = await desk.make()
    other = await desk.make()
    mixed = f"pb_{token.split('_')[1]}_{other.split('_')[2]}"
    for wrong in (
        "",
        "pb_",
        token[:-1],
        token + "a",
        token.upper(),
        token[:-1] + "1",
        mixed,
        f" {token}",
        f"{token}\n",
        "é",
    ):
        assert await desk.tokens.verify(wrong) is None, wrong


async def test_a_known_token_is_not_looked_up_again_for_some_seconds(desk: Desk, database: Database) -> None:
    token = await desk.make()
    looked: list[str] = []
    engine = database._reading.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: looked.append(str(args[2])))
    assert await desk.tokens.verify(token) is not None
    assert await desk.tokens.verify(token) is not None
    assert sum("secret_hash" in statement for statement in looked) == 1
    desk.stopwatch.seconds += KNOWN_FOR + 0.1
    assert await desk.tokens.verify(token) is not None
    assert sum("secret_hash" in statement for statement in looked) == 2


async def test_a_revoked_token_ends_within_seconds_on_every_replica(desk: Desk) -> None:
    token = await desk.make()
    assert await desk.tokens.verify(token) is not None
    await desk.revoke(token)  # by the command line: another process
    desk.stopwatch.seconds += KNOWN_FOR + 0.1
    assert await desk.tokens.verify(token) is None
    assert await desk.tokens.verify(token) is None
    assert KNOWN_FOR <= 10


async def test_a_token_ends_when_it_expires_also_while_it_is_known(desk: Desk, clock: FakeClock) -> None:
    token = await desk.make(timedelta(hours=1))
    assert await desk.tokens.verify(token) is not None
    clock.advance(timedelta(hours=1))
    assert await desk.tokens.verify(token) is None


async def test_its_last_use_is_noted_now_and_then(desk: Desk, clock: FakeClock) -> None:
    token = await desk.make()
    assert (await desk.row(token)).last_used_at is None
    await desk.tokens.verify(token)
    first = (await desk.row(token)).last_used_at
    assert first == clock.now()
    clock.advance(timedelta(minutes=1))
    desk.stopwatch.seconds += 60
    await desk.tokens.verify(token)
    assert (await desk.row(token)).last_used_at == first
    clock.advance(timedelta(minutes=11))
    desk.stopwatch.seconds += 660
    await desk.tokens.verify(token)
    assert (await desk.row(token)).last_used_at == clock.now()


async def test_no_more_tokens_are_kept_in_mind_than_may(desk: Desk) -> None:
    small = Tokens(desk.database, desk.clock, desk.stopwatch, bound=2)
    tokens = [await desk.make() for _ in range(3)]
    for token in tokens:
        assert await small.verify(token) is not None
    for token in tokens:
        await desk.revoke(token)
    # The oldest was dropped from memory, so it is looked up at once; the others are believed a little longer.
    assert [await small.verify(token) is not None for token in tokens] == [False, True, True]


async def test_when_the_database_cannot_say_nobody_is_turned_away_as_unknown(desk: Desk, database: Database) -> None:
    token = await desk.make()

    def broken(*_args: object) -> None:
        raise Unavailable("the database", "it is away")

    event.listen(database._reading.sync_engine, "before_cursor_execute", broken)
    with pytest.raises(Unavailable):
        await desk.tokens.verify(token)
