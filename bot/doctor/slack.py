"""Slack's side: tokens, scopes, the connection budget, the clock. Opens no socket and posts nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from bot.config import Settings
from bot.doctor.configuration import SETTINGS_FILE
from bot.doctor.examine import Check
from bot.doctor.report import Finding, failed, ok, skipped, warning
from bot.kit.clock import Clock
from integrations.slack import SlackClient, SlackError, SlackRateLimited, SlackRefused, TokenOwner

# Slack allows an app this many Socket Mode connections, over all its processes (docs.slack.dev, "Socket Mode").
MOST_CONNECTIONS = 10
# Bolt, like Slack's own guide, refuses a signed request that is older than 5 minutes.
SKEW_WARNED = timedelta(seconds=30)
SKEW_FAILED = timedelta(seconds=240)
_CALL_SECONDS = 8.0  # less than a check's time limit, so that the client says itself what happened

_API = "SLACK_API_URL"
_BOT, _APP, _SIGNING = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"
_WHERE_BOT = "it begins with xoxb- and stands under “OAuth & Permissions” of your app"
_WHERE_APP = "it begins with xapp- and stands under “Basic Information” of your app, with the scope connections:write"
_WHERE_SIGNING = "the signing secret stands under “Basic Information” of your app"
_KINDS = {
    "xoxb-": "a bot's token",
    "xoxp-": "a person's token (xoxp-)",
    "xapp-": "an app-level token (xapp-)",
    "xoxe": "a token that expires (xoxe: token rotation is on)",
}
_REFUSALS = {
    "invalid_auth": "it is wrong, or of another app: copy it anew",
    "not_authed": "it is empty: copy it anew",
    "account_inactive": "the app was removed from the workspace: install it again, and copy the new token",
    "token_revoked": "the app was removed from the workspace: install it again, and copy the new token",
    "token_expired": "token rotation is on for this app: make a new app without it, from `platform-bot manifest`",
    "not_allowed_token_type": "this is a token of another kind: the two tokens may have been exchanged",
    "missing_scope": "the token lacks a scope: make one that has it",
    "socket_mode_not_enabled": "switch on “Socket Mode” in your app's settings",
    "access_denied": "an administrator of the workspace has to allow the app",
    "team_access_not_granted": "an administrator of the workspace has to allow the app",
}


@dataclass
class SlackChecks:
    """`wanted` are the scopes of the manifest; `replicas`, how many processes share the app."""

    settings: Settings
    bot: SlackClient
    app: SlackClient
    wanted: frozenset[str]
    replicas: int
    clock: Clock
    owner: TokenOwner | None = None

    def checks(self) -> list[Check]:
        return [
            Check("bot token", _explained(self._bot_token), reads=(_BOT, _API)),
            Check("scopes", self._scopes, reads=(_BOT, _API), after="bot token"),
            Check("app token", _explained(self._app_token), reads=(_APP, _API)),
            Check("signing secret", self._signing_secret, reads=(_SIGNING,)),
            Check("connection budget", self._budget, reads=(_APP, SETTINGS_FILE)),
            Check("clock", _explained(self._clock), reads=(_API,)),
        ]

    async def _bot_token(self) -> Finding:
        token = _text(self.settings.secrets.bot_token)
        if not token:
            return failed(f"{_BOT} is not set", f"set it; {_WHERE_BOT}")
        if (kind := _kind(token)) not in (None, "xoxb-"):
            return failed(f"{_BOT} is {_KINDS[kind]}", f"put the bot's token there; {_WHERE_BOT}")
        owner = self.owner = await self.bot.whoami(timeout=_CALL_SECONDS)
        if owner.bot_id is None:
            return failed(f"{_BOT} speaks for the person {owner.user}", f"put the bot's token there; {_WHERE_BOT}")
        return ok(f"{owner.user} ({owner.user_id}) in {owner.team} ({owner.team_id})")

    async def _scopes(self) -> Finding:
        granted = self.owner.scopes if self.owner else None
        if granted is None:
            return skipped("Slack did not say which scopes the token has")
        reinstall = "take over the manifest that `platform-bot manifest` prints, then reinstall the app"
        if missing := sorted(self.wanted - granted):
            return failed(f"missing: {', '.join(missing)}", reinstall)
        if more := sorted(granted - self.wanted):
            return warning(f"not needed: {', '.join(more)}", f"to give up what nothing uses, {reinstall}")
        return ok(f"all {len(granted)} that are needed, and no other")

    async def _app_token(self) -> Finding:
        token = _text(self.settings.secrets.app_token)
        if not token:
            if _text(self.settings.secrets.signing_secret):
                return skipped("HTTP mode: no sockets are used")
            return failed(
                f"neither {_APP} (Socket Mode) nor {_SIGNING} (HTTP mode) is set",
                f"set {_APP}; {_WHERE_APP}",
            )
        if (kind := _kind(token)) not in (None, "xapp-"):
            return failed(f"{_APP} is {_KINDS[kind]}", f"put the app-level token there; {_WHERE_APP}")
        # Gives an address for a socket. As long as nobody connects there, it does not count as a connection.
        await self.app.call("apps.connections.open", timeout=_CALL_SECONDS)
        return ok("Slack offers a socket (none was opened)")

    async def _signing_secret(self) -> Finding:
        secret = _text(self.settings.secrets.signing_secret)
        if not secret:
            return skipped("Socket Mode: nothing is signed" if self._by_socket else f"{_SIGNING} is not set")
        if _kind(secret) is not None:
            return failed(f"{_SIGNING} is a token", f"put the secret there; {_WHERE_SIGNING}")
        if len(secret) != 32 or not set(secret) <= set("0123456789abcdef"):
            return warning(f"{_SIGNING} does not look like one (32 characters, 0-9 and a-f)", _WHERE_SIGNING)
        both = "; /slack/events is open beside the sockets" if self._by_socket else ""
        return ok(f"is set (only a request of Slack's shows whether it is right){both}")

    async def _budget(self) -> Finding:
        if not self._by_socket:
            return skipped("no sockets are used")
        each = self.settings.slack.connections
        used = each * self.replicas
        found = f"{self.replicas} × {each} connections of {MOST_CONNECTIONS}"
        if used > MOST_CONNECTIONS:
            fit = MOST_CONNECTIONS // self.replicas
            lower = f"set slack.connections to {fit}" if fit else f"run {MOST_CONNECTIONS} replicas at most"
            return warning(f"{found}: Slack refuses the rest", f"{lower}, or use HTTP mode")
        return ok(f"{found}; with this setting {MOST_CONNECTIONS // each} replicas fit")

    async def _clock(self) -> Finding:
        before = self.clock.now()
        theirs = await self.bot.server_time(timeout=_CALL_SECONDS)
        after = self.clock.now()
        if theirs is None:
            return skipped("Slack's answer carried no time")
        # The header has whole seconds, and was written somewhere between asking and answering.
        skew = before + (after - before) / 2 - (theirs + timedelta(seconds=0.5))
        seconds = round(abs(skew.total_seconds()))
        found = f"{seconds} s {'ahead of' if skew > timedelta() else 'behind'} Slack's"
        set_clock = "set this machine's clock: run an NTP client, such as chrony"
        if abs(skew) > SKEW_FAILED:
            return failed(f"{found}; at 300 s what Slack sends is refused", set_clock)
        if abs(skew) > SKEW_WARNED:
            return warning(found, set_clock)
        return ok(found if seconds > 1 else "agrees with Slack's")

    @property
    def _by_socket(self) -> bool:
        return bool(_text(self.settings.secrets.app_token))


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _kind(token: str) -> str | None:
    """By its first characters; None for what Slack's documentation does not know (a double's, say)."""
    return next((prefix for prefix in _KINDS if token.startswith(prefix)), None)


def _explained(ask: Callable[[], Awaitable[Finding]]) -> Callable[[], Awaitable[Finding]]:
    """Slack's refusals and silences, in words that say what to do."""

    async def asked() -> Finding:
        try:
            return await ask()
        except SlackRefused as error:
            return failed(f"Slack refuses it: {error}", _REFUSALS.get(error.code, "look the code up at docs.slack.dev"))
        except SlackRateLimited as error:
            return warning(f"Slack answers, but: {error}", f"try again in {error.retry_after:g} s")
        except SlackError as error:
            return failed(
                f"Slack is not reachable: {error}", f"see slack-status.com, the network from here, and {_API}"
            )

    return asked
