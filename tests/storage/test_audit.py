"""The audit trail under attack: whatever somebody does to it by SQL is found, and the row is named."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.kit.errors import Unavailable
from storage.audit import STAMPED, AuditEntry, Search, as_line
from storage.audit_chain import Head, Key, Keyring
from storage.audit_seals import _SEAL, ChainMoved
from storage.audit_verify import Verdict
from storage.db import Database
from tests.storage.audit_trail import AT, SECRET, Trail


@pytest.fixture
async def trail(database: Database) -> Trail:
    """Ten entries, sealed and anchored."""
    trail = Trail(database)
    await trail.write(10, on_behalf_of="U77", surface="slash", channel="C1", thread_ts="1.5", call="c-abc")
    await trail.seal()
    await trail.anchor()
    return trail


def _problem(verdict: Verdict) -> str:
    assert verdict.problem is not None, verdict
    return verdict.problem


async def test_a_trail_that_nobody_touched_is_whole(trail: Trail) -> None:
    verdict = await trail.verify()
    assert verdict.problem is None
    assert (verdict.entries, verdict.head.sequence, verdict.waiting) == (10, 10, 0)


async def test_an_empty_trail_is_whole(database: Database) -> None:
    assert await Trail(database).verify() == Verdict(Head(0, "0" * 64))


_TIMES = ("at", "created_at")
_EDITS = {
    **{name: "'changed'" for name in STAMPED if name not in _TIMES},
    **dict.fromkeys(_TIMES, "'2020-01-01 00:00:00.000000'"),
    "before": """'{"state":"none" }'""",  # the same, spelt otherwise
    "stamp": "'changed'",
    "seal_key_id": "'changed'",
    "mac": "'changed'",
    "id": "1000",
}


async def _found_and_undone(trail: Trail, edits: Mapping[str, str]) -> None:
    """Makes each edit of entry 5, sees it found there, and takes it back."""
    await trail.tamper("CREATE TABLE kept AS SELECT * FROM audit")
    for column, value in edits.items():
        await trail.tamper(f"UPDATE audit SET {column} = {value} WHERE sequence = 5")
        assert "entry 5 (id " in _problem(await trail.verify()), column
        await trail.tamper(
            f"UPDATE audit SET {column} = (SELECT {column} FROM kept WHERE sequence = 5) WHERE sequence = 5"
        )
        assert (await trail.verify()).problem is None, column


async def test_an_edit_of_any_column_is_found_and_named(trail: Trail) -> None:
    await _found_and_undone(trail, _EDITS)


async def test_emptying_a_column_is_found(trail: Trail) -> None:
    filled = ("object", "on_behalf_of", "surface", "channel", "thread_ts", "call", "before", "after")
    await _found_and_undone(trail, dict.fromkeys(filled, "NULL"))


async def test_every_column_of_the_table_is_covered(trail: Trail) -> None:
    async with trail.db.reading() as session:
        names = (await session.execute(text("SELECT * FROM audit WHERE 1 = 0"))).keys()
    assert set(names) == {*_EDITS, "sequence"}


async def test_a_row_deleted_from_the_middle_is_found(trail: Trail) -> None:
    await trail.tamper("DELETE FROM audit WHERE sequence = 5")
    assert _problem(await trail.verify()).startswith("entry 5 is missing before entry 6 (id 6")


async def test_rows_deleted_from_the_beginning_are_found(trail: Trail) -> None:
    await trail.tamper("DELETE FROM audit WHERE sequence <= 3")
    assert _problem(await trail.verify()).startswith("entries 1 to 3 are missing before entry 4")


async def test_a_deleted_tail_is_found_by_the_stored_anchor(trail: Trail) -> None:
    await trail.tamper("DELETE FROM audit WHERE sequence > 8")
    assert "entries 9 to 10 are missing" in _problem(await trail.verify())


async def test_a_deleted_tail_is_found_by_an_anchor_from_the_log_when_those_stored_are_gone_too(trail: Trail) -> None:
    head = await trail.anchor()
    await trail.tamper("DELETE FROM audit WHERE sequence > 8")
    await trail.tamper("DELETE FROM audit_anchors")
    assert (await trail.verify()).problem is None, "nothing in the database tells"
    assert "entries 9 to 10 are missing" in _problem(await trail.verify(head))


async def test_emptying_the_whole_table_is_found(trail: Trail) -> None:
    await trail.tamper("DELETE FROM audit")
    assert "entries 1 to 10 are missing" in _problem(await trail.verify())


async def test_a_chain_made_anew_with_another_key_does_not_meet_the_anchor(trail: Trail) -> None:
    forged = Keyring.of("somebody else's key, as long as ours")
    await trail.tamper("DELETE FROM audit")
    forger = Trail(trail.db, forged)
    await forger.write(10)
    await forger.seal()
    assert "is not given" in _problem(await trail.verify())
    assert "not the one of the anchor at 10" in _problem(await trail.verify(keys=forged))


async def test_an_anchor_that_was_edited_is_found(trail: Trail) -> None:
    await trail.tamper("UPDATE audit_anchors SET mac = :mac", mac="f" * 64)
    assert "entry 10" in _problem(await trail.verify())


async def test_an_anchor_of_the_log_that_differs_from_the_stored_one_is_found(trail: Trail) -> None:
    assert "two anchors at 10 differ" in _problem(await trail.verify(Head(10, "f" * 64)))


async def test_two_rows_that_changed_places_are_found(trail: Trail) -> None:
    for old, new in ((4, -1), (5, 4), (-1, 5)):
        await trail.tamper("UPDATE audit SET sequence = :new WHERE sequence = :old", old=old, new=new)
    assert "entry 4 (id 5" in _problem(await trail.verify())


async def test_rows_numbered_anew_over_a_hole_are_found(trail: Trail) -> None:
    await trail.tamper("DELETE FROM audit WHERE sequence = 5")
    for number in range(6, 11):
        await trail.tamper("UPDATE audit SET sequence = :new WHERE sequence = :old", old=number, new=number - 1)
    assert "entry 5 (id 6" in _problem(await trail.verify())


_COPY = (
    "INSERT INTO audit (at, action, object, actor, note, key_id, nonce, stamp, sequence, seal_key_id, mac) "
    "SELECT at, action, object, actor, note, key_id, nonce, :stamp, :sequence, seal_key_id, mac FROM audit WHERE sequence = 5"
)


@pytest.mark.parametrize("sequence", [11, 0, -7, 1000])
async def test_a_row_put_in_with_a_number_is_found(trail: Trail, sequence: int) -> None:
    await trail.tamper(_COPY, stamp="f" * 64, sequence=sequence)
    assert _problem(await trail.verify())


async def test_a_row_put_in_without_a_number_is_found_before_and_after_it_was_sealed(trail: Trail) -> None:
    await trail.tamper(_COPY, stamp="f" * 64, sequence=None)
    assert "not written by the bot" in _problem(await trail.verify())
    await trail.seal()
    assert "entry 11 (id 11" in _problem(await trail.verify())


async def test_an_edit_between_commit_and_seal_is_found(trail: Trail) -> None:
    await trail.write()
    await trail.tamper("UPDATE audit SET actor = 'U99' WHERE sequence IS NULL")
    await trail.seal()
    assert "its stamp does not fit" in _problem(await trail.verify())


async def test_a_number_given_twice_is_found_even_where_two_pages_meet(trail: Trail) -> None:
    if trail.db.dialect == "sqlite":
        pytest.skip("a UNIQUE column of SQLite cannot be made otherwise without rebuilding the table")
    await trail.tamper("ALTER TABLE audit DROP CONSTRAINT audit_sequence_key")
    await trail.tamper(_COPY, stamp="f" * 64, sequence=4)
    assert "number 4 is there twice" in _problem(await trail.verify(page=4))


async def test_a_copy_of_a_true_entry_is_refused_by_the_table_and_found_where_that_was_changed(trail: Trail) -> None:
    copy = _COPY.replace(":stamp", "stamp")
    with pytest.raises(IntegrityError):
        await trail.tamper(copy, sequence=None)
    if trail.db.dialect == "sqlite":
        return  # a UNIQUE column cannot be made otherwise there without rebuilding the table
    await trail.tamper("ALTER TABLE audit DROP CONSTRAINT audit_stamp_key")
    every = "on_behalf_of, surface, channel, thread_ts, call, before, after, note"
    await trail.tamper(copy.replace("note", every), sequence=None)
    assert "sandbox.created): its stamp is there twice" in _problem(await trail.verify())
    await trail.seal()
    assert "its stamp is there twice" in _problem(await trail.verify())


async def test_what_is_no_number_at_all_is_found(trail: Trail) -> None:
    if trail.db.dialect == "postgresql":
        pytest.skip("PostgreSQL keeps only numbers there")
    await trail.tamper("UPDATE audit SET sequence = 'none' WHERE sequence = 10")
    assert "its number is none" in _problem(await trail.verify())
    await trail.tamper("UPDATE audit SET sequence = 10, actor = x'00ff' WHERE sequence = 'none'")
    assert "entry 10" in _problem(await trail.verify())


async def test_a_row_that_waits_for_its_seal_for_too_long_is_found(trail: Trail) -> None:
    await trail.write()
    verdict = await trail.verify()
    assert (verdict.problem, verdict.waiting) == (None, 1)
    old = {"sqlite": "'2026-01-01 00:00:00.000000'", "postgresql": "'2026-01-01T00:00:00Z'"}[trail.db.dialect]
    await trail.tamper(f"UPDATE audit SET created_at = {old} WHERE sequence IS NULL")
    assert "(id 11, sandbox.created): it has waited for its seal" in _problem(await trail.verify())


async def test_taking_a_seal_away_is_found(trail: Trail) -> None:
    await trail.tamper("UPDATE audit SET sequence = NULL, mac = NULL WHERE sequence = 10")
    assert "entries 10 to 10 are missing" in _problem(await trail.verify())


async def test_a_new_key_goes_on_with_the_chain_and_the_old_one_verifies_what_is_older(trail: Trail) -> None:
    rotated = Keyring.of("a new key, which is also long enough", SECRET)
    later = Trail(trail.db, rotated)
    await later.write(3)
    await later.seal()
    verdict = await later.verify()
    assert (verdict.problem, verdict.entries) == (None, 13)
    alone = Keyring.of("a new key, which is also long enough")
    assert "entry 1 (id 1, sandbox.created): it was made with the key" in _problem(await trail.verify(keys=alone))
    assert "PLATFORM_AUDIT_KEY_PREVIOUS" in _problem(await trail.verify())


async def test_entries_that_are_old_enough_go_and_the_rest_still_verifies(trail: Trail) -> None:
    await trail.write(5)
    await trail.seal()
    soon = AT + timedelta(days=36_500)
    assert await trail.seals.purge(trail.audit, before=soon, at=AT, limit=4) == 4
    assert await trail.seals.purge(trail.audit, before=soon, at=AT, limit=100) == 6, "no further than the last anchor"
    assert await trail.seals.purge(trail.audit, before=soon, at=AT, limit=100) == 0
    assert (await trail.verify()).problem is None, "also while the entry of it waits for its seal"
    await trail.seal()
    verdict = await trail.verify()
    assert (verdict.problem, verdict.purged, verdict.entries, verdict.head.sequence) == (None, 10, 7, 17)


async def test_entries_that_are_not_old_enough_stay(trail: Trail) -> None:
    assert await trail.seals.purge(trail.audit, before=AT, at=AT, limit=100) == 0
    assert (await trail.verify()).entries == 10


async def test_deleting_more_than_was_purged_is_found(trail: Trail) -> None:
    await trail.write(5)
    await trail.seal()
    await trail.seals.purge(trail.audit, before=AT + timedelta(days=36_500), at=AT, limit=4)
    await trail.seal()
    await trail.tamper("DELETE FROM audit WHERE sequence <= 6")
    assert "entries 5 to 6 are missing" in _problem(await trail.verify())


async def test_claiming_that_entries_were_purged_is_found(trail: Trail) -> None:
    async with trail.db.reading() as session:
        mac = await trail.seals.mac_of(session, 4)
    await trail.tamper("DELETE FROM audit WHERE sequence <= 4")
    await trail.tamper(_COPY, stamp="f" * 64, sequence=None)
    claim = f'{{"sequence":4,"mac":"{mac}","entries":4}}'
    await trail.tamper("UPDATE audit SET action = 'audit.purged', after = :claim WHERE sequence IS NULL", claim=claim)
    assert "not written by the bot" in _problem(await trail.verify())


async def test_a_row_put_back_among_those_that_were_purged_is_found(trail: Trail) -> None:
    await trail.seals.purge(trail.audit, before=AT + timedelta(days=36_500), at=AT, limit=4)
    await trail.seal()
    await trail.tamper(_COPY, stamp="f" * 64, sequence=2)
    assert "entry 2 (id " in _problem(await trail.verify())


# --- many at once ---------------------------------------------------------------------------------------------------


async def test_a_hundred_writers_and_two_sealers_leave_one_unbroken_chain(database: Database) -> None:
    one, other = Trail(database, holder="one"), Trail(database, holder="other")
    written = asyncio.Event()

    async def sealed_all_there_was(trail: Trail) -> bool:
        lease = await trail.leases.acquire("audit", trail.holder, timedelta(seconds=0.05))
        if lease is None:
            return False
        async with database.reading() as session:
            head = await trail.seals.head(session)
        if rows := await trail.seals.unsealed(7):
            await trail.seals.seal(lease, rows, head, head)
        return not rows

    async def sealer(trail: Trail) -> None:
        while True:
            last = written.is_set()
            with contextlib.suppress(ChainMoved, Unavailable):  # Unavailable: the writers have every connection
                if await sealed_all_there_was(trail) and last:
                    return
            await asyncio.sleep(0.001)

    sealing = [asyncio.create_task(sealer(each)) for each in (one, other)]
    await asyncio.gather(*(one.write(3) for _ in range(100)))
    written.set()
    await asyncio.gather(*sealing)
    verdict = await one.verify(page=100)
    assert (verdict.problem, verdict.entries, verdict.waiting) == (None, 300, 0)


async def test_whoever_lost_the_lease_seals_nothing(trail: Trail) -> None:
    lease = await trail.leases.acquire("audit", "test", timedelta(minutes=5))
    assert lease is not None
    await trail.leases.release(lease)
    assert await trail.leases.acquire("audit", "another", timedelta(minutes=5)) is not None
    await trail.write()
    async with trail.db.reading() as session:
        head = await trail.seals.head(session)
    with pytest.raises(ChainMoved):
        await trail.seals.seal(lease, await trail.seals.unsealed(10), head, head)
    assert (await trail.verify()).waiting == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_sealed_is_looked_up_by_id_however_much_waits(database: Database) -> None:
    async with database.reading() as session:
        plan = await session.execute(text(f"EXPLAIN QUERY PLAN {_SEAL['sqlite']}"), {"seals": "[]", "key_id": "k"})
        steps = [str(row.detail) for row in plan]
    assert any("SEARCH audit USING INTEGER PRIMARY KEY" in step for step in steps), steps
    assert not any("ix_audit_unsealed" in step for step in steps), steps


# --- what is written, and found again -------------------------------------------------------------------------------


async def test_nothing_of_a_transaction_that_was_rolled_back_is_in_the_trail(database: Database) -> None:
    trail = Trail(database)
    with contextlib.suppress(RuntimeError):
        async with database.transaction() as session:
            await trail.audit.write(session, AuditEntry(AT, "sandbox.created"))
            raise RuntimeError
    assert await trail.seals.unsealed(10) == []


async def test_whatever_an_entry_tells_is_harmless_and_bounded(database: Database) -> None:
    trail = Trail(database)
    entry = AuditEntry(
        AT,
        "call.done",
        "sandbox:\0x",
        before={"text": "\0 \ud800 <!channel>", "token": "xoxb-" + "1" * 20},
        after={"much": "x" * 1_000_000},
        note="\0\ud800" + "y" * 1_000_000,
    )
    async with database.transaction() as session:
        await trail.audit.write(session, entry)
        await trail.audit.write(session, AuditEntry(AT, "call.done", after={"odd": float("nan"), "set": {1}}))
    await trail.seal()
    assert (await trail.verify()).problem is None
    async with database.reading() as session:
        odd, row = await trail.audit.find(session, Search(), 10)
    assert row.object == "sandbox:x"
    assert "1" * 20 not in (row.before or "")
    assert "<!channel>" in (row.before or "")
    assert len(row.after or "") < 100
    assert len(row.note) <= 1_000
    assert odd.after == '{"left out": "ValueError"}'
    assert len(as_line(row).splitlines()) == 1


SEARCHES = {
    "person": (Search(person="U3"), [3]),
    "for whom": (Search(person="U77"), list(range(10))),
    "object": (Search(object="sandbox:4"), [4]),
    "objects": (Search(object="sandbox:*"), list(range(10))),
    "no wildcard": (Search(object="sandbox_4*"), []),
    "action": (Search(action="sandbox.*"), list(range(10))),
    "another action": (Search(action="sandbox.delete*"), []),
    "call": (Search(call="c-abc"), list(range(10))),
    "window": (Search(since=AT + timedelta(minutes=2), until=AT + timedelta(minutes=4)), [2, 3]),
    "text": (Search(text="ENTRY 7"), [7]),
    "changed": (Search(text='"n":8'), [8]),
    "percent": (Search(text="%"), []),
    "older": (Search(older_than=3), [0, 1]),
    "newer": (Search(newer_than=8), [8, 9]),
}


async def test_a_search_finds_what_was_asked_for(trail: Trail) -> None:
    for name, (wanted, expected) in SEARCHES.items():
        async with trail.db.reading() as session:
            found = [row.note async for row in trail.audit.each(session, wanted, 3)]
        assert found == [f"entry {number}" for number in reversed(expected)], name


def test_an_anchor_reads_as_it_is_written() -> None:
    head = Head(12, "ab" * 32)
    assert Head.parse(f" {head} ") == head
    for wrong in ("", "12", "12:ab", "x:" + "a" * 64, "1:" + "A" * 64, "²:" + "a" * 64):
        with pytest.raises(ValueError, match="must be an anchor"):
            Head.parse(wrong)


def test_a_key_id_tells_keys_apart_and_nothing_else() -> None:
    assert Key(SECRET).id == Key(SECRET).id
    assert Key(SECRET).id != Key(SECRET + "2").id
    assert Key(SECRET).stamp(["a", "bc"]) != Key(SECRET).stamp(["ab", "c"])
