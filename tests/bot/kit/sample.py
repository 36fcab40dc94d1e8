"""A group of commands with an argument of every kind, for tests of what is made of declarations. Does nothing itself."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from bot.kit.call import Call
from bot.kit.declare import Group
from bot.kit.fields import Bytes, Channel, Entries, Lookup, Moment, Several, User, Users
from bot.kit.replies import Reply
from bot.kit.units import Duration


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def _lower(text: str) -> str:
    return text.strip().lower()


class Everything(BaseModel):
    """One argument of every kind; the first is needed."""

    name: Annotated[str, AfterValidator(_lower)] = Field(min_length=2, max_length=20, examples=["checkout"])
    colour: Colour = Field(default=Colour.RED, description="What it is painted in.")
    region: Literal["EU", "US"] | None = Field(default=None, title="Where")
    count: int = Field(default=2, ge=1, le=9)
    ratio: Decimal | None = Field(default=None, ge=Decimal("-1"), le=Decimal("1.5"))
    weight: float | None = None
    lifetime: Duration | None = Field(default=None, ge=timedelta(hours=1), examples=["36h"])
    loud: bool = False
    notes: str = Field(default="", max_length=400)


class Wide(BaseModel):
    """The kinds that are not Python's own."""

    who: User | None = None
    people: Users = ()
    where: Channel | None = None
    sizes: Annotated[tuple[Literal["small", "large"], ...], Several] = ()
    volume: Bytes = 10 * 1024**3
    day: date | None = None
    at: Moment | None = None
    thing: Annotated[str, Lookup("things")] | None = None
    extras: Entries = {}


class Nothing(BaseModel):
    """No argument at all."""


class Two(BaseModel):
    """Both are needed, and the last one takes the rest."""

    service: str = Field(min_length=1, examples=["checkout"])
    summary: str = Field(min_length=1, examples=["it is down"])


class Service:
    """What the commands run on: nothing."""


def _shown(arguments: BaseModel) -> Reply:
    return Reply(text=type(arguments).__name__)


def sample_group() -> Group[Service]:
    """`make` takes everything, `note` two texts, `ping` nothing."""
    group: Group[Service] = Group("thing", summary="Things for tests", service=Service)

    @group.command(
        "make",
        arguments=Everything,
        result=Everything,
        permission="thing.make",
        summary="Make a thing",
        view=_shown,
    )
    async def make(service: Service, call: Call, arguments: Everything) -> Everything:
        return arguments

    @group.command("note", arguments=Two, result=Two, permission="thing.note", summary="Take a note", view=_shown)
    async def note(service: Service, call: Call, arguments: Two) -> Two:
        return arguments

    @group.command(
        "ping", arguments=Nothing, result=Nothing, permission="thing.ping", summary="Answer at once", view=_shown
    )
    async def ping(service: Service, call: Call, arguments: Nothing) -> Nothing:
        return arguments

    return group
