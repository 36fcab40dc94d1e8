"""What a template asks for, as its template.yaml declares it; and what somebody gave, as typed -> the value it means. Pure."""

import re
import secrets
import string
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from bot.kit.arguments import Argument, Kind
from bot.kit.errors import FieldErrors
from bot.kit.fields import Bytes
from bot.kit.text import few, listed, nearest
from bot.kit.units import format_bytes, parse_bytes
from commands.sandbox.sizes import quantity

FIELD: Final = "parameters"
"""The argument that holds them: a problem with one stands at `parameters.image`."""

Value = str | int | bool
"""What a template gets to see; a size is a quantity such as `1Gi`."""

_LETTERS: Final = string.ascii_letters + string.digits
_CHOICES = 50
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_YES, _NO = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return pattern


class _Parameter(BaseModel):
    """`title` is its label (None: made of its name), `description` its hint, `example` what somebody might give."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[StrictStr, Field(min_length=1, max_length=75)] | None = None
    description: StrictStr = Field(default="", max_length=150)

    @model_validator(mode="after")
    def _fits_itself(self) -> Self:
        """Its own default, example and bounds are such as it would take."""
        for text in self.tried():
            self.read(text)
        return self

    def tried(self) -> Sequence[str]:
        """Values, as typed, with which a template is tried before it is taken; the first is the default, or the example."""
        raise NotImplementedError

    def read(self, text: str) -> Value:
        """Raises ValueError that says what it must be."""
        raise NotImplementedError

    def asked(self, name: str) -> Argument | None:
        """How a form asks for it; None: it does not."""
        raise NotImplementedError

    def _title(self, name: str) -> str:
        return self.title or name.replace("_", " ").capitalize()


class TextParameter(_Parameter):
    """One line of text; with `pattern`, all of it must match. Without a default it is needed, and then it has an example."""

    type: Literal["text"]
    default: StrictStr | None = None
    example: StrictStr | None = None
    pattern: Annotated[StrictStr, AfterValidator(_regular)] | None = None
    longest: StrictInt = Field(default=200, ge=1, le=2000)

    @model_validator(mode="after")
    def _has_something_to_try(self) -> Self:
        if self.default is None and self.example is None:
            raise ValueError("needs a default or an example")
        return self

    def tried(self) -> Sequence[str]:
        return [each for each in (self.default, self.example) if each is not None]

    def read(self, text: str) -> str:
        if _CONTROL.search(text):
            raise ValueError("must be one line of text")
        if len(text) > self.longest:
            raise ValueError(f"must have at most {self.longest} characters")
        if text == "" and self.default != "":
            raise ValueError("must not be empty")
        if self.pattern is not None and text != self.default and not re.fullmatch(self.pattern, text):
            raise ValueError(f"must look like {self.example or self.default or self.pattern}")
        return text

    def asked(self, name: str) -> Argument:
        return Argument(
            name=f"{FIELD}.{name}",
            kind=Kind.TEXT,
            title=self._title(name),
            required=self.default is None,
            hint=self.description,
            default=self.default or None,
            example=self.example or "",
            maximum=str(self.longest),
        )


class NumberParameter(_Parameter):
    type: Literal["whole number"]
    default: StrictInt | None = None
    least: StrictInt = 0
    most: StrictInt = 2**31 - 1

    def tried(self) -> Sequence[str]:
        first = self.least if self.default is None else self.default
        return [str(each) for each in dict.fromkeys((first, self.least, min(self.most, self.least + 50)))]

    def read(self, text: str) -> int:
        if not _WHOLE.fullmatch(text.strip()):
            raise ValueError("must be a whole number, such as 3")
        number = int(text)
        if number < self.least:
            raise ValueError(f"must be at least {self.least}")
        if number > self.most:
            raise ValueError(f"must be at most {self.most}")
        return number

    def asked(self, name: str) -> Argument:
        return Argument(
            name=f"{FIELD}.{name}",
            kind=Kind.INTEGER,
            title=self._title(name),
            required=self.default is None,
            hint=self.description,
            default=None if self.default is None else str(self.default),
            example=self.tried()[0],
            minimum=str(self.least),
            maximum=str(self.most),
        )


class ChoiceParameter(_Parameter):
    type: Literal["choice"]
    choices: list[Annotated[StrictStr, Field(min_length=1, max_length=75)]] = Field(min_length=1, max_length=_CHOICES)
    default: StrictStr | None = None

    def tried(self) -> Sequence[str]:
        return [*([] if self.default is None else [self.default]), *self.choices]

    def read(self, text: str) -> str:
        if text not in self.choices:
            guess = nearest(text, self.choices)
            hint = f"; did you mean {guess}?" if guess else ""
            raise ValueError(f"must be {listed(few(self.choices))}{hint}")
        return text

    def asked(self, name: str) -> Argument:
        return Argument(
            name=f"{FIELD}.{name}",
            kind=Kind.CHOICE,
            title=self._title(name),
            required=self.default is None,
            hint=self.description,
            default=self.default,
            choices=tuple(self.choices),
            example=self.tried()[0],
        )


class YesOrNoParameter(_Parameter):
    type: Literal["yes or no"]
    default: StrictBool = False

    def tried(self) -> Sequence[str]:
        return ["yes", "no"] if self.default else ["no", "yes"]

    def read(self, text: str) -> bool:
        word = text.strip().lower()
        if word not in _YES | _NO:
            raise ValueError("must be yes or no")
        return word in _YES

    def asked(self, name: str) -> Argument:
        return Argument(
            name=f"{FIELD}.{name}",
            kind=Kind.BOOLEAN,
            title=self._title(name),
            required=False,
            hint=self.description,
            default="yes" if self.default else "no",
            example="yes",
        )


class SizeParameter(_Parameter):
    """Bytes, written with Kubernetes' units; the template gets them as a quantity."""

    type: Literal["size"]
    default: Bytes | None = None
    least: Bytes = Field(default=1, ge=1)
    most: Bytes = Field(default=parse_bytes("1Pi"), ge=1)

    def tried(self) -> Sequence[str]:
        first = self.least if self.default is None else self.default
        return [quantity(each) for each in dict.fromkeys((first, self.least))]

    def read(self, text: str) -> str:
        size = parse_bytes(text)
        if size < self.least:
            raise ValueError(f"must be at least {format_bytes(self.least)}")
        if size > self.most:
            raise ValueError(f"must be at most {format_bytes(self.most)}")
        return quantity(size)

    def asked(self, name: str) -> Argument:
        return Argument(
            name=f"{FIELD}.{name}",
            kind=Kind.SIZE,
            title=self._title(name),
            required=self.default is None,
            hint=self.description,
            default=None if self.default is None else format_bytes(self.default),
            example=format_bytes(self.least if self.default is None else self.default),
            minimum=format_bytes(self.least),
            maximum=format_bytes(self.most),
        )


class SecretParameter(_Parameter):
    """Letters and digits that are made when the template is, and then stand in the sandbox's Secret and nowhere else."""

    type: Literal["generated secret"]
    length: StrictInt = Field(default=32, ge=16, le=128)

    def tried(self) -> Sequence[str]:
        return ()

    def read(self, text: str) -> str:
        raise ValueError("is made for you and cannot be given")

    def asked(self, name: str) -> None:
        return None

    def made(self) -> str:
        return "".join(secrets.choice(_LETTERS) for _ in range(self.length))


Parameter = Annotated[
    TextParameter | NumberParameter | ChoiceParameter | YesOrNoParameter | SizeParameter | SecretParameter,
    Field(discriminator="type"),
]


def values_of(template: str, parameters: Mapping[str, Parameter], given: Mapping[str, str]) -> dict[str, Value]:
    """What was given, as typed, and the defaults of the rest; generated secrets are not among it. Raises FieldErrors naming each
    that is missing, unknown or wrong."""
    problems: dict[str, str] = {}
    values: dict[str, Value] = {}
    for name in given:
        if name not in parameters:
            known = [each for each, parameter in parameters.items() if not isinstance(parameter, SecretParameter)]
            takes = f"it takes {listed(few(known), 'and')}" if known else "it takes none"
            problems[f"{FIELD}.{name}"] = f"is no parameter of the template {template}: {takes}"
    for name, parameter in parameters.items():
        if isinstance(parameter, SecretParameter) and name not in given:
            continue
        asked = parameter.asked(name)
        text = given.get(name)
        if not text and asked is not None:  # what is left empty means the default
            if asked.required:
                problems[f"{FIELD}.{name}"] = "is needed"
                continue
            text = parameter.tried()[0]
        try:
            values[name] = parameter.read(text or "")
        except ValueError as error:
            problems[f"{FIELD}.{name}"] = str(error)
    if problems:
        raise FieldErrors(problems)
    return values


def generated(parameters: Mapping[str, Parameter]) -> dict[str, str]:
    """New ones each time."""
    return {name: each.made() for name, each in parameters.items() if isinstance(each, SecretParameter)}
