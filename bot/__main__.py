"""The command line: `platform-bot …`, also `python -m bot …`. Parses words; imports what a command needs when it runs."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bot.config import LogSettings, Settings, load_settings
from bot.kit.errors import Unavailable, UserError


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 done, 1 it did not work (the reason is on standard error), 2 the words are wrong (argparse)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except UserError as error:
        print(error.message, file=sys.stderr)
    except Unavailable as error:
        print(f"{error}.", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="platform-bot", description="The front door of an internal platform, in Slack."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=words, description=words)
        found.set_defaults(run=run)
        return found

    command("run", _run, "Run the bot, configured by environment and platform.yaml.")
    demo = command("demo", _demo, "Try the bot on this machine, with a Slack and a cluster of its own.")
    demo.add_argument("--port", type=int, default=8420, help="the page's port (0: any free one); default 8420")
    demo.add_argument("--no-browser", action="store_true", help="do not open the page in a browser")
    command("migrate", _migrate, "Bring the database to the current schema (also done at start).")
    backup = command("backup", _backup, "Write a consistent copy of an SQLite database, beside a running bot.")
    backup.add_argument("file", type=Path, help="where to write it")
    manifest = command("manifest", _manifest, "Print the Slack app manifest for this set-up.")
    manifest.add_argument("--mode", choices=["socket", "http"], default="socket", help="default: socket")
    manifest.add_argument("--url", help="the bot's public address, for HTTP mode")
    manifest.add_argument("--command", default="/platform", help="the slash command; default /platform")
    reference = command("commands", _commands, "Print the command reference in Markdown.")
    kind = reference.add_mutually_exclusive_group()
    kind.add_argument("--settings", action="store_true", help="print the settings reference instead")
    kind.add_argument("--metrics", action="store_true", help="print the metrics reference instead")
    return parser


def _settings(environment: Mapping[str, str] = os.environ) -> Settings:
    from bot.wiring import group_sections

    return load_settings(environment, group_sections())


def _run(_options: argparse.Namespace) -> int:
    from bot.logs import configure_logs

    settings = _settings()
    configure_logs(settings.section("log", LogSettings))
    with ExitStack() as stack:
        _lock_sqlite(settings, stack)
        asyncio.run(_until_stopped(settings))
    return 0


def _lock_sqlite(settings: Settings, stack: ExitStack) -> None:
    from sqlalchemy.engine import make_url

    from storage.db import exclusive

    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        stack.enter_context(exclusive(Path(url.database)))


async def _until_stopped(settings: Settings, ready: Callable[[int], None] | None = None) -> None:
    """Runs the bot until SIGTERM or SIGINT."""
    from bot.app import Application
    from bot.wiring import build

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Application(await build(settings)).run_until(stop, ready)


def _demo(options: argparse.Namespace) -> int:
    from bot.config import LogSettings
    from bot.logs import configure_logs
    from bot.slack.manifest import manifest
    from playground.demo import run_demo

    configure_logs(LogSettings(level="warning"))
    return run_demo(
        options.port,
        manifest=manifest("/platform"),
        open_browser=not options.no_browser,
        run_bot=_until_stopped,
        load=_settings,
    )


def _migrate(_options: argparse.Namespace) -> int:
    from storage.db import Database
    from storage.migrate import head, migrate

    async def run() -> None:
        db = await Database.open(_settings().database_url)
        try:
            await migrate(db)
        finally:
            await db.close()

    asyncio.run(run())
    print(f"The database is at revision {head()}.")
    return 0


def _backup(options: argparse.Namespace) -> int:
    from storage.db import Database

    async def run() -> None:
        db = await Database.open(_settings().database_url)
        try:
            await db.backup(options.file)
        finally:
            await db.close()

    asyncio.run(run())
    print(f"Written to {options.file}.")
    return 0


def _manifest(options: argparse.Namespace) -> int:
    from bot.slack.manifest import as_yaml, manifest

    if options.mode == "http" and not options.url:
        raise UserError("--mode http needs --url, the bot's public address, such as --url https://bot.example.com")
    url = options.url if options.mode == "http" else None
    print(as_yaml(manifest(options.command, url=url)), end="")
    return 0


def _commands(options: argparse.Namespace) -> int:
    from bot.config import SECTIONS
    from bot.metrics import Metrics
    from bot.reference import commands_page, configuration_page, metrics_page
    from bot.wiring import GROUPS, group_sections

    if options.settings:
        text = configuration_page({**SECTIONS, **group_sections()})
    elif options.metrics:
        text = metrics_page(Metrics())
    else:
        text = commands_page(GROUPS, "/platform")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
