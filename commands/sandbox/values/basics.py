"""What goes into and comes out of making, listing and showing sandboxes. Shapes only."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from bot.kit.arguments import Named
from bot.kit.fields import Bytes, Entries, Lookup
from bot.kit.plans import Price
from bot.kit.units import Duration, parse_duration
from commands.sandbox.rules.hours import Why
from commands.sandbox.rules.limits import checked_name
from commands.sandbox.sizes import Size
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
    template: Annotated[str, Lookup("templates"), Named()] = Field(
        default="empty",
        max_length=30,
        description="What it begins with; sandbox templates lists them.",
        examples=["web"],
    )
    parameters: Entries = Field(default={}, description="What the template asks for.")
    lifetime: Duration | None = Field(
        default=None,
        ge=parse_duration("1h"),
        description="It is deleted after this long. Empty: what your platform team has set.",
        examples=["36h"],
    )
    purpose: str = Field(
        default="", max_length=300, description="What it is for, in a few words.", examples=["load test"]
    )
    team: Annotated[str | None, Lookup("teams"), Named()] = Field(
        default=None,
        max_length=80,
        description="Whose it is. Empty: the first of your teams.",
        examples=["payments"],
    )
    cpu: Annotated[int | None, Named()] = Field(
        default=None, ge=1, description="Cores; of size custom only.", examples=["3"]
    )
    memory: Annotated[Bytes | None, Named()] = Field(
        default=None, ge=1024**3, description="Memory; of size custom only.", examples=["6Gi"]
    )
    storage: Annotated[Bytes | None, Named()] = Field(
        default=None, ge=1024**3, description="Storage; of size custom only.", examples=["40Gi"]
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
    cpu: int = Field(description="Cores that its pods may ask for together.")
    memory: Bytes = Field(description="Memory that its pods may ask for together.")
    storage: Bytes = Field(description="Storage that its volumes may have together.")
    template: str = Field(description="What it began with.")
    purpose: str
    namespace: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    deleted_at: AwareDatetime = Field(description="When it is deleted, unless it is extended.")
    extensions: int = Field(description="How often its life was made longer.")
    asleep: bool = Field(description="Whether it should sleep; its state says whether it does.")
    asleep_why: Why | None
    woken_until: AwareDatetime | None = Field(description="When it falls asleep again.")
    hours: str = Field(description="When it is awake.")
    cost_per_day: Decimal | None = Field(description="Awake. None: nobody knows.")
    asleep_per_day: Decimal | None = Field(description="Asleep. None: nobody knows.")
    currency: str | None
    problem: str | None
    version: int


class SandboxEffects(_Value):
    """What approval rules can look at, beside the arguments. `template` is what it begins or began with; `lifetime` is the whole
    of it, also when nobody gave one; memory and storage in bytes; `cost_per_day` awake, None when there is no price list."""

    size: Size
    template: str = "empty"
    lifetime: timedelta
    cpu: int
    memory: int
    storage: int
    cost_per_day: Price | None = None


class SandboxList(_Value):
    """Sandboxes that are not deleted, oldest first."""

    sandboxes: tuple[SandboxDetails, ...]
    everyone: bool
    at: datetime
