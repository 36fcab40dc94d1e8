"""The table and the JSON."""

import json

import pytest

from bot.doctor.report import Report, Row, failed, ok, skipped, warning

REPORT = Report(
    (
        Row("clock", ok("agrees")),
        Row("scopes", failed("missing: " + ", ".join(["chat:write"] * 12), "reinstall the app")),
        Row("configuration", warning("a.yaml: one\nb.yaml: two", "")),
        Row("webhooks", skipped("none")),
    )
)


def test_only_a_failure_makes_the_exit_status_1() -> None:
    assert REPORT.status == 1
    assert Report(tuple(row for row in REPORT.rows if row.check != "scopes")).status == 0


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_table_keeps_to_the_terminals_width_and_loses_nothing(width: int) -> None:
    lines = REPORT.as_table(width).splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(lines).count("chat:write") == 12
    assert lines[-1] == "1 ok, 1 warning, 1 failed, 1 skipped"


def test_each_line_of_a_finding_begins_a_line_of_the_table() -> None:
    lines = REPORT.as_table(100).splitlines()
    [first] = [at for at, line in enumerate(lines) if line.startswith("configuration")]
    assert "a.yaml: one" in lines[first]
    assert lines[first + 1].strip() == "b.yaml: two"


def test_json_holds_every_finding_for_programs() -> None:
    answer = json.loads(REPORT.as_json())
    assert answer["ok"] is False
    assert answer["checks"][0] == {"check": "clock", "state": "ok", "found": "agrees", "advice": ""}
    assert [check["state"] for check in answer["checks"]] == ["ok", "failed", "warning", "skipped"]


def test_secrets_and_control_characters_are_taken_out() -> None:
    report = Report((Row("x", failed("got xoxb-1 \x1b[31mred", "not xoxb-1")),)).hiding(["xoxb-1", ""])
    assert report.rows[0].finding == failed("got … [31mred", "not …")
