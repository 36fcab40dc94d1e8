"""What waits for somebody's yes, and the answers to it. Shapes only."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from bot.kit.fields import Lookup
from commands.access.values.base import Value
from storage.approvals import ApprovalState


class ApproveArguments(Value):
    approval: Annotated[str, Lookup("approvals")] = Field(
        min_length=1, max_length=30, description="The request.", examples=["a-7kq2mx9d"]
    )
    plan: str | None = Field(
        default=None, max_length=16, description="The hash of the plan you saw. Empty: the plan as it is now."
    )
    note: str | None = Field(default=None, max_length=300, description="What you want to say about it.")


class DenyArguments(Value):
    approval: Annotated[str, Lookup("approvals")] = Field(
        min_length=1, max_length=30, description="The request.", examples=["a-7kq2mx9d"]
    )
    reason: str = Field(
        min_length=1, max_length=300, description="Why not; whoever asked is told.", examples=["too large for a test"]
    )


class WithdrawArguments(Value):
    approval: Annotated[str, Lookup("approvals")] = Field(
        min_length=1, max_length=30, description="Your request.", examples=["a-7kq2mx9d"]
    )


class ApproverVote(Value):
    """One person's yes."""

    user_id: str
    name: str
    note: str | None
    at: AwareDatetime


class ApprovalDetails(Value):
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


class ApprovalList(Value):
    """What waits for your answer, what you wait for (both oldest first), and how many others there are."""

    to_answer: tuple[ApprovalDetails, ...]
    asked: tuple[ApprovalDetails, ...]
    others: int
