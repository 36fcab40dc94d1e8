"""What sandboxes need from outside: a cluster, and who people are."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Protocol

from bot.kit.call import Principal
from integrations.kubernetes import Endpoint, KubernetesObject, MintedToken, ObjectRef, Preconditions


class Cluster(Protocol):
    """Raises Unavailable when the cluster does not answer, ClusterError when it refuses (integrations/kubernetes/errors)."""

    async def create(self, manifest: KubernetesObject) -> KubernetesObject:
        """Creates and never adopts: AlreadyExists when the name is taken."""

    async def apply(self, manifest: KubernetesObject, *, dry_run: bool = False) -> KubernetesObject:
        """Server-side apply; applying what stands there already changes nothing. With `dry_run` nothing is stored: what it would
        be is answered."""

    async def get(self, reference: ObjectRef, name: str, namespace: str | None = None) -> KubernetesObject | None: ...

    def list(
        self,
        reference: ObjectRef,
        namespace: str | None = None,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
        page_size: int = 500,
    ) -> AsyncIterator[KubernetesObject]: ...

    async def delete(
        self,
        reference: ObjectRef,
        name: str,
        namespace: str | None = None,
        *,
        preconditions: Preconditions | None = None,
    ) -> bool:
        """Asks for the object to go; False when it was gone already."""

    async def merge_patch(
        self,
        reference: ObjectRef,
        name: str,
        patch: KubernetesObject,
        namespace: str | None = None,
        *,
        dry_run: bool = False,
    ) -> KubernetesObject: ...

    async def logs(
        self, pod: str, namespace: str, *, container: str | None = None, tail_lines: int, limit_bytes: int
    ) -> str:
        """The last lines of a container (None: of the pod's only one)."""

    async def mint_token(
        self, namespace: str, service_account: str, *, seconds: int, bound_secret: tuple[str, str] | None = None
    ) -> MintedToken:
        """A token of a ServiceAccount; `bound_secret` is (name, uid) of a Secret whose deletion revokes it."""

    async def endpoint(self) -> Endpoint:
        """Where it is, as the bot reaches it."""

    def acting_as(self, token: str) -> "Cluster":
        """The same cluster, asked by the bearer of this token and with nothing of the bot's credentials."""


class Measures(Protocol):
    """What namespaces use, averaged over the last `window`; one that nobody measures is missing. None: nobody measures at all.
    Raises Unavailable."""

    async def cores(self, window: timedelta) -> Mapping[str, float] | None: ...

    async def traffic(self, window: timedelta) -> Mapping[str, float] | None:
        """Bytes a second, in and out."""


class People(Protocol):
    """Raises Unavailable when nobody can say, Refused when Slack knows nobody by that id."""

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal: ...
