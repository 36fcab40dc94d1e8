"""The search for secrets finds them: each kind of place, each kind of secret, and nothing where there is none."""

import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.engine import make_url

from storage.db import Database
from tests.bot.http.conftest import Mint, Program
from tests.canaries import listening, overheard
from tests.journeys.conftest import world as world  # a fixture
from tests.world import World


@pytest.fixture
def mode() -> str:
    return "socket"


def _forget(world: World) -> None:
    """What was planted was shown on purpose: the end of the world would find it again."""
    world.slack.forget_calls()
    world.canaries._planted.clear()
    world.canaries._heard.clear()


async def test_a_secret_is_found_in_every_place_where_the_bot_could_show_it(world: World, database: Database) -> None:
    app = await world.start_bot()
    assert app.port is not None
    token = await Mint(world, database).token()
    secret = token.rpartition("_")[2]
    outcome = await world.ada.slash("#platform", "/platform", "sandbox list")
    assert outcome.ok
    await world.message("sandbox")

    structlog.stdlib.get_logger("of_canaries").info("leaking", field={"deep": [world.slack.bot_token]})
    try:
        raise RuntimeError(world.slack.app_token)
    except RuntimeError:
        logging.getLogger("library").warning("broken", exc_info=True)
    slack, channel = app._parts.slack, world.slack.workspace.channel("platform").id
    delivered: Any = world.slack.calls_of("slash_commands")[0].request
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"a `{delivered['response_url']}`"}}]
    await slack.call("chat.postMessage", channel=channel, text="x", blocks=blocks)
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO leases (name, holder, token, expires_at) VALUES ('x', :leak, 1, '2026-01-01')"),
            {"leak": world.cluster.admin_token},
        )
    Counter("leaking", "Leaks", ["by"], registry=app._parts.metrics.registry).labels(secret).inc()
    async with aiohttp.ClientSession() as session:
        await Program(session, app.port, token).call("GET", f"/api/v1/{secret}")
    await world.stop_bot()

    leaks = world.leaks()
    _forget(world)
    assert "the bot token in a log line" in leaks
    assert "the app token in a log line" in leaks
    assert "a response_url in a request to Slack (chat.postMessage)" in leaks
    in_database = "the database" if database.dialect == "sqlite" else "the table leases"
    assert f"the cluster's token in {in_database}" in leaks
    assert "an API token in the metrics" in leaks
    assert f"an API token in the answer to GET /api/v1/{secret}" in leaks
    assert len(leaks) == 6


async def test_what_a_service_account_shows_is_found_but_in_the_modal_of_its_owner(world: World) -> None:
    app = await world.start_bot()
    jwt = f"eyJ{'a' * 40}.eyJ{'b' * 60}.{'c' * 40}"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": jwt}}
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [section]}
    opened = await world.ada.slash("#platform", "/platform", "sandbox create")
    assert opened.view is not None
    await app._parts.slack.call("views.update", view_id=opened.view.id, view=modal)
    await world.stop_bot()
    assert world.leaks() == []
    overheard("a log line", f"got {jwt}")
    leaks = world.canaries.leaks()
    _forget(world)
    assert leaks == ["a service account's token in a log line"]


def test_what_the_database_held_and_deleted_is_found_too(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"\0\xffpage of a secret-of-ours that was deleted")
    with listening() as canaries:
        canaries.plant("ours", "secret-of-ours")
        canaries.look_at_database(f"sqlite+aiosqlite:///{path}")
    assert canaries.leaks() == ["ours in the database"]


def test_every_database_of_the_tests_has_a_password_that_can_be_looked_for(database_url: str) -> None:
    url = make_url(database_url)
    assert url.get_backend_name() == "sqlite" or len(str(url.password)) > 20


def test_who_has_stopped_listening_hears_nothing_and_short_secrets_are_not_looked_for() -> None:
    with listening() as canaries:
        pass
    overheard("nowhere", "secret-of-ours")
    canaries.plant("ours", "secret-of-ours")
    assert canaries.leaks() == []
    with pytest.raises(ValueError, match="too short"):
        canaries.plant("ours", "secret")
