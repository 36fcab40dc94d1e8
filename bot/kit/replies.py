"""What a view returns: something to show in Slack. Values only; nothing is sent from here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block

from bot.kit.text import shorten

_BESIDE_BLOCKS, _ALONE = 4_000, 40_000  # characters of `text`: what Slack recommends, and where it cuts
_NOTHING = "—"  # Slack refuses a message without text, and what people wrote may be nothing once escaped


@dataclass(frozen=True)
class Reply:
    """A message: `text` is what notifications and screen readers get (mrkdwn, escaped by its author, never empty);
    `blocks` (at most 50) are what is seen."""

    text: str
    blocks: Sequence[Block] = ()

    def to_payload(self) -> Mapping[str, Any]:
        """The `text` and `blocks` fields of a Slack message.

        Raises slack_sdk.errors.SlackObjectFormationError when a block exceeds one of Slack's limits.
        """
        text = self.text if self.text.strip() else _NOTHING
        payload: dict[str, Any] = {"text": shorten(text, _BESIDE_BLOCKS if self.blocks else _ALONE)}
        if self.blocks:
            payload["blocks"] = [block.to_dict() for block in self.blocks]
        return payload
