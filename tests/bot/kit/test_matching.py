"""Conditions: what is written, what is understood, what holds."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.kit.matching import Condition, FactKind, Known, When, read_condition

KNOWN = Known(
    {
        "command": FactKind.NAME,
        "cost_per_day": FactKind.NUMBER,
        "production": FactKind.FLAG,
        "lifetime": FactKind.DURATION,
        "at": FactKind.MOMENT,
        "teams": FactKind.SET,
        "environment": FactKind.TEXT,
    }
)
FACTS: Mapping[str, object] = {
    "command": "sandbox.create",
    "cost_per_day": Decimal("20.5"),
    "production": False,
    "lifetime": timedelta(days=3),
    "at": datetime(2026, 12, 25, 23, 30, tzinfo=UTC),  # a Friday
    "teams": frozenset({"payments", "search"}),
    "environment": "staging",
}


def _holds(written: str, facts: Mapping[str, object] = FACTS) -> bool:
    return read_condition(yaml.safe_load(written)).bind(KNOWN)(facts)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "command: sandbox.create",
        "command: sandbox.*",
        "command: '*'",
        "command: [incident.close, sandbox.*]",
        "cost_per_day: {gt: 20}",
        "cost_per_day: {gte: 20.5, lt: 21}",
        "cost_per_day: 20.50",
        "production: no",
        "production: {not: yes}",
        "lifetime: {lte: 3d}",
        "lifetime: 72h",
        "teams: payments",
        "teams: {not: billing}",
        "teams: {like: pay*}",
        "environment: {matches: sta(ge|ging)}",
        "environment: {not: [production, test]}",
        "environment: {in: [staging]}",
        "environment: {set: yes}",
        "any: [{command: nothing.*}, {teams: search}]",
        "all: [{command: sandbox.*}, {teams: search}]",
        "not: {command: alert.ack}",
        "at: {weekdays: fri}",
        "at: {weekdays: [saturday], zone: Europe/Berlin}",
        'at: {from: "22:00", until: "06:00"}',
        "at: {after: 2026-12-20, before: 2027-01-04}",
        'at: {after: "2026-12-26 00:29", before: "2026-12-26 00:31", zone: Europe/Berlin}',
    ],
)
def test_what_is_written_holds(written: str) -> None:
    assert _holds(written)


@pytest.mark.parametrize(
    "written",
    [
        "command: sandbox",
        "command: sandbox.create.more",
        "command: [incident.*, alert.*]",
        "cost_per_day: {gt: 20.5}",
        "production: yes",
        "lifetime: {lt: 3d}",
        "teams: billing",
        "teams: {not: payments}",
        "environment: stag",
        "environment: {matches: stag}",
        "environment: {set: no}",
        "command: sandbox.create\nteams: billing",
        "not: {command: sandbox.*}",
        "any: [{teams: billing}, {production: yes}]",
        "at: {weekdays: [mon, tue]}",
        'at: {from: "06:00", until: "22:00"}',
        "at: {before: 2026-12-25}",
    ],
)
def test_what_is_written_does_not_hold(written: str) -> None:
    assert not _holds(written)


def test_a_window_over_midnight_belongs_to_the_day_it_began() -> None:
    friday_night = 'at: {weekdays: fri, from: "22:00", until: "06:00"}'
    saturday_morning = {**FACTS, "at": datetime(2026, 12, 26, 5, 59, tzinfo=UTC)}
    friday_morning = {**FACTS, "at": datetime(2026, 12, 25, 5, 59, tzinfo=UTC)}

    assert _holds(friday_night)
    assert _holds(friday_night, saturday_morning)
    assert not _holds(friday_night, friday_morning)


@pytest.mark.parametrize("written", ["environment: staging", "cost_per_day: {lt: 100}", "teams: payments", "at: {}"])
def test_a_fact_that_is_missing_matches_nothing(written: str) -> None:
    if written == "at: {}":
        written = "at: {weekdays: [mon, tue, wed, thu, fri, sat, sun]}"
    assert not _holds(written, {})


@pytest.mark.parametrize("written", ["environment: {not: staging}", "teams: {set: no}", "not: {command: x.y}"])
def test_unless_it_is_asked_what_is_not(written: str) -> None:
    assert _holds(written, {})


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("enviroment: x", "did you mean environment?"),
        ("zebra: x", "known are at, command"),
        ("cost_per_day: {gt: cheap}", "must be a number, not “cheap”"),
        ("cost_per_day: {matche: 1}", "did you mean matches?"),
        ("cost_per_day: {like: 2*}", "is for text; this is a number"),
        ("environment: {gt: 3}", "is for numbers and durations; this is text"),
        ("lifetime: 3", "must be a duration such as 3d"),
        ("production: maybe", "must be yes or no"),
        ("environment: yes", "YAML reads yes, no, on and off as such"),
        ("environment: {matches: '('}", "is no regular expression"),
        ("environment: {in: staging}", "must be a list"),
        ("environment: []", "must name at least one value"),
        ("environment:", "must say what it is to be compared with"),
        ("at: 2026-12-24", "compared with after, before"),
        ("at: {weekdays: caturday}", "must be of mon, tue"),
        ("at: {weekdays: fri, gt: 3}", "gt: a time is compared with"),
        ("at: {from: noon}", 'such as "16:30"'),
        ("at: {weekdays: fri, zone: Mars/Base}", "there is no time zone “Mars/Base”"),
        ("at: {after: soon}", 'such as "2026-12-24 18:00"'),
        ("any: {command: x}", "must be a list of conditions"),
        ("- command", "must be a mapping"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_would_be_right(written: str, words: str) -> None:
    with pytest.raises(ValueError) as raised:
        _holds(written)
    assert words in str(raised.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ValueError) as raised:
        _holds("zebra: x\nany: [{lifetime: soon}, {production: 7}]")
    assert len(str(raised.value).splitlines()) == 3


def test_every_other_name_may_be_known_as_text() -> None:
    labels = Known({"source": FactKind.TEXT}, others=FactKind.TEXT)
    condition = read_condition({"severity": "critical", "instance": {"like": "db-*"}}).bind(labels)

    assert condition({"severity": "critical", "instance": "db-7"})
    assert not condition({"severity": "critical"})


def test_a_condition_reads_as_a_sentence() -> None:
    written = "command: [sandbox.create, sandbox.resize]\ncost_per_day: {gt: 20}\nnot: {teams: sre}"
    condition = read_condition(yaml.safe_load(written))

    text = "command is one of sandbox.create, sandbox.resize and cost_per_day > 20 and not (teams is sre)"
    assert str(condition) == text
    assert str(Condition()) == "always"
    assert condition.facts() == {"command", "cost_per_day", "teams"}


def test_a_settings_section_holds_one() -> None:
    class Rule(BaseModel):
        when: When = Condition()

    assert Rule.model_validate({"when": {"command": "a.b"}}).when == read_condition({"command": "a.b"})
    with pytest.raises(ValidationError, match="did you mean matches"):
        Rule.model_validate({"when": {"cost": {"matche": 1}}})


_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates())
_WRITTEN = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*KNOWN.facts, "any", "all", "not", "gt", "in", "like", "matches", "from", "zone", "?"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=12,
)


@given(_WRITTEN)
def test_whatever_is_written_is_understood_or_told(written: Any) -> None:
    try:
        predicate = read_condition(written).bind(KNOWN)
    except ValueError:
        return  # told; anything else would fail here
    assert predicate(FACTS) in (True, False)
    assert predicate({}) in (True, False)
