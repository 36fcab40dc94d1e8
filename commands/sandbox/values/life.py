"""What goes into extending, putting to sleep, resizing, handing over and sharing a sandbox. Shapes only."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.kit.fields import Bytes, Lookup, User, Users
from bot.kit.units import Duration, parse_duration
from commands.sandbox.rules.hours import parse_hours
from commands.sandbox.sizes import Size
from commands.sandbox.values.basics import SandboxDetails

Which = Annotated[str, Lookup("sandboxes")]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class ExtendArguments(_Value):
    sandbox: Which = Field(min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"])
    by: Duration | None = Field(
        default=None,
        ge=parse_duration("1h"),
        description="How much longer it lives. Empty: as long as a new one.",
        examples=["2d"],
    )


class WakeArguments(_Value):
    sandbox: Which = Field(min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"])
    until: Duration | None = Field(
        default=None,
        ge=parse_duration("10m"),
        le=parse_duration("7d"),
        description="For how long; then it falls asleep again. Empty: for good, or until its hours put it to sleep.",
        examples=["2h"],
    )


def _checked_hours(text: str) -> str:
    parse_hours(text)
    return text.strip()


class HoursArguments(_Value):
    sandbox: Which = Field(min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"])
    hours: Annotated[str, AfterValidator(_checked_hours)] | None = Field(
        default=None,
        max_length=120,
        description="When it is awake, or “always”. Empty: as your platform team has set.",
        examples=["mon-fri 08:00-19:00 Europe/Berlin"],
    )


class ResizeArguments(_Value):
    sandbox: Which = Field(min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"])
    size: Size = Field(description="How much CPU and memory it may use from now on.")
    cpu: int | None = Field(default=None, ge=1, description="Cores; of size custom only.", examples=["3"])
    memory: Bytes | None = Field(default=None, ge=1024**3, description="Memory; of size custom only.", examples=["6Gi"])
    storage: Bytes | None = Field(
        default=None, ge=1024**3, description="Storage; of size custom only.", examples=["40Gi"]
    )


class TransferArguments(_Value):
    sandbox: Which = Field(min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"])
    to: User = Field(description="Whose it is from now on; somebody of its team.", examples=["<@U0EXAMPLE>"])


class ShareArguments(_Value):
    sandbox: Which = Field(min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"])
    people: Users = Field(min_length=1, max_length=20, description="Who may use it, too.", examples=["<@U0EXAMPLE>"])


class Shares(_Value):
    """A sandbox with those it is shared with, by name; the earliest first."""

    sandbox: SandboxDetails
    people: tuple[str, ...]
