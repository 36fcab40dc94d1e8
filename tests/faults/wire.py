"""A wire between a bot and PostgreSQL that can be cut, fall silent, or be slow. Understands nothing of what passes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_NAME = ".s.PGSQL.5432"


class Wire:
    """`delay`: seconds before each piece is passed on. Connections are taken while it is whole only."""

    def __init__(self, server: Path, ours: Path) -> None:
        self._server_socket = server
        self._our_socket = ours
        self._listening: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.delay = 0.0

    async def mend(self) -> None:
        """Connections are taken again, and what was held back flows."""
        self._flowing.set()
        if self._listening is None:
            self._our_socket.unlink(missing_ok=True)
            self._listening = await asyncio.start_unix_server(self._taken, self._our_socket)

    async def cut(self) -> None:
        """As when the server is shut down: connections break, new ones are refused."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def silence(self) -> None:
        """As when it is stopped, or behind a network that lets nothing through: connections stay, nothing comes."""
        self._flowing.clear()

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        ends = [writer]
        halves: list[asyncio.Task[None]] = []
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self._server_socket)
            ends.append(far_writer)
            halves += [asyncio.create_task(self._pass(reader, far_writer))]
            halves += [asyncio.create_task(self._pass(far_reader, writer))]
            await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for half in halves:
                half.cancel()
            for end in ends:
                end.transport.abort()
            await asyncio.gather(*halves, *(end.wait_closed() for end in ends), return_exceptions=True)
            self._open.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            await self._flowing.wait()
            if self.delay:
                await asyncio.sleep(self.delay)
            writer.write(piece)
            await writer.drain()


@contextlib.asynccontextmanager
async def wire_to(url: str, folder: Path) -> AsyncIterator[tuple[Wire, str]]:
    """A wire, whole to begin with, and the URL of the database at its other end."""
    [host] = parse_qs(urlsplit(url).query)["host"]
    wire = Wire(Path(host) / _NAME, folder / _NAME)
    await wire.mend()
    try:
        yield wire, url.replace(urlsplit(url).query, f"host={folder}")
    finally:
        await wire.cut()
