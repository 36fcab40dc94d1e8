"""The admission policies, judged on requests: all that the bot does for a sandbox passes, what it must never do is refused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from commands.sandbox.objects import ID_LABEL, MANAGED_BY_LABEL, sandbox_objects, unwanted_objects
from tests.commands.sandbox.test_objects import plan
from tests.deploy.cel import CelError, evaluate
from tests.deploy.conftest import rendered
from tests.deploy.kustomization import Manifest

BOT = "system:serviceaccount:platform-bot:platform-bot"
OBJECTS = rendered(("postgres", ("admission-policy",)))
POLICIES = [each["spec"] for each in OBJECTS if each["kind"] == "ValidatingAdmissionPolicy"]
PLURALS = {
    "LimitRange": "limitranges",
    "Namespace": "namespaces",
    "NetworkPolicy": "networkpolicies",
    "Pod": "pods",
    "ResourceQuota": "resourcequotas",
    "RoleBinding": "rolebindings",
    "Secret": "secrets",
    "ServiceAccount": "serviceaccounts",
}


@dataclass(frozen=True)
class Request:
    operation: str
    group: str
    resource: str
    name: str
    object: Manifest | None = None
    old: Manifest | None = None
    namespace: Manifest | None = None
    user: str = BOT

    def variables(self) -> Mapping[str, Any]:
        plural, _, subresource = self.resource.partition("/")
        return {
            "request": {
                "operation": self.operation,
                "name": self.name,
                "resource": {"group": self.group, "version": "v1", "resource": plural},
                "subResource": subresource,
                "userInfo": {"username": self.user},
            },
            "object": self.object,
            "oldObject": self.old,
            "namespaceObject": self.namespace,
        }


def matched(policy: Manifest, request: Request) -> bool:
    return any(
        request.operation in rule["operations"]
        and request.group in rule["apiGroups"]
        and any(
            resource == request.resource
            or (resource.endswith("/*") and request.resource.startswith(resource.removesuffix("*")))
            for resource in rule["resources"]
        )
        for rule in policy["matchConstraints"]["resourceRules"]
    )


def judge(request: Request) -> list[str]:
    """The messages of the validations that refuse it. (An expression that fails refuses too: failurePolicy is Fail.)"""
    variables = request.variables()
    refusals = []
    for policy in POLICIES:
        conditions = [each["expression"] for each in policy["matchConditions"]]
        if not matched(policy, request) or not all(evaluate(each, variables) for each in conditions):
            continue
        for validation in policy["validations"]:
            try:
                fine = evaluate(validation["expression"], variables)
            except CelError:
                fine = False
            if not fine:
                refusals.append(validation["message"])
    return refusals


def request(
    operation: str, manifest: Manifest, *, old: Manifest | None = None, namespace: Manifest | None = None
) -> Request:
    group = manifest["apiVersion"].rpartition("/")[0]
    return Request(
        operation,
        group,
        PLURALS[manifest["kind"]],
        manifest["metadata"]["name"],
        None if operation == "DELETE" else manifest,
        manifest if operation == "DELETE" else old,
        namespace,
    )


def life() -> Iterator[Request]:
    """What the reconciler does to a sandbox, from its making to its end."""
    namespace, *inside = sandbox_objects(plan())
    yield request("CREATE", namespace)
    yield request("UPDATE", namespace, old=namespace)
    for manifest in inside:
        yield request("CREATE", manifest, namespace=namespace)
        yield request("UPDATE", manifest, old=manifest, namespace=namespace)
    for key in unwanted_objects(plan()):
        found = {"apiVersion": "networking.k8s.io/v1", "kind": key.reference.kind, "metadata": {"name": key.name}}
        yield request("DELETE", found, namespace=namespace)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "sandbox-access"}}
    yield request("CREATE", secret, namespace=namespace)
    yield request("DELETE", secret, namespace=namespace)
    token = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {"name": "sandbox-user"}}
    yield Request("CREATE", "", "serviceaccounts/token", "sandbox-user", token, None, namespace)
    yield request("DELETE", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}, namespace=namespace)
    yield request("DELETE", namespace)


def test_the_whole_life_of_a_sandbox_passes() -> None:
    requests = list(life())
    assert len(requests) > 20
    for each in requests:
        assert judge(each) == [], each


def changed(manifest: Manifest, **labels: str | None) -> Manifest:
    """The namespace with labels added, or (None) taken off; `_` stands for the characters no Python name has."""
    names = {"sandbox_id": ID_LABEL, "managed_by": MANAGED_BY_LABEL, "enforce": "pod-security.kubernetes.io/enforce"}
    result = dict(manifest["metadata"]["labels"])
    for name, value in labels.items():
        result.pop(names[name], None)
        if value is not None:
            result[names[name]] = value
    return {**manifest, "metadata": {**manifest["metadata"], "labels": result}}


OURS, QUOTA, *_REST = sandbox_objects(plan())
BARE: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}
OTHERS = {**BARE, "metadata": {"name": "sbx-of-somebody", "labels": {"team": "a"}}}
DISGUISED = {**OURS, "metadata": {**OURS["metadata"], "name": "kube-system"}}
BINDING = next(each for each in sandbox_objects(plan()) if each["kind"] == "RoleBinding")
TOKEN: Manifest = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {}}

FORBIDDEN = {
    "deleting a namespace without labels": request("DELETE", BARE),
    "deleting a namespace of others that is named like ours": request("DELETE", OTHERS),
    "deleting a system namespace that somebody labelled as ours": request("DELETE", DISGUISED),
    "deleting a namespace that something else manages": request("DELETE", changed(OURS, managed_by="argocd")),
    "deleting a namespace without its id": request("DELETE", changed(OURS, sandbox_id=None)),
    "adopting a namespace by labelling it": request("UPDATE", OURS, old=changed(OURS, sandbox_id=None)),
    "adopting one without any label": request("UPDATE", DISGUISED, old=BARE),
    "taking the id off": request("UPDATE", changed(OURS, sandbox_id=None), old=OURS),
    "taking its manager off": request("UPDATE", changed(OURS, managed_by=None), old=OURS),
    "making it another sandbox": request("UPDATE", changed(OURS, sandbox_id="sb-other"), old=OURS),
    "lowering Pod Security": request("UPDATE", changed(OURS, enforce="privileged"), old=OURS),
    "lifting Pod Security": request("UPDATE", changed(OURS, enforce=None), old=OURS),
    "making a namespace without labels": request("CREATE", OTHERS),
    "making a system namespace": request("CREATE", DISGUISED),
    "making one without Pod Security": request("CREATE", changed(OURS, enforce=None)),
    "finalizing a namespace of others": Request("UPDATE", "", "namespaces/finalize", "kube-system", BARE, BARE),
    "a quota in kube-system": request("CREATE", QUOTA, namespace=BARE),
    "a quota in a namespace of others": request("UPDATE", QUOTA, old=QUOTA, namespace=OTHERS),
    "a quota in a namespace that something else manages": request(
        "CREATE", QUOTA, namespace=changed(OURS, managed_by="argocd")
    ),
    "giving away another role": request(
        "CREATE", {**BINDING, "roleRef": {**BINDING["roleRef"], "name": "cluster-admin"}}, namespace=OURS
    ),
    "giving away a Role of the same name": request(
        "UPDATE", {**BINDING, "roleRef": {**BINDING["roleRef"], "kind": "Role"}}, old=BINDING, namespace=OURS
    ),
    "a role binding in kube-system": request("CREATE", BINDING, namespace=BARE),
    "a token of somebody else's sandbox-user": Request(
        "CREATE", "", "serviceaccounts/token", "sandbox-user", TOKEN, None, OTHERS
    ),
    **{
        f"{operation.lower()} of {plural} in kube-system": request(
            operation, {"apiVersion": version, "kind": kind, "metadata": {"name": "any"}}, namespace=BARE
        )
        for kind, plural in PLURALS.items()
        for operation in ("CREATE", "DELETE")
        for version in [
            {"NetworkPolicy": "networking.k8s.io/v1", "RoleBinding": "rbac.authorization.k8s.io/v1"}.get(kind, "v1")
        ]
        if kind != "Namespace"
    },
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_bot_is_refused(what: str) -> None:
    assert judge(FORBIDDEN[what])


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nobody_else_is_held_by_our_policies(what: str) -> None:
    by_somebody = {**FORBIDDEN[what].__dict__, "user": "system:serviceaccount:kube-system:namespace-controller"}
    assert judge(Request(**by_somebody)) == []


def test_every_validation_refuses_something_that_no_other_does() -> None:
    """Else it could be left out."""
    alone = {refusals[0] for each in FORBIDDEN.values() if len(refusals := judge(each)) == 1}
    assert alone == {validation["message"] for policy in POLICIES for validation in policy["validations"]}


def test_everything_that_the_bot_may_write_is_watched() -> None:
    """A right that is added to the role must be narrowed too."""
    [role] = [each for each in OBJECTS if each["kind"] == "ClusterRole" and each["metadata"]["name"] == "platform-bot"]
    operations = {"create": "CREATE", "patch": "UPDATE", "delete": "DELETE", "update": "UPDATE"}
    for rule in role["rules"]:
        for verb in set(rule["verbs"]) & set(operations):
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    assert any(matched(each, Request(operations[verb], group, resource, "any")) for each in POLICIES)


def test_a_policy_that_cannot_be_evaluated_refuses_and_each_is_bound() -> None:
    names = {each["metadata"]["name"] for each in OBJECTS if each["kind"] == "ValidatingAdmissionPolicy"}
    assert {policy["failurePolicy"] for policy in POLICIES} == {"Fail"}
    bindings = [each["spec"] for each in OBJECTS if each["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert {each["policyName"] for each in bindings} == names
    assert all("Deny" in each["validationActions"] for each in bindings)


def test_the_account_that_is_held_is_the_bots() -> None:
    account = next(each["metadata"] for each in OBJECTS if each["kind"] == "ServiceAccount")
    assert f"system:serviceaccount:{account['namespace']}:{account['name']}" == BOT
    conditions = {each["expression"] for policy in POLICIES for each in policy["matchConditions"]}
    assert conditions == {f'request.userInfo.username == "{BOT}"'}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('a.b == "x" && !(a.b != "x")', True),
        ('a.b == "and" || a.b in ["x", "y"]', True),
        ("has(a.c)", False),
        ('has(a.b) && a.b.startsWith("y")', False),
        ("n == null", True),
        ('"b" in a && a["b"] == "x"', True),
    ],
)
def test_expressions_mean_what_they_mean_in_cel(expression: str, expected: bool) -> None:
    assert evaluate(expression, {"a": {"b": "x"}, "n": None}) is expected


@pytest.mark.parametrize("expression", ["a.c", "a.b", "a.b && true", "a.b + 1 == 2", "a and a", "a.b ==", "x == 1"])
def test_what_is_no_answer_is_an_error(expression: str) -> None:
    with pytest.raises(CelError):
        evaluate(expression, {"a": {"b": "x"}})
