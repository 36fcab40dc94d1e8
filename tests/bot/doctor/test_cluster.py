"""Roles and rights in the cluster; and that what the doctor asks for is what the bot needs, and what deploy/base gives."""

from typing import Any

import pytest

from bot.app import Application
from bot.config import load_settings
from bot.doctor.cluster import APPLY, BIND, BOT_ROLE, NEEDS, Need
from bot.doctor.report import State
from bot.wiring import build, group_sections
from commands.sandbox.objects import USER_ROLE
from tests.bot.doctor.conftest import DEPLOY, SetUp, deployed_roles

CHECKS = ("cluster", "cluster roles", "cluster rights", "sandbox role binding")


def role_of(*needs: Need) -> dict[str, Any]:
    """A role that allows this and nothing else."""
    rules = [
        {"apiGroups": [need.group], "resources": [need.resource], "verbs": [need.verb]}
        | ({"resourceNames": [need.name]} if need.name else {})
        for need in needs
    ]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "exact"},
        "rules": rules,
    }


def granted(need: Need) -> bool:
    """Whether deploy/base/bot-role.yaml allows it."""
    [role] = [
        each for each in deployed_roles() if each["metadata"]["name"] == BOT_ROLE and each["kind"] == "ClusterRole"
    ]
    return any(
        need.verb in rule["verbs"]
        and need.resource in rule["resources"]
        and need.group in rule["apiGroups"]
        and (not rule.get("resourceNames") or need.name in rule["resourceNames"])
        for rule in role["rules"]
    )


@pytest.mark.parametrize("need", [*NEEDS, BIND], ids=str)
def test_the_deployed_role_allows_what_is_needed(need: Need) -> None:
    assert granted(need)


async def test_what_is_asked_for_is_enough_for_a_sandbox_from_its_making_to_its_end(setup: SetUp) -> None:
    setup.cluster.put(role_of(*NEEDS, BIND))
    await setup.act_with("exact")
    app = Application(await build(load_settings(setup.environment, group_sections())))
    await app.start()
    try:
        ada = setup.slack.person("ada")
        await setup.slack.wait_for(lambda: setup.slack.sockets.connections > 0, what="the bot connects")
        await ada.slash("#platform", "/platform", "sandbox create checkout")

        def says(words: str) -> bool:
            return any(words in message.text for message in ada.sees("#platform"))

        await setup.slack.wait_for(lambda: says("is ready"), timeout=30, what="the sandbox is ready")
        await ada.slash("#platform", "/platform", "sandbox delete checkout")
        await setup.slack.wait_for(lambda: says("Really sandbox delete"), timeout=30, what="it is asked")
        [question] = [message for message in ada.sees("#platform") if "Really" in message.text]
        await ada.press(question, "Yes, delete")
        await setup.slack.wait_for(lambda: says("is deleted"), timeout=30, what="the sandbox is deleted")
    finally:
        await app.stop()


async def test_with_the_deployed_role_the_cluster_is_as_it_should_be(setup: SetUp) -> None:
    findings = await setup.findings()
    assert {name: findings[name].state for name in CHECKS} == dict.fromkeys(CHECKS, State.OK)
    assert "Kubernetes v" in findings["cluster"].found


async def test_an_administrator_can_do_it_but_should_not(bare: SetUp) -> None:
    for role in deployed_roles():
        bare.cluster.put(role)
    findings = await bare.findings()
    assert findings["cluster roles"].found == f"{USER_ROLE}, {BOT_ROLE}"
    assert findings["cluster rights"].state is State.WARNING
    assert BOT_ROLE in findings["cluster rights"].advice


async def test_roles_that_were_not_applied_are_named(bare: SetUp) -> None:
    finding = (await bare.findings())["cluster roles"]
    assert finding.state is State.FAILED
    assert finding.found == f"missing: {USER_ROLE}, {BOT_ROLE}"
    assert APPLY in finding.advice
    assert APPLY in (DEPLOY.parents[1] / "README.md").read_text(encoding="utf-8")


async def test_each_missing_right_is_named_and_no_other(setup: SetUp) -> None:
    missing = {Need("delete", "networkpolicies", "networking.k8s.io"), Need("patch", "serviceaccounts", name="default")}
    assert missing < set(NEEDS)
    setup.cluster.put(role_of(*(need for need in NEEDS if need not in missing)))
    await setup.act_with("exact")
    findings = await setup.findings()
    assert findings["cluster rights"].state is State.FAILED
    assert findings["cluster rights"].found == (
        "the bot may not: delete networkpolicies.networking.k8s.io, patch serviceaccounts default"
    )
    assert findings["sandbox role binding"].state is State.FAILED


async def test_a_cluster_that_refuses_the_credentials_is_told(setup: SetUp) -> None:
    setup.cluster.write_kubeconfig(setup.folder / "kubeconfig", token="of-yesterday")
    findings = await setup.findings()
    assert findings["cluster"].state is State.FAILED
    assert "does not accept the bot's credentials" in findings["cluster"].found


async def test_a_kubeconfig_that_is_not_there_is_told(setup: SetUp) -> None:
    setup.environment["KUBECONFIG"] = str(setup.folder / "nowhere")
    finding = (await setup.findings())["cluster"]
    assert finding.state is State.FAILED
    assert "KUBECONFIG" in finding.advice


async def test_a_question_that_fails_in_the_middle_fails_its_check_only(setup: SetUp) -> None:
    setup.cluster.faults.failing["create selfsubjectaccessreviews"] = 503
    findings = await setup.findings()
    assert findings["cluster rights"].state is State.FAILED
    assert "not available" in findings["cluster rights"].found
    assert findings["cluster roles"].state is State.OK
