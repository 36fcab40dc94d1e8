"""Who the bot is in its workspace. A value; bot/app.py learns it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BotUser:
    """Who the bot is in its workspace, from `auth.test`."""

    team_id: str
    bot_id: str
    user_id: str
