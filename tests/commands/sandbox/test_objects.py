import dataclasses
import itertools
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.sandbox.objects import (
    GUARD_NAME,
    USER_ACCOUNT,
    USER_ROLE,
    ClusterFacts,
    SandboxPlan,
    Subject,
    label_value,
    namespace_name,
    quota_holds,
    sandbox_objects,
    spec_hash,
    surplus_patch,
    unwanted_objects,
)
from commands.sandbox.sizes import NAMED, Size, quota
from integrations.kubernetes import KubernetesObject
from playground.cluster import quantities

DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
LABEL_KEY = re.compile(r"([a-z0-9.-]+/)?[A-Za-z0-9][-A-Za-z0-9_.]*")


def plan(**changes: Any) -> SandboxPlan:
    values: dict[str, Any] = {
        "sandbox_id": "sb-1",
        "namespace": "sbx-payments-api-k3fp",
        "owner": "U012AB3CD",
        "team": "payments",
        "cost_center": "4711",
        "size": Size.SMALL,
        "resources": NAMED[changes.get("size", Size.SMALL)],
        "expires_at": datetime(2026, 11, 30, 17, 0, tzinfo=UTC),
        "request_id": "01JD",
    }
    return SandboxPlan(**{**values, **changes})


def of_kind(kind: str, **changes: Any) -> list[KubernetesObject]:
    return [item for item in sandbox_objects(plan(**changes)) if item["kind"] == kind]


def policies(**changes: Any) -> dict[str, KubernetesObject]:
    return {item["metadata"]["name"]: item["spec"] for item in of_kind("NetworkPolicy", **changes)}


def test_the_walls_stand_before_anybody_is_let_in() -> None:
    kinds = [item["kind"] for item in sandbox_objects(plan())]
    assert kinds[0] == "Namespace"
    assert kinds.index("RoleBinding") > max(
        kinds.index("ResourceQuota"), kinds.index("LimitRange"), len(kinds) - kinds[::-1].index("NetworkPolicy") - 1
    )
    assert kinds[-2:] == ["ServiceAccount", "ServiceAccount"]


def test_every_object_but_the_namespace_is_inside_it_and_carries_the_sandboxs_id() -> None:
    namespace, *rest = sandbox_objects(plan())
    assert namespace["metadata"]["name"] == "sbx-payments-api-k3fp"
    assert {item["metadata"]["namespace"] for item in rest} == {"sbx-payments-api-k3fp"}
    for item in (namespace, *rest):
        assert item["metadata"]["labels"]["platform-bot.io/sandbox-id"] == "sb-1"
        assert item["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "platform-bot"


def test_no_two_objects_share_kind_and_name() -> None:
    facts = ClusterFacts(internet=True)
    keys = [(item["kind"], item["metadata"]["name"]) for item in sandbox_objects(plan(facts=facts))]
    assert len(keys) == len(set(keys))


def test_the_namespace_says_whose_it_is_and_until_when() -> None:
    (namespace,) = of_kind("Namespace", purpose="Try <things> & more", requested_by="U0BOSS")
    labels, annotations = namespace["metadata"]["labels"], namespace["metadata"]["annotations"]
    assert labels["platform-bot.io/owner"] == "U012AB3CD"
    assert labels["platform-bot.io/team"] == "payments"
    assert labels["platform-bot.io/cost-center"] == "4711"
    assert labels["platform-bot.io/size"] == "small"
    assert annotations["platform-bot.io/expires-at"] == "2026-11-30T17:00:00Z"
    assert annotations["platform-bot.io/requested-by"] == "U0BOSS"
    assert annotations["platform-bot.io/request-id"] == "01JD"
    assert annotations["platform-bot.io/purpose"] == "Try <things> & more"


def test_the_expiry_is_written_in_utc_whatever_zone_it_came_in() -> None:
    berlin = timezone(timedelta(hours=1))
    (namespace,) = of_kind("Namespace", expires_at=datetime(2026, 11, 30, 18, 0, tzinfo=berlin))
    assert namespace["metadata"]["annotations"]["platform-bot.io/expires-at"] == "2026-11-30T17:00:00Z"
    with pytest.raises(ValueError, match="aware"):
        plan(expires_at=datetime(2026, 11, 30))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(("hardened", "enforced"), [(False, "baseline"), (True, "restricted")])
def test_pod_security_is_enforced_at_a_pinned_version(hardened: bool, enforced: str) -> None:
    (namespace,) = of_kind("Namespace", hardened=hardened)
    prefix = "pod-security.kubernetes.io/"
    found = {key: value for key, value in namespace["metadata"]["labels"].items() if key.startswith(prefix)}
    assert found == {
        f"{prefix}enforce": enforced,
        f"{prefix}enforce-version": "v1.30",
        f"{prefix}warn": "restricted",
        f"{prefix}warn-version": "v1.30",
        f"{prefix}audit": "restricted",
        f"{prefix}audit-version": "v1.30",
    }


def test_a_small_sandbox_gets_what_small_means() -> None:
    (quota,) = of_kind("ResourceQuota")
    assert quota["spec"]["hard"] == {
        "requests.cpu": "2",
        "requests.memory": "4Gi",
        "limits.cpu": "4",
        "limits.memory": "8Gi",
        "requests.storage": "20Gi",
        "requests.ephemeral-storage": "10Gi",
        "pods": "20",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
        "persistentvolumeclaims": "5",
        "secrets": "50",
        "configmaps": "50",
    }


@pytest.mark.parametrize("size", list(NAMED))
def test_the_limit_range_agrees_with_itself_and_with_the_quota(size: Size) -> None:
    (limit_range,) = of_kind("LimitRange", size=size)
    container, claim = limit_range["spec"]["limits"]
    (guard,) = of_kind("ResourceQuota", size=size)
    hard = guard["spec"]["hard"]

    def value(values: dict[str, str], name: str) -> Fraction:
        return quantities.parse(values[name])

    for name, text in container["defaultRequest"].items():
        assert quantities.parse(text) <= value(container["default"], name)
        assert value(container["default"], name) <= quantities.parse(container["max"].get(name, "1Ti"))
    for name in ("cpu", "memory"):
        assert value(container["max"], name) <= value(hard, f"limits.{name}")
        # As many pods as the quota counts must be able to start with the defaults.
        assert value(container["defaultRequest"], name) * value(hard, "pods") <= value(hard, f"requests.{name}")
    assert quantities.parse(claim["max"]["storage"]) <= value(hard, "requests.storage")


def test_every_quantity_is_written_as_the_server_writes_it() -> None:
    # Another spelling of the same quantity would make every apply a change in managedFields.
    for size in NAMED:
        for item in (*of_kind("ResourceQuota", size=size), *of_kind("LimitRange", size=size)):
            for text in _quantities(item["spec"]):
                assert quantities.canonical(text) == text


def _quantities(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, inner in value.items() if key != "type" for text in _quantities(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _quantities(inner)]
    return [value]


def test_larger_sizes_are_larger_in_everything_that_is_not_forbidden() -> None:
    sizes = [quota(NAMED[size]) for size in (Size.SMALL, Size.MEDIUM, Size.LARGE)]
    for smaller, larger in itertools.pairwise(sizes):
        for name, text in smaller.items():
            if text != "0":
                assert quantities.parse(text) < quantities.parse(larger[name]), name
            else:
                assert larger[name] == "0"


def test_nothing_goes_in_or_out_unless_a_policy_says_so() -> None:
    denied = policies()["default-deny"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_names_are_resolved_at_the_clusters_dns_only() -> None:
    facts = ClusterFacts(dns_namespace="dns", dns_labels={"app": "coredns"})
    assert policies(facts=facts)["allow-dns"] == {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {
                "to": [
                    {
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "dns"}},
                        "podSelector": {"matchLabels": {"app": "coredns"}},
                    }
                ],
                "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
            }
        ],
    }


def test_the_ingress_controller_comes_in_where_there_is_one() -> None:
    assert "allow-ingress-controller" not in policies(facts=ClusterFacts(ingress_namespace=None))
    rule = policies(facts=ClusterFacts(ingress_labels={"app": "traefik"}))["allow-ingress-controller"]
    assert rule["policyTypes"] == ["Ingress"]
    (peer,) = rule["ingress"][0]["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "ingress-nginx"}
    assert peer["podSelector"]["matchLabels"] == {"app": "traefik"}


def test_the_internet_is_closed_unless_it_is_opened_and_never_opens_private_ranges() -> None:
    assert "allow-internet" not in policies()
    facts = ClusterFacts(internet=True, closed_cidrs=("192.168.0.0/16", "10.0.0.0/8", "10.96.0.0/12", "fd00::/8"))
    (peer,) = policies(facts=facts)["allow-internet"]["egress"][0]["to"]
    assert peer == {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "192.168.0.0/16"]}}
    default = policies(facts=ClusterFacts(internet=True))["allow-internet"]["egress"][0]["to"][0]["ipBlock"]["except"]
    assert default == ["10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]


def test_closing_everything_by_its_ranges_is_refused() -> None:
    with pytest.raises(ValueError, match="whole internet"):
        sandbox_objects(plan(facts=ClusterFacts(internet=True, closed_cidrs=("0.0.0.0/0",))))


def test_the_sandbox_user_and_the_people_named_get_our_role_and_no_other() -> None:
    people = (Subject("User", "dev@example.com"), Subject("Group", "oidc:payments"))
    (binding,) = of_kind("RoleBinding", subjects=people)
    group = "rbac.authorization.k8s.io"
    assert binding["roleRef"] == {"apiGroup": group, "kind": "ClusterRole", "name": USER_ROLE}
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": USER_ACCOUNT, "namespace": "sbx-payments-api-k3fp"},
        {"apiGroup": group, "kind": "User", "name": "dev@example.com"},
        {"apiGroup": group, "kind": "Group", "name": "oidc:payments"},
    ]


def test_no_pod_gets_a_token_by_accident() -> None:
    accounts = {item["metadata"]["name"]: item["automountServiceAccountToken"] for item in of_kind("ServiceAccount")}
    assert accounts == {"sandbox-user": False, "default": False}


def test_what_an_earlier_plan_may_have_left_is_named() -> None:
    names = {key.name for key in unwanted_objects(plan(facts=ClusterFacts(ingress_namespace=None)))}
    assert names == {"allow-internet", "allow-ingress-controller"}
    assert unwanted_objects(plan(facts=ClusterFacts(internet=True))) == []


# --- the hash -------------------------------------------------------------------------------------------------------


def test_the_hash_is_the_same_in_every_process() -> None:
    code = (
        "from tests.commands.sandbox.test_objects import plan\n"
        "from commands.sandbox.objects import spec_hash\n"
        "print(spec_hash(plan()))"
    )
    seeds = [
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert seeds == [spec_hash(plan())] * 2
    assert sandbox_objects(plan())[0]["metadata"]["annotations"]["platform-bot.io/spec-hash"] == spec_hash(plan())


@pytest.mark.parametrize(
    "change",
    [
        {"size": Size.MEDIUM},
        {"hardened": True},
        {"team": "search"},
        {"owner": "U999"},
        {"purpose": "other"},
        {"expires_at": datetime(2026, 12, 1, tzinfo=UTC)},
        {"subjects": (Subject("User", "dev"),)},
        {"facts": ClusterFacts(internet=True)},
        {"facts": ClusterFacts(dns_namespace="dns")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_hash_changes_with_everything_that_is_applied(change: dict[str, Any]) -> None:
    assert spec_hash(plan(**change)) != spec_hash(plan())


# --- names and labels -----------------------------------------------------------------------------------------------


@given(team=st.text(max_size=80), slug=st.text(max_size=80), suffix=st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True))
def test_any_input_makes_a_valid_namespace_name_that_ends_in_its_suffix(team: str, slug: str, suffix: str) -> None:
    name = namespace_name(team, slug, suffix)
    assert len(name) <= 63
    assert DNS_LABEL.fullmatch(name)
    assert name.startswith("sbx-")
    assert name.endswith(f"-{suffix}")
    assert "--" not in name


@pytest.mark.parametrize(
    ("team", "slug", "name"),
    [
        ("payments", "api", "sbx-payments-api-k3fp"),
        ("Payments Team", "My_API", "sbx-payments-team-my-api-k3fp"),
        ("Übersicht", "Prüfung", "sbx-ubersicht-prufung-k3fp"),
        ("", "", "sbx-sandbox-k3fp"),
        ("日本", "語", "sbx-sandbox-k3fp"),
        ("a" * 70, "b" * 70, f"sbx-{'a' * 20}-{'b' * 33}-k3fp"),
        ("-x-", "-y-", "sbx-x-y-k3fp"),
    ],
)
def test_names_stay_readable(team: str, slug: str, name: str) -> None:
    assert namespace_name(team, slug, "k3fp") == name


@pytest.mark.parametrize("suffix", ["", "ABC", "a-b", "a" * 17, "é"])
def test_a_suffix_that_would_break_the_name_is_refused(suffix: str) -> None:
    with pytest.raises(ValueError, match="suffix"):
        namespace_name("team", "slug", suffix)


@given(st.text(max_size=200))
def test_any_text_makes_a_valid_label_value(text: str) -> None:
    value = label_value(text)
    assert len(value) <= 63
    assert LABEL_VALUE.fullmatch(value)


def test_texts_that_look_alike_as_labels_stay_apart() -> None:
    assert label_value("payments") == "payments"
    assert label_value("pay ments").startswith("pay-ments-")
    assert len({label_value(text) for text in ("pay ments", "pay-ments", "pay/ments", "päy ments")}) == 4


@given(team=st.text(max_size=100), cost_center=st.text(max_size=100), purpose=st.text(max_size=100))
def test_every_label_of_every_object_is_valid_whatever_people_are_called(
    team: str, cost_center: str, purpose: str
) -> None:
    for item in sandbox_objects(plan(team=team, cost_center=cost_center, purpose=purpose)):
        for key, value in item["metadata"]["labels"].items():
            assert LABEL_KEY.fullmatch(key)
            assert len(value) <= 63
            assert LABEL_VALUE.fullmatch(value)


@pytest.mark.parametrize(
    "change",
    [
        {"namespace": "kube-system"},
        {"namespace": "sbx-UPPER"},
        {"namespace": "sbx-" + "a" * 60},
        {"sandbox_id": "has space"},
        {"sandbox_id": ""},
        {"owner": "dev@example.com"},
    ],
    ids=str,
)
def test_a_plan_that_could_hit_something_else_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        plan(**change)


def test_a_plan_is_a_value() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan().size = Size.LARGE  # type: ignore[misc]


# --- drift ----------------------------------------------------------------------------------------------------------


def _as_live(item: KubernetesObject, **spec: Any) -> KubernetesObject:
    metadata = {**item["metadata"], "resourceVersion": "7"}
    return {**item, "metadata": metadata, "spec": {**item["spec"], **spec}}


def test_a_hole_in_the_denying_policy_is_patched_out_of_the_very_version_that_has_it() -> None:
    wanted = next(item for item in of_kind("NetworkPolicy") if item["metadata"]["name"] == "default-deny")
    assert surplus_patch(wanted, _as_live(wanted)) is None
    patch = surplus_patch(wanted, _as_live(wanted, ingress=[{}], egress=[{}]))
    assert patch == {"metadata": {"resourceVersion": "7"}, "spec": {"ingress": None, "egress": None}}


def test_a_resource_added_to_the_quota_is_patched_out_and_the_rest_left_to_apply() -> None:
    (wanted,) = of_kind("ResourceQuota")
    hard = {**wanted["spec"]["hard"], "pods": "99", "count/jobs.batch": "0"}
    patch = surplus_patch(wanted, _as_live(wanted, hard=hard))
    assert patch is not None
    assert patch["spec"] == {"hard": {"count/jobs.batch": None}}


def test_objects_without_a_spec_have_no_surplus() -> None:
    (binding,) = of_kind("RoleBinding")
    assert surplus_patch(binding, {**binding, "metadata": {**binding["metadata"], "resourceVersion": "7"}}) is None


def test_a_quota_holds_once_its_status_says_what_its_spec_says() -> None:
    (wanted,) = of_kind("ResourceQuota")
    assert wanted["metadata"]["name"] == GUARD_NAME
    hard = wanted["spec"]["hard"]
    assert not quota_holds(wanted)
    assert not quota_holds({**wanted, "status": {}})
    assert not quota_holds({**wanted, "status": {"hard": {**hard, "pods": "0"}}})
    assert quota_holds({**wanted, "status": {"hard": dict(hard), "used": {}}})
