"""What `platform-bot demo` puts up around the bot."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from bot.kit.errors import UserError
from playground.demo import Playground, run_demo
from tests.playground.page.fake_app import MANIFEST


async def test_a_playground_has_slack_a_cluster_and_a_page_and_says_hello(tmp_path: Path) -> None:
    async with Playground(manifest=MANIFEST, directory=tmp_path) as playground:
        environment = playground.environment()
        async with aiohttp.ClientSession() as client, client.get(playground.url) as page:
            assert page.status == 200
        assert environment["SLACK_API_URL"] == playground.slack.api_url
        assert environment["DATABASE_URL"].endswith(f"{tmp_path}/platform-bot.db")
        assert environment["KUBECONFIG"] == f"{tmp_path}/kubeconfig"
        welcome = playground.slack.person("ada").sees("platform")[0]
        assert "`/platform sandbox create`" in welcome.text


async def test_nothing_of_the_callers_environment_reaches_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "a real one")
    async with Playground(manifest=MANIFEST, directory=tmp_path) as playground:
        assert "a real one" not in playground.environment().values()


async def test_a_playground_leaves_nothing_behind() -> None:
    async with Playground(manifest=MANIFEST) as playground:
        directory = Path(playground.environment()["KUBECONFIG"]).parent
        assert directory.exists()
    assert not directory.exists()
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(playground.url)


async def test_a_port_that_is_taken_is_said_so_and_nothing_is_left_running() -> None:
    async with Playground(manifest=MANIFEST) as playground:
        port = int(playground.url.rstrip("/").rpartition(":")[2])
        second = Playground(port, manifest=MANIFEST)
        with pytest.raises(UserError, match=rf"Port {port} cannot be used .* --port"):
            await second.start()
        assert second.cluster.url == ""


def test_a_demo_hands_the_bot_its_environment_and_ends_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[dict[str, str]] = []

    async def bot(settings: dict[str, str], /, ready: object = None) -> None:
        seen.append(settings)
        assert callable(ready)
        ready(8080)
        await asyncio.sleep(0)

    status = run_demo(0, manifest=MANIFEST, open_browser=False, run_bot=bot, load=dict)
    assert status == 0
    assert set(seen[0]) >= {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_API_URL", "DATABASE_URL", "KUBECONFIG"}
    assert capsys.readouterr().out.startswith("The playground is at http://127.0.0.1:")
