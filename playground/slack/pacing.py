"""Rate limits: each method's tier, and posting to a channel. Counts calls; knows nothing of what they do."""

import math
from dataclasses import dataclass
from datetime import datetime

# Calls a minute for tiers 1 to 4, as documented ("1+, 20+, 50+, 100+"); "special" methods allow hundreds.
PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100, 5: 600}
# Slack allows a burst. Tier 1 must let an app open its ten sockets.
BURST = {1: 10, 2: 20, 3: 50, 4: 100, 5: 600}
# One message a second and channel, "short bursts" allowed without a promise: this double allows so many at once.
POSTS_PER_SECOND = 1.0
POST_BURST = 4


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


class Pacing:
    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._buckets: dict[str, _Bucket] = {}

    def refused_for(self, method: str, tier: int, now: datetime) -> int:
        """Takes one call of the method's budget. 0 when it may pass, else Retry-After in seconds."""
        return self._take(method, PER_MINUTE[tier] / 60, BURST[tier], now)

    def post_refused_for(self, channel_id: str, now: datetime) -> int:
        """Likewise for one message in a channel."""
        return self._take(f"post:{channel_id}", POSTS_PER_SECOND, POST_BURST, now)

    def _take(self, key: str, per_second: float, burst: int, now: datetime) -> int:
        if not self.enabled:
            return 0
        bucket = self._buckets.setdefault(key, _Bucket(burst, now))
        passed = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens = min(float(burst), bucket.tokens + passed * per_second)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return max(1, math.ceil((1 - bucket.tokens) / per_second))
