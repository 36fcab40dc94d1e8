"""An audit trail to tamper with: entries written, sealed and anchored on a real database, and what verifying says of it."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot.kit.clock import SystemClock
from bot.kit.errors import Unavailable
from storage.audit import AuditEntry, AuditStore
from storage.audit_chain import Head, Keyring
from storage.audit_seals import SealStore
from storage.audit_verify import Verdict, Verification
from storage.db import Database
from storage.leases import LeaseStore

_TRIES = 50
_PATIENT_SECONDS = 3_600
SECRET = "an audit key of thirty-two and more"
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass
class Trail:
    db: Database
    keys: Keyring = field(default_factory=lambda: Keyring.of(SECRET))
    holder: str = "test"

    def __post_init__(self) -> None:
        self.audit = AuditStore(self.keys)
        self.leases = LeaseStore(self.db, SystemClock())
        self.seals = SealStore(self.db, self.leases, self.keys)

    async def write(self, count: int = 1, **more: Any) -> None:
        """In one transaction; again while the database is away or all its connections are in use."""
        for _ in range(_TRIES):
            with contextlib.suppress(Unavailable):
                await self._write(count, more)
                return
            await asyncio.sleep(0.1)
        await self._write(count, more)

    async def _write(self, count: int, more: Mapping[str, Any]) -> None:
        async with self.db.transaction() as session:
            for number in range(count):
                values = {"object": f"sandbox:{number}", "actor": f"U{number}", "note": f"entry {number}", **more}
                at = AT + timedelta(minutes=number)
                entry = AuditEntry(at, "sandbox.created", before={"state": "none"}, after={"n": number}, **values)
                await self.audit.write(session, entry)

    async def seal(self) -> Head:
        lease = await self.leases.acquire("audit", self.holder, timedelta(minutes=5))
        assert lease is not None
        async with self.db.reading() as session:
            head = await self.seals.head(session)
        if rows := await self.seals.unsealed(10_000):
            head = await self.seals.seal(lease, rows, head, head)
        return head

    async def anchor(self) -> Head:
        async with self.db.transaction() as session:
            head = await self.seals.head(session)
            await self.seals.anchor(session, head, AT)
        return head

    async def verify(self, *anchors: Head, keys: Keyring | None = None, page: int = 4) -> Verdict:
        """With all patience: an entry without a seal is not wrong because a machine stood still."""
        return await Verification(self.db, keys or self.keys, anchors, page, _PATIENT_SECONDS).run()

    async def tamper(self, statement: str, **values: Any) -> None:
        async with self.db.transaction() as session:
            await session.execute(text(statement), values)
