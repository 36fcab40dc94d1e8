"""What counts as a difference between an object as it should be and as it is."""

import copy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.sandbox.drift import agrees, brought_to, differences, marks_of_others, quantity, would_change
from commands.sandbox.objects import SPEC_HASH, sandbox_objects, spec_hash
from integrations.kubernetes import KubernetesObject
from playground.cluster import quantities
from tests.commands.sandbox.test_objects import plan


def live(wanted: KubernetesObject) -> KubernetesObject:
    """As a server gives it back."""
    item = copy.deepcopy(wanted)
    item["metadata"] |= {"uid": "u-1", "resourceVersion": "7", "managedFields": [{"manager": "platform-bot"}]}
    return item


def of(kind: str, name: str = "") -> KubernetesObject:
    return next(each for each in sandbox_objects(plan()) if each["kind"] == kind and name in each["metadata"]["name"])


def test_what_was_written_agrees_with_what_is_read_whatever_the_server_adds() -> None:
    for wanted in sandbox_objects(plan()):
        there = live(wanted)
        there["status"] = {"hard": {"pods": "9"}}
        there["metadata"]["labels"]["kubernetes.io/metadata.name"] = "x"
        assert agrees(wanted, there)
        assert differences(wanted, there) == ()


def test_the_same_quantity_written_otherwise_is_no_difference() -> None:
    wanted = of("ResourceQuota")
    there = live(wanted)
    there["spec"]["hard"] |= {"requests.cpu": "2000m", "requests.memory": "4096Mi", "pods": "2e1"}
    assert agrees(wanted, there)
    there["spec"]["hard"]["pods"] = "21"
    assert [(each.path, each.found, each.wanted) for each in differences(wanted, there)] == [
        ("spec.hard.pods", "21", "20")
    ]


def test_labels_are_no_quantities() -> None:
    wanted = of("Namespace")
    wanted["metadata"]["labels"]["n"] = "1"
    there = live(wanted)
    there["metadata"]["labels"]["n"] = "1.0"
    assert not agrees(wanted, there)


def _without_label(item: KubernetesObject) -> None:
    del item["metadata"]["labels"]["app.kubernetes.io/managed-by"]


def _second_selector(item: KubernetesObject) -> None:
    item["spec"]["ingress"][0]["from"][0]["namespaceSelector"] = {}


def _second_peer(item: KubernetesObject) -> None:
    item["spec"]["ingress"][0]["from"].append({"namespaceSelector": {}})


def _way_in(item: KubernetesObject) -> None:
    item["spec"]["ingress"] = [{}]


def _other_pods(item: KubernetesObject) -> None:
    item["spec"]["podSelector"] = {"matchLabels": {"a": "b"}}


def _another_subject(item: KubernetesObject) -> None:
    item["subjects"].append({"kind": "User", "name": "mallory"})


def _another_role(item: KubernetesObject) -> None:
    item["roleRef"]["name"] = "cluster-admin"


def _more_room(item: KubernetesObject) -> None:
    item["spec"]["limits"][0]["max"]["cpu"] = "64"


def _no_bound(item: KubernetesObject) -> None:
    del item["spec"]["limits"][1]


def _token_in_pods(item: KubernetesObject) -> None:
    item["automountServiceAccountToken"] = True


@pytest.mark.parametrize(
    ("kind", "name", "somebody"),
    [
        ("Namespace", "", _without_label),
        ("NetworkPolicy", "same-namespace", _second_selector),
        ("NetworkPolicy", "same-namespace", _second_peer),
        ("NetworkPolicy", "default-deny", _way_in),
        ("NetworkPolicy", "default-deny", _other_pods),
        ("RoleBinding", "", _another_subject),
        ("RoleBinding", "", _another_role),
        ("LimitRange", "", _more_room),
        ("LimitRange", "", _no_bound),
        ("ServiceAccount", "default", _token_in_pods),
    ],
)
def test_every_way_to_take_a_wall_down_is_a_difference_that_is_named(kind: str, name: str, somebody: Any) -> None:
    wanted = of(kind, name)
    there = live(wanted)
    somebody(there)
    assert not agrees(wanted, there)
    assert differences(wanted, there)


def test_what_was_added_to_a_guard_is_named_with_what_was_there() -> None:
    there = live(of("NetworkPolicy", "default-deny"))
    _way_in(there)
    [found] = differences(of("NetworkPolicy", "default-deny"), there)
    assert (found.path, found.found, found.wanted) == ("spec.ingress", "[{}]", None)


def test_an_apply_that_changes_only_who_owns_a_field_changes_nothing() -> None:
    there = live(of("ResourceQuota"))
    applied = copy.deepcopy(there)
    applied["metadata"] |= {"managedFields": [], "resourceVersion": "8"}
    assert not would_change(there, applied)
    applied["spec"]["hard"]["pods"] = "1"
    assert would_change(there, applied)


def test_a_namespace_says_which_plan_it_stood_under() -> None:
    there = live(of("Namespace"))
    assert brought_to(there, spec_hash(plan()))
    assert not brought_to(there, spec_hash(plan(asleep=True)))
    del there["metadata"]["annotations"][SPEC_HASH]
    assert not brought_to(there, spec_hash(plan()))


def test_marks_of_others_are_all_that_is_not_ours_or_the_clusters() -> None:
    there = live(of("Namespace"))
    there["metadata"]["labels"] |= {"kubernetes.io/metadata.name": "x", "istio-injection": "enabled"}
    there["metadata"]["annotations"]["example.com/note"] = "mine"
    assert marks_of_others(of("Namespace"), there) == ("example.com/note", "istio-injection")


@given(
    st.from_regex(r"[+-]?(\d{1,9}(\.\d{0,6})?|\.\d{1,6})([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d)?", fullmatch=True).filter(
        str.isascii
    )
)
def test_quantities_are_read_as_the_server_reads_them(text: str) -> None:
    number = quantity(text)
    assert number == quantities.parse(text)
    if abs(quantities.parse(text)) >= Fraction(1, 10**9):
        assert quantity(quantities.canonical(text)) is not None


def test_what_is_no_quantity_is_none() -> None:
    for text in ("", "x", "1 Gi", "1e999999", "٣", None, True):
        assert quantity(text) is None, text
