"""What the double says no to, over the wire: the codes, reasons and fields that a real API server gives."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from playground.cluster import ClusterDouble
from playground.cluster.kinds import Object
from tests.conftest import FakeClock
from tests.playground.cluster.conftest import Wire, config_map, deployment, pod

MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
QUOTAS = "/api/v1/namespaces/default/resourcequotas"
RBAC = "rbac.authorization.k8s.io"


async def test_strangers_learn_the_version_and_nothing_else(wire: Wire) -> None:
    nobody = wire.with_headers(Authorization="")
    assert (await nobody.call("GET", "/version")).body["minor"] == "36"
    assert (await nobody.call("GET", "/readyz")).body == "ok"
    for path in ("/api", "/apis", MAPS):
        answer = await nobody.call("GET", path)
        assert (answer.status, answer.reason) == (401, "Unauthorized")
    assert (await wire.with_token("wrong").call("GET", "/version")).status == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothings", 404),
        ("GET", "/apis/nobody.example/v1/things", 404),
        ("GET", "/api/v1/namespaces/default/pods/absent", 404),
        ("GET", "/api/v1/pods/some-name", 404),
        ("GET", "/api/v1/namespaces/default/namespaces/x", 404),
        ("POST", "/api/v1/pods", 405),
        ("PUT", MAPS, 405),
        ("PATCH", MAPS, 405),
        ("POST", f"{MAPS}/x", 405),
        ("GET", "/apis/authorization.k8s.io/v1/subjectaccessreviews", 405),
        ("GET", f"{PODS}/x/nothing", 404),
    ],
)
async def test_paths_that_are_none(wire: Wire, method: str, path: str, status: int) -> None:
    answer = await wire.call(method, path, {} if method != "GET" else None)
    assert answer.status == status
    assert answer.body["kind"] == "Status"


@pytest.mark.parametrize(
    ("item", "status", "field"),
    [
        (config_map(""), 422, "metadata.name"),
        (config_map("UPPER"), 422, "metadata.name"),
        (config_map("a" * 254), 422, "metadata.name"),
        ({**config_map("x"), "metadata": {"name": "x", "labels": {"bad key!": "v"}}}, 422, "metadata.labels"),
        ({**config_map("x"), "metadata": {"name": "x", "labels": {"k": "v" * 64}}}, 422, "metadata.labels"),
        ({**config_map("x"), "metadata": {"name": "x", "labels": {"k": "-v"}}}, 422, "metadata.labels"),
        ({**config_map("x"), "metadata": {"name": "x", "finalizers": ["unqualified"]}}, 422, "metadata.finalizers"),
        (
            {**config_map("x"), "metadata": {"name": "x", "annotations": {"k": "v" * 262145}}},
            422,
            "metadata.annotations",
        ),
        ({**config_map("x"), "apiVersion": "v2"}, 400, None),
        ({**config_map("x"), "kind": "Secret"}, 400, None),
        ({"metadata": {"name": "x"}}, 400, None),
        ({**config_map("x"), "data": {"a": 1}}, 400, None),
        ({**config_map("x"), "metadata": {"name": "x", "namespace": "other"}}, 400, None),
        ({**config_map("x"), "metadata": {"name": "x", "resourceVersion": "5"}}, 400, None),
        ("[]", 400, None),
        ("{", 400, None),
        ("", 400, None),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
async def test_objects_that_are_refused(wire: Wire, item: object, status: int, field: str | None) -> None:
    answer = await wire.call("POST", MAPS, item)
    assert (answer.status, answer.body["code"]) == (status, status)
    if field:
        assert answer.reason == "Invalid"
        assert field in answer.fields


QUOTA: Object = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "x"}}
LIMITS: Object = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "x"}}
POLICY: Object = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x"}}
BINDING: Object = {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": {"name": "x"}}
SERVICE: Object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}


def _limits(**limit: Any) -> Object:
    return {**LIMITS, "spec": {"limits": [{"type": "Container", **limit}]}}


def _egress(block: Object) -> Object:
    return {**POLICY, "spec": {"podSelector": {}, "egress": [{"to": [{"ipBlock": block}]}]}}


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({**QUOTA, "spec": {"hard": {"podz": "1"}}}, "spec.hard[podz]"),
        ({**QUOTA, "spec": {"hard": {"pods": "500m"}}}, "spec.hard[pods]"),
        ({**QUOTA, "spec": {"hard": {"pods": "-1"}}}, "spec.hard[pods]"),
        (_limits(default={"cpu": "2"}, max={"cpu": "1"}), "spec.limits[0].default[cpu]"),
        (_limits(defaultRequest={"cpu": "2"}, default={"cpu": "1"}), "spec.limits[0].defaultRequest[cpu]"),
        (_limits(type="Containers"), "spec.limits[0].type"),
        (_limits(type="PersistentVolumeClaim", max={"cpu": "1"}), "spec.limits[0].limits"),
        (_egress({"cidr": "not-an-address"}), "spec.egress[0].to[0].ipBlock.cidr"),
        (_egress({"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}), "spec.egress[0].to[0].ipBlock.except[0]"),
        (_egress({"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}), "spec.egress[0].to[0].ipBlock.except[0]"),
        (_egress({"cidr": "0.0.0.0/0", "except": ["fd00::/8"]}), "spec.egress[0].to[0].ipBlock.except[0]"),
        ({**POLICY, "spec": {"podSelector": {}, "policyTypes": ["Sideways"]}}, "spec.policyTypes[0]"),
        ({**POLICY, "spec": {"podSelector": {}, "ingress": [{"from": [{}]}]}}, "spec.ingress[0].from[0]"),
        ({**BINDING, "roleRef": {"kind": "Role", "name": ""}}, "roleRef.name"),
        ({**BINDING, "roleRef": {"kind": "Rolle", "name": "x"}}, "roleRef.kind"),
        (
            {
                **BINDING,
                "roleRef": {"kind": "Role", "name": "x"},
                "subjects": [{"kind": "ServiceAccount", "name": "a"}],
            },
            "subjects[0].namespace",
        ),
        ({**SERVICE, "metadata": {"name": "1st"}, "spec": {"ports": [{"port": 80}]}}, "metadata.name"),
        ({**SERVICE, "spec": {"ports": [{"port": 0}]}}, "spec.ports[0].port"),
        ({**SERVICE, "spec": {"ports": [{"port": 80}, {"port": 81}]}}, "spec.ports[0].name"),
        ({**pod("x"), "spec": {"containers": []}}, "spec.containers"),
        ({**pod("x"), "spec": {"containers": [{"name": "a"}]}}, "spec.containers[0].image"),
        ({**pod("x"), "spec": {"containers": [{"name": "A", "image": "i"}]}}, "spec.containers[0].name"),
        (
            {**pod("x"), "spec": {"containers": [{"name": "a", "image": "i", "volumeMounts": [{"name": "v"}]}]}},
            "spec.containers[0].volumeMounts[0].name",
        ),
        ({**deployment("x"), "spec": {**deployment("x")["spec"], "selector": None}}, "spec.selector"),
        (
            {**deployment("x"), "spec": {**deployment("x")["spec"], "selector": {"matchLabels": {"other": "y"}}}},
            "spec.template.metadata.labels",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_kind_is_checked_where_the_real_server_checks_it(
    double: ClusterDouble, wire: Wire, item: Object, field: str
) -> None:
    await double.wait_until(lambda: double.object("ServiceAccount", "default", "default") is not None)
    plurals = {
        "ResourceQuota": "/api/v1/namespaces/default/resourcequotas",
        "LimitRange": "/api/v1/namespaces/default/limitranges",
        "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
        "RoleBinding": f"/apis/{RBAC}/v1/namespaces/default/rolebindings",
        "Service": "/api/v1/namespaces/default/services",
        "Pod": PODS,
        "Deployment": "/apis/apps/v1/namespaces/default/deployments",
    }
    answer = await wire.call("POST", plurals[item["kind"]], item)
    assert (answer.status, answer.reason) == (422, "Invalid"), answer.body
    assert field in answer.fields


@pytest.mark.parametrize(
    ("label", "value"), [("enforce", "tight"), ("enforce-version", "1.30"), ("warn-version", "v2")]
)
async def test_pod_security_labels_are_checked_on_the_namespace(wire: Wire, label: str, value: str) -> None:
    metadata = {"name": "x", "labels": {f"pod-security.kubernetes.io/{label}": value}}
    answer = await wire.call(
        "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    )
    assert answer.status == 422
    assert answer.fields == [f"metadata.labels[pod-security.kubernetes.io/{label}]"]


async def test_unknown_fields_are_refused_warned_of_or_dropped_as_asked(wire: Wire) -> None:
    item = {**config_map("x"), "dada": 1}
    strict = await wire.call("POST", MAPS, item, fieldValidation="Strict")
    assert strict.status == 400
    assert 'strict decoding error: unknown field "dada"' in strict.message
    warned = await wire.call("POST", MAPS, item)
    assert warned.status == 201
    assert warned.warnings == ['299 - "unknown field \\"dada\\""']
    assert "dada" not in warned.body
    silent = await wire.call("POST", MAPS, {**item, "metadata": {"name": "y"}}, fieldValidation="Ignore")
    assert (silent.status, silent.warnings) == (201, [])


async def test_server_side_apply_answers_500_to_a_field_that_is_not_declared(wire: Wire) -> None:
    answer = await wire.apply(f"{MAPS}/x", {**config_map("x"), "dada": 1})
    assert (answer.status, answer.reason) == (500, "")
    assert answer.message.startswith("failed to create typed patch object (default/x; v1, Kind=ConfigMap): .dada: ")


async def test_an_apply_needs_a_manager_and_a_merge_patch_takes_no_force(wire: Wire) -> None:
    assert (await wire.apply(f"{MAPS}/x", config_map("x"), fieldManager="")).status == 422
    await wire.call("POST", MAPS, config_map("x"))
    assert (await wire.merge(f"{MAPS}/x", {}, force="true")).status == 422


async def test_a_patch_of_no_known_type_is_415(wire: Wire) -> None:
    await wire.call("POST", MAPS, config_map("x"))
    assert (await wire.call("PATCH", f"{MAPS}/x", {}, content_type="application/json")).status == 415
    assert (await wire.call("POST", MAPS, "a=b", content_type="application/x-www-form-urlencoded")).status == 415


async def test_an_update_of_an_old_version_is_a_conflict(wire: Wire) -> None:
    first = (await wire.call("POST", MAPS, config_map("x"))).body
    assert (await wire.call("PUT", f"{MAPS}/x", {**first, "data": {"a": "1"}})).status == 200
    again = await wire.call("PUT", f"{MAPS}/x", {**first, "data": {"a": "2"}})
    assert (again.status, again.reason) == (409, "Conflict")
    assert "please apply your changes to the latest version" in again.message


async def test_a_write_that_changes_nothing_keeps_the_version(wire: Wire) -> None:
    first = (await wire.call("POST", MAPS, config_map("x", data={"a": "1"}))).body
    same = (await wire.merge(f"{MAPS}/x", {"data": {"a": "1"}}, fieldManager="tester")).body
    assert same["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    ("path", "patch", "field"),
    [
        (
            "/apis/apps/v1/namespaces/default/deployments/x",
            {"spec": {"selector": {"matchLabels": {"a": "b"}}}},
            "spec.selector",
        ),
        (f"/apis/{RBAC}/v1/namespaces/default/rolebindings/x", {"roleRef": {"name": "other"}}, "roleRef"),
        (f"{PODS}/x", {"spec": {"nodeName": "elsewhere"}}, "spec"),
    ],
)
async def test_what_may_not_change_does_not(
    double: ClusterDouble, wire: Wire, path: str, patch: Object, field: str
) -> None:
    await double.wait_until(lambda: double.object("ServiceAccount", "default", "default") is not None)
    double.put(deployment("x"))
    double.put({**BINDING, "roleRef": {"kind": "Role", "name": "x"}})
    double.put(pod("x"))
    answer = await wire.merge(path, patch)
    assert (answer.status, answer.reason) == (422, "Invalid")
    assert field in answer.fields


async def test_names_can_be_left_to_the_server(wire: Wire) -> None:
    item = {**config_map("x"), "metadata": {"generateName": "made-"}}
    names = {(await wire.call("POST", MAPS, item)).body["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("made-") and len(name) == 10 for name in names)


async def test_a_page_shows_the_moment_of_the_first(double: ClusterDouble, wire: Wire) -> None:
    await double.wait_until(lambda: bool(double.objects("ConfigMap", "default")))  # the cluster's own comes by itself
    for name in ("a", "b", "c", "d"):
        double.put(config_map(name))
    first = (await wire.call("GET", MAPS, limit="2")).body
    assert first["kind"] == "ConfigMapList"
    assert first["metadata"]["remainingItemCount"] == len(double.objects("ConfigMap", "default")) - 2
    double.put(config_map("aa"))
    double.delete("ConfigMap", "d", "default")
    rest = (await wire.call("GET", MAPS, **{"limit": "10", "continue": first["metadata"]["continue"]})).body
    names = [item["metadata"]["name"] for item in (*first["items"], *rest["items"])]
    assert [name for name in names if len(name) < 3] == ["a", "b", "c", "d"]
    assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    assert "kind" not in rest["items"][0]


async def test_an_expired_page_is_410_and_a_broken_one_400(double: ClusterDouble, wire: Wire) -> None:
    for name in ("a", "b"):
        double.put(config_map(name))
    token = (await wire.call("GET", MAPS, limit="1")).body["metadata"]["continue"]
    double.expire_continue_tokens()
    gone = await wire.call("GET", MAPS, **{"continue": token})
    assert (gone.status, gone.reason) == (410, "Expired")
    assert (await wire.call("GET", MAPS, **{"continue": "nonsense!"})).status == 400


async def test_deleting_many_by_label(double: ClusterDouble, wire: Wire) -> None:
    for name in ("a", "b"):
        double.put({**config_map(name), "metadata": {"name": name, "labels": {"l": name}}})
    assert (await wire.call("DELETE", MAPS, labelSelector="l=a")).status == 200
    assert double.object("ConfigMap", "a", "default") is None
    assert double.object("ConfigMap", "b", "default") is not None


async def test_a_finalizer_holds_an_object_until_it_is_taken_off(double: ClusterDouble, wire: Wire) -> None:
    double.put({**config_map("x"), "metadata": {"name": "x", "finalizers": ["a.b/c"]}})
    held = await wire.call("DELETE", f"{MAPS}/x")
    assert held.body["metadata"]["deletionTimestamp"]
    added = await wire.merge(f"{MAPS}/x", {"metadata": {"finalizers": ["a.b/c", "d.e/f"]}})
    assert (added.status, added.fields) == (422, ["metadata.finalizers"])
    await wire.merge(f"{MAPS}/x", {"metadata": {"finalizers": None}})
    assert double.object("ConfigMap", "x", "default") is None


# --- tokens and rights ----------------------------------------------------------------------------------------------


async def _bob(double: ClusterDouble, wire: Wire, **spec: Any) -> tuple[Wire, datetime]:
    double.put({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bob"}})
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    answer = await wire.call("POST", "/api/v1/namespaces/default/serviceaccounts/bob/token", request)
    assert answer.status == 201, answer.body
    status = answer.body["status"]
    return wire.with_token(status["token"]), datetime.fromisoformat(status["expirationTimestamp"]).astimezone(UTC)


def _grant(double: ClusterDouble, *rules: Object) -> None:
    double.put({"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": "bobs"}, "rules": list(rules)})
    double.put(
        {
            **BINDING,
            "metadata": {"name": "bobs"},
            "roleRef": {"kind": "Role", "name": "bobs"},
            "subjects": [{"kind": "ServiceAccount", "name": "bob", "namespace": "default"}],
        }
    )


async def test_a_token_ends_when_it_said_it_would(double: ClusterDouble, wire: Wire, clock: FakeClock) -> None:
    bob, expires = await _bob(double, wire, expirationSeconds=600)
    assert expires == clock.now() + timedelta(seconds=600)
    assert (await bob.call("GET", "/api")).status == 200
    clock.advance(599)
    assert (await bob.call("GET", "/api")).status == 200
    clock.advance(1)
    assert (await bob.call("GET", "/api")).status == 401


async def test_the_server_grants_less_than_was_asked_for(double: ClusterDouble, wire: Wire, clock: FakeClock) -> None:
    _bob_wire, expires = await _bob(double, wire, expirationSeconds=30 * 24 * 3600)
    assert expires == clock.now() + timedelta(days=1)


async def test_a_token_dies_with_its_account_and_is_not_revived_by_a_namesake(
    double: ClusterDouble, wire: Wire
) -> None:
    bob, _expires = await _bob(double, wire)
    double.delete("ServiceAccount", "bob", "default")
    assert (await bob.call("GET", "/api")).status == 401
    double.put({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bob"}})
    assert (await bob.call("GET", "/api")).status == 401


async def test_a_token_for_somebody_elses_audience_is_not_taken(double: ClusterDouble, wire: Wire) -> None:
    bob, _expires = await _bob(double, wire, audiences=["vault"])
    assert (await bob.call("GET", "/api")).status == 401


async def test_a_changed_token_is_forged(double: ClusterDouble, wire: Wire) -> None:
    bob, _expires = await _bob(double, wire)
    head, body, signature = bob.headers["Authorization"].split(".")
    forged = f"{head}.{body}.{signature[::-1]}".removeprefix("Bearer ")
    assert (await wire.with_token(forged).call("GET", "/api")).status == 401


async def test_rights_are_what_roles_and_bindings_say(double: ClusterDouble, wire: Wire) -> None:
    bob, _expires = await _bob(double, wire)
    refused = await bob.call("GET", MAPS)
    assert (refused.status, refused.reason) == (403, "Forbidden")
    assert 'User "system:serviceaccount:default:bob" cannot list resource "configmaps"' in refused.message
    _grant(double, {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "patch"]})
    assert (await bob.call("GET", MAPS)).status == 200
    assert (await bob.call("GET", "/api/v1/namespaces/kube-system/configmaps")).status == 403
    # An apply that would create needs the right to create, too.
    assert (await bob.apply(f"{MAPS}/new", config_map("new"))).status == 403
    double.put(config_map("old"))
    assert (await bob.apply(f"{MAPS}/old", config_map("old", data={"a": "1"}))).status == 200


async def test_named_resources_and_subresources_are_rights_of_their_own(double: ClusterDouble, wire: Wire) -> None:
    bob, _expires = await _bob(double, wire)
    _grant(
        double,
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
    )
    double.put(config_map("mine"))
    assert (await bob.call("GET", f"{MAPS}/mine")).status == 200
    assert (await bob.call("GET", f"{MAPS}/kube-root-ca.crt")).status == 403
    assert (await bob.call("GET", MAPS)).status == 403
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    assert (await bob.call("POST", f"{accounts}/bob/token", {"spec": {}})).status == 201
    assert (await bob.call("GET", f"{accounts}/bob")).status == 403


async def test_nobody_gives_away_what_they_do_not_have(double: ClusterDouble, wire: Wire) -> None:
    bob, _expires = await _bob(double, wire)
    write_roles = {"apiGroups": [RBAC], "resources": ["roles", "rolebindings"], "verbs": ["create", "patch", "update"]}
    _grant(double, write_roles, {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]})
    roles = f"/apis/{RBAC}/v1/namespaces/default/roles"

    def role(verb: str) -> Object:
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": [verb]}]
        return {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": f"pods-{verb}"}, "rules": rules}

    assert (await bob.call("POST", roles, role("get"))).status == 201
    refused = await bob.call("POST", roles, role("delete"))
    assert refused.status == 403
    assert "attempting to grant RBAC permissions not currently held" in refused.message
    binding = {**BINDING, "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}}
    assert (await bob.call("POST", f"/apis/{RBAC}/v1/namespaces/default/rolebindings", binding)).status == 403


async def test_acting_as_somebody_else_is_a_right(double: ClusterDouble, wire: Wire) -> None:
    bob, _expires = await _bob(double, wire)
    as_eve = wire.with_headers(Impersonate_User="eve")
    assert (await as_eve.call("GET", MAPS)).status == 403
    assert (await as_eve.call("GET", "/api")).status == 200
    assert (await bob.with_headers(Impersonate_User="admin").call("GET", "/api")).status == 403


async def test_reviews_answer_for_others_and_for_oneself(double: ClusterDouble, wire: Wire) -> None:
    bob, _expires = await _bob(double, wire)
    _grant(double, {"apiGroups": ["apps"], "resources": ["*"], "verbs": ["*"]})
    group = "/apis/authorization.k8s.io/v1"

    async def may(attributes: Object) -> bool:
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": attributes}
        answer = await bob.call("POST", f"{group}/selfsubjectaccessreviews", body)
        return bool(answer.body["status"]["allowed"])

    deployments = {"verb": "delete", "group": "apps", "resource": "deployments", "namespace": "default"}
    assert await may({"resourceAttributes": deployments})
    assert not await may({"resourceAttributes": {**deployments, "namespace": "kube-system"}})
    assert not await may({"resourceAttributes": {**deployments, "group": ""}})
    assert await may({"nonResourceAttributes": {"path": "/apis/apps", "verb": "get"}})
    assert (await bob.call("POST", f"{group}/subjectaccessreviews", {"spec": {"user": "x"}})).status == 403
    nothing = await wire.call("POST", f"{group}/subjectaccessreviews", {"spec": {"user": "x"}})
    assert nothing.status == 400


# --- answers for kubectl --------------------------------------------------------------------------------------------


async def test_discovery_names_every_kind_with_its_verbs(wire: Wire) -> None:
    resources = {item["name"]: item for item in (await wire.call("GET", "/api/v1")).body["resources"]}
    assert resources["pods"]["shortNames"] == ["po"]
    assert resources["namespaces"]["namespaced"] is False
    assert resources["serviceaccounts/token"]["kind"] == "TokenRequest"
    groups = {group["name"] for group in (await wire.call("GET", "/apis")).body["groups"]}
    assert {"apps", "batch", "networking.k8s.io", RBAC, "authorization.k8s.io"} <= groups


async def test_a_table_is_given_to_who_asks_for_one(wire: Wire) -> None:
    asking = wire.with_headers(Accept="application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
    table = (await asking.call("GET", "/api/v1/namespaces")).body
    assert table["kind"] == "Table"
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Status", "Age"]
    assert table["rows"][0]["cells"] == ["default", "Active", "0s"]


async def test_yaml_bodies_are_read(wire: Wire) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: '1'\n"
    assert (await wire.call("POST", MAPS, text, content_type="application/yaml")).status == 201
    assert (await wire.apply(f"{MAPS}/y", text.replace("name: x", "name: y"))).status == 201
    assert (await wire.call("POST", MAPS, "{[", content_type="application/yaml")).status == 400
