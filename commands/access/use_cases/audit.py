"""Searching the audit trail, and handing it out as a file. Writes nothing but that it was handed out."""

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.arguments import typed
from bot.kit.call import Call
from bot.kit.clock import Clock
from bot.kit.errors import FieldErrors, UserError
from commands.access.values.audit import AuditArguments, AuditLine, AuditPage
from storage.audit import AuditEntry, AuditRow, AuditStore, Search, as_line, decoded
from storage.db import Database
from storage.messages import MAX_FILE_BYTES, Attachment, MessageStore, Person

_PAGE = 15  # entries; Slack allows 50 blocks
_STEP = 500  # entries read at a time for a file


class AuditTrail:
    def __init__(self, db: Database, clock: Clock, audit: AuditStore, messages: MessageStore) -> None:
        self._db = db
        self._clock = clock
        self._audit = audit
        self._messages = messages

    async def search(self, call: Call, arguments: AuditArguments) -> AuditPage:
        """Raises FieldErrors for a window that ends before it begins, UserError when a file would be larger than 1 MB."""
        wanted = self._wanted(call, arguments)
        if wanted.since and wanted.until and wanted.since >= wanted.until:
            raise FieldErrors({"until": "must be after the beginning"})
        searched = {name: typed(value) for name, value in arguments if name in arguments.model_fields_set and value}
        for name in ("older_than", "export"):
            searched.pop(name, None)
        if arguments.export:
            count = await self._export(call, wanted, searched)
            return AuditPage(entries=(), older=None, searched=searched, exported=count)
        async with self._db.reading() as session:
            rows = await self._audit.find(session, wanted, _PAGE + 1)
        shown = rows[:_PAGE]
        older = shown[-1].id if len(rows) > _PAGE else None
        return AuditPage(entries=tuple(map(_line, shown)), older=older, searched=searched)

    def _wanted(self, call: Call, arguments: AuditArguments) -> Search:
        beginnings = [arguments.since, call.at - arguments.last if arguments.last else None]
        return Search(
            person=arguments.person,
            object=arguments.object,
            action=arguments.action,
            call=arguments.call,
            since=max((each for each in beginnings if each), default=None),
            until=arguments.until,
            text=arguments.text,
            older_than=arguments.older_than,
        )

    async def _export(self, call: Call, wanted: Search, searched: dict[str, str]) -> int:
        lines: list[bytes] = []
        size = 0
        async with self._db.reading() as session:
            async for row in self._audit.each(session, wanted, _STEP):
                lines.append(f"{as_line(row)}\n".encode())
                size += len(lines[-1])
                if size > MAX_FILE_BYTES:
                    raise UserError(
                        "That is more than fits into a file here (1 MB). Narrow it down, or let somebody at the server "
                        "run: platform-bot audit export --since 2026-01-01 > audit.jsonl"
                    )
        if not lines:
            return 0
        file = Attachment(f"audit-{call.at:%Y-%m-%d-%H%M}.jsonl", "Audit entries", b"".join(lines))
        async with self._db.transaction() as session:
            await self._hand_out(session, call, file, len(lines), searched)
        return len(lines)

    async def _hand_out(
        self, session: AsyncSession, call: Call, file: Attachment, count: int, searched: dict[str, str]
    ) -> None:
        user = call.principal.user_id
        body = {"text": f"{count} audit entries, newest first: one JSON object a line."}
        await self._messages.post(session, key=f"audit:{call.ref}:export", to=Person(user), body=body, file=file)
        entry = AuditEntry.of(call, "audit.exported", at=self._clock.now(), after={"entries": count, **searched})
        await self._audit.write(session, entry)


def _line(row: AuditRow) -> AuditLine:
    assert row.id is not None, "it was read from the database"
    return AuditLine(
        id=row.id,
        at=row.at,
        action=row.action,
        object=row.object,
        actor=row.actor,
        on_behalf_of=row.on_behalf_of,
        surface=row.surface,
        channel=row.channel,
        call=row.call,
        before=_mapping(row.before),
        after=_mapping(row.after),
        note=row.note,
        sequence=row.sequence,
    )


def _mapping(stored: str | None) -> dict[str, Any] | None:
    found = decoded(stored)
    return found if found is None or isinstance(found, dict) else {"?": json.dumps(found)}
