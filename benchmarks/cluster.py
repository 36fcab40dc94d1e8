"""A cluster double in a process of its own: its work is charged to neither side. `python -m benchmarks.cluster N FILE` fills it
with the objects of N sandboxes, writes a kubeconfig, says so and serves until its input ends."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.config import LogSettings
from bot.logs import configure_logs
from commands.sandbox.objects import sandbox_objects
from commands.sandbox.reconcile.presence import plan_of
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.sizes import NAMED, Size
from integrations.kubernetes import KubernetesObject
from playground.cluster import ClusterDouble
from storage.sandboxes import SandboxRow, SandboxState

SETTINGS = SandboxSettings()
_BEGAN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_SIZES = (Size.SMALL, Size.MEDIUM, Size.LARGE)


def row(number: int, state: SandboxState, now: datetime | None = None) -> SandboxRow:
    """A sandbox that was asked for at `now` (None: long ago), the same in every process."""
    size, at = _SIZES[number % len(_SIZES)], now or _BEGAN
    resources = NAMED[size]
    return SandboxRow(
        id=f"sb{number:06}",
        request_ref=f"c-{number:06}",
        name=f"sandbox-{number}",
        owner=f"U{number % 3000:08}",
        owner_name=f"user {number % 3000}",
        team=f"team-{number % 200}",
        size=size,
        cpu=resources.cpu,
        memory=resources.memory,
        storage=resources.storage,
        purpose="load test of the checkout",
        namespace=f"sbx-team-{number % 200}-sandbox-{number}",
        namespace_uid=_uid(number, 0) if now is None else None,
        state=state,
        created_at=at,
        expires_at=at + timedelta(days=3650),
        look_at=now,
    )


@asynccontextmanager
async def cluster(sandboxes: int, kubeconfig: Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.cluster", str(sandboxes), str(kubeconfig)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if not await process.stdout.readline():
            raise RuntimeError("the cluster double did not start")
        yield
    finally:
        process.stdin.close()
        await process.wait()


def _uid(number: int, place: int) -> str:
    return f"00000000-0000-4000-8000-{number:08}{place:04}"


def _stored(item: KubernetesObject, number: int, place: int) -> KubernetesObject:
    """With what a server adds to each object; who owns which field is half of its size."""
    fields: KubernetesObject = {
        f"f:{key}": {f"f:{inner}": {} for inner in value} for key, value in item.items() if isinstance(value, dict)
    }
    owner = {
        "manager": "platform-bot",
        "operation": "Apply",
        "apiVersion": item["apiVersion"],
        "time": "2026-11-02T09:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    added = {"uid": _uid(number, place), "creationTimestamp": "2026-11-02T09:00:00Z", "managedFields": [owner]}
    stored = {**item, "metadata": {**item["metadata"], **added}}
    if item["kind"] == "ResourceQuota":
        stored["status"] = {"hard": item["spec"]["hard"], "used": dict.fromkeys(item["spec"]["hard"], "0")}
    return stored


def _fill(double: ClusterDouble, sandboxes: int) -> None:
    """Past every rule: what stands here was accepted long ago."""
    for number in range(sandboxes):
        plan = plan_of(row(number, SandboxState.READY), SETTINGS)
        for place, item in enumerate(sandbox_objects(plan)):
            double._store.put(double._kinds.named(item["kind"]), _stored(item, number, place))


async def _serve(sandboxes: int, kubeconfig: Path) -> None:
    async with ClusterDouble() as double:
        if sandboxes:
            double.pause_controllers()
            await double._controllers.stop()  # nobody is to look at each of them
            _fill(double, sandboxes)
        double.write_kubeconfig(kubeconfig)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    configure_logs(LogSettings(level="warning"))
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
