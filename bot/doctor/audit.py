"""The audit trail: whether there is a key of its own, the same as before, and a channel for anchors. Verifies nothing: that is
`platform-bot audit verify`."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.audit import keyring
from bot.config import AuditSettings, ConfigError, Settings
from bot.doctor.channels import channels_finding
from bot.doctor.configuration import SETTINGS_FILE
from bot.doctor.examine import Check
from bot.doctor.report import Finding, failed, ok, skipped, warning
from bot.doctor.schema import URL_VARIABLE
from bot.kit.errors import Unavailable, UserError
from integrations.slack import SlackClient

_KEY, _EARLIER = "PLATFORM_AUDIT_KEY", "PLATFORM_AUDIT_KEY_PREVIOUS"


@dataclass(frozen=True)
class AuditChecks:
    """`newest_key` gives the id of the key that the newest entry was written with, None when there is no entry."""

    settings: Settings
    slack: SlackClient
    newest_key: Callable[[], Awaitable[str | None]]

    def checks(self) -> list[Check]:
        return [
            Check("audit key", self._key, reads=(_KEY, _EARLIER, URL_VARIABLE)),
            Check("audit channel", self._channel, reads=(SETTINGS_FILE,), after="bot token"),
        ]

    async def _key(self) -> Finding:
        try:
            keys = keyring(self.settings.secrets)
        except ConfigError as error:
            return failed(
                error.message, f"set {_KEY}, on every replica the same; keep a copy apart from the database's backups"
            )
        try:
            newest = await self.newest_key()
        except (UserError, Unavailable, sqlite3.Error):
            newest = None  # what is wrong with the database is told at its own check
        if newest is not None and keys.named(newest) is None:
            return failed(
                f"the newest entries were written with another key ({newest}); this one is {keys.current.id}",
                f"set {_KEY} as it was, or put the earlier one into {_EARLIER}",
            )
        if self.settings.secrets.audit_key is None:
            return warning(
                f"{_KEY} is not set: a key is derived from the bot's token",
                f"set {_KEY} (`openssl rand -hex 32`), and the bot's token as {_EARLIER}: then another token is no other key",
            )
        earlier = f"; {len(keys.earlier)} earlier" if keys.earlier else ""
        return ok(f"{keys.current.id}{earlier}")

    async def _channel(self) -> Finding:
        channel = self.settings.section("audit", AuditSettings).channel
        if channel is None:
            return skipped("audit.channel is not set: where the trail stands is told to the log only")
        return await channels_finding(self.slack, {channel}, "audit.channel")
