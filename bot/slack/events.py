"""Events -> App Home, mentions, words in threads. Whatever concerns nobody is dropped before anything is stored.

Nobody waits for an event's acknowledgement: when it cannot be taken it is not acknowledged, and Slack sends it again.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from bot.calls.desk import Desk
from bot.calls.explain import explain
from bot.calls.rate import Rates
from bot.calls.record import Request
from bot.kit.blocks import actions, command_button, section
from bot.kit.call import Place, Surface
from bot.kit.declare import Card, Command
from bot.kit.errors import FieldErrors, OnlyInAForm, TooMany, UserError
from bot.kit.replies import Reply
from bot.slack.botuser import BotUser
from bot.slack.directory import EVENTS, GROUP_EVENTS, DirectoryEvents
from bot.slack.help import help_reply
from bot.slack.home import VIEW
from bot.slack.parsing import Groups, HelpWanted, Invocation, parse, with_example
from storage.db import Database
from storage.messages import Channel, MessageStore, ThreadAt

log = structlog.stdlib.get_logger(__name__)

_MENTION = re.compile(r"^\s*<@[UW][A-Z0-9]+(?:\|[^>]*)?>[\s,:]*")
_WORD = re.compile(r"\s*([A-Za-z][\w-]*)[.!]?\s*(.*)", re.DOTALL)


class Events:
    """`me` says who we are, None until Slack has told; then any mention at the beginning is taken for ours."""

    def __init__(
        self,
        desk: Desk,
        db: Database,
        messages: MessageStore,
        groups: Groups,
        slash: str,
        me: Callable[[], BotUser | None],
        people: DirectoryEvents | None = None,
        rates: Rates | None = None,
    ) -> None:
        self._questions = (rates or Rates.unlimited()).questions
        self._desk = desk
        self._db = db
        self._messages = messages
        self._groups = groups
        self._slash = slash
        self._me = me
        self._people = people
        self._cards = {card.view: card for group in groups.values() for card in group.cards}
        self._words = frozenset(word for card in self._cards.values() for word in card.words)

    async def event(self, body: Mapping[str, Any]) -> None:
        """Raises Unavailable when it cannot be taken now: it must come again."""
        event = body.get("event") or {}
        match event.get("type"):
            case "app_home_opened" if event.get("tab", "home") == "home":
                await self._home(str(event["user"]))
            case "app_mention" if not event.get("bot_id"):
                await self._said(event, self._after_our_name(str(event.get("text", ""))), mentioned=True)
            case "message" if _is_said_to_us(event):
                await self._said(event, self._after_our_name(str(event["text"])), mentioned=True)
            case "message" if self._may_concern_us(event):
                await self._said(event, str(event["text"]), mentioned=False)
            case kind if self._people is not None and kind in (*EVENTS, *GROUP_EVENTS):
                await self._people.event(event)
            case _:
                pass

    def _after_our_name(self, text: str) -> str:
        """What stands after the mention of us, wherever in the sentence that is: `could you, @platform, …`."""
        if (me := self._me()) is not None:
            ours = re.search(rf"<@{re.escape(me.user_id)}(?:\|[^>]*)?>[\s,:]*", text)
            return text[ours.end() :] if ours else text
        return _MENTION.sub("", text, count=1)

    def _may_concern_us(self, event: Mapping[str, Any]) -> bool:
        """A person's own words in a thread, beginning with one that some card knows; a mention comes as its own event."""
        if not _is_a_persons(event) or not event.get("thread_ts"):
            return False
        text = str(event.get("text", ""))
        word = _WORD.match(text)
        return word is not None and word[1].lower() in self._words and _MENTION.match(text) is None

    async def _home(self, user_id: str) -> None:
        if self._questions.wait(user_id):
            return
        async with self._db.transaction() as session:
            await self._messages.open_home(session, user_id, VIEW)

    async def _said(self, event: Mapping[str, Any], text: str, *, mentioned: bool) -> None:
        channel, ts, user_id = str(event["channel"]), str(event["ts"]), str(event["user"])
        # In a channel the answer goes into a thread; between the two of us there is nobody to spare.
        thread_ts = event.get("thread_ts") or (None if event.get("channel_type") == "im" else ts)
        place = Place(channel, str(thread_ts) if thread_ts else None)
        key = f"message:{channel}:{ts}"  # not the event's id: the same message may come as several events
        try:
            invocation = await self._about_the_card(event, text)
            if invocation is None and not mentioned:
                return
            parsed = invocation or self._parsed(text, user_id)
            if isinstance(parsed, HelpWanted):
                await self._reply(
                    key, place, user_id, help_reply(parsed, self._groups, f"@{self._slash.removeprefix('/')}")
                )
            elif parsed.missing:
                await self._reply(key, place, user_id, _needs_a_form(parsed))
            else:
                await self._take(parsed, key, place, user_id)
        except TooMany as error:
            if error.first:  # an answer to each would fill the channel for them
                await self._reply(key, place, user_id, explain(error))
        except UserError as error:
            await self._reply(key, place, user_id, explain(error))

    def _parsed(self, text: str, user_id: str) -> Invocation | HelpWanted:
        """What is no complete command is a question, also a mistake."""
        try:
            parsed = parse(text, self._groups)
        except UserError:
            self._questions.charge(user_id)
            raise
        if isinstance(parsed, HelpWanted) or parsed.missing:
            self._questions.charge(user_id)
        return parsed

    async def _about_the_card(self, event: Mapping[str, Any], text: str) -> Invocation | None:
        """What a bare word means in the thread of one of our cards; None when it means nothing there."""
        word = _WORD.match(text)
        if word is None or not event.get("thread_ts") or word[1].lower() not in self._words:
            return None
        async with self._db.reading() as session:
            parent = await self._messages.standing_at(session, str(event["channel"]), str(event["thread_ts"]))
        card = self._cards.get(parent.view or "") if parent else None
        if parent is None or card is None or word[1].lower() not in card.words:
            return None
        command = self._command(card, word[1].lower())
        given = parse(f"{command.typed} {card.about}={parent.object_id} {word[2]}", self._groups)
        return given if isinstance(given, Invocation) else None

    def _command(self, card: Card, word: str) -> Command:
        return self._groups[card.group].commands[card.words[word]]

    async def _take(self, invocation: Invocation, key: str, place: Place, user_id: str) -> None:
        request = Request(
            command=invocation.command,
            raw=invocation.raw,
            user_id=user_id,
            surface=Surface.MENTION,
            key=key,
            place=place,
        )
        try:
            await self._desk.take(request)
        except FieldErrors as error:
            raise with_example(error, invocation.command) from error
        except OnlyInAForm:
            await self._reply(key, place, user_id, _needs_a_form(invocation))

    async def _reply(self, key: str, place: Place, user_id: str, reply: Reply) -> None:
        """Into the thread, once however often the event comes."""
        async with self._db.transaction() as session:
            await self._messages.post(
                session,
                key=f"{key}:answer",
                to=Channel(place.channel),
                thread=ThreadAt(place.thread_ts) if place.thread_ts else None,
                fallback=user_id,
                body=reply.to_payload(),
            )


def _is_a_persons(event: Mapping[str, Any]) -> bool:
    """A person's own words; not an edit, not somebody joining, not a bot's."""
    return bool(event.get("user") and event.get("text")) and not event.get("subtype") and not event.get("bot_id")


def _is_said_to_us(event: Mapping[str, Any]) -> bool:
    """In direct messages with the bot everything is."""
    return event.get("channel_type") == "im" and _is_a_persons(event) and not event.get("thread_ts")


def _needs_a_form(parsed: Invocation) -> Reply:
    """A mention carries no trigger to open a form with; a button does."""
    text = f"“{parsed.command.typed}” needs a few more words."
    if parsed.command.credential:
        text = f"“{parsed.command.typed}” hands over a credential: a form shows it, to you alone."
    fill_in = command_button("Fill in the form", parsed.command.name, parsed.raw, style="primary")
    return Reply(text=text, blocks=[section(text), actions(fill_in)])
