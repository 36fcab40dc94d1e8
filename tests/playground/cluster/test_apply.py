"""Server-side apply, as a function: whose fields they are, what goes, what stays, what conflicts."""

from typing import Any

import pytest

from playground.cluster import fields
from playground.cluster.apply import Owned, Writer, after_update, apply, owners_of, with_owners
from playground.cluster.kinds import Kind, Kinds, Object
from playground.cluster.schema import Schemas
from playground.cluster.status import Refusal

KINDS = Kinds()
SCHEMAS = Schemas()
ME = Writer("me", "Apply")
OTHER = Writer("other", "Apply")
EDITOR = Writer("editor", "Update")
NOW = "2026-11-02T09:00:00Z"


def _kind(name: str) -> Kind:
    return KINDS.named(name)


class Server:
    """Keeps one object, as the API server does."""

    def __init__(self, kind: str) -> None:
        self.kind = _kind(kind)
        self.schema = SCHEMAS.struct(self.kind.model)
        self.item: Object = {}

    def apply(self, item: Object, writer: Writer = ME, *, force: bool = False) -> Object:
        whole = {"metadata": {"name": "x"}, **item}
        merged, owners = apply(self.kind, self.schema, self.item, whole, writer, force=force, now=NOW)
        self.item = with_owners(merged, owners)
        return self.item

    def edit(self, item: Object, writer: Writer = EDITOR) -> None:
        owners = after_update(self.kind, self.schema, self.item, item, writer, now=NOW)
        self.item = with_owners(item, owners)

    def owned(self, writer: Writer = ME) -> list[str]:
        owned = owners_of(self.item).get(writer)
        return sorted(fields.shown(path) for path in owned.fields) if owned else []


def config_map(**data: str) -> Object:
    return {"data": data}


def test_the_first_apply_owns_what_it_says() -> None:
    server = Server("ConfigMap")
    server.apply({"data": {"a": "1"}, "metadata": {"name": "x", "labels": {"l": "1"}}})
    assert server.item["data"] == {"a": "1"}
    assert server.owned() == [".data.a", ".metadata.labels.l"]


def test_a_field_no_longer_applied_goes_and_takes_its_empty_parent_along() -> None:
    server = Server("ConfigMap")
    server.apply(config_map(a="1"))
    assert "data" not in server.apply({})


def test_a_field_that_another_applies_too_stays() -> None:
    server = Server("ConfigMap")
    server.apply(config_map(a="1", b="1"))
    server.apply(config_map(b="1"), OTHER)
    assert server.apply({})["data"] == {"b": "1"}
    assert server.owned() == []


def test_anothers_value_is_a_conflict_that_names_who_and_what() -> None:
    server = Server("ConfigMap")
    server.apply(config_map(a="1"))
    with pytest.raises(Refusal) as refusal:
        server.apply(config_map(a="2"), OTHER)
    assert refusal.value.code == 409
    assert refusal.value.message == 'Apply failed with 1 conflict: conflict with "me": .data.a'


def test_several_conflicts_are_all_named() -> None:
    server = Server("ConfigMap")
    server.edit({"metadata": {"name": "x"}, "data": {"a": "1", "b": "1", "c": "1"}})
    with pytest.raises(Refusal) as refusal:
        server.apply(config_map(a="2", b="2", c="1"))
    assert [cause.field for cause in refusal.value.causes] == [".data.a", ".data.b"]
    assert refusal.value.causes[0].message == 'conflict with "editor" using v1'


def test_force_takes_the_field_over() -> None:
    server = Server("ConfigMap")
    server.apply(config_map(a="1", b="1"))
    assert server.apply(config_map(a="2"), OTHER, force=True)["data"] == {"a": "2", "b": "1"}
    assert server.owned() == [".data.b"]
    assert server.owned(OTHER) == [".data.a"]


def test_the_same_value_is_shared() -> None:
    server = Server("ConfigMap")
    server.apply(config_map(a="1"))
    server.apply(config_map(a="1"), OTHER)
    assert server.owned() == server.owned(OTHER) == [".data.a"]


def test_an_edit_takes_the_fields_it_changes_and_leaves_the_rest() -> None:
    server = Server("ConfigMap")
    server.apply(config_map(a="1", b="1"))
    server.edit({"metadata": {"name": "x"}, "data": {"a": "2", "b": "1"}})
    assert server.owned() == [".data.b"]
    assert server.owned(EDITOR) == [".data.a"]


def test_a_field_deleted_by_an_edit_is_nobodys() -> None:
    server = Server("ConfigMap")
    server.apply(config_map(a="1", b="1"))
    server.edit({"metadata": {"name": "x"}, "data": {"b": "1"}})
    assert server.owned() == [".data.b"]
    # It is not there any more, so applying it again is no conflict.
    assert server.apply(config_map(a="3", b="1"))["data"] == {"a": "3", "b": "1"}


def test_containers_are_matched_by_name_and_ports_by_number_and_protocol() -> None:
    server = Server("Deployment")

    def with_containers(*containers: Object) -> Object:
        return {"spec": {"template": {"spec": {"containers": list(containers)}}}}

    server.apply(with_containers({"name": "a", "image": "a:1", "ports": [{"containerPort": 80}]}))
    server.apply(with_containers({"name": "b", "image": "b:1"}, {"name": "a", "ports": [{"containerPort": 81}]}), OTHER)
    containers = {item["name"]: item for item in server.item["spec"]["template"]["spec"]["containers"]}
    assert containers["a"]["image"] == "a:1"
    assert sorted(port["containerPort"] for port in containers["a"]["ports"]) == [80, 81]
    with pytest.raises(Refusal) as refusal:
        server.apply(with_containers({"name": "a", "image": "a:2"}), OTHER)
    assert refusal.value.causes[0].field == '.spec.template.spec.containers[name="a"].image'
    after = server.apply(with_containers({"name": "b", "image": "b:1"}), OTHER)
    ports = next(item for item in after["spec"]["template"]["spec"]["containers"] if item["name"] == "a")["ports"]
    assert ports == [{"containerPort": 80}]


def test_an_item_that_somebody_still_owns_a_part_of_stays() -> None:
    server = Server("Deployment")
    spec: Any = {"template": {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}}
    server.apply({"spec": spec})
    env = {"template": {"spec": {"containers": [{"name": "a", "env": [{"name": "E", "value": "1"}]}]}}}
    server.apply({"spec": env}, OTHER)
    after = server.apply({})
    assert after["spec"]["template"]["spec"]["containers"] == [{"name": "a", "env": [{"name": "E", "value": "1"}]}]


def test_lists_without_keys_are_replaced_as_a_whole() -> None:
    server = Server("RoleBinding")
    server.apply({"subjects": [{"kind": "User", "name": "a"}, {"kind": "User", "name": "b"}]})
    assert server.owned() == [".subjects"]
    with pytest.raises(Refusal):
        server.apply({"subjects": [{"kind": "User", "name": "c"}]}, OTHER)
    after = server.apply({"subjects": [{"kind": "User", "name": "c"}]})
    assert after["subjects"] == [{"kind": "User", "name": "c"}]


def test_finalizers_are_a_set_that_everybody_adds_to() -> None:
    server = Server("ConfigMap")
    server.apply({"metadata": {"name": "x", "finalizers": ["a.b/c"]}})
    server.apply({"metadata": {"name": "x", "finalizers": ["d.e/f"]}}, OTHER)
    assert server.item["metadata"]["finalizers"] == ["a.b/c", "d.e/f"]
    assert server.apply({})["metadata"]["finalizers"] == ["d.e/f"]


def test_an_empty_list_owns_an_atomic_list_and_empties_it() -> None:
    server = Server("NetworkPolicy")
    server.edit({"metadata": {"name": "x"}, "spec": {"ingress": [{}], "policyTypes": ["Ingress"]}})
    after = server.apply({"spec": {"ingress": []}}, force=True)
    assert after["spec"]["ingress"] == []
    assert server.owned() == [".spec.ingress"]


@pytest.mark.parametrize(
    "paths",
    [
        {("f:data", "f:a")},
        {("f:spec",), ("f:spec", "f:x")},
        {("f:spec", 'k:{"name":"a"}'), ("f:spec", 'k:{"name":"a"}', "f:name"), ("f:metadata", 'v:"x/y"')},
        set(),
    ],
    ids=["a leaf", "a parent that is a member", "list items", "nothing"],
)
def test_field_sets_survive_being_written_and_read(paths: set[fields.Path]) -> None:
    assert fields.from_v1(fields.to_v1(frozenset(paths))) == paths


def test_managed_fields_are_written_as_kubectl_shows_them() -> None:
    owned = {ME: Owned("v1", NOW, frozenset({("f:data", "f:a")}))}
    assert with_owners({"metadata": {"name": "x"}}, owned)["metadata"]["managedFields"] == [
        {
            "manager": "me",
            "operation": "Apply",
            "apiVersion": "v1",
            "time": NOW,
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {"f:a": {}}},
        }
    ]
