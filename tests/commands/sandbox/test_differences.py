"""What a template made, compared with what is there now."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from commands.sandbox.templates.catalogue import Catalogue
from commands.sandbox.templates.differences import differing_fields
from commands.sandbox.templates.loading import load_templates

CATALOGUE = Catalogue(load_templates(None), "example.com")
Edit = Callable[[dict[str, Any]], Any]


def manifest(template: str, kind: str) -> dict[str, Any]:
    objects = CATALOGUE.objects(template, {}, "shop", "sbx-shop-1", "payments")
    return next(each for each in objects if each["kind"] == kind)


def container(live: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = live["spec"]["template"]["spec"]["containers"][0]
    return found


def changed(edit: Edit, template: str = "web", kind: str = "Deployment") -> tuple[str, ...]:
    wanted = manifest(template, kind)
    live = copy.deepcopy(wanted)
    edit(live)
    return differing_fields(wanted, live)


@pytest.mark.parametrize(
    "edit",
    [
        lambda live: None,
        lambda live: live["metadata"].update(namespace="sbx-shop-1", uid="u", resourceVersion="7"),
        lambda live: live["metadata"]["labels"].update({"platform-bot.io/template": "web"}),
        lambda live: live.update(status={"replicas": 1}),
        lambda live: live["spec"].update(revisionHistoryLimit=10),
        lambda live: container(live).update(terminationMessagePath="/dev/termination-log"),
        lambda live: live["spec"]["template"]["spec"]["containers"].insert(0, {"name": "sidecar", "image": "x"}),
    ],
)
def test_what_the_cluster_or_somebody_added_is_no_difference(edit: Edit) -> None:
    assert changed(edit) == ()


@pytest.mark.parametrize(
    ("edit", "paths"),
    [
        (lambda live: live["spec"].update(replicas=3), ("spec.replicas",)),
        (lambda live: live["spec"].pop("replicas"), ("spec.replicas",)),
        (
            lambda live: container(live).update(image="nginx:1"),
            ("spec.template.spec.containers[web].image",),
        ),
        (lambda live: container(live).update(name="other"), ("spec.template.spec.containers[web]",)),
        (
            lambda live: container(live)["securityContext"]["capabilities"].update(drop=[]),
            ("spec.template.spec.containers[web].securityContext.capabilities.drop",),
        ),
        (
            lambda live: (live["spec"].update(replicas=3), container(live)["ports"][0].update(containerPort=1)),
            ("spec.replicas", "spec.template.spec.containers[web].ports[http].containerPort"),
        ),
    ],
)
def test_each_field_that_differs_is_named(edit: Edit, paths: tuple[str, ...]) -> None:
    assert changed(edit) == paths


def test_the_same_amount_written_otherwise_is_no_difference() -> None:
    memory = "spec.template.spec.containers[postgres].resources.limits.memory"

    def limits(live: dict[str, Any], text: str) -> None:
        container(live)["resources"]["limits"]["memory"] = text

    assert changed(lambda live: limits(live, "524288Ki"), "postgres", "StatefulSet") == ()
    assert changed(lambda live: limits(live, "1Gi"), "postgres", "StatefulSet") == (memory,)


def test_what_is_in_a_secret_is_not_compared_only_whether_it_is_there() -> None:
    wanted = manifest("postgres", "Secret")
    keys = wanted["stringData"]
    live = {**wanted, "stringData": None, "data": dict.fromkeys(keys, "c2VjcmV0")}
    assert differing_fields(wanted, live) == ()
    del live["data"]["url"]
    assert differing_fields(wanted, live) == ("stringData.url",)
