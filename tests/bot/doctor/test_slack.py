"""Tokens, scopes, the connection budget and the clock, against the Slack double."""

from datetime import timedelta

import pytest

from bot.doctor.report import State
from tests.bot.doctor.conftest import LateClock, SetUp


async def test_the_bot_and_its_workspace_are_named(setup: SetUp) -> None:
    found = (await setup.findings())["bot token"].found
    assert setup.slack.workspace.team.id in found
    assert setup.slack.workspace.bot_user_id in found


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "not set"),
        ("xoxp-1-2", "a person's token (xoxp-)"),
        ("xapp-1-2", "an app-level token (xapp-)"),
        ("xoxe.xoxb-1", "rotation"),
        ("xoxb-wrong", "invalid_auth"),
        ("something", "invalid_auth"),
    ],
)
async def test_a_wrong_bot_token_is_told_by_its_kind(setup: SetUp, token: str, words: str) -> None:
    setup.environment["SLACK_BOT_TOKEN"] = token
    findings = await setup.findings()
    assert findings["bot token"].state is State.FAILED
    assert words in findings["bot token"].found
    assert findings["bot token"].advice
    assert findings["scopes"].state is State.SKIPPED
    assert findings["app token"].state is State.OK


@pytest.mark.parametrize(
    ("token", "words"),
    [("xoxb-1", "a bot's token"), ("xapp-wrong", "invalid_auth")],
)
async def test_a_wrong_app_token_is_told_by_its_kind(setup: SetUp, token: str, words: str) -> None:
    setup.environment["SLACK_APP_TOKEN"] = token
    finding = (await setup.findings())["app token"]
    assert finding.state is State.FAILED
    assert words in finding.found


async def test_missing_scopes_are_named_with_what_to_do(setup: SetUp) -> None:
    setup.scopes |= {"pins:write", "bookmarks:read"}
    finding = (await setup.findings())["scopes"]
    assert finding.state is State.FAILED
    assert finding.found == "missing: bookmarks:read, pins:write"
    assert "reinstall the app" in finding.advice


async def test_superfluous_scopes_are_a_warning(setup: SetUp) -> None:
    setup.scopes -= {"files:write"}
    finding = (await setup.findings())["scopes"]
    assert finding.state is State.WARNING
    assert finding.found == "not needed: files:write"


async def test_a_rate_limit_is_no_failure(setup: SetUp) -> None:
    setup.slack.faults.inject("ratelimited", "apps.connections.open", retry_after=17)
    finding = (await setup.findings())["app token"]
    assert finding.state is State.WARNING
    assert "17 s" in finding.advice


async def test_one_method_that_fails_leaves_slacks_other_checks_alone(setup: SetUp) -> None:
    setup.slack.faults.inject("server_error", "auth.test", times=None)
    findings = await setup.findings()
    assert findings["bot token"].state is State.FAILED
    assert "HTTP 500" in findings["bot token"].found
    assert findings["app token"].state is State.OK
    assert findings["clock"].state is State.OK


async def test_without_any_way_for_slack_to_deliver_the_app_token_fails(setup: SetUp) -> None:
    del setup.environment["SLACK_APP_TOKEN"]
    findings = await setup.findings()
    assert findings["app token"].state is State.FAILED
    assert findings["signing secret"].state is State.SKIPPED


async def test_http_mode_needs_a_signing_secret_and_no_sockets(setup: SetUp) -> None:
    del setup.environment["SLACK_APP_TOKEN"]
    setup.environment["SLACK_SIGNING_SECRET"] = setup.slack.signing_secret
    findings = await setup.findings()
    assert findings["signing secret"].state is State.OK
    assert findings["app token"].state is State.SKIPPED
    assert findings["connection budget"].state is State.SKIPPED


@pytest.mark.parametrize(("secret", "state"), [("xoxb-1", State.FAILED), ("secret", State.WARNING)])
async def test_a_signing_secret_that_looks_like_something_else_is_told(setup: SetUp, secret: str, state: State) -> None:
    setup.environment["SLACK_SIGNING_SECRET"] = secret
    assert (await setup.findings())["signing secret"].state is state


@pytest.mark.parametrize(("replicas", "state"), [(1, State.OK), (5, State.OK), (6, State.WARNING), (11, State.WARNING)])
async def test_all_replicas_share_ten_connections(setup: SetUp, replicas: int, state: State) -> None:
    findings = await setup.findings(replicas=replicas)
    assert findings["connection budget"].state is state


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (0, State.OK),
        (20, State.OK),
        (-20, State.OK),
        (45, State.WARNING),
        (-45, State.WARNING),
        (260, State.FAILED),
        (-260, State.FAILED),
    ],
)
async def test_a_clock_that_is_off_is_told_before_slack_is_refused(setup: SetUp, seconds: int, state: State) -> None:
    setup.clock = LateClock(timedelta(seconds=seconds))
    finding = (await setup.findings())["clock"]
    assert finding.state is state
    if seconds:
        assert ("ahead" if seconds > 0 else "behind") in finding.found


async def test_the_clock_is_checked_although_the_token_is_wrong(setup: SetUp) -> None:
    setup.environment["SLACK_BOT_TOKEN"] = "xoxb-wrong"
    setup.clock = LateClock(timedelta(seconds=300))
    assert (await setup.findings())["clock"].state is State.FAILED
