"""What a sandbox may begin with: the list, and the choice in the form. Decides nothing."""

from collections.abc import Sequence

from bot.kit.call import Call, Principal
from bot.kit.fields import Choice
from bot.kit.text import shorten
from commands.sandbox.handlers.group import GROUP
from commands.sandbox.service import SandboxService
from commands.sandbox.values.templates import NoArguments, TemplateList
from commands.sandbox.views import templates as views

_LONGEST = 75  # characters of a choice; docs.slack.dev "Option object"


@GROUP.command(
    "templates",
    arguments=NoArguments,
    result=TemplateList,
    permission="sandbox.templates",
    summary="What a sandbox may begin with, and what each asks for",
    view=views.listed,
    repeatable=True,
    changes=False,
)
async def templates(service: SandboxService, call: Call, arguments: NoArguments) -> TemplateList:
    return service.templates.all()


@GROUP.options("templates")
async def choices(service: SandboxService, principal: Principal, typed: str) -> Sequence[Choice]:
    found = service.templates.matching(typed)
    return [Choice(each.name, shorten(views.choice_label(each), _LONGEST)) for each in found]
