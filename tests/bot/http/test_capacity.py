"""The HTTP server's bounds: past them the answer is 503 and says when to come again; health is told all the same."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.http import capacity
from bot.http.capacity import BoundedSite, Capacity
from bot.http.server import build_server
from bot.metrics import Metrics


class Server:
    """Two requests and four connections at most; `/work` takes until `gate` is open."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.gate = asyncio.Event()
        self.begun = 0
        self.capacity = Capacity(self.metrics, requests=2, connections=4)
        self.runner = web.AppRunner(
            build_server(
                [web.get("/work", self._work), web.get("/healthz", self._work_is_alive)], [], [self.capacity.gate()]
            )
        )
        self.port = 0

    async def _work(self, _request: web.Request) -> web.Response:
        self.begun += 1
        await self.gate.wait()
        return web.Response(text="done")

    async def _work_is_alive(self, _request: web.Request) -> web.Response:
        return web.Response(text="alive")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def figure(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    async def until_begun(self, count: int) -> None:
        for _ in range(3_000):
            if self.begun >= count:
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"only {self.begun} requests were begun")

    async def answers(self, status: bytes) -> bytes:
        """What a new connection is answered, once it begins with `status`."""
        for _ in range(3_000):
            if (answer := await _raw(self.port)).startswith(b"HTTP/1.1 " + status):
                return answer
            await asyncio.sleep(0.01)
        pytest.fail(f"it is still answered {answer!r}")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.runner.setup()
    await BoundedSite(server.runner, "127.0.0.1", 0, server.capacity).start()
    server.port = server.runner.addresses[0][1]
    yield server
    server.gate.set()
    await server.runner.cleanup()


async def _get(session: aiohttp.ClientSession, url: str) -> tuple[int, str, str]:
    async with session.get(url) as answer:
        return answer.status, answer.headers.get("Retry-After", ""), await answer.text()


async def test_past_the_bound_a_request_is_turned_away_with_when_to_come_again_and_what_was_begun_ends(
    server: Server,
) -> None:
    async with aiohttp.ClientSession() as session:
        begun = [asyncio.create_task(_get(session, f"{server.url}/work")) for _ in range(2)]
        await server.until_begun(2)
        async with session.get(f"{server.url}/work") as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "5"
            assert answer.content_type == "application/problem+json"
            assert (await answer.json())["type"] == "/api/docs#unavailable"
            assert "Nothing was done" in (await answer.json())["detail"]
        assert await _get(session, f"{server.url}/healthz") == (200, "", "alive")
        server.gate.set()
        assert [(await task)[0] for task in begun] == [200, 200]
        assert (await _get(session, f"{server.url}/work"))[0] == 200
    assert server.begun == 3
    assert server.figure("platform_bot_queue_refused_total", queue="http") == 1
    assert server.figure("platform_bot_http_requests_total", route="/work", status="503") == 1
    assert server.figure("platform_bot_http_requests_total", route="/work", status="200") == 3


async def test_past_the_bound_a_connection_is_answered_503_and_hung_up_on_and_afterwards_there_is_room(
    server: Server,
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(4)]
        for _, writer in held:
            stack.callback(writer.close)
        refused = await server.answers(b"503")  # once the server has seen all four
        assert b"Retry-After: 5" in refused
        assert b"too much is waiting" in refused
    await server.answers(b"200")
    assert server.figure("platform_bot_queue_refused_total", queue="connections") >= 1


async def _raw(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer


async def test_a_client_that_never_asks_anything_is_hung_up_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "_FIRST", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with asyncio.timeout(30):
        assert await reader.read() == b""
    writer.close()


async def test_paths_that_do_not_exist_are_counted_as_one(server: Server) -> None:
    async with aiohttp.ClientSession() as session:
        for number in range(3):
            assert (await _get(session, f"{server.url}/secret/{number}"))[0] == 404
    assert "/secret" not in str([sample for family in server.metrics.registry.collect() for sample in family.samples])
