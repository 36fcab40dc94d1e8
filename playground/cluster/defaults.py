"""What the server fills in when an object leaves it out, kind by kind; changes a private copy, refuses nothing."""

import base64
import random
from collections.abc import Callable, Mapping

from playground.cluster.kinds import Kind, Object


def fill_in(kind: Kind, item: Object) -> None:
    """Completes `item`, which must be the caller's own copy. Idempotent: a complete object stays as it is."""
    filler = _FILLERS.get(kind.kind)
    if filler is not None:
        filler(item)


def _set(item: Object, **defaults: object) -> None:
    for name, value in defaults.items():
        if item.get(name) is None:
            item[name] = value


def _spec(item: Object) -> Object:
    spec: Object = item.setdefault("spec", {})
    return spec


def _namespace(item: Object) -> None:
    item["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = item["metadata"].get("name", "")
    _set(_spec(item), finalizers=["kubernetes"])
    _set(item.setdefault("status", {}), phase="Active")


def _pod(item: Object) -> None:
    pod_spec(_spec(item))
    _set(item.setdefault("status", {}), phase="Pending", qosClass="BestEffort")


def pod_spec(spec: Object) -> None:
    _set(
        spec,
        restartPolicy="Always",
        dnsPolicy="ClusterFirst",
        terminationGracePeriodSeconds=30,
        schedulerName="default-scheduler",
        securityContext={},
    )
    if account := spec.get("serviceAccountName") or spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        _container(container)
    for volume in spec.get("volumes", ()):
        for source in ("secret", "configMap", "projected"):
            if source in volume:
                _set(volume[source], defaultMode=420)


def _container(container: Object) -> None:
    image = container.get("image", "")
    tag = image.rpartition("/")[2].rpartition(":")[2] if ":" in image.rpartition("/")[2] else "latest"
    _set(
        container,
        imagePullPolicy="Always" if tag == "latest" and "@" not in image else "IfNotPresent",
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        resources={},
    )
    for port in container.get("ports", ()):
        _set(port, protocol="TCP")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container:
            _set(container[name], timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    resources = container["resources"]
    limits = resources.get("limits") or {}
    if limits:
        # A limit without a request is a request too: long before any LimitRange is asked.
        resources["requests"] = {**limits, **(resources.get("requests") or {})}


def _workload(item: Object) -> None:
    spec = _spec(item)
    template = spec.setdefault("template", {})
    pod_spec(template.setdefault("spec", {}))


def _deployment(item: Object) -> None:
    _workload(item)
    _set(_spec(item), replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = item["spec"]["strategy"]
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(strategy["rollingUpdate"], maxSurge="25%", maxUnavailable="25%")


def _replica_set(item: Object) -> None:
    _workload(item)
    _set(_spec(item), replicas=1)


def _stateful_set(item: Object) -> None:
    _workload(item)
    _set(
        _spec(item),
        replicas=1,
        revisionHistoryLimit=10,
        podManagementPolicy="OrderedReady",
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"},
    )


def _daemon_set(item: Object) -> None:
    _workload(item)
    _set(
        _spec(item),
        revisionHistoryLimit=10,
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
    )


def _job(item: Object) -> None:
    _workload(item)
    _job_spec(_spec(item))
    uid = item["metadata"].get("uid")
    if uid and not item["spec"].get("manualSelector"):
        item["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
        labels = item["spec"]["template"].setdefault("metadata", {}).setdefault("labels", {})
        labels["batch.kubernetes.io/controller-uid"] = uid
        labels["batch.kubernetes.io/job-name"] = item["metadata"].get("name", "")


def _job_spec(spec: Object) -> None:
    _set(spec, parallelism=1, completions=1, backoffLimit=6, completionMode="NonIndexed", suspend=False)


def _cron_job(item: Object) -> None:
    spec = _spec(item)
    _set(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    job = spec.setdefault("jobTemplate", {}).setdefault("spec", {})
    pod_spec(job.setdefault("template", {}).setdefault("spec", {}))


def _service(item: Object) -> None:
    spec = _spec(item)
    _set(spec, type="ClusterIP", sessionAffinity="None", internalTrafficPolicy="Cluster")
    for port in spec.get("ports", ()):
        _set(port, protocol="TCP", targetPort=port.get("port"))
        if spec["type"] in {"NodePort", "LoadBalancer"}:
            _set(port, nodePort=random.randint(30000, 32767))
    if spec["type"] == "ExternalName":
        return
    _set(spec, clusterIP=f"10.96.{random.randint(0, 255)}.{random.randint(1, 254)}")
    _set(spec, clusterIPs=[spec["clusterIP"]], ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack")


def _secret(item: Object) -> None:
    _set(item, type="Opaque")
    texts = item.pop("stringData", None) or {}
    if texts:
        data = item.setdefault("data", {})
        data.update({key: base64.b64encode(value.encode()).decode() for key, value in texts.items()})


def _claim(item: Object) -> None:
    _set(_spec(item), volumeMode="Filesystem")
    _set(item.setdefault("status", {}), phase="Pending")


def _limit_range(item: Object) -> None:
    for limit in _spec(item).get("limits", ()):
        if limit.get("type") != "Container":
            continue
        # A maximum is the default limit, a default limit the default request, where nothing else is said.
        for target, source in (("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")):
            filled = {**limit.get(source, {}), **limit.get(target, {})}
            if filled:
                limit[target] = filled


def _network_policy(item: Object) -> None:
    spec = _spec(item)
    _set(spec, podSelector={})
    for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
        for port in rule.get("ports", ()):
            _set(port, protocol="TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for way in ("ingress", "egress"):
        if spec.get(way) == []:
            del spec[way]


def _binding(item: Object) -> None:
    group = "rbac.authorization.k8s.io"
    _set(item.setdefault("roleRef", {}), apiGroup=group)
    for subject in item.get("subjects", ()):
        if subject.get("kind") in {"User", "Group"}:
            _set(subject, apiGroup=group)


_FILLERS: Mapping[str, Callable[[Object], None]] = {
    "ClusterRoleBinding": _binding,
    "CronJob": _cron_job,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "Job": _job,
    "LimitRange": _limit_range,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "ReplicaSet": _replica_set,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _stateful_set,
}
