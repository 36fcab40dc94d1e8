"""The Bolt app: checks signatures, knows Slack's payload kinds, and passes each to one of our few catch-all listeners.

Bolt scans its listeners one by one (about 10 µs each), so there is one per kind; which command is meant is the router's
table. `process_before_response`: the listener's answer *is* the acknowledgement, without Bolt's 10 ms polling.

Slash commands, which people type most, do not even get that far: once their signature holds they go straight to the router. A
web client for every request, a row of middlewares and a search for listeners cost more than all that we do with a command
before it is written down (Bolt's share of one, measured: 50 µs through a listener, 40 through a middleware, 10 like this).
"""

import re
from collections.abc import Callable

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
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


class _App(AsyncApp):
    """Bolt, with a short way for slash commands: no middleware and no listener sees them."""

    def __init__(self, router: Router, signing_secret: str, client: AsyncWebClient, authorize: _OneWorkspace) -> None:
        super().__init__(
            name="platform-bot",
            client=client,
            authorize=authorize,
            signing_secret=signing_secret,
            process_before_response=True,
        )
        self._router = router
        self._signatures = SignatureVerifier(signing_secret)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        body = req.body
        # A certificate check may look like a command. What is forged is refused, counted and logged by Bolt.
        if "command" not in body or "ssl_check" in body or not self._genuine(req):
            return await super().async_dispatch(req)
        answer = await self._router.slash(body)
        return await req.context.ack(**answer) if answer else BoltResponse(status=200)

    def _genuine(self, req: AsyncBoltRequest) -> bool:
        """Whether Slack has signed it, not more than five minutes ago. What comes through a socket is not signed."""
        if req.mode == "socket_mode":
            return True
        stamp, signature = req.headers.get("x-slack-request-timestamp"), req.headers.get("x-slack-signature")
        if not stamp or not signature:
            return False
        return self._signatures.is_valid(req.raw_body, stamp[0], signature[0])


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

    client = AsyncWebClient(base_url=api_url, session=session)
    app = _App(router, signing_secret, client, _OneWorkspace(token, me))

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
    app.view(_ANY)(on_view)
    app.action(_ANY)(on_action)
    app.event(_ANY)(on_event)
    app.view_closed(_ANY)(on_anything)
    app.shortcut(_ANY)(on_shortcut)
    app.options(_ANY)(on_options)
    return app
