"""What people and programs do to the bot, one class for each; a domain that brings load adds its own to LOADS.

Each is done by one person at a time, who waits for the acknowledgement. What is accepted is owed an answer that names its number.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

from benchmarks.soak.ledger import Outcome
from benchmarks.soak.stage import Stage
from playground.slack import Message, Person, Refused
from playground.slack import Outcome as Seen

_PATIENCE = 120.0  # seconds for a sandbox to come or to go


class Load(Protocol):
    """`weight`: how often, compared with the others."""

    name: str
    weight: int

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        """Does it once. What is accepted it enters with `stage.ledger.owe(number)`, unless nobody is told of its end."""


def seen(outcome: Seen) -> Outcome:
    if not outcome.ok:
        return Outcome.UNKNOWN
    if "I am busy" in outcome.text or "I am busy" in str(outcome.blocks):
        return Outcome.BUSY
    if outcome.view is not None:
        return Outcome.ASKED
    return Outcome.REFUSED if outcome.text or outcome.blocks else Outcome.ACCEPTED


class Show:
    """A complete slash command, answered by its response_url."""

    name, weight = "slash", 30

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        outcome = seen(await person.slash("#platform", "/platform", f"sandbox show soak-{number}"))
        if outcome is Outcome.ACCEPTED:
            stage.ledger.owe(number)
        return outcome


class Redelivered:
    """The same command delivered three times, twice of them at once: one call, one answer."""

    name, weight = "redelivery", 6

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        text = f"sandbox show soak-{number}"
        outcome = seen(await person.slash("#platform", "/platform", text))
        first = next(one for one in reversed(stage.slack.calls) if one.request.get("text") == text)
        await asyncio.gather(*(stage.slack.deliver_again(first, attempt=attempt) for attempt in (1, 2)))
        if outcome is Outcome.ACCEPTED:
            stage.ledger.owe(number)
        return outcome


class Mistake:
    name, weight = "mistake", 10
    _TYPED = (
        "sandbox crate",
        "sandbox create Not:A:Name",
        "sandbox create x --lifetme 3d",
        "nonsense 'unclosed",
        "🙂" * 200,
    )

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        return seen(await person.slash("#platform", "/platform", self._TYPED[number % len(self._TYPED)]))


class Help:
    name, weight = "help", 8
    _TYPED = ("help", "", "sandbox help", "sandbox create --help")

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        outcome = seen(await person.slash("#platform", "/platform", self._TYPED[number % len(self._TYPED)]))
        return Outcome.ASKED if outcome is Outcome.REFUSED else outcome


class Mention:
    """Answered in the thread; nobody is told that it was taken."""

    name, weight = "mention", 8

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        await person.say("#platform", f"@platform sandbox show soak-{number}")
        stage.ledger.owe(number)
        return Outcome.ACCEPTED


class Home:
    name, weight = "home", 3

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        await person.open_home()
        return Outcome.ASKED


class Api:
    """The same request twice, with one key: one call. And now and then one that is wrong."""

    name, weight = "api", 12

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        if number % 3 == 0:
            status, _ = await self._post(stage, {"sandbox": number}, f"wrong-{number}")
            return Outcome.REFUSED if status == 422 else Outcome.BUSY if status == 503 else Outcome.UNKNOWN
        answers = [await self._post(stage, {"sandbox": f"soak-{number}"}, f"key-{number}") for _ in range(2)]
        references = {reference for status, reference in answers if status != 503}
        if len(references) > 1:
            stage.ledger.doubled_again(number, f"one key became the calls {references}")
        if any(status == 503 for status, _ in answers):
            return Outcome.BUSY
        return Outcome.ACCEPTED if all(status in (404, 202) for status, _ in answers) else Outcome.UNKNOWN

    async def _post(self, stage: Stage, arguments: object, key: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {stage.token}", "Idempotency-Key": key}
        url = f"{stage.bot.url}/api/v1/sandbox/show"
        async with stage.session.post(url, json=arguments, headers=headers) as answer:
            await answer.read()
            return answer.status, answer.headers.get("Call-Reference", "")


class Garbage:
    """What nobody should send, by every door."""

    name, weight = "garbage", 6

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        url, bearer = stage.bot.url, {"Authorization": f"Bearer {stage.token}"}
        match number % 5:
            case 0:
                sent = stage.session.post(f"{url}/slack/events", data=b"\xff\x00 not a delivery")
            case 1:
                sent = stage.session.post(f"{url}/api/v1/sandbox/show", data=b"{" * 5000, headers=bearer)
            case 2:
                sent = stage.session.get(f"{url}/no/such/path/{number}")
            case 3:
                sent = stage.session.post(f"{url}/api/v1/nothing/{number}", headers=bearer)
            case _:
                sent = stage.session.get(f"{url}/api/v1/calls/c-{number}", headers={"Authorization": "Bearer pb_x"})
        async with sent as answer:
            return Outcome.REFUSED if 400 <= answer.status < 500 else Outcome.UNKNOWN


class Sandbox:
    """Made by form or command, shown by its card, deleted by its button (pressed twice) or by command: one card, in the end no
    namespace."""

    name, weight = "sandbox", 3

    async def once(self, stage: Stage, person: Person, number: int) -> Outcome:
        name = f"box-{number}"
        outcome = await (self._by_form if number % 2 else self._by_command)(person, name)
        if outcome is not Outcome.ACCEPTED:
            return outcome
        card = await self._card(stage, name, "is ready")
        if card is None:
            told = await stage.known_of(name)
            stage.ledger.doubled_again(number, f"{name} was accepted and did not become ready: {told}")
            return outcome
        if number % 3 == 0 or (button := _delete_button(card)) is None:
            await self._typed_delete(person, name)
        else:
            presses = (person.click(card, button, confirm=True) for _ in range(2))
            with contextlib.suppress(Refused):
                await asyncio.gather(*presses)
        for _ in range(3):  # a press whose socket broke is pressed again, as a person would
            if await self._card(stage, name, "is deleted") is not None:
                break
            await self._typed_delete(person, name)
        else:
            stage.ledger.doubled_again(number, f"{name} was not deleted: {await stage.known_of(name)}")
        if len(stage.cards.pop(name, {})) != 1:
            stage.ledger.doubled_again(number, f"{name} has more than one card")
        if any(name in str(each["metadata"]["name"]) for each in stage.cluster.objects("Namespace")):
            stage.ledger.doubled_again(number, f"a namespace of {name} is left")
        return outcome

    async def _by_command(self, person: Person, name: str) -> Outcome:
        return seen(await person.slash("#platform", "/platform", f"sandbox create {name}"))

    async def _by_form(self, person: Person, name: str) -> Outcome:
        try:
            return await self._filled_in(person, name)
        except Refused:  # the client was reloaded in between: what it had open is gone
            return Outcome.UNKNOWN

    async def _filled_in(self, person: Person, name: str) -> Outcome:
        opened = await person.slash("#platform", "/platform", "sandbox create")
        if not opened.ok or opened.view is None:  # what is open then is an earlier one
            return seen(opened)
        wrong = await person.submit(opened.view, {"name": "Not A Name!"})
        if wrong.action != "errors" or wrong.view is None:
            return Outcome.UNKNOWN
        done = await person.submit(wrong.view, {"name": name, "purpose": "soak"})
        if done.action == "errors":
            busy = any("busy" in words for words in done.errors.values())
            await person.close(done.view or wrong.view)
            return Outcome.BUSY if busy else Outcome.REFUSED
        return Outcome.ACCEPTED if done.ok else Outcome.UNKNOWN

    async def _card(self, stage: Stage, name: str, words: str) -> Message | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE
        while loop.time() < deadline:
            for message in stage.cards.get(name, {}).values():
                if words in message.text:
                    return message
            await asyncio.sleep(0.25)
        return None

    async def _typed_delete(self, person: Person, name: str) -> None:
        """Typed, and the question answered once it is there."""
        await person.slash("#platform", "/platform", f"sandbox delete {name}")
        for _ in range(200):
            asked = [each for each in person.sees("#platform") if f"Really sandbox delete {name}?" in each.text]
            if asked:
                with contextlib.suppress(Refused):
                    await person.press(asked[-1], "Yes, delete")
                return
            await asyncio.sleep(0.05)


def _delete_button(card: Message) -> str | None:
    for block in card.blocks:
        for element in block.get("elements", []):
            if element.get("type") == "button" and element["text"]["text"] == "Delete":
                return str(element["action_id"])
    return None


LOADS: Sequence[Load] = (Show(), Redelivered(), Mistake(), Help(), Mention(), Home(), Api(), Garbage(), Sandbox())
