"""Who may do what: roles and bindings from the store, evaluated as RBAC evaluates them; authenticates nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playground.cluster.kinds import Kind, Kinds, Object
from playground.cluster.store import Store

GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class User:
    """An authenticated user. `service_account` is (namespace, name) when it is one."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""

    def as_object(self) -> Object:
        info: Object = {"username": self.name, "groups": list(self.groups)}
        return {**info, "uid": self.uid} if self.uid else info


def service_account_user(namespace: str, name: str, uid: str = "") -> User:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(f"system:serviceaccount:{namespace}:{name}", groups, uid)


@dataclass(frozen=True, slots=True)
class Attributes:
    """One thing somebody wants to do. A `path` instead of a resource for what is no object."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def rule_allows(rule: Object, wanted: Attributes) -> bool:
    verbs = rule.get("verbs") or ()
    if "*" not in verbs and wanted.verb not in verbs:
        return False
    if wanted.path:
        return any(
            url == wanted.path or (url.endswith("*") and wanted.path.startswith(url[:-1]))
            for url in rule.get("nonResourceURLs") or ()
        )
    groups = rule.get("apiGroups") or ()
    if "*" not in groups and wanted.group not in groups:
        return False
    resources = rule.get("resources") or ()
    named = {"*", wanted.full_resource}
    if wanted.subresource:
        named.add(f"*/{wanted.subresource}")
    if not named.intersection(resources):
        return False
    names = rule.get("resourceNames") or ()
    return not names or wanted.name in names


class Authorizer:
    def __init__(self, store: Store, kinds: Kinds) -> None:
        self._store = store
        self._role = kinds.named("Role")
        self._role_binding = kinds.named("RoleBinding")
        self._cluster_role = kinds.named("ClusterRole")
        self._cluster_role_binding = kinds.named("ClusterRoleBinding")

    def allows(self, user: User, wanted: Attributes) -> bool:
        if "system:masters" in user.groups:
            return True
        return any(rule_allows(rule, wanted) for rule in self.rules(user, wanted.namespace))

    def rules(self, user: User, namespace: str = "") -> Iterator[Object]:
        """Every rule that holds for the user there; cluster-wide ones only when no namespace is given."""
        if "system:masters" in user.groups:
            yield {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
            yield {"nonResourceURLs": ["*"], "verbs": ["*"]}
            return
        for binding in self._store.items(self._cluster_role_binding):
            if _is_subject(user, binding, ""):
                yield from self.role_rules(binding["roleRef"], "")
        if namespace:
            for binding in self._store.items(self._role_binding, namespace):
                if _is_subject(user, binding, namespace):
                    yield from self.role_rules(binding["roleRef"], namespace)

    def role_rules(self, reference: Object, namespace: str) -> Sequence[Object]:
        if reference["kind"] == "ClusterRole":
            role = self._store.get(self._cluster_role, "", reference["name"])
        else:
            role = self._store.get(self._role, namespace, reference["name"])
        return (role or {}).get("rules") or ()

    def may_grant(self, user: User, rules: Sequence[Object], namespace: str) -> bool:
        """Whether the user holds everything these rules give: nobody may give more than they have."""
        held = list(self.rules(user, namespace))
        return all(any(_covers(mine, part) for mine in held) for rule in rules for part in _parts(rule))

    def may_bind(self, user: User, binding: Object, kind: Kind) -> bool:
        reference = binding["roleRef"]
        namespace = binding["metadata"].get("namespace", "")
        resource = "clusterroles" if reference["kind"] == "ClusterRole" else "roles"
        wanted = Attributes("bind", GROUP, resource, namespace=namespace, name=reference["name"])
        if self.allows(user, wanted):
            return True
        return self.may_grant(user, self.role_rules(reference, namespace), namespace if kind.namespaced else "")


def _parts(rule: Object) -> Iterator[Object]:
    """A rule, taken apart into rules of one verb on one resource each."""
    for verb in rule.get("verbs") or ():
        for url in rule.get("nonResourceURLs") or ():
            yield {"verbs": [verb], "nonResourceURLs": [url]}
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                for name in rule.get("resourceNames") or [None]:
                    part = {"verbs": [verb], "apiGroups": [group], "resources": [resource]}
                    yield {**part, "resourceNames": [name]} if name else part


def _covers(mine: Object, part: Object) -> bool:
    for field in ("verbs", "apiGroups", "resources", "nonResourceURLs"):
        wanted, held = part.get(field) or (), mine.get(field) or ()
        if wanted and "*" not in held and not set(wanted) <= set(held):
            return False
    names = mine.get("resourceNames") or ()
    return not names or set(part.get("resourceNames") or [None]) <= set(names)


def _is_subject(user: User, binding: Object, namespace: str) -> bool:
    for subject in binding.get("subjects") or ():
        if subject["kind"] == "User" and subject["name"] == user.name:
            return True
        if subject["kind"] == "Group" and subject["name"] in user.groups:
            return True
        if subject["kind"] == "ServiceAccount":
            account = f"system:serviceaccount:{subject.get('namespace') or namespace}:{subject['name']}"
            if account == user.name:
                return True
    return False
