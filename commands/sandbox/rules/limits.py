"""What may be asked for: names, how many, how much, for how long. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot.kit.units import format_bytes
from commands.sandbox.sizes import Resources

NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])")


def checked_name(name: str) -> str:
    """The name in lower case. Raises ValueError that says what a name looks like."""
    name = name.strip().lower()
    if not NAME.fullmatch(name):
        raise ValueError(
            "must be 2 to 30 lower-case letters, digits and dashes, beginning with a letter, such as checkout-fix"
        )
    return name


def over_limit(mine: int, per_person: int, team: str, ours: int, per_team: int) -> str | None:
    """Why one more may not be made, None if it may. `mine` and `ours` count what stands now."""
    if not per_person or not per_team:
        return "Sandboxes are switched off here. Ask your platform team."
    if mine >= per_person:
        return f"You have {_sandboxes(mine)}, which is as many as one person may have. Delete one first."
    if ours >= per_team:
        return f"Team {team} has {_sandboxes(ours)}, which is as many as a team may have. Delete one first."
    return None


@dataclass(frozen=True)
class TeamBounds:
    """What all sandboxes of a team may come to together; None: as much as they like. Memory and storage in bytes, `per_day` in
    the platform's currency, asleep or not."""

    cpu: int | None = None
    memory: int | None = None
    storage: int | None = None
    per_day: Decimal | None = None


def over_bounds(
    team: str, bounds: TeamBounds, wanted: Iterable[Resources], per_day: Decimal | None, currency: str
) -> str | None:
    """Why a team may not have all of `wanted`, which cost `per_day` together (None: nobody knows); None if it may."""
    together = sum(wanted, Resources(0, 0, 0))
    parts = (
        (together.cpu, bounds.cpu, "CPUs", str),
        (together.memory, bounds.memory, "of memory", format_bytes),
        (together.storage, bounds.storage, "of storage", format_bytes),
    )
    for needed, most, what, shown in parts:
        if most is not None and needed > most:
            return (
                f"With it, team {team}'s sandboxes would have {shown(needed)} {what} together; {shown(most)} are the most. "
                "Delete one first, or take a smaller size."
            )
    if bounds.per_day is not None and per_day is not None and per_day > bounds.per_day:
        return (
            f"With it, team {team}'s sandboxes would cost {per_day:.2f} {currency} a day together; {bounds.per_day:.2f} are the "
            "most. Delete one first, or take a smaller size."
        )
    return None


def _sandboxes(count: int) -> str:
    return f"{count} sandbox{'' if count == 1 else 'es'}"
