"""`POST /slack/events`: Slack's deliveries in HTTP mode, to Bolt, which checks their signatures. Closed without a secret."""

from collections.abc import Sequence

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.metrics import Metrics


def slack_routes(bolt: AsyncApp, metrics: Metrics) -> list[web.RouteDef]:
    async def events(request: web.Request) -> web.Response:
        try:
            body = (await request.read()).decode("utf-8")
        except UnicodeDecodeError:
            metrics.deliveries_refused.labels("garbage").inc()
            return web.json_response({"error": "not UTF-8"}, status=400)
        headers: dict[str, str | Sequence[str]] = {name.lower(): value for name, value in request.headers.items()}
        if "x-slack-signature" not in headers or "x-slack-request-timestamp" not in headers:
            metrics.deliveries_refused.labels("unsigned").inc()
            return web.json_response({"error": "not signed"}, status=401)
        answer = await bolt.async_dispatch(AsyncBoltRequest(body=body, query=request.query_string, headers=headers))
        if answer.status == 401:
            metrics.deliveries_refused.labels("forged").inc()
        return web.Response(
            status=answer.status,
            text=answer.body or "",
            content_type=answer.first_headers().get("content-type", "text/plain").partition(";")[0],
        )

    return [web.post("/slack/events", events)]
