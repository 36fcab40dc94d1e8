"""The access group: call in -> service -> result out. Decides nothing."""

from bot.kit.call import Call
from bot.kit.declare import Group
from commands.access import views
from commands.access.service import AccessService
from commands.access.values import AuditArguments, AuditPage

GROUP = Group("access", summary="Who may do what, and what was written down", service=AccessService)


@GROUP.command(
    "audit",
    arguments=AuditArguments,
    result=AuditPage,
    permission="access.audit",
    summary="What was done, by whom, to what: search the audit trail",
    view=views.audit,
    repeatable=True,
)
async def audit(service: AccessService, call: Call, arguments: AuditArguments) -> AuditPage:
    return await service.audit.search(call, arguments)
