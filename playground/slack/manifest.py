"""Reads an app manifest (v2) and says what Slack would refuse in it. Installs nothing."""

from dataclasses import dataclass, field
from typing import Any

from playground.slack.model import JsonObject

# Scope that each bot event needs. Events absent here are not delivered by this double, and a manifest naming one is refused.
EVENT_SCOPES: dict[str, str | None] = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "tokens_revoked": None,
    "channel_archive": "channels:read",
    "channel_created": "channels:read",
    "channel_deleted": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "file_shared": "files:read",
    "group_archive": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "channel_left": "channels:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "team_join": "users:read",
    "user_change": "users:read",
    "subteam_created": "usergroups:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
}


class ManifestError(ValueError):
    """Slack would not create an app from this; `problems` says why, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class SlashCommand:
    command: str
    description: str
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True, slots=True)
class Shortcut:
    callback_id: str
    name: str
    kind: str  # global or message


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the app asked for. `url` is where HTTP mode delivers, if it says so anywhere."""

    name: str = "Platform"
    scopes: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    commands: tuple[SlashCommand, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    interactivity: bool = True
    options_url: bool = True
    home_tab: bool = True
    messages_tab: bool = True
    messages_tab_read_only: bool = False
    socket_mode: bool = True
    url: str = ""
    problems: tuple[str, ...] = field(default=())

    def command(self, name: str) -> SlashCommand | None:
        return next((command for command in self.commands if command.command == name), None)

    def shortcut(self, callback_id: str, kind: str) -> Shortcut | None:
        return next((one for one in self.shortcuts if one.callback_id == callback_id and one.kind == kind), None)


def parse_manifest(manifest: JsonObject) -> Manifest:
    """Raises ManifestError naming everything that is wrong at once."""
    found: list[str] = []
    display = _part(manifest, "display_information")
    features = _part(manifest, "features")
    settings = _part(manifest, "settings")
    name = str(display.get("name", ""))
    _limit(found, "display_information.name", name, 35, low=1)
    _limit(found, "display_information.description", str(display.get("description", "")), 140)
    scopes = frozenset(_part(_part(manifest, "oauth_config"), "scopes").get("bot") or ())
    if len(scopes) > 255:
        found.append("oauth_config.scopes.bot: more than 255 scopes")
    subscriptions = _part(settings, "event_subscriptions")
    events = tuple(subscriptions.get("bot_events") or ())
    _events(found, events, scopes)
    commands = _commands(found, features.get("slash_commands") or [])
    if commands and "commands" not in scopes:
        found.append("features.slash_commands: needs the scope commands")
    shortcuts = _shortcuts(found, features.get("shortcuts") or [])
    if shortcuts and "commands" not in scopes:
        found.append("features.shortcuts: needs the scope commands")
    interactivity = _part(settings, "interactivity")
    home = _part(features, "app_home")
    socket_mode = bool(settings.get("socket_mode_enabled", False))
    interactive = bool(interactivity.get("is_enabled", False))
    if shortcuts and not interactive:
        found.append("features.shortcuts: needs settings.interactivity.is_enabled")
    urls = [subscriptions.get("request_url"), interactivity.get("request_url"), *(
        command.get("url") for command in features.get("slash_commands") or []
    )]  # fmt: skip
    if not socket_mode:
        if events and not subscriptions.get("request_url"):
            found.append("settings.event_subscriptions.request_url: required without socket mode")
        if interactive and not interactivity.get("request_url"):
            found.append("settings.interactivity.request_url: required without socket mode")
    if found:
        raise ManifestError(found)
    return Manifest(
        name=name,
        scopes=scopes,
        events=frozenset(events),
        commands=commands,
        shortcuts=shortcuts,
        interactivity=interactive,
        options_url=socket_mode or bool(interactivity.get("message_menu_options_url")),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        messages_tab_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
        socket_mode=socket_mode,
        url=str(next((url for url in urls if url), "")),
    )


def _part(parent: JsonObject, name: str) -> JsonObject:
    part = parent.get(name)
    return part if isinstance(part, dict) else {}


def _limit(found: list[str], where: str, value: str, high: int, *, low: int = 0) -> None:
    if not low <= len(value) <= high:
        found.append(f"{where}: must be {low} to {high} characters")


def _events(found: list[str], events: tuple[str, ...], scopes: frozenset[str]) -> None:
    if len(events) > 100:
        found.append("settings.event_subscriptions.bot_events: more than 100 events")
    for event in events:
        if event not in EVENT_SCOPES:
            found.append(f"settings.event_subscriptions.bot_events: unknown event {event}")
            continue
        scope = EVENT_SCOPES[event]
        if scope is not None and scope not in scopes:
            found.append(f"settings.event_subscriptions.bot_events: {event} needs the scope {scope}")


def _commands(found: list[str], commands: list[Any]) -> tuple[SlashCommand, ...]:
    if len(commands) > 50:
        found.append("features.slash_commands: more than 50 commands")
    parsed = []
    for command in commands:
        name = str(command.get("command", ""))
        if not name.startswith("/") or len(name) < 2 or name != name.lower() or " " in name:
            found.append(f"features.slash_commands: {name!r} must start with a slash and be lower case")
        _limit(found, f"features.slash_commands.{name}.command", name, 32)
        _limit(found, f"features.slash_commands.{name}.description", str(command.get("description", "")), 2000, low=1)
        _limit(found, f"features.slash_commands.{name}.usage_hint", str(command.get("usage_hint", "")), 1000)
        parsed.append(
            SlashCommand(
                name,
                str(command.get("description", "")),
                str(command.get("usage_hint", "")),
                bool(command.get("should_escape", False)),
            )
        )
    names = [command.command for command in parsed]
    if len(set(names)) != len(names):
        found.append("features.slash_commands: a command is declared twice")
    return tuple(parsed)


def _shortcuts(found: list[str], shortcuts: list[Any]) -> tuple[Shortcut, ...]:
    if len(shortcuts) > 10:
        found.append("features.shortcuts: more than 10 shortcuts")
    parsed = []
    for shortcut in shortcuts:
        name = str(shortcut.get("name", ""))
        _limit(found, f"features.shortcuts.{name}.name", name, 24, low=1)
        _limit(found, f"features.shortcuts.{name}.description", str(shortcut.get("description", "")), 150, low=1)
        _limit(found, f"features.shortcuts.{name}.callback_id", str(shortcut.get("callback_id", "")), 255, low=1)
        if shortcut.get("type") not in ("global", "message"):
            found.append(f"features.shortcuts.{name}.type: must be global or message")
        parsed.append(Shortcut(str(shortcut.get("callback_id", "")), name, str(shortcut.get("type", ""))))
    return tuple(parsed)
