"""The cluster contract's subjects: the double always, a real API server when TEST_KUBECONFIG names one.

What is asked here must hold for both; on the real one things take their time, so everything that a controller does is
waited for, with a bound. Whatever a test makes carries the run's suffix and is deleted afterwards.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.kit.errors import Unavailable
from commands.sandbox.objects import ClusterFacts, SandboxPlan, namespace_name, sandbox_objects
from commands.sandbox.sizes import NAMED, Size
from integrations.kubernetes import Cluster, ClusterError, KubernetesObject, ObjectRef, reference_of
from playground.cluster import ClusterDouble

REAL = os.environ.get("TEST_KUBECONFIG")
DEPLOY = Path(__file__).parents[2] / "deploy" / "base"
# A busy cluster takes its time to empty a namespace; a control plane without controllers never does.
PATIENCE = 90.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A real API server may stand anywhere; the double, like every other test's server, only on loopback."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if item.path.parent == Path(__file__).parent and parameters.get("subject") == "real":
            item.add_marker(pytest.mark.enable_socket)


async def eventually(what: str, check: Callable[[], Awaitable[bool]], *, seconds: float = PATIENCE) -> None:
    """Asks until the answer is yes; fails with `what` was waited for when it is not within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while not await check():  # noqa: ASYNC110 - what is waited for happens in another process
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"waited {seconds:g} s in vain: {what}")


@dataclass
class Subject:
    """A cluster under test. `cluster` is its administrator's client."""

    cluster: Cluster
    kubeconfig: Path
    directory: Path
    suffix: str = field(default_factory=lambda: secrets.token_hex(3))
    namespaces: list[str] = field(default_factory=list)
    cluster_wide: list[tuple[ObjectRef, str]] = field(default_factory=list)
    opened: list[Cluster] = field(default_factory=list)

    def name(self, text: str) -> str:
        return f"contract-{text}-{self.suffix}"

    async def namespace(self, text: str = "space") -> str:
        """A namespace that has its default account, so that pods can be made in it."""
        name = self.name(text)
        await self.cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.namespaces.append(name)
        await self.settled(name)
        return name

    async def settled(self, namespace: str) -> None:
        """Waits until the controllers have done what they do to every namespace."""

        async def furnished() -> bool:
            return await self.cluster.get(reference_of("v1", "ServiceAccount"), "default", namespace) is not None

        await eventually(f"{namespace} has its default service account (does the controller manager run?)", furnished)

        async def counted() -> bool:
            quotas = [item async for item in self.cluster.list(reference_of("v1", "ResourceQuota"), namespace)]
            return all((quota.get("status") or {}).get("hard") == quota["spec"]["hard"] for quota in quotas)

        await eventually(f"the quotas of {namespace} are counted", counted)

    def plan(self, text: str = "one", **changes: Any) -> SandboxPlan:
        """A plan for a sandbox of this run."""
        namespace = namespace_name("contract", text, self.suffix)
        if namespace not in self.namespaces:
            self.namespaces.append(namespace)
        values: dict[str, Any] = {
            "sandbox_id": f"sb-{text}-{self.suffix}",
            "namespace": namespace,
            "owner": "U0CONTRACT",
            "team": "Plattform & Söhne",
            "cost_center": "4711",
            "size": Size.SMALL,
            "resources": NAMED[changes.get("size", Size.SMALL)],
            "expires_at": datetime.now(UTC) + timedelta(days=1),
            "request_id": f"req-{self.suffix}",
            "purpose": "Prüft den <Vertrag>",
            "facts": ClusterFacts(internet=True, closed_cidrs=("10.0.0.0/8", "192.168.0.0/16", "fd00::/8")),
        }
        return SandboxPlan(**{**values, **changes})

    async def sandbox(self, plan: SandboxPlan) -> list[KubernetesObject]:
        """Applies a sandbox and waits until it is settled; the objects as the server returned them."""
        applied = [await self.cluster.apply(item) for item in sandbox_objects(plan)]
        await self.settled(plan.namespace)
        return applied

    async def roles(self) -> None:
        """Applies the roles that deploy/base brings, and takes away afterwards those that were not there before."""
        for manifest in deployed_roles():
            reference = reference_of(manifest["apiVersion"], manifest["kind"])
            name = manifest["metadata"]["name"]
            if await self.cluster.get(reference, name) is None:
                self.cluster_wide.append((reference, name))
            await self.cluster.apply(manifest)

    def client(self, token: str) -> Cluster:
        """A client of the same server that holds this token."""
        config = yaml.safe_load(self.kubeconfig.read_text())
        current = config["current-context"]
        context = next(entry["context"] for entry in config["contexts"] if entry["name"] == current)
        target = next(entry["cluster"] for entry in config["clusters"] if entry["name"] == context["cluster"])
        authority = target.get("certificate-authority")
        if authority is not None:
            target["certificate-authority"] = str((self.kubeconfig.parent / authority).resolve())
        config["users"] = [{"name": context["user"], "user": {"token": token}}]
        path = self.directory / f"kubeconfig-{len(self.opened)}.yaml"
        path.write_text(yaml.safe_dump(config))
        client = Cluster(kubeconfig=str(path))
        self.opened.append(client)
        return client

    async def clean_up(self) -> None:
        for name in self.namespaces:
            await self.cluster.delete(reference_of("v1", "Namespace"), name)
        for reference, name in self.cluster_wide:
            await self.cluster.delete(reference, name)
        for client in self.opened:
            await client.close()

    async def gone(self, namespace: str) -> None:
        async def absent() -> bool:
            return await self.cluster.get(reference_of("v1", "Namespace"), namespace) is None

        await eventually(f"namespace {namespace} is gone (does the controller manager run?)", absent)


def deployed_roles() -> list[KubernetesObject]:
    files = ("sandbox-role.yaml", "bot-role.yaml")
    return [manifest for name in files for manifest in yaml.safe_load_all((DEPLOY / name).read_text())]


@pytest.fixture(params=["double", *(["real"] if REAL else [])])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    async with contextlib.AsyncExitStack() as stack:
        if request.param == "real":
            assert REAL is not None
            kubeconfig = Path(REAL)
        else:
            double = await stack.enter_async_context(ClusterDouble())
            kubeconfig = double.write_kubeconfig(tmp_path / "kubeconfig")
        cluster = await stack.enter_async_context(Cluster(kubeconfig=str(kubeconfig), timeout=30))
        tested = Subject(cluster, kubeconfig, tmp_path)
        try:
            yield tested
        finally:
            with contextlib.suppress(Unavailable, ClusterError):
                await tested.clean_up()


def pod(namespace: str, name: str, **spec: Any) -> KubernetesObject:
    """A pod of one container; `container` adds to that. Whether it ever runs is no matter to these tests."""
    container = {"name": "main", "image": "registry.k8s.io/pause:3.10", **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, **spec},
    }


def config_map(namespace: str, name: str, data: dict[str, str] | None = None, **metadata: Any) -> KubernetesObject:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "data": data or {},
    }
