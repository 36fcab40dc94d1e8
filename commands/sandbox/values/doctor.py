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


class Orphan(_Value):
    """A namespace with our labels that no sandbox stands for."""

    namespace: str
    sandbox_id: str
    leaving: bool = Field(description="Whether it is on its way out.")


class Stuck(_Value):
    """A sandbox whose namespace does not go. `objects` hold it, each with its finalizers; `unseen` could not be looked at."""

    id: str
    name: str
    namespace: str
    said: tuple[str, ...]
    objects: tuple[str, ...]
    unseen: tuple[str, ...]


class Ailing(_Value):
    """A sandbox that is not as it should be, and why, in words."""

    id: str
    name: str
    team: str
    namespace: str
    problem: str


class Diagnosis(_Value):
    """Everything about sandboxes that needs an admin. `lost` are those whose namespace is missing; `marked` counts the namespaces
    with labels or annotations of others."""

    sandboxes: int
    orphans: tuple[Orphan, ...]
    lost: tuple[Ailing, ...]
    stuck: tuple[Stuck, ...]
    failed: tuple[Ailing, ...]
    brake: BrakeState
    marked: int


class UnblockEffects(_Value):
    """What approval rules can look at: how many objects lose their finalizers."""

    objects: int


class Unblocked(_Value):
    """`objects` lost these finalizers."""

    sandbox: str
    objects: tuple[str, ...]


class DiscardArguments(_Value):
    namespace: str = Field(
        min_length=5,
        max_length=63,
        description="Its name, as `sandbox doctor` says it.",
        examples=["sbx-pay-checkout-k3fp"],
    )


class Discarded(_Value):
    """`gone`: it was not there any more."""

    namespace: str
    gone: bool


class Released(_Value):
    """What may go now."""

    names: tuple[str, ...] = Field(description="The sandboxes that were held back.")
    until: AwareDatetime | None = Field(description="Until then none is held back. None: none was.")
