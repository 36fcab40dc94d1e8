"""The alerts: the Prometheus Operator gets the same ones as Prometheus, and each is explained in docs/operations.md."""

import re
from typing import Any

import yaml

from tests.deploy.conftest import rendered
from tests.deploy.test_manifests import of
from tests.deploy.variants import DEPLOY

PAGE = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "monitoring" / "rules.yaml").read_text())["groups"]
ALERTS = [rule for group in RULES for rule in group["rules"] if "alert" in rule]
# What else is written like an event: metrics, a view of PostgreSQL's, a column, and Slack's reasons.
OTHERS = ("platform_bot_", "process_", "container_", "pg_", "user_id", "max_connections")
SLACK_SAYS = {
    "channel_not_found",
    "invalid_auth",
    "invalid_blocks",
    "is_archived",
    "missing_scope",
    "not_in_channel",
    "token_revoked",
}


def test_the_operator_gets_the_same_rules() -> None:
    """Told how in the component's file."""
    assert of(rendered(("postgres", ("monitoring",))), "PrometheusRule")["spec"] == {"groups": RULES}


def test_rules_use_known_fields_only() -> None:
    for group in RULES:
        for rule in group["rules"]:
            assert set(rule) <= {"alert", "record", "expr", "for", "labels", "annotations", "keep_firing_for"}


def sections() -> dict[str, str]:
    after = PAGE.partition("\n## What to do when\n")[2]
    return dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", after, re.DOTALL | re.MULTILINE))


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    assert list(sections()) == [rule["alert"] for rule in ALERTS]
    for rule in ALERTS:
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_every_section_says_what_it_means_what_it_does_where_to_look_and_what_to_do() -> None:
    for name, text in sections().items():
        assert re.findall(r"^- \*\*(\w+)\*\* ", text, re.MULTILINE) == ["Means", "Impact", "Look", "Do"], name


def test_every_log_event_that_is_named_is_logged() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("bot", "commands", "integrations", "storage")
        for path in (DEPLOY.parent / package).rglob("*.py")
    )
    told = "\n".join(sections().values())
    named = set(re.findall(r"grep ([a-z]+_\w+)", told)) | set(re.findall(r"`([a-z]+_[a-z_]+)`", told))
    events = {name for name in named if not name.startswith(OTHERS)} - SLACK_SAYS
    assert {name for name in events if f'"{name}"' not in code} == set()
    assert len(events) > 15
