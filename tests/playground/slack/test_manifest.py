"""The manifest: what it declares is what the app gets, and what Slack would refuse in it is named."""

from collections.abc import Callable
from typing import Any

import pytest

from playground.slack.manifest import ManifestError, parse_manifest
from tests.playground.slack.conftest import Json, manifest


def test_a_manifest_declares_scopes_events_commands_and_shortcuts() -> None:
    parsed = parse_manifest(manifest())
    assert "chat:write" in parsed.scopes
    assert "app_mention" in parsed.events
    command = parsed.command("/platform")
    assert command is not None
    assert command.usage_hint == "sandbox create"
    assert parsed.shortcut("declare", "global") is not None
    assert parsed.shortcut("declare", "message") is None
    assert parsed.socket_mode
    assert parsed.home_tab


def command(**changed: Any) -> Json:
    return {"command": "/x", "description": "X", **changed}


def shortcut(**changed: Any) -> Json:
    return {"name": "X", "type": "global", "callback_id": "x", "description": "X", **changed}


def name(value: str) -> Callable[[Json], None]:
    def change(given: Json) -> None:
        given["display_information"]["name"] = value

    return change


def commands(*values: Json) -> Callable[[Json], None]:
    def change(given: Json) -> None:
        given["features"]["slash_commands"] = list(values)

    return change


def shortcuts(*values: Json) -> Callable[[Json], None]:
    def change(given: Json) -> None:
        given["features"]["shortcuts"] = list(values)

    return change


def events(*values: str) -> Callable[[Json], None]:
    def change(given: Json) -> None:
        given["settings"]["event_subscriptions"]["bot_events"] = list(values)

    return change


def scopes(*values: str) -> Callable[[Json], None]:
    def change(given: Json) -> None:
        given["oauth_config"]["scopes"]["bot"] = list(values)

    return change


def no_socket_mode(given: Json) -> None:
    given["settings"]["socket_mode_enabled"] = False


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (name("x" * 36), "display_information.name"),
        (name(""), "display_information.name"),
        (commands(*(command(command=f"/c{number}") for number in range(51))), "more than 50 commands"),
        (commands(command(command="/" + "x" * 32)), "must be 0 to 32 characters"),
        (commands(command(usage_hint="x" * 1001)), "must be 0 to 1000 characters"),
        (commands(command(command="x")), "must start with a slash"),
        (commands(command(), command()), "declared twice"),
        (shortcuts(*(shortcut() for _ in range(11))), "more than 10 shortcuts"),
        (shortcuts(shortcut(type="local")), "must be global or message"),
        (events(*["app_mention"] * 101), "more than 100 events"),
        (events("coffee_ready"), "unknown event coffee_ready"),
        (scopes("commands"), "app_mention needs the scope app_mentions:read"),
        (scopes("chat:write"), "needs the scope commands"),
        (scopes(*(f"scope{number}" for number in range(256))), "more than 255 scopes"),
        (no_socket_mode, "request_url: required without socket mode"),
    ],
)
def test_what_slack_would_refuse_is_named(change: Callable[[Json], None], problem: str) -> None:
    given = manifest()
    change(given)
    with pytest.raises(ManifestError) as caught:
        parse_manifest(given)
    assert problem in str(caught.value)
