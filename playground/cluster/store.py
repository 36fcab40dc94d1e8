"""Holds the objects, counts revisions and remembers changes for those who watch; checks nothing."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from playground.cluster.kinds import Kind, Object

_HISTORY = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """`item` is the object as it is now, or as it was when it went; `before` as it was, None for a new one."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    kind: Kind
    item: Object
    before: Object | None
    revision: int

    @property
    def namespace(self) -> str:
        return str(self.item["metadata"].get("namespace", ""))


class Store:
    """Objects by kind, namespace and name. What is in it is never changed in place, only replaced."""

    def __init__(self) -> None:
        self.revision = 1000
        self._objects: dict[Kind, dict[str, dict[str, Object]]] = {}  # kind, namespace, name
        self._history: deque[Change] = deque()
        self._forgotten = 0
        self._subscribers: list[Callable[[Change], None]] = []

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        return self._objects.get(kind, {}).get(namespace, {}).get(name)

    def items(self, kind: Kind, namespace: str = "") -> Iterator[Object]:
        """In the order of a list: by namespace, then by name. All namespaces when none is given."""
        found = self._objects.get(kind, {})
        spaces = [namespace] if namespace else sorted(found)
        return iter([found[space][name] for space in spaces if space in found for name in sorted(found[space])])

    def in_namespace(self, namespace: str) -> Iterator[tuple[Kind, Object]]:
        """Everything inside a namespace, as of the moment of asking."""
        return iter([(kind, item) for kind in self._objects if kind.namespaced for item in self.items(kind, namespace)])

    def put(self, kind: Kind, item: Object) -> Object:
        """Stores under the object's own namespace and name, with a new resourceVersion; returns what is stored."""
        metadata = item["metadata"]
        space = self._objects.setdefault(kind, {}).setdefault(metadata.get("namespace", ""), {})
        before = space.get(metadata["name"])
        self.revision += 1
        stored = {**item, "metadata": {**metadata, "resourceVersion": str(self.revision)}}
        space[metadata["name"]] = stored
        self._tell(Change("ADDED" if before is None else "MODIFIED", kind, stored, before, self.revision))
        return stored

    def remove(self, kind: Kind, namespace: str, name: str) -> Object:
        before = self._objects[kind][namespace].pop(name)
        self.revision += 1
        last = {**before, "metadata": {**before["metadata"], "resourceVersion": str(self.revision)}}
        self._tell(Change("DELETED", kind, last, before, self.revision))
        return before

    def since(self, revision: int) -> list[Change] | None:
        """Every change after a revision; None when that is further back than is remembered."""
        if revision < self._forgotten:
            return None
        return [change for change in self._history if change.revision > revision]

    def forget_history(self) -> None:
        """As compaction does: who watches from an older revision gets a 410."""
        self._history.clear()
        self._forgotten = self.revision

    def subscribe(self, subscriber: Callable[[Change], None]) -> Callable[[], None]:
        """Calls for every change, within the write. Returns how to stop that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def _tell(self, change: Change) -> None:
        if len(self._history) == _HISTORY:
            self._forgotten = self._history.popleft().revision
        self._history.append(change)
        for subscriber in list(self._subscribers):
            subscriber(change)
