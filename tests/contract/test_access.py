"""Who may do what: the sandbox user inside the walls, the bot with its own role, and tokens that can be taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.kit.clock import SystemClock
from bot.kit.errors import Unavailable
from commands.sandbox.inside import Inside
from commands.sandbox.objects import ACCESS_SECRET, GUARD_NAME, GUARDS, USER_ACCOUNT, USER_ROLE, sandbox_objects
from integrations.kubernetes import (
    BadRequest,
    ChangedMeanwhile,
    Cluster,
    CredentialsRefused,
    ForbiddenInCluster,
    Invalid,
    KubernetesObject,
    MintedToken,
    NotFoundInCluster,
    Preconditions,
    reference_of,
)
from tests.contract.conftest import Subject, config_map, eventually, pod

NAMESPACE = reference_of("v1", "Namespace")
SECRET = reference_of("v1", "Secret")
CONFIG_MAP = reference_of("v1", "ConfigMap")
QUOTA = reference_of("v1", "ResourceQuota")
ROLE_BINDING = reference_of("rbac.authorization.k8s.io/v1", "RoleBinding")

# "verb group:resource/subresource", the group left out for the core one.
ALLOWED = (
    "create pods",
    "delete pods",
    "deletecollection pods",
    "create pods/exec",
    "create pods/portforward",
    "get pods/log",
    "create pods/eviction",
    "create services",
    "create configmaps",
    "create secrets",
    "get secrets",
    "create persistentvolumeclaims",
    "create apps:deployments",
    "patch apps:deployments/scale",
    "create apps:statefulsets",
    "create apps:daemonsets",
    "create batch:jobs",
    "create batch:cronjobs",
    "create autoscaling:horizontalpodautoscalers",
    "create networking.k8s.io:ingresses",
    "list events",
    "get resourcequotas",
    "get limitranges",
    "list networking.k8s.io:networkpolicies",
    "get namespaces",
)
REFUSED = (
    *(f"{verb} resourcequotas" for verb in ("create", "update", "patch", "delete", "deletecollection")),
    *(f"{verb} limitranges" for verb in ("create", "update", "patch", "delete")),
    *(f"{verb} networking.k8s.io:networkpolicies" for verb in ("create", "update", "patch", "delete")),
    *(f"{verb} rbac.authorization.k8s.io:rolebindings" for verb in ("create", "update", "patch", "delete")),
    *(
        f"{verb} rbac.authorization.k8s.io:roles"
        for verb in ("create", "update", "patch", "delete", "bind", "escalate")
    ),
    "create serviceaccounts",
    "patch serviceaccounts",
    "delete serviceaccounts",
    "impersonate serviceaccounts",
    "create serviceaccounts/token",
    *(f"{verb} namespaces" for verb in ("create", "update", "patch", "delete")),
    "update namespaces/finalize",
    "update resourcequotas/status",
    "create endpoints",
    "create discovery.k8s.io:endpointslices",
)


async def _may(cluster: Cluster, text: str, namespace: str, user: str, groups: tuple[str, ...]) -> bool:
    verb, target = text.split()
    group, _, resource = target.rpartition(":")
    plain, _, subresource = resource.partition("/")
    return await cluster.may(
        verb, plain, group=group, subresource=subresource or None, namespace=namespace, user=user, groups=groups
    )


async def _sandbox_with_user(subject: Subject) -> tuple[str, str, tuple[str, ...]]:
    """(namespace, user, groups) once the authorizer has heard of the binding."""
    await subject.roles()
    plan = subject.plan()
    await subject.sandbox(plan)
    user = f"system:serviceaccount:{plan.namespace}:{USER_ACCOUNT}"
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{plan.namespace}", "system:authenticated")

    async def heard() -> bool:
        return await _may(subject.cluster, "create pods", plan.namespace, user, groups)

    await eventually("the authorizer knows the sandbox user's binding", heard)
    return plan.namespace, user, groups


async def test_the_sandbox_user_may_run_workloads(subject: Subject) -> None:
    namespace, user, groups = await _sandbox_with_user(subject)
    refused = [text for text in ALLOWED if not await _may(subject.cluster, text, namespace, user, groups)]
    assert refused == []


async def test_the_sandbox_user_may_not_touch_the_guards(subject: Subject) -> None:
    namespace, user, groups = await _sandbox_with_user(subject)
    allowed = [text for text in REFUSED if await _may(subject.cluster, text, namespace, user, groups)]
    assert allowed == []


async def test_the_sandbox_user_has_nothing_outside_the_sandbox(subject: Subject) -> None:
    namespace, user, groups = await _sandbox_with_user(subject)
    assert namespace != "default"
    for place in ("default", "kube-system"):
        allowed = [text for text in ALLOWED if await _may(subject.cluster, text, place, user, groups)]
        assert allowed == []
    assert not await subject.cluster.may("list", "namespaces", user=user, groups=groups)


async def test_a_token_of_the_sandbox_user_works_until_its_secret_is_deleted(subject: Subject) -> None:
    namespace, _user, _groups = await _sandbox_with_user(subject)
    secret = await subject.cluster.create(_access_secret(namespace))
    bound = (ACCESS_SECRET, secret["metadata"]["uid"])
    minted = await subject.cluster.mint_token(namespace, USER_ACCOUNT, seconds=600, bound_secret=bound)
    # The server may grant another lifetime than was asked for, but never one that is over or endless.
    assert timedelta(0) < minted.expires_at - datetime.now(UTC) < timedelta(days=366)
    user = subject.client(minted.token)
    await user.create(config_map(namespace, "mine", {"a": "1"}))
    with pytest.raises(ForbiddenInCluster):
        await user.merge_patch(QUOTA, GUARD_NAME, {"spec": {"hard": {"pods": "100"}}}, namespace)
    with pytest.raises(ForbiddenInCluster):
        await user.delete(NAMESPACE, namespace)
    await subject.cluster.delete(SECRET, ACCESS_SECRET, namespace)

    async def refused() -> bool:
        try:
            await user.get(CONFIG_MAP, "mine", namespace)
        except Unavailable:
            return True
        return False

    await eventually("the token is refused once its secret is gone", refused)


async def test_access_is_renewed_beside_what_was_given_out_and_anew_after_it_was_ended(subject: Subject) -> None:
    namespace, _user, _groups = await _sandbox_with_user(subject)
    first, second = await _given(subject, namespace), await _given(subject, namespace)
    assert first.credential_id != second.credential_id
    for each in (first, second):
        assert await _let_in(subject, each, namespace)
    await subject.cluster.delete(SECRET, ACCESS_SECRET, namespace)

    async def refused() -> bool:
        return not await _let_in(subject, first, namespace) and not await _let_in(subject, second, namespace)

    await eventually("all tokens are refused once their secret is gone", refused)
    third = await _given(subject, namespace)
    assert await _let_in(subject, third, namespace)


async def test_a_token_that_is_bound_to_a_secret_of_before_is_not_given(subject: Subject) -> None:
    namespace, _user, _groups = await _sandbox_with_user(subject)
    before = await subject.cluster.create(_access_secret(namespace))
    await subject.cluster.delete(SECRET, ACCESS_SECRET, namespace)
    bound = (ACCESS_SECRET, before["metadata"]["uid"])
    with pytest.raises(NotFoundInCluster):
        await subject.cluster.mint_token(namespace, USER_ACCOUNT, seconds=600, bound_secret=bound)
    await subject.cluster.create(_access_secret(namespace))
    with pytest.raises(ChangedMeanwhile):
        await subject.cluster.mint_token(namespace, USER_ACCOUNT, seconds=600, bound_secret=bound)


async def test_who_acts_inside_may_what_the_sandbox_user_may_and_nothing_of_the_bots(subject: Subject) -> None:
    bot = await _bot(subject)
    plan = subject.plan("inside")
    for manifest in sandbox_objects(plan):
        await bot.apply(manifest)
    await subject.settled(plan.namespace)
    live = await bot.get(NAMESPACE, plan.namespace)
    assert live is not None
    room = Inside(SystemClock(), bot).of(plan.namespace, live["metadata"]["uid"])

    async def heard() -> bool:
        try:
            return await room.list(CONFIG_MAP) is not None
        except ForbiddenInCluster:
            return False

    await eventually("the authorizer knows the sandbox user's binding", heard)
    await room.apply(config_map(plan.namespace, "mine", {"a": "1"}))
    assert await room.get(QUOTA, GUARD_NAME) is not None
    with pytest.raises(ForbiddenInCluster):
        await bot.get(CONFIG_MAP, "mine", plan.namespace)  # which the bot itself may not
    with pytest.raises(ForbiddenInCluster):
        await room.merge_patch(QUOTA, GUARD_NAME, {"spec": {"hard": {"pods": "100"}}})
    elsewhere = Inside(SystemClock(), bot).of("default", "another")
    with pytest.raises((ForbiddenInCluster, NotFoundInCluster)):
        await elsewhere.list(CONFIG_MAP)


async def test_logs_are_asked_for_by_who_may_and_only_of_what_is_there(subject: Subject) -> None:
    namespace, _user, _groups = await _sandbox_with_user(subject)
    user = subject.cluster.acting_as((await _given(subject, namespace)).token)
    await subject.cluster.create(pod(namespace, "writing"))
    with pytest.raises(NotFoundInCluster):
        await user.logs("silent", namespace, tail_lines=5, limit_bytes=1000)
    with pytest.raises(BadRequest, match="nope"):
        await user.logs("writing", namespace, container="nope", tail_lines=5, limit_bytes=1000)
    try:
        said = await user.logs("writing", namespace, container="main", tail_lines=5, limit_bytes=1000)
    except BadRequest as waiting:  # nothing has started it, or nothing ever will
        said = waiting.message
    assert len(said) <= 1000
    nobody = subject.client((await subject.cluster.mint_token(namespace, "default", seconds=600)).token)
    with pytest.raises(ForbiddenInCluster):
        await nobody.logs("writing", namespace, tail_lines=5, limit_bytes=1000)


async def _given(subject: Subject, namespace: str) -> MintedToken:
    """A token as the bot gives it out, bound to the secret that is there or made now."""
    found = await subject.cluster.get(SECRET, ACCESS_SECRET, namespace)
    secret = found or await subject.cluster.create(_access_secret(namespace))
    bound = (ACCESS_SECRET, secret["metadata"]["uid"])
    return await subject.cluster.mint_token(namespace, USER_ACCOUNT, seconds=600, bound_secret=bound)


async def _let_in(subject: Subject, minted: MintedToken, namespace: str) -> bool:
    try:
        return bool([item async for item in subject.cluster.acting_as(minted.token).list(CONFIG_MAP, namespace)])
    except CredentialsRefused:
        return False


async def test_a_token_for_less_than_ten_minutes_is_refused(subject: Subject) -> None:
    namespace, _user, _groups = await _sandbox_with_user(subject)
    with pytest.raises(Invalid, match="10 minutes"):
        await subject.cluster.mint_token(namespace, USER_ACCOUNT, seconds=599)


async def test_an_unknown_token_is_not_let_in(subject: Subject) -> None:
    stranger = subject.client("not-a-token")
    with pytest.raises(Unavailable, match="credentials"):
        await stranger.get(NAMESPACE, "default")


def _access_secret(namespace: str) -> KubernetesObject:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": ACCESS_SECRET, "namespace": namespace}}


async def _bot(subject: Subject) -> Cluster:
    """A client that holds the bot's own role and nothing else."""
    await subject.roles()
    home = await subject.namespace("bot")
    account = subject.name("bot")
    await subject.cluster.create(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": home}}
    )
    group = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": account},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "platform-bot"},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": home}],
    }
    await subject.cluster.create(binding)
    subject.cluster_wide.append((reference_of(f"{group}/v1", "ClusterRoleBinding"), account))
    minted = await subject.cluster.mint_token(home, account, seconds=3600)
    bot = subject.client(minted.token)

    async def heard() -> bool:
        return await bot.may("create", "namespaces")

    await eventually("the authorizer knows the bot's binding", heard)
    return bot


async def test_the_bots_own_role_is_enough_for_a_sandboxs_whole_life(subject: Subject) -> None:
    bot = await _bot(subject)
    plan = subject.plan("life")
    for _round in range(2):
        for manifest in sandbox_objects(plan):
            await bot.apply(manifest)
            await bot.apply(manifest, dry_run=True)
    await subject.settled(plan.namespace)
    secret = await bot.create(_access_secret(plan.namespace))
    minted = await bot.mint_token(
        plan.namespace, USER_ACCOUNT, seconds=600, bound_secret=(ACCESS_SECRET, secret["metadata"]["uid"])
    )
    user = subject.client(minted.token)

    async def works() -> bool:
        try:
            await user.create(pod(plan.namespace, "running"))
        except ForbiddenInCluster:
            return False
        return True

    await eventually("the sandbox user may make pods", works)
    assert [item async for item in bot.list(reference_of("v1", "Pod"), plan.namespace)]
    for reference in (NAMESPACE, *GUARDS):
        listed = [
            item async for item in bot.list(reference, label_selector="app.kubernetes.io/managed-by=platform-bot")
        ]
        assert plan.namespace in {item["metadata"].get("namespace", item["metadata"]["name"]) for item in listed}
    assert await bot.delete(ROLE_BINDING, GUARD_NAME, plan.namespace)
    assert await bot.delete(reference_of("v1", "Pod"), "running", plan.namespace, grace_seconds=0)
    assert await bot.delete(SECRET, ACCESS_SECRET, plan.namespace)
    live = await bot.get(NAMESPACE, plan.namespace)
    assert live is not None
    exactly = Preconditions(live["metadata"]["uid"], live["metadata"]["resourceVersion"])
    assert await bot.delete(NAMESPACE, plan.namespace, preconditions=exactly)
    await subject.gone(plan.namespace)


async def test_the_bot_may_give_away_one_role_and_no_other(subject: Subject) -> None:
    bot = await _bot(subject)
    space = await subject.namespace("given")
    group = "rbac.authorization.k8s.io"

    def binding(role: str) -> KubernetesObject:
        return {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"gives-{role}", "namespace": space},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": group, "kind": "User", "name": "mallory"}],
        }

    await bot.apply(binding(USER_ROLE))
    with pytest.raises(ForbiddenInCluster):
        await bot.apply(binding("cluster-admin"))


async def test_the_bot_reads_no_secrets_and_mints_only_for_sandbox_users(subject: Subject) -> None:
    bot = await _bot(subject)
    space = await subject.namespace("closed")
    with pytest.raises(ForbiddenInCluster):
        [item async for item in bot.list(SECRET, space)]
    with pytest.raises(ForbiddenInCluster):
        await bot.get(SECRET, "anything", space)
    with pytest.raises(ForbiddenInCluster):
        await bot.mint_token(space, "default", seconds=600)
