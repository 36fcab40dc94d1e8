"""`platform-bot demo`: Slack, a cluster and the page on loopback, and the bot beside them, which is passed in."""

import asyncio
import contextlib
import sys
import tempfile
import webbrowser
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from bot.kit.errors import UserError
from playground.cluster import ClusterDouble
from playground.page import Page
from playground.page.look import ClusterDoubleLook
from playground.page.survey import SLACKBOT
from playground.slack import Message, SlackDouble, acme
from playground.slack.model import JsonObject

_WELCOME = (
    "*Welcome to the playground.* This is a Slack of your own. "
    "The bot beside it is connected just as it would be to the real one.\n"
    "• Type `/` below for its commands, such as `{command} sandbox create`.\n"
    "• At the top right you can be somebody else; open a second window to be two people at once.\n"
    "• *Traffic* shows every call between the bot and Slack, *Cluster* what it made, *Faults* lets Slack misbehave."
)

# What a platform team would set first.
_SETTINGS = """\
sandbox:
  prices: {cpu_hour: 0.034, memory_gib_hour: 0.0045, storage_gib_month: 0.10, currency: EUR}
"""


class Playground:
    """Starts all three; `environment()` is what the bot is then configured with. `manifest` is the app's (v2, Socket Mode).

    `objects` stand in the cluster from the start. `directory` holds the bot's database, kubeconfig and settings; None: a
    temporary one that is gone afterwards.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        manifest: JsonObject,
        directory: Path | None = None,
        objects: Sequence[JsonObject] = (),
    ) -> None:
        self._port = port
        self.slack = SlackDouble(manifest, acme())
        self.cluster = ClusterDouble(workloads=True)
        self._objects = objects
        self.page = Page(self.slack, ClusterDoubleLook(self.cluster))
        self._wanted_directory = directory
        self._directory = directory
        self._stack = contextlib.AsyncExitStack()

    @property
    def url(self) -> str:
        """The page's address, known once started."""
        return self.page.url

    async def start(self) -> None:
        """Raises UserError when the port is taken."""
        async with contextlib.AsyncExitStack() as stack:
            self._directory = self._wanted_directory or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="platform-bot-demo-"))
            )
            try:
                await self.page.start(self._port)
            except OSError as taken:
                raise UserError(
                    f"Port {self._port} cannot be used ({taken.strerror or taken}). Choose another with --port."
                ) from taken
            stack.push_async_callback(self.page.stop)
            await stack.enter_async_context(self.slack)
            await stack.enter_async_context(self.cluster)
            for each in self._objects:
                self.cluster.put(each)
            self.cluster.write_kubeconfig(self._directory / "kubeconfig")
            if not (self._directory / "platform.yaml").exists():
                (self._directory / "platform.yaml").write_text(_SETTINGS)
            self._welcome()
            self._stack = stack.pop_all()

    async def stop(self) -> None:
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def environment(self) -> dict[str, str]:
        """The bot's whole environment; nothing of the caller's gets in, so a real token never meets the playground."""
        assert self._directory is not None, "the playground was not started"
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{self._directory / 'platform-bot.db'}",
            "KUBECONFIG": str(self._directory / "kubeconfig"),
            "PLATFORM_CONFIG": str(self._directory / "platform.yaml"),
            "PLATFORM_HTTP_PORT": "0",
        }

    def _welcome(self) -> None:
        workspace = self.slack.workspace
        channel = workspace.channel("platform")
        commands = self.slack.manifest.commands
        text = _WELCOME.format(command=commands[0].command if commands else "/platform")
        workspace.post(Message(channel.id, workspace.new_ts(), SLACKBOT, text))


SettingsT = TypeVar("SettingsT")
SettingsIn = TypeVar("SettingsIn", contravariant=True)


class RunBot(Protocol[SettingsIn]):
    """Runs the bot until it is told to stop; calls `ready` with its HTTP port once it serves."""

    def __call__(self, settings: SettingsIn, /, ready: Callable[[int], None] | None = None) -> Awaitable[None]: ...


def run_demo(
    port: int,
    *,
    manifest: JsonObject,
    objects: Sequence[JsonObject] = (),
    open_browser: bool,
    run_bot: RunBot[SettingsT],
    load: Callable[[Mapping[str, str]], SettingsT],
) -> int:
    """Until SIGINT or SIGTERM, which `run_bot` heeds. The exit status. Raises UserError when it cannot start."""

    async def run() -> None:
        async with Playground(port, manifest=manifest, objects=objects) as playground:

            def ready(_http_port: int) -> None:
                _say(f"The playground is at {playground.url} (Ctrl+C ends it)")
                if open_browser:
                    webbrowser.open(playground.url)

            await run_bot(load(playground.environment()), ready)

    asyncio.run(run())
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
