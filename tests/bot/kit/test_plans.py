"""Plans: what rules can look at, and when two plans are the same."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel

from bot.kit.matching import FactKind
from bot.kit.plans import PRICE, Price, facts_of, fingerprint, kinds_of, prices_of, same_prices

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


class Inner(BaseModel):
    name: str = "x"


class Effects(BaseModel):
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"
    count: int = 3
    share: float = 0.1
    cost: Price = Decimal(20)
    other_cost: Annotated[Decimal | None, PRICE] = None
    on: bool = True
    lifetime: timedelta | None = timedelta(days=3)
    ready_at: datetime = AT
    day: date = date(2026, 11, 2)
    teams: tuple[str, ...] = ("b", "a")
    inner: Inner = Inner()
    mixed: int | str = 3


class Nothing(BaseModel):
    pass


def test_every_field_that_can_be_compared_is_a_fact() -> None:
    assert kinds_of(Effects) == {
        "colour": FactKind.TEXT,
        "kind": FactKind.TEXT,
        "count": FactKind.NUMBER,
        "share": FactKind.NUMBER,
        "cost": FactKind.NUMBER,
        "other_cost": FactKind.NUMBER,
        "on": FactKind.FLAG,
        "lifetime": FactKind.DURATION,
        "ready_at": FactKind.MOMENT,
        "day": FactKind.TEXT,
        "teams": FactKind.SET,
    }


def test_facts_are_plain_values_and_what_is_none_is_missing() -> None:
    found = facts_of(Effects(lifetime=None))
    assert found["colour"] == "red"
    assert type(found["colour"]) is str
    assert found["share"] == Decimal("0.1")
    assert found["teams"] == frozenset({"a", "b"})
    assert found["day"] == "2026-11-02"
    assert "lifetime" not in found
    assert "other_cost" not in found


def _print(now: datetime = AT, **effects: Any) -> str:
    return fingerprint("a.b", Nothing(), AT, Effects(**{"ready_at": now, **effects}), now)


def test_a_plan_is_the_same_an_hour_later() -> None:
    assert _print() == _print(AT + timedelta(hours=1))


@pytest.mark.parametrize(
    "effects", [{"count": 4}, {"teams": ("a",)}, {"inner": Inner(name="y")}, {"on": False}, {"lifetime": None}]
)
def test_another_effect_is_another_plan(effects: dict[str, Any]) -> None:
    assert _print() != _print(**effects)


def test_another_argument_or_command_is_another_plan() -> None:
    first = fingerprint("a.b", Inner(name="x"), AT, Nothing(), AT)
    assert first != fingerprint("a.b", Inner(name="y"), AT, Nothing(), AT)
    assert first != fingerprint("a.c", Inner(name="x"), AT, Nothing(), AT)


def test_prices_are_compared_apart() -> None:
    assert _print() == _print(cost=Decimal(99))
    assert prices_of(Effects()) == {"cost": "20", "other_cost": ""}


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ({"cost": "20"}, {"cost": "21.00"}, True),
        ({"cost": "20"}, {"cost": "19.00"}, True),
        ({"cost": "20"}, {"cost": "21.01"}, False),
        ({"cost": "20"}, {"cost": ""}, False),
        ({"cost": ""}, {"cost": ""}, True),
        ({"cost": "0"}, {"cost": "0.01"}, False),
        ({"cost": "1"}, {}, False),
    ],
)
def test_prices_may_move_by_a_twentieth(before: dict[str, str], now: dict[str, str], same: bool) -> None:
    assert same_prices(before, now) is same
