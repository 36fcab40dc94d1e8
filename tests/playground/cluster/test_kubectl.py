"""kubectl itself against the double, where it is installed: people will use it in the demo, and it forgives nothing."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from commands.sandbox.objects import sandbox_objects
from playground.cluster import ClusterDouble
from tests.commands.sandbox.test_objects import plan
from tests.playground.cluster.conftest import deployment

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
DEPLOY = Path(__file__).parents[3] / "deploy" / "base"


class Kubectl:
    def __init__(self, kubeconfig: Path, cache: Path) -> None:
        self._options = [f"--kubeconfig={kubeconfig}", f"--cache-dir={cache}", "--request-timeout=20s"]

    async def run(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            "kubectl",
            *self._options,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            out, err = await process.communicate(stdin.encode())
        return process.returncode or 0, out.decode(), err.decode()

    async def __call__(self, *arguments: str, stdin: str = "") -> str:
        """The output of a command that must succeed."""
        code, out, err = await self.run(*arguments, stdin=stdin)
        assert code == 0, err
        return out

    async def refused(self, *arguments: str, stdin: str = "") -> str:
        """What a command that must fail complains of."""
        code, _out, err = await self.run(*arguments, stdin=stdin)
        assert code != 0
        return err


@pytest.fixture
async def double() -> AsyncIterator[ClusterDouble]:
    async with ClusterDouble() as running:
        yield running


@pytest.fixture
def kubectl(double: ClusterDouble, tmp_path: Path) -> Kubectl:
    return Kubectl(double.write_kubeconfig(tmp_path / "config"), tmp_path / "cache")


async def test_it_sees_the_cluster(kubectl: Kubectl) -> None:
    assert "v1.36" in await kubectl("version")
    listed = await kubectl("get", "ns,pods")
    assert "namespace/kube-system" in listed
    assert "Active" in listed
    assert "poddisruptionbudgets" in await kubectl("api-resources")
    assert "admin" in await kubectl("auth", "whoami")


async def test_it_applies_a_sandbox_and_looks_at_it(kubectl: Kubectl) -> None:
    manifests = yaml.safe_dump_all(sandbox_objects(plan()))
    for _time in range(2):
        said = await kubectl("apply", "--server-side", "-f", "-", stdin=manifests)
        assert "serverside-applied" in said
    described = await kubectl("describe", "namespace", plan().namespace)
    assert "platform-bot.io/owner=U012AB3CD" in described
    assert "services.loadbalancers" in described
    roles = await kubectl("apply", "--server-side", "-f", str(DEPLOY / "sandbox-role.yaml"))
    assert "platform-bot-sandbox-user serverside-applied" in roles
    user = f"--as=system:serviceaccount:{plan().namespace}:sandbox-user"
    inside = f"--namespace={plan().namespace}"
    assert (await kubectl("auth", "can-i", "create", "deployments", user, inside)).strip() == "yes"
    code, out, _err = await kubectl.run("auth", "can-i", "delete", "networkpolicies", user, inside)
    assert (code, out.strip()) == (1, "no")


async def test_another_managers_field_is_a_conflict_it_explains(kubectl: Kubectl) -> None:
    manifests = json.dumps(sandbox_objects(plan())[0])
    await kubectl("apply", "--server-side", "-f", "-", stdin=manifests)
    changed = manifests.replace('"platform-bot.io/size": "small"', '"platform-bot.io/size": "large"')
    complaint = await kubectl.refused("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=changed)
    assert 'conflict with "kubectl": .metadata.labels.platform-bot.io/size' in complaint


async def test_workloads_run_roll_out_and_scale(kubectl: Kubectl) -> None:
    text = json.dumps(deployment("web"))
    assert "created" in await kubectl("apply", "-f", "-", stdin=text)
    assert "successfully rolled out" in await kubectl("rollout", "status", "deployment/web", "--timeout=20s")
    assert "unchanged" in await kubectl("apply", "-f", "-", stdin=text)
    await kubectl("scale", "deployment/web", "--replicas=1")
    await kubectl("rollout", "status", "deployment/web", "--timeout=20s")
    assert "1/1" in await kubectl("get", "deployment", "web")
    assert "AlreadyExists" in await kubectl.refused("create", "-f", "-", stdin=text)
    await kubectl("delete", "deployment", "web", "--wait", "--timeout=20s")


async def test_it_makes_and_deletes_namespaces_and_tokens(kubectl: Kubectl) -> None:
    await kubectl("create", "namespace", "mine")
    await kubectl("create", "serviceaccount", "bob", "--namespace=mine")
    token = (await kubectl("create", "token", "bob", "--namespace=mine", "--duration=700s")).strip()
    assert token.count(".") == 2
    await kubectl("create", "configmap", "settings", "--from-literal=a=b", "--namespace=mine")
    assert json.loads(await kubectl("get", "configmap", "settings", "-n", "mine", "-o", "json"))["data"] == {"a": "b"}
    assert "deleted" in await kubectl("delete", "namespace", "mine", "--timeout=20s")
    assert "NotFound" in await kubectl.refused("get", "namespace", "mine")


async def test_misspelt_fields_are_refused_by_the_server(kubectl: Kubectl) -> None:
    text = json.dumps({**deployment("web"), "sepc": {}})
    assert 'unknown field "sepc"' in await kubectl.refused("apply", "-f", "-", stdin=text)
