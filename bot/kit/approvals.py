"""The `approvals` section of platform.yaml: which calls need a second person, and which are not done at all for a while.

Values; bot/calls/policy.py binds them to the commands there are.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.kit.matching import When
from bot.kit.units import Duration, parse_duration

_Channel = Annotated[str, StringConstraints(pattern=r"^[CG][A-Z0-9]{2,30}$")]
_User = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{2,30}$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApproverSettings(_Section):
    """Who may say yes or no: people with one of the roles (for the team it is about), and the people named."""

    roles: frozenset[str] = Field(
        default=frozenset({"approver", "admin"}), description="Roles whose holders may answer."
    )
    users: frozenset[_User] = Field(
        default=frozenset(), description="Slack user ids; each gets the request as a direct message."
    )


class RuleSettings(_Section):
    """A call under `when`, and not under `unless`, needs somebody's approval, or is refused."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(description="What people see.")
    when: When = Field(description="A condition; docs/approvals.md tells the language.")
    unless: When | None = Field(default=None, description="Calls it does not hold for. None: no exceptions.")
    then: Literal["approve", "refuse"] = Field(default="approve", description="What becomes of the call.")
    reason: str = Field(default="", max_length=300, description="Why there is this rule; shown to whoever meets it.")
    approvers: ApproverSettings = Field(default=ApproverSettings(), description="Who may answer.")
    quorum: int = Field(default=1, ge=1, le=10, description="How many must approve; one who denies is enough.")
    expires: Duration = Field(default=parse_duration("24h"), description="Nobody answered for this long: refused.")
    remind: Duration | None = Field(
        default=parse_duration("4h"), description="Approvers are reminded once after this long. None: never."
    )
    channel: _Channel | None = Field(
        default=None, description="Channel id for the request. None: that of the whole section."
    )


class ApprovalSettings(_Section):
    """Rules that hold for every surface: what needs a second person, and what is not done at all for a while."""

    channel: _Channel | None = Field(
        default=None, description="Channel id where requests are shown. None: only to approvers who are named."
    )
    rules: tuple[RuleSettings, ...] = Field(default=(), description="All whose conditions hold count.")

    @model_validator(mode="after")
    def _names_are_unique_and_somebody_hears(self) -> "ApprovalSettings":
        names = [rule.name for rule in self.rules]
        for rule in self.rules:
            if names.count(rule.name) > 1:
                raise ValueError(f"there are two rules named “{rule.name}”")
            if rule.then == "approve" and not (rule.channel or self.channel or rule.approvers.users):
                raise ValueError(
                    f"nobody would see requests under “{rule.name}”: give it a channel, or name approvers.users"
                )
        return self
