"""API tokens: how one looks, how it is made, and whether the one presented is good. What its owner may do is decided elsewhere.

A token is `pb_<id>_<secret>`: eight public characters that lists and logs show, and forty secret ones (198 bits), of which
only a hash is kept.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from time import monotonic

import structlog

from bot.kit.clock import Clock
from bot.kit.errors import Unavailable
from bot.kit.ids import new_id
from storage.db import Database
from storage.tokens import TokenRow, TokenStore

log = structlog.stdlib.get_logger(__name__)

KNOWN_FOR = 5.0  # seconds: how long a revoked token may still work, on every replica
_NOTED_EVERY = timedelta(minutes=10)  # how coarse `last_used_at` is
_BOUND = 1_000
_FORMAT = re.compile(r"pb_([a-z0-9]{8})_([a-z0-9]{40})", re.ASCII)


@dataclass(frozen=True)
class Token:
    """A good token. `permissions` are patterns that narrow what `owner` (a Slack user id) may do."""

    id: str
    owner: str
    permissions: frozenset[str]
    expires_at: datetime | None


def new_token(
    owner: str, name: str, permissions: frozenset[str], at: datetime, expires_at: datetime | None
) -> tuple[TokenRow, str]:
    """The row to keep, and the token itself, which exists nowhere else."""
    token_id, secret = new_id(8), new_id(40)
    row = TokenRow(
        id=token_id,
        secret_hash=_hash(secret),
        name=name,
        owner=owner,
        permissions=sorted(permissions),
        created_at=at,
        expires_at=expires_at,
    )
    return row, f"pb_{token_id}_{secret}"


class Tokens:
    def __init__(
        self, db: Database, clock: Clock, stopwatch: Callable[[], float] = monotonic, bound: int = _BOUND
    ) -> None:
        """`stopwatch` counts seconds and never goes back, unlike the clock. `bound`: tokens kept in memory."""
        self._db = db
        self._clock = clock
        self._stopwatch = stopwatch
        self._bound = bound
        self._store = TokenStore()
        self._known: OrderedDict[bytes, tuple[float, Token]] = OrderedDict()

    async def verify(self, presented: str) -> Token | None:
        """None for one that is malformed, unknown, revoked or expired. Raises Unavailable when the database cannot say."""
        match = _FORMAT.fullmatch(presented)
        if match is None:
            return None
        digest, now = _hash(presented), self._clock.now()
        known = self._known.get(digest)
        if known is None or self._stopwatch() - known[0] > KNOWN_FOR:
            self._known.pop(digest, None)
            token = await self._look_up(match[1], match[2], now)
            if token is None:
                return None
            self._remember(digest, token)
        else:
            token = known[1]
        return token if token.expires_at is None or now < token.expires_at else None

    async def _look_up(self, token_id: str, secret: str, now: datetime) -> Token | None:
        async with self._db.reading() as session:
            row = await self._store.get(session, token_id)
        if row is None or not compare_digest(row.secret_hash, _hash(secret)) or row.revoked_at is not None:
            return None
        if row.last_used_at is None or now - row.last_used_at > _NOTED_EVERY:
            await self._note(token_id, now)
        return Token(row.id, row.owner, frozenset(row.permissions), row.expires_at)

    async def _note(self, token_id: str, now: datetime) -> None:
        try:
            async with self._db.transaction() as session:
                await self._store.used(session, token_id, now)
        except Unavailable as error:  # nobody is turned away for this
            log.warning("token_use_not_noted", token=token_id, error=error.detail)

    def _remember(self, digest: bytes, token: Token) -> None:
        self._known[digest] = (self._stopwatch(), token)
        while len(self._known) > self._bound:
            self._known.popitem(last=False)


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()
