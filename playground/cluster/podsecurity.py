"""Pod Security admission: the checks of the baseline and restricted levels that a sandbox meets; stores nothing."""

import re
from collections.abc import Iterator

from playground.cluster.kinds import Kind, Object
from playground.cluster.status import Cause, forbidden, invalid, invalid_value

_PREFIX = "pod-security.kubernetes.io/"
_LEVELS = ("privileged", "baseline", "restricted")
_VERSION = re.compile(r"latest|v1\.(0|[1-9][0-9]*)")
_CAPABILITIES = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
    *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}
_RESTRICTED_VOLUMES = {
    *(
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ),
}


def check_namespace(kind: Kind, namespace: Object) -> None:
    labels = namespace["metadata"].get("labels") or {}
    faults: list[Cause] = []
    for mode in ("enforce", "audit", "warn"):
        level, version = labels.get(f"{_PREFIX}{mode}"), labels.get(f"{_PREFIX}{mode}-version")
        if level is not None and level not in _LEVELS:
            field = f"metadata.labels[{_PREFIX}{mode}]"
            faults.append(invalid_value(field, level, f"must be one of {', '.join(_LEVELS)}"))
        if version is not None and not _VERSION.fullmatch(version):
            field = f"metadata.labels[{_PREFIX}{mode}-version]"
            faults.append(invalid_value(field, version, 'must be "latest" or "v1.x"'))
    if faults:
        raise invalid(kind, namespace["metadata"]["name"], faults)


def check_pod(kind: Kind, pod: Object, namespace: Object) -> list[str]:
    """Refuses by the enforced level; returns the warnings of the level to warn of."""
    labels = namespace["metadata"].get("labels") or {}
    enforced = labels.get(f"{_PREFIX}enforce", "privileged")
    broken = list(violations(enforced, pod["spec"]))
    version = labels.get(f"{_PREFIX}enforce-version", "latest")
    if broken:
        why = f'violates PodSecurity "{enforced}:{version}": {", ".join(broken)}'
        raise forbidden(kind, pod["metadata"]["name"], why)
    warned = labels.get(f"{_PREFIX}warn", "privileged")
    would = list(violations(warned, pod["spec"]))
    version = labels.get(f"{_PREFIX}warn-version", "latest")
    return [f'would violate PodSecurity "{warned}:{version}": {", ".join(would)}'] if would else []


def violations(level: str, spec: Object) -> Iterator[str]:
    if level == "privileged":
        return
    shared = [name for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    if shared:
        yield f"host namespaces ({', '.join(f'{name}=true' for name in shared)})"
    paths = [volume["name"] for volume in spec.get("volumes") or () if "hostPath" in volume]
    if paths:
        yield f"hostPath volumes (volume{'s' if len(paths) > 1 else ''} {_quoted(paths)})"
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    for container in containers:
        context = container.get("securityContext") or {}
        name = container["name"]
        if context.get("privileged"):
            yield f'privileged (container "{name}" must not set securityContext.privileged=true)'
        added = set((context.get("capabilities") or {}).get("add") or ())
        if added - _CAPABILITIES:
            extra = f"{_quoted(sorted(added - _CAPABILITIES))} in securityContext.capabilities.add"
            yield f'non-default capabilities (container "{name}" must not include {extra})'
        ports = [str(port["hostPort"]) for port in container.get("ports") or () if port.get("hostPort")]
        if ports:
            yield f'hostPort (container "{name}" uses hostPort {", ".join(ports)})'
    if level == "restricted":
        yield from _restricted(spec, containers)


def _restricted(spec: Object, containers: list[Object]) -> Iterator[str]:
    pod_context = spec.get("securityContext") or {}
    for container in containers:
        context = container.get("securityContext") or {}
        name = container["name"]
        if context.get("allowPrivilegeEscalation") is not False:
            wanted = "securityContext.allowPrivilegeEscalation=false"
            yield f'allowPrivilegeEscalation != false (container "{name}" must set {wanted})'
        if "ALL" not in ((context.get("capabilities") or {}).get("drop") or ()):
            yield f'unrestricted capabilities (container "{name}" must set securityContext.capabilities.drop=["ALL"])'
        if not context.get("runAsNonRoot", pod_context.get("runAsNonRoot")):
            yield f'runAsNonRoot != true (pod or container "{name}" must set securityContext.runAsNonRoot=true)'
        profile = context.get("seccompProfile") or pod_context.get("seccompProfile") or {}
        if profile.get("type") not in {"RuntimeDefault", "Localhost"}:
            wanted = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
            yield f'seccompProfile (pod or container "{name}" must set {wanted})'
    for volume in spec.get("volumes") or ():
        sort = next((key for key in volume if key != "name"), "emptyDir")
        if sort not in _RESTRICTED_VOLUMES:
            yield f'restricted volume types (volume "{volume["name"]}" uses restricted volume type "{sort}")'


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
