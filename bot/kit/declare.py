"""The one declaration: a group of commands, and what else a domain brings to the bot. Values only; it runs nothing.

    GROUP = Group("sandbox", summary="…", service=SandboxService, settings=SandboxSettings)

    @GROUP.command("create", arguments=CreateArguments, result=SandboxDetails, permission="sandbox.create",
                   summary="A namespace of your own, for a while", view=views.created, repeatable=True)
    async def create(service: SandboxService, call: Call, arguments: CreateArguments) -> SandboxDetails: ...

From it come the slash command's parsing and help, the form, buttons, the HTTP endpoint, the reference in the docs, the
permission check and the audit entry. A group's *needs* are the annotated parameters of its service: bot/wiring.py joins
them with what the edges and other groups provide, and refuses to start when one is unmet.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel
from slack_sdk.models.blocks import Block

from bot.kit.arguments import Argument, Kind, arguments_of
from bot.kit.call import Call, Principal
from bot.kit.fields import Choice
from bot.kit.plans import NoEffects, Plan
from bot.kit.replies import Reply

ServiceT = TypeVar("ServiceT")
ArgumentsT = TypeVar("ArgumentsT", bound=BaseModel)
ResultT = TypeVar("ResultT", bound=BaseModel)
PayloadT = TypeVar("PayloadT", bound=BaseModel)

Check = Callable[[ServiceT, Call, ArgumentsT], Awaitable[None]]
Handler = Callable[[ServiceT, Call, ArgumentsT], Awaitable[ResultT]]

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True)
class Confirm:
    """Asked before a dangerous command runs from a button. Slack's limits: title 100, text 300, buttons 30 characters."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"


@dataclass(frozen=True)
class EntryFields:
    """The fields that ask for the entries of an argument, each named `argument.entry`. `of` is what they belong to: what was
    filled in for the entries of something else is not theirs."""

    of: str
    arguments: Sequence[Argument]


@dataclass(frozen=True)
class Form:
    """What a command adds to the form made from its arguments. `lead` stands above the fields, `notes` below them;
    `defaults` (as typed) fill in what nobody gave; when a field in `watch` changes, the form is made anew from what it holds
    then. `entries` are the fields of an argument that has several, by its name; without them one field asks for all.
    `blocks` replace the fields altogether; their inputs' block ids must be argument names."""

    lead: Sequence[Block] = ()
    notes: Sequence[Block] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    watch: frozenset[str] = frozenset()
    entries: Mapping[str, EntryFields] = field(default_factory=dict)
    blocks: Sequence[Block] | None = None


@dataclass(frozen=True)
class Command:
    """One command as the bot sees it. Types were checked where it was declared, so they are erased here.

    `repeatable`: running it again with the same call reference changes nothing more, so a crash resumes it.
    `check`: looks at local data before the call is accepted; its FieldErrors are shown at the form's fields.
    `form`: looks at local data before the form opens, see Form. `progress`: a submitted form stays open, shows that it is being
    worked on, and then the result; nowhere else is the result shown while it is open.
    `changes`: it changes something, so rules may hold it back and it is written down; a question does not. `dangerous`: it asks
    “really?” first, showing its plan. `plan` says what a call would change, without changing it; `effects` is the model of that
    which rules look at. `sensitive`, as all that is dangerous: it runs only on what was learnt of the person within the hour;
    while Slack cannot be asked, it does not. `credential`: its result is one, so it is called from a form only, and shown there
    and nowhere else: no row, log, message or API answer ever holds it, and it is lost when the form was closed. Such a command
    has `progress` and is `sensitive`.
    """

    group: str
    verb: str
    arguments: type[BaseModel]
    result: type[BaseModel]
    permission: str
    summary: str
    repeatable: bool
    view: Callable[[Any], Reply]
    check: Callable[[Any, Call, Any], Awaitable[None]] | None
    form: Callable[[Any, Principal, Mapping[str, str]], Awaitable[Form]] | None
    progress: bool
    changes: bool
    dangerous: bool
    plan: Callable[[Any, Call, Any], Awaitable[Plan]] | None
    effects: type[BaseModel]
    sensitive: bool
    credential: bool
    run: Callable[[Any, Call, Any], Awaitable[BaseModel]]

    @property
    def name(self) -> str:
        """`sandbox.create`: how rows, buttons, metrics and the audit name it."""
        return f"{self.group}.{self.verb}"

    @property
    def typed(self) -> str:
        """`sandbox create`: how people type it."""
        return f"{self.group} {self.verb}"

    @cached_property
    def fields(self) -> tuple[Argument, ...]:
        return arguments_of(self.arguments)


@dataclass(frozen=True)
class MessageText:
    """A message that a shortcut was used on: its plain text, author (Slack id, "" for none) and place."""

    text: str
    author: str
    channel: str
    ts: str


@dataclass(frozen=True)
class Shortcut:
    """Opens a command's form from Slack's menus. `prefill` (message shortcuts only) makes arguments of the message, as typed;
    None makes it a global shortcut. Slack's limit for `title` is 24 characters."""

    group: str
    verb: str
    title: str
    prefill: Callable[[MessageText], Mapping[str, str]] | None

    @property
    def callback_id(self) -> str:
        kind = "global" if self.prefill is None else "message"
        return f"shortcut:{kind}:{self.group}.{self.verb}"


@dataclass(frozen=True)
class HomeSection:
    """A group's part of App Home: for a person, from current state. At most 20 blocks of it are shown."""

    group: str
    render: Callable[[Any, Principal], Awaitable[Sequence[Block]]]


Options = Callable[[Any, Principal, str], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True)
class Every:
    """An interval, counted from the epoch so that all replicas agree on the due times."""

    interval: timedelta


@dataclass(frozen=True)
class Cron:
    """Five cron fields (`0 9 * * mon`) in an IANA time zone; weekdays are 0 to 7 from Sunday, or names. Where both a day of
    the month and a weekday are given, both must hold. In the hour that a zone repeats in autumn, it is due twice."""

    expression: str
    zone: str = "UTC"


@dataclass(frozen=True)
class Job:
    """Runs when due, once across all replicas. `late` is how long after its due time a run still makes sense (a bot
    that was down for longer skips it); None means always, then only the latest due run is made up for."""

    group: str
    name: str
    schedule: Callable[[Any], Every | Cron]
    run: Callable[[Any, datetime], Awaitable[None]]
    late: timedelta | None

    @property
    def id(self) -> str:
        return f"{self.group}.{self.name}"


@dataclass(frozen=True)
class Worker:
    """A loop that claims rows and works on them, on every replica; woken by a topic, and at the latest after `interval`.

    `run` does one round and says whether more is waiting (then it is called again at once)."""

    group: str
    name: str
    topic: str
    interval: timedelta
    run: Callable[[Any], Awaitable[bool]]


@dataclass(frozen=True)
class Card:
    """A message rendered from current state when it is sent: object id -> what to show, None when there is nothing.

    `words` are what people may say in its thread, each a verb of the group, whose argument `about` is then the object id."""

    group: str
    name: str
    words: Mapping[str, str]
    about: str
    render: Callable[[Any, str], Awaitable[Reply | None]]

    @property
    def view(self) -> str:
        """How message rows name it: `sandbox.card`."""
        return f"{self.group}.{self.name}"


@dataclass(frozen=True)
class Tally:
    """How a group's objects stand, for the metrics.

    `states`: how many are in each state, every state named, also those that nothing is in. `lag`: how long the oldest intent
    has waited to come true. `overdue`: how late the reconciler is with what it should have looked at first. Both in seconds,
    0 when nothing waits. `held_back`: how many an emergency brake keeps from going on until somebody looks.
    """

    states: Mapping[str, int]
    lag: float = 0.0
    overdue: float = 0.0
    held_back: int = 0


@dataclass(frozen=True)
class Event(Generic[PayloadT]):
    """Something that happened to `object_id`, as a subscriber hears of it: at least once, always with the same `id`; events of
    one object in the order in which they happened. `at` is when (UTC)."""

    id: int
    object_id: str
    at: datetime
    payload: PayloadT


@dataclass(frozen=True)
class Subscriber:
    """Wants to hear of an event, by its full name (`person.left`). `payload` is what it reads of it; `run` must bear the same
    event again, and be done within 45 s: it writes an intent, and a worker does the work."""

    group: str
    event: str
    payload: type[BaseModel]
    run: Callable[[Any, Event[Any]], Awaitable[None]]

    @property
    def name(self) -> str:
        """How rows and metrics name it; kept, or events on their way to it are lost."""
        return f"{self.group}:{self.event}"


@dataclass
class Group(Generic[ServiceT]):
    """A domain's commands and what runs beside them. `service` is called with its needs; `provides` are the Protocols
    (from other groups' ports.py) that the service satisfies for them."""

    name: str
    summary: str
    service: Callable[..., ServiceT]
    settings: type[BaseModel] | None = None
    provides: Sequence[type] = ()
    commands: dict[str, Command] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    shortcuts: list[Shortcut] = field(default_factory=list)
    home: HomeSection | None = None
    count: Callable[[Any], Awaitable[Tally]] | None = None
    lookups: dict[str, Options] = field(default_factory=dict)
    events: dict[str, type[BaseModel]] = field(default_factory=dict)
    subscribers: list[Subscriber] = field(default_factory=list)
    owned: Callable[[Any], Awaitable[Collection[str]]] | None = None

    def __post_init__(self) -> None:
        _check_name(self.name)

    @property
    def needs(self) -> dict[str, type]:
        """Parameter name -> type, as the service's constructor declares them."""
        factory = self.service.__init__ if isinstance(self.service, type) else self.service  # type: ignore[misc]
        hints = get_type_hints(factory)
        hints.pop("return", None)
        return hints

    def command(
        self,
        verb: str,
        *,
        arguments: type[ArgumentsT],
        result: type[ResultT],
        permission: str,
        summary: str,
        view: Callable[[ResultT], Reply],
        repeatable: bool = False,
        check: Check[ServiceT, ArgumentsT] | None = None,
        form: Callable[[ServiceT, Principal, Mapping[str, str]], Awaitable[Form]] | None = None,
        progress: bool = False,
        changes: bool = True,
        dangerous: bool = False,
        plan: Callable[[ServiceT, Call, ArgumentsT], Awaitable[Plan]] | None = None,
        effects: type[BaseModel] = NoEffects,
        sensitive: bool = False,
        credential: bool = False,
    ) -> Callable[[Handler[ServiceT, ArgumentsT, ResultT]], Handler[ServiceT, ArgumentsT, ResultT]]:
        """Declares a command. Raises ValueError for a name that could not be typed, a second one of the same name, or an
        empty permission or summary, and TypeError for an argument no surface could ask for: all at import, so a wrong
        declaration does not start."""
        _check_name(verb)
        if verb in self.commands:
            raise ValueError(f"{self.name} {verb} is declared twice")
        if not permission or not summary:
            raise ValueError(f"{self.name} {verb} needs a permission and a summary")
        if dangerous and not changes:
            raise ValueError(f"{self.name} {verb} changes nothing, so it cannot be dangerous")
        if credential and (dangerous or not changes):
            raise ValueError(f"{self.name} {verb} hands over a credential: it is written down, and asks nothing first")
        arguments_of(arguments)

        def declare(run: Handler[ServiceT, ArgumentsT, ResultT]) -> Handler[ServiceT, ArgumentsT, ResultT]:
            self.commands[verb] = Command(
                group=self.name,
                verb=verb,
                arguments=arguments,
                result=result,
                permission=permission,
                summary=summary,
                repeatable=repeatable,
                view=view,
                check=check,
                form=form,
                progress=progress or credential,
                changes=changes,
                dangerous=dangerous,
                plan=plan,
                effects=effects,
                sensitive=sensitive or dangerous or credential,
                credential=credential,
                run=run,
            )
            return run

        return declare

    def job(
        self, name: str, schedule: Callable[[Any], Every | Cron] | Every | Cron, *, late: timedelta | None = None
    ) -> Callable[[Callable[[ServiceT, datetime], Awaitable[None]]], Callable[[ServiceT, datetime], Awaitable[None]]]:
        """Declares a job; `schedule` may be computed from the group's settings. It gets its due time (UTC)."""

        def declare(
            run: Callable[[ServiceT, datetime], Awaitable[None]],
        ) -> Callable[[ServiceT, datetime], Awaitable[None]]:
            when = schedule if callable(schedule) else lambda settings: schedule
            self.jobs.append(Job(self.name, name, when, run, late))
            return run

        return declare

    def worker(
        self, name: str, *, topic: str, interval: timedelta
    ) -> Callable[[Callable[[ServiceT], Awaitable[bool]]], Callable[[ServiceT], Awaitable[bool]]]:
        """Declares a worker, see Worker."""

        def declare(run: Callable[[ServiceT], Awaitable[bool]]) -> Callable[[ServiceT], Awaitable[bool]]:
            self.workers.append(Worker(self.name, name, topic, interval, run))
            return run

        return declare

    def card(
        self, name: str, *, words: Mapping[str, str] | None = None, about: str = ""
    ) -> Callable[
        [Callable[[ServiceT, str], Awaitable[Reply | None]]], Callable[[ServiceT, str], Awaitable[Reply | None]]
    ]:
        """Declares a card, see Card."""

        def declare(
            render: Callable[[ServiceT, str], Awaitable[Reply | None]],
        ) -> Callable[[ServiceT, str], Awaitable[Reply | None]]:
            self.cards.append(Card(self.name, name, dict(words or {}), about, render))
            return render

        return declare

    def shortcut(
        self, verb: str, title: str, prefill: Callable[[MessageText], Mapping[str, str]] | None = None
    ) -> None:
        """Declares a shortcut to a command's form, see Shortcut."""
        self.shortcuts.append(Shortcut(self.name, verb, title, prefill))

    def options(
        self, provider: str
    ) -> Callable[
        [Callable[[ServiceT, Principal, str], Awaitable[Sequence[Choice]]]],
        Callable[[ServiceT, Principal, str], Awaitable[Sequence[Choice]]],
    ]:
        """Declares where the values of `Lookup(provider)` fields come from: what was typed so far -> choices, best first, from
        local data. At most 100 are shown."""

        def declare(
            find: Callable[[ServiceT, Principal, str], Awaitable[Sequence[Choice]]],
        ) -> Callable[[ServiceT, Principal, str], Awaitable[Sequence[Choice]]]:
            self.lookups[provider] = find
            return find

        return declare

    def home_section(
        self, render: Callable[[ServiceT, Principal], Awaitable[Sequence[Block]]]
    ) -> Callable[[ServiceT, Principal], Awaitable[Sequence[Block]]]:
        """Declares the group's part of App Home, see HomeSection."""
        self.home = HomeSection(self.name, render)
        return render

    def tally(self, count: Callable[[ServiceT], Awaitable[Tally]]) -> Callable[[ServiceT], Awaitable[Tally]]:
        """Declares how the group's objects are counted, several times a minute and on every replica: keep it cheap."""
        self.count = count
        return count

    def event(self, name: str, payload: type[BaseModel]) -> str:
        """Declares an event that the group emits (with its need of an EventStore); its full name, `alert.opened`."""
        _check_name(name)
        full = f"{self.name}.{name}"
        if full in self.events:
            raise ValueError(f"the event {full} is declared twice")
        self.events[full] = payload
        return full

    def subscriber(
        self, event: str, payload: type[PayloadT]
    ) -> Callable[
        [Callable[[ServiceT, Event[PayloadT]], Awaitable[None]]], Callable[[ServiceT, Event[PayloadT]], Awaitable[None]]
    ]:
        """Declares a subscriber, see Subscriber."""

        def declare(
            run: Callable[[ServiceT, Event[PayloadT]], Awaitable[None]],
        ) -> Callable[[ServiceT, Event[PayloadT]], Awaitable[None]]:
            self.subscribers.append(Subscriber(self.name, event, payload, run))
            return run

        return declare

    def owners(
        self, find: Callable[[ServiceT], Awaitable[Collection[str]]]
    ) -> Callable[[ServiceT], Awaitable[Collection[str]]]:
        """Declares who owns something here, by Slack id: they are asked about daily, so that `person.left` misses nobody."""
        self.owned = find
        return find

    def problems(self) -> list[str]:
        """What is wrong with the declarations as a whole; the wiring refuses to start with any."""
        found = [
            f"{command.typed}: nothing provides the lookup “{argument.provider}”"
            for command in self.commands.values()
            for argument in command.fields
            if argument.kind is Kind.LOOKUP and argument.provider not in self.lookups
        ]
        for card in self.cards:
            found += [
                f"{card.view}: the word “{word}” means {verb}, which is no command about “{card.about}”"
                for word, verb in card.words.items()
                if verb not in self.commands or card.about not in self.commands[verb].arguments.model_fields
            ]
        found += [
            f"{shortcut.callback_id}: there is no command {shortcut.verb}"
            for shortcut in self.shortcuts
            if shortcut.verb not in self.commands
        ]
        heard = [each.event for each in self.subscribers]
        found += [f"{self.name} subscribes to {event} twice" for event in sorted(set(heard)) if heard.count(event) > 1]
        return found


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be typed as a word: use lower-case letters, digits and dashes")
