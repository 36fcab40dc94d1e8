"""The Bolt app: checks signatures, knows Slack's payload kinds, and passes each to one of our few catch-all listeners.

Bolt scans its listeners one by one (about 10 µs each), so there is one per kind; which command is meant is the router's
table. `process_before_response`: the listener's answer *is* the acknowledgement, without Bolt's 10 ms polling.

Slash commands, which people type most, do not even get that far: a middleware behind all of Bolt's own answers them. Finding
a listener and computing its thirty possible arguments twice costs more than all the rest of Bolt (measured: 50 µs a command with,
20 without).
"""

import re
from collections.abc import Awaitable, Callable

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.kit.errors import Unavailable
from bot.slack.botuser import BotUser
from bot.slack.events import Events
from bot.slack.routing import Body, Router

log = structlog.stdlib.get_logger(__name__)

_ANY = re.compile("")


class _OneWorkspace(AsyncAuthorize):
    """There is one token, and it is always the right one. (A class, because Bolt computes the arguments of a plain function.)"""

    def __init__(self, token: str, me: Callable[[], BotUser | None]) -> None:
        self._token = token
        self._me = me

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult:
        bot = self._me()
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=self._token,
            bot_id=bot.bot_id if bot else None,
            bot_user_id=bot.user_id if bot else None,
            user_id=user_id,
        )


class _Commands(AsyncMiddleware):
    """Answers slash commands; everything else goes on to the listeners."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        if "command" not in req.body:
            return await next()
        answer = await self._router.slash(req.body)
        return await req.context.ack(**answer) if answer else BoltResponse(status=200)


def build_bolt(
    router: Router,
    events: Events,
    token: str,
    signing_secret: str,
    api_url: str,
    session: aiohttp.ClientSession,
    me: Callable[[], BotUser | None],
) -> AsyncApp:
    """`me` is asked at each delivery and never asks Slack: while Slack is down, deliveries are still taken."""

    app = AsyncApp(
        name="platform-bot",
        client=AsyncWebClient(base_url=api_url, session=session),
        authorize=_OneWorkspace(token, me),
        signing_secret=signing_secret,
        process_before_response=True,
    )

    async def on_view(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.form(body))

    async def on_action(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.button(body))

    async def on_shortcut(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.shortcut(body))

    async def on_options(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.options(body))

    async def on_event(ack: AsyncAck, body: Body) -> None:
        """Acknowledged when it has been taken: what raises is not, and Slack sends it again."""
        await router.event(events.event(body))
        await ack()

    async def on_error(error: Exception) -> BoltResponse:
        """The router has said what is the matter."""
        if not isinstance(error, Unavailable):
            log.error("delivery_not_acknowledged", error=f"{type(error).__name__}: {error}")
        return BoltResponse(status=503)

    async def on_anything(ack: AsyncAck) -> None:
        """What concerns nobody: acknowledged, so that Slack does not send it again; nothing is kept."""
        await ack()

    app.error(on_error)
    app.use(_Commands(router))
    app.view(_ANY)(on_view)
    app.action(_ANY)(on_action)
    app.event(_ANY)(on_event)
    app.view_closed(_ANY)(on_anything)
    app.shortcut(_ANY)(on_shortcut)
    app.options(_ANY)(on_options)
    return app
