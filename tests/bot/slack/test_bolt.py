"""The short way of slash commands past Bolt: it takes what Slack has signed, and nothing else."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Mapping
from typing import cast
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.slack.bolt import build_bolt
from bot.slack.events import Events
from bot.slack.routing import Ack, Body, Router

_SECRET = "secret"
_COMMAND = {"command": "/platform", "text": "help", "user_id": "U1", "channel_id": "C1", "trigger_id": "1.2.3"}


class _Router:
    """Says what it was told to, and keeps what it was given."""

    def __init__(self) -> None:
        self.answer: Ack = {}
        self.taken: list[Body] = []

    async def slash(self, body: Body) -> Ack:
        self.taken.append(body)
        return self.answer


@pytest.fixture
def router() -> _Router:
    return _Router()


@pytest.fixture
async def bolt(router: _Router) -> AsyncIterator[AsyncApp]:
    async with aiohttp.ClientSession() as session:
        yield build_bolt(
            cast(Router, router),
            cast(Events, None),
            "xoxb-test",
            _SECRET,
            "http://127.0.0.1:9/api/",
            session,
            lambda: None,
        )


def _signed(body: Mapping[str, str], secret: str = _SECRET, seconds_ago: int = 0) -> AsyncBoltRequest:
    text, stamp = urlencode(body), str(int(time.time()) - seconds_ago)
    signature = hmac.new(secret.encode(), f"v0:{stamp}:{text}".encode(), hashlib.sha256).hexdigest()
    return _posted(text, {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"})


def _posted(text: str, headers: Mapping[str, str]) -> AsyncBoltRequest:
    return AsyncBoltRequest(
        body=text, headers={"content-type": "application/x-www-form-urlencoded", **dict(headers.items())}
    )


async def test_a_signed_command_goes_to_the_router_and_its_silence_is_the_acknowledgement(
    bolt: AsyncApp, router: _Router
) -> None:
    answer = await bolt.async_dispatch(_signed(_COMMAND))
    assert (answer.status, answer.body) == (200, "")
    assert router.taken == [_COMMAND]


async def test_what_the_router_says_is_the_acknowledgement(bolt: AsyncApp, router: _Router) -> None:
    router.answer = {"text": "You may not.", "response_type": "ephemeral"}
    answer = await bolt.async_dispatch(_signed(_COMMAND))
    assert answer.status == 200
    assert "You may not." in answer.body
    assert answer.first_headers()["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(_signed(_COMMAND, secret="another"), id="signed by somebody else"),
        pytest.param(_signed(_COMMAND, seconds_ago=301), id="signed too long ago"),
        pytest.param(_posted(urlencode(_COMMAND), {}), id="not signed"),
        pytest.param(_posted(urlencode(_COMMAND), {"x-slack-request-timestamp": "1"}), id="half signed"),
    ],
)
async def test_a_command_that_slack_did_not_just_sign_is_refused(
    bolt: AsyncApp, router: _Router, request_: AsyncBoltRequest
) -> None:
    answer = await bolt.async_dispatch(request_)
    assert answer.status == 401
    assert router.taken == []


async def test_a_command_from_a_socket_needs_no_signature(bolt: AsyncApp, router: _Router) -> None:
    answer = await bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=_COMMAND))
    assert answer.status == 200
    assert router.taken == [_COMMAND]


async def test_a_certificate_check_that_looks_like_a_command_runs_nothing(bolt: AsyncApp, router: _Router) -> None:
    answer = await bolt.async_dispatch(_signed({**_COMMAND, "ssl_check": "1"}))
    assert answer.status == 200
    assert router.taken == []
