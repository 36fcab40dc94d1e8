"""`platform-bot audit …`: verifies and exports the audit trail, beside a running bot. Parses no words and changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TextIO, TypeVar

from bot.audit import keyring
from bot.config import Settings
from bot.kit.clock import SystemClock
from bot.kit.errors import UserError
from bot.kit.fields import Context, read_moment
from bot.kit.units import parse_duration
from storage.audit import AuditReader, Search, as_line
from storage.audit_chain import Head
from storage.audit_verify import Verdict, Verification
from storage.db import Database
from storage.migrate import pending

Known = TypeVar("Known")

_PAGE = 500


def verify(settings: Settings, anchors: Sequence[str]) -> tuple[bool, str]:
    """Whether the trail holds, and what to say of it. Raises UserError for what is no anchor."""
    keys = keyring(settings.secrets)
    try:
        given = [Head.parse(anchor) for anchor in anchors]
    except ValueError as error:
        raise UserError(f"--anchor {error}.") from error

    async def look(db: Database) -> Verdict:
        return await Verification(db, keys, given).run()

    found = _with_database(settings.database_url, look)
    if found.problem is not None:
        return False, f"The audit trail does not hold: {found.problem}."
    return True, "\n".join(
        [_whole(found), *(_too_old(anchor, found) for anchor in given if anchor.sequence < found.purged)]
    )


def export(settings: Settings, out: TextIO, *, since: str | None, until: str | None) -> int:
    """Writes one line of JSON per entry, oldest first, a page at a time; gives how many. Raises UserError for what is no
    time."""
    wanted = Search(since=_moment("--since", since), until=_moment("--until", until))

    async def write(db: Database) -> int:
        count, reader, last = 0, AuditReader(), 0
        while True:
            page = Search(since=wanted.since, until=wanted.until, newer_than=last)
            async with db.reading() as session:
                rows = await reader.find(session, page, _PAGE, oldest_first=True)
            out.writelines(f"{as_line(row)}\n" for row in rows)
            count += len(rows)
            if len(rows) < _PAGE:
                return count
            last = rows[-1].id or last

    return _with_database(settings.database_url, write)


def _whole(found: Verdict) -> str:
    waiting = f", {found.waiting} about to be sealed" if found.waiting else ""
    purged = f" (up to {found.purged} deleted because of their age)" if found.purged else ""
    return f"The audit trail holds: {found.entries} entries{purged}{waiting}. Anchor: {found.head}"


def _too_old(anchor: Head, found: Verdict) -> str:
    return f"The anchor at {anchor.sequence} says nothing any more: entries up to {found.purged} are deleted."


def _moment(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    now = SystemClock().now()
    try:
        return now - parse_duration(text)
    except ValueError:
        found = read_moment(text, Context("UTC", now))
    if found is None:
        raise UserError(
            f"{option} must be a time such as 2026-12-01 or 2026-12-01T14:00Z, or how long ago, such as 7d."
        )
    return found


def _with_database(url: str, work: Callable[[Database], Awaitable[Known]]) -> Known:
    async def run() -> Known:
        db = await Database.open(url)
        try:
            if await pending(db):
                raise UserError("This database is not at the current schema. Run: platform-bot migrate")
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())
