"""The cluster double: an API server on loopback with its controllers, started and stopped like any other server."""

import asyncio
import base64
import secrets
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from aiohttp import web

from bot.kit.clock import Clock, SystemClock
from playground.cluster import seeds
from playground.cluster.certificates import server_context
from playground.cluster.controllers import CONTROLLER, Controllers
from playground.cluster.decoding import Options
from playground.cluster.faults import Faults
from playground.cluster.kinds import Kinds, Object
from playground.cluster.operations import Operations
from playground.cluster.rbac import Authorizer, User
from playground.cluster.reading import Reading
from playground.cluster.schema import Schemas
from playground.cluster.server import ApiServer
from playground.cluster.store import Change, Store
from playground.cluster.tokens import Tokens

ADMIN = User("admin", ("system:masters", "system:authenticated"))


class ClusterDouble:
    """`controller_delay` is how many seconds controllers take to notice a change; `port` 0 lets the system choose.

    With `workloads`, things run in the cluster's own namespaces as they do in an ordinary one: for the demo.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        controller_delay: float = 0.01,
        port: int = 0,
        host: str = "127.0.0.1",
        workloads: bool = False,
    ) -> None:
        self._with_workloads = workloads
        self._kinds = Kinds()
        self._store = Store()
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._url = ""
        self._authority = b""
        clock = clock or SystemClock()
        authorizer = Authorizer(self._store, self._kinds)
        self._operations = Operations(self._store, self._kinds, Schemas(), authorizer, clock)
        self._reading = Reading(self._store)
        self._tokens = Tokens(self._store, self._kinds, clock)
        self._controllers = Controllers(self._store, self._kinds, self._operations, delay=controller_delay)
        self.faults = Faults()
        self.admin_token = secrets.token_urlsafe(24)
        self._tokens.add(self.admin_token, ADMIN)
        self._server = ApiServer(
            kinds=self._kinds,
            operations=self._operations,
            reading=self._reading,
            authorizer=authorizer,
            tokens=self._tokens,
            faults=self.faults,
        )

    async def start(self) -> None:
        # The first object of each type loads its schema, some 300 ms in all: not while the loop waits.
        await asyncio.to_thread(self._seed)
        # The system's clock, not ours: it is the system's clients that check the certificate.
        context, self._authority = server_context(self._host, SystemClock().now())
        self._controllers.start()
        self._runner = web.AppRunner(self._server.application(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, ssl_context=context)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"https://{host}:{port}"

    async def stop(self) -> None:
        await self._controllers.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it listens, such as "https://127.0.0.1:43210"; "" before start."""
        return self._url

    def write_kubeconfig(self, path: Path, *, token: str | None = None, namespace: str = "default") -> Path:
        """A kubeconfig for `token` (None: the administrator's), readable by its owner only."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "playground",
                    "cluster": {
                        "server": self._url,
                        "certificate-authority-data": base64.b64encode(self._authority).decode(),
                    },
                }
            ],
            "users": [{"name": "playground", "user": {"token": token or self.admin_token}}],
            "contexts": [
                {
                    "name": "playground",
                    "context": {"cluster": "playground", "user": "playground", "namespace": namespace},
                }
            ],
            "current-context": "playground",
        }
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        return path

    def objects(self, kind: str, namespace: str = "") -> list[Object]:
        """Every object of a kind ("Namespace", "Pod", …), for looking at; they must not be changed."""
        return list(self._store.items(self._kinds.named(kind), namespace))

    def object(self, kind: str, name: str, namespace: str = "") -> Object | None:
        return self._store.get(self._kinds.named(kind), namespace, name)

    def contents(self, namespace: str) -> list[Object]:
        """Everything inside a namespace, of every kind."""
        return [item for _kind, item in self._store.in_namespace(namespace)]

    def put(self, manifest: Object) -> Object:
        """Creates an object as the administrator does with kubectl, past HTTP but not past the rules."""
        kind = self._kinds.named(manifest["kind"])
        namespace = manifest["metadata"].get("namespace", "default") if kind.namespaced else ""
        return self._operations.create(kind, namespace, manifest, ADMIN, Options(manager="kubectl-create"))

    def edit(
        self,
        kind: str,
        name: str,
        patch: Object,
        namespace: str = "",
        *,
        subresource: str = "",
        manager: str = "kubectl-edit",
    ) -> Object:
        """Changes an object with a JSON merge patch, as somebody with kubectl does: drift, for tests and demos."""
        return self._operations.patch(
            self._kinds.named(kind),
            namespace,
            name,
            patch,
            "application/merge-patch+json",
            ADMIN,
            Options(manager=manager),
            subresource,
        )

    def write_log(self, pod: str, container: str, text: str, namespace: str = "default") -> None:
        """What a container of a pod has written so far."""
        self._server.write_log(namespace, pod, container, text)

    def delete(self, kind: str, name: str, namespace: str = "") -> None:
        self._operations.delete(self._kinds.named(kind), namespace, name, {}, Options(manager="kubectl"))

    def subscribe(self, subscriber: Callable[[Change], None]) -> Callable[[], None]:
        """Calls for every change of any object, within the write. Returns how to stop that."""
        return self._store.subscribe(subscriber)

    def on_request(self, listener: Callable[[str], None]) -> None:
        """Calls with "METHOD /path" for every request that comes in."""
        self._server.on_request(listener)

    async def wait_until(self, condition: Callable[[], bool], *, seconds: float = 5.0) -> None:
        """Waits for changes until the condition holds; TimeoutError when it does not within `seconds`."""
        changed = asyncio.Event()
        unsubscribe = self._store.subscribe(lambda _change: changed.set())
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    await changed.wait()
                    changed.clear()
        finally:
            unsubscribe()

    def expire_continue_tokens(self) -> None:
        """The next page of any list begun before is answered with 410."""
        self._reading.expire_tokens()

    def compact(self) -> None:
        """Forgets what happened: a watch from any version before now is answered with 410."""
        self._store.forget_history()

    def break_discovery(self, group_version: str = "metrics.k8s.io/v1beta1") -> None:
        """An aggregated API that does not answer: every namespace being deleted stays Terminating."""
        self._controllers.discovery_failures.add(group_version)

    def mend_discovery(self) -> None:
        self._controllers.discovery_failures.clear()
        self._controllers.wake()

    def pause_controllers(self) -> None:
        """Nothing happens by itself any more: no default account, no pods, no namespace ever finishes."""
        self._controllers.paused = True

    def resume_controllers(self) -> None:
        self._controllers.paused = False
        self._controllers.wake()

    def _seed(self) -> None:
        manifests = [*seeds.objects(), *(seeds.workloads() if self._with_workloads else ())]
        for manifest in manifests:
            kind = self._kinds.named(manifest["kind"])
            namespace = manifest["metadata"].get("namespace", "")
            stored = self._operations.create(kind, namespace, manifest, CONTROLLER, Options(manager="kube-apiserver"))
            if "status" in manifest:
                # A node's status comes from its kubelet, which is not there to write it.
                self._store.put(kind, {**stored, "status": manifest["status"]})
