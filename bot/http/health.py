"""`/healthz`, `/readyz`, `/metrics`: how the process is. Reads; changes nothing, needs no credentials, tells no secrets."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.kit.errors import Unavailable
from bot.metrics import Metrics
from storage.db import Database


@dataclass(frozen=True)
class Standing:
    """What the application says of itself: `started` once migrations are done and it takes calls, `slack` in words."""

    started: bool
    stopping: bool
    slack: str


def health_routes(db: Database, metrics: Metrics, standing: Callable[[], Standing]) -> list[web.RouteDef]:
    async def healthz(_request: web.Request) -> web.Response:
        """The process is alive: its event loop answers."""
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        """Whether traffic should come here. Slack's state is told but never decides: an outage of Slack must not cut off
        the alerts that come in by webhook."""
        now = standing()
        problems = []
        if not now.started:
            problems.append("it is starting")
        if now.stopping:
            problems.append("it is stopping")
        try:
            await db.ping()
        except Unavailable as error:
            problems.append(str(error))
        ready = not problems
        return web.json_response(
            {"status": "ready" if ready else "not ready", "problems": problems, "slack": now.slack},
            status=200 if ready else 503,
        )

    async def figures(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", figures)]
