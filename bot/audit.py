"""Keeps the audit trail sealed and anchored: one lease-holder numbers and signs what was committed, within a second.

It takes no lock that a business transaction wants, and delays none: rows are written without it, and sealed in batches
afterwards. Where the chain stands is told to the log, and to a channel if one is configured, every hour and at the end: a
copy that nobody with access to the database can change.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.config import AuditSettings, ConfigError, Secrets, Settings
from bot.kit.clock import Clock, SystemClock
from bot.kit.errors import Unavailable
from bot.kit.ids import new_id
from bot.kit.release import release
from storage.audit import COMMAND_LINE, TOPIC, AuditEntry, AuditStore, Values
from storage.audit_chain import Head, Keyring
from storage.audit_seals import ChainMoved, SealStore
from storage.db import Database
from storage.leases import Leadership, Lease, LeaseStore
from storage.messages import Channel, MessageStore

log = structlog.stdlib.get_logger(__name__)

LEASE: Final = "audit"
_SHORTEST: Final = 32  # characters of PLATFORM_AUDIT_KEY
_BATCH: Final = 500
_LOOK: Final = 0.4  # seconds: what other processes wrote is not signalled here
_GATHER: Final = 0.2  # seconds: what is written meanwhile is sealed in one transaction
_ANCHOR_EVERY: Final = timedelta(hours=1)
_PURGE_AT_ONCE: Final = 5_000  # entries in one transaction
_AT_ONCE: Final = 2.0  # seconds that a command line spends on sealing what it wrote


def keyring(secrets: Secrets) -> Keyring:
    """From PLATFORM_AUDIT_KEY, else from the bot token, which every replica has. Raises ConfigError when there is neither, or
    when the key is too short to be one."""
    given = secrets.audit_key or secrets.bot_token
    if given is None:
        raise ConfigError(
            "PLATFORM_AUDIT_KEY or SLACK_BOT_TOKEN: one is needed, the same as the bot's: what is done is written into the "
            "audit trail with it"
        )
    if secrets.audit_key is not None and len(secrets.audit_key.get_secret_value()) < _SHORTEST:
        raise ConfigError(
            f"PLATFORM_AUDIT_KEY: must have at least {_SHORTEST} characters, such as `openssl rand -hex 32` gives"
        )
    earlier = secrets.audit_key_previous.get_secret_value().split(",") if secrets.audit_key_previous else []
    return Keyring.of(given.get_secret_value(), *(each.strip() for each in earlier if each.strip()))


def at_command_line(action: str, object: str, *, at: datetime, on_behalf_of: str, after: Values) -> AuditEntry:
    """Something that was done at the command line, beside the bot or without one. Who sat there nobody has checked: what is
    written is the account of the machine, by its number where it has no name."""
    account = f"{os.environ.get('USER') or os.getuid()}@{socket.gethostname()}"
    return AuditEntry(
        at, action, object, COMMAND_LINE, on_behalf_of, surface=COMMAND_LINE, after=after, note=f"as {account}"
    )


async def seal_now(db: Database, settings: Settings) -> None:
    """Seals what a command line has just written if no bot is running that would; the entries wait for one otherwise."""
    clock, keys, section = SystemClock(), keyring(settings.secrets), settings.section("audit", AuditSettings)
    holder = f"{COMMAND_LINE}:{new_id(6)}"
    await Sealing(db, clock, keys, AuditStore(keys), MessageStore(clock), holder, section).finish(_AT_ONCE)


class Sealing:
    """The loop, the first and the last words. `sealed` is told how many entries were sealed."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        keys: Keyring,
        audit: AuditStore,
        messages: MessageStore,
        holder: str,
        settings: AuditSettings,
        sealed: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._keys = keys
        self._audit = audit
        self._messages = messages
        self._settings = settings
        self._sealed = sealed
        self._holder = holder
        self._leases = LeaseStore(db, clock)
        self._seals = SealStore(db, self._leases, keys)
        self._leadership = Leadership(self._leases, LEASE, holder)
        self._known: Head | None = None
        self._anchored: datetime | None = None
        self.leading = False

    async def begin(self) -> None:
        """Writes down that a bot was started: which release, as which replica."""
        after = {"version": release(), "replica": self._holder, "database": self._db.dialect}
        async with self._db.transaction() as session:
            await self._audit.write(session, AuditEntry(self._clock.now(), "bot.started", "bot", after=after))

    async def run(self) -> None:
        """Seals whenever there is something to seal and the lease is ours, until cancelled."""
        await self._leadership.run(self._lead)

    async def finish(self, seconds: float) -> None:
        """Seals and anchors what is left, when `run` has ended; gives up after so long. Whoever else has the lease does it."""
        try:
            async with asyncio.timeout(seconds):
                lease = await self._leases.acquire(LEASE, self._holder, timedelta(seconds=seconds))
                if lease is not None:
                    while await self.round(lease):
                        pass
                    await self.anchor()
                    await self._leases.release(lease)
        except (TimeoutError, Unavailable) as error:
            log.warning("audit_not_finished", error=str(error))

    async def tell(self) -> None:
        """Anchors while what is said can still be sent: the process is about to stop."""
        try:
            await self.anchor()
        except Unavailable as error:
            log.warning("audit_not_anchored", error=str(error))

    async def _lead(self, lease: Lease) -> None:
        self.leading = True
        try:
            await self._keep_sealed(lease)
        finally:
            self.leading = False

    async def _keep_sealed(self, lease: Lease) -> None:
        while True:
            seen = self._db.count(TOPIC)
            try:
                more = await self.round(lease)
                await self._anchor_if_due()
            except Unavailable as error:
                log.warning("audit_waits", detail=error.detail)
                more = False
            if not more:
                await self._db.wait(TOPIC, timeout=_LOOK, since=seen)
                await asyncio.sleep(_GATHER)

    async def round(self, lease: Lease) -> bool:
        """Seals one batch; whether more is waiting."""
        rows = await self._seals.unsealed(_BATCH)
        if not rows:
            return False
        stands, goes_on = await self._where_it_stands()
        for row in rows:
            if row.is_ours(self._keys) is False:  # sealed all the same: what was put in shall stay to be seen
                log.error("audit_entry_not_ours", id=row.id)
        try:
            self._known = await self._seals.seal(lease, rows, stands, goes_on)
        except ChainMoved:
            log.warning("audit_chain_moved", known=goes_on.sequence)
            await asyncio.sleep(_GATHER)
            return True
        self._sealed(len(rows))
        return len(rows) == _BATCH

    async def _where_it_stands(self) -> tuple[Head, Head]:
        """Where the chain ends, and where it goes on: the same, unless its end was taken away since this process saw it, or
        since its last anchor. Then the numbers that are missing stay missing, for everybody to see."""
        async with self._db.reading() as session:
            head = await self._seals.head(session)
            anchor = await self._seals.last_anchor(session)
            known = max(
                (each for each in (self._known, anchor and Head(anchor.sequence, anchor.mac)) if each),
                key=lambda each: each.sequence,
                default=head,
            )
            if head.sequence >= known.sequence:
                there = await self._seals.mac_of(session, known.sequence) if known.sequence else known.mac
                if there != known.mac:
                    log.error("audit_chain_rewritten", sequence=known.sequence, head=head.sequence)
                return head, head
        log.error("audit_tail_missing", head=head.sequence, known=known.sequence)
        return head, known

    async def _anchor_if_due(self) -> None:
        if self._anchored is not None and self._clock.now() - self._anchored < _ANCHOR_EVERY:
            return
        async with self._db.reading() as session:
            last = await self._seals.last_anchor(session)
        if last is not None and self._clock.now() - last.at < _ANCHOR_EVERY:
            self._anchored = last.at
        elif await self.anchor() or last is not None:
            self._anchored = self._clock.now()
            await self.purge()

    async def anchor(self) -> bool:
        """Tells where the chain stands, if it has moved since it was told last; whether it has."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            head, last = await self._seals.head(session), await self._seals.last_anchor(session)
            if head.sequence <= (last.sequence if last else 0):
                return False
            await self._seals.anchor(session, head, now)
            if self._settings.channel is not None:
                text = f"The audit trail stands at entry {head.sequence}. Anchor: `{head}`"
                key = f"audit:anchor:{head.sequence}"
                await self._messages.post(session, key=key, to=Channel(self._settings.channel), body={"text": text})
        log.info("audit_anchor", sequence=head.sequence, mac=head.mac)
        return True

    async def purge(self) -> None:
        """Deletes what has been kept long enough."""
        now = self._clock.now()
        while gone := await self._seals.purge(
            self._audit, before=now - self._settings.retention, at=now, limit=_PURGE_AT_ONCE
        ):
            log.info("audit_purged", entries=gone)
            if gone < _PURGE_AT_ONCE:
                return
