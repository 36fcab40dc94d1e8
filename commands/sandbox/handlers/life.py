"""How a sandbox's life goes on: extending, sleeping, resizing, handing over, sharing. Decides nothing."""

from datetime import datetime, timedelta

from bot.kit.call import Call
from bot.kit.declare import Every
from bot.kit.plans import Plan
from bot.kit.replies import Reply
from commands.sandbox.handlers.group import GROUP
from commands.sandbox.service import SandboxService
from commands.sandbox.values.basics import SandboxDetails, SandboxEffects, WhichArguments
from commands.sandbox.values.life import (
    ExtendArguments,
    HoursArguments,
    ResizeArguments,
    ShareArguments,
    Shares,
    TransferArguments,
    WakeArguments,
)
from commands.sandbox.views import life as views


@GROUP.command(
    "extend",
    arguments=ExtendArguments,
    result=SandboxDetails,
    permission="sandbox.extend",
    summary="Let a sandbox live longer",
    view=views.extended,
    repeatable=True,
)
async def extend(service: SandboxService, call: Call, arguments: ExtendArguments) -> SandboxDetails:
    return await service.life.extend(call, arguments)


@GROUP.command(
    "sleep",
    arguments=WhichArguments,
    result=SandboxDetails,
    permission="sandbox.sleep",
    summary="Stop its pods until it is woken; volumes stay",
    view=views.put_to_sleep,
    repeatable=True,
)
async def sleep(service: SandboxService, call: Call, arguments: WhichArguments) -> SandboxDetails:
    return await service.sleeping.sleep(call, arguments.sandbox)


@GROUP.command(
    "wake",
    arguments=WakeArguments,
    result=SandboxDetails,
    permission="sandbox.wake",
    summary="Start its pods again, for a while or for good",
    view=views.woken,
    repeatable=True,
)
async def wake(service: SandboxService, call: Call, arguments: WakeArguments) -> SandboxDetails:
    return await service.sleeping.wake(call, arguments)


@GROUP.command(
    "hours",
    arguments=HoursArguments,
    result=SandboxDetails,
    permission="sandbox.hours",
    summary="When a sandbox is awake, such as mon-fri 08:00-19:00",
    view=views.hours_set,
    repeatable=True,
)
async def hours(service: SandboxService, call: Call, arguments: HoursArguments) -> SandboxDetails:
    return await service.sleeping.keep_hours(call, arguments)


async def _plan_resize(service: SandboxService, call: Call, arguments: ResizeArguments) -> Plan:
    return await service.life.plan_resize(call, arguments)


@GROUP.command(
    "resize",
    arguments=ResizeArguments,
    result=SandboxDetails,
    permission="sandbox.resize",
    summary="Give a sandbox more or less CPU, memory and storage",
    view=views.resized,
    repeatable=True,
    plan=_plan_resize,
    effects=SandboxEffects,
)
async def resize(service: SandboxService, call: Call, arguments: ResizeArguments) -> SandboxDetails:
    return await service.life.resize(call, arguments)


@GROUP.command(
    "transfer",
    arguments=TransferArguments,
    result=SandboxDetails,
    permission="sandbox.transfer",
    summary="Hand a sandbox over to somebody of its team",
    view=views.transferred,
    repeatable=True,
)
async def transfer(service: SandboxService, call: Call, arguments: TransferArguments) -> SandboxDetails:
    return await service.life.transfer(call, arguments)


@GROUP.command(
    "share",
    arguments=ShareArguments,
    result=Shares,
    permission="sandbox.share",
    summary="Let others use a sandbox, too",
    view=views.shared,
    repeatable=True,
)
async def share(service: SandboxService, call: Call, arguments: ShareArguments) -> Shares:
    return await service.sharing.share(call, arguments)


@GROUP.command(
    "unshare",
    arguments=ShareArguments,
    result=Shares,
    permission="sandbox.unshare",
    summary="End what was shared; all access that was given out ends",
    view=views.shared,
    repeatable=True,
)
async def unshare(service: SandboxService, call: Call, arguments: ShareArguments) -> Shares:
    return await service.sharing.unshare(call, arguments)


@GROUP.job("idle", Every(timedelta(minutes=10)), late=timedelta(minutes=10))
async def idle(service: SandboxService, due: datetime) -> None:
    await service.idleness.look()


@GROUP.card("warning")
async def warning(service: SandboxService, object_id: str) -> Reply | None:
    sandbox_id = object_id.partition(":")[0]
    sandbox = await service.looking.details_of(sandbox_id)
    return views.warning(sandbox) if sandbox else None
