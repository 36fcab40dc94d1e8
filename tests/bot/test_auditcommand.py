"""`platform-bot audit …`: exit codes, what is said and which entry is named, also while others write and seal."""

import asyncio
import contextlib
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import auditcommand
from bot.audit import Sealing
from bot.config import AuditSettings, ConfigError, Settings, load_settings
from bot.kit.clock import SystemClock
from bot.kit.errors import UserError
from storage.audit import AuditEntry
from storage.db import Database
from storage.messages import MessageStore
from tests.storage.audit_trail import SECRET, Trail

_ROOT = Path(__file__).parents[2]
_BOUND = 120  # seconds: only what never happens takes so long


class _CommandLine:
    """`environment` is the whole of it. What the commands do is tried in a thread, without a process, where a process of its
    own would tell nothing more."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        config = folder / "platform.yaml"
        config.touch()
        self.environment = {"DATABASE_URL": url, "PLATFORM_AUDIT_KEY": SECRET, "PLATFORM_CONFIG": str(config)}

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment, {})

    async def verify(self, *anchors: object) -> tuple[bool, str]:
        return await asyncio.to_thread(auditcommand.verify, self.settings, [str(each) for each in anchors])

    async def export(self, since: str | None = None, until: str | None = None) -> Sequence[dict[str, object]]:
        out = io.StringIO()

        def export() -> int:
            return auditcommand.export(self.settings, out, since=since, until=until)

        count = await asyncio.to_thread(export)
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        assert len(lines) == count
        return lines

    async def run(self, *words: str) -> tuple[int | None, str, str]:
        """Exit code, standard output and standard error of the program itself."""
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "audit", *words),
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), **self.environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await program.communicate()
        return program.returncode, out.decode(), err.decode()


@pytest.fixture
def command_line(tmp_path: Path, database_url: str) -> _CommandLine:
    return _CommandLine(tmp_path, database_url)


@pytest.fixture
async def trail(database: Database) -> Trail:
    """Ten entries, sealed; anchored at the tenth."""
    trail = Trail(database)
    await trail.write(10)
    await trail.seal()
    await trail.anchor()
    return trail


# --- verify -----------------------------------------------------------------------------------------------------------


async def test_a_whole_trail_gives_exit_code_0_and_where_it_stands(trail: Trail, command_line: _CommandLine) -> None:
    head = await trail.seal()
    said = f"The audit trail holds: 10 entries. Anchor: {head}\n"
    assert await command_line.run("verify", "--anchor", str(head)) == (0, said, "")


async def test_a_broken_trail_gives_exit_code_1_and_the_first_bad_entry_on_standard_error(
    trail: Trail, command_line: _CommandLine
) -> None:
    await trail.tamper("UPDATE audit SET actor = 'U99' WHERE sequence IN (4, 7)")
    code, out, err = await command_line.run("verify")
    assert (code, out) == (1, "")
    assert "entry 4 (id 4, sandbox.created)" in err
    assert "entry 7" not in err


_COPY = (
    "INSERT INTO audit (at, action, object, actor, note, key_id, nonce, stamp, sequence, seal_key_id, mac) "
    "SELECT at, action, object, actor, note, key_id, nonce, 'forged', {sequence}, seal_key_id, mac FROM audit WHERE sequence = 5"
)
TAMPERING = {
    "an edit": (["UPDATE audit SET note = 'nothing happened' WHERE sequence = 4"], "entry 4 (id 4, sandbox.created)"),
    "an insertion with a number": ([_COPY.format(sequence=11)], "entry 11 (id 11, sandbox.created)"),
    "an insertion without one": (
        [_COPY.format(sequence="NULL")],
        "entry without a number (id 11, sandbox.created): ",
    ),
    "a deletion from the middle": (["DELETE FROM audit WHERE sequence = 6"], "entry 6 is missing before entry 7 (id 7"),
    "a deletion before the last anchor": (["DELETE FROM audit WHERE sequence >= 8"], "entries 8 to 10 are missing"),
    "the whole trail gone": (["DELETE FROM audit"], "entries 1 to 10 are missing"),
    "a seal taken away": (
        ["UPDATE audit SET sequence = NULL, mac = NULL, seal_key_id = NULL WHERE sequence = 3"],
        "entry 3 is missing before entry 4 (id 4",
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_tampering_by_sql_is_found_and_the_entry_named(
    trail: Trail, command_line: _CommandLine, how: str
) -> None:
    assert (await command_line.verify())[0]
    statements, named = TAMPERING[how]
    for statement in statements:
        await trail.tamper(statement)
    whole, words = await command_line.verify()
    assert not whole
    assert words.startswith("The audit trail does not hold: ")
    assert named in words


async def test_an_entry_that_has_waited_for_its_seal_for_more_than_ten_seconds_is_named(
    trail: Trail, command_line: _CommandLine
) -> None:
    await trail.write()
    whole, words = await command_line.verify()
    assert ("1 about to be sealed" if whole else "it has waited for its seal") in words  # on a machine that stood still
    old = "'2026-01-01 00:00:00.000000'" if trail.db.dialect == "sqlite" else "'2026-01-01T00:00:00Z'"
    await trail.tamper(f"UPDATE audit SET created_at = {old} WHERE sequence IS NULL")
    whole, words = await command_line.verify()
    assert not whole
    assert "entry without a number (id 11, sandbox.created): it has waited for its seal for more than 10 s" in words


async def test_a_deletion_that_took_the_anchors_along_is_found_with_one_from_outside(
    trail: Trail, command_line: _CommandLine
) -> None:
    head = await trail.seal()
    await trail.tamper("DELETE FROM audit WHERE sequence > 8")
    await trail.tamper("DELETE FROM audit_anchors")
    assert (await command_line.verify())[0], "nothing in the database tells"
    whole, words = await command_line.verify(head)
    assert not whole
    assert "entries 9 to 10 are missing" in words


async def test_an_anchor_from_before_what_was_deleted_for_its_age_is_told_to_say_nothing(
    trail: Trail, command_line: _CommandLine
) -> None:
    now = datetime.now(UTC)
    await trail.write(2)
    early = await trail.seal()
    await trail.write(3)
    await trail.seal()
    await trail.anchor()
    assert await trail.seals.purge(trail.audit, before=now + timedelta(days=1), at=now, limit=13) == 13
    await trail.seal()
    whole, words = await command_line.verify(early)
    assert whole
    assert "up to 13 deleted because of their age" in words
    assert "The anchor at 12 says nothing any more" in words


async def test_the_wrong_key_is_told_from_tampering(trail: Trail, command_line: _CommandLine) -> None:
    command_line.environment["PLATFORM_AUDIT_KEY"] = "another key that is long enough to be one"
    whole, words = await command_line.verify()
    assert not whole
    assert "PLATFORM_AUDIT_KEY_PREVIOUS" in words
    command_line.environment["PLATFORM_AUDIT_KEY_PREVIOUS"] = f"an older one still , {SECRET}"
    assert (await command_line.verify())[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_cannot_be_verified_says_why(tmp_path: Path, command_line: _CommandLine) -> None:
    with pytest.raises(UserError, match="--anchor must be an anchor such as"):
        await command_line.verify("12")
    command_line.environment["DATABASE_URL"] = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    with pytest.raises(UserError, match="platform-bot migrate"):
        await command_line.verify()
    command_line.environment["PLATFORM_AUDIT_KEY"] = "short"
    with pytest.raises(ConfigError, match="at least 32 characters"):
        await command_line.verify()
    del command_line.environment["PLATFORM_AUDIT_KEY"]
    with pytest.raises(ConfigError, match="PLATFORM_AUDIT_KEY or SLACK_BOT_TOKEN"):
        await command_line.verify()


# --- export -----------------------------------------------------------------------------------------------------------


async def test_every_entry_is_printed_oldest_first(trail: Trail, command_line: _CommandLine) -> None:
    await trail.write(600)  # more than a page
    code, out, err = await command_line.run("export")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [line["id"] for line in lines] == list(range(1, 611))
    assert [line["actor"] for line in lines[:3]] == ["U0", "U1", "U2"]
    assert "sequence" in lines[9]
    assert "sequence" not in lines[10], "it is not sealed yet"


async def test_since_and_until_leave_out_what_is_older_and_newer(trail: Trail, command_line: _CommandLine) -> None:
    found = await command_line.export("2026-11-02T09:04Z", "2026-11-02T09:06Z")
    assert [line["note"] for line in found] == ["entry 4", "entry 5"]


async def test_since_may_be_how_long_ago(trail: Trail, command_line: _CommandLine) -> None:
    now = datetime.now(UTC)
    async with trail.db.transaction() as session:
        await trail.audit.write(session, AuditEntry(now - timedelta(days=400), "call.done", note="long ago"))
        await trail.audit.write(session, AuditEntry(now, "call.done", note="just now"))
    notes = [line["note"] for line in await command_line.export("7d")]
    assert "just now" in notes
    assert "long ago" not in notes


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_time_that_is_none_is_told_with_what_would_be_one(command_line: _CommandLine) -> None:
    with pytest.raises(UserError, match="--since must be a time such as"):
        await command_line.export("yesterdayish")
    with pytest.raises(UserError, match="--until must be a time such as"):
        await command_line.export(until="x")


# --- beside a running bot ---------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _at_work(trail: Trail) -> AsyncIterator[None]:
    """A sealer seals and a writer writes, until the end."""
    messages = MessageStore()
    sealing = Sealing(
        trail.db, SystemClock(), trail.keys, trail.audit, messages, trail.holder, AuditSettings(channel="C0AUDIT")
    )

    async def write() -> None:
        while True:
            await trail.write()
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(sealing.run()), asyncio.create_task(write())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_both_work_while_others_write_and_seal(trail: Trail, command_line: _CommandLine) -> None:
    async with _at_work(trail), asyncio.timeout(_BOUND):
        seen: set[int] = set()
        while len(seen) < 3:  # the trail was longer each time
            whole, words = await command_line.verify()
            if "it has waited for its seal" in words:  # rightly, on a machine that stood still
                continue
            assert whole, words
            seen.add(int(words.split()[4]))
            ids = [line["id"] for line in await command_line.export()]
            assert ids == list(range(1, len(ids) + 1))
        await trail.tamper("UPDATE audit SET note = 'nothing happened' WHERE sequence = 4")
        whole, words = await command_line.verify()
    assert not whole
    assert "entry 4 (id 4" in words
