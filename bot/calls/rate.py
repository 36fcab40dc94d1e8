"""How often one person, or one API token, may call: a bucket of so many calls each, filled evenly. Knows no call and no surface.

It keeps one person's script from taking the bot away from everybody else; it is no quota. Buckets are in memory: each process has
its own, and a restart fills them.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

import structlog

from bot.config import CallSettings
from bot.kit.clock import Clock, SystemClock
from bot.kit.errors import TooMany

log = structlog.stdlib.get_logger(__name__)

MOST_KNOWN: Final = 10_000  # buckets; whoever was away longest is forgotten, and has a full one again
_QUESTIONS: Final = 5  # as many of them as calls: forms, help and options cost less, and come while somebody types


@dataclass
class _Bucket:
    """`told`: whoever it belongs to has been refused since the last time something was taken."""

    level: float
    at: datetime
    told: bool = False


class RateLimit:
    """`per_minute` is how fast a bucket fills (None: there is no limit), `burst` how much it holds. `refused` is told of every
    refusal."""

    def __init__(
        self,
        clock: Clock,
        per_minute: int | None,
        burst: int,
        refused: Callable[[], None] = lambda: None,
        bound: int = MOST_KNOWN,
    ) -> None:
        self._clock = clock
        self._per_second = None if per_minute is None else per_minute / 60
        self._burst = float(burst)
        self._refused = refused
        self._bound = bound
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def charge(self, who: str) -> None:
        """Takes one out of `who`'s bucket. Raises TooMany when there is none in it."""
        if seconds := self.wait(who):
            raise self.refusal(who, seconds)

    def wait(self, who: str) -> float:
        """0 when one was taken out of `who`'s bucket; else the seconds until there is one in it."""
        if self._per_second is None:
            return 0.0
        now = self._clock.now()
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = _Bucket(self._burst, now)
            if len(self._buckets) > self._bound:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(who)
            passed = max((now - bucket.at).total_seconds(), 0.0)  # the clock may be set back
            bucket.level, bucket.at = min(bucket.level + passed * self._per_second, self._burst), now
        if bucket.level < 1:
            return (1 - bucket.level) / self._per_second
        bucket.level -= 1
        bucket.told = False
        return 0.0

    def refund(self, who: str) -> None:
        """Puts back what `wait` or `charge` took: it was the same call once more."""
        if (bucket := self._buckets.get(who)) is not None:
            bucket.level = min(bucket.level + 1, self._burst)

    def refusal(self, who: str, seconds: float) -> TooMany:
        """The error to raise when `wait` said so many seconds; counted, and logged once until something is taken again."""
        self._refused()
        bucket = self._buckets.get(who)
        first = bucket is None or not bucket.told
        if bucket is not None:
            bucket.told = True
        if first:
            log.warning("rate_limited", who=who, seconds=ceil(seconds))
        return TooMany(seconds, first=first)


@dataclass(frozen=True)
class Rates:
    """The limits of a process. `calls` and `questions` are people's (by Slack id), the others tokens' (by the token's id)."""

    calls: RateLimit
    questions: RateLimit
    token_calls: RateLimit
    token_questions: RateLimit

    @classmethod
    def of(cls, settings: CallSettings, clock: Clock, refused: Callable[[], None] = lambda: None) -> "Rates":
        def limit(per_minute: int | None, burst: int, times: int = 1) -> RateLimit:
            return RateLimit(clock, None if per_minute is None else per_minute * times, burst * times, refused)

        people = settings.person_per_minute, settings.person_burst
        tokens = settings.token_per_minute, settings.token_burst
        return cls(limit(*people), limit(*people, _QUESTIONS), limit(*tokens), limit(*tokens, _QUESTIONS))

    @classmethod
    def unlimited(cls) -> "Rates":
        none = RateLimit(SystemClock(), None, 1)
        return cls(none, none, none, none)
