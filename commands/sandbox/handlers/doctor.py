"""What runs for the platform's admins, and what they may do: call in -> service -> result out. Decides nothing."""

from datetime import datetime, timedelta

from bot.kit.call import Call
from bot.kit.declare import Every
from bot.kit.plans import Plan
from bot.kit.replies import Reply
from commands.sandbox.handlers.group import GROUP
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.basics import WhichArguments
from commands.sandbox.values.doctor import (
    Diagnosis,
    DiscardArguments,
    Discarded,
    NoArguments,
    Released,
    ReleaseEffects,
    Unblocked,
    UnblockEffects,
)
from commands.sandbox.views import doctor as views


def _resync(settings: SandboxSettings) -> Every:
    return Every(settings.resync)


@GROUP.job("sweep", _resync, late=timedelta(minutes=1))
async def sweep(service: SandboxService, due: datetime) -> None:
    await service.sweep.run()


async def _plan_release(service: SandboxService, call: Call, arguments: NoArguments) -> Plan:
    return await service.brake.plan()


@GROUP.command(
    "release",
    arguments=NoArguments,
    result=Released,
    permission="sandbox.release",
    summary="Let go the sandboxes whose deletion was stopped because they were so many",
    view=views.released,
    repeatable=True,
    dangerous=True,
    plan=_plan_release,
    effects=ReleaseEffects,
)
async def release(service: SandboxService, call: Call, arguments: NoArguments) -> Released:
    return await service.brake.release(call)


@GROUP.command(
    "doctor",
    arguments=NoArguments,
    result=Diagnosis,
    permission="sandbox.doctor",
    summary="What needs an admin: stuck, lost, failed, orphaned and held back sandboxes",
    view=views.diagnosis,
    repeatable=True,
    changes=False,
)
async def doctor(service: SandboxService, call: Call, arguments: NoArguments) -> Diagnosis:
    return await service.doctor.examine()


async def _plan_unblock(service: SandboxService, call: Call, arguments: WhichArguments) -> Plan:
    return await service.doctor.plan_unblock(call, arguments.sandbox)


@GROUP.command(
    "unblock",
    arguments=WhichArguments,
    result=Unblocked,
    permission="sandbox.unblock",
    summary="Take the finalizers off what keeps a sandbox from being deleted",
    view=views.unblocked,
    repeatable=True,
    dangerous=True,
    plan=_plan_unblock,
    effects=UnblockEffects,
)
async def unblock(service: SandboxService, call: Call, arguments: WhichArguments) -> Unblocked:
    return await service.doctor.unblock(call, arguments.sandbox)


async def _plan_discard(service: SandboxService, call: Call, arguments: DiscardArguments) -> Plan:
    return await service.doctor.plan_discard(arguments.namespace)


@GROUP.command(
    "discard",
    arguments=DiscardArguments,
    result=Discarded,
    permission="sandbox.discard",
    summary="Delete a namespace of ours that no sandbox stands for",
    view=views.discarded,
    repeatable=True,
    dangerous=True,
    plan=_plan_discard,
    effects=UnblockEffects,
)
async def discard(service: SandboxService, call: Call, arguments: DiscardArguments) -> Discarded:
    return await service.doctor.discard(call, arguments.namespace)


@GROUP.card("brake")
async def brake(service: SandboxService, object_id: str) -> Reply | None:
    return views.brake(await service.brake.state(object_id))
