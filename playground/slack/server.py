"""The double as a whole: starts, stops, joins its rooms, and lets tests and pages watch. Holds no behaviour of Slack's."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any

import aiohttp
from aiohttp import web

from playground.slack.core import ClientMsgIds, Core, Tokens
from playground.slack.courier import Acknowledgement, Delivery, Dispatcher, EnvelopeKind, HttpCourier
from playground.slack.events import RETRY_DELAYS, Events
from playground.slack.faults import Faults
from playground.slack.interactions import Interactions
from playground.slack.manifest import Manifest, parse_manifest
from playground.slack.model import Change, JsonObject, Message
from playground.slack.people import Person
from playground.slack.replies import ResponseUrls
from playground.slack.socket_mode import SocketMode
from playground.slack.state import Workspace
from playground.slack.traffic import Exchange
from playground.slack.uploads import Uploads
from playground.slack.web_api import WebApi

_BACKLOG = 2_000


class SlackDouble:
    """`manifest`: a manifest v2 as a dict, or a Manifest built by hand. Times come from the workspace's clock; the app's 3 s
    to acknowledge (`ack_seconds`) and the delays of retries are real time. `rate_limits` False switches tiers and pacing off.
    `request_url` may be changed while it runs; `balance` says it for each delivery, as a load balancer before several
    replicas does. `client_msg_ids`: stored (each post is stored, duplicates can be counted) or first_wins (a repeated id
    answers the first message).
    """

    def __init__(
        self,
        manifest: JsonObject | Manifest,
        workspace: Workspace | None = None,
        *,
        request_url: str = "",
        tokens: Tokens | None = None,
        rate_limits: bool = True,
        client_msg_ids: ClientMsgIds = "stored",
        ack_seconds: float = 3.0,
        ping_seconds: float = 10.0,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
        seed: int = 0,
    ) -> None:
        parsed = manifest if isinstance(manifest, Manifest) else parse_manifest(manifest)
        self.workspace = workspace or Workspace()
        self.request_url = request_url or parsed.url
        self.balance: Callable[[], str] = lambda: self.request_url
        self._core = Core(
            self.workspace,
            parsed,
            tokens or Tokens.new(),
            rate_limits=rate_limits,
            client_msg_ids=client_msg_ids,
            seed=seed,
        )
        self.sockets = SocketMode(self._core, ack_seconds=ack_seconds, ping_seconds=ping_seconds, seed=seed)
        http = HttpCourier(self._core, lambda: self.balance(), self._client, ack_seconds)
        self._dispatcher = Dispatcher(self._core, self.sockets if parsed.socket_mode else http)
        self.events = Events(self._core, self._dispatcher, retry_delays=retry_delays)
        self._interactions = Interactions(self._core, self._dispatcher)
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self._changed = asyncio.Event()
        self.workspace.listen(lambda change: self._changed.set())
        self.events.start()

    # --- what an app is configured with

    @property
    def base_url(self) -> str:
        return self._core.base_url

    @property
    def api_url(self) -> str:
        """Ends in /api/."""
        return f"{self._core.base_url}/api/"

    @property
    def bot_token(self) -> str:
        return self._core.tokens.bot

    @property
    def app_token(self) -> str:
        return self._core.tokens.app

    @property
    def signing_secret(self) -> str:
        return self._core.tokens.signing_secret

    @property
    def manifest(self) -> Manifest:
        return self._core.manifest

    # --- life

    async def start(self, port: int = 0) -> None:
        """Listens on 127.0.0.1."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        api = WebApi(self._core)
        uploads = Uploads(self._core)
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_get("/link/", self.sockets.handle)
        app.router.add_post("/actions/{key:.+}", ResponseUrls(self._core).handle)
        app.router.add_post("/upload/v1/{key}", uploads.receive)
        app.router.add_get("/files-pri/{file}/{name}", uploads.send)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self._core.base_url = f"http://{host}:{bound}"

    async def stop(self) -> None:
        await self.events.stop()
        await self.sockets.stop()
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> "SlackDouble":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the double was not started")
        return self._session

    # --- people and faults

    def person(self, who: str) -> Person:
        """By user id or name."""
        return Person(self._core, self._interactions, self.workspace.user(who).id)

    def issue_trigger(self, who: str) -> str:
        """A trigger_id as this person's command would carry, for trying views.open without an app."""
        return self._core.issue_trigger(self.workspace.user(who).id)

    @property
    def faults(self) -> Faults:
        return self._core.faults

    async def verify_request_url(self) -> bool:
        """Slack's url_verification: whether the app echoes the challenge. HTTP mode only."""
        challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
        payload: JsonObject = {
            "token": self._core.tokens.verification,
            "challenge": challenge,
            "type": "url_verification",
        }
        answer = await self._dispatcher.deliver(Delivery("events_api", payload))
        body: Any = answer.body
        return answer.ok and (body == challenge or (isinstance(body, dict) and body.get("challenge") == challenge))

    async def deliver_again(
        self, first: Exchange, *, attempt: int = 1, reason: str = "http_timeout"
    ) -> Acknowledgement:
        """The same delivery once more, as Slack does with one it saw no acknowledgement of: to any replica, or any socket."""
        kind: EnvelopeKind
        if first.name == "slash_commands":
            kind = "slash_commands"
        else:
            kind = "events_api" if first.request.get("type") == "event_callback" else "interactive"
        again = Delivery(kind, first.request, accepts_response=True, attempt=attempt, reason=reason)
        return await self._dispatcher.deliver(again)

    # --- watching

    @property
    def calls(self) -> tuple[Exchange, ...]:
        """All traffic so far, oldest first."""
        return self._core.traffic.all()

    def calls_of(self, name: str) -> tuple[Exchange, ...]:
        """Of one Web API method or one kind of delivery."""
        return self._core.traffic.of(name)

    def forget_calls(self) -> None:
        self._core.traffic.clear()

    def duplicates(self, key: Callable[[Message], str | None]) -> dict[str, int]:
        """Messages of the app that share a key (from metadata, say) although each should stand once: key -> how many."""
        counts: dict[str, int] = {}
        for channel_id in self.workspace.channels:
            for message in self.workspace.messages(channel_id):
                found = key(message) if message.bot_id else None
                if found:
                    counts[found] = counts.get(found, 0) + 1
        return {found: count for found, count in counts.items() if count > 1}

    async def wait_for(self, predicate: Callable[[], object], *, timeout: float = 5.0, what: str = "") -> None:
        """Until `predicate` holds, looked at after every change. TimeoutError names `what` after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while not predicate():
                    # What the predicate looks at may lie outside the workspace (an app's own list): look again soon in any case.
                    self._changed.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), 0.05)
        except TimeoutError:
            recent = [f"{call.way} {call.name} {call.error or 'ok'}" for call in self.calls[-8:]]
            raise TimeoutError(f"not within {timeout} s: {what or 'the condition'}; last traffic: {recent}") from None

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Change]]:
        """Every change from now on. One who reads too slowly misses the oldest and gets a change of kind resync instead."""
        backlog: deque[Change] = deque(maxlen=_BACKLOG)
        arrived = asyncio.Event()

        def listener(change: Change) -> None:
            backlog.append(change)
            arrived.set()

        async def follow() -> AsyncGenerator[Change, None]:
            last = self.workspace.change_number
            while True:
                await arrived.wait()
                arrived.clear()
                while backlog:
                    change = backlog.popleft()
                    if change.number != last + 1:
                        yield Change(change.number - 1, change.at, "resync")
                    last = change.number
                    yield change

        stop = self.workspace.listen(listener)
        changes = follow()
        try:
            yield changes
        finally:
            stop()
            await changes.aclose()
