"""The HTTP server: joins the routes, keeps what is closed closed, bounds what may be sent. Answers nothing itself but errors."""

from collections.abc import Iterable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

log = structlog.stdlib.get_logger(__name__)

_LARGEST = 1024 * 1024  # bytes; Slack's deliveries are far smaller


def build_server(routes: Iterable[web.RouteDef]) -> web.Application:
    app = web.Application(client_max_size=_LARGEST, middlewares=[_api_needs_a_token, _errors_as_json])
    app.add_routes(routes)
    return app


@web.middleware
async def _api_needs_a_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Before routing: whoever has no token does not learn which paths there are."""
    if request.path.startswith("/api/v1"):
        return web.json_response(
            {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "An API token is needed."},
            status=401,
            content_type="application/problem+json",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return await handler(request)


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.reason}, status=error.status)
    except Exception:
        log.exception("request_failed", path=request.path)
        return web.json_response({"error": "Internal Server Error"}, status=500)
