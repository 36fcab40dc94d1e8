"""LimitRange and ResourceQuota at admission: what they fill in, what they refuse, and what is used; stores nothing."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from playground.cluster import quantities
from playground.cluster.kinds import Kind, Kinds, Object
from playground.cluster.status import forbidden
from playground.cluster.store import Store

Usage = dict[str, Fraction]
_ZERO = Fraction(0)

_COUNTED: Mapping[str, str] = {
    "ConfigMap": "configmaps",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Pod": "pods",
    "ResourceQuota": "resourcequotas",
    "Secret": "secrets",
    "Service": "services",
}
# A quota on one of these wants every container to say how much it takes.
_MUST_BE_SET = ("cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory")


class Limits:
    def __init__(self, store: Store, kinds: Kinds) -> None:
        self._store = store
        self._kinds = kinds
        self._limit_range = kinds.named("LimitRange")
        self._quota = kinds.named("ResourceQuota")

    def fill_in(self, kind: Kind, item: Object) -> None:
        """Gives the containers of a new pod the default limits and requests of the namespace, in place."""
        if kind.kind != "Pod":
            return
        for limit in self._limits(item, "Container"):
            for container in _containers(item):
                resources = container.setdefault("resources", {})
                for target, source in (("limits", "default"), ("requests", "defaultRequest")):
                    filled = {**limit.get(source, {}), **(resources.get(target) or {})}
                    if filled:
                        resources[target] = filled

    def check_ranges(self, kind: Kind, item: Object) -> None:
        name = item["metadata"]["name"]
        broken: list[str] = []
        if kind.kind == "Pod":
            for limit in self._limits(item, "Container"):
                for container in _containers(item):
                    broken += _out_of_range("Container", limit, container.get("resources") or {})
        elif kind.kind == "PersistentVolumeClaim":
            for limit in self._limits(item, "PersistentVolumeClaim"):
                requests = (item["spec"].get("resources") or {}).get("requests") or {}
                broken += _out_of_range("PersistentVolumeClaim", limit, {"requests": requests})
        if broken:
            raise forbidden(kind, name, broken[0] if len(broken) == 1 else "[" + ", ".join(broken) + "]")

    def _limits(self, item: Object, sort: str) -> Iterator[Object]:
        for limit_range in self._store.items(self._limit_range, item["metadata"]["namespace"]):
            for limit in (limit_range.get("spec") or {}).get("limits") or ():
                if limit["type"] == sort:
                    yield limit

    def check_quotas(self, kind: Kind, item: Object, before: Object | None, *, dry_run: bool) -> None:
        """Refuses what does not fit, and charges what does. `before` is the object this one replaces.

        What counts is the quota's status, as on the real server: a quota that the controller has not counted yet limits
        nothing, and a changed limit holds only once the status says so.
        """
        namespace = item["metadata"].get("namespace", "")
        name = item["metadata"]["name"]
        freed = usage(kind, before) if before is not None else {}
        asked = {key: max(value - freed.get(key, _ZERO), _ZERO) for key, value in usage(kind, item).items()}
        charged: list[Object] = []
        for quota in list(self._store.items(self._quota, namespace)):
            status = quota.get("status") or {}
            hard = status.get("hard") or {}
            if before is None:
                self._check_set(kind, item, quota, hard)
            wanted = {key: value for key, value in asked.items() if key in hard and value > 0}
            if not wanted:
                continue
            used = {key: quantities.parse(text) for key, text in (status.get("used") or {}).items()}
            if not set(wanted) <= set(used):
                why = f"status unknown for quota: {quota['metadata']['name']}, resources: {','.join(sorted(wanted))}"
                raise forbidden(kind, name, why)
            _check_room(kind, name, quota, wanted, used)
            after = {key: _shown(value + wanted.get(key, _ZERO), hard[key]) for key, value in used.items()}
            charged.append({**quota, "status": {**status, "used": after}})
        if not dry_run:
            for quota in charged:
                self._store.put(self._quota, quota)

    def _check_set(self, kind: Kind, item: Object, quota: Object, hard: Object) -> None:
        if kind.kind != "Pod":
            return
        missing = [
            f"{resource} for: {container['name']}"
            for resource in _MUST_BE_SET
            if resource in hard
            for container in _containers(item)
            if resource not in _container_usage(container)
        ]
        if missing:
            why = f"failed quota: {quota['metadata']['name']}: must specify {'; '.join(missing)}"
            raise forbidden(kind, item["metadata"]["name"], why)

    def used(self, quota: Object) -> Usage:
        total: Usage = {}
        for kind, item in self._store.in_namespace(quota["metadata"]["namespace"]):
            for key, value in usage(kind, item).items():
                total[key] = total.get(key, _ZERO) + value
        return total

    def status(self, quota: Object) -> Object:
        """What the quota controller writes."""
        hard = (quota.get("spec") or {}).get("hard") or {}
        used = self.used(quota)
        return {"hard": dict(hard), "used": {key: _shown(used.get(key, _ZERO), hard[key]) for key in hard}}


def _check_room(kind: Kind, name: str, quota: Object, asked: Usage, used: Usage) -> None:
    hard = quota["status"]["hard"]
    full = sorted(key for key, value in asked.items() if used[key] + value > quantities.parse(hard[key]))
    if not full:
        return

    def listed(values: Usage) -> str:
        return ",".join(f"{key}={_shown(values[key], hard[key])}" for key in full)

    limited = ",".join(f"{key}={hard[key]}" for key in full)
    found = f"requested: {listed(asked)}, used: {listed(used)}, limited: {limited}"
    raise forbidden(kind, name, f"exceeded quota: {quota['metadata']['name']}, {found}")


def _shown(value: Fraction, like: str) -> str:
    return quantities.formatted(value, binary=quantities.is_binary(like))


def _containers(pod: Object) -> Iterator[Object]:
    spec = pod.get("spec") or {}
    yield from spec.get("initContainers") or ()
    yield from spec.get("containers") or ()


def _container_usage(container: Object) -> Usage:
    resources = container.get("resources") or {}
    found: Usage = {}
    for name, text in (resources.get("requests") or {}).items():
        found[f"requests.{name}"] = found[name] = quantities.parse(text)
    for name, text in (resources.get("limits") or {}).items():
        found[f"limits.{name}"] = quantities.parse(text)
    return found


def usage(kind: Kind, item: Object) -> Usage:
    """What one object takes of every resource a quota can count."""
    one = Fraction(1)
    used: Usage = {f"count/{kind.resource}": one}
    if kind.kind == "Pod":
        if (item.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
            return used
        spec = item.get("spec") or {}
        for container in spec.get("containers") or ():
            for name, value in _container_usage(container).items():
                used[name] = used.get(name, _ZERO) + value
        # Init containers run one after the other, before the rest: the largest counts if it is larger.
        for container in spec.get("initContainers") or ():
            for name, value in _container_usage(container).items():
                used[name] = max(used.get(name, _ZERO), value)
    elif kind.kind == "Service":
        sort = item["spec"].get("type")
        if sort == "LoadBalancer":
            used["services.loadbalancers"] = one
        if sort in {"LoadBalancer", "NodePort"}:
            used["services.nodeports"] = Fraction(len(item["spec"].get("ports") or ()))
    elif kind.kind == "PersistentVolumeClaim":
        requests = (item["spec"].get("resources") or {}).get("requests") or {}
        used["requests.storage"] = quantities.parse(requests.get("storage", "0"))
    if kind.kind in _COUNTED:
        used[_COUNTED[kind.kind]] = one
    return used


def _out_of_range(sort: str, limit: Object, resources: Object) -> Iterator[str]:
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for name, text in (limit.get("min") or {}).items():
        given = requests.get(name)
        if given is None:
            yield f"minimum {name} usage per {sort} is {text}.  No request is specified"
        elif quantities.parse(given) < quantities.parse(text):
            yield f"minimum {name} usage per {sort} is {text}, but request is {given}"
    for name, text in (limit.get("max") or {}).items():
        most = quantities.parse(text)
        if sort == "PersistentVolumeClaim":
            given = requests.get(name)
            if given is not None and quantities.parse(given) > most:
                yield f"maximum {name} usage per {sort} is {text}, but request is {given}"
            continue
        given = limits.get(name)
        if given is None:
            yield f"maximum {name} usage per {sort} is {text}.  No limit is specified"
        elif quantities.parse(given) > most:
            yield f"maximum {name} usage per {sort} is {text}, but limit is {given}"
