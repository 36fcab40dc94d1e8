"""Events API: which changes the app hears of, and delivering each until it is acknowledged or given up."""

import asyncio
import secrets
from collections.abc import Iterator

from playground.slack.core import Core
from playground.slack.courier import Delivery, Dispatcher
from playground.slack.mentions import mentioned
from playground.slack.model import Change, Channel, File, JsonObject, Message, User, UserGroup
from playground.slack.payloads import event_envelope, message_shown, view_shown

# Seconds before the first, second and third retry: at once, after a minute, after five.
RETRY_DELAYS = (0.0, 60.0, 300.0)
_CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}
_MESSAGE_EVENT = {"public": "message.channels", "private": "message.groups", "im": "message.im", "mpim": "message.mpim"}


class Events:
    """Listens to the workspace. `enabled` False: nothing is sent, as with a disabled subscription."""

    def __init__(self, core: Core, dispatcher: Dispatcher, *, retry_delays: tuple[float, ...] = RETRY_DELAYS) -> None:
        self._core = core
        self._dispatcher = dispatcher
        self._retry_delays = retry_delays
        self._tasks: set[asyncio.Task[None]] = set()
        self.enabled = True
        self.given_up: list[JsonObject] = []  # envelopes nobody acknowledged in four attempts

    def start(self) -> None:
        self._core.workspace.listen(self._changed)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def pending(self) -> int:
        return len(self._tasks)

    def send(self, event: JsonObject) -> str:
        """Delivers an event whatever the subscriptions; answers its event_id. A test sends a duplicate by `resend`."""
        event_id = "Ev" + secrets.token_hex(5).upper()
        return self.resend(event, event_id)

    def resend(self, event: JsonObject, event_id: str) -> str:
        envelope = event_envelope(self._core, event, event_id, int(self._core.workspace.now().timestamp()))
        task = asyncio.create_task(self._deliver(envelope))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return event_id

    async def _deliver(self, envelope: JsonObject) -> None:
        delivery = Delivery("events_api", envelope)
        for attempt, delay in enumerate((0.0, *self._retry_delays)):
            if attempt:
                await asyncio.sleep(delay)
            answer = await self._dispatcher.deliver(delivery)
            if answer.ok:
                return
            if answer.no_retry:
                break
            delivery = Delivery("events_api", envelope, attempt=attempt + 1, reason=answer.reason)
        self.given_up.append(envelope)

    def _changed(self, change: Change) -> None:
        if not self.enabled:
            return
        for subscription, event in self._events(change):
            if subscription in self._core.manifest.events:
                self.send(event)

    # --- which change is which event

    def _events(self, change: Change) -> Iterator[tuple[str, JsonObject]]:
        """(subscription needed, event)."""
        match change.kind:
            case "message_posted" | "message_changed" | "message_deleted":
                yield from self._of_message(change)
            case "reaction_added" | "reaction_removed" | "pin_added" | "pin_removed":
                yield from self._of_item(change)
            case "member_joined" | "member_left":
                yield from self._of_member(change)
            case "channel_created" | "channel_changed":
                yield from self._of_channel(change)
            case "home_opened":
                yield from self._of_home(change)
            case "file_shared" if isinstance(change.value, File):
                for channel_id in change.value.shared_in:
                    if self._is_in(channel_id):
                        yield (
                            "file_shared",
                            {
                                "type": "file_shared",
                                "channel_id": channel_id,
                                "file_id": change.value.id,
                                "user_id": change.value.user_id,
                                "file": {"id": change.value.id},
                                "event_ts": self._ts(),
                            },
                        )
            case "user_changed" if isinstance(change.value, User):
                kind = "user_change" if change.previous is not None else "team_join"
                with_email = "users:read.email" in self._core.manifest.scopes
                yield (
                    kind,
                    {"type": kind, "user": change.value.user_json(with_email=with_email), "event_ts": self._ts()},
                )
            case "usergroup_changed" if isinstance(change.value, UserGroup):
                yield from self._of_usergroup(change.value, change.previous)
            case _:
                return

    def _of_usergroup(self, group: UserGroup, previous: object) -> Iterator[tuple[str, JsonObject]]:
        """Slack tells a change of members twice: with the whole group, and with who came and went."""
        kind = "subteam_updated" if isinstance(previous, UserGroup) else "subteam_created"
        shown = group.usergroup_json(with_users=True)
        yield kind, {"type": kind, "subteam": shown, "event_ts": self._ts()}
        before = previous.users if isinstance(previous, UserGroup) else ()
        added = [user for user in group.users if user not in before]
        removed = [user for user in before if user not in group.users]
        if isinstance(previous, UserGroup) and (added or removed):
            yield (
                "subteam_members_changed",
                {
                    "type": "subteam_members_changed",
                    "subteam_id": group.id,
                    "team_id": group.team_id,
                    "date_previous_update": 0,
                    "date_update": int(self._core.workspace.now().timestamp()),
                    "added_users": added,
                    "added_users_count": len(added),
                    "removed_users": removed,
                    "removed_users_count": len(removed),
                    "event_ts": self._ts(),
                },
            )

    def _of_message(self, change: Change) -> Iterator[tuple[str, JsonObject]]:
        channel = self._core.workspace.channels[change.channel_id]
        if change.addressee or not self._is_in(channel.id):
            return
        common = {"type": "message", "channel": channel.id, "channel_type": _CHANNEL_TYPE[channel.kind]}
        subscription = _MESSAGE_EVENT[channel.kind]
        if change.kind == "message_posted" and isinstance(change.value, Message):
            message = change.value
            shown = message_shown(self._core, message)
            shown.pop("reply_count", None)
            yield subscription, {**shown, **common, "event_ts": message.ts}
            if self._mentions_app(message) and channel.kind != "im" and not message.subtype:
                yield (
                    "app_mention",
                    {**shown, "type": "app_mention", "channel": channel.id, "event_ts": message.ts},
                )
        elif change.kind == "message_changed" and change.detail == "edited":
            assert isinstance(change.value, Message)
            assert isinstance(change.previous, Message)
            ts = self._ts()
            yield (
                subscription,
                {
                    **common,
                    "subtype": "message_changed",
                    "hidden": True,
                    "ts": ts,
                    "event_ts": ts,
                    "message": message_shown(self._core, change.value),
                    "previous_message": message_shown(self._core, change.previous),
                },
            )
        elif change.kind == "message_deleted" and isinstance(change.previous, Message):
            ts = self._ts()
            yield (
                subscription,
                {
                    **common,
                    "subtype": "message_deleted",
                    "hidden": True,
                    "ts": ts,
                    "event_ts": ts,
                    "deleted_ts": change.ts,
                    "previous_message": message_shown(self._core, change.previous),
                },
            )

    def _mentions_app(self, message: Message) -> bool:
        bot = self._core.bot_user_id
        return message.user_id != bot and bot in mentioned(message.text)

    def _of_item(self, change: Change) -> Iterator[tuple[str, JsonObject]]:
        assert isinstance(change.value, Message)
        if not self._is_in(change.channel_id):
            return
        event: JsonObject = {"type": change.kind, "user": change.actor_id, "event_ts": self._ts()}
        if change.kind.startswith("reaction"):
            event |= {
                "reaction": change.detail,
                "item": {"type": "message", "channel": change.channel_id, "ts": change.ts},
                "item_user": change.value.user_id,
            }
        else:
            event |= {
                "channel_id": change.channel_id,
                "item": {
                    "type": "message",
                    "channel": change.channel_id,
                    "message": message_shown(self._core, change.value),
                },
            }
        yield change.kind, event

    def _of_member(self, change: Change) -> Iterator[tuple[str, JsonObject]]:
        assert isinstance(change.value, Channel)
        joined = change.kind == "member_joined"
        itself = change.actor_id == self._core.bot_user_id
        if not self._is_in(change.channel_id) and not itself:
            return
        kind = "member_joined_channel" if joined else "member_left_channel"
        event: JsonObject = {
            "type": kind,
            "user": change.actor_id,
            "channel": change.channel_id,
            "channel_type": "C" if change.value.kind == "public" else "G",
            "team": self._core.workspace.team.id,
            "event_ts": self._ts(),
        }
        if joined and change.detail:
            event["inviter"] = change.detail
        if itself and not joined:
            left = "channel_left" if change.value.kind == "public" else "group_left"
            yield left, {"type": left, "channel": change.channel_id, "event_ts": self._ts()}
            return
        yield kind, event

    def _of_channel(self, change: Change) -> Iterator[tuple[str, JsonObject]]:
        channel = change.value
        assert isinstance(channel, Channel)
        if channel.is_direct:
            return
        family = "channel" if channel.kind == "public" else "group"
        if change.kind == "channel_created":
            if family == "channel":
                shown = {"id": channel.id, "name": channel.name, "created": channel.created, "creator": channel.creator}
                yield "channel_created", {"type": "channel_created", "channel": shown, "event_ts": self._ts()}
            return
        if change.detail == "rename":
            kind = f"{family}_rename"
            renamed = {"id": channel.id, "name": channel.name, "created": channel.created}
            yield kind, {"type": kind, "channel": renamed, "event_ts": self._ts()}
        elif change.detail in ("archive", "unarchive"):
            kind = f"{family}_{change.detail}"
            yield kind, {"type": kind, "channel": channel.id, "user": change.actor_id, "event_ts": self._ts()}

    def _of_home(self, change: Change) -> Iterator[tuple[str, JsonObject]]:
        event: JsonObject = {
            "type": "app_home_opened",
            "user": change.actor_id,
            "channel": change.channel_id,
            "tab": change.detail,
            "event_ts": self._ts(),
        }
        home = self._core.workspace.home(change.actor_id)
        if home is not None and change.detail == "home":
            event["view"] = view_shown(self._core, home)
        yield "app_home_opened", event

    def _is_in(self, channel_id: str) -> bool:
        return self._core.bot_user_id in self._core.workspace.channels[channel_id].members

    def _ts(self) -> str:
        return self._core.workspace.new_ts()
