"""What there is to begin a sandbox with. Shapes only."""

from pydantic import BaseModel, ConfigDict, Field


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class NoArguments(_Value):
    pass


class ParameterDetails(_Value):
    """One parameter, typed as `parameters.name=value`. `takes` says in words what it may be."""

    name: str
    takes: str
    default: str | None = Field(description="As typed; None: there is none.")
    needed: bool
    description: str


class TemplateDetails(_Value):
    name: str
    summary: str
    own: bool = Field(description="Your platform team's, not one that the bot brings.")
    parameters: tuple[ParameterDetails, ...]


class TemplateList(_Value):
    templates: tuple[TemplateDetails, ...]
