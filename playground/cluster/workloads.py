"""Deployments, their replica sets, stateful and daemon sets, jobs, and the node their pods run on: enough of each."""

import copy
import hashlib
import json
from collections.abc import Iterator

from playground.cluster.decoding import Options
from playground.cluster.kinds import Kind, Kinds, Object
from playground.cluster.operations import Operations
from playground.cluster.rbac import User
from playground.cluster.status import Refusal
from playground.cluster.store import Store

NODE = "playground-node"
_SETS = ("ReplicaSet", "StatefulSet", "DaemonSet", "Job")


class Workloads:
    def __init__(self, store: Store, kinds: Kinds, operations: Operations, user: User, options: Options) -> None:
        self._store = store
        self._kinds = kinds
        self._operations = operations
        self._user = user
        self._options = options
        self._pods = kinds.named("Pod")

    def reconcile(self, namespace: str) -> None:
        for deployment in self._living("Deployment", namespace):
            self._roll_out(deployment)
        for name in _SETS:
            for owner in self._living(name, namespace):
                self._fill(self._kinds.named(name), owner)
        self._bind_claims(namespace)
        self._run_pods(namespace)
        self.finish_deleted_pods(namespace)
        for name in ("ReplicaSet", "StatefulSet", "DaemonSet", "Job", "Deployment"):
            for owner in self._living(name, namespace):
                self._report(self._kinds.named(name), owner)

    def finish_deleted_pods(self, namespace: str) -> None:
        for pod in list(self._store.items(self._pods, namespace)):
            if pod["metadata"].get("deletionTimestamp"):
                self._operations.finish_pod(namespace, pod["metadata"]["name"])

    def _living(self, kind_name: str, namespace: str) -> Iterator[Object]:
        for item in list(self._store.items(self._kinds.named(kind_name), namespace)):
            if not item["metadata"].get("deletionTimestamp"):
                yield item

    def _owned(self, kind: Kind, owner: Object) -> list[Object]:
        uid = owner["metadata"]["uid"]
        return [
            item
            for item in self._store.items(kind, owner["metadata"]["namespace"])
            if any(one["uid"] == uid for one in item["metadata"].get("ownerReferences") or ())
        ]

    def _roll_out(self, deployment: Object) -> None:
        """One replica set per pod template: the newest gets all replicas, older ones none."""
        kind = self._kinds.named("ReplicaSet")
        template = deployment["spec"]["template"]
        digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
        name = f"{deployment['metadata']['name']}-{digest}"
        namespace = deployment["metadata"]["namespace"]
        for old in self._owned(kind, deployment):
            wanted = deployment["spec"]["replicas"] if old["metadata"]["name"] == name else 0
            if old["spec"]["replicas"] != wanted:
                self._write(kind, {**old, "spec": {**old["spec"], "replicas": wanted}})
        if self._store.get(kind, namespace, name) is None:
            labels = {**(template.get("metadata") or {}).get("labels", {}), "pod-template-hash": digest}
            spec = {
                "replicas": deployment["spec"]["replicas"],
                "selector": {"matchLabels": labels},
                "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
            }
            self._create(kind, deployment, "Deployment", name, {"spec": spec}, labels)

    def _fill(self, kind: Kind, owner: Object) -> None:
        """As many pods as are wanted: missing ones are made until the server refuses, surplus ones deleted."""
        pods = [pod for pod in self._owned(self._pods, owner) if not pod["metadata"].get("deletionTimestamp")]
        wanted = _wanted(kind, owner)
        namespace, name = owner["metadata"]["namespace"], owner["metadata"]["name"]
        for pod in pods[wanted:]:
            self._operations.delete(self._pods, namespace, pod["metadata"]["name"], {}, self._options)
        taken = {pod["metadata"]["name"] for pod in pods}
        numbers = (number for number in range(wanted) if f"{name}-{number}" not in taken)
        refusal: Refusal | None = None
        for _missing in range(wanted - len(pods)):
            # Only stateful sets give names out again.
            pod_name = f"{name}-{next(numbers)}" if kind.kind == "StatefulSet" else ""
            template = copy.deepcopy(owner["spec"]["template"])
            labels = (template.get("metadata") or {}).get("labels") or {}
            try:
                if kind.kind == "StatefulSet":
                    self._claim_volumes(owner, pod_name, template["spec"])
                self._create(self._pods, owner, kind.kind, pod_name, {"spec": template["spec"]}, labels)
            except Refusal as exc:
                refusal = exc
                break
        self._remember_refusal(kind, owner, refusal)

    def _claim_volumes(self, owner: Object, pod_name: str, pod_spec: Object) -> None:
        """A volume for each claim template, which outlives the pod and is found again by its next one."""
        kind, namespace = self._kinds.named("PersistentVolumeClaim"), owner["metadata"]["namespace"]
        for claim in owner["spec"].get("volumeClaimTemplates") or ():
            volume = claim["metadata"]["name"]
            name = f"{volume}-{pod_name}"
            if self._store.get(kind, namespace, name) is None:
                metadata = {"name": name, "labels": dict(claim["metadata"].get("labels") or {})}
                body = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, "spec": claim["spec"]}
                self._operations.create(kind, namespace, copy.deepcopy(body), self._user, self._options)
            others = [each for each in pod_spec.get("volumes") or () if each.get("name") != volume]
            pod_spec["volumes"] = [*others, {"name": volume, "persistentVolumeClaim": {"claimName": name}}]

    def _remember_refusal(self, kind: Kind, owner: Object, refusal: Refusal | None) -> None:
        """Replica sets say in a condition, and everything in an event, why pods could not be made."""
        namespace, name = owner["metadata"]["namespace"], owner["metadata"]["name"]
        if refusal is not None:
            self._event(kind, owner, "FailedCreate", f"Error creating: {refusal.message}")
        current = self._store.get(kind, namespace, name)
        if kind.kind != "ReplicaSet" or current is None:
            return
        failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
        said = (current.get("status") or {}).get("conditions") or []
        wanted = [{**failure, "message": refusal.message}] if refusal is not None else []
        if [{key: one[key] for key in ("type", "status", "reason", "message")} for one in said] != wanted:
            stamped = [{**one, "lastTransitionTime": self._operations.now()} for one in wanted]
            self._set_status(kind, current, {**(current.get("status") or {"replicas": 0}), "conditions": stamped})

    def _bind_claims(self, namespace: str) -> None:
        """Storage is had for the asking here."""
        kind = self._kinds.named("PersistentVolumeClaim")
        for claim in list(self._store.items(kind, namespace)):
            if claim["status"]["phase"] == "Pending":
                capacity = {"storage": claim["spec"]["resources"]["requests"]["storage"]}
                status = {"phase": "Bound", "accessModes": claim["spec"]["accessModes"], "capacity": capacity}
                self._set_status(kind, claim, status)

    def _run_pods(self, namespace: str) -> None:
        """Schedules and starts every pod at once; pods of jobs are done at once, too."""
        for pod in list(self._store.items(self._pods, namespace)):
            phase = (pod.get("status") or {}).get("phase")
            if pod["metadata"].get("deletionTimestamp") or phase not in {None, "Pending"}:
                continue
            name = pod["metadata"]["name"]
            bound = {**pod, "spec": {**pod["spec"], "nodeName": NODE}}
            pod = self._store.put(self._pods, bound)
            owners = pod["metadata"].get("ownerReferences") or ()
            done = any(owner["kind"] == "Job" for owner in owners)
            now = self._operations.now()
            ready = "False" if done else "True"
            state = {"terminated": {"exitCode": 0, "reason": "Completed"}} if done else {"running": {"startedAt": now}}
            status = {
                "phase": "Succeeded" if done else "Running",
                "qosClass": (pod.get("status") or {}).get("qosClass", "Burstable"),
                "startTime": now,
                "podIP": _address(pod["metadata"]["uid"]),
                "conditions": [
                    {"type": sort, "status": ready if "eady" in sort else "True", "lastTransitionTime": now}
                    for sort in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
                ],
                "containerStatuses": [
                    {
                        "name": container["name"],
                        "image": container["image"],
                        "imageID": "",
                        "ready": not done,
                        "started": not done,
                        "restartCount": 0,
                        "state": state,
                    }
                    for container in pod["spec"]["containers"]
                ],
            }
            self._operations.replace(
                self._pods, namespace, name, {**pod, "status": status}, self._user, self._options, "status"
            )

    def _report(self, kind: Kind, owner: Object) -> None:
        running = [
            pod
            for pod in (
                self._owned(self._pods, owner)
                if kind.kind != "Deployment"
                else [
                    pod
                    for owned in self._owned(self._kinds.named("ReplicaSet"), owner)
                    for pod in self._owned(self._pods, owned)
                ]
            )
            if not pod["metadata"].get("deletionTimestamp")
        ]
        ready = len([pod for pod in running if (pod.get("status") or {}).get("phase") == "Running"])
        generation = owner["metadata"].get("generation", 1)
        status: Object = {**(owner.get("status") or {}), "observedGeneration": generation}
        if kind.kind == "Job":
            done = len([pod for pod in running if (pod.get("status") or {}).get("phase") == "Succeeded"])
            status = {"succeeded": done, "ready": 0, "terminating": 0}
            if done >= owner["spec"]["completions"]:
                stamp = (owner.get("status") or {}).get("completionTime") or self._operations.now()
                status |= {"completionTime": stamp, "startTime": stamp}
                status["conditions"] = [{"type": "Complete", "status": "True", "lastTransitionTime": stamp}]
        elif kind.kind == "DaemonSet":
            status |= {
                "currentNumberScheduled": len(running),
                "desiredNumberScheduled": 1,
                "numberAvailable": ready,
                "numberMisscheduled": 0,
                "numberReady": ready,
                "updatedNumberScheduled": len(running),
            }
        else:
            status |= {"replicas": len(running), "readyReplicas": ready, "availableReplicas": ready}
            if kind.kind != "ReplicaSet":
                status["updatedReplicas"] = len(running)
            if kind.kind == "Deployment":
                short = owner["spec"]["replicas"] - ready
                status["unavailableReplicas"] = short
                status["conditions"] = self._deployment_conditions(owner, available=short <= 0)
        self._set_status(kind, owner, {key: value for key, value in status.items() if value != 0 or key == "replicas"})

    def _deployment_conditions(self, owner: Object, *, available: bool) -> list[Object]:
        word = "MinimumReplicasAvailable" if available else "MinimumReplicasUnavailable"
        said = (owner.get("status") or {}).get("conditions") or []
        if said and said[0]["reason"] == word:
            return list(said)
        now = self._operations.now()
        state = "True" if available else "False"
        message = f"Deployment {'has' if available else 'does not have'} minimum availability."
        condition: Object = {"type": "Available", "status": state, "reason": word, "message": message}
        return [{**condition, "lastTransitionTime": now, "lastUpdateTime": now}]

    def _set_status(self, kind: Kind, item: Object, status: Object) -> None:
        namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
        current = self._store.get(kind, namespace, name)
        if current is not None and current.get("status") != status:
            body = {**current, "status": status}
            self._operations.replace(kind, namespace, name, body, self._user, self._options, "status")

    def _write(self, kind: Kind, item: Object) -> None:
        metadata = item["metadata"]
        self._operations.replace(kind, metadata["namespace"], metadata["name"], item, self._user, self._options)

    def _create(
        self, kind: Kind, owner: Object, owner_kind: str, name: str, content: Object, labels: dict[str, str]
    ) -> None:
        reference = {
            "apiVersion": owner["apiVersion"],
            "kind": owner_kind,
            "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
        metadata: Object = {"labels": dict(labels), "ownerReferences": [reference]}
        metadata |= {"name": name} if name else {"generateName": f"{owner['metadata']['name']}-"}
        body = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **content}
        self._operations.create(kind, owner["metadata"]["namespace"], body, self._user, self._options)

    def _event(self, kind: Kind, about: Object, reason: str, message: str) -> None:
        events = self._kinds.named("Event")
        namespace, name = about["metadata"]["namespace"], about["metadata"]["name"]
        known = any(
            event.get("reason") == reason and event["involvedObject"].get("uid") == about["metadata"]["uid"]
            for event in self._store.items(events, namespace)
        )
        if known:
            return
        now = self._operations.now()
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{name}."},
            "involvedObject": {
                "apiVersion": kind.api_version,
                "kind": kind.kind,
                "name": name,
                "namespace": namespace,
                "uid": about["metadata"]["uid"],
            },
            "reason": reason,
            "message": message,
            "type": "Warning",
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": f"{kind.singular}-controller"},
        }
        self._operations.create(events, namespace, body, self._user, self._options)


def _wanted(kind: Kind, owner: Object) -> int:
    spec = owner["spec"]
    if kind.kind == "DaemonSet":
        return 1  # there is one node
    if kind.kind == "Job":
        return 0 if spec.get("suspend") else int(spec.get("completions", 1))
    return int(spec.get("replicas", 1))


def _address(uid: str) -> str:
    number = int(uid[:4], 16)
    return f"10.244.{number >> 8}.{number & 255}"
