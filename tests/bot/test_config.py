"""Settings: everything has a default, every mistake is named with its place, and no garbage starts or crashes anything."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bot.config import (
    SECTIONS,
    VARIABLES,
    CallSettings,
    ConfigError,
    LogSettings,
    Settings,
    SlackSettings,
    load_settings,
)
from bot.kit.access import AccessSettings
from bot.kit.roles import Person, Rules
from bot.wiring import group_sections, permissions
from commands.sandbox.settings import SandboxSettings

GROUPS: Mapping[str, type[BaseModel]] = group_sections()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _load(**environment: str) -> Settings:
    return load_settings(environment, GROUPS, permissions())


def _problems(**environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _load(**environment)
    return caught.value.message.split("\n")


def _write(text: str, name: str = "platform.yaml") -> None:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


# --- defaults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "---\n", "slack:\nsandbox:\n", "{}", "slack: {}"])
def test_nothing_needs_to_be_said(text: str | None) -> None:
    if text is not None:
        _write(text)
    settings = _load()
    assert settings.slack == SlackSettings()
    assert settings.section("sandbox", SandboxSettings) == SandboxSettings()
    assert settings.secrets.bot_token is None
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert settings.database_url == "sqlite+aiosqlite:///platform-bot.db"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.kubeconfig is None


def test_an_empty_variable_means_the_same_as_none() -> None:
    """Empty, `PLATFORM_HTTP_HOST` would listen on every address there is."""
    assert _load(**dict.fromkeys(VARIABLES, "")) == _load()


def test_by_default_every_full_member_is_a_developer_who_may_use_sandboxes() -> None:
    access = _load().section("access", AccessSettings)
    principal = Rules(access).principal(Person("U1", "ada", "UTC", full_member=True))
    assert (principal.teams, principal.roles) == (frozenset({"default"}), frozenset({"developer"}))
    assert principal.may("sandbox.create", team="default")
    assert not principal.may("sandbox.create", team="other")


# --- where values come from -----------------------------------------------------------------------------------------


def test_the_file_sets_and_the_environment_overrides() -> None:
    _write("slack:\n  command: /staging\n  connections: 3\nsandbox:\n  lifetime: 2d\n")
    settings = _load(PLATFORM_SLACK__CONNECTIONS="4", PLATFORM_SANDBOX__PER_PERSON="7", PLATFORM_CALLS__DRAIN="5s")
    assert (settings.slack.command, settings.slack.connections) == ("/staging", 4)
    sandbox = settings.section("sandbox", SandboxSettings)
    assert (sandbox.lifetime, sandbox.per_person) == (timedelta(days=2), 7)
    assert settings.section("calls", CallSettings).drain == timedelta(seconds=5)


def test_the_files_beside_it_are_merged() -> None:
    _write("slack:\n  command: /staging\n")
    _write("slack:\n  connections: 3\n", "platform.d/10-slack.yaml")
    _write("log:\n  level: debug\nslack:\n", "platform.d/20-log.yaml")
    _write("slack:\n  connections: 9\n", "platform.d/notes.txt")
    settings = _load()
    assert (settings.slack.command, settings.slack.connections) == ("/staging", 3)
    assert settings.section("log", LogSettings).level == "debug"


def test_the_files_beside_it_do_without_it() -> None:
    _write("slack:\n  connections: 3\n", "platform.d/10.yaml")
    assert _load().slack.connections == 3


def test_another_file_brings_the_folder_of_its_own_name(tmp_path: Path) -> None:
    _write("slack:\n  command: /staging\n", "staging.yaml")
    _write("slack:\n  connections: 3\n", "staging.d/10.yaml")
    _write("slack:\n  connections: 9\n", "platform.d/10.yaml")
    settings = _load(PLATFORM_CONFIG=str(tmp_path / "staging.yaml"))
    assert (settings.slack.command, settings.slack.connections) == ("/staging", 3)


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"])
def test_a_secret_comes_from_the_environment_or_from_a_file_and_is_not_printed(name: str) -> None:
    _write("xoxb-from-a-file\n", "token")
    direct, from_file = _load(**{name: " xoxb-direct\n"}), _load(**{f"{name}_FILE": "token"})
    assert "xoxb" not in repr(direct) + str(from_file)
    found = [
        [each.get_secret_value() for each in vars(settings.secrets).values() if each is not None]
        for settings in (direct, from_file)
    ]
    assert found == [["xoxb-direct"], ["xoxb-from-a-file"]]


def test_a_database_url_may_stand_in_a_file_for_it_holds_a_password() -> None:
    _write("postgresql+psycopg://bot:secret@db/platform\n", "url")
    assert _load(DATABASE_URL_FILE="url").database_url == "postgresql+psycopg://bot:secret@db/platform"


def test_the_environment_table_names_every_variable_that_is_read() -> None:
    read: set[str] = set()

    class Watched(dict[str, str]):
        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
            read.add(key)
            return default

    load_settings(Watched(), GROUPS)
    assert read == set(VARIABLES) | {f"{variable.name}_FILE" for variable in VARIABLES.values() if variable.file}


def test_settings_can_be_asked_for_under_their_own_model_only() -> None:
    with pytest.raises(TypeError, match="section slack"):
        _load().section("slack", LogSettings)


# --- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "slack:\n  conections: 3\n",
            "platform.yaml:2: slack.conections: is not known here; did you mean connections?",
        ),
        ("slakc:\n  connections: 3\n", "platform.yaml:1: slakc: there is no such section; did you mean slack?"),
        ("zzz: 1\n", "platform.yaml:1: zzz: there is no such section; known are access"),
        ("\n\nslack:\n  connections: 11\n", "platform.yaml:4: slack.connections: must be at most 10"),
        (
            "slack:\n  connections: two\n",
            "platform.yaml:2: slack.connections: must be a whole number, such as 3, not “two”",
        ),
        ("slack: 3\n", "platform.yaml:1: slack: must be a section of `key: value` lines, not “3”"),
        ("slack: []\n", "platform.yaml:1: slack: must be a section of `key: value` lines, not “[]”"),
        ("slack:\n  silence: 1s\n", "platform.yaml:2: slack.silence: must be at least 5s"),
        ("slack:\n  silence: 90\n", "platform.yaml:2: slack.silence: must be a duration such as 36h, 3d or 1d12h"),
        ("calls:\n  drain: -5\n", "platform.yaml:2: calls.drain: must be a duration such as 36h, 3d or 1d12h"),
        ("slack:\n  command: platform\n", "platform.yaml:2: slack.command: must match pattern '^/[a-z0-9_-]{1,31}$'"),
        ("sandbox:\n  cards: mail\n", "platform.yaml:2: sandbox.cards: must be channel or direct, not “mail”"),
        (
            "sandbox:\n  closed_cidrs:\n    - 10.0.0.0/8\n    - ten\n",
            "platform.yaml:4: sandbox.closed_cidrs.1: must be a range such as 10.0.0.0/8",
        ),
        ("sandbox:\n  internet: maybe\n", "platform.yaml:2: sandbox.internet: must be yes or no, not “maybe”"),
        ("access:\n  everyone: developer\n", "platform.yaml:2: access.everyone: must be a list, not “developer”"),
        (
            "access:\n  everyone: [develper]\n",
            "platform.yaml:2: access.everyone.0: “develper” is a role that nobody has defined; did you mean developer?",
        ),
        (
            "access:\n  everyone: [zzz]\n  roles:\n    ops: ['*']\n",
            "platform.yaml:2: access.everyone.0: “zzz” is a role that nobody has defined; known are admin, approver",
        ),
        (
            "access:\n  grants:\n    - roles: [viewer, admn]\n      to: {users: [U1A]}\n",
            "platform.yaml:3: access.grants.0.roles.1: “admn” is a role that nobody has defined; did you mean admin?",
        ),
        (
            "access:\n  teams:\n    payments: {}\n  grants:\n    - roles: [viewer]\n      to:\n        teams: [paymnts]\n",
            "platform.yaml:7: access.grants.0.to.teams.0: “paymnts” is a team that nobody has defined; did you mean payments?",
        ),
        (
            "access:\n  grants:\n    - roles: [viewer]\n      to: {users: [U1A]}\n      teams: [pay]\n",
            "platform.yaml:5: access.grants.0.teams.0: “pay” is a team that nobody has defined; known are default",
        ),
        (
            "access:\n  roles:\n    ops: [sandbox.*, sandbx.create]\n",
            "platform.yaml:3: access.roles.ops: “sandbx.create” is a permission that no command has; did you mean sandbox.",
        ),
        (
            "access:\n  roles:\n    ops: ['*.shw']\n",
            "platform.yaml:3: access.roles.ops: “*.shw” is a permission that no command has",
        ),
        (
            "access:\n  teams:\n    pay:\n      groups: [payments]\n",
            "platform.yaml:4: access.teams.pay.groups.0: must be a Slack user group: its handle, such as @payments, or its id",
        ),
        (
            "access:\n  teams:\n    pay:\n      users:\n        - ada\n",
            "platform.yaml:5: access.teams.pay.users.0: must be a Slack user id such as U0123ABCD",
        ),
        (
            "access:\n  teams:\n    pay:\n      domains: [pay]\n",
            "platform.yaml:4: access.teams.pay.domains.0: must be an e-mail domain such as example.com",
        ),
        (
            "access:\n  teams:\n    pay:\n      chanel: C1A\n",
            "platform.yaml:4: access.teams.pay.chanel: is not known here",
        ),
        (
            "access:\n  teams:\n    Pay: {}\n",
            "must be 1 to 30 lower-case letters, digits and dashes, beginning with a letter",
        ),
        ("access:\n  grants:\n    - to: {}\n", "platform.yaml:3: access.grants.0.roles: is needed"),
        (
            "access:\n  roles:\n    developer: [sandbox]\n",
            "platform.yaml:3: access.roles.developer.0: must be a permission such as sandbox.create, sandbox.*, *.list or *",
        ),
        ("slack:\n  connections: 2\n  connections: 3\n", "is set already at platform.yaml:2; keep one"),
        ("slack: {}\nslack: {}\n", "platform.yaml:2: slack: is set already at platform.yaml:1; keep one"),
        ("- slack\n", "platform.yaml:1: must be sections of `key: value` lines"),
        ("slack\n", "platform.yaml:1: must be sections of `key: value` lines"),
        ("!!set {slack}\n", "platform.yaml:1: must be sections of `key: value` lines"),
        ("slack:\n\tconnections: 3\n", "platform.yaml:2: this is not YAML"),
        ("slack: {connections: 3\n", "this is not YAML"),
        ("slack: !!python/object:os.system {}\n", "platform.yaml:1: this is not YAML"),
        ("slack:\n  silence: 2026-99-99\n", "platform.yaml: cannot be read"),
        ("slack: &x\n  a: *x\n", "slack.a: is not known here"),
        ("1: 2\n", "platform.yaml:1: 1: there is no such section"),
        ("? [a, b]\n: 1\n", "platform.yaml:1: this is not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line_its_key_and_what_would_be_right(text: str, problem: str) -> None:
    _write(text)
    assert [each for each in _problems() if problem in each]


def test_what_is_not_utf_8_is_told_so() -> None:
    Path("platform.yaml").write_bytes(b"slack: \xff\xfe\n")
    assert _problems()[0].startswith("platform.yaml: cannot be read")


def test_every_mistake_is_told_at_once() -> None:
    _write("slack:\n  connections: 11\n  silence: 1s\nzzz: 1\n")
    problems = _problems(PLATFORM_HTTP_PORT="high", DATABASE_URL="mysql://x")
    assert sorted(each.partition(": ")[0] for each in problems) == [
        "DATABASE_URL",
        "PLATFORM_HTTP_PORT",
        "platform.yaml:2",
        "platform.yaml:3",
        "platform.yaml:4",
    ]


def test_the_same_key_in_two_files_is_a_mistake_in_the_second() -> None:
    _write("slack:\n  connections: 3\n")
    _write("slack:\n  connections: 3\n", "platform.d/10.yaml")
    assert _problems() == ["platform.d/10.yaml:2: slack.connections: is set already at platform.yaml:2; keep one"]


def test_an_override_that_is_wrong_is_named_as_the_variable_it_is() -> None:
    _write("slack:\n  connections: 3\nlog: 7\n")
    assert _problems(PLATFORM_SLACK__CONNECTIONS="many", PLATFORM_LOG__LEVEL="info", PLATFORM_ZZZ__A="1") == [
        "PLATFORM_LOG__LEVEL: log is not a section",
        f"PLATFORM_ZZZ__A: zzz: there is no such section; known are {', '.join(sorted([*SECTIONS, *GROUPS]))}",
        "PLATFORM_SLACK__CONNECTIONS: slack.connections: must be a whole number, such as 3, not “many”",
        "platform.yaml:3: log: must be a section of `key: value` lines, not “7”",
    ]


def test_an_override_reaches_into_a_section_that_is_empty_in_the_file() -> None:
    _write("slack:\n")
    assert _load(PLATFORM_SLACK__COMMAND="/staging").slack.command == "/staging"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PLATFORM_HTTP_PORT", "high", "must be a port"),
        ("PLATFORM_HTTP_PORT", "65536", "must be a port"),
        ("PLATFORM_HTTP_PORT", "-1", "must be a port"),
        ("PLATFORM_HTTP_PORT", "²", "must be a port"),
        ("PLATFORM_HTTP_PORT", "9" * 5000, "must be a port"),
        ("DATABASE_URL", "mysql://bot:secret@db/x", "must begin with sqlite+aiosqlite:/// or postgresql+psycopg://"),
        ("DATABASE_URL", "bot:secret@db", "must begin with"),
        ("SLACK_API_URL", "slack.com/api", "must begin with https://"),
        ("PLATFORM_CONFIG", "missing.yaml", "there is no file missing.yaml"),
        ("PLATFORM_CONFIG", ".", "there is no file"),
        ("PLATFORM_CONFIG", "/", "there is no file"),
        ("SLACK_BOT_TOKEN_FILE", "missing", "cannot read missing: No such file"),
        ("SLACK_BOT_TOKEN_FILE", ".", "cannot read"),
        ("SLACK_BOT_TOKEN_FILE", "binary", "binary is not text"),
    ],
)
def test_a_wrong_variable_is_told_by_its_name_and_without_secrets(name: str, value: str, words: str) -> None:
    Path("binary").write_bytes(b"\xff\xfe\x00")
    (problem,) = _problems(**{name: value})
    assert problem.startswith(f"{name}: ")
    assert words in problem
    assert "secret" not in problem


def test_a_secret_given_twice_is_refused() -> None:
    _write("xoxb-1", "token")
    assert _problems(SLACK_BOT_TOKEN="xoxb-2", SLACK_BOT_TOKEN_FILE="token") == [
        "SLACK_BOT_TOKEN: given twice, directly and as SLACK_BOT_TOKEN_FILE; keep one"
    ]


# --- garbage --------------------------------------------------------------------------------------------------------

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


def _keys(models: Mapping[str, type[BaseModel]]) -> Iterator[str]:
    for model in models.values():
        yield from model.model_fields


_NAMES = sorted([*GROUPS, *SECTIONS])
_FIELDS = sorted(
    {*_keys(GROUPS), *SlackSettings.model_fields, *AccessSettings.model_fields, *CallSettings.model_fields}
)
_SECTIONS = st.dictionaries(
    st.sampled_from(_NAMES), st.dictionaries(st.sampled_from(_FIELDS), _VALUES, max_size=4) | _VALUES
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(_SECTIONS | _VALUES, _SECTIONS)
def test_no_content_crashes_the_reader(first: object, second: object) -> None:
    _write(yaml.safe_dump(first, allow_unicode=True))
    _write(yaml.safe_dump(second, allow_unicode=True), "platform.d/10.yaml")
    with suppress(ConfigError):
        _load()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.text(st.characters(codec="utf-8"), max_size=60)
    | st.text(st.sampled_from(":-#&*!|>{}[]'\"? \n\tab1%@"), max_size=60),
    st.dictionaries(
        st.sampled_from(
            [*VARIABLES, "PLATFORM_SLACK__COMMAND", "PLATFORM_A__B", "PLATFORM___", "PLATFORM_LOG__LEVEL__X"]
        ),
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
    ),
)
def test_no_text_and_no_environment_crashes_the_reader(text: str, environment: dict[str, str]) -> None:
    _write(text)
    with suppress(ConfigError):
        load_settings(environment, GROUPS)
