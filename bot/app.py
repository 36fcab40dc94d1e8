"""The application's life: start, ready, drain, stop. Builds nothing (wiring does) and decides nothing."""

import asyncio
import gc
from collections.abc import Callable
from functools import partial

import structlog
from aiohttp import web

from bot.config import ApiSettings, CallSettings
from bot.http.api import MOST_WAITING, Api, api_gate
from bot.http.capacity import KEEPALIVE, MOST_CONNECTIONS, MOST_REQUESTS, BoundedSite, Capacity
from bot.http.docs import docs_routes
from bot.http.health import Standing, health_routes
from bot.http.server import build_server
from bot.http.slack import MOST_IN_HAND, Deliveries
from bot.http.tokens import Tokens
from bot.pulse import pulse
from bot.slack.botuser import BotUser
from bot.supervision import Supervisor
from bot.wiring import Parts
from bot.workers import work
from integrations.slack import SlackError, SlackRefused
from storage.leases import LeaseStore
from storage.migrate import migrate

log = structlog.stdlib.get_logger(__name__)

_LAST_WORDS = 5.0  # seconds for the outbox to say what was done while draining


class Application:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._supervisor = Supervisor(parts.metrics.loop_restarts)
        self._started = False
        self._stopping = False
        self._http: web.AppRunner | None = None
        self.port: int | None = None

    async def start(self) -> None:
        """Returns when calls are taken. Slack need not be reachable. Raises OSError when the HTTP port is taken."""
        parts = self._parts
        parts.metrics.ready.set_function(lambda: self._started and not self._stopping and parts.census.well)
        await self._serve_http()
        await migrate(parts.db)
        if parts.db.dialect == "sqlite":  # one process: whoever held a lease is dead
            await LeaseStore(parts.db, parts.clock).expire_all()
            await parts.jobs.bury()
        await parts.sealing.begin()
        keep = self._supervisor.keep
        keep("clock", parts.timekeeper.keep)
        keep("identity of the bot", self._learn_me)
        keep("outbox", parts.outbox.run)
        keep("audit seals", parts.sealing.run)
        keep("leases of calls", parts.runner.keep_leases)
        keep("people", parts.identity.keep)
        keep("domain events", parts.subscriptions.run)
        keep("census", parts.census.keep)
        keep("pulse", partial(pulse, parts.metrics.loop_lag_seconds.observe))
        for group in parts.groups.values():
            for worker in group.workers:
                service = parts.services[group.name]
                keep(f"worker {group.name}.{worker.name}", partial(work, worker, service, parts.db, parts.metrics))
        parts.jobs.start()
        keep("jobs", parts.jobs.keep)
        if parts.sockets is not None:
            parts.sockets.start()
        self._started = True
        # What there is by now stays: the collector need not go through it again (0.15 s, in which nothing is acknowledged).
        gc.freeze()
        log.info("started", port=self.port, mode="socket" if parts.sockets else "http", database=parts.db.dialect)

    async def stop(self) -> None:
        """Takes no more calls, ends those that run, says what was done, hangs up. Bounded by the `calls.drain` setting."""
        parts = self._parts
        self._stopping = True
        log.info("stopping")
        if parts.sockets is not None:
            await parts.sockets.close()
        await parts.desk.close()
        await parts.router.close()
        await parts.runner.drain(parts.settings.section("calls", CallSettings).drain.total_seconds())
        await parts.jobs.stop()
        await parts.call_audit.close(_LAST_WORDS)
        await parts.sealing.tell()
        await parts.outbox.stop(_LAST_WORDS)
        await self._supervisor.stop()
        await parts.sealing.finish(_LAST_WORDS)
        await parts.subscriptions.release()
        await parts.identity.close()
        if self._http is not None:
            await self._http.cleanup()
        await parts.writer.close()
        await parts.cluster.close()
        await parts.session.close()
        await parts.db.close()
        gc.unfreeze()
        log.info("stopped")

    async def run_until(self, stop: asyncio.Event, ready: Callable[[int], None] | None = None) -> None:
        """Starts, waits for `stop`, stops; `ready` is told the HTTP port once calls are taken."""
        try:
            await self.start()
            if ready is not None and self.port is not None:
                ready(self.port)
            await stop.wait()
        finally:
            await self.stop()

    async def _serve_http(self) -> None:
        parts = self._parts
        routes = health_routes(parts.db, parts.metrics, self._standing)
        if (secret := parts.settings.secrets.signing_secret) is not None:
            deliveries = Deliveries(parts.bolt, parts.metrics, secret.get_secret_value(), parts.router.turned_away)
            if parts.sockets is None:
                parts.metrics.queue("deliveries", lambda: deliveries.in_hand, MOST_IN_HAND)
            routes += deliveries.routes()
        commands = {command.name: command for group in parts.groups.values() for command in group.commands.values()}
        api_settings = parts.settings.section("api", ApiSettings)
        api = Api(parts.desk, parts.runner, parts.db, parts.clock, api_settings, parts.call_audit)
        parts.metrics.queue("api", lambda: api.waits, MOST_WAITING)
        routes += api.routes(commands)
        routes += docs_routes(tuple(parts.groups.values()))
        gate = api_gate(Tokens(parts.db, parts.clock), lambda: self._started, parts.rates)
        capacity = Capacity(parts.metrics)
        parts.metrics.queue("http", lambda: capacity.in_hand, MOST_REQUESTS)
        self._http = web.AppRunner(
            build_server(routes, [gate], [capacity.gate()]),
            access_log=None,
            shutdown_timeout=5,
            keepalive_timeout=KEEPALIVE,
        )
        await self._http.setup()
        server = self._http.server
        parts.metrics.queue("connections", lambda: len(server.connections) if server else 0, MOST_CONNECTIONS)
        site = BoundedSite(self._http, parts.settings.http_host, parts.settings.http_port, capacity)
        await site.start()
        self.port = int(self._http.addresses[0][1])

    def _standing(self) -> Standing:
        sockets = self._parts.sockets
        if sockets is None:
            slack = "delivers by HTTP"
        else:
            slack = f"{sockets.connected} of {self._parts.settings.slack.connections} sockets are up"
        return Standing(self._started, self._stopping, slack)

    async def _learn_me(self) -> None:
        """Asks Slack who the bot is, until it answers."""
        pause = 1.0
        while True:
            try:
                answer = await self._parts.slack.call("auth.test")
            except SlackRefused as error:
                log.error("slack_refuses_the_bot_token", code=error.code)
            except SlackError as error:
                log.warning("slack_unreachable", error=str(error))
            else:
                self._parts.me.user = BotUser(str(answer["team_id"]), str(answer["bot_id"]), str(answer["user_id"]))
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 60.0)
