"""What all values of this domain have in common."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class NoArguments(Value):
    pass
