"""The audit trail's key: missing, too short, or another one than before; and roles that name what no command needs."""

import pytest

from bot.config import AuditSettings, Settings, load_settings
from bot.doctor.audit import AuditChecks
from bot.doctor.postgresql import PostgreSQLChecks
from bot.doctor.report import Finding, State
from bot.doctor.sqlite import SQLiteChecks
from integrations.slack import SlackClient
from storage.audit_chain import Key
from storage.db import Database
from tests.bot.doctor.conftest import SetUp
from tests.storage.audit_trail import SECRET, Trail

OTHER = "another key that is long enough to be one"


async def _key(database: Database, **environment: str) -> Finding:
    settings = load_settings({"PLATFORM_CONFIG": "", **environment}, {})
    databases = (
        SQLiteChecks(database.path, 1) if database.path else PostgreSQLChecks(database.url.render_as_string(False), 1)
    )
    return await _checked(settings, databases)


async def _checked(settings: Settings, databases: SQLiteChecks | PostgreSQLChecks) -> Finding:
    assert settings.section("audit", AuditSettings).channel is None
    slack: SlackClient = None  # type: ignore[assignment] # nothing is asked of it
    (check,) = (
        each for each in AuditChecks(settings, slack, databases.newest_audit_key).checks() if each.name == "audit key"
    )
    return await check.ask()


async def test_a_key_is_fine_before_and_after_something_was_written_with_it(database: Database) -> None:
    fine = Finding(State.OK, Key(SECRET).id)
    assert await _key(database, PLATFORM_AUDIT_KEY=SECRET) == fine
    await Trail(database).write()
    assert await _key(database, PLATFORM_AUDIT_KEY=SECRET) == fine


async def test_another_key_than_before_fails_unless_the_earlier_one_is_named(database: Database) -> None:
    await Trail(database).write()
    finding = await _key(database, PLATFORM_AUDIT_KEY=OTHER)
    assert finding.state is State.FAILED
    assert Key(SECRET).id in finding.found
    assert "PLATFORM_AUDIT_KEY_PREVIOUS" in finding.advice
    rotated = await _key(database, PLATFORM_AUDIT_KEY=OTHER, PLATFORM_AUDIT_KEY_PREVIOUS=SECRET)
    assert rotated == Finding(State.OK, f"{Key(OTHER).id}; 1 earlier")


async def test_a_key_from_the_bots_token_is_a_warning(database: Database) -> None:
    finding = await _key(database, SLACK_BOT_TOKEN="xoxb-1")
    assert finding.state is State.WARNING
    assert "openssl rand" in finding.advice


@pytest.mark.parametrize("environment", [{}, {"PLATFORM_AUDIT_KEY": "short"}])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_key_or_one_that_is_too_short_fails(database: Database, environment: dict[str, str]) -> None:
    finding = await _key(database, **environment)
    assert finding.state is State.FAILED
    assert "PLATFORM_AUDIT_KEY" in finding.found


async def test_without_a_schema_or_a_database_only_the_key_itself_is_judged(empty_database_url: str) -> None:
    settings = load_settings({"PLATFORM_CONFIG": "", "PLATFORM_AUDIT_KEY": SECRET}, {})
    if empty_database_url.startswith("postgresql"):
        assert (await _checked(settings, PostgreSQLChecks(empty_database_url, 1))).state is State.OK
        away = PostgreSQLChecks("postgresql+psycopg://bot@127.0.0.1:1/bot", 1)
        assert (await _checked(settings, away)).state is State.OK
        return
    database = await Database.open(empty_database_url)
    assert database.path is not None
    await database.close()
    assert (await _checked(settings, SQLiteChecks(database.path, 1))).state is State.OK
    database.path.write_bytes(b"this is no database" * 100)
    assert (await _checked(settings, SQLiteChecks(database.path, 1))).state is State.OK


async def test_a_role_that_names_a_permission_no_command_has_is_a_mistake_in_the_settings(bare: SetUp) -> None:
    bare.configure("access:\n  roles:\n    maker: [sandbox.crate]\n")
    finding = (await bare.findings())["configuration"]
    assert finding.state is State.FAILED
    assert "“sandbox.crate” is a permission that no command has; did you mean sandbox.create?" in finding.found
