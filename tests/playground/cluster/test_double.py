"""The double as a whole: its controllers, its watches, its faults; with the waits a real cluster needs."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from playground.cluster import Change, ClusterDouble
from playground.cluster.kinds import Object
from playground.cluster.status import Refusal
from tests.conftest import FakeClock
from tests.playground.cluster.conftest import Wire, config_map, deployment, pod

PODS = "/api/v1/namespaces/default/pods"


def _namespace(name: str, **metadata: Any) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def _quota(**hard: str) -> Object:
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}}


async def _furnished(double: ClusterDouble, namespace: str = "default") -> None:
    await double.wait_until(lambda: double.object("ServiceAccount", "default", namespace) is not None)


async def _counted(double: ClusterDouble) -> None:
    def counted() -> bool:
        quota = double.object("ResourceQuota", "q", "default")
        return quota is not None and (quota.get("status") or {}).get("hard") == quota["spec"]["hard"]

    await double.wait_until(counted)


def _running(double: ClusterDouble) -> list[Object]:
    return [item for item in double.objects("Pod", "default") if item["status"]["phase"] == "Running"]


def _status(double: ClusterDouble, kind: str, name: str) -> Object:
    item = double.object(kind, name, "default")
    return (item or {}).get("status") or {}


# --- controllers ----------------------------------------------------------------------------------------------------


async def test_a_new_namespace_is_furnished_a_moment_later(double: ClusterDouble, wire: Wire) -> None:
    assert (await wire.call("POST", "/api/v1/namespaces", _namespace("new"))).status == 201
    await _furnished(double, "new")
    await double.wait_until(lambda: double.object("ConfigMap", "kube-root-ca.crt", "new") is not None)


async def test_without_its_account_a_namespace_takes_no_pods(double: ClusterDouble, wire: Wire) -> None:
    double.pause_controllers()
    double.put(_namespace("new"))
    refused = await wire.call("POST", "/api/v1/namespaces/new/pods", pod("x"))
    assert refused.status == 403
    assert 'error looking up service account new/default: serviceaccount "default" not found' in refused.message


async def test_a_deployment_becomes_running_pods_and_follows_its_replicas(double: ClusterDouble, wire: Wire) -> None:
    await _furnished(double)
    double.put(deployment("web", 3))
    await double.wait_until(lambda: _status(double, "Deployment", "web").get("availableReplicas") == 3)
    assert len(_running(double)) == 3
    assert {item["metadata"]["ownerReferences"][0]["kind"] for item in _running(double)} == {"ReplicaSet"}
    scale = "/apis/apps/v1/namespaces/default/deployments/web/scale"
    assert (await wire.merge(scale, {"spec": {"replicas": 1}})).body["spec"]["replicas"] == 1
    await double.wait_until(lambda: _status(double, "Deployment", "web").get("availableReplicas") == 1)
    assert len(double.objects("Pod", "default")) == 1


async def test_a_changed_template_is_rolled_out(double: ClusterDouble) -> None:
    await _furnished(double)
    double.put(deployment("web"))
    await double.wait_until(lambda: len(_running(double)) == 2)
    container = {"name": "main", "image": "nginx:2"}
    double.edit("Deployment", "web", {"spec": {"template": {"spec": {"containers": [container]}}}}, "default")
    await double.wait_until(
        lambda: (
            {item["spec"]["containers"][0]["image"] for item in _running(double)} == {"nginx:2"}
            and len(_running(double)) == 2
        )
    )
    assert sorted(item["spec"]["replicas"] for item in double.objects("ReplicaSet", "default")) == [0, 2]


async def test_deleting_a_deployment_takes_its_pods_along(double: ClusterDouble, wire: Wire) -> None:
    await _furnished(double)
    double.put(deployment("web"))
    await double.wait_until(lambda: len(_running(double)) == 2)
    await wire.call("DELETE", "/apis/apps/v1/namespaces/default/deployments/web")
    await double.wait_until(lambda: not double.objects("Pod", "default"))


@pytest.mark.parametrize("policy", ["Foreground", "Orphan"])
async def test_propagation_decides_what_becomes_of_dependents(double: ClusterDouble, wire: Wire, policy: str) -> None:
    await _furnished(double)
    double.put(deployment("web"))
    await double.wait_until(lambda: len(_running(double)) == 2)
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    answer = await wire.call("DELETE", path, {"propagationPolicy": policy})
    if policy == "Foreground":
        assert answer.body["metadata"]["finalizers"] == ["foregroundDeletion"]
        await double.wait_until(lambda: double.object("Deployment", "web", "default") is None)
        await double.wait_until(lambda: not double.objects("Pod", "default"))
    else:
        assert double.object("Deployment", "web", "default") is None
        (replica_set,) = double.objects("ReplicaSet", "default")
        assert replica_set["metadata"]["ownerReferences"] == []
        assert len(_running(double)) == 2


async def test_stateful_sets_number_their_pods_and_jobs_end(double: ClusterDouble) -> None:
    await _furnished(double)
    stateful: Object = {**deployment("db", 2), "kind": "StatefulSet"}
    stateful["spec"]["serviceName"] = "db"
    double.put(stateful)
    job: Object = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}}},
    }
    double.put(job)
    await double.wait_until(lambda: _status(double, "StatefulSet", "db").get("readyReplicas") == 2)
    assert {"db-0", "db-1"} <= {item["metadata"]["name"] for item in double.objects("Pod", "default")}
    await double.wait_until(lambda: _status(double, "Job", "once").get("succeeded") == 1)
    assert _status(double, "Job", "once")["conditions"][0]["type"] == "Complete"


# --- quotas and limits ----------------------------------------------------------------------------------------------


async def test_a_quota_counts_nothing_before_its_status_does(double: ClusterDouble, wire: Wire) -> None:
    await _furnished(double)
    double.pause_controllers()
    double.put(_quota(pods="0"))
    assert (await wire.call("POST", PODS, pod("early"))).status == 201
    double.resume_controllers()
    await _counted(double)
    late = await wire.call("POST", PODS, pod("late"))
    assert (late.status, late.reason) == (403, "Forbidden")
    assert late.message == (
        'pods "late" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=0'
    )


async def test_usage_is_charged_at_once_and_given_back(double: ClusterDouble, wire: Wire) -> None:
    await _furnished(double)
    double.put(_quota(pods="1"))
    await _counted(double)
    assert (await wire.call("POST", PODS, pod("a"))).status == 201
    assert _status(double, "ResourceQuota", "q")["used"] == {"pods": "1"}
    assert (await wire.call("POST", PODS, pod("b"))).status == 403
    await wire.call("DELETE", f"{PODS}/a", {"gracePeriodSeconds": 0})
    await double.wait_until(lambda: _status(double, "ResourceQuota", "q")["used"] == {"pods": "0"})
    assert (await wire.call("POST", PODS, pod("b"))).status == 201


async def test_a_dry_run_is_checked_against_the_quota_and_not_charged(double: ClusterDouble, wire: Wire) -> None:
    await _furnished(double)
    double.put(_quota(pods="1"))
    await _counted(double)
    for _time in range(2):
        assert (await wire.call("POST", PODS, pod("a"), dryRun="All")).status == 201
    assert (await wire.call("POST", PODS, pod("a"))).status == 201
    assert (await wire.call("POST", PODS, pod("b"), dryRun="All")).status == 403


async def test_a_quota_on_cpu_refuses_pods_that_say_nothing_of_cpu(double: ClusterDouble, wire: Wire) -> None:
    await _furnished(double)
    double.put(_quota(**{"requests.cpu": "1", "limits.memory": "1Gi"}))
    await _counted(double)
    refused = await wire.call("POST", PODS, pod("silent"))
    assert refused.message == (
        'pods "silent" is forbidden: failed quota: q: must specify limits.memory for: main; requests.cpu for: main'
    )
    assert (await wire.call("POST", PODS, pod("said", requests={"cpu": "1", "memory": "1Gi"}))).status == 201
    third = await wire.call("POST", PODS, pod("more", requests={"cpu": "500m", "memory": "0"}))
    assert "requested: requests.cpu=500m, used: requests.cpu=1, limited: requests.cpu=1" in third.message


async def test_a_limit_range_fills_in_what_the_quota_asks_for(double: ClusterDouble, wire: Wire) -> None:
    await _furnished(double)
    double.put(_quota(**{"requests.cpu": "1", "limits.cpu": "2"}))
    limits = {"limits": [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "500m"}}]}
    double.put({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": limits})
    await _counted(double)
    made = await wire.call("POST", PODS, pod("a"))
    assert made.body["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "500m"}}


async def test_a_deployment_beyond_the_quota_says_why_it_is_short(double: ClusterDouble) -> None:
    await _furnished(double)
    double.put(_quota(pods="1"))
    await _counted(double)
    double.put(deployment("web", 3))
    await double.wait_until(lambda: bool(double.objects("Event", "default")))
    (event,) = double.objects("Event", "default")
    assert event["reason"] == "FailedCreate"
    assert "exceeded quota: q" in event["message"]
    assert len(double.objects("Pod", "default")) == 1
    double.edit("ResourceQuota", "q", {"spec": {"hard": {"pods": "9"}}}, "default")
    await double.wait_until(lambda: len(_running(double)) == 3)


async def test_ended_pods_free_their_share(double: ClusterDouble) -> None:
    await _furnished(double)
    double.put(_quota(pods="5"))
    double.put(pod("a"))
    await double.wait_until(lambda: _status(double, "ResourceQuota", "q").get("used") == {"pods": "1"})
    ended = {"status": {"phase": "Succeeded"}}
    double.edit("Pod", "a", ended, "default", subresource="status")
    await double.wait_until(lambda: _status(double, "ResourceQuota", "q").get("used") == {"pods": "0"})


# --- namespaces that go, or do not ----------------------------------------------------------------------------------


async def test_a_namespace_goes_with_everything_in_it(double: ClusterDouble, wire: Wire) -> None:
    double.put(_namespace("gone"))
    await _furnished(double, "gone")
    double.put({**deployment("web"), "metadata": {"name": "web", "namespace": "gone"}})
    await double.wait_until(lambda: len(double.objects("Pod", "gone")) == 2)
    answer = await wire.call("DELETE", "/api/v1/namespaces/gone")
    assert answer.body["status"]["phase"] == "Terminating"
    await double.wait_until(lambda: double.object("Namespace", "gone") is None)
    assert double.contents("gone") == []


async def test_a_broken_api_keeps_namespaces_terminating_and_they_say_so(double: ClusterDouble) -> None:
    double.put(_namespace("stuck"))
    await _furnished(double, "stuck")
    double.break_discovery()
    double.delete("Namespace", "stuck")

    def told() -> bool:
        namespace = double.object("Namespace", "stuck") or {}
        return any(
            one["type"] == "NamespaceDeletionDiscoveryFailure" and "metrics.k8s.io/v1beta1" in one["message"]
            for one in namespace.get("status", {}).get("conditions") or ()
            if one["status"] == "True"
        )

    await double.wait_until(told)
    assert double.contents("stuck")
    double.mend_discovery()
    await double.wait_until(lambda: double.object("Namespace", "stuck") is None)


async def test_a_namespace_with_a_finalizer_of_its_own_waits_for_it(double: ClusterDouble, wire: Wire) -> None:
    double.put(_namespace("held", finalizers=["a.b/c"]))
    double.delete("Namespace", "held")
    await double.wait_until(lambda: not (double.object("Namespace", "held") or {})["spec"].get("finalizers"))
    assert double.object("Namespace", "held") is not None
    await wire.merge("/api/v1/namespaces/held", {"metadata": {"finalizers": None}})
    assert double.object("Namespace", "held") is None


async def test_nothing_new_comes_into_a_namespace_that_goes(double: ClusterDouble, wire: Wire) -> None:
    double.put(_namespace("going"))
    double.break_discovery()
    double.delete("Namespace", "going")
    refused = await wire.call("POST", "/api/v1/namespaces/going/configmaps", config_map("x"))
    assert refused.status == 403
    assert refused.body["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    assert refused.message.endswith("because it is being terminated")


# --- watching -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _watching(wire: Wire, path: str, **query: str) -> AsyncIterator[Callable[[], Any]]:
    """Gives a function that waits for the next event: (type, name), or the whole event of an error."""
    params = {"watch": "true", **query}
    async with wire.session.get(wire.url + path, params=params, headers=wire.headers) as response:

        async def following() -> tuple[str, str] | Object:
            line = await asyncio.wait_for(response.content.readline(), 5)
            event: Object = json.loads(line)
            if event["type"] == "ERROR":
                return event
            return event["type"], event["object"]["metadata"].get("name", "")

        yield following


MAPS = "/api/v1/namespaces/default/configmaps"


async def test_a_watch_shows_what_is_there_and_then_what_happens(double: ClusterDouble, wire: Wire) -> None:
    double.put({**config_map("a"), "metadata": {"name": "a", "labels": {"l": "1"}}})
    async with _watching(wire, MAPS, labelSelector="l=1") as following:
        assert await following() == ("ADDED", "a")
        double.edit("ConfigMap", "a", {"data": {"k": "v"}}, "default")
        assert await following() == ("MODIFIED", "a")
        double.put(config_map("other"))
        double.edit("ConfigMap", "other", {"metadata": {"labels": {"l": "1"}}}, "default")
        assert await following() == ("ADDED", "other")
        double.edit("ConfigMap", "a", {"metadata": {"labels": {"l": "2"}}}, "default")
        assert await following() == ("DELETED", "a")
        double.delete("ConfigMap", "other", "default")
        assert await following() == ("DELETED", "other")


async def test_a_watch_goes_on_from_a_version(double: ClusterDouble, wire: Wire) -> None:
    version = double.put(config_map("a"))["metadata"]["resourceVersion"]
    double.put(config_map("b"))
    async with _watching(wire, MAPS, resourceVersion=version, fieldSelector="metadata.name=b") as following:
        assert await following() == ("ADDED", "b")


async def test_a_watch_from_a_forgotten_version_ends_with_410(double: ClusterDouble, wire: Wire) -> None:
    version = double.put(config_map("a"))["metadata"]["resourceVersion"]
    double.put(config_map("b"))
    double.compact()
    async with _watching(wire, MAPS, resourceVersion=version) as following:
        event = await following()
    assert event["object"]["code"] == 410


async def test_a_watch_ends_when_its_time_is_up(wire: Wire) -> None:
    params = {"watch": "true", "timeoutSeconds": "0.1"}
    async with wire.session.get(wire.url + MAPS, params=params, headers=wire.headers) as response:
        await asyncio.wait_for(response.read(), 5)


# --- as a double ----------------------------------------------------------------------------------------------------


async def test_faults_are_per_verb_and_resource_and_heal(double: ClusterDouble, wire: Wire) -> None:
    double.faults.failing = {"create": 503, "list configmaps": 500}
    assert (await wire.call("POST", MAPS, config_map("x"))).status == 503
    assert (await wire.call("GET", MAPS)).status == 500
    assert (await wire.call("GET", PODS)).status == 200
    double.faults.clear()
    assert (await wire.call("POST", MAPS, config_map("x"))).status == 201


async def test_throttling_says_when_to_come_back(double: ClusterDouble, wire: Wire) -> None:
    double.faults.throttled = 3
    answer = await wire.call("GET", MAPS)
    assert (answer.status, answer.body["details"]["retryAfterSeconds"]) == (429, 3)


async def test_a_refused_connection_is_no_answer(double: ClusterDouble, wire: Wire) -> None:
    double.faults.down = "refused"
    with pytest.raises(aiohttp.ClientError):
        await wire.call("GET", MAPS)


async def test_changes_are_told_to_who_subscribed(double: ClusterDouble) -> None:
    seen: list[Change] = []
    stop = double.subscribe(seen.append)
    double.put(config_map("x"))
    double.edit("ConfigMap", "x", {"data": {"a": "1"}}, "default")
    double.delete("ConfigMap", "x", "default")
    stop()
    double.put(config_map("y"))
    mine = [change for change in seen if change.item["metadata"]["name"] == "x"]
    assert [change.type for change in mine] == ["ADDED", "MODIFIED", "DELETED"]
    assert not [change for change in seen if change.item["metadata"]["name"] == "y"]


async def test_what_a_test_puts_in_must_be_valid_too(double: ClusterDouble) -> None:
    with pytest.raises(Refusal):
        double.put(config_map("NOT VALID"))


async def test_waiting_for_what_never_comes_fails(double: ClusterDouble) -> None:
    with pytest.raises(TimeoutError):
        await double.wait_until(lambda: False, seconds=0.05)


async def test_the_kubeconfig_is_for_its_owners_eyes(double: ClusterDouble, tmp_path: Path) -> None:
    path = double.write_kubeconfig(tmp_path / "config")
    assert path.stat().st_mode & 0o777 == 0o600


async def test_it_can_be_stopped_twice_and_leaves_no_tasks() -> None:
    before = asyncio.all_tasks()
    double = ClusterDouble()
    await double.start()
    await double.stop()
    await double.stop()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_the_demos_cluster_runs_what_sandboxes_policies_select(clock: FakeClock) -> None:
    async with ClusterDouble(clock=clock, workloads=True) as double:
        await double.wait_until(lambda: len(double.objects("Pod")) == 4)
        labels = [item["metadata"]["labels"] for item in double.objects("Pod", "kube-system")]
        assert {label["k8s-app"] for label in labels} == {"kube-dns"}


async def test_claims_are_bound(double: ClusterDouble) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    double.put({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": spec})
    await double.wait_until(lambda: _status(double, "PersistentVolumeClaim", "c").get("phase") == "Bound")
