"""Brings one message up to date in Slack, and says what became of it; knows no queue, no lease and no pacing of channels.

Slack's refusals, silences and limits leave here as exceptions of integrations/slack.py, except those that have an answer of
their own: a message that is gone is posted again, a channel that will not have us has a fallback, a response_url that is spent
becomes a direct message, a post that may have been made already is looked for.
"""

import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog

from bot.kit.clock import Clock
from integrations.slack import SlackClient, SlackRefused
from storage.db import Database
from storage.message_claims import Claimed, MessageClaims, Parent, Settled
from storage.messages import HOME_LANE, MessageState

log = structlog.stdlib.get_logger(__name__)

EVENT_TYPE: Final = "platform_bot"
# Any fixed namespace: the same key gives the same client_msg_id after a crash, on any replica.
_NAMESPACE: Final = uuid.UUID("6f7f3a0e-9a52-4f43-9f0a-0d5a1e3f2b77")
_RESPONSE_USES: Final = 5
# Our clock and Slack's may differ; a post is looked for from this long before the attempt that may have made it.
_CLOCK_SKEW: Final = timedelta(minutes=5)
_DIRECT_CHANNELS: Final = 10_000  # kept in memory; the others are in the database
_HISTORY_PAGE: Final = 200
_HISTORY_PAGES: Final = 50
_GONE: Final = frozenset({"message_not_found"})
_WILL_NOT_HAVE_US: Final = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "thread_not_found",
        "team_access_not_granted",
    }
)
_SORTED: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_FOR_RESPONSE_URLS_ONLY: Final = ("response_type", "replace_original", "delete_original", "thread_ts")


class Renderer(Protocol):
    async def render(self, view: str, object_id: str) -> Mapping[str, Any] | None:
        """`text` and `blocks` of a card as its object is now; None when there is nothing to show (any more)."""


class Call(Protocol):
    """A Web API call that waits for its method's budget first."""

    def __call__(self, method: str, **arguments: Any) -> Awaitable[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Delivered:
    """`result` is for the metrics: posted, edited, unchanged, removed, answered, shared, found (it had been posted already);
    published (an App Home); redirected, vanished (to be posted elsewhere, again: at once)."""

    settled: Settled
    result: str


class Undeliverable(Exception):
    """This message can never be shown; says why."""


class Delivery:
    def __init__(
        self,
        db: Database,
        client: SlackClient,
        call: Call,
        renderer: Renderer,
        clock: Clock,
        decrypt: Callable[[str], str | None],
        duplicate: Callable[[], None],
    ) -> None:
        """`decrypt` opens a stored response_url, None if it cannot; `duplicate` is told of a message that stands twice."""
        self._db = db
        self._client = client
        self._call = call
        self._renderer = renderer
        self._clock = clock
        self._decrypt = decrypt
        self._duplicate = duplicate
        self._claims = MessageClaims()
        self._direct: dict[str, str] = {}

    async def payload(self, message: Claimed) -> Mapping[str, Any] | None:
        """What it should show; None: nothing. Raises whatever rendering raises."""
        if message.removed:
            return None
        if message.view is not None:
            return await self._renderer.render(message.view, message.object_id or "")
        body = message.body or {}
        if message.response_url is not None:
            return {"response_type": "ephemeral", "replace_original": False, **body}
        return {name: value for name, value in body.items() if name not in _FOR_RESPONSE_URLS_ONLY}

    async def deliver(
        self, message: Claimed, payload: Mapping[str, Any] | None, parent: Parent | None, token: int
    ) -> Delivered:
        """Raises SlackError, Undeliverable, and Unavailable (before anything was posted)."""
        if payload is None:
            return await self._remove(message, parent)
        if message.response_url is not None:
            return await self._answer(message, payload)
        if message.lane.startswith(HOME_LANE):
            return await self._publish(message, payload)
        if message.file_name is not None:
            return await self._share(message, parent, payload, token)
        if message.ts is None:
            return await self._post(message, parent, payload)
        return await self._edit(message, payload)

    # --- a message in a conversation --------------------------------------------------------------------------------

    async def _post(self, message: Claimed, parent: Parent | None, payload: Mapping[str, Any]) -> Delivered:
        channel, thread_ts = await self._place(message, parent)
        if message.unsure_since is not None:
            found = await self._find(message.key, channel, thread_ts, message.unsure_since)
            if found is not None:
                ts, shown_hash = found
                there = message._replace(ts=ts, shown_in=channel, shown_hash=shown_hash, unsure_since=None)
                log.info("message_found", message=message.key, channel=channel, ts=ts)
                delivered = await self._edit(there, payload)
                return replace(delivered, result="found") if delivered.result == "unchanged" else delivered
        digest = _hash(payload)
        answer = await self._call(
            "chat.postMessage",
            **{
                **payload,
                "channel": channel,
                "thread_ts": thread_ts,
                "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": message.key, "hash": digest}},
                "client_msg_id": str(uuid.uuid5(_NAMESPACE, message.key)),
            },
        )
        where = str(answer.get("channel") or channel)
        return _shown(message, "posted", ts=str(answer["ts"]), shown_in=where, shown_hash=digest)

    async def _edit(self, message: Claimed, payload: Mapping[str, Any]) -> Delivered:
        digest = _hash(payload)
        if digest == message.shown_hash:
            return _shown(message, "unchanged")
        try:
            # What an update does not mention stays: without blocks the old ones would.
            await self._call("chat.update", **{"blocks": [], **payload, "channel": message.shown_in, "ts": message.ts})
        except SlackRefused as error:
            if error.code not in _GONE:
                raise
            log.info("message_vanished", message=message.key, channel=message.shown_in, ts=message.ts)
            # Not posted at once: were the outcome of that post unknown, nobody would know that there was one.
            return self._at_once(
                message._replace(ts=None, shown_in=None, shown_hash=None, unsure_since=None), "vanished"
            )
        return _shown(message, "edited", shown_hash=digest)

    async def _remove(self, message: Claimed, parent: Parent | None) -> Delivered:
        ts, channel = message.ts, message.shown_in
        if ts is None and message.unsure_since is not None:
            channel, thread_ts = await self._place(message, parent)
            found = await self._find(message.key, channel, thread_ts, message.unsure_since)
            ts = found[0] if found else None
        try:
            if ts is not None:
                await self._call("chat.delete", channel=channel, ts=ts)
            elif message.file_id is not None and message.shown_hash is not None:
                await self._call("files.delete", file=message.file_id)
        except SlackRefused as error:
            if error.code not in _GONE | {"file_not_found", "file_deleted"}:
                raise
        gone = message._replace(ts=None, shown_in=None, shown_hash=None, unsure_since=None, attempts=0, last_error=None)
        return Delivered(Settled(gone, MessageState.REMOVED), "removed")

    async def _place(self, message: Claimed, parent: Parent | None) -> tuple[str, str | None]:
        """Channel and thread. A reply goes where its parent stands, also when that was redirected."""
        if message.parent_key is not None:
            if parent is None or parent.ts is None or parent.channel is None:
                raise Undeliverable(f"the message it belongs under, {message.parent_key}, could not be posted")
            return parent.channel, parent.ts
        if message.channel is not None:
            return message.channel, message.thread_ts
        if message.person is None:
            raise Undeliverable("it is addressed to nobody")
        return await self._direct_channel(message.person), message.thread_ts

    async def _direct_channel(self, user_id: str) -> str:
        if (known := self._direct.get(user_id)) is not None:
            return known
        async with self._db.reading() as session:
            channel = (await self._claims.direct_channels(session, [user_id])).get(user_id)
        if channel is None:
            answer = await self._call("conversations.open", users=user_id)
            channel = str(answer["channel"]["id"])
            async with self._db.transaction() as session:
                await self._claims.remember_direct_channel(session, user_id, channel)
        while len(self._direct) >= _DIRECT_CHANNELS:
            self._direct.pop(next(iter(self._direct)))
        self._direct[user_id] = channel
        return channel

    async def _find(
        self, key: str, channel: str, thread_ts: str | None, since: datetime
    ) -> tuple[str, str | None] | None:
        """`ts` and payload hash of the message with this key, if Slack shows it. More than one: the oldest counts."""
        oldest = f"{(since - _CLOCK_SKEW).timestamp():.6f}"
        method = "conversations.replies" if thread_ts else "conversations.history"
        found: list[tuple[str, str | None]] = []
        cursor: str | None = None
        for _ in range(_HISTORY_PAGES):
            try:
                page = await self._call(
                    method,
                    channel=channel,
                    ts=thread_ts,
                    oldest=oldest,
                    include_all_metadata=True,
                    limit=_HISTORY_PAGE,
                    cursor=cursor,
                )
            except SlackRefused as error:
                # Without history there is the client_msg_id alone; not posting at all would be worse than twice.
                log.warning("message_not_looked_for", message=key, channel=channel, code=error.code)
                return None
            for one in page.get("messages", []):
                metadata = one.get("metadata") or {}
                payload = metadata.get("event_payload") or {}
                if metadata.get("event_type") == EVENT_TYPE and payload.get("key") == key:
                    found.append((str(one["ts"]), payload.get("hash")))
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
        if len(found) > 1:
            log.warning("message_stands_twice", message=key, channel=channel, count=len(found))
            self._duplicate()
        return min(found, default=None, key=lambda one: float(one[0]))

    async def _publish(self, message: Claimed, payload: Mapping[str, Any]) -> Delivered:
        """An App Home: published as a whole, any number of times, so an unknown outcome is simply published again."""
        digest = _hash(payload)
        if digest == message.shown_hash:
            return _shown(message, "unchanged")
        view = {"type": "home", "blocks": payload.get("blocks", [])}
        await self._call("views.publish", user_id=message.person, view=view)
        return _shown(message, "published", shown_hash=digest)

    # --- files ------------------------------------------------------------------------------------------------------

    async def _share(
        self, message: Claimed, parent: Parent | None, payload: Mapping[str, Any], token: int
    ) -> Delivered:
        """Its text is the file's comment; blocks and metadata cannot be had there, so whether it was shared is asked of the
        file."""
        if message.shown_hash is not None:
            return _shown(message, "unchanged")
        channel, thread_ts = await self._place(message, parent)
        file_id = message.file_id
        if file_id is not None and message.unsure_since is not None and await self._is_shared(file_id, channel):
            return _shown(message, "found", shown_in=channel, shown_hash=_hash(payload))
        if file_id is None:
            async with self._db.reading() as session:
                data = await self._claims.file_data(session, message.id)
            file_id = await self._client.upload(message.file_name or "file", data)
            async with self._db.transaction() as session:
                await self._claims.uploaded(session, message.id, token, file_id)
        try:
            await self._call(
                "files.completeUploadExternal",
                files=[{"id": file_id, "title": message.file_title or message.file_name}],
                channel_id=channel,
                thread_ts=thread_ts,
                initial_comment=payload.get("text"),
            )
        except SlackRefused as error:
            if error.code != "file_not_found" or message.file_id is None:
                raise
            return await self._share(message._replace(file_id=None, unsure_since=None), parent, payload, token)
        return _shown(message, "shared", file_id=file_id, shown_in=channel, shown_hash=_hash(payload))

    async def _is_shared(self, file_id: str, channel: str) -> bool:
        try:
            answer = await self._call("files.info", file=file_id)
        except SlackRefused:
            return False  # never completed, or we may not ask
        file = answer["file"]
        places = {place for kind in ("channels", "groups", "ims") for place in file.get(kind) or ()}
        places |= {place for shares in (file.get("shares") or {}).values() for place in shares}
        return channel in places

    # --- response_urls ----------------------------------------------------------------------------------------------

    async def _answer(self, message: Claimed, payload: Mapping[str, Any]) -> Delivered:
        url = self._decrypt(message.response_url or "")
        expired = message.response_expires_at is not None and self._clock.now() >= message.response_expires_at
        if url is None or expired or message.response_uses >= _RESPONSE_USES:
            return self.redirected(message, "the response_url cannot be used any more")
        try:
            await self._client.respond(url, payload)
        except SlackRefused as error:
            return self.redirected(message, str(error))
        return _shown(message, "answered", response_url=None, response_uses=message.response_uses + 1)

    # --- another way ------------------------------------------------------------------------------------------------

    def another_way(self, message: Claimed, error: SlackRefused) -> Delivered | None:
        """For a refused message: who else gets it, if anybody."""
        if message.fallback is None or message.ts is not None or error.code not in _WILL_NOT_HAVE_US:
            return None
        return self.redirected(message._replace(person=message.fallback, fallback=None), str(error))

    def redirected(self, message: Claimed, why: str) -> Delivered:
        """To the person's direct messages, at once."""
        if message.person is None:
            raise Undeliverable(why)
        log.info("message_redirected", message=message.key, user_id=message.person, reason=why)
        direct = message._replace(
            lane=f"person:{message.person}",
            channel=None,
            parent_key=None,
            thread_ts=None,
            response_url=None,
            unsure_since=None,
            attempts=0,
            last_error=why,
        )
        return self._at_once(direct, "redirected")

    def _at_once(self, message: Claimed, result: str) -> Delivered:
        return Delivered(Settled(message, MessageState.WAITING, retry_at=self._clock.now()), result)


def _shown(message: Claimed, result: str, **changed: Any) -> Delivered:
    now_shown = message._replace(unsure_since=None, attempts=0, last_error=None, **changed)
    return Delivered(Settled(now_shown, MessageState.SHOWN), result)


def _hash(payload: Mapping[str, Any]) -> str:
    return hashlib.sha256(_SORTED.encode(payload).encode()).hexdigest()[:32]
