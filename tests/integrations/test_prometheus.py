"""What a real Prometheus answers, and how the client tells its refusals from its silences."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from bot.kit.errors import Unavailable
from integrations.prometheus import Prometheus, QueryRefused
from integrations.usage import Usage

required = "prometheus" in os.environ.get("PLATFORM_TEST_REQUIRE", "").split(",")
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None and not required, reason="prometheus is not installed"
)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@asynccontextmanager
async def _running(session: aiohttp.ClientSession, folder: Path, target: str = "") -> AsyncIterator[Prometheus]:
    """A real Prometheus that watches `target` (host:port), or itself."""
    port = unused_port()
    target = target or f"127.0.0.1:{port}"
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: one, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    process = await asyncio.create_subprocess_exec(
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    prometheus = Prometheus(session, f"http://127.0.0.1:{port}/")
    try:
        async with asyncio.timeout(60):
            while not await _up(prometheus):  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.1)
        yield prometheus
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def real(session: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Prometheus]:
    async with _running(session, tmp_path) as prometheus:
        yield prometheus


@needs_prometheus
async def test_usage_is_told_by_namespace_and_what_has_stopped_is_nothing(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """A kubelet of our own, on which one namespace works, one has stopped, and of a third nothing is known."""
    scrapes = 0

    async def metrics(_request: web.Request) -> web.Response:
        nonlocal scrapes
        scrapes += 1
        lines = [f'container_cpu_usage_seconds_total{{namespace="busy",container="web"}} {scrapes * 10}']
        lines += [f'container_network_receive_bytes_total{{namespace="busy"}} {scrapes * 100}']
        if scrapes < 4:
            lines.append('container_cpu_usage_seconds_total{namespace="stopped",container="web"} 7')
        return web.Response(text="\n".join(lines) + "\n")

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    async with TestServer(app) as kubelet, _running(session, tmp_path, f"{kubelet.host}:{kubelet.port}") as prometheus:
        usage = Usage(prometheus)
        async with asyncio.timeout(60):
            while True:
                cores = await usage.cores(timedelta(seconds=3)) or {}
                if cores.get("busy", 0.0) > 0 and cores.get("stopped") == 0.0 and scrapes > 8:
                    break
                await asyncio.sleep(0.1)
        assert "unknown" not in cores
        traffic = await usage.traffic(timedelta(seconds=30)) or {}
        assert traffic["busy"] > 0
    assert await Usage(None).cores(timedelta(minutes=5)) is None


async def _up(prometheus: Prometheus) -> bool:
    try:
        return any(sample.value == 1 for sample in await prometheus.query("up"))
    except Unavailable:
        return False


@needs_prometheus
async def test_values_now_and_over_time(real: Prometheus) -> None:
    now = datetime.now(UTC)
    [up] = await real.query("up")
    assert (up.labels["job"], up.value) == ("one", 1.0)
    assert abs(up.at - now) < timedelta(minutes=5)
    [scalar] = await real.query("scalar(vector(2)) * 3")
    assert (dict(scalar.labels), scalar.value) == ({}, 6.0)
    assert await real.query("vector(0) / 0") == []  # NaN is no value
    assert await real.query("no_such_series") == []
    [series] = await real.query_range("vector(4)", now - timedelta(minutes=1), now, timedelta(seconds=30))
    assert [value for _, value in series.points] == [4.0, 4.0, 4.0]
    assert [at for at, _ in series.points] == sorted(at for at, _ in series.points)


@needs_prometheus
async def test_an_expression_that_is_none_is_refused_in_prometheus_words(real: Prometheus) -> None:
    with pytest.raises(QueryRefused, match="parse error"):
        await real.query("sum(")
    now = datetime.now(UTC)
    with pytest.raises(QueryRefused, match="11,000"):
        await real.query_range("up", now - timedelta(days=9), now, timedelta(seconds=1))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>"),
        (200, "[]"),
        (200, json.dumps({"status": "success"})),
        (200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": [{"metric": 1}]}})),
        (302, ""),
        (401, "Unauthorized"),
        (503, json.dumps({"status": "error", "error": "not ready"})),
    ],
)
async def test_what_makes_no_sense_is_unavailable(session: aiohttp.ClientSession, status: int, body: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_post("/api/v1/query", answer)
    async with TestServer(app) as server:
        with pytest.raises(Unavailable):
            await Prometheus(session, str(server.make_url("/"))).query("up")


async def test_nobody_there_and_nobody_answering_are_unavailable(session: aiohttp.ClientSession) -> None:
    with pytest.raises(Unavailable):
        await Prometheus(session, f"http://127.0.0.1:{unused_port()}").query("up")

    async def silent(_request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        raise AssertionError

    app = web.Application()
    app.router.add_post("/api/v1/query", silent)
    async with TestServer(app) as server:
        with pytest.raises(Unavailable, match="no answer"):
            await Prometheus(session, str(server.make_url("/")), timeout=0.05).query("up")


async def test_the_token_is_sent_and_never_shown(session: aiohttp.ClientSession) -> None:
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.json_response({"status": "error", "error": "no"}, status=500)

    app = web.Application()
    app.router.add_post("/api/v1/query", answer)
    async with TestServer(app) as server:
        with pytest.raises(Unavailable) as caught:
            await Prometheus(session, str(server.make_url("/")), token="s3cret").query("up")
    assert seen == ["Bearer s3cret"]
    assert "s3cret" not in repr(caught.value)
