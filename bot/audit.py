"""The audit trail's keys, from the secrets of this process."""

from bot.config import ConfigError, Secrets
from storage.audit_chain import Keyring

_SHORTEST = 32  # characters


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
