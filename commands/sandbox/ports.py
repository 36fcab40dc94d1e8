"""What sandboxes need from outside: a cluster."""

from typing import Protocol

from integrations.kubernetes import KubernetesObject, ObjectRef, Preconditions


class Cluster(Protocol):
    """Raises Unavailable when the cluster does not answer, ClusterError when it refuses (integrations/kubernetes/errors)."""

    async def create(self, manifest: KubernetesObject) -> KubernetesObject:
        """Creates and never adopts: AlreadyExists when the name is taken."""

    async def apply(self, manifest: KubernetesObject) -> KubernetesObject:
        """Server-side apply; applying what stands there already changes nothing."""

    async def get(self, reference: ObjectRef, name: str, namespace: str | None = None) -> KubernetesObject | None: ...

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
        self, reference: ObjectRef, name: str, patch: KubernetesObject, namespace: str | None = None
    ) -> KubernetesObject: ...
