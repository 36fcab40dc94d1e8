"""What can be done to objects: create, replace, patch, apply, delete; each checked as the real server checks it.

Who may do it was decided before (rbac.py, server.py), except for what only the content tells: giving away rights.
"""

import copy
import random
import uuid
from typing import Any

from bot.kit.clock import Clock
from playground.cluster import apply as server_side
from playground.cluster import defaults, patches, validation
from playground.cluster.admission import Admission
from playground.cluster.apply import Owned, Writer
from playground.cluster.decoding import Decoder, Options
from playground.cluster.kinds import Kind, Kinds, Object
from playground.cluster.rbac import GROUP, Attributes, Authorizer, User
from playground.cluster.schema import Schemas
from playground.cluster.status import (
    Cause,
    Refusal,
    already_exists,
    bad_request,
    conflict,
    forbidden,
    invalid,
    not_found,
    required,
    success,
)
from playground.cluster.store import Store

_RANDOM_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
_KEPT = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")


class Operations:
    def __init__(self, store: Store, kinds: Kinds, schemas: Schemas, authorizer: Authorizer, clock: Clock) -> None:
        self._store = store
        self._kinds = kinds
        self._schemas = schemas
        self._authorizer = authorizer
        self.clock = clock
        self._decoder = Decoder(schemas)
        self.admission = Admission(store, kinds)

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        found = self._store.get(kind, namespace, name)
        if found is None:
            raise not_found(kind, name)
        return found

    def exists(self, kind: Kind, namespace: str, name: str) -> bool:
        return self._store.get(kind, namespace, name) is not None

    def create(self, kind: Kind, namespace: str, body: Any, user: User, options: Options) -> Object:
        item = self._decoder.decoded(kind, body, namespace, "", options)
        if item["metadata"].get("resourceVersion"):
            raise bad_request("resourceVersion should not be set on objects to be created")
        item["metadata"].pop("managedFields", None)
        return self._create(kind, item, user, options, None)

    def _create(
        self, kind: Kind, item: Object, user: User, options: Options, owners: dict[Writer, Owned] | None
    ) -> Object:
        metadata = item["metadata"]
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"][:58] + "".join(random.choices(_RANDOM_LETTERS, k=5))
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = self.now()
        for name in ("deletionTimestamp", "deletionGracePeriodSeconds"):
            metadata.pop(name, None)
        if kind.generation:
            metadata["generation"] = 1
        if kind.has_status:
            item.pop("status", None)
        defaults.fill_in(kind, item)
        self.admission.mutate_new(kind, item)
        self._check(kind, item, None, options)
        self._check_grants(kind, item, None, user)
        name = metadata["name"]
        if self._store.get(kind, metadata.get("namespace", ""), name) is not None:
            raise already_exists(kind, name)
        if owners is None:
            writer = Writer(options.manager, "Update")
            owners = server_side.after_update(kind, self._schemas.struct(kind.model), {}, item, writer, now=self.now())
        return self._stored(kind, server_side.with_owners(item, owners), options)

    def replace(
        self, kind: Kind, namespace: str, name: str, body: Any, user: User, options: Options, subresource: str = ""
    ) -> Object:
        live = self.get(kind, namespace, name)
        new = self._decoder.decoded(kind, body, namespace, name, options)
        return self._update(kind, live, new, user, options, subresource)

    def patch(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        patch: Any,
        media_type: str,
        user: User,
        options: Options,
        subresource: str = "",
    ) -> Object:
        if media_type == "application/apply-patch+yaml":
            return self._apply(kind, namespace, name, patch, user, options, subresource)
        if options.force:
            cause = Cause("FieldValueForbidden", "Forbidden: may not be specified for non-apply patch", "force")
            raise Refusal(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {cause.field}: {cause.message}')
        live = self.get(kind, namespace, name)
        if media_type == "application/json-patch+json":
            new = patches.json_patch(live, patch)
        elif media_type == "application/merge-patch+json":
            new = patches.merge_patch(live, patch)
        else:
            new = patches.strategic_patch(self._schemas.struct(kind.model), live, patch)
        clean = self._decoder.decoded(kind, new, namespace, name, options)
        return self._update(kind, live, clean, user, options, subresource)

    def _apply(
        self, kind: Kind, namespace: str, name: str, body: Any, user: User, options: Options, subresource: str
    ) -> Object:
        if not options.manager:
            cause = required("fieldManager", "is required for apply patch")
            raise Refusal(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {cause.field}: {cause.message}')
        applied = self._decoder.decoded_apply(kind, body, namespace, name)
        live = self._store.get(kind, namespace, name)
        self._check_identity(kind, name, applied, live)
        if subresource:
            applied = {
                key: value for key, value in applied.items() if key in {"apiVersion", "kind", "metadata", "status"}
            }
        elif kind.has_status:
            applied.pop("status", None)
        if live is None and subresource:
            raise not_found(kind, name)
        schema = self._schemas.struct(kind.model)
        writer = Writer(options.manager, "Apply", subresource)
        merged, owners = server_side.apply(
            kind, schema, live or {}, applied, writer, force=options.force, now=self.now()
        )
        if live is None:
            return self._create(kind, self._decoder.pruned(kind, merged), user, options, owners)
        merged["metadata"].pop("managedFields", None)
        return self._update(kind, live, self._decoder.pruned(kind, merged), user, options, subresource, owners)

    def _check_identity(self, kind: Kind, name: str, applied: Object, live: Object | None) -> None:
        """An apply may say which object, and which state of it, it means."""
        wanted = applied["metadata"]
        found = (live or {}).get("metadata", {})
        if wanted.get("uid") and wanted["uid"] != found.get("uid"):
            raise conflict(
                kind,
                name,
                f"uid mismatch: the provided object specified uid {wanted['uid']}, and no such object exists",
            )
        if wanted.get("resourceVersion") and wanted["resourceVersion"] != found.get("resourceVersion"):
            raise conflict(kind, name, _MODIFIED)

    def _update(
        self,
        kind: Kind,
        live: Object,
        new: Object,
        user: User,
        options: Options,
        subresource: str,
        owners: dict[Writer, Owned] | None = None,
    ) -> Object:
        name = live["metadata"]["name"]
        given = new["metadata"]
        if given.get("resourceVersion") and given["resourceVersion"] != live["metadata"]["resourceVersion"]:
            raise conflict(kind, name, _MODIFIED)
        if given.get("uid") and given["uid"] != live["metadata"]["uid"]:
            raise conflict(
                kind,
                name,
                f"Precondition failed: UID in precondition: {given['uid']}, UID in object meta: {live['metadata']['uid']}",
            )
        new = self._joined(kind, live, new, subresource)
        if not subresource:
            defaults.fill_in(kind, new)
        if kind.generation and new.get("spec") != live.get("spec"):
            new["metadata"]["generation"] = live["metadata"].get("generation", 1) + 1
        self._check(kind, new, live, options)
        self._check_grants(kind, new, live, user)
        if owners is None:
            writer = Writer(options.manager, "Update", subresource)
            schema = self._schemas.struct(kind.model)
            owners = server_side.after_update(kind, schema, live, new, writer, now=self.now())
        new = server_side.with_owners(new, owners)
        if _same(live, new):
            return live
        if new["metadata"].get("deletionTimestamp") and not self._held(kind, new) and not options.dry_run:
            # The last finalizer went: that is what the object waited for.
            self._store.put(kind, new)
            return self._store.remove(kind, new["metadata"].get("namespace", ""), name)
        return self._stored(kind, new, options)

    def _joined(self, kind: Kind, live: Object, new: Object, subresource: str) -> Object:
        """The new object with what a write of this sort cannot change taken from the live one."""
        if subresource:
            part = "status" if subresource == "status" else "spec"
            joined = copy.deepcopy(live)
            if part in new:
                joined[part] = new[part]
            else:
                joined.pop(part, None)
            return joined
        joined = copy.deepcopy(new)
        metadata = joined["metadata"]
        metadata.pop("managedFields", None)
        metadata.pop("resourceVersion", None)
        for field in _KEPT:
            metadata.pop(field, None)
            if field in live["metadata"]:
                metadata[field] = live["metadata"][field]
        if kind.has_status:
            joined.pop("status", None)
            if "status" in live:
                joined["status"] = copy.deepcopy(live["status"])
        if kind.kind == "Namespace":
            joined["spec"] = copy.deepcopy(live["spec"])
        if kind.kind == "Service":
            # Nobody who replaces a service knows which address it was given.
            for field in ("clusterIP", "clusterIPs"):
                if not joined["spec"].get(field) and field in live["spec"]:
                    joined["spec"][field] = live["spec"][field]
        return joined

    def _check(self, kind: Kind, item: Object, before: Object | None, options: Options) -> None:
        faults = validation.faults(kind, item)
        if before is not None:
            faults += validation.update_faults(kind, before, item)
        if faults:
            raise invalid(kind, item["metadata"].get("name", ""), faults)
        self.admission.validate(kind, item, before, options)

    def _check_grants(self, kind: Kind, item: Object, before: Object | None, user: User) -> None:
        """Nobody gives away rights they do not hold, unless they may `escalate` or `bind`."""
        if kind.group != GROUP or (before is not None and _grants(before) == _grants(item)):
            return
        name = item["metadata"].get("name", "")
        namespace = item["metadata"].get("namespace", "")
        if kind.kind in {"Role", "ClusterRole"}:
            wanted = Attributes("escalate", GROUP, kind.plural, namespace=namespace, name=name)
            rules = item.get("rules") or ()
            if not self._authorizer.allows(user, wanted) and not self._authorizer.may_grant(user, rules, namespace):
                raise self._escalation(kind, name, user)
        elif not self._authorizer.may_bind(user, item, kind):
            raise self._escalation(kind, name, user)

    def _escalation(self, kind: Kind, name: str, user: User) -> Refusal:
        why = f'user "{user.name}" (groups={list(user.groups)}) is attempting to grant RBAC permissions not currently held'
        return forbidden(kind, name, why)

    def delete(self, kind: Kind, namespace: str, name: str, body: Any, options: Options) -> Object:
        """The object as it is while it waits for its finalizers, or a Status when it is gone."""
        live = self.get(kind, namespace, name)
        asked = body if isinstance(body, dict) else {}
        _check_preconditions(kind, live, asked.get("preconditions") or {})
        self.admission.check_delete(kind, name)
        metadata = live["metadata"]
        if options.dry_run or asked.get("dryRun"):
            return success(kind, name, metadata["uid"])
        policy = asked.get("propagationPolicy") or ("Orphan" if asked.get("orphanDependents") else "Background")
        if policy not in {"Background", "Foreground", "Orphan"}:
            raise bad_request(f'invalid propagationPolicy "{policy}"')
        if policy == "Orphan":
            self._orphan_dependents(metadata["uid"], namespace)
        finalizers = list(metadata.get("finalizers") or ())
        if policy == "Foreground" and "foregroundDeletion" not in finalizers:
            finalizers.append("foregroundDeletion")
        grace = asked.get("gracePeriodSeconds")
        if grace is None:
            grace = live["spec"].get("terminationGracePeriodSeconds", 30) if kind.kind == "Pod" else 0
        if kind.kind == "Pod" and not (live.get("spec") or {}).get("nodeName"):
            grace = 0
        marked = copy.deepcopy(live)
        if finalizers:
            marked["metadata"]["finalizers"] = finalizers
        if not self._held(kind, marked) and not (kind.kind == "Pod" and grace > 0):
            self._store.remove(kind, namespace, name)
            return success(kind, name, metadata["uid"])
        if not metadata.get("deletionTimestamp"):
            marked["metadata"]["deletionTimestamp"] = self.now()
            marked["metadata"]["deletionGracePeriodSeconds"] = grace
            if kind.kind == "Namespace":
                marked["status"]["phase"] = "Terminating"
        return live if _same(live, marked) else self._store.put(kind, marked)

    def finish_pod(self, namespace: str, name: str) -> None:
        """What a kubelet does when the containers of a deleted pod have ended."""
        pods = self._kinds.named("Pod")
        pod = self.get(pods, namespace, name)
        if not self._held(pods, pod):
            self._store.remove(pods, namespace, name)

    def finalize(self, name: str, body: Any, options: Options) -> Object:
        """PUT namespaces/<name>/finalize: the only way to change a namespace's own finalizers."""
        kind = self._kinds.named("Namespace")
        live = self.get(kind, "", name)
        new = self._decoder.decoded(kind, body, "", name, options)
        marked = copy.deepcopy(live)
        marked["spec"]["finalizers"] = (new.get("spec") or {}).get("finalizers") or []
        if marked["metadata"].get("deletionTimestamp") and not self._held(kind, marked):
            self._store.put(kind, marked)
            return self._store.remove(kind, "", name)
        return live if _same(live, marked) else self._store.put(kind, marked)

    def _held(self, kind: Kind, item: Object) -> bool:
        if kind.kind == "Namespace" and (item.get("spec") or {}).get("finalizers"):
            return True
        return bool(item["metadata"].get("finalizers"))

    def _orphan_dependents(self, uid: str, namespace: str) -> None:
        for kind, item in list(self._store.in_namespace(namespace)):
            owners = item["metadata"].get("ownerReferences") or ()
            kept = [owner for owner in owners if owner["uid"] != uid]
            if len(kept) != len(owners):
                self._store.put(kind, {**item, "metadata": {**item["metadata"], "ownerReferences": kept}})

    def _stored(self, kind: Kind, item: Object, options: Options) -> Object:
        return item if options.dry_run else self._store.put(kind, item)

    def now(self) -> str:
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _grants(item: Object) -> tuple[object, ...]:
    return item.get("rules"), item.get("roleRef"), item.get("subjects")


def _check_preconditions(kind: Kind, live: Object, wanted: Object) -> None:
    metadata = live["metadata"]
    for field, title, hint in (
        ("uid", "UID", "The object might have been deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "The object might have been modified"),
    ):
        if wanted.get(field) and wanted[field] != metadata[field]:
            record = f"the {title} in record ({metadata[field]})"
            why = f"the {title} in the precondition ({wanted[field]}) does not match {record}. {hint}"
            raise conflict(kind, metadata["name"], why)


def _same(live: Object, new: Object) -> bool:
    """Whether a write would change nothing; the times in managedFields do not count."""

    def essence(item: Object) -> Object:
        metadata = {
            key: value for key, value in item["metadata"].items() if key not in {"resourceVersion", "managedFields"}
        }
        owners = {writer: owned.fields for writer, owned in server_side.owners_of(item).items()}
        return {**item, "metadata": metadata, "owners": owners}

    return essence(live) == essence(new)
