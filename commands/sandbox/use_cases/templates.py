"""Looking at the templates there are. Changes nothing."""

from collections.abc import Iterable, Sequence

from bot.kit.arguments import Argument
from bot.kit.text import few, listed
from commands.sandbox.templates.catalogue import Catalogue
from commands.sandbox.templates.loading import Template
from commands.sandbox.values.templates import ParameterDetails, TemplateDetails, TemplateList


class LookingAtTemplates:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def all(self) -> TemplateList:
        return TemplateList(templates=tuple(map(_details, self._catalogue.all())))

    def matching(self, typed: str) -> Sequence[TemplateDetails]:
        """Those whose name or summary holds what was typed."""
        wanted = typed.strip().lower()
        return [each for each in self.all().templates if wanted in each.name or wanted in each.summary.lower()]


def _details(template: Template) -> TemplateDetails:
    return TemplateDetails(
        name=template.name,
        summary=template.summary,
        own=template.own,
        parameters=tuple(_parameters(template)),
    )


def _parameters(template: Template) -> Iterable[ParameterDetails]:
    for name, parameter in template.parameters.items():
        asked = parameter.asked(name)
        yield ParameterDetails(
            name=name,
            takes=_takes(asked) if asked else "made for you",
            default=asked.default if asked else None,
            needed=asked.required if asked else False,
            description=parameter.description,
        )


def _takes(argument: Argument) -> str:
    if argument.choices:
        return listed(few(argument.choices))
    unit = " characters" if argument.kind == "text" else ""
    least = f", at least {argument.minimum}" if argument.minimum else ""
    return f"{argument.kind.value}{least}{f', at most {argument.maximum}{unit}' if argument.maximum else ''}"
