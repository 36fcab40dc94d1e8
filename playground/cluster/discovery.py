"""What a client may ask before it knows anything: versions, groups, resources, and as much OpenAPI as kubectl needs."""

from collections.abc import Mapping

from playground.cluster.kinds import Kind, Kinds, Object

VERSION: Mapping[str, str] = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.0-playground",
    "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean",
    "buildDate": "2026-04-22T00:00:00Z",
    "goVersion": "go1.26",
    "compiler": "gc",
    "platform": "linux/amd64",
}
# (kind of the subresource's body, group, version); None: that of the resource itself.
_SUBRESOURCES: Mapping[str, tuple[str, str, str] | None] = {
    "eviction": ("Eviction", "policy", "v1"),
    "finalize": None,
    "log": None,
    "scale": ("Scale", "autoscaling", "v1"),
    "status": None,
    "token": ("TokenRequest", "authentication.k8s.io", "v1"),
}
_SUBRESOURCE_VERBS: Mapping[str, list[str]] = {
    "eviction": ["create"],
    "finalize": ["update"],
    "log": ["get"],
    "token": ["create"],
}


class Discovery:
    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def answer(self, path: str) -> Object | None:
        """The document at a discovery path, None when there is none."""
        fixed: Mapping[str, Object] = {
            "/version": dict(VERSION),
            "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
            "/apis": {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [self._group(group) for group in self._groups()],
            },
            "/openapi/v3": {
                "paths": {_root(*at): {"serverRelativeURL": f"/openapi/v3/{_root(*at)}"} for at in self._versions()}
            },
        }
        if path in fixed:
            return fixed[path]
        for group, version in self._versions():
            root = _root(group, version)
            if path == f"/{root}":
                return self._resources(group, version)
            if path == f"/openapi/v3/{root}":
                return self._openapi(group, version)
        for group in self._groups():
            if path == f"/apis/{group}":
                return {"kind": "APIGroup", "apiVersion": "v1", **self._group(group)}
        return None

    def _versions(self) -> list[tuple[str, str]]:
        return sorted({(kind.group, kind.version) for kind in self._kinds.all})

    def _groups(self) -> list[str]:
        return sorted({kind.group for kind in self._kinds.all if kind.group})

    def _group(self, group: str) -> Object:
        versions = [
            {"groupVersion": f"{group}/{version}", "version": version}
            for name, version in self._versions()
            if name == group
        ]
        return {"name": group, "versions": versions, "preferredVersion": versions[-1]}

    def _resources(self, group: str, version: str) -> Object:
        resources = []
        for kind in self._of(group, version):
            entry: Object = {
                "name": kind.plural,
                "singularName": kind.singular,
                "namespaced": kind.namespaced,
                "kind": kind.kind,
                "verbs": list(kind.verbs),
            }
            if kind.short_names:
                entry["shortNames"] = list(kind.short_names)
            if kind.categories:
                entry["categories"] = list(kind.categories)
            resources.append(entry)
            resources += [_subresource(kind, name) for name in kind.subresources]
        group_version = f"{group}/{version}" if group else version
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}

    def _of(self, group: str, version: str) -> list[Kind]:
        return [kind for kind in self._kinds.all if (kind.group, kind.version) == (group, version)]

    def _openapi(self, group: str, version: str) -> Object:
        """Says of every kind that writes take `fieldValidation`: with that, kubectl leaves validation to the server."""
        parameters = [
            {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("dryRun", "fieldValidation")
        ]
        paths: Object = {}
        for kind in self._of(group, version):
            space = "namespaces/{namespace}/" if kind.namespaced else ""
            collection = f"/{_root(group, version)}/{space}{kind.plural}"
            gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
            operation = {"parameters": parameters, "responses": {}, "x-kubernetes-group-version-kind": gvk}
            paths[collection] = {"post": operation}
            if "patch" in kind.verbs:
                paths[f"{collection}/{{name}}"] = {"patch": operation, "put": operation}
        return {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
            "paths": paths,
            "components": {"schemas": {}},
        }


def _root(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _subresource(kind: Kind, name: str) -> Object:
    entry: Object = {
        "name": f"{kind.plural}/{name}",
        "singularName": "",
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": _SUBRESOURCE_VERBS.get(name, ["get", "patch", "update"]),
    }
    body = _SUBRESOURCES[name]
    if body is not None:
        entry |= {"kind": body[0], "group": body[1], "version": body[2]}
    return entry
