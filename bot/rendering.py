"""Renders the cards that groups declare, from current state, when the outbox is about to send them. Sends nothing."""

from collections.abc import Mapping
from typing import Any

from bot.kit.declare import Card


class Cards:
    def __init__(self, cards: Mapping[str, Card], services: Mapping[str, object]) -> None:
        self._cards = cards
        self._services = services

    async def render(self, view: str, object_id: str) -> Mapping[str, Any] | None:
        """The message's `text` and `blocks`; None when there is nothing to show (any more).

        Raises KeyError for a view that no group declares: a message of an older release."""
        card = self._cards[view]
        reply = await card.render(self._services[card.group], object_id)
        return reply.to_payload() if reply else None
