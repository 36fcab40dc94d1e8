"""Renders a kustomization as `kubectl kustomize` does, as far as deploy/ uses it; what it does not know is an error.

So that the manifests are checked everywhere: the kubectl of a distribution may be missing, or older than components. A test
compares it with the real one where that is new enough. Only one thing differs: no hash is added to generated names.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from playground.cluster.patches import json_patch, strategic_patch
from playground.cluster.schema import Schemas

Manifest = dict[str, Any]

CLUSTER_WIDE = {
    "ClusterRole",
    "ClusterRoleBinding",
    "Namespace",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}
# The type of each kind, as the Kubernetes client calls its model.
MODELS = {
    "ClusterRole": "V1ClusterRole",
    "ClusterRoleBinding": "V1ClusterRoleBinding",
    "ConfigMap": "V1ConfigMap",
    "Deployment": "V1Deployment",
    "Ingress": "V1Ingress",
    "Namespace": "V1Namespace",
    "NetworkPolicy": "V1NetworkPolicy",
    "PersistentVolumeClaim": "V1PersistentVolumeClaim",
    "PodDisruptionBudget": "V1PodDisruptionBudget",
    "Service": "V1Service",
    "ServiceAccount": "V1ServiceAccount",
    "ValidatingAdmissionPolicy": "V1ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding": "V1ValidatingAdmissionPolicyBinding",
}
_KNOWN = {
    "apiVersion",
    "kind",
    "namespace",
    "resources",
    "components",
    "patches",
    "configMapGenerator",
    "images",
}


def render(folder: Path, below: list[Manifest] | None = None) -> list[Manifest]:
    """The objects of the kustomization in `folder`, on top of those `below` when it is a component."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    if unknown := set(kustomization) - _KNOWN:
        raise ValueError(f"{folder}: this reader does not know {', '.join(sorted(unknown))}")
    objects = list(below or ())
    for name in kustomization.get("resources", ()):
        path = folder / name
        objects += render(path) if path.is_dir() else _documents(path)
    _generate(folder, kustomization.get("configMapGenerator", ()), objects)
    for name in kustomization.get("components", ()):
        objects = render(folder / name, objects)
    for patch in kustomization.get("patches", ()):
        _patch(folder, patch, objects)
    if namespace := kustomization.get("namespace"):
        for each in objects:
            if each["kind"] not in CLUSTER_WIDE:
                each["metadata"]["namespace"] = namespace
    for image in kustomization.get("images", ()):
        for container in _containers(objects):
            if container["image"].partition(":")[0].partition("@")[0] == image["name"]:
                container["image"] = _renamed(image)
    _no_twins(objects)
    return objects


def _documents(path: Path) -> list[Manifest]:
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each is not None]


def _generate(folder: Path, generators: list[Manifest], objects: list[Manifest]) -> None:
    for generator in generators:
        data = {}
        for entry in generator["files"]:
            key, _, path = entry.rpartition("=")
            data[key or Path(path).name] = (folder / path).read_text(encoding="utf-8")
        if generator.get("behavior", "create") == "create":
            made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}, "data": data}
            objects.append(made)
            continue
        [existing] = [
            each for each in objects if each["kind"] == "ConfigMap" and each["metadata"]["name"] == generator["name"]
        ]
        kept = existing["data"] if generator["behavior"] == "merge" else {}
        existing["data"] = {**kept, **data}


def _patch(folder: Path, patch: Manifest, objects: list[Manifest]) -> None:
    text = patch["patch"] if "patch" in patch else (folder / patch["path"]).read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    target = patch.get("target") or {"kind": content["kind"], "name": content["metadata"]["name"]}
    found = [
        index
        for index, each in enumerate(objects)
        if each["kind"] == target.get("kind", each["kind"])
        and each["metadata"]["name"] == target.get("name", each["metadata"]["name"])
    ]
    if not found:
        raise ValueError(f"{folder}: nothing is {target}")
    for index in found:
        if isinstance(content, list):
            objects[index] = json_patch(objects[index], content)
        else:
            schema = Schemas().struct(MODELS[objects[index]["kind"]])
            objects[index] = strategic_patch(schema, objects[index], content)


def _renamed(image: Manifest) -> str:
    name = image.get("newName", image["name"])
    return f"{name}@{image['digest']}" if "digest" in image else f"{name}:{image['newTag']}"


def _containers(objects: list[Manifest]) -> Iterator[Manifest]:
    for each in objects:
        if each["kind"] == "Deployment":
            yield from each["spec"]["template"]["spec"]["containers"]


def _no_twins(objects: list[Manifest]) -> None:
    seen = set()
    for each in objects:
        key = (each["apiVersion"], each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        if key in seen:
            raise ValueError(f"twice: {key}")
        seen.add(key)
