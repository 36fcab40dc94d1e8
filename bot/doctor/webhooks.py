"""Which sources of webhooks are configured. Calls none of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.doctor.examine import Check
from bot.doctor.report import Finding, ok, skipped


@dataclass(frozen=True)
class WebhookChecks:
    """`sources` are those with a secret; the others are closed."""

    sources: Sequence[str] = ()

    def checks(self) -> list[Check]:
        return [Check("webhooks", self._sources)]

    async def _sources(self) -> Finding:
        if not self.sources:
            return skipped("no source is configured: every webhook is closed")
        return ok(", ".join(sorted(self.sources)))
