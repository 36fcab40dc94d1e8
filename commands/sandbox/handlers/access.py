"""Access to sandboxes: given in a form, ended for all. Decides nothing."""

from datetime import datetime, timedelta

from bot.kit.call import Call
from bot.kit.declare import Every
from commands.sandbox.handlers.group import GROUP
from commands.sandbox.service import SandboxService
from commands.sandbox.values.access import AccessArguments, GivenAccess
from commands.sandbox.values.basics import SandboxDetails, WhichArguments
from commands.sandbox.views import access as views


@GROUP.command(
    "access",
    arguments=AccessArguments,
    result=GivenAccess,
    permission="sandbox.access",
    summary="A kubeconfig for a sandbox, yours or shared with you; asking again renews it",
    view=views.given,
    repeatable=True,
    credential=True,
)
async def access(service: SandboxService, call: Call, arguments: AccessArguments) -> GivenAccess:
    return await service.access.give(call, arguments.sandbox)


@GROUP.command(
    "revoke",
    arguments=WhichArguments,
    result=SandboxDetails,
    permission="sandbox.revoke",
    summary="End all access to a sandbox that was given out",
    view=views.revoked,
    repeatable=True,
    sensitive=True,
)
async def revoke(service: SandboxService, call: Call, arguments: WhichArguments) -> SandboxDetails:
    return await service.access.revoke(call, arguments.sandbox)


@GROUP.job("access", Every(timedelta(minutes=10)), late=timedelta(minutes=10))
async def look_after(service: SandboxService, due: datetime) -> None:
    await service.access.look_after()
