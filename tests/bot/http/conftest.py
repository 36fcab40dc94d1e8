"""The running bot, and a program that calls its API with a token."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.http.tokens import new_token
from storage.db import Database
from storage.tokens import TokenStore
from tests.canaries import overheard
from tests.journeys.conftest import world as world  # a fixture
from tests.world import World


@pytest.fixture
def mode() -> str:
    return "http"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str
    json: Any = field(default=None)

    @property
    def kind(self) -> str:
        """The last part of a problem's type."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.text
        assert self.json["status"] == self.status
        return str(self.json["type"]).rpartition("#")[2]


class Program:
    """Calls the API of the bot on `port`."""

    def __init__(self, session: aiohttp.ClientSession, port: int, token: str | None) -> None:
        self._session = session
        self._port = port
        self.token = token

    async def call(self, method: str, path: str, **more: Any) -> Answer:
        headers = {**more.pop("headers", {})}
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = f"http://127.0.0.1:{self._port}{path}"
        async with self._session.request(method, url, headers=headers, **more) as answer:
            text = await answer.text()
            overheard(f"the answer to {method} {path}", f"{text}{answer.headers}")
            json = await answer.json(content_type=None) if "json" in answer.content_type and text else None
            return Answer(answer.status, answer.headers.copy(), text, json)

    async def post(self, command: str, arguments: object = None, **headers: str) -> Answer:
        """`command` as typed, such as `sandbox create`; header names with `_` for `-`."""
        path = f"/api/v1/{command.replace(' ', '/')}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call("POST", path, json=arguments if arguments is not None else {}, headers=named)

    def with_token(self, token: str | None) -> "Program":
        return Program(self._session, self._port, token)


class Mint:
    """Makes tokens in the bot's database, beside the bot, as the command line does."""

    def __init__(self, world: World, database: Database) -> None:
        self._world = world
        self._database = database

    async def token(
        self,
        person: str = "ada",
        *permissions: str,
        expires: timedelta | None = None,
        revoked: bool = False,
    ) -> str:
        now = datetime.now(UTC)
        owner = person if person.startswith("U") else self._world.slack.person(person).user_id
        until = now + expires if expires is not None else None
        row, token = new_token(owner, "test", frozenset(permissions) or frozenset({"*"}), now, until)
        if revoked:
            row.revoked_at = now
        self._world.canaries.plant("an API token", token.rpartition("_")[2])
        async with self._database.transaction() as session:
            TokenStore().add(session, row)
        return token

    async def revoke(self, token: str) -> None:
        async with self._database.transaction() as session:
            await TokenStore().revoke(session, token.split("_")[1], datetime.now(UTC))


def _write(path: Path, text: str) -> None:
    path.write_text(text)


@pytest.fixture
async def running(world: World) -> World:
    grant = f"{{roles: [admin], to: {{users: [{world.ada.user_id}]}}, teams: all}}"
    _write(Path(world.environment["PLATFORM_CONFIG"]), f"access: {{grants: [{grant}]}}")
    await world.start_bot()
    return world


@pytest.fixture
def mint(running: World, database: Database) -> Mint:
    return Mint(running, database)


@pytest.fixture
async def program(running: World, mint: Mint) -> AsyncIterator[Program]:
    """Ada's, who may do everything."""
    assert running.app is not None
    assert running.app.port is not None
    async with aiohttp.ClientSession() as session:
        yield Program(session, running.app.port, await mint.token())
