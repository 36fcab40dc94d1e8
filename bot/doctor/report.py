"""What the doctor found, as a table for people and as JSON for programs. Pure: asks nothing and decides nothing."""

import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.kit.text import printable

_HEADINGS = ("CHECK", "STATE", "FOUND", "WHAT TO DO")
_NARROWEST = 24  # columns for each of the two texts, however narrow the terminal is
_GAP = "  "


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """`found` is what is so, `advice` what to do about it ("" when nothing is)."""

    state: State
    found: str
    advice: str = ""


def ok(found: str) -> Finding:
    return Finding(State.OK, found)


def warning(found: str, advice: str) -> Finding:
    return Finding(State.WARNING, found, advice)


def failed(found: str, advice: str) -> Finding:
    return Finding(State.FAILED, found, advice)


def skipped(found: str, advice: str = "") -> Finding:
    return Finding(State.SKIPPED, found, advice)


@dataclass(frozen=True, slots=True)
class Row:
    check: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Report:
    rows: tuple[Row, ...]

    @property
    def status(self) -> int:
        """The exit status: 1 when a check failed. Warnings and skipped checks are no failures."""
        return int(any(row.finding.state is State.FAILED for row in self.rows))

    def hiding(self, secrets: Iterable[str]) -> "Report":
        """The same without any of `secrets`, should a foreign error have quoted one."""
        hidden = tuple(secret for secret in secrets if secret)

        def clean(text: str) -> str:
            for secret in hidden:
                text = text.replace(secret, "…")
            return printable(text)

        def cleaned(finding: Finding) -> Finding:
            return Finding(finding.state, clean(finding.found), clean(finding.advice))

        return Report(tuple(Row(row.check, cleaned(row.finding)) for row in self.rows))

    def as_json(self) -> str:
        """`{"ok": …, "checks": [{"check", "state", "found", "advice"}, …]}`."""
        checks = [
            {
                "check": row.check,
                "state": row.finding.state.value,
                "found": row.finding.found,
                "advice": row.finding.advice,
            }
            for row in self.rows
        ]
        return json.dumps({"ok": self.status == 0, "checks": checks}, indent=2, ensure_ascii=False)

    def as_table(self, width: int) -> str:
        """At most `width` columns wide, unless that leaves too little for the texts."""
        heads = [(row.check, row.finding.state.value) for row in self.rows]
        first, second = (max(len(_HEADINGS[at]), *(len(head[at]) for head in heads)) for at in (0, 1))
        left = max(width - first - second - 3 * len(_GAP), 2 * _NARROWEST)
        widths = (first, second, left - left // 2, left // 2)
        lines = _lines(_HEADINGS, widths)
        for row in self.rows:
            lines += _lines((row.check, row.finding.state.value, row.finding.found, row.finding.advice), widths)
        return "\n".join([*lines, "", self._summary()])

    def _summary(self) -> str:
        counts = {state: sum(row.finding.state is state for row in self.rows) for state in State}
        return ", ".join(f"{count} {state.value}" for state, count in counts.items() if count)


def _lines(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    columns = [
        [line for part in cell.splitlines() for line in textwrap.wrap(part, width)] or [""]
        for cell, width in zip(cells, widths, strict=True)
    ]
    height = max(map(len, columns))
    filled = [column + [""] * (height - len(column)) for column in columns]
    return [
        _GAP.join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*filled, strict=True)
    ]
