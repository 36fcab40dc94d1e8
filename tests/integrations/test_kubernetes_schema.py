"""The form of manifests, compared with the client library's own types; and that nothing of those is loaded before."""

import subprocess
import sys
from typing import Any

import pytest

from commands.sandbox.templates.checks import CREATABLE
from integrations.kubernetes.schema import Schemas

SCHEMAS = Schemas()


def deployment(**spec: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "main", "image": "nginx", **spec.pop("container", {})}], **spec.pop("pod", {})}
    selector = {"matchLabels": {"app": "web"}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"selector": selector, "template": template, **spec},
    }


def service(**port: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"ports": [{"port": 80, **port}]},
    }


@pytest.mark.parametrize(
    "manifest",
    [
        deployment(),
        deployment(replicas=None),
        deployment(strategy={"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}),
        deployment(container={"resources": {"limits": {"cpu": 1, "memory": "1.5Gi"}, "requests": {"cpu": "100m"}}}),
        deployment(container={"livenessProbe": {"httpGet": {"path": "/", "port": "http"}}}),
        deployment(pod={"volumes": [{"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}}]}),
        service(targetPort="http"),
        service(targetPort=8080),
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "some"}, "stringData": {"a": "b"}},
    ],
)
def test_a_right_manifest_has_no_misfits(manifest: dict[str, Any]) -> None:
    assert SCHEMAS.misfits(manifest) == []


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (deployment(replicas="1"), "Deployment web: spec.replicas must be a whole number"),
        (deployment(replicas=True), "Deployment web: spec.replicas must be a whole number"),
        (deployment(replica=1), "Deployment web: spec.replica is no field that Kubernetes knows"),
        (deployment(selector=None), "Deployment web: spec.selector is missing"),
        (deployment(paused="no"), "Deployment web: spec.paused must be true or false"),
        (deployment(template=[]), "Deployment web: spec.template must be a map with the fields of V1PodTemplateSpec"),
        (deployment(pod={"containers": {}}), "Deployment web: spec.template.spec.containers must be a list"),
        (
            deployment(container={"name": None}),
            "Deployment web: spec.template.spec.containers[0].name is missing",
        ),
        (
            deployment(container={"resources": {"limits": {"memory": "1 GB"}}}),
            "Deployment web: spec.template.spec.containers[0].resources.limits.memory must be a quantity such as 500m or 1Gi",
        ),
        (
            deployment(pod={"nodeSelector": {"zone": 1}}),
            "Deployment web: spec.template.spec.nodeSelector.zone must be text",
        ),
        (deployment(pod={"nodeSelector": []}), "Deployment web: spec.template.spec.nodeSelector must be a map"),
        (service(targetPort=1.5), "Service web: spec.ports[0].targetPort must be a whole number or text"),
        (service(port="80"), "Service web: spec.ports[0].port must be a whole number"),
        ({"apiVersion": "v1", "kind": "Sandbox"}, "Sandbox: nobody knows the form of v1 Sandbox"),
        ({"kind": "../Pod"}, "../Pod: nobody knows the form of None ../Pod"),
    ],
)
def test_a_wrong_manifest_is_described(manifest: dict[str, Any], problem: str) -> None:
    assert SCHEMAS.misfits(manifest) == [problem]


def test_every_mistake_is_named() -> None:
    assert len(SCHEMAS.misfits(deployment(replicas="1", container={"image": 3}, colour="red"))) == 3


@pytest.mark.parametrize(("api_version", "kind"), sorted(CREATABLE))
def test_every_kind_that_a_template_may_make_is_known(api_version: str, kind: str) -> None:
    problems = SCHEMAS.misfits({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, "colour": "red"})
    assert f"{kind} x: colour is no field that Kubernetes knows" in problems


def test_nothing_of_the_library_is_loaded_before_a_manifest_is_looked_at() -> None:
    program = "import sys, integrations.kubernetes.schema as it; it.Schemas(); assert 'kubernetes' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
