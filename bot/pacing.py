"""How fast the outbox may go: a channel's one post a second, each method's budget in the workspace, and what Slack asked for.

Pure: time is the loop's, in seconds, and comes in as an argument. Nothing sleeps here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

POST: Final = "chat.postMessage"
UPDATE: Final = "chat.update"
PUBLISH: Final = "views.publish"
# So many channels refused by a 429 at the same time mean that the whole workspace is limited, not the channels.
_LIMITED_CHANNELS_MEAN_ALL: Final = 3
# Slack's tiers (facts of 2026-11): 2 is 20 a minute, 3 is 50, 4 is 100. What is not named here is not budgeted.
BUDGETS: Final[Mapping[str, int]] = {
    UPDATE: 50,
    "chat.delete": 50,
    "conversations.open": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "files.info": 100,
    PUBLISH: 100,
}


@dataclass(frozen=True)
class Pacing:
    """`posts_per_second` in one channel; None: as fast as Slack answers, for doubles only. `per_minute` by method, in the
    whole workspace; a method that is missing is not budgeted."""

    posts_per_second: float | None = 1.0
    per_minute: Mapping[str, int] = field(default_factory=lambda: BUDGETS)


UNPACED: Final = Pacing(posts_per_second=None, per_minute={})


class Bucket:
    """At most `per_minute` in any 60 seconds: a fifth of them at once, the rest evenly."""

    def __init__(self, per_minute: int) -> None:
        self._capacity = max(1.0, per_minute // 5)
        self._rate = max(per_minute - self._capacity, 1.0) / 60
        self._level = self._capacity
        self._at = 0.0

    def available(self, now: float) -> int:
        self._refill(now)
        return int(self._level)

    def wait(self, now: float) -> float:
        """Seconds until one is available."""
        self._refill(now)
        return max(0.0, (1 - self._level) / self._rate)

    def take(self, now: float) -> None:
        self._refill(now)
        self._level -= 1

    def _refill(self, now: float) -> None:
        self._level = min(self._capacity, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now


class Pace:
    """What may be sent now. Lanes are the outbox's: a channel, a person, a response_url."""

    def __init__(self, pacing: Pacing) -> None:
        self._interval = 1 / pacing.posts_per_second if pacing.posts_per_second else 0.0
        self._buckets = {method: Bucket(count) for method, count in pacing.per_minute.items()}
        self._lanes: dict[str, float] = {}
        self._limited: dict[str, float] = {}
        self._methods: dict[str, float] = {}

    @property
    def paced(self) -> bool:
        return self._interval > 0

    def posted(self, lane: str, now: float) -> None:
        if self._interval:
            self._lanes[lane] = max(self._lanes.get(lane, 0.0), now + self._interval)

    def limited(self, method: str, lane: str, seconds: float, now: float) -> None:
        """Slack answered 429. A post's is taken for its channel's, unless several channels get one at the same time."""
        until = now + seconds
        if method != POST:
            self._methods[method] = max(self._methods.get(method, 0.0), until)
            return
        self._limited[lane] = self._lanes[lane] = max(self._lanes.get(lane, 0.0), until)
        self._limited = {one: free_at for one, free_at in self._limited.items() if free_at > now}
        if len(self._limited) >= _LIMITED_CHANNELS_MEAN_ALL:
            self._methods[method] = max(self._methods.get(method, 0.0), until)

    def took(self, method: str, now: float) -> None:
        if (bucket := self._buckets.get(method)) is not None:
            bucket.take(now)

    def wait(self, method: str, now: float) -> float:
        """Seconds until this method may be called again."""
        bucket = self._buckets.get(method)
        return max(self._methods.get(method, 0.0) - now, bucket.wait(now) if bucket else 0.0, 0.0)

    def edits(self, now: float, most: int) -> int:
        """How many messages may be changed now."""
        if self._methods.get(UPDATE, 0.0) > now:
            return 0
        bucket = self._buckets.get(UPDATE)
        return min(most, bucket.available(now)) if bucket else most

    def blocked(self, now: float) -> set[str]:
        """The lanes that must wait."""
        self._lanes = {lane: free_at for lane, free_at in self._lanes.items() if free_at > now}
        return set(self._lanes)

    def next_free(self, now: float) -> float | None:
        """Seconds until the first blocked lane is free; None if none is blocked."""
        return max(0.0, min(self._lanes.values()) - now) if self._lanes else None
