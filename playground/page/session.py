"""Keeps one browser up to date: compares what the person sees with what was sent, and sends the difference.

Level-triggered: it does not care which change happened, so nothing can be missed. Takes no commands (commands.py).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import chain
from typing import Literal, Protocol

from playground.page.survey import Item, faults, survey, traffic
from playground.slack import Change, SlackDouble
from playground.slack.model import JsonObject

_TOGETHER_SECONDS = 0.015  # changes of one step (a post, its parent, the view) go in one patch

Watched = Literal["traffic", "cluster", "faults"]


class ClusterLook(Protocol):
    """What the page shows of a cluster."""

    def look(self) -> JsonObject:
        """{"namespaces": [{name, phase, created, managed}], "objects": [{kind, namespace, name, status, body}]}; see look.py."""

    @property
    def revision(self) -> int:
        """Rises with every change."""

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` after every change; returns what stops that."""


class Session:
    """`send` hands a JSON message to the browser; `read` is how far the person has read, and may change meanwhile."""

    def __init__(
        self,
        double: SlackDouble,
        cluster: ClusterLook | None,
        user_id: str,
        read: Mapping[str, str],
        send: Callable[[JsonObject], Awaitable[None]],
    ) -> None:
        self.user_id = user_id
        self._double = double
        self._cluster = cluster
        self._read = read
        self._send = send
        self._sent: dict[str, tuple[object, ...]] = {}
        self._sending = asyncio.Lock()
        self._poked = asyncio.Event()
        self._watched: Watched | None = None

    def watch(self, what: Watched | None) -> None:
        """Which tool is open in the drawer: its values are sent only while somebody looks at them."""
        self._watched = what
        self._poked.set()

    def poke(self) -> None:
        """Something that is not in the doubles has changed."""
        self._poked.set()

    async def follow(self) -> None:
        """Sends everything, then every difference, until cancelled."""
        stops = [self._double.workspace.listen(self._changed)]
        if self._cluster is not None:
            stops.append(self._cluster.listen(self._cluster_changed))
        try:
            await self.flush(reset=True)
            while True:
                await self._poked.wait()
                await asyncio.sleep(_TOGETHER_SECONDS)
                await self.flush()
        finally:
            for stop in stops:
                stop()

    async def flush(self, *, reset: bool = False) -> None:
        """Returns when the browser was sent everything there is now."""
        async with self._sending:
            self._poked.clear()
            patch = self._difference()
            if patch["set"] or patch["gone"] or reset:
                await self._send({"type": "patch", "reset": reset, **patch})

    def _changed(self, change: Change) -> None:
        if change.kind != "traffic" or self._watched in ("traffic", "faults"):
            self._poked.set()

    def _cluster_changed(self) -> None:
        if self._watched == "cluster":
            self._poked.set()

    def _difference(self) -> JsonObject:
        changed: JsonObject = {}
        there = set()
        for key, item in chain(survey(self._double, self.user_id, self._read), self._tools()):
            there.add(key)
            if key not in self._sent or not _same(self._sent[key], item.source):
                changed[key] = item.build()
                self._sent[key] = item.source
        gone = [key for key in self._sent if key not in there]
        for key in gone:
            del self._sent[key]
        return {"set": changed, "gone": gone}

    def _tools(self) -> Iterator[tuple[str, Item]]:
        tools = ["traffic", "cluster", "fault"] if self._cluster is not None else ["traffic", "fault"]
        yield "tools", Item((len(tools),), lambda: tools)
        if self._watched == "traffic":
            yield from traffic(self._double)
        elif self._watched == "faults":
            yield from faults(self._double)
        elif self._watched == "cluster" and self._cluster is not None:
            yield "cluster", Item((self._cluster.revision,), self._cluster.look)


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Values are frozen and replaced when they change, so comparing identities first spares almost every comparison."""
    return len(one) == len(other) and all(a is b or a == b for a, b in zip(one, other, strict=True))
