"""The app manifest: Slack takes it, it asks for what the code uses and no more, and manifest.yml is what the code prints."""

import re
from pathlib import Path

import pytest
import yaml

import bot
from bot.config import SlackSettings
from bot.kit.access import AccessSettings
from bot.slack.manifest import as_yaml, manifest
from bot.wiring import GROUPS
from playground.slack.manifest import Manifest, parse_manifest

ROOT = Path(bot.__file__).parent.parent

# docs.slack.dev/reference/methods: the bot scopes that the code's use of a method needs.
SCOPES = {
    "apps.connections.open": set(),  # the app-level token's
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.postMessage": {"chat:write", "chat:write.public"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "files.completeUploadExternal": {"files:write"},
    "files.delete": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.info": {"files:read"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}
EVERYTHING = AccessSettings.model_validate({"teams": {"pay": {"groups": ["@pay"], "domains": ["pay.example"]}}})
_METHOD = re.compile(
    r'"((?:apps|auth|bots|chat|conversations|files|pins|reactions|team|usergroups|users|views)\.[\w.]+)"'
)


def _used() -> set[str]:
    """Slack's methods that the code names."""
    sources = [path for folder in ("bot", "commands", "integrations") for path in (ROOT / folder).rglob("*.py")]
    return {method for path in sources for method in _METHOD.findall(path.read_text(encoding="utf-8"))}


def _scopes(document: Manifest) -> set[str]:
    return set(document.scopes)


def test_it_asks_for_exactly_the_scopes_that_the_code_uses() -> None:
    used = _used()
    assert used - set(SCOPES) == set(), "say here which scopes these methods need"
    needed = set().union(*(SCOPES[method] for method in used)) | {"commands", "app_mentions:read", "users:read.email"}
    assert _scopes(parse_manifest(manifest("/platform", GROUPS, access=EVERYTHING))) == needed


def test_user_groups_and_addresses_are_only_asked_for_where_the_configuration_names_some() -> None:
    plain = parse_manifest(manifest("/platform", GROUPS))
    full = parse_manifest(manifest("/platform", GROUPS, access=EVERYTHING))
    assert full.scopes - plain.scopes == {"usergroups:read", "users:read.email"}
    assert full.events - plain.events == {"subteam_updated", "subteam_members_changed"}
    grouped = AccessSettings.model_validate({"grants": [{"roles": ["admin"], "to": {"groups": ["S01"]}}]})
    assert parse_manifest(manifest("/platform", GROUPS, access=grouped)).scopes - plain.scopes == {"usergroups:read"}


def test_it_subscribes_to_no_event_that_nobody_handles() -> None:
    source = "".join((ROOT / "bot/slack" / name).read_text(encoding="utf-8") for name in ("events.py", "directory.py"))
    handled = set(re.findall(r'case "(\w+)"', source))
    subscribed = parse_manifest(manifest("/platform", GROUPS, access=EVERYTHING)).events
    assert {re.sub(r"^message\..*", "message", event) for event in subscribed} == handled


@pytest.mark.parametrize("slash", ["/platform", "/p", "/" + "x" * 31, "/staging-platform_2"])
@pytest.mark.parametrize("url", [None, "https://bot.example.com", "https://bot.example.com/"])
def test_slack_takes_it_for_every_command_name_in_both_modes(slash: str, url: str | None) -> None:
    SlackSettings(command=slash)
    parsed = parse_manifest(manifest(slash, GROUPS, url=url))
    assert [command.command for command in parsed.commands] == [slash]
    assert (parsed.socket_mode, parsed.interactivity) == (url is None, True)
    assert parsed.url == ("https://bot.example.com/slack/events" if url else "")


def test_mentions_in_arguments_arrive_with_their_ids() -> None:
    assert parse_manifest(manifest("/platform", GROUPS)).commands[0].should_escape


def test_it_is_yaml_that_reads_back_as_it_was() -> None:
    document = manifest("/platform", GROUPS)
    assert yaml.safe_load(as_yaml(document)) == document


def test_manifest_yml_is_what_the_code_prints() -> None:
    path = ROOT / "manifest.yml"
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert written == as_yaml(manifest("/platform", GROUPS)), "update it: platform-bot manifest > manifest.yml"
