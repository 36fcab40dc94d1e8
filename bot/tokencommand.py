"""`platform-bot token …`: makes, lists and revokes API tokens, beside a running bot. Parses no words and checks no calls.

What it changes is written into the audit trail, with the bot's own key.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from bot.audit import at_command_line, keyring, seal_now
from bot.config import Settings
from bot.http.tokens import KNOWN_FOR, new_token
from bot.kit.clock import SystemClock
from bot.kit.errors import UserError
from bot.kit.permissions import covers, is_permission
from bot.kit.units import parse_duration
from storage.audit import AuditEntry, AuditStore, Values
from storage.db import Database
from storage.migrate import migrate
from storage.tokens import TokenRow, TokenStore

Known = TypeVar("Known")

_OWNER = re.compile(r"[UW][A-Z0-9]{2,30}")
_NAME_LENGTH = 100
_COLUMNS = ("id", "name", "owner", "permissions", "created", "expires", "last used", "state")


def create(
    settings: Settings, *, owner: str, name: str, permissions: Sequence[str], expires: str | None
) -> tuple[str, str]:
    """The token, and what to tell beside it. No permissions mean all that its owner has. Raises UserError for an owner, name,
    permission or duration that cannot be, ConfigError without a key for the audit trail."""
    now, audit = SystemClock().now(), AuditStore(keyring(settings.secrets))
    if not _OWNER.fullmatch(owner):
        raise UserError(
            f"--owner must be a Slack user id such as U0123ABCD, not “{owner}” (in Slack: profile, ⋮, Copy member ID)."
        )
    if not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise UserError(f"--name must be 1 to {_NAME_LENGTH} printable characters: say what will use the token.")
    for permission in permissions:
        if not is_permission(permission):
            raise UserError(f"--permission must be such as sandbox.create, sandbox.*, *.list or *, not “{permission}”.")
    try:
        expires_at = now + parse_duration(expires) if expires else None
    except ValueError as error:
        raise UserError(f"--expires {error}.") from error
    wanted = frozenset(permissions) or frozenset({"*"})
    least = frozenset(one for one in wanted if not covers(wanted - {one}, one))
    row, token = new_token(owner, name.strip(), least, now, expires_at)

    async def save(db: Database) -> None:
        async with db.transaction() as session:
            TokenStore().add(session, row)
            after = {"name": row.name, "permissions": row.permissions, "expires_at": expires_at}
            await audit.write(session, _entry("token.created", row, now, after))
        await seal_now(db, settings)

    _with_database(settings.database_url, save)
    until = f"until {_shown(expires_at)}" if expires_at else "until it is revoked"
    return token, (
        f"This is the only time it is shown. It may do {', '.join(row.permissions)} as far as {owner} may, {until}.\n"
        f"Revoke it with: platform-bot token revoke {row.id}"
    )


def listing(database_url: str) -> str:
    """A table of all tokens, oldest first, without anything secret."""

    async def read(db: Database) -> Sequence[TokenRow]:
        async with db.reading() as session:
            return await TokenStore().all(session)

    rows = _with_database(database_url, read)
    if not rows:
        return "There are no tokens. Make one with: platform-bot token create --owner U… --name …"
    now = SystemClock().now()
    lines = [_COLUMNS, *(_line(row, now) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def revoke(settings: Settings, token_id: str) -> str:
    """Takes the id, as `token list` shows it, or the whole token. Raises UserError when there is no such token, ConfigError
    without a key for the audit trail."""
    wanted = token_id.removeprefix("pb_").partition("_")[0]
    now, audit = SystemClock().now(), AuditStore(keyring(settings.secrets))

    async def close(db: Database) -> TokenRow | None:
        async with db.transaction() as session:
            row = await TokenStore().revoke(session, wanted, now)
            if row is not None and row.revoked_at == now:  # else it had been before
                await audit.write(session, _entry("token.revoked", row, now, {"name": row.name}))
        await seal_now(db, settings)
        return row

    row = _with_database(settings.database_url, close)
    if row is None:
        raise UserError(f"There is no token {wanted}. See: platform-bot token list")
    return f"Token {row.id} ({row.name}) is revoked; within {KNOWN_FOR:g} seconds every replica knows."


def _entry(action: str, row: TokenRow, at: datetime, after: Values) -> AuditEntry:
    return at_command_line(action, f"token:{row.id}", at=at, on_behalf_of=row.owner, after=after)


def _with_database(url: str, work: Callable[[Database], Awaitable[Known]]) -> Known:
    """Also brings it to the current schema: a token may be made before the bot's first start."""

    async def run() -> Known:
        db = await Database.open(url)
        try:
            await migrate(db)
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())


def _line(row: TokenRow, now: datetime) -> tuple[str, ...]:
    if row.revoked_at is not None:
        state = f"revoked {_shown(row.revoked_at)}"
    else:
        state = "expired" if row.expires_at is not None and row.expires_at <= now else "good"
    permissions = ",".join(row.permissions)
    times = (_shown(row.created_at), _shown(row.expires_at), _shown(row.last_used_at))
    return (row.id, row.name, row.owner, permissions, *times, state)


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%MZ}" if moment else "never"
