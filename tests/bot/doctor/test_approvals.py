"""Approval rules: those that can never hold, those that nobody could answer, and channels that are not there."""

from typing import Any, cast

import pytest
import yaml

from bot.config import Secrets, Settings
from bot.doctor.approvals import ApprovalChecks
from bot.doctor.report import Finding, State
from bot.kit.access import AccessSettings
from bot.kit.approvals import ApprovalSettings
from integrations.slack import SlackClient
from tests.bot.doctor.conftest import COMMANDS, SetUp
from tests.conftest import FakeClock

NO_SECRETS = Secrets(bot_token=None, app_token=None, signing_secret=None)
GRANTED = {
    "roles": {"deployer": ["sandbox.create"]},
    "teams": {"payments": {"users": ["U0PAY"]}},
    "grants": [{"roles": ["approver", "deployer"], "to": {"users": ["U0APPROVER"]}, "teams": "all"}],
}


async def _rules(clock: FakeClock, *rules: dict[str, Any], access: dict[str, Any] | None = None) -> Finding:
    section = {"channel": "C0APPROVALS", "rules": [{"name": f"rule {n}", **rule} for n, rule in enumerate(rules)]}
    settings = Settings(
        secrets=NO_SECRETS,
        slack_api_url="",
        database_url="",
        http_host="",
        http_port=0,
        kubeconfig=None,
        sections={
            "approvals": ApprovalSettings.model_validate(section),
            "access": AccessSettings.model_validate(GRANTED if access is None else access),
        },
    )
    checks = ApprovalChecks(settings, COMMANDS, cast(SlackClient, None), clock)
    (check,) = (each for each in checks.checks() if each.name == "approvals")
    return await check.ask()


async def test_without_rules_there_is_nothing_to_check(clock: FakeClock) -> None:
    assert (await _rules(clock)).state is State.SKIPPED


FINE: list[dict[str, Any]] = [
    {"when": {"command": "sandbox.create", "size": ["large", "medium"]}},
    {"when": {"command": "sandbox.*", "teams": "payments", "roles": ["viewer", "deployer"]}},
    {"when": {"command": "sandbox.create", "lifetime": {"gte": "2d", "lte": "2d"}}},
    {"when": {"command": "sandbox.*", "at": {"before": "2027-01-04", "zone": "Europe/Berlin"}}, "then": "refuse"},
    {"when": {"command": "sandbox.*", "at": {"weekdays": ["sat", "sun"]}}, "then": "refuse"},
    {"when": {"command": "sandbox.create", "any": [{"size": "large"}, {"surface": "api"}]}},
    {"when": {"command": "sandbox.create", "not": {"surface": "nonsense"}}},
    {
        "when": {"command": "sandbox.delete"},
        "approvers": {"roles": ["nobody"], "users": ["U0ONE", "U0TWO"]},
        "quorum": 2,
    },
]


async def test_rules_that_can_hold_and_be_answered_are_fine(clock: FakeClock) -> None:
    finding = await _rules(clock, *FINE)
    assert finding == Finding(State.OK, f"{len(FINE)} rules")


NEVER: list[tuple[dict[str, Any], str]] = [
    ({"at": {"before": "2026-11-02 09:00"}}, "its time was over at 2026-11-02 09:00 UTC"),
    ({"at": {"after": "2025-12-20", "before": "2026-01-04", "zone": "Europe/Berlin"}}, "over at 2026-01-03 23:00 UTC"),
    ({"lifetime": {"gt": "5d", "lt": "36h"}}, "nothing is lifetime > 5d and lifetime < 36h"),
    ({"lifetime": {"gt": "5d", "lte": "5d"}}, "nothing is lifetime"),
    ({"size": "gigantic"}, "size is never gigantic; it is"),
    ({"surface": ["telepathy", "fax"]}, "surface is never fax or telepathy"),
    ({"roles": "chief"}, "roles is never chief"),
    ({"team": "paymnts"}, "team is never paymnts; it is default or payments"),
    ({"all": [{"teams": "paymnts"}]}, "teams is never paymnts"),
]


@pytest.mark.parametrize(("condition", "why"), NEVER)
async def test_a_rule_that_can_never_hold_is_a_warning_that_says_why(
    clock: FakeClock, condition: dict[str, Any], why: str
) -> None:
    finding = await _rules(clock, {"when": {"command": "sandbox.create", **condition}})
    assert finding.state is State.WARNING
    assert finding.found.startswith("“rule 0” never holds: ")
    assert why in finding.found


UNANSWERABLE: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, "nobody is admin or approver"),
    ({"approvers": {"roles": ["approver"]}}, {}, "nobody is approver"),
    ({"approvers": {"roles": ["deployer"]}}, GRANTED, "the permission access.approve is missing"),
    ({"approvers": {"roles": [], "users": ["U0ONE"]}, "quorum": 2}, GRANTED, "names 1 people, of whom 2 must approve"),
]


@pytest.mark.parametrize(("rule", "access", "why"), UNANSWERABLE)
async def test_a_rule_that_nobody_could_answer_fails(
    clock: FakeClock, rule: dict[str, Any], access: dict[str, Any], why: str
) -> None:
    when = {"command": "sandbox.create"}
    finding = await _rules(clock, {"when": when, **rule}, access=access)
    assert finding.state is State.FAILED
    assert why in finding.found
    refusing = await _rules(clock, {"when": when, **rule, "then": "refuse"}, access=access)
    assert refusing.state is State.OK


async def test_a_rule_that_the_bot_would_not_start_with_fails_with_its_place(clock: FakeClock) -> None:
    finding = await _rules(clock, {"when": {"command": "sandbox.nonsense"}})
    assert finding.state is State.FAILED
    assert "approvals.rules.0 (rule 0)" in finding.found


# --- channels ---------------------------------------------------------------------------------------------------------


def _configure(setup: SetUp, channel: str) -> None:
    rule = {"name": "x", "when": {"command": "sandbox.create"}, "approvers": {"users": ["U0ONE"]}}
    setup.configure(yaml.safe_dump({"approvals": {"channel": channel, "rules": [rule]}, "audit": {"channel": channel}}))


async def test_channels_with_the_bot_in_them_are_fine(bare: SetUp) -> None:
    _configure(bare, bare.slack.workspace.channel("platform").id)
    findings = await bare.findings()
    for name in ("approvals", "approvals channel", "audit channel"):
        assert findings[name].state is State.OK, findings[name]


async def test_a_channel_that_is_not_there_fails(bare: SetUp) -> None:
    _configure(bare, "C0NOWHERE")
    findings = await bare.findings()
    for name in ("approvals channel", "audit channel"):
        assert findings[name].state is State.FAILED
        assert "C0NOWHERE" in findings[name].found


async def test_a_channel_without_the_bot_is_told(bare: SetUp) -> None:
    workspace = bare.slack.workspace
    channel = workspace.channel("platform")
    workspace.leave(channel.id, workspace.bot_user_id)
    _configure(bare, channel.id)
    findings = await bare.findings()
    for name in ("approvals channel", "audit channel"):
        assert findings[name].state is State.WARNING, findings[name]
        assert f"the bot is not in channel {channel.id}" in findings[name].found


async def test_with_slack_away_channels_are_not_judged(bare: SetUp) -> None:
    _configure(bare, "C0NOWHERE")
    await bare.slack.stop()
    findings = await bare.findings()
    for name in ("approvals channel", "audit channel"):
        assert findings[name].state is State.SKIPPED
