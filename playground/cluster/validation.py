"""What makes an object invalid, kind by kind, with the fields and words of the real server; changes nothing."""

import base64
import binascii
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping

from playground.cluster import names, quantities
from playground.cluster.kinds import Kind, Object
from playground.cluster.selectors import structured_test
from playground.cluster.status import Cause, immutable, invalid_value, not_supported, required


def faults(kind: Kind, item: Object) -> list[Cause]:
    found = list(names.metadata_faults(kind, item))
    checker = _CHECKERS.get(kind.kind)
    if checker is not None:
        found += checker(item)
    return found


def update_faults(kind: Kind, before: Object, after: Object) -> list[Cause]:
    """What may not change, on top of `faults`."""
    found = [
        immutable(f"metadata.{name}", after["metadata"].get(name))
        for name in ("name", "namespace", "uid", "creationTimestamp")
        if before["metadata"].get(name) != after["metadata"].get(name)
    ]
    for path in _FIXED.get(kind.kind, ()):
        old, new = _at(before, path), _at(after, path)
        if old is not None and old != new:
            found.append(immutable(path, new))
    if kind.kind == "Pod":
        found += _pod_update_faults(before, after)
    if kind.kind in {"Secret", "ConfigMap"} and before.get("immutable"):
        changed = any(before.get(name) != after.get(name) for name in ("data", "binaryData", "immutable"))
        if changed:
            found.append(Cause("FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set", "data"))
    if after["metadata"].get("deletionTimestamp"):
        added = set(after["metadata"].get("finalizers") or ()) - set(before["metadata"].get("finalizers") or ())
        if added:
            detail = f"Forbidden: no new finalizers can be added if the object is being deleted, found {sorted(added)}"
            found.append(Cause("FieldValueForbidden", detail, "metadata.finalizers"))
    return found


_FIXED: Mapping[str, tuple[str, ...]] = {
    "ClusterRoleBinding": ("roleRef",),
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "Job": ("spec.selector", "spec.template", "spec.completions"),
    "PersistentVolumeClaim": ("spec.accessModes", "spec.storageClassName", "spec.volumeMode"),
    "ReplicaSet": ("spec.selector",),
    "ResourceQuota": ("spec.scopes",),
    "RoleBinding": ("roleRef",),
    "Secret": ("type",),
    "Service": ("spec.clusterIP",),
    "StatefulSet": ("spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"),
}


def _at(item: Object, path: str) -> object:
    value: object = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _pod_update_faults(before: Object, after: Object) -> Iterator[Cause]:
    changeable = {"activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations"}

    def fixed(spec: Object) -> Object:
        rest = {name: value for name, value in spec.items() if name not in changeable}
        for name in ("containers", "initContainers"):
            if name in rest:
                rest[name] = [{k: v for k, v in one.items() if k not in {"image", "resources"}} for one in rest[name]]
        return rest

    if fixed(before["spec"]) != fixed(after["spec"]):
        yield Cause(
            "FieldValueForbidden",
            "Forbidden: pod updates may not change fields other than `spec.containers[*].image`, "
            "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing "
            "tolerations), `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
            "spec",
        )


def _pod(item: Object) -> Iterator[Cause]:
    yield from pod_spec_faults("spec", item.get("spec") or {})


def pod_spec_faults(
    field: str,
    spec: Object,
    *,
    restart: tuple[str, ...] = ("Always", "OnFailure", "Never"),
    claimed: Iterable[str] = (),
) -> Iterator[Cause]:
    """`claimed` are volumes that the pods are given beside their own."""
    containers = spec.get("containers") or []
    if not containers:
        yield required(f"{field}.containers")
    if spec.get("restartPolicy", "Always") not in restart:
        yield not_supported(f"{field}.restartPolicy", spec["restartPolicy"], restart)
    volumes = {*claimed, *(volume.get("name") for volume in spec.get("volumes", ()))}
    seen: set[str] = set()
    for group in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(group) or ()):
            path = f"{field}.{group}[{index}]"
            name = container.get("name", "")
            if not name:
                yield required(f"{path}.name")
            elif not names.is_label(name):
                yield invalid_value(f"{path}.name", name, names.LABEL_WORDS)
            elif name in seen:
                yield Cause("FieldValueDuplicate", f'Duplicate value: "{name}"', f"{path}.name")
            seen.add(name)
            if not container.get("image"):
                yield required(f"{path}.image")
            yield from _resources_faults(f"{path}.resources", container.get("resources") or {})
            for position, mount in enumerate(container.get("volumeMounts") or ()):
                if mount.get("name") not in volumes:
                    yield Cause(
                        "FieldValueNotFound",
                        f'Not found: "{mount.get("name")}"',
                        f"{path}.volumeMounts[{position}].name",
                    )


def _resources_faults(field: str, resources: Object) -> Iterator[Cause]:
    limits = resources.get("limits") or {}
    for name, text in (resources.get("requests") or {}).items():
        if name in limits and quantities.parse(text) > quantities.parse(limits[name]):
            yield invalid_value(
                f"{field}.requests", text, f"must be less than or equal to {name} limit of {limits[name]}"
            )


def _workload(item: Object) -> Iterator[Cause]:
    spec = item.get("spec") or {}
    template = spec.get("template") or {}
    selector = spec.get("selector")
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not selector:
        yield required("spec.selector")
    elif not structured_test(selector)(labels):
        yield invalid_value("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    if spec.get("replicas", 0) < 0:
        yield invalid_value("spec.replicas", spec["replicas"], "must be greater than or equal to 0")
    yield from names.label_faults("spec.template.labels", labels)
    claimed = [(claim.get("metadata") or {}).get("name", "") for claim in spec.get("volumeClaimTemplates") or ()]
    yield from pod_spec_faults("spec.template.spec", template.get("spec") or {}, restart=("Always",), claimed=claimed)


def _job(item: Object) -> Iterator[Cause]:
    template = (item.get("spec") or {}).get("template") or {}
    yield from pod_spec_faults("spec.template.spec", template.get("spec") or {}, restart=("OnFailure", "Never"))


def _cron_job(item: Object) -> Iterator[Cause]:
    spec = item.get("spec") or {}
    if len((spec.get("schedule") or "").split()) != 5 and not (spec.get("schedule") or "").startswith("@"):
        yield invalid_value("spec.schedule", spec.get("schedule") or "", "expected exactly 5 fields")
    template = ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template") or {}
    yield from pod_spec_faults(
        "spec.jobTemplate.spec.template.spec", template.get("spec") or {}, restart=("OnFailure", "Never")
    )


def _service(item: Object) -> Iterator[Cause]:
    spec = item["spec"]
    types = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
    if spec["type"] not in types:
        yield not_supported("spec.type", spec["type"], types)
    ports = spec.get("ports") or []
    if not ports and spec["type"] != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    for index, port in enumerate(ports):
        if not 1 <= port.get("port", 0) <= 65535:
            yield invalid_value(
                f"spec.ports[{index}].port", port.get("port", 0), "must be between 1 and 65535, inclusive"
            )
        if len(ports) > 1 and not port.get("name"):
            yield required(f"spec.ports[{index}].name")


_QUOTA_RESOURCES = {
    *("configmaps", "cpu", "ephemeral-storage", "memory", "persistentvolumeclaims", "pods", "replicationcontrollers"),
    *("requests.cpu", "requests.memory", "requests.storage", "requests.ephemeral-storage"),
    *("limits.cpu", "limits.memory", "limits.ephemeral-storage"),
    *("resourcequotas", "secrets", "services", "services.loadbalancers", "services.nodeports"),
}
_WHOLE_NUMBERS = {
    name for name in _QUOTA_RESOURCES if "." not in name and name not in {"cpu", "memory", "ephemeral-storage"}
} | {
    "services.loadbalancers",
    "services.nodeports",
}


def _resource_quota(item: Object) -> Iterator[Cause]:
    for name, text in ((item.get("spec") or {}).get("hard") or {}).items():
        field = f"spec.hard[{name}]"
        if name not in _QUOTA_RESOURCES and "/" not in name:
            yield invalid_value(field, name, "must be a standard resource for quota")
            yield invalid_value(field, name, "must be a standard resource type or fully qualified")
        elif not names.is_qualified(name):
            yield invalid_value(field, name, "must be a qualified name")
        value = quantities.parse(text)
        if value < 0:
            yield invalid_value(field, text, "must be greater than or equal to 0")
        if (name in _WHOLE_NUMBERS or name.startswith("count/")) and value.denominator != 1:
            yield invalid_value(field, text, "must be an integer")


def _limit_range(item: Object) -> Iterator[Cause]:
    kinds = ("Container", "PersistentVolumeClaim", "Pod")
    for index, limit in enumerate((item.get("spec") or {}).get("limits") or ()):
        path = f"spec.limits[{index}]"
        sort = limit.get("type", "")
        if sort not in kinds and "/" not in sort:
            yield not_supported(f"{path}.type", sort, kinds)
        if sort == "Pod":
            for name in ("default", "defaultRequest"):
                if limit.get(name):
                    detail = "Forbidden: may not be specified when `type` is 'Pod'"
                    yield Cause("FieldValueForbidden", detail, f"{path}.{name}")
        if sort == "PersistentVolumeClaim" and not any("storage" in limit.get(name, {}) for name in ("min", "max")):
            yield required(
                f"{path}.limits", "either minimum or maximum storage value is required, but neither was provided"
            )
        order = ("min", "defaultRequest", "default", "max")
        for low_index, low in enumerate(order):
            for high in order[low_index + 1 :]:
                for name, text in limit.get(low, {}).items():
                    other = limit.get(high, {}).get(name)
                    if other is not None and quantities.parse(text) > quantities.parse(other):
                        detail = f"{low} value {text} is greater than {high} value {other}"
                        yield invalid_value(f"{path}.{low}[{name}]", text, detail)


def _network_policy(item: Object) -> Iterator[Cause]:
    spec = item["spec"]
    for index, way in enumerate(spec.get("policyTypes") or ()):
        if way not in {"Ingress", "Egress"}:
            yield not_supported(f"spec.policyTypes[{index}]", way, ("Egress", "Ingress"))
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            for position, peer in enumerate(rule.get(peers) or ()):
                yield from _peer_faults(f"spec.{direction}[{index}].{peers}[{position}]", peer)
            for position, port in enumerate(rule.get("ports") or ()):
                if port["protocol"] not in {"TCP", "UDP", "SCTP"}:
                    yield not_supported(
                        f"spec.{direction}[{index}].ports[{position}].protocol",
                        port["protocol"],
                        ("SCTP", "TCP", "UDP"),
                    )
    selector = spec.get("podSelector") or {}
    yield from names.label_faults("spec.podSelector.matchLabels", selector.get("matchLabels") or {})


def _peer_faults(field: str, peer: Object) -> Iterator[Cause]:
    block = peer.get("ipBlock")
    if not peer:
        yield required(field, "must specify a peer")
    if block is None:
        return
    if len(peer) > 1:
        yield Cause("FieldValueForbidden", "Forbidden: may not specify both ipBlock and another peer", field)
    try:
        network = ipaddress.ip_network(block.get("cidr", ""), strict=False)
    except ValueError:
        yield invalid_value(
            f"{field}.ipBlock.cidr",
            block.get("cidr", ""),
            "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        )
        return
    for index, text in enumerate(block.get("except") or ()):
        path = f"{field}.ipBlock.except[{index}]"
        try:
            inner = ipaddress.ip_network(text, strict=False)
        except ValueError:
            yield invalid_value(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
            continue
        inside = inner.version == network.version and inner != network and inner.subnet_of(network)  # type: ignore[arg-type]
        if not inside:
            yield invalid_value(path, text, f"must be a strict subset of `cidr`: {block['cidr']}")


def _role(item: Object) -> Iterator[Cause]:
    for index, rule in enumerate(item.get("rules") or ()):
        if not rule.get("verbs"):
            yield required(f"rules[{index}].verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            continue
        if "apiGroups" not in rule or not rule["apiGroups"]:
            yield required(f"rules[{index}].apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            yield required(f"rules[{index}].resources", "resource rules must supply at least one resource")


def _binding(item: Object) -> Iterator[Cause]:
    role = item.get("roleRef") or {}
    if role.get("kind") not in {"Role", "ClusterRole"}:
        yield not_supported("roleRef.kind", role.get("kind", ""), ("ClusterRole", "Role"))
    if not role.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(item.get("subjects") or ()):
        path = f"subjects[{index}]"
        if not subject.get("name"):
            yield required(f"{path}.name")
        if subject.get("kind") == "ServiceAccount":
            if subject.get("apiGroup"):
                yield not_supported(f"{path}.apiGroup", subject["apiGroup"], ("",))
            if not subject.get("namespace"):
                yield required(f"{path}.namespace")
        elif subject.get("kind") not in {"User", "Group"}:
            yield not_supported(f"{path}.kind", subject.get("kind", ""), ("Group", "ServiceAccount", "User"))
        elif subject.get("apiGroup") != "rbac.authorization.k8s.io":
            yield not_supported(f"{path}.apiGroup", subject.get("apiGroup", ""), ("rbac.authorization.k8s.io",))


def _claim(item: Object) -> Iterator[Cause]:
    spec = item["spec"]
    if not spec.get("accessModes"):
        yield required("spec.accessModes", "at least 1 access mode is required")
    if "storage" not in ((spec.get("resources") or {}).get("requests") or {}):
        yield required("spec.resources[storage]")


def _secret(item: Object) -> Iterator[Cause]:
    for key, value in (item.get("data") or {}).items():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            yield invalid_value(f"data[{key}]", "<secret contents redacted>", "illegal base64 data")
        if not names.is_qualified(key):
            yield invalid_value(
                f"data[{key}]", key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
            )


def _ingress(item: Object) -> Iterator[Cause]:
    spec = item.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield invalid_value("spec", "", "either `defaultBackend` or `rules` must be specified")
    for index, rule in enumerate(spec.get("rules") or ()):
        for position, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            if not path.get("pathType"):
                yield required(f"spec.rules[{index}].http.paths[{position}].pathType", "pathType must be specified")


_CHECKERS: Mapping[str, Callable[[Object], Iterator[Cause]]] = {
    "ClusterRole": _role,
    "ClusterRoleBinding": _binding,
    "CronJob": _cron_job,
    "DaemonSet": _workload,
    "Deployment": _workload,
    "Ingress": _ingress,
    "Job": _job,
    "LimitRange": _limit_range,
    "NetworkPolicy": _network_policy,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "ReplicaSet": _workload,
    "ResourceQuota": _resource_quota,
    "Role": _role,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _workload,
}
