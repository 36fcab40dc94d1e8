"""Where a call's answer goes: the thread it was said in, the form it was submitted from, or to the person alone. Writes none."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.calls.record import Recorded
from bot.kit.call import Surface
from bot.kit.declare import Command
from bot.kit.replies import Reply
from bot.kit.text import code, escape
from storage.db import Database
from storage.messages import Channel, MessageStore, ThreadAt

_RESPONSE_URL_LIFE = timedelta(minutes=30)  # docs.slack.dev, "Handling user interaction"

ShowInForm = Callable[[str, Command, Reply], Awaitable[bool]]
"""Shows a result in an open form (by view id); False when it is closed or Slack does not answer."""


class Answers:
    def __init__(self, db: Database, messages: MessageStore, show_in_form: ShowInForm) -> None:
        self._db = db
        self._messages = messages
        self._show_in_form = show_in_form

    async def mark(self, session: AsyncSession, recorded: Recorded, reply: Reply, about: str = "answer") -> None:
        """In the transaction that ends the call, or puts it aside: `about` tells what is said once about a call from another."""
        request = recorded.request
        if request.surface is Surface.MENTION and request.place is not None:
            await self._in_thread(session, recorded, reply, about)
        elif request.surface is not Surface.API and _form_of(recorded) is None:
            await self._to_the_person(session, recorded, reply, about)

    async def say(self, recorded: Recorded, reply: Reply, about: str = "answer", *, only_in_form: bool = False) -> None:
        """After that transaction: what goes into an open form, or to the person if the form is closed. Best effort.
        `only_in_form`: it is lost then, and the person hears that."""
        view_id = _form_of(recorded)
        if view_id is not None and not await self._show_in_form(view_id, recorded.request.command, reply):
            if only_in_form:
                reply = _unseen(recorded.request.command)
            async with self._db.transaction() as session:
                await self._to_the_person(session, recorded, reply, about)

    async def _in_thread(self, session: AsyncSession, recorded: Recorded, reply: Reply, about: str) -> None:
        place = recorded.request.place
        assert place is not None
        await self._messages.post(
            session,
            key=_key(recorded, about),
            to=Channel(place.channel),
            thread=ThreadAt(place.thread_ts) if place.thread_ts else None,
            fallback=recorded.request.user_id,
            body=reply.to_payload(),
        )

    async def _to_the_person(self, session: AsyncSession, recorded: Recorded, reply: Reply, about: str) -> None:
        payload = dict(reply.to_payload())
        place = recorded.request.place
        if place is not None and place.thread_ts is not None:
            payload["thread_ts"] = place.thread_ts  # a response_url speaks in the channel unless it is told the thread
        await self._messages.answer(
            session,
            key=_key(recorded, about),
            response_url=recorded.response_url,
            expires_at=recorded.received_at + _RESPONSE_URL_LIFE,
            user=recorded.request.user_id,
            body=payload,
        )


def _unseen(command: Command) -> Reply:
    text = (
        f"The form was closed, so what came of “{escape(command.typed)}” was shown to nobody and is not kept. "
        f"Ask again with {code(command.typed)}."
    )
    return Reply(text=text)


def _key(recorded: Recorded, about: str) -> str:
    return f"call:{recorded.ref}:{about}"


def _form_of(recorded: Recorded) -> str | None:
    """The view that waits for the result, None if none does."""
    request = recorded.request
    waits = request.surface is Surface.FORM and request.command.progress
    return request.key.removeprefix("form:") if waits else None
