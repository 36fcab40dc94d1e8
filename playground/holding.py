"""Keeps a single request waiting at a named point, until a test lets it go on or cuts it off. Shared by the doubles."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

Point = Literal[
    "arrived",  # it is here, and nothing has happened yet
    "done",  # it has taken effect, and the answer was not sent yet
]


@dataclass(eq=False, slots=True)
class Hold:
    """Waits for one request whose name fits `name` (a prefix ending in `*`, or all of it); the first `skip` go by."""

    name: str
    point: Point
    skip: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _cut: bool = False

    @property
    def caught(self) -> bool:
        """Whether a request is, or was, kept waiting."""
        return self._reached.is_set()

    async def reached(self) -> None:
        """Returns when a request waits. Its bound is the test's."""
        await self._reached.wait()

    def release(self) -> None:
        """It goes on, or is not kept at all."""
        self._over.set()

    def cut(self) -> None:
        """Its connection breaks: one that had only arrived never takes effect."""
        self._cut = True
        self._over.set()

    def fits(self, name: str) -> bool:
        if self.name.endswith("*"):
            return name.startswith(self.name[:-1])
        return name == self.name

    async def keep(self) -> bool:
        """Whether the request may go on."""
        self._reached.set()
        await self._over.wait()
        return not self._cut


class Holds:
    """Each hold keeps one request."""

    def __init__(self) -> None:
        self._waiting: list[Hold] = []
        self._at_work: list[Hold] = []

    def hold(self, name: str, point: Point = "done", *, skip: int = 0) -> Hold:
        held = Hold(name, point, skip)
        self._waiting.append(held)
        return held

    async def passes(self, name: str, point: Point) -> bool:
        """Asked by a double for every request at every point: returns when it may go on; False: cut it off."""
        for held in self._waiting:
            if held.point == point and held.fits(name):
                if held.skip:
                    held.skip -= 1
                    continue
                self._waiting.remove(held)
                self._at_work.append(held)
                return await held.keep()
        return True

    def clear(self) -> None:
        """Every request that waits goes on, and no other is kept."""
        for held in [*self._waiting, *self._at_work]:
            held.release()
        self._waiting.clear()
        self._at_work.clear()
