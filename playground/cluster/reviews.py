"""The reviews: objects that are never stored, "created" to be answered: may X do Y, who am I, whose token is this."""

from typing import Any

from playground.cluster.kinds import Kind, Object
from playground.cluster.rbac import Attributes, Authorizer, User
from playground.cluster.status import bad_request
from playground.cluster.tokens import Tokens


class Reviews:
    def __init__(self, authorizer: Authorizer, tokens: Tokens) -> None:
        self._authorizer = authorizer
        self._tokens = tokens

    def answered(self, kind: Kind, namespace: str, body: Any, user: User) -> Object:
        if not isinstance(body, dict):
            raise bad_request("the body of the request is not an object")
        spec = body.get("spec") or {}
        return {
            "kind": kind.kind,
            "apiVersion": kind.api_version,
            "metadata": {"creationTimestamp": None},
            "spec": spec,
            "status": self._status(kind.kind, namespace, spec, user),
        }

    def _status(self, kind: str, namespace: str, spec: Object, user: User) -> Object:
        if kind == "SelfSubjectReview":
            return {"userInfo": user.as_object()}
        if kind == "TokenReview":
            bearer = self._tokens.user_of(spec.get("token", ""))
            return {"authenticated": True, "user": bearer.as_object()} if bearer else {"authenticated": False}
        if kind == "SelfSubjectRulesReview":
            return self._rules(user, spec.get("namespace", ""))
        who = user
        if kind != "SelfSubjectAccessReview":
            if not spec.get("user") and not spec.get("groups"):
                raise bad_request("at least one of user or group must be specified")
            who = User(spec.get("user", ""), tuple(spec.get("groups") or ()))
        wanted = _attributes(spec)
        if kind == "LocalSubjectAccessReview" and wanted.namespace != namespace:
            raise bad_request("must match the namespace")
        allowed = self._authorizer.allows(who, wanted)
        return {"allowed": True, "reason": "RBAC: allowed"} if allowed else {"allowed": False}

    def _rules(self, user: User, namespace: str) -> Object:
        rules = list(self._authorizer.rules(user, namespace))
        fields = ("verbs", "apiGroups", "resources", "resourceNames")
        return {
            "resourceRules": [
                {field: rule[field] for field in fields if rule.get(field)} for rule in rules if rule.get("resources")
            ],
            "nonResourceRules": [
                {"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
                for rule in rules
                if rule.get("nonResourceURLs")
            ],
            "incomplete": False,
        }


def _attributes(spec: Object) -> Attributes:
    resource: Object = spec.get("resourceAttributes") or {}
    path: Object = spec.get("nonResourceAttributes") or {}
    if bool(resource) == bool(path):
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be specified")
    if path:
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    fields = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attributes(**{field: resource.get(field, "") for field in fields})
