"""What was asked for and what came of it: every accepted thing must be answered once. Knows no Slack and no load."""

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

MARK = re.compile(r"soak-(\d+)")


class Outcome(StrEnum):
    """How the bot acknowledged something.

    accepted: it will be done, and answered once. asked: a question, answered with the acknowledgement. refused: a mistake, or
    not allowed. busy: too much to do, nothing was done. unknown: no acknowledgement; done once, or not at all.
    """

    ACCEPTED = "accepted"
    ASKED = "asked"
    REFUSED = "refused"
    BUSY = "busy"
    UNKNOWN = "unknown"


@dataclass
class Ledger:
    """Everything is known by its number, which stands in its name: `soak-17`."""

    outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _last: int = 0
    _owed: set[int] = field(default_factory=set)
    _answers: Counter[int] = field(default_factory=Counter)

    def number(self) -> int:
        self._last += 1
        return self._last

    def acknowledged(self, load: str, outcome: Outcome) -> None:
        self.outcomes[load, outcome] += 1

    def owe(self, number: int) -> None:
        """What has this number was accepted: it must be answered."""
        self._owed.add(number)

    def answered(self, text: str) -> None:
        """The bot said something; what it is about stands in it."""
        if (found := MARK.search(text)) is not None:
            self._answers[int(found[1])] += 1

    def doubled_again(self, number: int, what: str) -> None:
        self.wrong.append(f"soak-{number}: {what}")

    @property
    def lost(self) -> list[int]:
        """Accepted, and not answered so far."""
        return sorted(number for number in self._owed if not self._answers[number])

    @property
    def doubled(self) -> list[int]:
        return sorted(number for number, count in self._answers.items() if count > 1)

    def total(self, outcome: Outcome) -> int:
        return sum(count for (_, found), count in self.outcomes.items() if found is outcome)
