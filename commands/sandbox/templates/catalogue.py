"""The templates there are, as the rest of the domain uses them: which, what each asks for, what it would make. Makes nothing."""

from collections.abc import Mapping, Sequence

from bot.kit.arguments import Argument
from bot.kit.errors import FieldErrors
from bot.kit.text import few, listed, nearest
from commands.sandbox.templates.loading import Template
from commands.sandbox.templates.parameters import Value, generated, values_of
from commands.sandbox.templates.rendering import About
from integrations.kubernetes import KubernetesObject


class Catalogue:
    def __init__(self, templates: Mapping[str, Template], domain: str) -> None:
        """`domain` is what the host names of sandboxes end with."""
        self._templates = templates
        self._domain = domain

    def all(self) -> Sequence[Template]:
        """By name, the empty one first."""
        return list(self._templates.values())

    def get(self, name: str) -> Template:
        """Raises FieldErrors for one that does not exist."""
        found = self._templates.get(name.strip().lower())
        if found is None:
            guess = nearest(name, self._templates)
            hint = f"; did you mean {guess}?" if guess else ""
            raise FieldErrors({"template": f"must be {listed(few(list(self._templates)))}{hint}"})
        return found

    def fields(self, name: str) -> Sequence[Argument]:
        """What a form asks for, nothing for a template that does not exist."""
        template = self._templates.get(name.strip().lower())
        asked = [each.asked(key) for key, each in template.parameters.items()] if template else []
        return [each for each in asked if each is not None]

    def objects(
        self, name: str, given: Mapping[str, str], sandbox: str, namespace: str, team: str
    ) -> Sequence[KubernetesObject]:
        """What the template makes of what was given, as typed, in the order of making; with new secrets each time. Raises
        FieldErrors that say what is wrong with the template's name, its parameters, or what comes of them."""
        template = self.get(name)
        values: dict[str, Value] = {**values_of(template.name, template.parameters, given)}
        try:
            about = About(sandbox, namespace, team, self._domain)
            return template.objects({**values, **generated(template.parameters)}, about)
        except ValueError as error:
            raise FieldErrors({"template": f"{template.name} does not work with these parameters: {error}"}) from error
