"""The HTTP server: joins the routes, keeps what is closed closed, bounds what may be sent. Answers nothing itself but errors."""

from collections.abc import Iterable, Sequence

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.http.problems import problems

log = structlog.stdlib.get_logger(__name__)

_LARGEST = 1024 * 1024  # bytes; Slack's deliveries and the API's arguments are far smaller


def build_server(
    routes: Iterable[web.RouteDef], gates: Sequence[Middleware], outermost: Sequence[Middleware] = ()
) -> web.Application:
    """`gates` see every request before it is routed, in this order; `outermost` see every answer, also to errors."""
    app = web.Application(client_max_size=_LARGEST, middlewares=[*outermost, _errors_as_json, problems, *gates])
    app.add_routes(routes)
    return app


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.reason}, status=error.status)
    except Exception:
        log.exception("request_failed", path=request.path)
        return web.json_response({"error": "Internal Server Error"}, status=500)
