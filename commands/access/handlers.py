"""The access group: call in -> service -> result out. Decides nothing."""

from collections.abc import Sequence
from datetime import timedelta

from bot.kit.call import Call, Principal
from bot.kit.declare import Group
from bot.kit.fields import Choice
from bot.kit.replies import Reply
from commands.access.service import AccessService
from commands.access.values.approvals import (
    ApprovalDetails,
    ApprovalList,
    ApproveArguments,
    DenyArguments,
    WithdrawArguments,
)
from commands.access.values.audit import AuditArguments, AuditPage
from commands.access.values.base import NoArguments
from commands.access.values.people import RoleList, Standing, WhoArguments
from commands.access.views import approvals as approval_views
from commands.access.views import audit as audit_views
from commands.access.views import people as people_views
from storage.approvals import TOPIC

GROUP = Group("access", summary="Who may do what, and what was written down", service=AccessService)


@GROUP.command(
    "whoami",
    arguments=NoArguments,
    result=Standing,
    permission="access.whoami",
    summary="Your teams, roles and permissions, and where they come from",
    view=people_views.standing,
    repeatable=True,
    changes=False,
)
async def whoami(service: AccessService, call: Call, _arguments: NoArguments) -> Standing:
    return await service.roles.whoami(call)


@GROUP.command(
    "who",
    arguments=WhoArguments,
    result=Standing,
    permission="access.who",
    summary="Somebody's teams, roles and permissions, and where they come from",
    view=people_views.standing,
    repeatable=True,
    changes=False,
)
async def who(service: AccessService, _call: Call, arguments: WhoArguments) -> Standing:
    return await service.roles.who(arguments.person)


@GROUP.command(
    "roles",
    arguments=NoArguments,
    result=RoleList,
    permission="access.roles",
    summary="What each role may, and who has it",
    view=people_views.roles,
    repeatable=True,
    changes=False,
)
async def roles(service: AccessService, _call: Call, _arguments: NoArguments) -> RoleList:
    return await service.roles.all()


@GROUP.command(
    "audit",
    arguments=AuditArguments,
    result=AuditPage,
    permission="access.audit",
    summary="What was done, by whom, to what: search the audit trail",
    view=audit_views.audit,
    repeatable=True,
    changes=False,
)
async def audit(service: AccessService, call: Call, arguments: AuditArguments) -> AuditPage:
    return await service.audit.search(call, arguments)


@GROUP.command(
    "approvals",
    arguments=NoArguments,
    result=ApprovalList,
    permission="access.approvals",
    summary="What waits for your answer, and what you wait for",
    view=approval_views.approvals,
    repeatable=True,
    changes=False,
)
async def approvals(service: AccessService, call: Call, _arguments: NoArguments) -> ApprovalList:
    return await service.approvals.waiting(call)


@GROUP.command(
    "approve",
    arguments=ApproveArguments,
    result=ApprovalDetails,
    permission="access.approve",
    summary="Say yes to somebody's request",
    view=approval_views.answered,
    repeatable=True,
    sensitive=True,
)
async def approve(service: AccessService, call: Call, arguments: ApproveArguments) -> ApprovalDetails:
    return await service.approvals.approve(call, arguments.approval, arguments.plan, arguments.note)


@GROUP.command(
    "deny",
    arguments=DenyArguments,
    result=ApprovalDetails,
    permission="access.deny",
    summary="Say no to somebody's request, and why",
    view=approval_views.answered,
    repeatable=True,
    sensitive=True,
)
async def deny(service: AccessService, call: Call, arguments: DenyArguments) -> ApprovalDetails:
    return await service.approvals.deny(call, arguments.approval, arguments.reason)


@GROUP.command(
    "withdraw",
    arguments=WithdrawArguments,
    result=ApprovalDetails,
    permission="access.withdraw",
    summary="Take your own request back",
    view=approval_views.answered,
    repeatable=True,
)
async def withdraw(service: AccessService, call: Call, arguments: WithdrawArguments) -> ApprovalDetails:
    return await service.approvals.withdraw(call, arguments.approval)


@GROUP.options("approvals")
async def waiting(service: AccessService, principal: Principal, typed: str) -> Sequence[Choice]:
    return [
        Choice(each.id, approval_views.choice_label(each))
        for each in await service.approvals.matching(principal, typed)
    ]


@GROUP.card("approval", words={"approve": "approve", "deny": "deny"}, about="approval")
async def approval_card(service: AccessService, object_id: str) -> Reply | None:
    found = await service.approvals.details_of(object_id)
    return approval_views.approval_card(found) if found else None


@GROUP.worker("approvals", topic=TOPIC, interval=timedelta(seconds=15))
async def remind_and_expire(service: AccessService) -> bool:
    return await service.approvals.round()
