"""What goes into the access commands and what comes out, on every surface. Shapes only."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.kit.fields import Lookup, Moment, User
from bot.kit.units import Duration, parse_duration
from storage.approvals import ApprovalState


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class AuditArguments(_Value):
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
    text: str | None = Field(
        default=None,
        max_length=150,
        description="Words in the note, the object, or what was changed.",
        examples=["gpu"],
    )


class AuditLine(_Value):
    """One entry. `sequence` is its number in the sealed chain, none for the moment until it is sealed."""

    id: int
    at: AwareDatetime
    action: str
    object: str | None
    actor: str = Field(description="Slack user id, token:<id> or system.")
    on_behalf_of: str | None
    surface: str | None
    channel: str | None
    call: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    note: str
    sequence: int | None


class AuditPage(_Value):
    """Entries, newest first. `older` is the `older_than` of the next page, none on the last. `searched` is what was asked, as
    it would be typed; `exported` counts the entries in the file that is on its way, none when no file was asked for."""

    entries: tuple[AuditLine, ...]
    older: int | None
    searched: dict[str, str]
    exported: int | None = None


class ApproveArguments(_Value):
    approval: Annotated[str, Lookup("approvals")] = Field(
        min_length=1, max_length=30, description="The request.", examples=["a-7kq2mx9d"]
    )
    plan: str | None = Field(
        default=None, max_length=16, description="The hash of the plan you saw. Empty: the plan as it is now."
    )
    note: str | None = Field(default=None, max_length=300, description="What you want to say about it.")


class DenyArguments(_Value):
    approval: Annotated[str, Lookup("approvals")] = Field(
        min_length=1, max_length=30, description="The request.", examples=["a-7kq2mx9d"]
    )
    reason: str = Field(
        min_length=1, max_length=300, description="Why not; whoever asked is told.", examples=["too large for a test"]
    )


class WithdrawArguments(_Value):
    approval: Annotated[str, Lookup("approvals")] = Field(
        min_length=1, max_length=30, description="Your request.", examples=["a-7kq2mx9d"]
    )


class NoArguments(_Value):
    pass


class WhoArguments(_Value):
    person: User = Field(description="Whose roles and permissions.")


class HeldRole(_Value):
    """`teams`: for whose things it counts, null for everybody's. `by`: through what they have it."""

    role: str
    teams: tuple[str, ...] | None
    by: str


class TeamPermissions(_Value):
    team: str
    permissions: tuple[str, ...]


class Standing(_Value):
    """Who somebody is to the platform. Permissions are patterns: `everywhere` those that count for all teams."""

    user_id: str
    name: str
    teams: tuple[str, ...]
    roles: tuple[HeldRole, ...]
    everywhere: tuple[str, ...]
    for_teams: tuple[TeamPermissions, ...]


class RoleDetails(_Value):
    """A role, what it may, and to whom the configuration gives it."""

    role: str
    permissions: tuple[str, ...]
    holders: tuple[str, ...]


class RoleList(_Value):
    roles: tuple[RoleDetails, ...]


class ApproverVote(_Value):
    """One person's yes."""

    user_id: str
    name: str
    note: str | None
    at: AwareDatetime


class ApprovalDetails(_Value):
    """A request as it is now. `plan` says, a line each, what would change; `plan_hash` names that plan."""

    id: str
    call: str
    rule: str
    reason: str
    command: str
    requested_by: str = Field(description="Slack user id.")
    requested_name: str
    team: str
    arguments: dict[str, str]
    plan: tuple[str, ...]
    plan_hash: str
    state: ApprovalState
    quorum: int
    votes: tuple[ApproverVote, ...]
    asked_at: AwareDatetime
    expires_at: AwareDatetime
    decided_by: str | None
    note: str | None
    version: int


class ApprovalList(_Value):
    """What waits for your answer, what you wait for (both oldest first), and how many others there are."""

    to_answer: tuple[ApprovalDetails, ...]
    asked: tuple[ApprovalDetails, ...]
    others: int
