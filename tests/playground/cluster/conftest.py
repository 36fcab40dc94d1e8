"""A running double and a bare HTTP client for it: what is tested here is what goes over the wire."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from playground.cluster import ClusterDouble
from playground.cluster.kinds import Object
from tests.conftest import FakeClock


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    warnings: list[str]

    @property
    def reason(self) -> str:
        return str(self.body.get("reason", ""))

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))

    @property
    def fields(self) -> list[str]:
        """The fields that the causes of a refusal name."""
        return [cause.get("field", "") for cause in self.body.get("details", {}).get("causes", [])]


class Wire:
    """Requests exactly as given."""

    def __init__(self, session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> None:
        self.session = session
        self.url = url
        self.headers = headers

    def with_headers(self, **headers: str) -> "Wire":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Wire(self.session, self.url, {**self.headers, **named})

    def with_token(self, token: str) -> "Wire":
        return self.with_headers(Authorization=f"Bearer {token}")

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content_type: str = "application/json",
        **query: str,
    ) -> Answer:
        data = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        sent = {**self.headers, "Content-Type": content_type}
        async with self.session.request(method, self.url + path, data=data, headers=sent, params=query) as response:
            text = await response.text()
            kind = response.headers.get("Content-Type", "")
            return Answer(
                response.status,
                json.loads(text) if kind.startswith("application/json") else text,
                response.headers.getall("Warning", []),
            )

    async def apply(self, path: str, body: object, **query: str) -> Answer:
        query.setdefault("fieldManager", "tester")
        return await self.call("PATCH", path, body, content_type="application/apply-patch+yaml", **query)

    async def merge(self, path: str, body: object, **query: str) -> Answer:
        return await self.call("PATCH", path, body, content_type="application/merge-patch+json", **query)


@pytest.fixture
async def double(clock: FakeClock) -> AsyncIterator[ClusterDouble]:
    async with ClusterDouble(clock=clock) as running:
        yield running


@pytest.fixture
async def wire(double: ClusterDouble) -> AsyncIterator[Wire]:
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Wire(session, double.url, {}).with_token(double.admin_token)


def config_map(name: str, **parts: Any) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **parts}


def pod(name: str, *, requests: dict[str, str] | None = None, **spec: Any) -> Object:
    container: Object = {"name": "main", "image": "nginx:1.27"}
    if requests is not None:
        container["resources"] = {"requests": requests, "limits": requests}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], **spec},
    }


def deployment(name: str, replicas: int = 2, **labels: str) -> Object:
    chosen = labels or {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": chosen},
            "template": {
                "metadata": {"labels": chosen},
                "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]},
            },
        },
    }
