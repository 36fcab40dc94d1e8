"""What goes into and comes out of giving access to a sandbox. Shapes only."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from bot.kit.fields import Lookup
from commands.sandbox.values.basics import SandboxDetails


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class AccessArguments(_Value):
    sandbox: Annotated[str, Lookup("sandboxes")] = Field(
        min_length=1, max_length=80, description="Its name.", examples=["checkout-fix"]
    )


class GivenAccess(_Value):
    """A kubeconfig, for the eyes of whoever asked. `until`: when its token ends; None: it holds no secret, one logs in each
    time."""

    sandbox: SandboxDetails
    kubeconfig: SecretStr
    until: AwareDatetime | None
