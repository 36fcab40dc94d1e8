"""Renders the cards that groups declare, from current state, when the outbox is about to send them. Sends nothing."""

from collections.abc import Mapping
from typing import Any

from bot.kit.declare import Card
from bot.slack.home import VIEW, HomePage


class Cards:
    """`home` renders App Homes, by user id, under the view bot.slack.home.VIEW."""

    def __init__(self, cards: Mapping[str, Card], services: Mapping[str, object], home: HomePage) -> None:
        self._cards = cards
        self._services = services
        self._home = home

    async def render(self, view: str, object_id: str) -> Mapping[str, Any] | None:
        """The message's `text` and `blocks`; None when there is nothing to show (any more).

        Raises KeyError for a view that no group declares: a message of an older release."""
        if view == VIEW:
            return await self._home.render(object_id)
        card = self._cards[view]
        reply = await card.render(self._services[card.group], object_id)
        return reply.to_payload() if reply else None
