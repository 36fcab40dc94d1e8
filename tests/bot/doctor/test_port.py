"""The HTTP port, and a check-up beside a running bot."""

import socket

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import Application
from bot.config import load_settings
from bot.doctor.report import Finding, State
from bot.wiring import build, group_sections
from tests.bot.doctor.conftest import SetUp


async def port_finding(setup: SetUp, port: int, host: str = "127.0.0.1") -> Finding:
    setup.environment |= {"PLATFORM_HTTP_PORT": str(port), "PLATFORM_HTTP_HOST": host}
    return (await setup.findings())["http port"]


def server_of(*routes: web.RouteDef) -> TestServer:
    app = web.Application()
    app.add_routes(routes)
    return TestServer(app)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_beside_a_running_bot_everything_is_as_it_should_be(setup: SetUp, host: str) -> None:
    setup.environment["PLATFORM_HTTP_HOST"] = host
    app = Application(await build(load_settings(setup.environment, group_sections())))
    await app.start()
    try:
        await setup.slack.wait_for(lambda: setup.slack.sockets.connections == 2, what="the bot connects")
        assert app.port is not None
        setup.environment |= {"PLATFORM_HTTP_PORT": str(app.port)}
        findings = await setup.findings()
        assert findings["http port"].state is State.OK
        assert "a bot is running there, ready" in findings["http port"].found
        assert "2 of 2 sockets" in findings["http port"].found
        failed = {name for name, finding in findings.items() if finding.state is State.FAILED}
        assert failed == set()
        assert setup.slack.sockets.connections == 2
    finally:
        await app.stop()


async def test_a_free_port_is_free_and_stays_so(setup: SetUp) -> None:
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        port = once.getsockname()[1]
    for _time in range(2):
        assert (await port_finding(setup, port)).state is State.OK


async def test_a_port_that_was_just_given_up_is_free(setup: SetUp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _address = server.accept()
        accepted.close()  # first: its side of the connection lingers in TIME_WAIT
        assert client.recv(1) == b""
        port = server.getsockname()[1]
    assert (await port_finding(setup, port)).state is State.OK


async def test_another_program_on_the_port_is_a_failure(setup: SetUp) -> None:
    async with server_of() as server:
        assert server.port is not None
        finding = await port_finding(setup, server.port)
        assert finding.state is State.FAILED
        assert "another program" in finding.found


async def test_a_bot_that_is_not_ready_is_a_warning(setup: SetUp) -> None:
    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "not ready", "problems": ["it is starting"]}, status=503)

    async with server_of(web.get("/healthz", healthz), web.get("/readyz", readyz)) as server:
        assert server.port is not None
        finding = await port_finding(setup, server.port)
        assert finding.state is State.WARNING
        assert "it is starting" in finding.found


async def test_an_address_of_another_machine_is_a_failure(setup: SetUp) -> None:
    finding = await port_finding(setup, 18080, host="192.0.2.1")
    assert finding.state is State.FAILED
    assert "PLATFORM_HTTP_HOST" in finding.advice
