"""Every template that the bot brings can be made by the user of a sandbox, in a small one as well as in a hardened one."""

import pytest

from bot.kit.clock import SystemClock
from commands.sandbox.inside import Inside
from commands.sandbox.objects import SandboxPlan
from commands.sandbox.templates.catalogue import Catalogue
from commands.sandbox.templates.differences import differing_fields
from commands.sandbox.templates.loading import load_templates
from integrations.kubernetes import AlreadyExists, ForbiddenInCluster, KubernetesObject, reference_of
from tests.contract.conftest import Subject

TEMPLATES = load_templates(None)
CATALOGUE = Catalogue(TEMPLATES, "example.com")
NAMESPACE = reference_of("v1", "Namespace")
PARAMETERS = {"redis": {"persistent": "yes"}}


def objects(template: str, plan: SandboxPlan) -> list[KubernetesObject]:
    return list(CATALOGUE.objects(template, PARAMETERS.get(template, {}), "shop", plan.namespace, "payments"))


async def uid_of(subject: Subject, namespace: str) -> str:
    live = await subject.cluster.get(NAMESPACE, namespace)
    assert live is not None
    return str(live["metadata"]["uid"])


@pytest.mark.parametrize("hardened", [False, True], ids=["plain", "hardened"])
@pytest.mark.parametrize("template", [name for name in TEMPLATES if name != "empty"])
async def test_a_template_is_made_by_the_sandboxes_user(subject: Subject, template: str, hardened: bool) -> None:
    await subject.roles()
    plan = subject.plan(f"{template}{int(hardened)}", hardened=hardened)
    await subject.sandbox(plan)
    room = Inside(SystemClock(), subject.cluster).of(plan.namespace, await uid_of(subject, plan.namespace))
    for manifest in objects(template, plan):
        made = await room.create(manifest)
        assert differing_fields(manifest, made) == ()
        with pytest.raises(AlreadyExists):
            await room.create(manifest)


async def test_what_the_user_may_not_make_is_refused(subject: Subject) -> None:
    await subject.roles()
    plan = subject.plan("refused")
    await subject.sandbox(plan)
    room = Inside(SystemClock(), subject.cluster).of(plan.namespace, await uid_of(subject, plan.namespace))
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "hole"}}
    with pytest.raises(ForbiddenInCluster):
        await room.create({**policy, "spec": {"podSelector": {}, "ingress": [{}]}})
