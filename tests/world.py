"""Everything around the bot (Slack, a cluster, a database), for tests that run the whole of it. Asserts nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from sqlalchemy.engine import make_url

from bot.app import Application
from bot.config import load_settings
from bot.kit.access import AccessSettings
from bot.slack.manifest import manifest
from bot.wiring import GROUPS, build, group_sections
from commands.sandbox.role import user_role
from playground.cluster import ClusterDouble
from playground.slack import Message, Person, SlackDouble, acme
from tests.canaries import Canaries, listening

_PATIENCE = 120.0  # seconds; a bound for what normally takes milliseconds on a busy machine


@dataclass
class World:
    """Everything around the bot, and the bot. `environment` is what it was started with, `answered` the questions
    (by `ts`) that somebody said yes to, `canaries` the secrets that must not be seen anywhere."""

    slack: SlackDouble
    cluster: ClusterDouble
    environment: dict[str, str]
    canaries: Canaries
    app: Application | None = None
    answered: set[str] = field(default_factory=set)

    @property
    def ada(self) -> Person:
        return self.slack.person("ada")

    def sandboxes(self) -> list[str]:
        """The namespaces of sandboxes that are in the cluster, by name."""
        names = [str(each["metadata"]["name"]) for each in self.cluster.objects("Namespace")]
        return sorted(name for name in names if name.startswith("sbx-"))

    async def start_bot(self, **environment: str) -> Application:
        """Starts the bot as it stands in the environment, plus `environment`."""
        settings = load_settings({**self.environment, **environment}, group_sections())
        self.app = Application(await build(settings))
        await self.app.start()
        if "SLACK_SIGNING_SECRET" in self.environment:
            self.slack.request_url = f"http://127.0.0.1:{self.app.port}/slack/events"
        else:
            await self.until(lambda: self.slack.sockets.connections > 0, "the bot connects to Slack")
        return self.app

    async def stop_bot(self) -> None:
        if self.app is not None:
            app, self.app = self.app, None
            await app.stop()
            self.canaries.hear("the metrics", generate_latest(app._parts.metrics.registry).decode())

    def leaks(self) -> list[str]:
        """Which secrets were seen where; the bot has stopped."""
        self.canaries.look_at_slack(self.slack)
        self.canaries.look_at_database(self.environment["DATABASE_URL"])
        return self.canaries.leaks()

    async def agree(self, *words: str, label: str = "Yes, delete", person: Person | None = None) -> None:
        """Says yes to a question in #platform that has these words and was not answered before, as soon as there is one."""
        who = person or self.ada

        def open_questions() -> list[Message]:
            asked = [each for each in who.sees("#platform") if all(word in each.text for word in ("Really", *words))]
            return [each for each in asked if each.ts not in self.answered]

        await self.until(open_questions, f"a question has {words}")
        question = open_questions()[-1]
        self.answered.add(question.ts)
        await who.press(question, label)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Waits until `condition` holds; fails naming `what` did not happen."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while not condition():
            if asyncio.get_running_loop().time() > deadline:
                shown = "\n".join(f"  {message.text!r}" for message in self.ada.sees("#platform"))
                pytest.fail(f"it did not happen that {what}; ada sees in #platform:\n{shown}")
            await asyncio.sleep(0.01)

    async def eventually(self, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        """The same for a condition that must be awaited."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while not await condition():
            if asyncio.get_running_loop().time() > deadline:
                pytest.fail(f"it did not happen that {what}")
            await asyncio.sleep(0.02)

    async def message(self, *words: str, channel: str = "#platform", person: Person | None = None) -> Message:
        """The newest message in the channel whose text has all `words`, as soon as there is one."""

        def found() -> list[Message]:
            seen = (person or self.ada).sees(channel)
            return [message for message in seen if all(word in message.text for word in words)]

        await self.until(found, f"a message says {words}")
        return found()[-1]


@asynccontextmanager
async def world_around(
    database_url: str, mode: str, folder: Path, access: AccessSettings | None = None
) -> AsyncIterator[World]:
    """Slack and a cluster are up; the bot is not started yet. `mode`: socket or http; `folder` is for its files; `access` is
    what the manifest is made for."""
    url = "http://127.0.0.1:1" if mode == "http" else None  # the real address comes when the bot is up
    kubeconfig, config = folder / "kubeconfig", folder / "platform.yaml"
    config.touch()
    asked = manifest("/platform", GROUPS, url=url, access=access)
    async with SlackDouble(asked, acme()) as slack, ClusterDouble() as cluster:
        cluster.write_kubeconfig(kubeconfig)
        cluster.put(user_role())
        environment = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            "KUBECONFIG": str(kubeconfig),
            "PLATFORM_HTTP_PORT": "0",
            "PLATFORM_CONFIG": str(config),
        }
        if mode == "socket":
            environment["SLACK_APP_TOKEN"] = slack.app_token
        else:
            environment["SLACK_SIGNING_SECRET"] = slack.signing_secret
        with listening() as canaries:
            world = World(slack, cluster, environment, canaries)
            _plant(world)
            try:
                yield world
            finally:
                await world.stop_bot()
                if leaks := world.leaks():
                    pytest.fail(f"secrets were shown: {', '.join(leaks)}")


def _plant(world: World) -> None:
    """The secrets that every bot is given; tests that give it others plant them."""
    plant = world.canaries.plant
    plant("the bot token", world.slack.bot_token)
    plant("the app token", world.slack.app_token)
    plant("the signing secret", world.slack.signing_secret)
    plant("the cluster's token", world.cluster.admin_token)
    if password := make_url(world.environment["DATABASE_URL"]).password:
        plant("the database's password", str(password))
