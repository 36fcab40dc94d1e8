"""What runs for the platform's admins, and what they may do: call in -> service -> result out. Decides nothing."""

from datetime import datetime, timedelta

from bot.kit.call import Call
from bot.kit.declare import Every
from bot.kit.plans import Plan
from bot.kit.replies import Reply
from commands.sandbox.handlers.group import GROUP
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.doctor import NoArguments, Released, ReleaseEffects
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


@GROUP.card("brake")
async def brake(service: SandboxService, object_id: str) -> Reply | None:
    return views.brake(await service.brake.state(object_id))
