"""The subresources that are more than a part of their object: scale, eviction, token, log, finalize."""

import copy
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
            pod = self._operations.get(kind, namespace, name)
            return f"{pod['spec']['containers'][0]['name']}: nothing runs here, this is a playground\n", 200
        if subresource == "scale":
            return self._scale(kind, namespace, name, verb, body, user, options), 200
        raise method_not_allowed()

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
