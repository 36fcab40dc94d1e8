"""What the bot itself tells groups of, as domain events. Values only; bot/subscriptions.py delivers them."""

from typing import Final

from pydantic import BaseModel, ConfigDict

PERSON_LEFT: Final = "person.left"


class PersonLeft(BaseModel):
    """Somebody was deactivated or deleted in Slack. `name` is how they were called."""

    model_config = ConfigDict(frozen=True)

    user_id: str
    name: str
