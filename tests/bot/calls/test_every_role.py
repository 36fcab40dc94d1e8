"""Every command × every role × every surface: let in exactly when the declaration says so, refused in the same words everywhere.

Made from the declarations, so a new command or role is in the table by itself. Calls are taken in and not run: what a call does
is its group's affair, and running judges again (test_run.py).
"""

import itertools
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from bot.calls.audit import CallAudit
from bot.calls.desk import Desk
from bot.calls.explain import explain
from bot.calls.identify import Identity
from bot.calls.record import Journal, Recorded, Request
from bot.calls.run import Runner
from bot.kit.access import BUILT_IN, AccessSettings
from bot.kit.blocks import command_button
from bot.kit.call import Surface
from bot.kit.declare import Command, Group
from bot.kit.errors import OnlyInAForm, Refused, Unavailable
from bot.kit.ids import new_ref
from bot.kit.roles import Person
from bot.metrics import Metrics
from bot.slack.dialogs import Dialogs
from bot.slack.events import Events
from bot.slack.forms import CALLBACK_PREFIX
from bot.slack.lookups import Lookups
from bot.slack.parsing import Invocation, example, parse
from bot.slack.routing import Router
from bot.wiring import GROUPS
from integrations.slack import SlackClient
from storage.audit import AuditReader, AuditRow, AuditStore, Search
from storage.audit_chain import Keyring
from storage.db import Database
from storage.messages import MessageStore
from tests.conftest import FakeClock

ROLES = (*BUILT_IN, "nothing")  # the last has no permission at all
USERS = {role: f"U0{role.upper()}" for role in ROLES}
SETTINGS = AccessSettings.model_validate(
    {
        "everyone": [],
        "roles": {"nothing": []},
        "grants": [{"roles": [role], "to": {"users": [user]}} for role, user in USERS.items()],
    }
)


def _declared() -> dict[str, Group[Any]]:
    """The groups as they are, but for what looks at data: who may do what must not depend on it."""
    return {
        group.name: replace(
            group,
            commands={verb: replace(each, check=None, form=None, plan=None) for verb, each in group.commands.items()},
        )
        for group in GROUPS
    }


DECLARED = _declared()
COMMANDS = {command.name: command for group in DECLARED.values() for command in group.commands.values()}


def _may(role: str, command: Command) -> bool:
    """Found without the code under test."""
    patterns = BUILT_IN.get(role, frozenset())
    return bool(patterns & {"*", command.permission, f"{command.group}.*", f"*.{command.permission.partition('.')[2]}"})


class Taken:
    """Journal and runner in one: notes what was accepted, and runs nothing."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def record(self, request: Request, at: datetime, within: float) -> Recorded:
        self.requests.append(request)
        return Recorded(new_ref(), request, None, at)

    async def known(self, key: str) -> bool:
        return False

    def make_room(self, taking: int) -> None: ...

    def hand_over(self, recorded: Recorded) -> None: ...


class Counter:
    """The surfaces over one desk. `told` is the last refusal's words."""

    def __init__(self, db: Database, clock: FakeClock, session: aiohttp.ClientSession) -> None:
        self.db, self.clock = db, clock
        self.taken = Taken()
        self.people = {user: Person(user, user, "UTC", full_member=True) for user in USERS.values()}
        self.identity = Identity(db, self._person, SETTINGS, clock)
        self.audit = CallAudit(db, AuditStore(Keyring.of("test")), clock)
        journal, runner = cast(Journal, self.taken), cast(Runner, self.taken)
        self.desk = Desk(self.identity, journal, runner, {}, clock, self.audit)
        client = SlackClient(session, "xoxb-1", "http://127.0.0.1:1/api/")
        dialogs = Dialogs(self.identity, client, {}, "/platform", clock, self.audit)
        lookups = Lookups(self.identity, DECLARED, {})
        self.router = Router(self.desk, dialogs, lookups, DECLARED, client, Metrics(), "/platform")
        self.events = Events(self.desk, db, MessageStore(clock), DECLARED, "/platform", lambda: None)
        self._numbers = itertools.count(1)

    async def _person(self, user_id: str) -> Person:
        return self.people[user_id]

    async def accepted(self, surface: Surface, command: Command, user: str) -> tuple[bool, str]:
        """Whether the call was taken in, and what was told at once, if anything."""
        before = len(self.taken.requests)
        told = await self._call(surface, command, user)
        taken = self.taken.requests[before:]
        assert all((each.command.name, each.user_id, each.surface) == (command.name, user, surface) for each in taken)
        return bool(taken), told

    async def _call(self, surface: Surface, command: Command, user: str) -> str:
        parsed = parse(example(command), DECLARED)
        assert isinstance(parsed, Invocation)
        number = next(self._numbers)
        match surface:
            case Surface.SLASH:
                body = {"user_id": user, "channel_id": "C1", "trigger_id": f"{number}.1", "text": example(command)}
                return str(await self.router.slash(body))
            case Surface.FORM:
                return str(await self.router.form(_submission(command, parsed.raw, user, number)))
            case Surface.BUTTON:
                button = command_button("Do it", command.name, parsed.raw).to_dict()
                await self.router.button({"user": {"id": user}, "trigger_id": f"{number}.1", "actions": [button]})
                return ""
            case Surface.MENTION:
                text = f"<@U0BOT> {example(command)}"
                event = {"type": "app_mention", "channel": "C1", "ts": f"{number}.0", "user": user, "text": text}
                await self.events.event({"event": event})
                async with self.db.reading() as session:
                    row = await MessageStore(self.clock).find(session, f"message:C1:{number}.0:answer")
                return str(row.body) if row else ""
            case Surface.API:
                request = Request(command, parsed.raw, user, surface, f"api:{number}", limits=frozenset({"*"}))
                try:
                    await self.desk.take(request)
                except (Refused, OnlyInAForm) as error:
                    return error.message
                return ""

    async def refused(self) -> list[AuditRow]:
        """The trail's refusals, newest first."""
        await self.audit.close(30)
        async with self.db.reading() as session:
            return list(await AuditReader().find(session, Search(action="call.refused"), 1_000))

    async def close(self) -> None:
        await self.router.close()
        await self.identity.close()
        await self.audit.close(30)


def _submission(command: Command, raw: Mapping[str, str], user: str, number: int) -> dict[str, Any]:
    values = {name: {"value": {"type": "plain_text_input", "value": value}} for name, value in raw.items()}
    view = {
        "id": f"V{number}",
        "callback_id": f"{CALLBACK_PREFIX}{command.name}",
        "private_metadata": "",
        "state": {"values": values},
        "blocks": [{"type": "input", "block_id": argument.name} for argument in command.fields],
    }
    return {"user": {"id": user}, "view": view}


@pytest.fixture
async def counter(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Counter]:
    path = tmp_path / "roles.db"
    shutil.copyfile(migrated_sqlite, path)
    db = await Database.open(f"sqlite+aiosqlite:///{path}")
    async with aiohttp.ClientSession() as session:
        counter = Counter(db, FakeClock(datetime(2026, 11, 2, 9, 0, tzinfo=UTC)), session)
        yield counter
        await counter.close()
    await db.close()


@pytest.mark.parametrize("role", ROLES)
async def test_every_command_does_for_a_role_what_its_declaration_says_on_every_surface(
    counter: Counter, role: str
) -> None:
    """A credential is handed over in a form only: from everywhere else a form is opened, or asked for."""
    await counter.identity.require(USERS[role])  # a stranger may see a form; what is submitted is judged
    wrong = []
    refusals = set()
    for command, surface in itertools.product(COMMANDS.values(), Surface):
        accepted, told = await counter.accepted(surface, command, USERS[role])
        allowed = _may(role, command)
        elsewhere = command.credential and surface is not Surface.FORM
        if accepted is not (allowed and not elsewhere):
            wrong.append(f"{command.name} by {surface}: accepted {accepted}, allowed {allowed}: {told}")
        if not allowed:
            opens = command.credential and surface in (Surface.SLASH, Surface.BUTTON)
            refusals.add((f"command:{command.name}", Surface.FORM.value if opens else surface.value))
        if allowed and elsewhere and surface is not Surface.BUTTON and "form" not in told:
            wrong.append(f"{command.name} by {surface}: nothing said of a form: {told}")
        silent = surface is Surface.BUTTON or (surface is Surface.FORM and not command.fields)
        if not allowed and not silent and command.permission not in told:
            wrong.append(f"{command.name} by {surface}: refused without naming {command.permission}: {told}")
    assert wrong == []
    assert {(row.object, row.surface) for row in await counter.refused()} == refusals


def test_the_table_tells_roles_apart() -> None:
    table = {role: frozenset(name for name, command in COMMANDS.items() if _may(role, command)) for role in ROLES}
    assert table["admin"] == set(COMMANDS)
    assert table["nothing"] == set()
    assert table["viewer"] < table["developer"] < table["admin"]


async def test_a_form_does_not_open_for_who_may_not_use_it(counter: Counter) -> None:
    await counter.identity.require(USERS["viewer"])  # a stranger may see a form; what is submitted is judged
    body = {"user_id": USERS["viewer"], "channel_id": "C1", "trigger_id": "1.1", "text": "sandbox create"}
    assert "sandbox.create" in str(await counter.router.slash(body))
    (row,) = await counter.refused()
    assert (row.object, row.actor, row.surface, row.channel) == (
        "command:sandbox.create",
        USERS["viewer"],
        "form",
        "C1",
    )


async def test_a_role_lost_between_opening_a_form_and_submitting_it_counts(counter: Counter) -> None:
    command, user = COMMANDS["sandbox.create"], USERS["developer"]
    assert await counter.accepted(Surface.FORM, command, user) == (True, "{}")
    await counter.identity.changed(replace(counter.people[user], full_member=False, gone=True))
    accepted, told = await counter.accepted(Surface.FORM, command, user)
    assert not accepted
    assert "sandbox.create" in told


async def test_a_button_is_judged_by_who_clicks_it(counter: Counter) -> None:
    command = COMMANDS["sandbox.delete"]
    assert (await counter.accepted(Surface.BUTTON, command, USERS["developer"]))[0]
    assert not (await counter.accepted(Surface.BUTTON, command, USERS["viewer"]))[0]


async def test_what_is_sensitive_is_not_accepted_on_old_knowledge_and_the_answer_says_so(counter: Counter) -> None:
    group = DECLARED["sandbox"]
    plain, sensitive = (replace(group.commands["show"], sensitive=each) for each in (False, True))
    raw, user = {"sandbox": "checkout"}, USERS["developer"]

    async def take(command: Command, key: str) -> None:
        await counter.desk.take(Request(command, raw, user, Surface.SLASH, key))

    await take(sensitive, "k1")

    counter.identity._directory = _unavailable
    counter.clock.advance(timedelta(minutes=61))
    await take(plain, "k2")
    with pytest.raises(Unavailable, match="has not confirmed who this is") as told:
        await take(sensitive, "k3")
    assert "fresh knowledge only" in explain(told.value).text
    assert [each.key for each in counter.taken.requests] == ["k1", "k2"]


async def _unavailable(user_id: str) -> Person:
    raise Unavailable("Slack", "no answer")
