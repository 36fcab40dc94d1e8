"""What a sandbox costs. Pure; amounts are exact, in one currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from commands.sandbox.sizes import Resources

_GI: Final = Decimal(1024**3)
_HOURS_PER_MONTH: Final = Decimal(730)  # as clouds count: 365 × 24 ÷ 12
_CENT: Final = Decimal("0.01")
_HOUR: Final = Decimal(3600)


@dataclass(frozen=True)
class PriceList:
    """What a core costs an hour, a GiB of memory an hour, a GiB of storage a month of 730 hours."""

    cpu_hour: Decimal
    memory_gib_hour: Decimal
    storage_gib_month: Decimal
    currency: str

    def hourly(self, resources: Resources, *, asleep: bool = False) -> Decimal:
        """What it may use, whether it does or not: that is what is kept free for it. Asleep it has no pods, only its volumes."""
        storage = Decimal(resources.storage) / _GI * self.storage_gib_month / _HOURS_PER_MONTH
        if asleep:
            return storage
        return storage + resources.cpu * self.cpu_hour + Decimal(resources.memory) / _GI * self.memory_gib_hour

    def daily(self, resources: Resources, *, asleep: bool = False) -> Decimal:
        return self.hourly(resources, asleep=asleep) * 24


class Span(Protocol):
    """A time at one price."""

    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def hourly(self) -> Decimal: ...
    @property
    def awake_hourly(self) -> Decimal: ...


def spent(spans: Sequence[Span], start: datetime | None, end: datetime) -> Decimal:
    """What the time from `start` (None: the beginning) to `end` cost, exactly."""
    return sum((span.hourly * _hours(span, start, end) for span in spans), Decimal(0))


def saved(spans: Sequence[Span], start: datetime | None, end: datetime) -> Decimal:
    """What it would have cost more, had it been awake all the time."""
    return sum(((span.awake_hourly - span.hourly) * _hours(span, start, end) for span in spans), Decimal(0))


def _hours(span: Span, start: datetime | None, end: datetime) -> Decimal:
    since = span.since if start is None else max(span.since, start)
    until = end if span.until is None else min(span.until, end)
    lasted = max(until - since, timedelta(0))
    return (Decimal(lasted.days) * 86_400 + Decimal(lasted.seconds) + Decimal(lasted.microseconds) / 1_000_000) / _HOUR


def money(amount: Decimal, currency: str) -> str:
    """`12.34 EUR`; a little that is not nothing is `< 0.01 EUR`."""
    if 0 < amount < _CENT:
        return f"< 0.01 {currency}"
    return f"{amount.quantize(_CENT)} {currency}"
