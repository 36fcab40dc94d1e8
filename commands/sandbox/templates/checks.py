"""Whether rendered objects may stand in a sandbox: nothing that its user may not make, nothing that takes its walls for its own.

The cluster refuses it too, for a template is made with the sandbox user's rights; here it is said before anything is made. Pure.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from commands.sandbox.objects import ACCESS_SECRET, DOMAIN, GUARD_NAME
from integrations.kubernetes import KubernetesObject

_CORE = ("ConfigMap", "PersistentVolumeClaim", "Pod", "Secret", "Service")
_APPS = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")

CREATABLE: Final[Mapping[tuple[str, str], str]] = {
    **{("v1", kind): kind for kind in _CORE},
    **{("apps/v1", kind): kind for kind in _APPS},
    ("batch/v1", "CronJob"): "CronJob",
    ("batch/v1", "Job"): "Job",
    ("autoscaling/v2", "HorizontalPodAutoscaler"): "HorizontalPodAutoscaler",
    ("policy/v1", "PodDisruptionBudget"): "PodDisruptionBudget",
    ("networking.k8s.io/v1", "Ingress"): "Ingress",
}
"""What the ClusterRole platform-bot-sandbox-user (deploy/base/sandbox-role.yaml) lets a sandbox's user create."""

# Made in this order, whatever the files are called: what others refer to first.
_ORDER: Final = ("ConfigMap", "Secret", "PersistentVolumeClaim", "Service")
MOST: Final = 50
_METADATA: Final = {"name", "labels", "annotations"}
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
_TOKEN: Final = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secret


def problems_of(objects: Sequence[KubernetesObject]) -> list[str]:
    """What is wrong with them, each naming its object."""
    found = [f"{_title(each)}: {problem}" for each in objects for problem in _problems(each)]
    titles = [_title(each) for each in objects]
    found += [f"{title}: stands twice" for title in sorted(set(titles)) if titles.count(title) > 1]
    if len(objects) > MOST:
        found.append(f"there are {len(objects)} objects; {MOST} are the most")
    return found


def secrets_outside(objects: Sequence[KubernetesObject], made: Iterable[str]) -> list[str]:
    """A generated secret stands in one Secret only: it is made once, and nobody could put it into a second after a crash."""
    problems = []
    for secret in made:
        holding = [each for each in objects if secret in json.dumps(each)]
        problems += [
            f"{_title(each)}: holds a generated secret, which only a Secret may; refer to it there"
            for each in holding
            if each.get("kind") != "Secret"
        ]
        if len(secret_objects := [each for each in holding if each.get("kind") == "Secret"]) > 1:
            problems.append(
                f"{_title(secret_objects[1])}: holds a generated secret that {_title(holding[0])} has already"
            )
    return problems


def in_order(objects: Iterable[KubernetesObject]) -> list[KubernetesObject]:
    return sorted(objects, key=lambda each: _ORDER.index(each["kind"]) if each["kind"] in _ORDER else len(_ORDER))


def _problems(manifest: KubernetesObject) -> Iterable[str]:
    api_version, kind = manifest.get("apiVersion"), manifest.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        yield "needs apiVersion and kind"
        return
    if (api_version, kind) not in CREATABLE:
        versions = [version for version, known in CREATABLE if known == kind]
        instead = f"; it is {versions[0]}" if versions else ""
        yield f"{api_version} {kind} is nothing that a sandbox's user may make{instead}"
        return
    if "status" in manifest:
        yield "status is the cluster's own"
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        yield "needs metadata.name"
        return
    yield from _named(metadata)
    if kind == "Secret":
        if metadata.get("name") == ACCESS_SECRET:
            yield "is named like the Secret that access to the sandbox hangs on"
        if manifest.get("type") == _TOKEN:
            yield f"{_TOKEN} would be a key to the cluster that never ends"
    if kind == "Service":
        yield from _service(manifest.get("spec"))


def _named(metadata: Mapping[str, Any]) -> Iterable[str]:
    name = metadata.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield "metadata.name must be at most 63 lower-case letters, digits, dashes and dots"
    elif name == GUARD_NAME:
        yield "is named like the sandbox's guards"
    if "namespace" in metadata:
        yield "metadata.namespace must not be set: it is the sandbox's"
    if others := sorted(set(metadata) - _METADATA - {"namespace"}):
        yield f"metadata.{others[0]} must not be set"
    for part in ("labels", "annotations"):
        marks = metadata.get(part)
        if isinstance(marks, dict) and (ours := [key for key in marks if key.partition("/")[0] == DOMAIN]):
            yield f"metadata.{part}: {ours[0]} is the bot's own"


def _service(spec: object) -> Iterable[str]:
    wanted = spec.get("type") if isinstance(spec, dict) else None
    if wanted in ("NodePort", "LoadBalancer"):
        yield f"a Service of type {wanted} has no room in a sandbox's quota"


def _title(manifest: KubernetesObject) -> str:
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{manifest.get('kind') or 'an object'} {name or 'without a name'}"
