"""What goes into the sandbox commands and what comes out, on every surface. Shapes only."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from bot.kit.fields import Lookup
from bot.kit.units import Duration, parse_duration
from commands.sandbox.objects import Size
from commands.sandbox.rules import checked_name
from storage.sandboxes import SandboxState


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class CreateArguments(_Value):
    name: Annotated[str, AfterValidator(checked_name)] = Field(
        max_length=60,
        description="Lower-case letters, digits and dashes; part of the namespace's name.",
        examples=["checkout-fix"],
    )
    size: Size = Field(default=Size.SMALL, description="How much CPU and memory it may use.")
    lifetime: Duration | None = Field(
        default=None,
        ge=parse_duration("1h"),
        description="It is deleted after this long. Empty: what your platform team has set.",
        examples=["36h"],
    )
    purpose: str = Field(
        default="", max_length=300, description="What it is for, in a few words.", examples=["load test"]
    )


class WhichArguments(_Value):
    sandbox: Annotated[str, Lookup("sandboxes")] = Field(
        min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"]
    )


class ListArguments(_Value):
    everyone: bool = Field(default=False, description="Your whole team's, not only your own.")


class SandboxDetails(_Value):
    """One sandbox as it is now. `expires_at` and `created_at` are UTC; `problem` is what stands in its way, if anything."""

    id: str
    name: str
    state: SandboxState
    owner: str = Field(description="Slack user id; empty for one whose owner has left: it is the team's then.")
    owner_name: str
    former_owner: str | None = Field(default=None, description="How the owner who has left was called.")
    team: str
    size: Size
    purpose: str
    namespace: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    problem: str | None
    version: int


class SandboxEffects(_Value):
    """What approval rules can look at, beside the arguments. `lifetime` is the whole of it, also when nobody gave one."""

    size: Size
    lifetime: timedelta


class SandboxList(_Value):
    """Sandboxes that are not deleted, oldest first."""

    sandboxes: tuple[SandboxDetails, ...]
    everyone: bool
    at: datetime
