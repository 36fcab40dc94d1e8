"""Looks people and user groups up in Slack, and reads the events about them. Keeps nothing: bot/calls/identify.py does."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.calls.identify import Directory, Identity
from bot.calls.memberships import UserGroup
from bot.kit.errors import Refused, Unavailable
from bot.kit.roles import Person
from bot.slack.botuser import BotUser
from integrations.slack import SlackClient, SlackError, SlackRateLimited, SlackRefused

_TIMEOUT = 5.0
_STRANGERS = {"user_not_found", "user_not_visible", "users_not_found"}
_NO_GROUP = {"no_such_subteam", "subteam_not_found"}
_OUTSIDE = (
    "is_restricted",  # guests of several channels
    "is_ultra_restricted",  # guests of one channel
    "is_stranger",  # of another workspace, in a shared channel
    "is_bot",
    "deleted",
)

EVENTS = ("user_change",)
GROUP_EVENTS = ("subteam_updated", "subteam_members_changed")
"""Only subscribed to where the configuration names user groups."""

Me = Callable[[], BotUser | None]


def directory(client: SlackClient, me: Me, *, domains: bool = False) -> Directory:
    """`me` says which workspace is ours; until it is known, nobody is taken for one of its people. `domains`: whether the e-mail
    addresses' domains matter."""

    async def look_up(user_id: str) -> Person:
        bot = _ours(me)
        try:
            answer = await client.call("users.info", user=user_id, timeout=_TIMEOUT)
        except SlackRefused as error:
            if error.code in _STRANGERS:
                raise Refused("Slack does not know you in this workspace, so I cannot do anything for you.") from error
            raise Unavailable("Slack", f"users.info answered {error.code}") from error
        except SlackError as error:
            raise _unavailable(error) from error
        return person_of(answer["user"], bot, domains=domains)

    return look_up


class GroupDirectory:
    """User groups by id or handle. Slack finds members by id only, so handles are looked up in the list of all groups (not of
    their members) when one is asked for."""

    def __init__(self, client: SlackClient, me: Me) -> None:
        self._client = client
        self._me = me

    async def look_up(self, ref: str) -> UserGroup:
        """Raises Unavailable when Slack does not answer."""
        _ours(self._me)
        group_id = await self._by_handle(ref[1:]) if ref.startswith("@") else ref
        if group_id is None:
            return UserGroup(ref, None, frozenset())
        try:
            answer = await self._client.call("usergroups.users.list", usergroup=group_id, timeout=_TIMEOUT)
        except SlackRefused as error:
            if error.code in _NO_GROUP:
                return UserGroup(ref, None, frozenset())
            raise Unavailable("Slack", f"usergroups.users.list answered {error.code}") from error
        except SlackError as error:
            raise _unavailable(error) from error
        return UserGroup(ref, group_id, frozenset(map(str, answer.get("users") or ())))

    async def _by_handle(self, handle: str) -> str | None:
        """None for a group that does not exist or is switched off."""
        try:
            answer = await self._client.call("usergroups.list", timeout=_TIMEOUT)
        except SlackRefused as error:
            raise Unavailable("Slack", f"usergroups.list answered {error.code}") from error
        except SlackError as error:
            raise _unavailable(error) from error
        found = (str(group["id"]) for group in answer["usergroups"] if group.get("handle") == handle)
        return next(found, None)


class DirectoryEvents:
    """What Slack tells of people and groups by itself."""

    def __init__(self, identity: Identity, me: Me) -> None:
        self._identity = identity
        self._me = me

    async def event(self, event: Mapping[str, Any]) -> None:
        """Raises Unavailable when it cannot be taken now: it must come again."""
        match event.get("type"):
            case "user_change":
                domains = self._identity.rules.asks_for_domains
                await self._identity.changed(person_of(event["user"], _ours(self._me), domains=domains))
            case "subteam_updated":
                await self._identity.memberships.changed(str(event["subteam"]["id"]))
            case "subteam_members_changed":
                await self._identity.memberships.changed(str(event["subteam_id"]))
            case _:
                pass


def person_of(user: Mapping[str, Any], bot: BotUser, *, domains: bool) -> Person:
    """Slack's user object, as the rules see it (docs.slack.dev/reference/objects/user-object)."""
    profile = user.get("profile") or {}
    user_id = str(user["id"])
    domain = str(profile.get("email") or "").rpartition("@")[2].lower()
    return Person(
        user_id=user_id,
        name=str(profile.get("display_name") or profile.get("real_name") or user.get("name") or user_id),
        zone=str(user.get("tz") or "UTC"),
        full_member=_is_ours(user, bot.team_id) and not any(user.get(flag) for flag in _OUTSIDE),
        gone=bool(user.get("deleted")),
        domain=domain if domains and domain else None,
    )


def _is_ours(user: Mapping[str, Any], team_id: str) -> bool:
    """`is_stranger` does not tell: in a channel shared with another workspace its people are no strangers to Slack."""
    return user.get("team_id") == team_id or team_id in ((user.get("enterprise_user") or {}).get("teams") or ())


def _ours(me: Me) -> BotUser:
    if (bot := me()) is None:
        raise Unavailable("Slack", "it has not said yet which workspace this is")
    return bot


def _unavailable(error: SlackError) -> Unavailable:
    if isinstance(error, SlackRateLimited):
        return Unavailable("Slack", "too many requests", retry_after=error.retry_after)
    return Unavailable("Slack", str(error))
