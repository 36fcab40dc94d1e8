"""The whole check-up: each failure is told at its own check, and leaves the others alone."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import bot
from bot.doctor.report import State
from tests.bot.doctor.conftest import SetUp


async def test_a_good_set_up_has_no_warning_and_no_failure(setup: SetUp) -> None:
    report = await setup.report()
    odd = {row.check: row.finding for row in report.rows if row.finding.state in (State.WARNING, State.FAILED)}
    # A test's disk may be nearly full.
    odd.pop("disk space", None)
    assert odd == {}
    skipped = {row.check for row in report.rows if row.finding.state is State.SKIPPED}
    assert skipped == {"signing secret", "webhooks", "approvals", "approvals channel", "audit channel"}


async def test_nothing_is_changed_and_no_lock_is_needed(setup: SetUp) -> None:
    def fingerprint() -> dict[str, str]:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(setup.folder.iterdir())}

    before = fingerprint()
    objects = [kind for kind in ("Namespace", "ClusterRole", "ServiceAccount") for _ in setup.cluster.objects(kind)]
    await setup.report()
    assert fingerprint() == before
    assert objects == [
        kind for kind in ("Namespace", "ClusterRole", "ServiceAccount") for _ in setup.cluster.objects(kind)
    ]
    assert setup.slack.sockets.connections == 0


async def test_with_slack_down_only_slacks_checks_fail(setup: SetUp) -> None:
    await setup.slack.stop()
    findings = await setup.findings()
    failed = {name for name, finding in findings.items() if finding.state is State.FAILED}
    assert failed == {"bot token", "app token", "clock"}
    assert findings["scopes"].state is State.SKIPPED
    assert "not reachable" in findings["bot token"].found


async def test_with_the_cluster_down_only_its_checks_do_not_pass(setup: SetUp) -> None:
    setup.cluster.faults.down = "refused"
    findings = await setup.findings()
    failed = {name for name, finding in findings.items() if finding.state is State.FAILED}
    assert failed == {"cluster"}
    for name in ("cluster roles", "cluster rights", "sandbox role binding"):
        assert findings[name].state is State.SKIPPED


async def test_what_the_configuration_does_not_give_is_skipped_and_the_rest_is_checked(setup: SetUp) -> None:
    setup.environment["DATABASE_URL"] = "mysql://bot:sesame-open@db/bot"
    setup.environment["SLACK_APP_TOKEN_FILE"] = "/nowhere"
    del setup.environment["SLACK_APP_TOKEN"]
    findings = await setup.findings()
    assert findings["configuration"].state is State.FAILED
    assert "DATABASE_URL" in findings["configuration"].found
    assert "SLACK_APP_TOKEN_FILE" in findings["configuration"].found
    for name in ("database", "schema", "app token", "connection budget"):
        assert findings[name].state is State.SKIPPED, name
    for name in ("bot token", "scopes", "clock", "cluster rights"):
        assert findings[name].state is State.OK, name


async def test_a_mistake_in_the_settings_file_leaves_the_environment_to_check(setup: SetUp) -> None:
    setup.configure("slack:\n  conections: 3\n")
    setup.environment["PLATFORM_LOG__LEVEL"] = "info"
    findings = await setup.findings()
    assert "conections" in findings["configuration"].found
    assert findings["connection budget"].state is State.SKIPPED
    assert findings["bot token"].state is State.OK
    assert findings["database"].state is State.OK


async def test_no_secret_is_shown_whatever_fails(setup: SetUp) -> None:
    setup.environment["DATABASE_URL"] = "postgresql+psycopg://bot:sesame-open@127.0.0.1:1/bot"
    setup.slack.faults.inject("error", "*", times=None, error=setup.slack.bot_token)
    setup.cluster.faults.down = "unavailable"
    report = await setup.report()
    shown = report.as_table(200) + report.as_json()
    assert report.status == 1
    for secret in (setup.slack.bot_token, setup.slack.app_token, "sesame-open"):
        assert secret not in shown


def doctor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """As a process of its own, with nothing to be reached."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(bot.__file__).parents[1]),
        "SLACK_API_URL": "http://127.0.0.1:1/",
        "PLATFORM_HTTP_PORT": "0",
        "KUBECONFIG": str(folder / "none"),
        "COLUMNS": "120",
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", "doctor", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_line_prints_json_for_programs_and_fails_when_a_check_does(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--json")
    assert (done.returncode, done.stderr) == (1, "")
    answer = json.loads(done.stdout)
    assert answer["ok"] is False
    assert {tuple(check) for check in answer["checks"]} == {("check", "state", "found", "advice")}
    assert {check["state"] for check in answer["checks"]} == {state.value for state in State}
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_prints_a_table_for_people(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["CHECK", "STATE", "FOUND", "WHAT", "TO", "DO"]
    assert any(line.startswith("bot token") and "failed" in line for line in lines)
    assert max(map(len, lines)) <= 120


def test_no_replicas_is_no_set_up(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--replicas", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "--replicas" in done.stderr
