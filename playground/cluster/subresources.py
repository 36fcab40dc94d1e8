"""The subresources that are more than a part of their object: scale, eviction, token, log, finalize."""

import copy
from collections.abc import Mapping
from typing import Any

from playground.cluster import patches
from playground.cluster.decoding import Options
from playground.cluster.kinds import Kind, Kinds, Object
from playground.cluster.operations import Operations
from playground.cluster.rbac import User
from playground.cluster.status import bad_request, method_not_allowed
from playground.cluster.tokens import Tokens


class Subresources:
    def __init__(self, operations: Operations, tokens: Tokens, kinds: Kinds) -> None:
        self._operations = operations
        self._tokens = tokens
        self._pods = kinds.named("Pod")
        # What containers wrote, by (namespace, pod, container): nothing runs here, so somebody must say it.
        self.written: dict[tuple[str, str, str], str] = {}

    def call(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        subresource: str,
        verb: str,
        body: Any,
        user: User,
        options: Options,
        query: Mapping[str, str],
    ) -> tuple[Object | str, int]:
        """The answer and its HTTP status."""
        if subresource == "token" and verb == "create":
            return self._tokens.mint(namespace, name, _object(body)), 201
        if subresource == "eviction" and verb == "create":
            self._operations.delete(self._pods, namespace, name, _object(body).get("deleteOptions"), options)
            return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}, 201
        if subresource == "finalize" and verb == "update":
            return self._operations.finalize(name, body, options), 200
        if subresource == "log" and verb == "get":
            return self._log(self._operations.get(kind, namespace, name), query), 200
        if subresource == "scale":
            return self._scale(kind, namespace, name, verb, body, user, options), 200
        raise method_not_allowed()

    def _log(self, pod: Object, query: Mapping[str, str]) -> str:
        """As the API server and the kubelet do: the last lines, and of those the first bytes."""
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        names = [each["name"] for each in pod["spec"]["containers"]]
        beginners = [each["name"] for each in pod["spec"].get("initContainers") or ()]
        container = query.get("container") or (names[0] if len(names + beginners) == 1 else "")
        if not container:
            choice = f"choose one of: [{' '.join(names)}]" + (
                f" or one of the init containers: {beginners}" * bool(beginners)
            )
            raise bad_request(f"a container name must be specified for pod {name}, {choice}")
        if container not in names + beginners:
            raise bad_request(f"container {container} is not valid for pod {name}")
        statuses = (pod.get("status") or {}).get("containerStatuses") or ()
        for status in statuses:
            if status["name"] == container and "waiting" in (status.get("state") or {}):
                why = status["state"]["waiting"].get("reason", "ContainerCreating")
                raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {why}')
        text = self.written.get((namespace, name, container), f"{container}: nothing runs here, this is a playground\n")
        if (tail := query.get("tailLines")) is not None:
            text = "".join(text.splitlines(keepends=True)[-int(tail) :] if int(tail) else [])
        if (limit := query.get("limitBytes")) is not None:
            text = text.encode()[: int(limit)].decode("utf-8", "ignore")
        return text

    def _scale(
        self, kind: Kind, namespace: str, name: str, verb: str, body: Any, user: User, options: Options
    ) -> Object:
        live = self._operations.get(kind, namespace, name)
        if verb != "get":
            asked = body if verb == "update" else patches.merge_patch(_shown(live), _object(body))
            replicas = (_object(asked).get("spec") or {}).get("replicas", 0)
            changed = copy.deepcopy(live)
            changed["spec"]["replicas"] = replicas
            live = self._operations.replace(kind, namespace, name, changed, user, options)
        return _shown(live)


def _shown(item: Object) -> Object:
    metadata = item["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    selector = (item["spec"].get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": {"replicas": item["spec"].get("replicas", 1)},
        "status": {
            "replicas": (item.get("status") or {}).get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in sorted(selector.items())),
        },
    }


def _object(body: Any) -> Object:
    if not isinstance(body, dict):
        raise bad_request("the body of the request is not an object")
    return body
