"""What there is to see of a sandbox: its pods and their trouble, what it uses and costs, who may use it; logs. Shapes only."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.kit.fields import Lookup
from commands.sandbox.values.basics import SandboxDetails


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class PodSeen(_Value):
    """One pod. `trouble` is what stands in its way, in the cluster's words; empty when nothing does."""

    name: str
    phase: str
    ready: int = Field(description="Containers that are ready.")
    containers: int
    restarts: int
    trouble: tuple[str, ...]


class Used(_Value):
    """How much of a quota is used, as the cluster writes it."""

    resource: str
    used: str
    hard: str


class Warned(_Value):
    """A warning of the cluster's about something inside, newest last."""

    about: str = Field(description="Kind and name: Pod/web-1.")
    reason: str
    message: str
    count: int
    at: AwareDatetime | None


class Insight(_Value):
    """What stands inside, looked at this moment."""

    pods: tuple[PodSeen, ...]
    quota: tuple[Used, ...]
    warnings: tuple[Warned, ...]


class GivenOut(_Value):
    """Access that has not ended yet."""

    to: str
    until: AwareDatetime


class SandboxSeen(SandboxDetails):
    """One sandbox, with what is inside if the cluster answers in time."""

    inside: Insight | None = Field(description="None: nobody could look; `unseen` says why.")
    unseen: str | None
    active_at: AwareDatetime | None = Field(description="When somebody last did something with it, as far as is known.")
    spent: Decimal | None = Field(description="What it has cost so far. None: nobody knows.")
    saved: Decimal | None = Field(description="What it would have cost more had it never slept. None: nobody knows.")
    shared_with: tuple[str, ...] = Field(description="By name.")
    access: tuple[GivenOut, ...]


class LogsArguments(_Value):
    sandbox: Annotated[str, Lookup("sandboxes")] = Field(
        min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"]
    )
    pod: Annotated[str, Lookup("pods")] | None = Field(
        default=None, max_length=253, description="Empty: the only one there is.", examples=["web-5d9c-x2x7p"]
    )
    container: str | None = Field(
        default=None, max_length=63, description="Empty: the pod's main one.", examples=["app"]
    )
    lines: int = Field(default=50, ge=1, le=500, description="How many, counted from the end.")


class SandboxLogs(_Value):
    """The last lines of a container, without what looks like a secret. `cut`: there were more than fit."""

    sandbox: str
    pod: str
    container: str
    text: str
    cut: bool


@dataclass(frozen=True)
class Week:
    """What one sandbox cost its owner in a week, and saved by sleeping. Exact amounts."""

    name: str
    spent: Decimal
    saved: Decimal
    currency: str
