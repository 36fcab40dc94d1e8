"""A sandbox as a cluster sees it: every object accepted, its walls hold, its drift heals, its end leaves nothing."""

import pytest

from commands.sandbox.objects import (
    GUARD_NAME,
    ClusterFacts,
    sandbox_objects,
    surplus_patch,
    unwanted_objects,
)
from commands.sandbox.objects import (
    Subject as Person,
)
from commands.sandbox.sizes import NAMED, Size
from integrations.kubernetes import (
    ForbiddenInCluster,
    KubernetesObject,
    Preconditions,
    QuotaExceeded,
    reference_of,
)
from tests.contract.conftest import Subject, config_map, eventually, pod

NAMESPACE = reference_of("v1", "Namespace")
POD = reference_of("v1", "Pod")
QUOTA = reference_of("v1", "ResourceQuota")
POLICY = reference_of("networking.k8s.io/v1", "NetworkPolicy")


@pytest.mark.parametrize("size", list(NAMED))
async def test_every_object_of_every_size_is_accepted(subject: Subject, size: Size) -> None:
    people = (Person("User", "dev@example.com"), Person("Group", "oidc:developers"))
    facts = ClusterFacts(internet=True, ingress_labels={"app.kubernetes.io/name": "ingress-nginx"})
    plan = subject.plan(size.value, size=size, hardened=size is Size.LARGE, subjects=people, facts=facts)
    for manifest in sandbox_objects(plan):
        applied = await subject.cluster.apply(manifest)
        assert applied["metadata"]["name"] == manifest["metadata"]["name"]
        for part in ("spec", "roleRef", "automountServiceAccountToken"):
            if part in manifest and manifest["kind"] not in {"Namespace"}:
                assert applied[part] == manifest[part], f"the server changed {manifest['kind']}'s {part}"


async def test_applying_a_sandbox_again_changes_nothing(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    before = [await subject.cluster.apply(item) for item in sandbox_objects(plan)]
    after = [await subject.cluster.apply(item) for item in sandbox_objects(plan)]
    versions = [[item["metadata"]["resourceVersion"] for item in items] for items in (before, after)]
    assert versions[0] == versions[1]


async def test_a_dry_run_sees_drift_and_applying_heals_it(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    wanted = next(item for item in sandbox_objects(plan) if item["kind"] == "ResourceQuota")
    patch = {"spec": {"hard": {"pods": "77"}}}
    drifted = await subject.cluster.merge_patch(QUOTA, GUARD_NAME, patch, plan.namespace, field_manager="kubectl-edit")
    assert drifted["spec"]["hard"]["pods"] == "77"
    seen = await subject.cluster.apply(wanted, dry_run=True)
    assert seen["spec"] != drifted["spec"]
    assert seen["spec"] == wanted["spec"]
    await subject.cluster.apply(wanted)
    healed = await subject.cluster.get(QUOTA, GUARD_NAME, plan.namespace)
    assert healed is not None
    assert healed["spec"] == wanted["spec"]


async def test_a_rule_added_to_the_denying_policy_is_seen_and_taken_out(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    wanted = next(item for item in sandbox_objects(plan) if item["metadata"]["name"] == "default-deny")
    hole: KubernetesObject = {"spec": {"ingress": [{}]}}
    await subject.cluster.merge_patch(POLICY, "default-deny", hole, plan.namespace, field_manager="kubectl-edit")
    live = await subject.cluster.apply(wanted)
    assert "ingress" in live["spec"], "applying alone does not close it"
    patch = surplus_patch(wanted, live)
    assert patch is not None
    healed = await subject.cluster.merge_patch(POLICY, "default-deny", patch, plan.namespace)
    assert healed["spec"] == wanted["spec"]
    assert surplus_patch(wanted, healed) is None


async def test_no_object_of_a_sandbox_shows_a_surplus_right_after_it_was_applied(subject: Subject) -> None:
    plan = subject.plan()
    applied = await subject.sandbox(plan)
    assert [
        surplus_patch(wanted, live)
        for wanted, live in zip(sandbox_objects(plan), applied, strict=True)
        if wanted["kind"] != "Namespace"
    ] == [None] * (len(applied) - 1)


async def test_closing_the_internet_again_needs_the_policy_deleted(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    closed = subject.plan(facts=ClusterFacts(internet=False))
    for key in unwanted_objects(closed):
        assert await subject.cluster.delete(key.reference, key.name, plan.namespace) is True
    names = {item["metadata"]["name"] async for item in subject.cluster.list(POLICY, plan.namespace)}
    assert names == {item["metadata"]["name"] for item in sandbox_objects(closed) if item["kind"] == "NetworkPolicy"}


async def test_a_pod_without_resources_gets_the_defaults_and_no_token(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    made = await subject.cluster.create(pod(plan.namespace, "plain"))
    resources = made["spec"]["containers"][0]["resources"]
    assert resources["limits"] == {"cpu": "500m", "memory": "512Mi", "ephemeral-storage": "2Gi"}
    assert resources["requests"] == {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "256Mi"}
    assert not made["spec"].get("volumes")


async def test_a_container_beyond_the_sizes_maximum_is_refused(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    large = {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "3"}}}
    with pytest.raises(ForbiddenInCluster, match="maximum cpu usage per Container is 2, but limit is 3"):
        await subject.cluster.create(pod(plan.namespace, "large", container=large))


async def test_what_the_quota_has_no_room_for_is_refused_and_told_apart(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    greedy = {"resources": {"requests": {"cpu": "1500m"}, "limits": {"cpu": "2"}}}
    await subject.cluster.create(pod(plan.namespace, "first", container=greedy))
    with pytest.raises(QuotaExceeded, match=r"requests\.cpu"):
        await subject.cluster.create(pod(plan.namespace, "second", container=greedy))
    service: KubernetesObject = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "outside", "namespace": plan.namespace},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": "x"}},
    }
    with pytest.raises(QuotaExceeded, match=r"services\.(loadbalancers|nodeports)"):
        await subject.cluster.create(service)


async def test_a_quota_of_no_pods_keeps_a_sleeping_sandbox_asleep(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    await subject.cluster.merge_patch(QUOTA, GUARD_NAME, {"spec": {"hard": {"pods": "0"}}}, plan.namespace)
    await subject.settled(plan.namespace)
    with pytest.raises(QuotaExceeded, match="pods"):
        await subject.cluster.create(pod(plan.namespace, "sleeper"))


@pytest.mark.parametrize(
    "spec",
    [
        {"hostNetwork": True},
        {"container": {"securityContext": {"privileged": True}}},
        {"volumes": [{"name": "root", "hostPath": {"path": "/"}}]},
    ],
    ids=["host network", "privileged", "host path"],
)
async def test_pods_that_reach_for_the_node_are_refused(subject: Subject, spec: KubernetesObject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    with pytest.raises(ForbiddenInCluster, match="violates PodSecurity"):
        await subject.cluster.create(pod(plan.namespace, "reaching", **spec))


async def test_a_hardened_sandbox_refuses_what_an_ordinary_one_runs(subject: Subject) -> None:
    plan = subject.plan(hardened=True)
    await subject.sandbox(plan)
    with pytest.raises(ForbiddenInCluster, match=r'violates PodSecurity "restricted:v1\.30"'):
        await subject.cluster.create(pod(plan.namespace, "plain"))
    tight = {
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    }
    await subject.cluster.create(pod(plan.namespace, "tight", container=tight))


async def test_deleting_a_sandbox_leaves_nothing(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    await subject.cluster.create(pod(plan.namespace, "running"))
    await subject.cluster.create(config_map(plan.namespace, "data", {"a": "1"}))
    live = await subject.cluster.get(NAMESPACE, plan.namespace)
    assert live is not None
    exactly = Preconditions(live["metadata"]["uid"], live["metadata"]["resourceVersion"])
    assert await subject.cluster.delete(NAMESPACE, plan.namespace, preconditions=exactly) is True
    await subject.gone(plan.namespace)
    for kind in ("Pod", "ConfigMap", "Secret", "ServiceAccount", "ResourceQuota", "LimitRange"):
        left = [item async for item in subject.cluster.list(reference_of("v1", kind), plan.namespace)]
        assert not left, f"{kind} left behind"
    for group, kind in (("networking.k8s.io/v1", "NetworkPolicy"), ("rbac.authorization.k8s.io/v1", "RoleBinding")):
        assert not [item async for item in subject.cluster.list(reference_of(group, kind), plan.namespace)]


async def test_a_name_can_be_used_again_once_it_is_gone(subject: Subject) -> None:
    plan = subject.plan()
    first = await subject.sandbox(plan)
    await subject.cluster.delete(NAMESPACE, plan.namespace)
    await subject.gone(plan.namespace)
    again = await subject.sandbox(plan)
    assert again[0]["metadata"]["uid"] != first[0]["metadata"]["uid"]


async def test_sandboxes_are_found_by_their_labels(subject: Subject) -> None:
    plan = subject.plan()
    await subject.sandbox(plan)
    selector = f"app.kubernetes.io/managed-by=platform-bot,platform-bot.io/sandbox-id={plan.sandbox_id}"

    async def found() -> bool:
        listed = [item async for item in subject.cluster.list(NAMESPACE, label_selector=selector)]
        return [item["metadata"]["name"] for item in listed] == [plan.namespace]

    await eventually("the sandbox is listed by its labels", found)
