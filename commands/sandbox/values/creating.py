"""What the form for a sandbox knows while it is filled in. Shapes only."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from commands.sandbox.sizes import Resources


@dataclass(frozen=True)
class Offer:
    """None is what nobody knows (yet); `problem` is why there is no room."""

    resources: Resources | None
    lifetime: timedelta | None
    per_day: Decimal | None
    until_the_end: Decimal | None
    currency: str | None
    problem: str | None
