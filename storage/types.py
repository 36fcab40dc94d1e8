"""Column types that mean the same on SQLite and PostgreSQL; tables and queries live elsewhere."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, in and out, with microseconds.

    PostgreSQL: `timestamptz`. SQLite: text `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, so that it sorts as time does (plain
    `DateTime(timezone=True)` gives naive values back there). A naive value raises ValueError instead of being guessed at.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must be aware, this one is naive")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        # The grouped writer binds thousands a second: one function instead of SQLAlchemy's chain of three.
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def to_text(value: datetime | None) -> str | None:
            if value is None:
                return None
            if value.tzinfo is not UTC:
                if value.tzinfo is None:
                    raise ValueError("a stored time must be aware, this one is naive")
                value = value.astimezone(UTC)
            return value.isoformat(" ", "microseconds")[:-6]  # without +00:00

        return to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        # As above: the outbox reads thousands a second, most of them None.
        if dialect.name != "sqlite":
            return lambda value: self.process_result_value(value, dialect)

        def from_text(value: str | None) -> datetime | None:
            return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)

        return from_text


class JSONText(TypeDecorator[Any]):
    """A JSON value kept as compact text, for what is stored and read whole and never queried into.

    Text and not `jsonb`, because jsonb refuses the character U+0000, which people and label values may send.
    None is SQL NULL.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        # As above: SQLAlchemy's own chain around it takes as long as reading a short text.
        return lambda value: self.process_result_value(value, dialect)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self


class DecimalText(TypeDecorator[Decimal]):
    """An amount, exactly as it is: SQLite has no decimals of its own, and a float would lose cents. Text in both, so sums
    are made in Python."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not value.is_finite():
            raise ValueError("a stored amount must be finite")
        return f"{value:f}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)
