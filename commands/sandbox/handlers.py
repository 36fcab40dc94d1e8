"""The sandbox group: call in -> service -> result out. Decides nothing."""

from collections.abc import Sequence
from datetime import timedelta

from slack_sdk.models.blocks import Block

from bot.kit.call import Call, Principal
from bot.kit.declare import Event, Group, Tally
from bot.kit.events import PERSON_LEFT, PersonLeft
from bot.kit.fields import Choice
from bot.kit.plans import Plan
from bot.kit.replies import Reply
from commands.sandbox import views
from commands.sandbox.reconciler import TOPIC
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values import (
    CreateArguments,
    ListArguments,
    SandboxDetails,
    SandboxEffects,
    SandboxList,
    WhichArguments,
)

GROUP = Group(
    "sandbox",
    summary="Kubernetes namespaces of your own, for a while",
    service=SandboxService,
    settings=SandboxSettings,
)


async def _check_create(service: SandboxService, call: Call, arguments: CreateArguments) -> None:
    await service.check_create(call, arguments)


async def _plan_create(service: SandboxService, call: Call, arguments: CreateArguments) -> Plan:
    return await service.plan_create(call, arguments)


async def _plan_delete(service: SandboxService, call: Call, arguments: WhichArguments) -> Plan:
    return await service.plan_delete(call, arguments.sandbox)


@GROUP.command(
    "create",
    arguments=CreateArguments,
    result=SandboxDetails,
    permission="sandbox.create",
    summary="Set up a namespace with quota, network walls and an expiry date",
    view=views.created,
    repeatable=True,
    check=_check_create,
    plan=_plan_create,
    effects=SandboxEffects,
)
async def create(service: SandboxService, call: Call, arguments: CreateArguments) -> SandboxDetails:
    return await service.create(call, arguments)


@GROUP.command(
    "list",
    arguments=ListArguments,
    result=SandboxList,
    permission="sandbox.list",
    summary="Your sandboxes, or your team's",
    view=views.listed,
    repeatable=True,
    changes=False,
)
async def list_(service: SandboxService, call: Call, arguments: ListArguments) -> SandboxList:
    return await service.list(call, everyone=arguments.everyone)


@GROUP.command(
    "show",
    arguments=WhichArguments,
    result=SandboxDetails,
    permission="sandbox.show",
    summary="One sandbox: state, size, owner, expiry, namespace",
    view=views.shown,
    repeatable=True,
    changes=False,
)
async def show(service: SandboxService, call: Call, arguments: WhichArguments) -> SandboxDetails:
    return await service.show(call, arguments.sandbox)


@GROUP.command(
    "delete",
    arguments=WhichArguments,
    result=SandboxDetails,
    permission="sandbox.delete",
    summary="Delete a sandbox and everything in it",
    view=views.deleted,
    repeatable=True,
    dangerous=True,
    plan=_plan_delete,
    effects=SandboxEffects,
)
async def delete(service: SandboxService, call: Call, arguments: WhichArguments) -> SandboxDetails:
    return await service.delete(call, arguments.sandbox)


@GROUP.worker("reconcile", topic=TOPIC, interval=timedelta(seconds=2))
async def reconcile(service: SandboxService) -> bool:
    return await service.reconciler.round()


@GROUP.tally
async def tally(service: SandboxService) -> Tally:
    return await service.tally()


@GROUP.subscriber(PERSON_LEFT, PersonLeft)
async def person_left(service: SandboxService, event: Event[PersonLeft]) -> None:
    await service.leave_to_team(event.payload.user_id, event.payload.name)


@GROUP.owners
async def owners(service: SandboxService) -> Sequence[str]:
    return await service.owners()


@GROUP.options("sandboxes")
async def sandboxes(service: SandboxService, principal: Principal, typed: str) -> Sequence[Choice]:
    return [Choice(each.id, views.choice_label(each)) for each in await service.matching(principal, typed)]


@GROUP.home_section
async def home(service: SandboxService, principal: Principal) -> Sequence[Block]:
    return views.home(await service.of(principal))


GROUP.shortcut("create", "Create a sandbox")


@GROUP.card("card", words={"show": "show", "status": "show"}, about="sandbox")
async def card(service: SandboxService, object_id: str) -> Reply | None:
    sandbox = await service.details_of(object_id)
    return views.card(sandbox) if sandbox else None
