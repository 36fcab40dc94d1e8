"""What a sandbox is made of, as objects of the cluster; pure, and it talks to nobody.

The order is the order of applying: the walls stand before anybody is let in. Applying the list again is how drift is
healed, so every object here says everything it means, and nothing that the cluster writes by itself.
"""

import hashlib
import ipaddress
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

from commands.sandbox.sizes import Resources, Size, claim_max, container_max, quota
from integrations.kubernetes import KubernetesObject, ObjectRef, reference_of

DOMAIN = "platform-bot.io"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
MANAGED_BY = "platform-bot"
ID_LABEL = f"{DOMAIN}/sandbox-id"
OWNER_LABEL = f"{DOMAIN}/owner"
TEAM_LABEL = f"{DOMAIN}/team"
COST_CENTER_LABEL = f"{DOMAIN}/cost-center"
SIZE_LABEL = f"{DOMAIN}/size"
EXPIRES_AT = f"{DOMAIN}/expires-at"
REQUESTED_BY = f"{DOMAIN}/requested-by"
REQUEST_ID = f"{DOMAIN}/request-id"
SPEC_HASH = f"{DOMAIN}/spec-hash"
PURPOSE = f"{DOMAIN}/purpose"

NAMESPACE_PREFIX = "sbx-"
USER_ROLE = "platform-bot-sandbox-user"  # the ClusterRole in deploy/base/sandbox-role.yaml
USER_ACCOUNT = "sandbox-user"
GUARD_NAME = "platform-bot-sandbox"  # of the quota, the limit range and the role binding
# The empty Secret that minted tokens are bound to; the bot's role may read and delete Secrets of this name only.
ACCESS_SECRET = "sandbox-access"  # noqa: S105 - a name, not a secret
INTERNET_POLICY = "allow-internet"
INGRESS_POLICY = "allow-ingress-controller"

# The kinds of what stands inside the namespace, in the order of applying.
GUARDS: tuple[ObjectRef, ...] = (
    reference_of("v1", "ResourceQuota"),
    reference_of("v1", "LimitRange"),
    reference_of("networking.k8s.io/v1", "NetworkPolicy"),
    reference_of("rbac.authorization.k8s.io/v1", "RoleBinding"),
    reference_of("v1", "ServiceAccount"),
)

_LABEL_MAX = 63
_PURPOSE_MAX = 2000
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


# Without a default request the quota on ephemeral storage counts nothing: containers rarely ask for any.
_CONTAINER_DEFAULT = MappingProxyType({"cpu": "500m", "memory": "512Mi", "ephemeral-storage": "2Gi"})
_CONTAINER_DEFAULT_REQUEST = MappingProxyType({"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "256Mi"})


@dataclass(frozen=True, slots=True)
class Subject:
    """Who else gets the sandbox user's rights: a user or group as the cluster's authenticator names them."""

    kind: Literal["User", "Group"]
    name: str


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What sandboxes must know of the cluster they stand in.

    `dns_labels` select the DNS pods in `dns_namespace`. `ingress_namespace` is where the ingress controller runs (None:
    nothing from outside is let in), narrowed to pods with `ingress_labels` if any. `closed_cidrs` stay unreachable even
    with internet access: the private ranges and the cluster's own (IPv6 ranges are accepted; IPv6 is never opened).
    `pod_security_version` pins the Pod Security policies, so that upgrading the cluster does not change what may run; a
    server takes a version newer than itself for its latest, so the pin is that of the oldest server we support.
    """

    dns_namespace: str = "kube-system"
    dns_labels: Mapping[str, str] = field(default_factory=lambda: {"k8s-app": "kube-dns"})
    ingress_namespace: str | None = "ingress-nginx"
    ingress_labels: Mapping[str, str] = field(default_factory=dict)
    internet: bool = False
    closed_cidrs: tuple[str, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
    pod_security_version: str = "v1.30"


@dataclass(frozen=True, slots=True)
class SandboxPlan:
    """One sandbox as it should be. `owner` and `requested_by` are Slack ids; `expires_at` is aware.

    `namespace` comes from `namespace_name`. `team` and `cost_center` may be any text: their labels are made valid, and
    stay distinct. `purpose` is free text and lives in an annotation only.
    """

    sandbox_id: str
    namespace: str
    owner: str
    team: str
    cost_center: str
    size: Size
    resources: Resources
    expires_at: datetime
    request_id: str
    requested_by: str | None = None
    hardened: bool = False
    asleep: bool = False
    purpose: str = ""
    subjects: tuple[Subject, ...] = ()
    facts: ClusterFacts = field(default_factory=ClusterFacts)

    def __post_init__(self) -> None:
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at must be aware")
        if not _DNS_LABEL.fullmatch(self.namespace) or not self.namespace.startswith(NAMESPACE_PREFIX):
            raise ValueError(f"not a sandbox's namespace: {self.namespace!r}")
        for name, value in (("sandbox_id", self.sandbox_id), ("owner", self.owner)):
            if not _LABEL_VALUE.fullmatch(value):
                raise ValueError(f"{name} cannot be a label: {value!r}")


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """One object of a sandbox by its name."""

    reference: ObjectRef
    name: str


def namespace_name(team: str, slug: str, suffix: str) -> str:
    """`sbx-<team>-<slug>-<suffix>`: a valid DNS label of at most 63 characters for any input.

    Accents are dropped, everything else that a name cannot hold becomes a dash; team and slug are cut to fit, the suffix
    (which makes the name unique) never is. Raises ValueError for a suffix that is not 1 to 16 of [a-z0-9].
    """
    if not re.fullmatch(r"[a-z0-9]{1,16}", suffix):
        raise ValueError(f"not a suffix: {suffix!r}")
    team_part = _dns_part(team)[:20].strip("-")
    room = _LABEL_MAX - len(NAMESPACE_PREFIX) - len(suffix) - 1
    if team_part:
        room -= len(team_part) + 1
    slug_part = _dns_part(slug)[:room].strip("-") or "sandbox"
    return NAMESPACE_PREFIX + "-".join(part for part in (team_part, slug_part, suffix) if part)


def _dns_part(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def label_value(text: str) -> str:
    """A valid label value for any text; one that had to be changed gets a short hash, so that two stay two."""
    if not text or _LABEL_VALUE.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)[: _LABEL_MAX - 9].strip("-._")
    return f"{kept}-{digest}" if kept else digest


def sandbox_objects(plan: SandboxPlan) -> list[KubernetesObject]:
    """Everything a sandbox consists of, in the order of applying. The namespace is always the first."""
    inside = [item for guards in GUARDS for item in guards_of(plan, guards.kind)]
    return [namespace_of(plan, _hash_of([_namespace(plan), *inside])), *inside]


def namespace_of(plan: SandboxPlan, plan_hash: str) -> KubernetesObject:
    """The namespace alone, for one who knows the plan's hash already."""
    namespace = _namespace(plan)
    namespace["metadata"]["annotations"][SPEC_HASH] = plan_hash
    return namespace


def guards_of(plan: SandboxPlan, kind: str) -> list[KubernetesObject]:
    """What stands inside the namespace, of one kind of `GUARDS`."""
    match kind:
        case "ResourceQuota":
            return [_resource_quota(plan)]
        case "LimitRange":
            return [_limit_range(plan)]
        case "NetworkPolicy":
            return _network_policies(plan)
        case "RoleBinding":
            return [_role_binding(plan)]
        case "ServiceAccount":
            return [_service_account(plan, USER_ACCOUNT), _service_account(plan, "default")]
    raise ValueError(f"no guard: {kind!r}")


def spec_hash(plan: SandboxPlan) -> str:
    """A short hash of everything the plan says: equal plans, equal hashes, in every process and version of Python."""
    return str(sandbox_objects(plan)[0]["metadata"]["annotations"][SPEC_HASH])


def unwanted_objects(plan: SandboxPlan) -> list[ObjectKey]:
    """Objects that an earlier plan of this sandbox may have had, and that must not stand under this one."""
    policy = reference_of("networking.k8s.io/v1", "NetworkPolicy")
    unwanted = []
    if not plan.facts.internet:
        unwanted.append(ObjectKey(policy, INTERNET_POLICY))
    if plan.facts.ingress_namespace is None:
        unwanted.append(ObjectKey(policy, INGRESS_POLICY))
    return unwanted


def surplus_patch(wanted: KubernetesObject, live: KubernetesObject) -> KubernetesObject | None:
    """A JSON merge patch that takes out of a guard's spec what somebody else put in; None when there is nothing.

    Server-side apply heals the fields we set and leaves alone those we do not: an `ingress` rule added to the
    default-deny policy would stay, and open it. (Setting an empty list ourselves would own the field, but the server
    then counts every apply as a change.)
    """
    surplus: KubernetesObject = {}
    wanted_spec, live_spec = wanted.get("spec") or {}, live.get("spec") or {}
    for key, value in live_spec.items():
        if key not in wanted_spec:
            surplus[key] = None
        elif isinstance(value, dict) and isinstance(wanted_spec[key], dict):
            inner = {name: None for name in value if name not in wanted_spec[key]}
            if inner:
                surplus[key] = inner
    if not surplus or not wanted_spec:
        return None
    return {"metadata": {"resourceVersion": live["metadata"]["resourceVersion"]}, "spec": surplus}


def quota_holds(live: KubernetesObject) -> bool:
    """Whether a ResourceQuota, as read from the cluster, limits what it is meant to limit already.

    The server enforces what the quota's status says, and a controller writes that a moment after the spec: until then a
    new quota limits nothing and a changed one limits what it did before.
    """
    return bool((live.get("status") or {}).get("hard") == live["spec"].get("hard"))


def _hash_of(objects: list[KubernetesObject]) -> str:
    text = json.dumps(objects, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _labels(plan: SandboxPlan) -> dict[str, str]:
    return {MANAGED_BY_LABEL: MANAGED_BY, ID_LABEL: plan.sandbox_id}


def _namespace(plan: SandboxPlan) -> KubernetesObject:
    version = plan.facts.pod_security_version
    levels = {"enforce": "restricted" if plan.hardened else "baseline", "warn": "restricted", "audit": "restricted"}
    pod_security = {}
    for mode, level in levels.items():
        pod_security[f"pod-security.kubernetes.io/{mode}"] = level
        pod_security[f"pod-security.kubernetes.io/{mode}-version"] = version
    annotations = {
        EXPIRES_AT: plan.expires_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        REQUESTED_BY: plan.requested_by or plan.owner,
        REQUEST_ID: plan.request_id,
    }
    if plan.purpose:
        annotations[PURPOSE] = plan.purpose[:_PURPOSE_MAX]
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": plan.namespace,
            "labels": {
                **_labels(plan),
                OWNER_LABEL: plan.owner,
                TEAM_LABEL: label_value(plan.team),
                COST_CENTER_LABEL: label_value(plan.cost_center),
                SIZE_LABEL: plan.size.value,
                **pod_security,
            },
            "annotations": annotations,
        },
    }


def _inside(plan: SandboxPlan, api_version: str, kind: str, name: str) -> KubernetesObject:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": plan.namespace, "labels": _labels(plan)},
    }


def _resource_quota(plan: SandboxPlan) -> KubernetesObject:
    return {
        **_inside(plan, "v1", "ResourceQuota", GUARD_NAME),
        "spec": {"hard": quota(plan.resources, asleep=plan.asleep)},
    }


def _limit_range(plan: SandboxPlan) -> KubernetesObject:
    return {
        **_inside(plan, "v1", "LimitRange", GUARD_NAME),
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "default": dict(_CONTAINER_DEFAULT),
                    "defaultRequest": dict(_CONTAINER_DEFAULT_REQUEST),
                    "max": container_max(plan.resources),
                },
                {"type": "PersistentVolumeClaim", "max": {"storage": claim_max(plan.resources)}},
            ]
        },
    }


def _network_policies(plan: SandboxPlan) -> list[KubernetesObject]:
    facts = plan.facts
    dns = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": facts.dns_namespace}},
        "podSelector": {"matchLabels": dict(facts.dns_labels)},
    }
    dns_ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    policies = [
        _network_policy(plan, "default-deny", ingress=[], egress=[]),
        _network_policy(plan, "allow-dns", egress=[{"to": [dns], "ports": dns_ports}]),
        _network_policy(
            plan,
            "allow-same-namespace",
            ingress=[{"from": [{"podSelector": {}}]}],
            egress=[{"to": [{"podSelector": {}}]}],
        ),
    ]
    if facts.ingress_namespace is not None:
        controller: KubernetesObject = {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": facts.ingress_namespace}}
        }
        if facts.ingress_labels:
            controller["podSelector"] = {"matchLabels": dict(facts.ingress_labels)}
        policies.append(_network_policy(plan, INGRESS_POLICY, ingress=[{"from": [controller]}]))
    if facts.internet:
        block = {"cidr": "0.0.0.0/0", "except": _closed_ranges(facts.closed_cidrs)}
        policies.append(_network_policy(plan, INTERNET_POLICY, egress=[{"to": [{"ipBlock": block}]}]))
    return policies


def _network_policy(
    plan: SandboxPlan,
    name: str,
    *,
    ingress: list[KubernetesObject] | None = None,
    egress: list[KubernetesObject] | None = None,
) -> KubernetesObject:
    """For every pod of the namespace. None leaves that way alone; an empty list closes it."""
    spec: KubernetesObject = {"podSelector": {}, "policyTypes": []}
    for way, rules in (("Ingress", ingress), ("Egress", egress)):
        if rules is not None:
            spec["policyTypes"].append(way)
            if rules:
                spec[way.lower()] = rules
    return {**_inside(plan, "networking.k8s.io/v1", "NetworkPolicy", name), "spec": spec}


def _closed_ranges(cidrs: tuple[str, ...]) -> list[str]:
    """Sorted, merged, and IPv4 only: the server refuses exceptions that do not lie inside 0.0.0.0/0."""
    networks = [ipaddress.ip_network(cidr) for cidr in cidrs]
    inside = [network for network in networks if isinstance(network, ipaddress.IPv4Network)]
    if any(network.prefixlen == 0 for network in inside):
        raise ValueError("closed_cidrs close the whole internet: set internet to false instead")
    return [str(network) for network in ipaddress.collapse_addresses(inside)]


def _role_binding(plan: SandboxPlan) -> KubernetesObject:
    group = "rbac.authorization.k8s.io"
    people: list[KubernetesObject] = [
        {"apiGroup": group, "kind": subject.kind, "name": subject.name} for subject in plan.subjects
    ]
    account: KubernetesObject = {"kind": "ServiceAccount", "name": USER_ACCOUNT, "namespace": plan.namespace}
    return {
        **_inside(plan, f"{group}/v1", "RoleBinding", GUARD_NAME),
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": USER_ROLE},
        "subjects": [account, *people],
    }


def _service_account(plan: SandboxPlan, name: str) -> KubernetesObject:
    """No pod gets a token unless it asks: code under test must not hold its owner's rights by accident."""
    return {**_inside(plan, "v1", "ServiceAccount", name), "automountServiceAccountToken": False}
