"""A template's manifests and values -> objects. Pure; whether they may be made is in checks.py.

What people type never goes through YAML. Each expression leaves a mark in the text; the text, in which there is nothing but what
the template's author wrote, is parsed; then each mark, which must be a whole value, is replaced by what the expression came to.
So no value, whatever is in it, can become a key, another field or another object.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from commands.sandbox.templates.parameters import Value
from commands.sandbox.templates.strictyaml import documents
from integrations.kubernetes import KubernetesObject

_MARKS: Final = "__marks__"
# What an expression may fail with; anything else is a bug of ours.
_FAILURES = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


@dataclass(frozen=True)
class About:
    """What a template may know of the sandbox it is for, as `sandbox.name` and so on. `domain` is what host names end with."""

    name: str
    namespace: str
    team: str
    domain: str


@dataclass(frozen=True)
class Manifest:
    """One file of a template, compiled."""

    file: str
    template: Template


@dataclass
class _Marks:
    """The values behind the marks of one rendering."""

    prefix: str = field(default_factory=lambda: f"mark{secrets.token_hex(8)}n")
    values: list[Value | None] = field(default_factory=list)

    def take(self, value: object) -> str:
        match value:
            case Undefined():
                str(value)  # raises, and says what is not defined
                raise TypeError("is not defined")
            case str() if self.prefix in value:
                raise TypeError("an expression inside a block that is kept as a value: join with ~ instead")
            case str():
                self.values.append(str(value))  # not a subclass that knows more
            case None | bool() | int():
                self.values.append(value)
            case _:
                raise TypeError(f"comes to a {type(value).__name__}: it must be text, a whole number, or yes or no")
        return f"{self.prefix}{len(self.values) - 1}z"

    def put_back(self, value: Any, path: str) -> Any:
        match value:
            case dict():
                if marked := [key for key in value if self.prefix in key]:
                    what = self._behind(marked[0])
                    raise ValueError(f"{path or 'the object'}: an expression ({what}) cannot be a key")
                return {key: self.put_back(inner, f"{path}.{key}" if path else key) for key, inner in value.items()}
            case list():
                return [self.put_back(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
            case str() if self.prefix in value:
                number = value.removeprefix(self.prefix).removesuffix("z")
                if value != f"{self.prefix}{number}z" or not number.isdecimal():
                    raise ValueError(f"{path}: an expression must be the whole value: join with ~ inside of it")
                return self.values[int(number)]
            case _:
                return value

    def _behind(self, text: str) -> str:
        number = text.partition(self.prefix)[2].partition("z")[0]
        return repr(self.values[int(number)]) if number.isdecimal() else "?"


@pass_context
def _finalize(context: Context, value: object) -> str:
    marks = context[_MARKS]
    assert isinstance(marks, _Marks)
    return marks.take(value)


def environment() -> ImmutableSandboxedEnvironment:
    """Strict about names; without a loader, so a template is one file."""
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_finalize, autoescape=False)


def compiled(source: str, file: str, jinja: ImmutableSandboxedEnvironment) -> Manifest:
    """Raises ValueError that says where it is wrong."""
    try:
        return Manifest(file, jinja.from_string(source))
    except TemplateSyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.message}") from error


def rendered(
    manifests: Sequence[Manifest], values: Mapping[str, Value], about: About
) -> list[tuple[str, KubernetesObject]]:
    """Every object with the file it is from, in the order of files. Raises ValueError naming each file that does not work with
    these values; it shows none of them."""
    sandbox = {"name": about.name, "namespace": about.namespace, "team": about.team, "domain": about.domain}
    found: list[tuple[str, KubernetesObject]] = []
    problems = []
    for manifest in manifests:
        marks = _Marks()
        try:
            text = manifest.template.render({**values, "sandbox": sandbox, _MARKS: marks})
            for document in documents(text):
                if not isinstance(document, dict):
                    raise ValueError("each document must be an object")
                found.append((manifest.file, marks.put_back(document, "")))
        except _FAILURES as error:
            problems.append(f"{manifest.file}: {error}")
    if problems:
        raise ValueError("\n".join(problems))
    return found
