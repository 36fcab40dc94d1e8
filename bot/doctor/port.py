"""The HTTP port: free, or our own bot answers there. Listens on nothing."""

import asyncio
import errno
import json
import socket
from dataclasses import dataclass

import aiohttp

from bot.doctor.examine import Check
from bot.doctor.report import Finding, failed, ok, warning

_TIMEOUT = aiohttp.ClientTimeout(total=4)
_HOST, _PORT = "PLATFORM_HTTP_HOST", "PLATFORM_HTTP_PORT"
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared, not listened on


@dataclass(frozen=True)
class PortChecks:
    session: aiohttp.ClientSession
    host: str
    port: int

    def checks(self) -> list[Check]:
        return [Check("http port", self._port, reads=(_HOST, _PORT))]

    async def _port(self) -> Finding:
        if self.port == 0:
            return ok("any free one")
        where = f"{self.host}:{self.port}"
        try:
            await asyncio.to_thread(_try, self.host, self.port)
        except socket.gaierror:
            return failed(f"{self.host} is no address", f"correct {_HOST}")
        except PermissionError:
            return failed(f"{where}: this user may not listen there", f"choose a port above 1023 in {_PORT}")
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return failed(f"{where}: {error.strerror or error}", f"{_HOST} must be an address of this machine")
            if not await self._is_ours():
                return failed(f"{where}: another program listens there", f"stop it, or change {_PORT}")
            return await self._standing(where)
        return ok(f"{where} is free")

    async def _is_ours(self) -> bool:
        status, answer = await self._get("/healthz")
        return status == 200 and answer == {"status": "alive"}

    async def _standing(self, where: str) -> Finding:
        status, answer = await self._get("/readyz")
        said = answer if isinstance(answer, dict) else {}
        if status == 200:
            return ok(f"{where}: a bot is running there, ready; Slack: {said.get('slack', 'unknown')}")
        problems = ", ".join(map(str, said.get("problems") or ())) or f"/readyz answers {status}"
        return warning(f"{where}: a bot is running there, not ready: {problems}", "see its log")

    async def _get(self, path: str) -> tuple[int, object]:
        """Status and JSON; 0 when there is no answer."""
        host = _ANY.get(self.host, self.host)
        url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}{path}"
        try:
            async with self.session.get(url, timeout=_TIMEOUT, allow_redirects=False) as answer:
                return answer.status, json.loads(await answer.content.read(10_000) or b"null")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return 0, None


def _try(host: str, port: int) -> None:
    """Takes the address and gives it back at once, without listening: a bot that starts meanwhile is not hindered."""
    family, kind, protocol, _name, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(address)
