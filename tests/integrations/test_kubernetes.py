"""The cluster's client: what becomes of faults, refusals and odd answers, and what it does not do."""

import asyncio
import json
import ssl
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.kit.errors import Unavailable
from integrations.kubernetes import (
    KINDS,
    AlreadyExists,
    BadRequest,
    ChangedMeanwhile,
    Cluster,
    ClusterError,
    CredentialsRefused,
    FieldsOwnedByOthers,
    ForbiddenInCluster,
    Invalid,
    KubernetesObject,
    MintedToken,
    NamespaceTerminating,
    NotFoundInCluster,
    QuotaExceeded,
    reference_of,
)
from integrations.kubernetes.errors import translated
from playground.cluster import ClusterDouble

NAMESPACE = reference_of("v1", "Namespace")
CONFIG_MAP = reference_of("v1", "ConfigMap")


@pytest.fixture
async def double() -> AsyncIterator[ClusterDouble]:
    async with ClusterDouble() as running:
        yield running


@pytest.fixture
async def cluster(double: ClusterDouble, tmp_path: Path) -> AsyncIterator[Cluster]:
    async with Cluster(kubeconfig=str(double.write_kubeconfig(tmp_path / "config")), timeout=5) as client:
        yield client


def config_map(name: str, data: dict[str, str] | None = None) -> KubernetesObject:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
        "data": data or {},
    }


def test_importing_the_client_loads_neither_the_library_nor_anything_of_it() -> None:
    code = "import sys, integrations.kubernetes; print([m for m in sys.modules if m.split('.')[0] == 'kubernetes'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_using_the_client_loads_no_typed_model() -> None:
    # They cost a second and 40 MB; see facts on the start-up time.
    code = (
        "import sys\n"
        "from integrations.kubernetes.connection import _load_library\n"
        "_load_library()\n"
        "print([m for m in sys.modules if '.client.models.' in m or '.client.api.' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_cluster_that_was_never_called_is_closed_without_opening_anything() -> None:
    await Cluster(kubeconfig="/nowhere").close()


async def test_calls_that_come_together_open_one_connection_pool(double: ClusterDouble, cluster: Cluster) -> None:
    found = await asyncio.gather(*(cluster.get(NAMESPACE, name) for name in ("default", "kube-system", "absent")))
    assert [item and item["metadata"]["name"] for item in found] == ["default", "kube-system", None]


@pytest.mark.parametrize("fault", ["refused", "unavailable"])
async def test_a_cluster_that_is_down_is_unavailable_and_comes_back(
    double: ClusterDouble, cluster: Cluster, fault: str
) -> None:
    double.faults.down = "refused" if fault == "refused" else "unavailable"
    with pytest.raises(Unavailable) as failure:
        await cluster.get(NAMESPACE, "default")
    assert failure.value.system == "the cluster"
    double.faults.clear()
    assert await cluster.get(NAMESPACE, "default") is not None


async def test_nobody_listening_is_unavailable(double: ClusterDouble, tmp_path: Path) -> None:
    kubeconfig = double.write_kubeconfig(tmp_path / "config")
    await double.stop()
    async with Cluster(kubeconfig=str(kubeconfig)) as client:
        with pytest.raises(Unavailable):
            await client.version()


async def test_a_slow_cluster_is_unavailable_after_the_timeout(double: ClusterDouble, tmp_path: Path) -> None:
    async with Cluster(kubeconfig=str(double.write_kubeconfig(tmp_path / "config")), timeout=5) as client:
        await client.version()
    async with Cluster(kubeconfig=str(tmp_path / "config"), timeout=0.3) as client:
        double.faults.slow = 30
        with pytest.raises(Unavailable, match=r"no answer within 0\.3 s"):
            await client.version()


async def test_a_throttling_cluster_says_how_long_to_wait(double: ClusterDouble, cluster: Cluster) -> None:
    double.faults.throttled = 7
    with pytest.raises(Unavailable) as failure:
        await cluster.get(NAMESPACE, "default")
    assert failure.value.retry_after == 7


async def test_a_verb_can_fail_while_others_work(double: ClusterDouble, cluster: Cluster) -> None:
    double.faults.failing["patch configmaps"] = 500
    with pytest.raises(Unavailable):
        await cluster.apply(config_map("one"))
    assert await cluster.get(CONFIG_MAP, "one", "default") is None
    await cluster.create(config_map("two"))


async def test_a_write_whose_answer_is_lost_was_done_and_can_be_applied_again(
    double: ClusterDouble, cluster: Cluster
) -> None:
    double.faults.after_write = True
    with pytest.raises(Unavailable):
        await cluster.apply(config_map("one", {"a": "1"}))
    assert double.object("ConfigMap", "one", "default") is not None
    double.faults.clear()
    assert (await cluster.apply(config_map("one", {"a": "1"})))["data"] == {"a": "1"}


async def test_a_list_that_expires_is_begun_anew_and_gives_nothing_twice(
    double: ClusterDouble, cluster: Cluster
) -> None:
    names = [f"item-{number}" for number in range(6)]
    for name in names:
        double.put(config_map(name))
    found: list[str] = []
    async for item in cluster.list(CONFIG_MAP, "default", page_size=2):
        if len(found) == 2:
            double.expire_continue_tokens()
        found.append(item["metadata"]["name"])
    assert sorted(found) == sorted([*names, "kube-root-ca.crt"])


async def test_a_list_that_never_ends_gives_up(double: ClusterDouble, cluster: Cluster) -> None:
    for number in range(4):
        double.put(config_map(f"item-{number}"))
    with pytest.raises(Unavailable, match="expired again and again"):
        await _read_expiring(double, cluster)


async def test_a_list_that_breaks_off_is_not_taken_for_a_whole_one(double: ClusterDouble, cluster: Cluster) -> None:
    for number in range(4):
        double.put(config_map(f"item-{number}"))
    held = double.faults.holds.hold("list configmaps", "arrived", skip=1)
    reading = asyncio.create_task(_read(cluster))
    await held.reached()
    double.faults.down = "refused"  # or a cut page would be asked for once more, and come
    held.cut()
    with pytest.raises(Unavailable):
        await reading
    double.faults.clear()
    assert len(await _read(cluster)) == 5


async def _read(cluster: Cluster) -> list[KubernetesObject]:
    return [item async for item in cluster.list(CONFIG_MAP, "default", page_size=2)]


async def test_what_is_said_to_be_expired_without_being_a_list_is_a_refusal(
    double: ClusterDouble, cluster: Cluster
) -> None:
    double.faults.failing["get configmaps"] = 410
    with pytest.raises(ClusterError) as refusal:
        await cluster.get(CONFIG_MAP, "one", "default")
    assert refusal.value.code == 410


async def _read_expiring(double: ClusterDouble, cluster: Cluster) -> None:
    # One item a page, and after each the rest expires: every new beginning gets one item further.
    async for _item in cluster.list(CONFIG_MAP, "default", page_size=1):
        double.expire_continue_tokens()


async def test_a_token_that_is_not_known_makes_the_cluster_unavailable(double: ClusterDouble, tmp_path: Path) -> None:
    kubeconfig = double.write_kubeconfig(tmp_path / "config", token="wrong")
    async with Cluster(kubeconfig=str(kubeconfig)) as client:
        with pytest.raises(Unavailable, match="credentials"):
            await client.get(NAMESPACE, "default")


async def test_a_rotated_token_is_read_again_after_it_was_refused(double: ClusterDouble, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("yesterdays")
    kubeconfig = double.write_kubeconfig(tmp_path / "config")
    kubeconfig.write_text(kubeconfig.read_text().replace(f"token: {double.admin_token}", f"tokenFile: {token}"))
    async with Cluster(kubeconfig=str(kubeconfig)) as client:
        with pytest.raises(Unavailable, match="credentials"):
            await client.get(NAMESPACE, "default")
        token.unlink()
        with pytest.raises(Unavailable, match="configuration cannot be used"):
            await client.get(NAMESPACE, "default")
        token.write_text(double.admin_token)
        assert await client.get(NAMESPACE, "default") is not None


@pytest.mark.parametrize("content", ["", "{}", "not: [yaml", "current-context: gone\ncontexts: []\nclusters: []\n"])
async def test_a_kubeconfig_that_cannot_be_used_is_unavailable_and_not_a_crash(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    async with Cluster(kubeconfig=str(path)) as client:
        with pytest.raises(Unavailable, match="configuration"):
            await client.get(NAMESPACE, "default")


async def test_without_a_kubeconfig_and_outside_a_pod_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    async with Cluster() as client:
        with pytest.raises(Unavailable, match="configuration"):
            await client.get(NAMESPACE, "default")


async def test_discovery_being_down_does_not_touch_known_kinds(double: ClusterDouble, cluster: Cluster) -> None:
    asked: list[str] = []
    double.on_request(asked.append)
    await cluster.apply(config_map("one"))
    await cluster.get(NAMESPACE, "default")
    assert asked == ["PATCH /api/v1/namespaces/default/configmaps/one", "GET /api/v1/namespaces/default"]


async def test_a_discovered_kind_is_remembered(double: ClusterDouble, cluster: Cluster) -> None:
    first = await cluster.reference("policy/v1", "PodDisruptionBudget")
    double.faults.down = "unavailable"
    assert await cluster.reference("policy/v1", "PodDisruptionBudget") == first


async def test_an_answer_that_is_not_kubernetes_is_unavailable(
    serve: Callable[[web.Response], Awaitable[str]], tmp_path: Path
) -> None:
    for answer in (
        web.Response(text="<html>please log in</html>", content_type="text/html"),
        web.Response(text="not json", content_type="application/json"),
        web.Response(text="[]", content_type="application/json"),
        web.Response(text="<html>bad gateway</html>", content_type="text/html", status=502),
    ):
        config = _plain_kubeconfig(tmp_path, await serve(answer))
        async with Cluster(kubeconfig=config) as client:
            with pytest.raises(Unavailable):
                await client.get(NAMESPACE, "default")


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[web.Response], Awaitable[str]]]:
    """Runs a server that answers everything the same, and tells its URL."""
    runners: list[web.AppRunner] = []

    async def start(answer: web.Response) -> str:
        async def handle(_request: web.Request) -> web.Response:
            return answer

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


def _plain_kubeconfig(directory: Path, url: str, **user: str) -> str:
    path = directory / "plain"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": user}],
        "current-context": "c",
    }
    path.write_text(json.dumps(config))
    return str(path)


async def test_a_server_with_a_certificate_we_do_not_trust_is_unavailable(
    double: ClusterDouble, tmp_path: Path
) -> None:
    config = _plain_kubeconfig(tmp_path, double.url, token=double.admin_token)
    async with Cluster(kubeconfig=config) as client:
        with pytest.raises(Unavailable) as failure:
            await client.get(NAMESPACE, "default")
    assert isinstance(failure.value.__cause__, ssl.SSLError | OSError)
    assert double.admin_token not in str(failure.value)


async def test_addresses_that_would_reach_another_object_are_refused_before_anything_is_sent(cluster: Cluster) -> None:
    for name in ("../secrets/x", "a/b", "a?b", "", ".."):
        with pytest.raises(ValueError):
            await cluster.delete(CONFIG_MAP, name, "default")
    with pytest.raises(ValueError, match="needs a namespace"):
        await cluster.get(CONFIG_MAP, "one")
    with pytest.raises(ValueError, match="has no namespace"):
        await cluster.get(NAMESPACE, "one", "default")


def test_a_minted_token_does_not_show_itself() -> None:
    token = MintedToken("secret-token", datetime(2026, 1, 1, tzinfo=UTC))
    assert "secret-token" not in repr(token)
    assert "secret-token" not in f"{token}"


def test_a_minted_token_says_by_what_the_cluster_knows_it() -> None:
    def minted(token: str) -> MintedToken:
        return MintedToken(token, datetime(2026, 1, 1, tzinfo=UTC))

    assert minted("e30.eyJqdGkiOiAiYWJjIn0.sig").credential_id == "abc"
    for odd in ("opaque", "a.b.c", "e30.e30.e30", "e30.WzFd.x", "é.é.é"):
        assert minted(odd).credential_id is None


async def test_whoever_brings_a_token_acts_with_it_and_with_nothing_of_the_bots(
    double: ClusterDouble, cluster: Cluster
) -> None:
    await furnished(double)
    minted = await cluster.mint_token("default", "default", seconds=600)
    user = cluster.acting_as(minted.token)
    with pytest.raises(ForbiddenInCluster, match="system:serviceaccount:default:default"):
        await user.get(CONFIG_MAP, "kube-root-ca.crt", "default")
    assert await cluster.get(CONFIG_MAP, "kube-root-ca.crt", "default") is not None  # and the bot is still the bot
    await user.close()
    assert await cluster.get(NAMESPACE, "default") is not None  # closing it closes nothing of the bot's


async def test_a_token_that_has_ended_is_told_from_an_outage_and_shown_nowhere(
    double: ClusterDouble, cluster: Cluster
) -> None:
    user = cluster.acting_as("a-token-of-yesterday")
    with pytest.raises(CredentialsRefused) as refusal:
        await user.get(NAMESPACE, "default")
    shown = "".join(traceback.format_exception(refusal.value)) + repr(user) + repr(vars(user))
    assert "a-token-of-yesterday" not in shown
    double.faults.down = "unavailable"
    with pytest.raises(Unavailable) as outage:
        await user.get(NAMESPACE, "default")
    assert not isinstance(outage.value, CredentialsRefused)


async def test_a_client_certificate_of_the_bots_is_not_shown_for_others(
    double: ClusterDouble, cluster: Cluster
) -> None:
    await cluster.get(NAMESPACE, "default")
    own = cluster._own._own
    assert own is not None
    own.configuration.cert_file = "the-bots.pem"
    await cluster.acting_as(double.admin_token).get(NAMESPACE, "default")
    others = cluster._own._others
    assert others is not None
    assert others.configuration.cert_file is None
    assert others.configuration.api_key == {}
    assert others.configuration.host == own.configuration.host
    assert others.configuration.ssl_ca_cert == own.configuration.ssl_ca_cert


async def furnished(double: ClusterDouble) -> None:
    """Controllers make what every namespace has."""

    def there() -> bool:
        made = (double.object(kind, name, "default") for kind, name in FURNITURE)
        return all(each is not None for each in made)

    await double.wait_until(there, seconds=30)


FURNITURE = (("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"))


def a_pod(name: str, *containers: str) -> KubernetesObject:
    made = [{"name": each, "image": "registry.k8s.io/pause:3.10"} for each in containers]
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": made}}


async def test_logs_are_the_last_lines_of_one_container(double: ClusterDouble, cluster: Cluster) -> None:
    await furnished(double)
    double.put(a_pod("web", "app", "side"))
    double.write_log("web", "app", "one\ntwo\ndrei: Größe\n")
    assert await cluster.logs("web", "default", container="app", tail_lines=2, limit_bytes=1000) == "two\ndrei: Größe\n"
    assert await cluster.logs("web", "default", container="app", tail_lines=9, limit_bytes=5) == "one\nt"
    assert "playground" in await cluster.logs("web", "default", container="side", tail_lines=9, limit_bytes=1000)
    with pytest.raises(BadRequest, match="container name must be specified"):
        await cluster.logs("web", "default", tail_lines=9, limit_bytes=1000)
    with pytest.raises(BadRequest, match="not valid"):
        await cluster.logs("web", "default", container="nope", tail_lines=9, limit_bytes=1000)
    with pytest.raises(NotFoundInCluster):
        await cluster.logs("gone", "default", tail_lines=9, limit_bytes=1000)


async def test_no_more_of_a_log_is_read_than_asked_for_and_bytes_that_are_no_text_do_no_harm(
    serve: Callable[[web.Response], Awaitable[str]], tmp_path: Path
) -> None:
    # A server that does not keep to `limitBytes`.
    body = b"\xff\xfe line\n" + b"x" * 5_000_000
    config = _plain_kubeconfig(tmp_path, await serve(web.Response(body=body, content_type="text/plain")))
    async with Cluster(kubeconfig=config) as client:
        text = await client.logs("web", "default", tail_lines=10, limit_bytes=1000)
    assert len(text) == 1000
    assert text.startswith("\ufffd\ufffd line\n")


def test_known_kinds_have_the_paths_of_the_api() -> None:
    assert KINDS["v1", "Namespace"].path(name="a") == "/api/v1/namespaces/a"
    assert KINDS["v1", "Pod"].path("a", "b", "log") == "/api/v1/namespaces/a/pods/b/log"
    assert KINDS["v1", "Pod"].path() == "/api/v1/pods"
    assert KINDS["apps/v1", "Deployment"].path("a") == "/apis/apps/v1/namespaces/a/deployments"


# --- the error tree, on answers worded as real servers word them ----------------------------------------------------


def _status(code: int, reason: str, message: str, causes: list[dict[str, str]] | None = None) -> str:
    details = {"causes": causes} if causes else {}
    return json.dumps(
        {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message, "details": details}
    )


@pytest.mark.parametrize(
    ("code", "reason", "message", "causes", "wanted"),
    [
        (404, "NotFound", 'namespaces "x" not found', None, NotFoundInCluster),
        (409, "AlreadyExists", 'namespaces "x" already exists', None, AlreadyExists),
        (409, "Conflict", "Operation cannot be fulfilled on …: the object has been modified", None, ChangedMeanwhile),
        (
            409,
            "Conflict",
            "Apply failed with 1 conflict",
            [{"reason": "FieldManagerConflict", "message": 'conflict with "x"', "field": ".data.a"}],
            FieldsOwnedByOthers,
        ),
        (422, "Invalid", "…", [{"reason": "FieldValueInvalid", "message": "m", "field": "spec"}], Invalid),
        (400, "BadRequest", 'strict decoding error: unknown field "spec.x"', None, Invalid),
        (400, "BadRequest", 'Pod in version "v1" cannot be handled as a Pod: …', None, Invalid),
        (500, "", "failed to create typed patch object (…): .spec.x: field not declared in schema", None, Invalid),
        (400, "BadRequest", "failed to create typed patch object (…): .spec.x: …", None, Invalid),
        (403, "Forbidden", 'pods "x" is forbidden: exceeded quota: q, requested: pods=1', None, QuotaExceeded),
        (403, "Forbidden", 'pods "x" is forbidden: failed quota: q: must specify limits.cpu', None, QuotaExceeded),
        (
            403,
            "Forbidden",
            "unable to create new content in namespace a because it is being terminated",
            [{"reason": "NamespaceTerminating", "message": "…", "field": "metadata.namespace"}],
            NamespaceTerminating,
        ),
        (403, "Forbidden", 'User "x" cannot list resource "pods"', None, ForbiddenInCluster),
        (415, "UnsupportedMediaType", "…", None, BadRequest),
        (405, "MethodNotAllowed", "…", None, BadRequest),
    ],
)
def test_refusals_are_told_apart(
    code: int, reason: str, message: str, causes: list[dict[str, str]] | None, wanted: type[ClusterError]
) -> None:
    error = translated(code, _status(code, reason, message, causes), {})
    assert type(error) is wanted
    assert isinstance(error, ClusterError)
    assert (error.message, error.reason, error.code) == (message, reason, code)
    assert [cause.field for cause in error.causes] == [cause["field"] for cause in causes or []]


@pytest.mark.parametrize("code", [401, 429, 500, 502, 503, 504])
def test_what_may_pass_is_unavailable_and_not_a_refusal(code: int) -> None:
    for body in (_status(code, "x", "y"), "<html>", "", None):
        assert isinstance(translated(code, body, None), Unavailable)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [("3", 3.0), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), (None, None)],
)
def test_only_a_number_of_seconds_is_taken_from_retry_after(header: str | None, wanted: float | None) -> None:
    error = translated(429, None, {"Retry-After": header} if header else {})
    assert isinstance(error, Unavailable)
    assert error.retry_after == wanted


@pytest.mark.parametrize("body", ["[]", '{"kind": "Status", "details": 7}', '{"details": {"causes": [1]}}', "null"])
def test_odd_bodies_do_not_break_the_translation(body: str) -> None:
    assert isinstance(translated(403, body, {}), ForbiddenInCluster)
