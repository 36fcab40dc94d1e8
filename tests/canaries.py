"""Secrets that tests give the bot, looked for wherever none must be: logs, Slack, the database, metrics, HTTP answers.

Every world (tests/world.py) listens while it stands and looks when it ends, so every journey is also a search. Raw log lines are
looked at, before the bot's own net for secrets (bot/kit/redact.py) would take anything out.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import psycopg
from psycopg.rows import tuple_row
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from playground.slack import SlackDouble
    from playground.slack.traffic import Exchange

_WEB_TOKEN = re.compile(
    r"eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}\."
)  # what Kubernetes hands out for service accounts
_SHORTEST = 8  # a shorter one would be found by chance


class Canaries:
    """`leaks` says what was found where, once each."""

    def __init__(self) -> None:
        self._planted: dict[str, str] = {}
        self._heard: list[tuple[str, str]] = []

    def plant(self, what: str, secret: str) -> None:
        """`secret` is not to be seen from now on, nor to have been since this was made."""
        if len(secret) < _SHORTEST:
            raise ValueError(f"{what} is too short to be looked for")
        self._planted[secret] = what

    def hear(self, where: str, text: str) -> None:
        self._heard.append((where, text))

    def leaks(self) -> list[str]:
        found = dict.fromkeys(f"{what} in {where}" for where, text in self._heard for what in self._in(text))
        return list(found)

    def _in(self, text: str) -> Iterator[str]:
        yield from (what for secret, what in self._planted.items() if secret in text)
        if _WEB_TOKEN.search(text):
            yield "a service account's token"

    # --- places

    def look_at_slack(self, slack: "SlackDouble") -> None:
        """Everything that the bot sent to Slack and Slack shows, and what it acknowledged with. The response_urls that Slack gave
        are secrets from here on."""
        for exchange in slack.calls:
            if exchange.way == "delivery":
                for url in _response_urls(exchange.request):
                    self.plant("a response_url", url.rpartition("/")[2])
                self.hear(f"the acknowledgement of {exchange.name}", json.dumps(exchange.response))
            else:
                self.hear(f"a request to Slack ({exchange.name})", json.dumps(_shown(exchange)))

    def look_at_database(self, url: str) -> None:
        """Every row of every table on PostgreSQL; on SQLite the very file, with what was deleted from it."""
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            for path in (Path(f"{address.database}{end}") for end in ("", "-wal")):
                if path.exists():
                    self.hear("the database", path.read_bytes().decode("latin-1"))
            return
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True, row_factory=tuple_row) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                rows = connection.execute(f'SELECT each::text FROM "{table}" each').fetchall()
                self.hear(f"the table {table}", "\n".join(row for (row,) in rows))


_LISTENING: list[Canaries] = []


@contextmanager
def listening() -> Iterator[Canaries]:
    """Canaries that hear every log line of this process, and what `overheard` is told, until the end."""
    canaries, handler = Canaries(), _Handler()
    _LISTENING.append(canaries)
    logging.getLogger().addHandler(handler)
    try:
        yield canaries
    finally:
        logging.getLogger().removeHandler(handler)
        _LISTENING.remove(canaries)


def overheard(where: str, text: str) -> None:
    """For whatever sees what the bot says: tells everybody who listens."""
    for canaries in _LISTENING:
        canaries.hear(where, text)


def log_line(_logger: object, _name: str, line: Any) -> Any:
    """A structlog processor behind the renderer, which made text."""
    overheard("a log line", line)
    return line


class _Handler(logging.Handler):
    """What libraries log."""

    def emit(self, record: logging.LogRecord) -> None:
        overheard("a log line", self.format(record))


def _shown(exchange: "Exchange") -> Mapping[str, Any]:
    """Without what Slack shows nobody but the app itself (a view's private metadata holds the response_url that Slack gave), and
    without the modals in which credentials are handed over to their owner."""
    request = dict(exchange.request)
    view = request.get("view")
    if isinstance(view, str):
        view = json.loads(view)
    if isinstance(view, MutableMapping):
        kept = {name: value for name, value in view.items() if name != "private_metadata"}
        text = json.dumps(kept)
        request["view"] = _WEB_TOKEN.sub("", text) if view.get("type") == "modal" else text
    return request


def _response_urls(delivered: object) -> Iterable[str]:
    match delivered:
        case dict():
            for name, value in delivered.items():
                if name == "response_url" and isinstance(value, str) and value:
                    yield unquote(value)
                else:
                    yield from _response_urls(value)
        case list():
            for each in delivered:
                yield from _response_urls(each)
        case str() if "response_url" in delivered and delivered.startswith("{"):
            yield from _response_urls(json.loads(delivered))
