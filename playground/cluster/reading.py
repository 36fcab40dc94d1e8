"""Lists, pages and watches over the store; changes nothing."""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from playground.cluster.kinds import Kind, Object
from playground.cluster.selectors import field_test, label_test
from playground.cluster.status import Refusal, bad_request, expired
from playground.cluster.store import Change, Store

_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter."
)
_SNAPSHOTS = 1000


@dataclass(frozen=True, slots=True)
class Query:
    namespace: str = ""
    label_selector: str = ""
    field_selector: str = ""

    def test(self, kind: Kind) -> Callable[[Object], bool]:
        labels, fields = label_test(self.label_selector), field_test(kind, self.field_selector)

        def matches(item: Object) -> bool:
            metadata = item["metadata"]
            if self.namespace and metadata.get("namespace") != self.namespace:
                return False
            return labels(metadata.get("labels") or {}) and fields(item)

        return matches


class Reading:
    """Pages of one list all show the moment of its first; their snapshots are kept until `expire_tokens`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._snapshots: dict[str, tuple[int, list[Object]]] = {}

    def expire_tokens(self) -> None:
        """As compaction does, every five minutes: each continue token given out is answered with 410."""
        self._snapshots.clear()

    def listed(self, kind: Kind, query: Query, limit: int = 0, token: str = "") -> Object:
        if token:
            revision, rest = self._resumed(token)
        else:
            matches = query.test(kind)
            revision = self._store.revision
            rest = [item for item in self._store.items(kind, query.namespace) if matches(item)]
        page = rest[:limit] if limit > 0 else rest
        metadata: Object = {"resourceVersion": str(revision)}
        if len(page) < len(rest):
            key = secrets.token_hex(8)
            self._snapshots[key] = (revision, rest[len(page) :])
            if len(self._snapshots) > _SNAPSHOTS:
                del self._snapshots[next(iter(self._snapshots))]
            metadata["continue"] = _encoded({"v": "meta.k8s.io/v1", "rv": revision, "start": key})
            metadata["remainingItemCount"] = len(rest) - len(page)
        # Items of a list do not carry apiVersion and kind on the real server.
        items = [{name: value for name, value in item.items() if name not in {"apiVersion", "kind"}} for item in page]
        return {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": metadata, "items": items}

    def _resumed(self, token: str) -> tuple[int, list[Object]]:
        try:
            start = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["start"]
        except (ValueError, KeyError, TypeError):
            raise bad_request("continue key is not valid") from None
        found = self._snapshots.get(start)
        if found is None:
            raise expired(_TOO_OLD)
        return found

    async def watched(
        self, kind: Kind, query: Query, since: str, *, initial_events: bool, seconds: float | None
    ) -> AsyncGenerator[Object, None]:
        """Events from a resourceVersion on ("" or "0": what exists now first), until `seconds` have passed."""
        matches = query.test(kind)
        changes: asyncio.Queue[Change] = asyncio.Queue()
        start = self._store.revision
        unsubscribe = self._store.subscribe(changes.put_nowait)
        try:
            if since in {"", "0"} or initial_events:
                for item in list(self._store.items(kind, query.namespace)):
                    if matches(item):
                        yield {"type": "ADDED", "object": item}
                if initial_events:
                    yield _bookmark(kind, start)
            else:
                missed = self._store.since(_revision(since))
                if missed is None:
                    gone = Refusal(410, "Expired", f"too old resource version: {since} ({start})")
                    yield {"type": "ERROR", "object": gone.status()}
                    return
                for change in missed:
                    if change.kind == kind and (event := _event(change, matches)):
                        yield event
            async with asyncio.timeout(seconds):
                while True:
                    change = await changes.get()
                    if change.kind == kind and (event := _event(change, matches)):
                        yield event
        except TimeoutError:
            return
        finally:
            unsubscribe()


def _revision(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax') from None


def _event(change: Change, matches: Callable[[Object], bool]) -> Object | None:
    """What a watcher of a selection sees: entering it is ADDED, leaving it is DELETED."""
    now = change.type != "DELETED" and matches(change.item)
    before = change.before is not None and matches(change.before)
    if now:
        return {"type": "MODIFIED" if before else "ADDED", "object": change.item}
    return {"type": "DELETED", "object": change.item} if before else None


def _bookmark(kind: Kind, revision: int) -> Object:
    annotations = {"k8s.io/initial-events-end": "true"}
    metadata = {"resourceVersion": str(revision), "annotations": annotations}
    return {"type": "BOOKMARK", "object": {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}}


def _encoded(value: Object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")
