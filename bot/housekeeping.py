"""Forgets what has been kept long enough; each table states its retention in storage/. A nightly job of the bot's own."""

from datetime import datetime

import structlog

from bot.kit.declare import Cron, Job
from storage import (
    calls,
    events,
    job_runs,
    messages,
    people,
    sandbox_access,
    sandbox_shares,
    sandbox_spans,
    sandboxes,
    tokens,
)
from storage.db import Database

log = structlog.stdlib.get_logger(__name__)


class Housekeeping:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def run(self, due: datetime) -> None:
        """One short transaction per table, so that nobody waits long for the writer."""
        for store, retention in (
            (calls.CallStore(), calls.RETENTION),
            (people.PersonStore(), people.RETENTION),
            (people.UserGroupStore(), people.RETENTION),
            (events.EventStore(), events.RETENTION),
            (job_runs.JobRunStore(), job_runs.RETENTION),
            (messages.MessageStore(), messages.RETENTION),
            (sandboxes.SandboxStore(), sandboxes.RETENTION),
            (sandbox_shares.SandboxShareStore(), sandbox_shares.RETENTION),
            (sandbox_access.SandboxAccessStore(), sandbox_access.RETENTION),
            (sandbox_spans.SandboxSpanStore(), sandbox_spans.RETENTION),
            (tokens.TokenStore(), tokens.RETENTION),
        ):
            async with self._db.transaction() as session:
                await store.forget(session, due - retention)
        log.info("old_rows_forgotten")


async def _run(service: Housekeeping, due: datetime) -> None:
    await service.run(due)


JOB = Job(group="bot", name="housekeeping", schedule=lambda _settings: Cron("17 3 * * *"), run=_run, late=None)
