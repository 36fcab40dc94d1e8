"""The Bolt app: checks signatures, knows Slack's payload kinds, and passes each to one of our few catch-all listeners.

Bolt scans its listeners one by one (about 10 µs each), so there is one per kind; which command is meant is the router's
table. `process_before_response`: the listener's answer *is* the acknowledgement, without Bolt's 10 ms polling.
"""

import re
from collections.abc import Callable

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.botuser import BotUser
from bot.slack.events import Events
from bot.slack.routing import Body, Router

_ANY = re.compile("")


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

    async def authorize(enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult:
        bot = me()
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=token,
            bot_id=bot.bot_id if bot else None,
            bot_user_id=bot.user_id if bot else None,
            user_id=user_id,
        )

    app = AsyncApp(
        name="platform-bot",
        client=AsyncWebClient(base_url=api_url, session=session),
        authorize=authorize,
        signing_secret=signing_secret,
        process_before_response=True,
    )

    async def on_command(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.slash(body))

    async def on_view(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.form(body))

    async def on_action(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.button(body))

    async def on_shortcut(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.shortcut(body))

    async def on_options(ack: AsyncAck, body: Body) -> None:
        await ack(**await router.options(body))

    async def on_event(ack: AsyncAck, body: Body) -> None:
        """Acknowledged when it has been taken: what raises is answered 500, and Slack sends it again."""
        await events.event(body)
        await ack()

    async def on_anything(ack: AsyncAck) -> None:
        """What concerns nobody: acknowledged, so that Slack does not send it again; nothing is kept."""
        await ack()

    app.command(_ANY)(on_command)
    app.view(_ANY)(on_view)
    app.action(_ANY)(on_action)
    app.event(_ANY)(on_event)
    app.view_closed(_ANY)(on_anything)
    app.shortcut(_ANY)(on_shortcut)
    app.options(_ANY)(on_options)
    return app
