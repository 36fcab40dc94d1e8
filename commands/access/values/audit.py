"""The audit trail: what to look for, and what is found. Shapes only."""

from typing import Any

from pydantic import AwareDatetime, Field

from bot.kit.fields import Moment, User
from bot.kit.units import Duration, parse_duration
from commands.access.values.base import Value


class AuditArguments(Value):
    person: User | None = Field(
        default=None, description="Who did it, or for whom it was done.", examples=["U0EXAMPLE"]
    )
    object: str | None = Field(
        default=None, max_length=255, description="What it was done to; may end in *.", examples=["sandbox:7kq2mx9d"]
    )
    action: str | None = Field(
        default=None, max_length=100, description="What was done; may end in *.", examples=["sandbox.*"]
    )
    last: Duration | None = Field(
        default=None, le=parse_duration("3650d"), description="Only the last hours or days.", examples=["7d"]
    )
    since: Moment | None = Field(default=None, description="Only from then on.", examples=["2026-12-01T14:00:00Z"])
    until: Moment | None = Field(default=None, description="Only before then.", examples=["2026-12-02T14:00:00Z"])
    export: bool = Field(
        default=False, description="Get all that is found as a file of JSON lines, in a direct message."
    )
    older_than: int | None = Field(default=None, ge=1, description="Only entries before the one of this number.")
    call: str | None = Field(
        default=None, max_length=40, description="What one call did: its reference.", examples=["c-7kq2mx9dpe"]
    )
    text: str | None = Field(
        default=None,
        max_length=150,
        description="Words in the note, the object, or what was changed.",
        examples=["gpu"],
    )


class AuditLine(Value):
    """One entry. `sequence` is its number in the sealed chain, none for the moment until it is sealed."""

    id: int
    at: AwareDatetime
    action: str
    object: str | None
    actor: str = Field(description="Slack user id, token:<id>, command-line or system.")
    on_behalf_of: str | None
    surface: str | None
    channel: str | None
    call: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    note: str
    sequence: int | None


class AuditPage(Value):
    """Entries, newest first. `older` is the `older_than` of the next page, none on the last. `searched` is what was asked, as
    it would be typed; `exported` counts the entries in the file that is on its way, none when no file was asked for."""

    entries: tuple[AuditLine, ...]
    older: int | None
    searched: dict[str, str]
    exported: int | None = None
