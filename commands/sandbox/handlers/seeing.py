"""Looking into sandboxes, their logs, App Home, and the weekly note. Decides nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import Block

from bot.kit.call import Call, Principal
from bot.kit.declare import Cron
from bot.kit.fields import Choice
from commands.sandbox.handlers.group import GROUP
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import WhichArguments
from commands.sandbox.values.seeing import LogsArguments, SandboxLogs, SandboxSeen
from commands.sandbox.views import home as home_views
from commands.sandbox.views import seeing as views


@GROUP.command(
    "show",
    arguments=WhichArguments,
    result=SandboxSeen,
    permission="sandbox.show",
    summary="One sandbox: state, owner, expiry, cost, pods and their trouble",
    view=views.shown,
    repeatable=True,
    changes=False,
)
async def show(service: SandboxService, call: Call, arguments: WhichArguments) -> SandboxSeen:
    return await service.seeing.show(call, arguments.sandbox)


@GROUP.command(
    "logs",
    arguments=LogsArguments,
    result=SandboxLogs,
    permission="sandbox.logs",
    summary="The last lines that a pod in a sandbox has written",
    view=views.logs,
    repeatable=True,
    changes=False,
)
async def logs(service: SandboxService, call: Call, arguments: LogsArguments) -> SandboxLogs:
    return await service.seeing.logs(call, arguments)


@GROUP.options("pods")
async def pods(service: SandboxService, principal: Principal, typed: str) -> Sequence[Choice]:
    return await service.seeing.pods(principal, typed)


@GROUP.home_section
async def home(service: SandboxService, principal: Principal) -> Sequence[Block]:
    return home_views.home(await service.looking.of(principal))


def _weekly(settings: SandboxSettings) -> Cron:
    note = settings.note
    return Cron(f"{note.at.minute} {note.at.hour} * * {note.day}", note.zone)


@GROUP.job("note", _weekly, late=timedelta(days=2))
async def note(service: SandboxService, due: datetime) -> None:
    await service.notes.send(due)
