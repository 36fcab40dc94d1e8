"""What goes into and comes out of what only admins do with sandboxes. Shapes only."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class NoArguments(_Value):
    """Nothing to say."""


class ReleaseEffects(_Value):
    """What approval rules can look at: how many sandboxes are deleted."""

    sandboxes: int


class BrakeState(_Value):
    """The brake on deletions. `names` are the sandboxes that it holds back, `pulled_at` is since when (None: it does not hold);
    `released_by`, a Slack id, is who let it go the last time."""

    names: tuple[str, ...]
    pulled_at: AwareDatetime | None
    why: str
    released_by: str | None


class Released(_Value):
    """What may go now."""

    names: tuple[str, ...] = Field(description="The sandboxes that were held back.")
    until: AwareDatetime | None = Field(description="Until then none is held back. None: none was.")
