"""The command line: `platform-bot …`, also `python -m bot …`. Parses words; imports what a command needs when it runs."""

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.kit.errors import Unavailable, UserError

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.kit.access import AccessSettings


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
    doctor = command("doctor", _doctor, "Check tokens, scopes, database, cluster and more; exit 1 if anything fails.")
    doctor.add_argument("--json", action="store_true", help="print JSON instead of a table")
    doctor.add_argument("--replicas", type=int, default=1, help="how many processes are meant to run; default 1")
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
    command("openapi", _openapi, "Print the OpenAPI document of the HTTP API.")
    _audit_commands(command("audit", _audit_verify, "Verify and export the audit trail, beside a running bot."))
    _token_commands(command("token", _token_list, "Make, list and revoke tokens of the HTTP API."))
    return parser


def _audit_commands(audit: argparse.ArgumentParser) -> None:
    commands = audit.add_subparsers(title="commands", required=True, metavar="COMMAND")
    verify = commands.add_parser(
        "verify", help="check the whole trail; exit 1 and name the first bad entry if it does not hold"
    )
    verify.set_defaults(run=_audit_verify)
    verify.add_argument(
        "--anchor",
        action="append",
        default=[],
        metavar="SEQUENCE:MAC",
        help="where the trail once stood, from the log or the channel; may be repeated",
    )
    export = commands.add_parser("export", help="print all entries as JSON lines, oldest first")
    export.set_defaults(run=_audit_export)
    export.add_argument("--since", metavar="TIME", help="only from then on: 2026-12-01, or 7d for the last seven days")
    export.add_argument("--until", metavar="TIME", help="only before then")


def _token_commands(token: argparse.ArgumentParser) -> None:
    commands = token.add_subparsers(title="commands", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="make a token and print it, once")
    create.set_defaults(run=_token_create)
    create.add_argument("--owner", required=True, metavar="U…", help="the Slack user id of whom it acts for")
    create.add_argument("--name", required=True, help="what will use it")
    create.add_argument(
        "--permission",
        action="append",
        default=[],
        help="such as sandbox.*, may be repeated; default: all the owner has",
    )
    create.add_argument("--expires", metavar="90d", help="after how long it ends; default: never")
    commands.add_parser("list", help="list all tokens").set_defaults(run=_token_list)
    revoke = commands.add_parser("revoke", help="end a token now")
    revoke.set_defaults(run=_token_revoke)
    revoke.add_argument("id", help="as `token list` shows it")


def _settings(environment: Mapping[str, str] = os.environ) -> "Settings":
    from bot.config import load_settings
    from bot.wiring import group_sections, permissions

    return load_settings(environment, group_sections(), permissions())


def _access(settings: "Settings") -> "AccessSettings":
    """Says what the manifest must ask Slack for."""
    from bot.kit.access import AccessSettings

    return settings.section("access", AccessSettings)


def _run(_options: argparse.Namespace) -> int:
    with _starting() as started:
        from bot.config import LogSettings
        from bot.logs import configure_logs
        from bot.logstream import written_aside

        settings = _settings()
        with ExitStack() as stack:
            log = stack.enter_context(written_aside())
            configure_logs(settings.section("log", LogSettings), log, secrets=settings.secrets.texts())
            _lock_sqlite(settings, stack)
            asyncio.run(_until_stopped(settings, lambda _port: started()))
    return 0


@contextmanager
def _starting() -> Iterator[Callable[[], None]]:
    """No garbage is collected until the given function is called.

    Importing and building leave hardly any garbage, but the collector would go over everything that is there again and again: a
    quarter of the start. And what is there stays; not going over it later either spares the loop pauses.
    """
    gc.disable()

    def started() -> None:
        gc.freeze()
        gc.enable()

    try:
        yield started
    finally:
        gc.enable()


def _lock_sqlite(settings: "Settings", stack: ExitStack) -> None:
    from sqlalchemy.engine import make_url

    from storage.db import exclusive

    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        stack.enter_context(exclusive(Path(url.database)))


async def _until_stopped(settings: "Settings", ready: Callable[[int], None] | None = None) -> None:
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
    from bot.wiring import GROUPS
    from commands.sandbox.role import user_role
    from playground.demo import run_demo

    configure_logs(LogSettings(level="warning"))
    return run_demo(
        options.port,
        manifest=manifest("/platform", GROUPS),
        objects=[user_role()],
        open_browser=not options.no_browser,
        run_bot=_until_stopped,
        load=_settings,
    )


def _doctor(options: argparse.Namespace) -> int:
    import shutil

    from bot.config import LogSettings
    from bot.doctor.checkup import check_up
    from bot.kit.clock import SystemClock
    from bot.logs import configure_logs
    from bot.slack.manifest import manifest
    from bot.wiring import GROUPS, group_sections

    if options.replicas < 1:
        raise UserError("--replicas must be 1 or more.")
    configure_logs(LogSettings(level="error"))
    try:
        access = _access(_settings())
    except UserError:  # the check-up says what is wrong
        access = None
    scopes = frozenset(map(str, manifest("/platform", GROUPS, access=access)["oauth_config"]["scopes"]["bot"]))
    commands = [command for group in GROUPS for command in group.commands.values()]
    checks = check_up(os.environ, group_sections(), commands, scopes, SystemClock(), replicas=options.replicas)
    report = asyncio.run(checks)
    print(report.as_json() if options.json else report.as_table(shutil.get_terminal_size((140, 24)).columns))
    return report.status


def _migrate(_options: argparse.Namespace) -> int:
    from storage.db import Database
    from storage.migrate import head, migrate

    async def run() -> None:
        db = await Database.open(_quiet_settings().database_url)
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
        db = await Database.open(_quiet_settings().database_url)
        try:
            await db.backup(options.file)
        finally:
            await db.close()

    asyncio.run(run())
    print(f"Written to {options.file}.")
    return 0


def _manifest(options: argparse.Namespace) -> int:
    from bot.slack.manifest import as_yaml, manifest
    from bot.wiring import GROUPS

    if options.mode == "http" and not options.url:
        raise UserError("--mode http needs --url, the bot's public address, such as --url https://bot.example.com")
    url = options.url if options.mode == "http" else None
    print(as_yaml(manifest(options.command, GROUPS, url=url, access=_access(_quiet_settings()))), end="")
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


def _openapi(_options: argparse.Namespace) -> int:
    import json

    from bot.http.openapi import document
    from bot.wiring import GROUPS

    print(json.dumps(document(GROUPS), indent=2, ensure_ascii=False))
    return 0


def _token_create(options: argparse.Namespace) -> int:
    from bot import tokencommand

    token, words = tokencommand.create(
        _quiet_settings(),
        owner=options.owner,
        name=options.name,
        permissions=options.permission,
        expires=options.expires,
    )
    print(token)  # alone on standard output, for scripts
    print(words, file=sys.stderr)
    return 0


def _token_list(_options: argparse.Namespace) -> int:
    from bot import tokencommand

    print(tokencommand.listing(_quiet_settings().database_url))
    return 0


def _token_revoke(options: argparse.Namespace) -> int:
    from bot import tokencommand

    print(tokencommand.revoke(_quiet_settings(), options.id))
    return 0


def _audit_verify(options: argparse.Namespace) -> int:
    from bot import auditcommand

    whole, words = auditcommand.verify(_quiet_settings(), options.anchor)
    print(words, file=sys.stdout if whole else sys.stderr)
    return 0 if whole else 1


def _audit_export(options: argparse.Namespace) -> int:
    from bot import auditcommand

    auditcommand.export(_quiet_settings(), sys.stdout, since=options.since, until=options.until)
    return 0


def _quiet_settings() -> "Settings":
    """For commands whose output is read by programs: only warnings are logged, to standard error."""
    from bot.config import LogSettings
    from bot.logs import configure_logs

    configure_logs(LogSettings(level="warning"))
    return _settings()


if __name__ == "__main__":
    sys.exit(main())
