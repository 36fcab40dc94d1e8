"""The folders of templates -> templates, tried with their own defaults and examples. Reads files at start and never again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from bot.config import ConfigError
from bot.kit.problems import describe
from commands.sandbox.templates.checks import in_order, problems_of, secrets_outside
from commands.sandbox.templates.parameters import Parameter, SecretParameter, Value, generated
from commands.sandbox.templates.rendering import About, Manifest, compiled, environment, rendered
from commands.sandbox.templates.strictyaml import documents
from integrations.kubernetes import KubernetesObject
from integrations.kubernetes.schema import Schemas

SHIPPED: Final = Path(__file__).parent
_NAME: Final = r"[a-z][a-z0-9-]{0,29}"
_ABOUT: Final = About("checkout-fix", "sbx-payments-checkout-fix-ab12", "payments", "sandbox.example.com")
_DECLARATION, _MANIFESTS = "template.yaml", "*.yaml.j2"
_MOST_PARAMETERS = 25  # of the 100 blocks of a form


class Declaration(BaseModel):
    """A template.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: StrictStr = Field(min_length=1, max_length=75)
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")], Parameter] = Field(
        default={}, max_length=_MOST_PARAMETERS
    )


@dataclass(frozen=True)
class Template:
    """`own`: the platform's, not one that the bot brings."""

    name: str
    summary: str
    own: bool
    parameters: Mapping[str, Parameter]
    manifests: Sequence[Manifest]

    def objects(self, values: Mapping[str, Value], about: About) -> list[KubernetesObject]:
        """What it makes, in the order of making, without namespaces; `values` hold every parameter. Raises ValueError, a line for
        each problem."""
        objects = [each for _file, each in rendered(self.manifests, values, about)]
        if problems := problems_of(objects):
            raise ValueError("\n".join(problems))
        return in_order(objects)


def load_templates(own: Path | None) -> Mapping[str, Template]:
    """Those that the bot brings, and those in `own`, which win over one of the same name; by name. Raises ConfigError with
    every mistake in any of them."""
    problems: list[str] = []
    # Trying costs a quarter of a second; for those that the bot brings, tests have done it.
    found = {template.name: template for template in _folder(SHIPPED, problems)}
    if own is not None:
        if not own.is_dir():
            problems.append(f"sandbox.templates: {own} is no folder")
        else:
            mine = [replace(template, own=True) for template in _folder(own, problems)]
            schemas = Schemas()
            for template in mine:
                problems += [f"{own / template.name}/{problem}" for problem in problems_when_tried(template, schemas)]
            found.update({template.name: template for template in mine})
    if problems:
        raise ConfigError("\n".join(problems))
    return dict(sorted(found.items(), key=lambda each: (each[0] != "empty", each[0])))


def _folder(folder: Path, problems: list[str]) -> list[Template]:
    templates = []
    for path in sorted(each for each in folder.iterdir() if each.is_dir() and each.name[0] not in "._"):
        template = _template(path, problems)
        if template is not None:
            templates.append(template)
    return templates


def _template(path: Path, problems: list[str]) -> Template | None:
    before = len(problems)
    declaration = _declaration(path, problems)
    jinja, manifests = environment(), []
    for file in sorted(path.glob(_MANIFESTS)):
        try:
            manifests.append(compiled(file.read_text(encoding="utf-8"), file.name, jinja))
        except (OSError, ValueError) as error:
            problems.append(f"{file}: {error}")
    if declaration is None or len(problems) > before:
        return None
    return Template(path.name, declaration.summary, False, declaration.parameters, manifests)


def _declaration(path: Path, problems: list[str]) -> Declaration | None:
    file = path / _DECLARATION
    if not re.fullmatch(_NAME, path.name):
        problems.append(f"{path}: a template's name must be at most 30 lower-case letters, digits and dashes")
    try:
        content: list[Any] = documents(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(f"{file}: is missing")
        return None
    except (OSError, ValueError) as error:
        problems.append(f"{file}: {error}")
        return None
    try:
        declaration = Declaration.model_validate(content[0] if len(content) == 1 else None)
    except ValidationError as error:
        problems += [
            f"{file}: {'.'.join(map(str, each['loc']))}: {describe(each)}" for each in error.errors(include_url=False)
        ]
        return None
    if "sandbox" in declaration.parameters:
        problems.append(f"{file}: parameters.sandbox: is the name of what the template knows of its sandbox")
    return declaration


def tried_with(template: Template) -> list[dict[str, Value]]:
    """Values with which it is tried: all defaults (or examples), then each parameter's other values, one at a time."""
    asked = {name: each for name, each in template.parameters.items() if not isinstance(each, SecretParameter)}
    first: dict[str, Value] = {name: each.read(each.tried()[0]) for name, each in asked.items()}
    first |= generated(template.parameters)
    others = [{**first, name: each.read(text)} for name, each in asked.items() for text in each.tried()[1:]]
    return [first, *others]


def problems_when_tried(template: Template, schemas: Schemas) -> list[str]:
    """What is wrong with the objects it makes, in the first case in which anything is."""
    secret_names = list(generated(template.parameters))
    for values in tried_with(template):
        try:
            objects = template.objects(values, _ABOUT)
        except ValueError as error:
            return str(error).splitlines()
        problems = secrets_outside(objects, [str(values[name]) for name in secret_names])
        problems += [problem for each in objects for problem in schemas.misfits(each)]
        if problems:
            return problems
    return []
