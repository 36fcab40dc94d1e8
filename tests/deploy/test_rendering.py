"""Every variant renders, the same with kubectl, and is of the form that Kubernetes takes: an unknown field is an error."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from integrations.kubernetes import Cluster, reference_of
from playground.cluster import ClusterDouble
from playground.cluster.schema import Schemas
from tests.deploy.conftest import rendered
from tests.deploy.kustomization import MODELS, Manifest
from tests.deploy.variants import DEPLOY, VARIANTS, named, write

PODS = reference_of("v1", "Pod")
COMPONENTS_SINCE = (1, 21)
# The Prometheus Operator's types are not in the Kubernetes client: the fields that we use, from its API reference.
CUSTOM = {
    "PodMonitor": {"selector": {"matchLabels"}, "podMetricsEndpoints": {"port", "path", "interval"}},
    "PrometheusRule": {"groups": {"name", "interval", "rules"}},
}


def kubectl_is_new_enough() -> bool:
    if shutil.which("kubectl") is None:
        return False
    told = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True, timeout=60).stdout
    found = re.search(r'v(\d+)\.(\d+)|GitVersion:"v(\d+)\.(\d+)', told)
    return found is not None and tuple(int(part) for part in found.groups() if part)[:2] >= COMPONENTS_SINCE


@pytest.fixture(scope="module")
def kubectl() -> None:
    required = "kubectl" in os.environ.get("PLATFORM_TEST_REQUIRE", "").split(",")
    if not kubectl_is_new_enough() and not required:
        pytest.skip("kubectl is not installed, or does not know components")


def without_hashes(manifests: list[Manifest]) -> dict[tuple[str, str], Manifest]:
    """By kind and name; the hash that kubectl adds to generated names is taken off, wherever it stands."""
    plain = re.sub(r"(platform-bot-config)-[a-z0-9]{10}\b", r"\1", yaml.safe_dump_all(manifests))
    found = {}
    for each in yaml.safe_load_all(plain):
        found[each["kind"], each["metadata"]["name"]] = in_order(each)
    return found


def in_order(manifest: Manifest) -> Manifest:
    """Lists that are merged by key may come in any order: volumes, their mounts, variables."""
    if manifest["kind"] == "Deployment":
        spec = manifest["spec"]["template"]["spec"]
        spec["volumes"].sort(key=lambda each: each["name"])
        for container in spec["containers"]:
            container["env"].sort(key=lambda each: each["name"])
            container["volumeMounts"].sort(key=lambda each: each["mountPath"])
    return manifest


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_kubectl_renders_the_same(variant: tuple[str, tuple[str, ...]], kubectl: None, tmp_path: Path) -> None:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    folder = write(tmp_path / "ours", variant)
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert without_hashes(list(yaml.safe_load_all(done.stdout))) == without_hashes(rendered(variant))


def test_every_field_exists_and_has_its_type(objects: list[Manifest]) -> None:
    schemas = Schemas()
    wrong = [
        f"{each['kind']} {each['metadata']['name']}: {misfit}"
        for each in objects
        if each["kind"] not in CUSTOM
        for misfit in schemas.misfits(schemas.struct(MODELS[each["kind"]]), each)
    ]
    assert wrong == []


def test_required_fields_are_there(objects: list[Manifest]) -> None:
    """The client's model classes refuse to be made without what the API requires."""
    from kubernetes.client import ApiClient, Configuration

    client = ApiClient(Configuration())
    for each in objects:
        if each["kind"] not in CUSTOM:
            model = client._ApiClient__deserialize(each, MODELS[each["kind"]])  # type: ignore[attr-defined]
            assert model.metadata.name == each["metadata"]["name"]


def test_the_operators_types_use_known_fields_only(objects: list[Manifest]) -> None:
    for each in objects:
        known = CUSTOM.get(each["kind"])
        if known is None:
            continue
        assert set(each) == {"apiVersion", "kind", "metadata", "spec"}
        assert each["apiVersion"] == "monitoring.coreos.com/v1"
        assert set(each["spec"]) <= set(known)
        for field, allowed in known.items():
            value = each["spec"].get(field, [])
            for part in value if isinstance(value, list) else [value]:
                assert set(part) <= allowed


def test_a_misspelt_field_is_found() -> None:
    schemas = Schemas()
    found = list(schemas.misfits(schemas.struct("V1Deployment"), {"spec": {"template": {"spec": {"container": []}}}}))
    assert [(misfit.path, misfit.unknown) for misfit in found] == [("spec.template.spec.container", True)]


def test_every_folder_is_one_of_a_variant() -> None:
    """A component that no variant names would be tested by nobody."""
    folders = {path.parent.name for path in (DEPLOY / "components").glob("*/kustomization.yaml")}
    assert folders == {name for _overlay, components in VARIANTS for name in components}
    assert {path.parent.name for path in (DEPLOY / "overlays").glob("*/kustomization.yaml")} == {
        overlay for overlay, _components in VARIANTS
    }


def test_every_file_is_used() -> None:
    """A manifest that no kustomization names would be applied by nobody."""
    for path in (DEPLOY / "base", *(DEPLOY / "overlays").iterdir(), *(DEPLOY / "components").iterdir()):
        text = (path / "kustomization.yaml").read_text()
        for file in path.iterdir():
            assert file.name == "kustomization.yaml" or file.name in text, file


async def test_a_cluster_takes_it_and_runs_it_under_the_restricted_standard(
    overlay: list[Manifest], tmp_path: Path
) -> None:
    """The double validates like an API server, and refuses pods that Pod Security forbids."""
    async with (
        ClusterDouble() as double,
        Cluster(kubeconfig=str(double.write_kubeconfig(tmp_path / "config"))) as cluster,
    ):
        for manifest in [*overlay, *overlay]:
            await cluster.apply(manifest)
        wanted = next(each["spec"]["replicas"] for each in overlay if each["kind"] == "Deployment")
        async with asyncio.timeout(30):
            while len([1 async for _pod in cluster.list(PODS, "platform-bot")]) != wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def test_no_secret_is_in_the_manifests(objects: list[Manifest]) -> None:
    assert "Secret" not in {each["kind"] for each in objects}
    for each in objects:
        if each["kind"] != "ConfigMap":
            assert "stringData" not in set(_keys(each))
