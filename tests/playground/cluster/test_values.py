"""Quantities, selectors and patches: small languages, each read as the API server reads it."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.cluster import quantities
from playground.cluster.kinds import Kinds
from playground.cluster.patches import json_patch, merge_patch, strategic_patch
from playground.cluster.schema import Schemas
from playground.cluster.selectors import field_test, label_test, structured_test
from playground.cluster.status import Refusal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", Fraction(1)),
        ("500m", Fraction(1, 2)),
        ("0.5", Fraction(1, 2)),
        (".5", Fraction(1, 2)),
        ("2.", Fraction(2)),
        ("1Ki", Fraction(1024)),
        ("1.5Gi", Fraction(3 * 2**29)),
        ("2e3", Fraction(2000)),
        ("1E", Fraction(10**18)),
        ("-3", Fraction(-3)),
    ],
)
def test_quantities_are_read_exactly(text: str, value: Fraction) -> None:
    assert quantities.parse(text) == value


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1GB", "1mi", "0x1", "1,5", "1.2.3", "NaN"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    assert not quantities.is_quantity(text)
    with pytest.raises(ValueError, match="not a quantity"):
        quantities.parse(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1536Mi", "1536Mi"),
        ("1.5Gi", "1536Mi"),
        ("5000", "5k"),
        ("0", "0"),
        ("0Gi", "0"),
        ("100Ki", "100Ki"),
        ("1500m", "1500m"),
        ("2e3", "2k"),
    ],
)
def test_quantities_are_written_as_the_server_writes_them(text: str, written: str) -> None:
    assert quantities.canonical(text) == written


@given(st.integers(0, 10**15), st.sampled_from(["", "m", "k", "M", "Ki", "Mi", "Gi"]))
def test_writing_a_quantity_keeps_its_value(number: int, suffix: str) -> None:
    text = f"{number}{suffix}"
    assert quantities.parse(quantities.canonical(text)) == quantities.parse(text)


@pytest.mark.parametrize(
    ("selector", "labels", "wanted"),
    [
        ("", {}, True),
        ("a=b", {"a": "b"}, True),
        ("a==b", {"a": "c"}, False),
        ("a!=b", {}, True),
        ("a!=b", {"a": "b"}, False),
        ("a in (b,c)", {"a": "c"}, True),
        ("a in (b, c),d", {"a": "c"}, False),
        ("a notin (b)", {}, True),
        ("!a", {"a": ""}, False),
        ("a", {"a": ""}, True),
        ("x.io/a=b-c.d_e", {"x.io/a": "b-c.d_e"}, True),
        ("a=", {"a": ""}, True),
        ("a ==", {"a": ""}, True),
        ("a=", {}, False),
    ],
)
def test_label_selectors(selector: str, labels: dict[str, str], wanted: bool) -> None:
    assert label_test(selector)(labels) is wanted


@pytest.mark.parametrize("selector", ["a in b", "(a)", "a=b=c", "a>b", "a b"])
def test_unreadable_selectors_are_bad_requests(selector: str) -> None:
    with pytest.raises(Refusal) as refusal:
        label_test(selector)
    assert refusal.value.code == 400


def test_selectors_inside_objects_select_nothing_when_absent_and_all_when_empty() -> None:
    assert not structured_test(None)({})
    assert structured_test({})({})
    expression = {
        "matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}, {"key": "c", "operator": "Exists"}]
    }
    assert structured_test(expression)({"c": "1"})
    assert not structured_test(expression)({"c": "1", "a": "b"})
    assert not structured_test({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]})({"a": "1"})


def test_only_the_fields_the_server_indexes_can_be_selected_by() -> None:
    pods = Kinds().named("Pod")
    assert field_test(pods, "status.phase!=Running")({"metadata": {}, "status": {"phase": "Pending"}})
    with pytest.raises(Refusal, match="field label not supported"):
        field_test(pods, "spec.containers=x")


def test_merge_patches_replace_lists_and_remove_by_null() -> None:
    before: Any = {"a": {"b": 1, "c": 2}, "l": [1, 2]}
    assert merge_patch(before, {"a": {"b": None}, "l": [3], "n": {"x": None}}) == {"a": {"c": 2}, "l": [3], "n": {}}
    assert before == {"a": {"b": 1, "c": 2}, "l": [1, 2]}


def test_strategic_patches_merge_lists_by_key() -> None:
    schema = Schemas().struct("V1PodSpec")
    before = {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}], "tolerations": [{"key": "x"}]}
    patch = {
        "containers": [{"name": "b", "image": "2"}, {"name": "a", "$patch": "delete"}],
        "tolerations": [{"key": "y"}],
        "$setElementOrder/containers": [{"name": "b"}],
    }
    assert strategic_patch(schema, before, patch) == {
        "containers": [{"name": "b", "image": "2"}],
        "tolerations": [{"key": "y"}],
    }


def test_json_patches_do_their_operations_in_order() -> None:
    operations = [
        {"op": "test", "path": "/a/b~1c", "value": 1},
        {"op": "replace", "path": "/a/b~1c", "value": 2},
        {"op": "add", "path": "/l/-", "value": 3},
        {"op": "add", "path": "/l/0", "value": 0},
        {"op": "remove", "path": "/l/1"},
        {"op": "copy", "from": "/l", "path": "/k"},
        {"op": "move", "from": "/k", "path": "/m"},
    ]
    assert json_patch({"a": {"b/c": 1}, "l": [1, 2]}, operations) == {"a": {"b/c": 2}, "l": [0, 2, 3], "m": [0, 2, 3]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": 2},
        {"op": "replace", "path": "/absent", "value": 2},
        {"op": "remove", "path": "/absent"},
        {"op": "add", "path": "/l/9", "value": 2},
        {"op": "add", "path": "/absent/b", "value": 2},
    ],
    ids=lambda operation: str(operation["op"]) + operation["path"],
)
def test_json_patches_that_do_not_fit_are_refused(operation: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refusal:
        json_patch({"a": 1, "l": []}, [operation])
    assert refusal.value.code == 422
