"""Looks one person up in Slack. Keeps nothing: bot/calls/identify.py does."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.calls.identify import Directory, Person
from bot.kit.errors import Refused, Unavailable
from bot.slack.botuser import BotUser
from integrations.slack import SlackClient, SlackError, SlackRateLimited, SlackRefused

_TIMEOUT = 5.0
_STRANGERS = {"user_not_found", "user_not_visible", "users_not_found"}


def directory(client: SlackClient, me: Callable[[], BotUser | None]) -> Directory:
    """`me` says which workspace is ours; until it is known, nobody is taken for one of its people."""

    async def look_up(user_id: str) -> Person:
        if (bot := me()) is None:
            raise Unavailable("Slack", "it has not said yet which workspace this is", retried=True)
        try:
            answer = await client.call("users.info", user=user_id, timeout=_TIMEOUT)
        except SlackRefused as error:
            if error.code in _STRANGERS:
                raise Refused("Slack does not know you in this workspace, so I cannot do anything for you.") from error
            raise Unavailable("Slack", f"users.info answered {error.code}", retried=True) from error
        except SlackRateLimited as error:
            raise Unavailable("Slack", "too many requests", retried=True, retry_after=error.retry_after) from error
        except SlackError as error:
            raise Unavailable("Slack", str(error), retried=True) from error
        user = answer["user"]
        profile = user.get("profile") or {}
        outside = (
            "is_restricted",  # guests of several channels
            "is_ultra_restricted",  # guests of one channel
            "is_stranger",  # of another workspace, in a shared channel
            "is_bot",
            "deleted",
        )
        return Person(
            user_id=user_id,
            name=str(profile.get("display_name") or profile.get("real_name") or user.get("name") or user_id),
            zone=str(user.get("tz") or "UTC"),
            full_member=_is_ours(user, bot.team_id) and not any(user.get(flag) for flag in outside),
        )

    return look_up


def _is_ours(user: Mapping[str, Any], team_id: str) -> bool:
    """`is_stranger` does not tell: in a channel shared with another workspace its people are no strangers to Slack."""
    return user.get("team_id") == team_id or team_id in ((user.get("enterprise_user") or {}).get("teams") or ())
