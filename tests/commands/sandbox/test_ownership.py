"""Whose a sandbox is: its owner, whoever may for its team, whoever may for all; and what becomes of it when its owner leaves."""

from typing import cast

import pytest

from bot.kit.access import AccessSettings
from bot.kit.call import Call, Principal, Surface
from bot.kit.errors import NotFound, Refused
from bot.kit.roles import Person, Rules
from commands.sandbox.ports import Cluster
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import CreateArguments, SandboxDetails
from integrations.usage import Usage
from storage.audit import AuditReader, AuditStore, Search
from storage.audit_chain import Keyring
from storage.db import Database
from storage.messages import MessageStore
from storage.sandboxes import SandboxState
from tests.conftest import FakeClock

SETTINGS = AccessSettings.model_validate(
    {
        "everyone": [],
        "roles": {"looker": ["sandbox.show", "sandbox.list"]},
        "teams": {
            "pay": {"users": ["U0ADA", "U0GRACE"], "lead": "U0GRACE", "channel": "C0PAY"},
            "core": {"users": ["U0LINUS"], "lead": "U0LINUS"},
            "solo": {"users": ["U0SOLO"]},
        },
        "grants": [
            {"roles": ["developer"], "to": {"teams": ["pay", "core", "solo"]}},
            {"roles": ["admin"], "to": {"users": ["U0ADMIN"]}, "teams": "all"},
            {"roles": ["developer"], "to": {"users": ["U0HELPER"]}, "teams": ["pay"]},
            {"roles": ["looker"], "to": {"users": ["U0LOOKER"]}, "teams": "all"},
        ],
    }
)
RULES = Rules(SETTINGS)


def who(user_id: str) -> Principal:
    return RULES.principal(Person(user_id, user_id[2:].lower(), "UTC", full_member=True))


class People:
    """Everybody is known."""

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal:
        return who(user_id)


class Desk:
    """Calls the service as somebody."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database, self.clock = database, clock
        messages = MessageStore(clock)
        cluster = cast(Cluster, object())  # nothing here reaches it
        audit = AuditStore(Keyring.of("audit"))
        self.service = SandboxService(
            database, clock, cluster, messages, SandboxSettings(), RULES, audit, People(), Usage(None)
        )
        self._number = 0

    def call(self, user_id: str) -> Call:
        self._number += 1
        return Call(f"c{self._number}", "sandbox.delete", who(user_id), Surface.SLASH, self.clock.now())

    async def create(self, user_id: str, name: str) -> SandboxDetails:
        return await self.service.creating.create(self.call(user_id), CreateArguments(name=name))

    async def delete(self, user_id: str, name: str) -> SandboxDetails:
        return await self.service.life.delete(self.call(user_id), name)

    async def listed(self, user_id: str, *, everyone: bool) -> set[str]:
        found = await self.service.looking.list(self.call(user_id), everyone=everyone)
        return {each.name for each in found.sandboxes}

    async def message(self, key: str) -> str | None:
        """Where the message of this key goes."""
        async with self.database.reading() as session:
            row = await MessageStore(self.clock).find(session, key)
        return row.lane if row else None


@pytest.fixture
def desk(database: Database, clock: FakeClock) -> Desk:
    return Desk(database, clock)


@pytest.mark.parametrize("deleter", ["U0ADA", "U0GRACE", "U0ADMIN", "U0HELPER"])
async def test_its_owner_its_team_and_whoever_may_for_it_or_for_all_delete_a_sandbox(desk: Desk, deleter: str) -> None:
    await desk.create("U0ADA", "checkout")
    assert (await desk.delete(deleter, "checkout")).state is SandboxState.DELETING


async def test_another_team_neither_finds_nor_deletes_it(desk: Desk) -> None:
    await desk.create("U0ADA", "checkout")
    with pytest.raises(NotFound):
        await desk.delete("U0LINUS", "checkout")
    assert await desk.listed("U0LINUS", everyone=True) == set()


async def test_who_may_only_see_it_is_told_what_deleting_needs_and_whom_to_ask(desk: Desk) -> None:
    await desk.create("U0ADA", "checkout")
    assert (await desk.service.seeing.show(desk.call("U0LOOKER"), "checkout")).name == "checkout"
    with pytest.raises(Refused, match=r"team pay: deleting it needs the permission sandbox\.delete.*U0ADMIN") as told:
        await desk.delete("U0LOOKER", "checkout")
    assert told.value.whom == ("U0ADMIN",)
    with pytest.raises(Refused):
        await desk.service.life.plan_delete(desk.call("U0LOOKER"), "checkout")


async def test_an_owner_who_has_changed_teams_keeps_what_is_theirs(desk: Desk) -> None:
    await desk.create("U0HELPER", "helped")
    assert (await desk.service.seeing.show(desk.call("U0ADA"), "helped")).team == "pay"
    assert (await desk.delete("U0HELPER", "helped")).state is SandboxState.DELETING


async def test_a_sandbox_is_made_for_a_team_for_which_its_owner_may(desk: Desk) -> None:
    assert (await desk.create("U0HELPER", "helped")).team == "pay"
    assert (await desk.create("U0LINUS", "kernel")).team == "core"


async def test_lists_show_mine_or_all_that_i_may_list(desk: Desk) -> None:
    for owner, name in (("U0ADA", "one"), ("U0GRACE", "two"), ("U0LINUS", "three")):
        await desk.create(owner, name)
    assert await desk.listed("U0ADA", everyone=False) == {"one"}
    assert await desk.listed("U0ADA", everyone=True) == {"one", "two"}
    assert await desk.listed("U0LOOKER", everyone=True) == {"one", "two", "three"}
    assert await desk.listed("U0LOOKER", everyone=False) == set()


async def test_of_two_with_one_name_the_nearer_is_meant(desk: Desk) -> None:
    await desk.create("U0ADA", "checkout")
    mine = await desk.create("U0LINUS", "checkout")
    assert (await desk.service.seeing.show(desk.call("U0LINUS"), "checkout")).id == mine.id
    with pytest.raises(Exception, match="Several teams have a sandbox"):
        await desk.delete("U0ADMIN", "checkout")


async def test_a_leavers_sandboxes_go_to_their_team_which_is_told_and_keeps_its_rights(desk: Desk) -> None:
    made = await desk.create("U0ADA", "checkout")
    await desk.service.life.leave_to_team("U0ADA", "Ada")
    await desk.service.life.leave_to_team("U0ADA", "Ada")  # events come at least once
    now = await desk.service.looking.details_of(made.id)
    assert now is not None
    assert (now.owner, now.owner_name, now.former_owner, now.team) == ("", "team pay", "Ada", "pay")
    assert await desk.message(f"sandbox:{made.id}:team-card") == "channel:C0PAY"
    assert await desk.listed("U0ADA", everyone=False) == set()
    assert list(await desk.service.looking.owners()) == []
    assert (await desk.delete("U0GRACE", "checkout")).state is SandboxState.DELETING


async def test_without_a_channel_the_teams_lead_is_told_and_without_a_lead_nobody(desk: Desk) -> None:
    kernel, alone = await desk.create("U0LINUS", "kernel"), await desk.create("U0SOLO", "alone")
    assert set(await desk.service.looking.owners()) == {"U0LINUS", "U0SOLO"}
    await desk.service.life.leave_to_team("U0LINUS", "Linus")
    await desk.service.life.leave_to_team("U0SOLO", "Solo")
    assert await desk.message(f"sandbox:{kernel.id}:team-card") == "person:U0LINUS"
    assert await desk.message(f"sandbox:{alone.id}:team-card") is None


async def test_what_is_gone_already_is_nobodys_inheritance(desk: Desk) -> None:
    made = await desk.create("U0ADA", "checkout")
    async with desk.database.transaction() as session:
        row = await desk.service.books.sandboxes.lock(session, made.id)
        assert row is not None
        row.state, row.wanted = SandboxState.DELETED, False
    await desk.service.life.leave_to_team("U0ADA", "Ada")
    now = await desk.service.looking.details_of(made.id)
    assert now is not None
    assert now.owner == "U0ADA"


async def test_the_audit_trail_says_who_made_and_deleted_it_once_and_to_whom_it_was_left(desk: Desk) -> None:
    kept, gone = await desk.create("U0ADA", "kept"), await desk.create("U0ADA", "gone")
    await desk.delete("U0GRACE", "gone")
    await desk.delete("U0GRACE", "gone")
    await desk.service.life.leave_to_team("U0ADA", "ada")
    async with desk.database.reading() as session:
        of_gone = await AuditReader().find(session, Search(object=f"sandbox:{gone.id}"), 10, oldest_first=True)
        of_kept = await AuditReader().find(session, Search(object=f"sandbox:{kept.id}"), 10, oldest_first=True)
    assert [(row.action, row.actor) for row in of_gone[:2]] == [
        ("sandbox.created", "U0ADA"),
        ("sandbox.deleted", "U0GRACE"),
    ]
    assert of_gone[1].before == '{"state":"requested","wanted":true}'
    assert of_gone[1].after == '{"state":"deleting","wanted":false}'
    assert [row.action for row in of_gone].count("sandbox.deleted") == 1
    assert [(row.action, row.actor, row.before) for row in of_kept[1:]] == [
        ("sandbox.left_to_team", "system", '{"owner":"U0ADA"}')
    ]
