"""Making, seeing and deleting sandboxes, and what runs beside: call in -> service -> result out. Decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.kit.call import Call, Principal
from bot.kit.declare import Event, Form, Tally
from bot.kit.events import PERSON_LEFT, PersonLeft
from bot.kit.fields import Choice
from bot.kit.plans import Plan
from bot.kit.replies import Reply
from commands.sandbox.books import TOPIC
from commands.sandbox.handlers.group import GROUP
from commands.sandbox.service import SandboxService
from commands.sandbox.use_cases.creating import teams_of
from commands.sandbox.values.basics import (
    CreateArguments,
    ListArguments,
    SandboxDetails,
    SandboxEffects,
    SandboxList,
    WhichArguments,
)
from commands.sandbox.views import basics as views
from commands.sandbox.views import creating as form_views


async def _check_create(service: SandboxService, call: Call, arguments: CreateArguments) -> None:
    await service.creating.check(call, arguments)


async def _form_create(service: SandboxService, principal: Principal, typed: Mapping[str, str]) -> Form:
    return form_views.create_form(await service.creating.offer(principal, typed), service.creating.asks(typed))


async def _plan_create(service: SandboxService, call: Call, arguments: CreateArguments) -> Plan:
    return await service.creating.plan(call, arguments)


async def _plan_delete(service: SandboxService, call: Call, arguments: WhichArguments) -> Plan:
    return await service.life.plan_delete(call, arguments.sandbox)


@GROUP.command(
    "create",
    arguments=CreateArguments,
    result=SandboxDetails,
    permission="sandbox.create",
    summary="Set up a namespace with quota, network walls and an expiry date",
    view=views.created,
    repeatable=True,
    check=_check_create,
    form=_form_create,
    plan=_plan_create,
    effects=SandboxEffects,
)
async def create(service: SandboxService, call: Call, arguments: CreateArguments) -> SandboxDetails:
    return await service.creating.create(call, arguments)


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
    return await service.looking.list(call, everyone=arguments.everyone)


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
    return await service.life.delete(call, arguments.sandbox)


@GROUP.worker("reconcile", topic=TOPIC, interval=timedelta(seconds=2))
async def reconcile(service: SandboxService) -> bool:
    return await service.reconciler.round()


@GROUP.tally
async def tally(service: SandboxService) -> Tally:
    return replace(await service.looking.tally(), held_back=await service.brake.held_back())


@GROUP.subscriber(PERSON_LEFT, PersonLeft)
async def person_left(service: SandboxService, event: Event[PersonLeft]) -> None:
    await service.life.leave_to_team(event.payload.user_id, event.payload.name)


@GROUP.owners
async def owners(service: SandboxService) -> Sequence[str]:
    return await service.looking.owners()


@GROUP.options("sandboxes")
async def sandboxes(service: SandboxService, principal: Principal, typed: str) -> Sequence[Choice]:
    return [Choice(each.id, views.choice_label(each)) for each in await service.looking.matching(principal, typed)]


@GROUP.options("teams")
async def teams(service: SandboxService, principal: Principal, typed: str) -> Sequence[Choice]:
    return [Choice(name, name) for name in teams_of(principal) if typed.lower() in name.lower()]


GROUP.shortcut("create", "Create a sandbox")


@GROUP.card("card", words={"show": "show", "status": "show"}, about="sandbox")
async def card(service: SandboxService, object_id: str) -> Reply | None:
    sandbox = await service.looking.details_of(object_id)
    return views.card(sandbox) if sandbox else None
