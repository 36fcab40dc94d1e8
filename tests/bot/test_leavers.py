"""Who owns something and was not asked about for a day is asked about, those known to be gone and all others are not; a leaver's
tokens end."""

from collections.abc import Collection
from datetime import timedelta
from typing import cast

import pytest

from bot.calls.identify import Identity
from bot.http.tokens import new_token
from bot.kit.errors import Unavailable
from bot.leavers import Leavers
from storage.audit import AuditReader, AuditStore, Search
from storage.audit_chain import Keyring
from storage.db import Database
from storage.people import PersonRow, PersonStore
from storage.tokens import TokenStore
from tests.conftest import FakeClock


class Asked:
    """In place of the identity: notes about whom Slack would be asked; after `answers` of them it does not answer any more."""

    def __init__(self) -> None:
        self.about: list[str] = []
        self.answers = 100

    async def look_again(self, user_id: str) -> None:
        if len(self.about) >= self.answers:
            raise Unavailable("Slack", "no answer")
        self.about.append(user_id)


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def leavers(database: Database, clock: FakeClock, asked: Asked) -> Leavers:
    async def owners_of_sandboxes() -> Collection[str]:
        return ["UOLD", "UNEW", "UGONE", "USTRANGER", "UTOKEN"]

    audit = AuditStore(Keyring.of("x" * 40))
    return Leavers(database, clock, audit, cast(Identity, asked), [owners_of_sandboxes], pause=0.0)


async def _know(db: Database, clock: FakeClock, user_id: str, hours_ago: int, *, gone: bool = False) -> None:
    learnt = clock.now() - timedelta(hours=hours_ago)
    row = PersonRow(user_id=user_id, name=user_id, zone="UTC", full_member=not gone, gone=gone, learnt_at=learnt)
    async with db.transaction() as session:
        await PersonStore().save(session, row)


async def _token(db: Database, clock: FakeClock, owner: str) -> None:
    row, _ = new_token(owner, "ci", frozenset({"*"}), clock.now(), None)
    async with db.transaction() as session:
        TokenStore().add(session, row)


async def test_owners_are_asked_about_once_a_day_strangers_first_and_nobody_else(
    database: Database, clock: FakeClock, leavers: Leavers, asked: Asked
) -> None:
    for user_id, hours, gone in (("UOLD", 30, False), ("UNEW", 2, False), ("UGONE", 50, True), ("UNOTHING", 90, False)):
        await _know(database, clock, user_id, hours, gone=gone)
    await _know(database, clock, "UTOKEN", 21)
    await _token(database, clock, "UTOKEN")
    await _know(database, clock, "UPROGRAM", 40)
    await _token(database, clock, "UPROGRAM")
    await leavers.look_for()
    assert asked.about == ["USTRANGER", "UPROGRAM", "UOLD", "UTOKEN"]


async def test_when_slack_does_not_answer_the_rest_waits_for_tomorrow(leavers: Leavers, asked: Asked) -> None:
    asked.answers = 2
    await leavers.look_for()
    assert len(asked.about) == 2


async def test_a_leavers_tokens_end_nobody_elses_and_the_trail_says_why(
    database: Database, clock: FakeClock, leavers: Leavers
) -> None:
    for owner in ("UGONE", "UGONE", "UNEW"):
        await _token(database, clock, owner)
    for _ in range(2):  # the same departure may be told again
        await leavers.end_tokens("UGONE")
    async with database.reading() as session:
        assert list(await TokenStore().owners(session, clock.now())) == ["UNEW"]
        rows = [row async for row in AuditReader().each(session, Search(action="token.revoked"))]
    assert [(row.on_behalf_of, row.note) for row in rows] == [("UGONE", "its owner left")] * 2
