"""Run as a program: imports each named module, and prints as JSON what that did besides, module by module.

    python tests/architecture/importing.py bot.app commands.sandbox.rules.states

Foreign libraries are loaded first: what they do is their affair. One process for all: forking for each took a minute.
"""

import asyncio  # noqa: F401 - named in _LIVING
import importlib
import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FrameType, ModuleType
from typing import Any

_LIBRARIES = (
    "aiohttp.web aiosqlite alembic.command apscheduler.schedulers.asyncio cryptography.fernet jinja2 kubernetes.aio.client "
    "kubernetes.aio.dynamic prometheus_client psycopg pydantic slack_bolt.async_app slack_sdk.models.blocks "
    "slack_sdk.models.views slack_sdk.web.async_client sqlalchemy.ext.asyncio sqlmodel structlog yaml zoneinfo"
)
_EFFECTS = {
    "os.fork",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.system",
    "shutil.move",
    "socket.__new__",
    "socket.connect",
    "sqlite3.connect",
    "subprocess.Popen",
}
# Made at import, such a thing outlives the event loop it belongs to, and no test can replace it.
_LIVING = (
    "aiohttp.ClientSession",
    "aiohttp.web.Application",
    "asyncio.AbstractEventLoop",
    "asyncio.Event",
    "asyncio.Lock",
    "asyncio.Queue",
    "asyncio.Task",
    "prometheus_client.CollectorRegistry",
    "prometheus_client.metrics.MetricWrapperBase",
    "slack_bolt.async_app.AsyncApp",
    "slack_sdk.web.async_client.AsyncWebClient",
    "sqlalchemy.Engine",
    "sqlalchemy.ext.asyncio.AsyncEngine",
    "threading.Thread",
    "bot.config.Settings",
    "storage.db.Database",
)


def main(modules: Sequence[str]) -> None:
    sys.dont_write_bytecode = True
    for library in _LIBRARIES.split():
        importlib.import_module(library)
    effects: dict[str, list[str]] = {module: [] for module in modules}

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _EFFECTS or (event == "open" and _writes(arguments)):
            guilty = _importing(sys._getframe(1), effects)
            if guilty is not None:
                effects[guilty].append(f"{event} {arguments}"[:200])

    sys.addaudithook(watch)
    for module in modules:
        threads, environment = threading.active_count(), dict(os.environ)
        try:
            importlib.import_module(module)
        except Exception as error:
            effects[module].append(f"cannot be imported: {error!r}")
        if threading.active_count() > threads:
            effects[module].append("a thread was started")
        if dict(os.environ) != environment:
            effects[module].append("the environment was changed")
    for module in modules:
        if module in sys.modules:
            effects[module] += [f"{name} is a {kind}" for name, kind in _alive(sys.modules[module])]
    json.dump(effects, sys.stdout)


def _importing(frame: FrameType | None, modules: dict[str, list[str]]) -> str | None:
    """Which of them is being executed, innermost first."""
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if frame.f_code.co_name == "<module>" and name in modules:
            return str(name)
        frame = frame.f_back
    return None


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode = arguments[1] if len(arguments) > 1 else None
    return isinstance(mode, str) and bool(set(mode) & set("wax+"))


def _alive(module: ModuleType) -> Iterator[tuple[str, str]]:
    kinds = tuple(kind for name in _LIVING if (kind := _loaded(name)) is not None)
    for name, value in vars(module).items():
        if isinstance(value, kinds):
            yield name, type(value).__name__


def _loaded(name: str) -> type | None:
    """The class; None when its module was never imported, for then there is no instance either."""
    path, _, attribute = name.rpartition(".")
    return getattr(sys.modules.get(path), attribute, None)


if __name__ == "__main__":
    main(sys.argv[1:])
