"""A note to owners, once a week: what their sandboxes cost them, and what they saved by sleeping. Written from the price list's
own record, so it says what was spent, not what it would be at today's prices."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

import structlog

from commands.sandbox.rules.prices import saved, spent
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.seeing import Week
from commands.sandbox.views.notes import weekly
from storage.db import Database
from storage.messages import MessageStore, Person, Priority
from storage.sandbox_spans import SandboxSpanRow, SandboxSpanStore

log = structlog.stdlib.get_logger(__name__)

_WEEK: Final = timedelta(days=7)


class Notes:
    def __init__(self, db: Database, messages: MessageStore, settings: SandboxSettings) -> None:
        self._db = db
        self._messages = messages
        self._settings = settings.note
        self._spans = SandboxSpanStore()

    async def send(self, due: datetime) -> None:
        """For the week that ends when it is due. Said again for the same time it is the same message; who had no sandbox that
        cost anything hears nothing."""
        if not self._settings.on:
            return
        start = due - _WEEK
        async with self._db.reading() as session:
            spans = await self._spans.between(session, start, due)
        owners: dict[str, dict[tuple[str, str], list[SandboxSpanRow]]] = defaultdict(lambda: defaultdict(list))
        for span in spans:
            if span.owner:
                owners[span.owner][span.sandbox_id, span.currency].append(span)
        for owner, sandboxes in sorted(owners.items()):
            weeks = [
                Week(theirs[-1].name, spent(theirs, start, due), saved(theirs, start, due), currency)
                for (_sandbox, currency), theirs in sandboxes.items()
            ]
            if any(week.spent or week.saved for week in weeks):
                await self._tell(owner, weeks, due)
        log.info("weekly_notes_written", owners=len(owners))

    async def _tell(self, owner: str, weeks: list[Week], due: datetime) -> None:
        reply = weekly(weeks)
        key = f"sandbox:note:{due:%Y-%m-%d}:{owner}"
        async with self._db.transaction() as session:
            if await self._messages.find(session, key) is None:
                await self._messages.post(
                    session, key=key, to=Person(owner), body=reply.to_payload(), priority=Priority.EDIT
                )
