"""What stands inside a sandbox, read and changed with no more rights than its user has: by a short token of the sandbox's
user, which is minted, kept in memory only, and forgotten. So the bot's own role needs to reach into no sandbox, and what the
user may not do there, nobody can make the bot do. It decides nothing."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.kit.clock import Clock
from commands.sandbox.objects import USER_ACCOUNT
from commands.sandbox.ports import Cluster
from integrations.kubernetes import CredentialsRefused, KubernetesObject, ObjectRef

ValueT = TypeVar("ValueT")

_SECONDS: Final = 600  # the shortest there is
_RENEWED_BEFORE: Final = timedelta(minutes=2)
_MOST_KEPT: Final = 500  # tokens; a kilobyte each


@dataclass
class _Kept:
    minting: asyncio.Lock = field(default_factory=asyncio.Lock)
    user: Cluster | None = None
    until: datetime | None = None


class Inside:
    """The way into every sandbox there is."""

    def __init__(self, clock: Clock, cluster: Cluster) -> None:
        self._clock = clock
        self._cluster = cluster
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def of(self, namespace: str, uid: str) -> "Room":
        """`uid` is that namespace's: one that is made anew under the same name has tokens of its own."""
        return Room(self, namespace, uid)

    async def user(self, namespace: str, uid: str, *, anew: Cluster | None = None) -> Cluster:
        """The cluster as the sandbox's user sees it; `anew`: what was given out, and is not let in any more. Raises Unavailable,
        and ClusterError: NotFoundInCluster while there is no such user yet."""
        kept = self._kept.setdefault(uid, _Kept())
        self._kept.move_to_end(uid)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        async with kept.minting:
            stale = kept.until is None or self._clock.now() >= kept.until - _RENEWED_BEFORE
            if kept.user is None or stale or kept.user is anew:
                minted = await self._cluster.mint_token(namespace, USER_ACCOUNT, seconds=_SECONDS)
                kept.user, kept.until = self._cluster.acting_as(minted.token), minted.expires_at
            return kept.user


class Room:
    """One sandbox's inside. Each call raises Unavailable when the cluster does not answer and ClusterError when it refuses:
    ForbiddenInCluster for what a sandbox's user may not do."""

    def __init__(self, inside: Inside, namespace: str, uid: str) -> None:
        self._inside = inside
        self._namespace = namespace
        self._uid = uid

    async def list(
        self, reference: ObjectRef, *, label_selector: str | None = None, field_selector: str | None = None
    ) -> list[KubernetesObject]:
        """All of a kind: a quota bounds how many."""

        async def listed(user: Cluster) -> list[KubernetesObject]:
            found = user.list(reference, self._namespace, label_selector=label_selector, field_selector=field_selector)
            return [item async for item in found]

        return await self._as_user(listed)

    async def get(self, reference: ObjectRef, name: str) -> KubernetesObject | None:
        """None when there is none."""
        return await self._as_user(lambda user: user.get(reference, name, self._namespace))

    async def create(self, manifest: KubernetesObject) -> KubernetesObject:
        """AlreadyExists when the name is taken. `manifest` says no namespace, or this one."""
        return await self._as_user(lambda user: user.create(self._placed(manifest)))

    async def apply(self, manifest: KubernetesObject) -> KubernetesObject:
        """Server-side apply; applying what stands there already changes nothing."""
        return await self._as_user(lambda user: user.apply(self._placed(manifest)))

    async def merge_patch(self, reference: ObjectRef, name: str, patch: KubernetesObject) -> KubernetesObject:
        return await self._as_user(lambda user: user.merge_patch(reference, name, patch, self._namespace))

    async def delete(self, reference: ObjectRef, name: str) -> bool:
        """Asks for the object to go; False when it was gone already."""
        return await self._as_user(lambda user: user.delete(reference, name, self._namespace))

    async def logs(self, pod: str, *, container: str | None = None, tail_lines: int, limit_bytes: int) -> str:
        """The last lines of a container; `limit_bytes` counts from the first of them."""
        return await self._as_user(
            lambda user: user.logs(
                pod, self._namespace, container=container, tail_lines=tail_lines, limit_bytes=limit_bytes
            )
        )

    async def _as_user(self, doing: Callable[[Cluster], Awaitable[ValueT]]) -> ValueT:
        user = await self._inside.user(self._namespace, self._uid)
        try:
            return await doing(user)
        except CredentialsRefused:
            # The user may have been made anew since: once more with a token of today's.
            return await doing(await self._inside.user(self._namespace, self._uid, anew=user))

    def _placed(self, manifest: KubernetesObject) -> KubernetesObject:
        metadata = manifest.get("metadata") or {}
        if metadata.get("namespace", self._namespace) != self._namespace:
            raise ValueError(f"not of {self._namespace}: {metadata['namespace']!r}")
        return {**manifest, "metadata": {**metadata, "namespace": self._namespace}}
