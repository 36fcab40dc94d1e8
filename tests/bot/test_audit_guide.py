"""docs/audit.md: what it names is there, and what there is it names."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bot.audit
from bot.metrics import Metrics
from bot.reference import metrics_page
from storage.audit import AuditRow, as_line

_ROOT = Path(bot.audit.__file__).parents[1]
_GUIDE = (_ROOT / "docs/audit.md").read_text(encoding="utf-8")


def test_every_field_of_an_entry_is_explained() -> None:
    names = ("action", "object", "actor", "on_behalf_of", "surface", "channel", "thread_ts", "call")
    text: dict[str, Any] = dict.fromkeys(names, "x")
    row = AuditRow(id=1, at=datetime.now(UTC), before="{}", after="{}", note="x", sequence=1, mac="x", **text)
    fields = set(json.loads(as_line(row))) - {"id", "action", "object"}  # the first two columns of the first table
    assert {field for field in fields if f"`{field}`" not in _GUIDE} == set()


def test_what_the_sealer_logs_as_an_error_is_explained() -> None:
    source = Path(bot.audit.__file__).read_text(encoding="utf-8")
    events = set(re.findall(r'log\.error\(\s*"(\w+)"', source))
    assert len(events) >= 3
    assert {event for event in events if f"`{event}`" not in _GUIDE} == set()


def test_the_metrics_it_names_are_there() -> None:
    named = set(re.findall(r"`(platform_bot_\w+)`", _GUIDE))
    assert named
    page = metrics_page(Metrics())
    assert {name for name in named if f"`{name}`" not in page} == set()


def test_the_entries_that_it_names_are_written_somewhere() -> None:
    """All but those whose name is put together from two parts."""
    rows = [line.split("|")[1] for line in _GUIDE.splitlines() if line.startswith("| `") and "." in line.split("|")[1]]
    named = {name for row in rows for name in re.findall(r"`(\w+\.\w+)`", row)}
    assert len(named) > 5
    sources = [
        each.read_text(encoding="utf-8")
        for folder in ("bot", "commands", "storage")
        for each in (_ROOT / folder).rglob("*.py")
    ]
    text = "\n".join(sources)
    assert {name for name in named if f'"{name}"' not in text and not name.startswith("call.")} == set()
