"""The cluster as the bot uses it: apply, create, get, list, delete, mint a token. It holds no state but its connection."""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self

from bot.kit.errors import Unavailable
from integrations.kubernetes.connection import Connection, Endpoint, Requests
from integrations.kubernetes.errors import SYSTEM, ListExpired, NotFoundInCluster
from integrations.kubernetes.refs import KINDS, SERVICE_ACCOUNT, KubernetesObject, ObjectRef

FIELD_MANAGER = "platform-bot"
PAGE_SIZE = 500
_POD = KINDS["v1", "Pod"]
# A list that expires this often is not read fast enough to ever end.
_LIST_RESTARTS = 3

Propagation = Literal["Background", "Foreground", "Orphan"]


@dataclass(frozen=True, slots=True)
class Preconditions:
    """Delete only this very object, in this very state. None leaves that half unchecked."""

    uid: str | None = None
    resource_version: str | None = None


@dataclass(frozen=True, slots=True)
class MintedToken:
    """A ServiceAccount token. `expires_at` is what the server granted, which may differ from what was asked for."""

    token: str
    expires_at: datetime

    @property
    def credential_id(self) -> str | None:
        """By which the cluster's own audit log knows it: `JTI=<this>`. None for a token that says nothing of itself."""
        try:
            body = self.token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            return str(claims["jti"])
        except (IndexError, KeyError, TypeError, ValueError):
            return None

    def __repr__(self) -> str:
        return f"MintedToken(token=…, expires_at={self.expires_at!r})"


class Cluster:
    """An API server. Nothing is opened before the first call, so that the bot starts while the cluster is down.

    Every call raises `Unavailable` when the cluster does not answer within `timeout` seconds or cannot be reached, and a
    `ClusterError` when it refuses (`errors.py` draws the tree).
    """

    def __init__(self, *, kubeconfig: str | None = None, context: str | None = None, timeout: float = 10.0) -> None:
        self._own = Connection(kubeconfig=kubeconfig, context=context)
        self._connection: Requests = self._own
        self._timeout = timeout
        self._discovered: dict[tuple[str, str], ObjectRef] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._connection.close()

    def acting_as(self, token: str) -> "Cluster":
        """A client of the same server that authenticates with this bearer token and with nothing of the bot's. The token is
        held in memory only. It needs no closing, and ends with this client."""
        acting = Cluster(timeout=self._timeout)
        acting._own = self._own
        acting._connection = self._own.bearing(token)
        return acting

    async def endpoint(self) -> Endpoint:
        """Where it is, for those who are to reach it too. Raises Unavailable when the bot's own configuration cannot be used."""
        return await self._own.endpoint(timeout=self._timeout)

    async def version(self) -> str:
        """The server's version, such as "v1.36.1"."""
        answer = await self._connection.request("GET", "/version", timeout=self._timeout)
        return str(answer.get("gitVersion", ""))

    async def apply(
        self,
        manifest: KubernetesObject,
        *,
        field_manager: str = FIELD_MANAGER,
        force: bool = True,
        dry_run: bool = False,
    ) -> KubernetesObject:
        """Server-side apply: creates or brings to this state, and returns the object as it is (or would be) now.

        Applying what stands there already changes nothing, not even the resourceVersion. `force` takes fields over from
        other managers; without it they raise FieldsOwnedByOthers.
        """
        reference, namespace, name = await self._address(manifest)
        if name is None:
            raise ValueError("apply needs metadata.name")
        query = [("fieldManager", field_manager), ("force", "true" if force else "false"), *_strict(dry_run)]
        return await self._connection.request(
            "PATCH",
            reference.path(namespace, name),
            query=query,
            body=manifest,
            content_type="application/apply-patch+yaml",
            timeout=self._timeout,
        )

    async def create(
        self, manifest: KubernetesObject, *, field_manager: str = FIELD_MANAGER, dry_run: bool = False
    ) -> KubernetesObject:
        """Creates, and never adopts: AlreadyExists when the name is taken. Reviews are "created" too, and answered."""
        reference, namespace, _name = await self._address(manifest)
        return await self._connection.request(
            "POST",
            reference.path(namespace),
            query=[("fieldManager", field_manager), *_strict(dry_run)],
            body=manifest,
            timeout=self._timeout,
        )

    async def get(self, reference: ObjectRef, name: str, namespace: str | None = None) -> KubernetesObject | None:
        """The object, or None when there is none."""
        try:
            return await self._connection.request("GET", reference.path(namespace, name), timeout=self._timeout)
        except NotFoundInCluster:
            return None

    async def list(
        self,
        reference: ObjectRef,
        namespace: str | None = None,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
        page_size: int = PAGE_SIZE,
    ) -> AsyncIterator[KubernetesObject]:
        """Every object of a kind, page by page; across all namespaces when none is given.

        A list that lasts too long expires on the server; it is then begun anew and what was given out already is left
        out. Each object is given once, as of the moment its page was read.
        """
        given: set[str] = set()
        for _attempt in range(_LIST_RESTARTS):
            try:
                async for item in self._pages(reference, namespace, label_selector, field_selector, page_size):
                    uid = str(item.get("metadata", {}).get("uid", ""))
                    if uid not in given:
                        given.add(uid)
                        yield item
            except ListExpired:
                continue
            return
        raise Unavailable(SYSTEM, "its list expired again and again before it could be read")

    async def _pages(
        self,
        reference: ObjectRef,
        namespace: str | None,
        label_selector: str | None,
        field_selector: str | None,
        page_size: int,
    ) -> AsyncIterator[KubernetesObject]:
        token = ""
        while True:
            query = [("limit", str(page_size))]
            if label_selector:
                query.append(("labelSelector", label_selector))
            if field_selector:
                query.append(("fieldSelector", field_selector))
            if token:
                query.append(("continue", token))
            page = await self._connection.request("GET", reference.path(namespace), query=query, timeout=self._timeout)
            for item in page.get("items") or ():
                # Items of a list do not say what they are.
                yield {"apiVersion": reference.api_version, "kind": reference.kind, **item}
            token = str(page.get("metadata", {}).get("continue") or "")
            if not token:
                return

    async def delete(
        self,
        reference: ObjectRef,
        name: str,
        namespace: str | None = None,
        *,
        preconditions: Preconditions | None = None,
        propagation: Propagation = "Background",
        grace_seconds: int | None = None,
        dry_run: bool = False,
    ) -> bool:
        """Asks for the object to go; False when it was gone already. It may stay (Terminating) for a while.

        ChangedMeanwhile when the preconditions do not hold; nothing was deleted then.
        """
        options: KubernetesObject = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        if dry_run:
            options["dryRun"] = ["All"]
        wanted = preconditions or Preconditions()
        checked = {"uid": wanted.uid, "resourceVersion": wanted.resource_version}
        if any(checked.values()):
            options["preconditions"] = {key: value for key, value in checked.items() if value}
        try:
            await self._connection.request(
                "DELETE", reference.path(namespace, name), body=options, timeout=self._timeout
            )
        except NotFoundInCluster:
            return False
        return True

    async def merge_patch(
        self,
        reference: ObjectRef,
        name: str,
        patch: KubernetesObject,
        namespace: str | None = None,
        *,
        subresource: str | None = None,
        field_manager: str = FIELD_MANAGER,
        dry_run: bool = False,
    ) -> KubernetesObject:
        """A JSON merge patch; put `metadata.resourceVersion` into it to have ChangedMeanwhile instead of a lost update."""
        return await self._connection.request(
            "PATCH",
            reference.path(namespace, name, subresource),
            query=[("fieldManager", field_manager), *([("dryRun", "All")] if dry_run else [])],
            body=patch,
            content_type="application/merge-patch+json",
            timeout=self._timeout,
        )

    async def logs(
        self, pod: str, namespace: str, *, container: str | None = None, tail_lines: int, limit_bytes: int
    ) -> str:
        """The last lines of a container (None: of the pod's only one), `limit_bytes` at most, counted from the first of them.
        Bytes that are no text are replaced. BadRequest when the container has not started, or several could be meant."""
        query = [("tailLines", str(tail_lines)), ("limitBytes", str(limit_bytes))]
        if container is not None:
            query.append(("container", container))
        path = _POD.path(namespace, pod, "log")
        return await self._connection.text(path, query=query, limit=limit_bytes, timeout=self._timeout)

    async def mint_token(
        self,
        namespace: str,
        service_account: str,
        *,
        seconds: int,
        bound_secret: tuple[str, str] | None = None,
        audiences: Sequence[str] = (),
    ) -> MintedToken:
        """A token of a ServiceAccount, through TokenRequest. `seconds` is at least 600; the server may grant less or more.

        `bound_secret` is (name, uid) of a Secret in the namespace: deleting it revokes the token.
        """
        spec: KubernetesObject = {"expirationSeconds": seconds, "audiences": [*audiences]}
        if bound_secret is not None:
            name, uid = bound_secret
            spec["boundObjectRef"] = {"apiVersion": "v1", "kind": "Secret", "name": name, "uid": uid}
        answer = await self._connection.request(
            "POST",
            SERVICE_ACCOUNT.path(namespace, service_account, "token"),
            body={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec},
            timeout=self._timeout,
        )
        status = answer["status"]
        return MintedToken(str(status["token"]), _time(str(status["expirationTimestamp"])))

    async def may(
        self,
        verb: str,
        resource: str,
        *,
        namespace: str | None = None,
        group: str = "",
        subresource: str | None = None,
        name: str | None = None,
        user: str | None = None,
        groups: Sequence[str] = (),
    ) -> bool:
        """Whether `user` may do this (None: whether the bot itself may), asked of the cluster's own authorizer."""
        attributes: Mapping[str, str | None] = {
            "verb": verb,
            "resource": resource,
            "group": group,
            "namespace": namespace,
            "subresource": subresource,
            "name": name,
        }
        spec: KubernetesObject = {"resourceAttributes": {key: value for key, value in attributes.items() if value}}
        kind = "SelfSubjectAccessReview"
        if user is not None:
            kind = "SubjectAccessReview"
            spec |= {"user": user, "groups": [*groups]}
        review = await self.create({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec})
        return bool(review.get("status", {}).get("allowed"))

    async def reference(self, api_version: str, kind: str) -> ObjectRef:
        """Where a kind lives: known, or asked of the server once and remembered. NotFoundInCluster if it has none."""
        known = KINDS.get((api_version, kind)) or self._discovered.get((api_version, kind))
        if known is not None:
            return known
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        answer = await self._connection.request("GET", path, timeout=self._timeout)
        for resource in answer.get("resources") or ():
            if "/" not in resource["name"]:
                found = ObjectRef(api_version, resource["kind"], resource["name"], bool(resource["namespaced"]))
                self._discovered[api_version, found.kind] = found
        try:
            return self._discovered[api_version, kind]
        except KeyError:
            raise NotFoundInCluster(
                f"the cluster has no {kind} in {api_version}", reason="NotFound", code=404
            ) from None

    async def _address(self, manifest: KubernetesObject) -> tuple[ObjectRef, str | None, str | None]:
        reference = await self.reference(manifest["apiVersion"], manifest["kind"])
        metadata = manifest.get("metadata") or {}
        return reference, metadata.get("namespace"), metadata.get("name")


def _strict(dry_run: bool) -> list[tuple[str, str]]:
    # Strict: a misspelt field is refused instead of dropped with a warning nobody reads.
    return [("fieldValidation", "Strict"), *([("dryRun", "All")] if dry_run else [])]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
