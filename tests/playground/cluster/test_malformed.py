"""Whatever nonsense is sent: the double refuses it or takes it, and never trips over it."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from commands.sandbox.objects import ClusterFacts, sandbox_objects
from playground.cluster import ClusterDouble
from playground.cluster.kinds import Object
from tests.commands.sandbox.test_objects import plan
from tests.playground.cluster.conftest import Wire, deployment, pod

NONSENSE: list[Any] = [None, "", {}, [], 0, -1, True, "x", [{}], {"a": "b"}, "1Gi", [None], [""], 10**30, {"": ""}]


def _whole() -> list[Object]:
    others: list[Object] = [
        pod("x", requests={"cpu": "1"}, volumes=[{"name": "v", "emptyDir": {}}]),
        deployment("y"),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "s"},
            "spec": {"type": "NodePort", "ports": [{"port": 80}]},
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "c"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        },
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c"}, "data": {"a": "YQ=="}},
    ]
    inside = sandbox_objects(plan(facts=ClusterFacts(internet=True)))[1:]
    return [{**item, "metadata": {**item["metadata"], "namespace": "default"}} for item in (*inside, *others)]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _places(inner, (*path, key))


def _spoilt(item: Object, chance: random.Random) -> Object:
    spoilt = copy.deepcopy(item)
    for _time in range(chance.randint(1, 2)):
        place = chance.choice(list(_places(spoilt)) or [("kind",)])
        target: Any = spoilt
        for key in place[:-1]:
            target = target[key]
        if chance.random() < 0.4:
            target.pop(place[-1], None) if isinstance(target, dict) else target.pop(place[-1])
        else:
            target[place[-1]] = copy.deepcopy(chance.choice(NONSENSE))
    return spoilt


PATHS = {
    "ResourceQuota": "/api/v1/namespaces/default/resourcequotas",
    "LimitRange": "/api/v1/namespaces/default/limitranges",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    "ServiceAccount": "/api/v1/namespaces/default/serviceaccounts",
    "Service": "/api/v1/namespaces/default/services",
    "Pod": "/api/v1/namespaces/default/pods",
    "Deployment": "/apis/apps/v1/namespaces/default/deployments",
    "PersistentVolumeClaim": "/api/v1/namespaces/default/persistentvolumeclaims",
    "Secret": "/api/v1/namespaces/default/secrets",
}


@pytest.mark.parametrize("seed", [1, 2])
async def test_spoilt_objects_get_an_answer(
    double: ClusterDouble, wire: Wire, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    await double.wait_until(lambda: double.object("ServiceAccount", "default", "default") is not None)
    chance = random.Random(seed)
    whole = _whole()
    for _time in range(150):
        item = chance.choice(whole)
        path, spoilt = PATHS[item["kind"]], _spoilt(item, chance)
        posted = await wire.call("POST", path, spoilt)
        applied = await wire.apply(f"{path}/{item['metadata']['name']}", spoilt)
        patched = await wire.merge(f"{path}/{item['metadata']['name']}", spoilt)
        for answer in (posted, applied, patched):
            # A crash of the server is a text; every answer of its own, a 500 included, is an object.
            assert isinstance(answer.body, dict), spoilt
    assert not [record for record in caplog.records if record.exc_info], "a controller tripped"
