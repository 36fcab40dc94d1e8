"""Prometheus' HTTP API: a value now, and over time. Asks, and changes nothing.

QueryRefused   the expression is not one, or asks for too much (a UserError: whoever wrote it must change it)
Unavailable    no answer, or one that makes no sense
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.kit.errors import Unavailable, UserError
from bot.kit.text import shorten

SYSTEM: Final = "Prometheus"
_MOST_BYTES: Final = 32 * 1024**2
_REFUSALS: Final = {400, 422}
ReadT = TypeVar("ReadT")


class QueryRefused(UserError):
    """Prometheus does not take the expression; its own words."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A series' value at one moment. `value` is never NaN: such samples are left out."""

    labels: Mapping[str, str]
    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Series:
    """A series over time, the earliest first; moments without a value are missing."""

    labels: Mapping[str, str]
    points: Sequence[tuple[datetime, float]]


class Prometheus:
    """One server. `url` is its address (`http://prometheus:9090`, a path prefix included); the session is shared and closed
    by its owner. `timeout` in seconds is for one question; the server is told of it too, so that it stops computing."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, *, token: str | None = None, timeout: float = 10.0
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = timeout

    async def query(self, expression: str, at: datetime | None = None) -> Sequence[Sample]:
        """The expression's value at a moment (None: now), for each series it gives; a scalar is one without labels."""
        given = {"query": expression}
        if at is not None:
            given["time"] = _seconds(at)
        data = await self._ask("query", given)
        if data.result_type == "scalar":
            return _samples([_Vector(metric={}, value=_read(_POINT, data))])
        vectors: list[_Vector] = _read(_VECTORS, data)
        return _samples(vectors)

    async def query_range(self, expression: str, start: datetime, end: datetime, step: timedelta) -> Sequence[Series]:
        """The expression's values from `start` to `end`, both included, every `step`. Prometheus refuses more than 11,000
        points."""
        given = {
            "query": expression,
            "start": _seconds(start),
            "end": _seconds(end),
            "step": f"{step.total_seconds():g}",
        }
        found = _read(_MATRICES, await self._ask("query_range", given))
        return [
            Series(
                each.metric,
                tuple(
                    (datetime.fromtimestamp(at, UTC), float(text))
                    for at, text in each.values
                    if not math.isnan(float(text))
                ),
            )
            for each in found
        ]

    async def _ask(self, what: str, given: Mapping[str, str]) -> "_Data":
        timeout = aiohttp.ClientTimeout(total=self._timeout)
        try:
            async with self._session.post(
                f"{self._url}/api/v1/{what}",
                data={**given, "timeout": f"{self._timeout:g}s"},
                headers=self._headers,
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                body, status = await _body(answer), answer.status
        except TimeoutError as exc:
            raise Unavailable(SYSTEM, f"no answer within {self._timeout:g} s") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise Unavailable(SYSTEM, type(exc).__name__) from exc
        return self._data(status, body)

    def _data(self, status: int, body: bytes) -> "_Data":
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError as exc:
            raise Unavailable(SYSTEM, f"it answered {status}, and nothing that makes sense") from exc
        if status in _REFUSALS:
            raise QueryRefused(f"{SYSTEM} does not take the expression: {shorten(answer.error, 300)}")
        if status != 200 or answer.status != "success" or answer.data is None:
            raise Unavailable(SYSTEM, f"it answered {status}: {shorten(answer.error, 200)}")
        return answer.data


class _Foreign(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Data(_Foreign):
    result_type: str = Field(alias="resultType")
    result: Any


class _Answer(_Foreign):
    status: str
    data: _Data | None = None
    error: str = ""


_Point = tuple[float, str]


class _Vector(_Foreign):
    metric: dict[str, str]
    value: _Point


class _Matrix(_Foreign):
    metric: dict[str, str]
    values: list[_Point]


_POINT: TypeAdapter[_Point] = TypeAdapter(_Point)
_VECTORS: TypeAdapter[list[_Vector]] = TypeAdapter(list[_Vector])
_MATRICES: TypeAdapter[list[_Matrix]] = TypeAdapter(list[_Matrix])


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise QueryRefused(f"The answer of {SYSTEM} has more than {_MOST_BYTES // 1024**2} MiB: ask for less.")
    return bytes(body)


def _read(adapter: TypeAdapter[ReadT], data: _Data) -> ReadT:
    try:
        return adapter.validate_python(data.result)
    except ValidationError as exc:
        raise Unavailable(SYSTEM, f"it answered a {data.result_type} that makes no sense") from exc


def _samples(vectors: Sequence[_Vector]) -> Sequence[Sample]:
    found = [Sample(each.metric, float(each.value[1]), datetime.fromtimestamp(each.value[0], UTC)) for each in vectors]
    return [sample for sample in found if not math.isnan(sample.value)]


def _seconds(moment: datetime) -> str:
    return f"{moment.timestamp():.3f}"
