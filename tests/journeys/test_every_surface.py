"""Every declared command over every surface: the same result, the same refusal. A new command must be added to the table."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.kit.blocks import actions, command_button
from bot.kit.call import Surface
from bot.kit.declare import Command
from bot.wiring import GROUPS
from playground.slack import Message, Person
from storage.approvals import ApprovalStore
from storage.calls import CallRow
from storage.db import Database
from tests.bot.http.conftest import Mint, Program
from tests.world import World

COMMANDS = {command.name: command for group in GROUPS for command in group.commands.values()}

# Arguments with which each command succeeds, once a sandbox “standing” is ready or a request waits; `{surface}` tells one
# surface's from another's, `{person}` is who calls, `{other}` somebody else, `{request}` what waits.
ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "access.approvals": {},
    "access.approve": {"approval": "{request}"},
    "access.audit": {"action": "nothing.*"},
    "access.deny": {"approval": "{request}", "reason": "not now"},
    "access.roles": {},
    "access.who": {"person": "<@{person}>"},
    "access.whoami": {},
    "access.withdraw": {"approval": "{request}"},
    "sandbox.access": {"sandbox": "standing"},
    "sandbox.logs": {"sandbox": "standing"},
    "sandbox.revoke": {"sandbox": "standing"},
    "sandbox.extend": {"sandbox": "standing", "by": "2h"},
    "sandbox.hours": {"sandbox": "standing", "hours": "mon-fri 08:00-19:00 Europe/Berlin"},
    "sandbox.discard": {"namespace": "sbx-default-gone-aaaa"},
    "sandbox.doctor": {},
    "sandbox.release": {},
    "sandbox.unblock": {"sandbox": "standing"},
    "sandbox.resize": {"sandbox": "standing", "size": "medium"},
    "sandbox.share": {"sandbox": "standing", "people": "<@{other}>"},
    "sandbox.sleep": {"sandbox": "standing"},
    "sandbox.transfer": {"sandbox": "standing", "to": "<@{person}>"},
    "sandbox.unshare": {"sandbox": "standing", "people": "<@{other}>"},
    "sandbox.wake": {"sandbox": "standing", "until": "2h"},
    "sandbox.create": {"name": "made-by-{surface}", "size": "medium", "lifetime": "36h", "purpose": "a & b"},
    "sandbox.list": {"everyone": "yes"},
    "sandbox.templates": {},
    "sandbox.show": {"sandbox": "standing"},
    "sandbox.delete": {"sandbox": "standing"},
}
# What differs from call to call, and says nothing about what was done.
_OWN = {
    "id",
    "inside",
    "unseen",
    "name",
    "namespace",
    "created_at",
    "expires_at",
    "deleted_at",
    "extensions",
    "woken_until",
    "version",
    "at",
    "state",
    "call",
    "asked_at",
    "plan",
    "plan_hash",
}
_RULES = """
access:
  grants:
    - {{roles: [admin], to: {{users: [{ada}]}}, teams: all}}
approvals:
  channel: {channel}
  rules:
    - name: large
      when: {{command: sandbox.create, size: large}}
"""


def test_the_table_holds_every_declared_command() -> None:
    assert set(ARGUMENTS) == set(COMMANDS)


class Surfaces:
    """One person's way of calling a command over each surface; what came of it is in the call's row."""

    def __init__(self, world: World, database: Database, person: Person, program: Program) -> None:
        self.world, self.database, self.person, self.program = world, database, person, program
        self._seen: set[str] = set()

    async def call(self, surface: Surface, command: Command, arguments: Mapping[str, str]) -> str:
        """What the person or program is told at once: the words of a refusal, or nothing."""
        match surface:
            case Surface.SLASH:
                words = " ".join(f'{name}="{value}"' for name, value in arguments.items())
                typed = await self.person.slash("#platform", "/platform", f"{command.typed} {words}")
                if typed.view is not None:  # what hands over a credential is asked for in a form, however it was typed
                    modal = await self.person.submit(typed.view, _as_options(arguments))
                    if modal.view is not None:
                        await self.person.close(modal.view)
                    return " ".join(modal.errors.values())
                return await self._agreed(command, typed.text)
            case Surface.FORM:
                outcome = await self.person.slash("#platform", "/platform", command.typed)
                if outcome.view is None:
                    return outcome.text
                modal = await self.person.submit(outcome.view, _filled(command, arguments))
                return await self._agreed(command, " ".join(modal.errors.values()))
            case Surface.BUTTON:
                await self._press(command, arguments)
                return ""
            case Surface.MENTION:
                words = " ".join(f'{name}="{value}"' for name, value in arguments.items())
                said = await self.person.say("#platform", f"@platform {command.typed} {words}")
                reply = await self._answer_in(said)
                if command.dangerous and reply.text.startswith("Really"):
                    await self.person.press(reply, f"Yes, {command.verb}")
                return reply.text
            case Surface.API:
                plain = {name: _plain(name, value) for name, value in arguments.items()}
                answer = await self.program.post(command.typed, plain)
                return str(answer.json.get("detail", "")) if answer.status >= 400 else ""

    async def _agreed(self, command: Command, told: str) -> str:
        """What was told; or, nothing having been told, a question that is answered with yes."""
        if command.dangerous and not told:
            await self.world.agree(label=f"Yes, {command.verb}", person=self.person)
        return told

    async def _press(self, command: Command, arguments: Mapping[str, str]) -> None:
        workspace = self.world.slack.workspace
        bot = workspace.user("platform")
        button = actions(command_button("Do it", command.name, arguments, confirmed=True)).to_dict()
        message = Message(
            channel_id=workspace.channel("platform").id,
            ts=workspace.new_ts(),
            user_id=bot.id,
            bot_id=workspace.bot_id,
            text="a button",
            blocks=({**button, "block_id": "b1"},),
        )
        await self.person.click(workspace.post(message), button["elements"][0]["action_id"])

    async def _answer_in(self, said: Message) -> Message:
        def answers() -> list[Message]:
            return [each for each in self.person.sees("#platform", thread_ts=said.ts) if each.bot_id]

        await self.world.until(answers, "the mention is answered")
        return answers()[-1]

    async def result(self, surface: Surface, command: Command) -> Mapping[str, Any]:
        """The result of the newest call of this command over this surface (or of the button that said yes), once it has one."""
        surfaces = {surface.value, Surface.BUTTON.value} if command.dangerous else {surface.value}
        found: list[CallRow] = []

        async def look() -> bool:
            async with self.database.reading() as session:
                query = select(CallRow).where(col(CallRow.command) == command.name, col(CallRow.surface).in_(surfaces))
                found[:] = [
                    row for row in (await session.execute(query)).scalars() if row.result and row.ref not in self._seen
                ]
            return bool(found)

        await self.world.eventually(look, f"{command.name} ends over {surface}")
        self._seen.update(row.ref for row in found)
        return found[-1].result or {}


def _as_options(arguments: Mapping[str, str]) -> dict[str, Any]:
    """As chosen from a list, whether it was offered or not."""
    return {name: {"text": {"type": "plain_text", "text": value}, "value": value} for name, value in arguments.items()}


def _plain(name: str, value: str) -> Any:
    """As a program sends it."""
    return True if value == "yes" else [value] if name == "people" else value


def _filled(command: Command, arguments: Mapping[str, str]) -> dict[str, Any]:
    return {name: ([value] if name in ("everyone", "people") else value) for name, value in arguments.items()}


def _without_its_own(value: Any) -> Any:
    match value:
        case dict():
            return {name: _without_its_own(each) for name, each in value.items() if name not in _OWN}
        case list():
            return [_without_its_own(each) for each in value]
        case _:
            return value


def _surfaces(command: Command) -> list[Surface]:
    """A form is only asked for where something is missing."""
    needs_more = any(field.required for field in command.fields)
    return [surface for surface in Surface if surface is not Surface.FORM or needs_more]


@pytest.fixture
def mode() -> str:
    return "socket"


@pytest.fixture
async def program(world: World) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


# Each on one store, where a world of its own for every command is what takes the time: what a store keeps of calls and results,
# each command's own tests and those of the calls look at on both.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", sorted(name for name, command in COMMANDS.items() if not command.credential))
async def test_a_command_gives_the_same_result_on_every_surface(
    world: World, database: Database, program: aiohttp.ClientSession, name: str
) -> None:
    command = COMMANDS[name]
    _write_rules(world)
    app = await world.start_bot(PLATFORM_SANDBOX__PER_PERSON="20", PLATFORM_SANDBOX__EXTENSIONS="20")
    assert app.port is not None
    token = await Mint(world, database).token("ada")
    surfaces = Surfaces(world, database, world.ada, Program(program, app.port, token))
    results = {}
    for surface in _surfaces(command):
        arguments = await _arguments(world, database, command, surface)
        told = await surfaces.call(surface, command, arguments)
        assert "may not" not in told
        results[surface] = _without_its_own(await surfaces.result(surface, command))
    assert len({repr(result) for result in results.values()}) == 1, results


def _write_rules(world: World) -> None:
    channel = world.slack.workspace.channel("platform").id
    Path(world.environment["PLATFORM_CONFIG"]).write_text(_RULES.format(ada=world.ada.user_id, channel=channel))


async def _arguments(world: World, database: Database, command: Command, surface: Surface) -> dict[str, str]:
    """Those of the table, and what they are about."""
    given, request = ARGUMENTS[command.name], ""
    if given.get("sandbox") == "standing" or command.name == "sandbox.list":
        if command.name == "sandbox.delete":
            await world.until(lambda: not world.sandboxes(), "the one before is gone")
        await world.ada.slash("#platform", "/platform", "sandbox create standing")
        await world.until(lambda: any("standing" in each for each in world.sandboxes()), "the sandbox stands")
    if command.name == "sandbox.logs":
        await _run_something(world)
    if given.get("approval"):
        asker = world.ada if command.name == "access.withdraw" else world.slack.person("grace")
        request = await _asked_for(world, database, asker, f"large-by-{surface}")
    other = world.slack.person("grace").user_id
    arguments = {
        key: value.format(surface=surface.value, person=world.ada.user_id, other=other, request=request)
        for key, value in given.items()
    }
    if surface is Surface.FORM:
        for looked_up in {"sandbox", "approval"} & set(arguments):
            [arguments[looked_up]] = await _choices(world, command, looked_up, arguments[looked_up])
        if "person" in arguments:
            arguments["person"] = world.ada.user_id
        if "to" in arguments:
            arguments["to"] = world.ada.user_id
        if "people" in arguments:
            arguments["people"] = other
    return arguments


async def _run_something(world: World) -> None:
    """A pod in the sandbox that stands, unless there is one."""
    await world.message("standing", "is ready")
    [namespace] = [each for each in world.sandboxes() if "standing" in each]
    await world.until(lambda: world.cluster.object("ServiceAccount", "default", namespace), "pods can be made")
    if world.cluster.object("Pod", "web", namespace) is None:
        metadata, made = {"name": "web", "namespace": namespace}, {"name": "app", "image": "registry.k8s.io/pause:3.10"}
        world.cluster.put({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [made]}})


async def _asked_for(world: World, database: Database, asker: Person, name: str) -> str:
    """The id of a request that waits, for a sandbox of this name."""
    await asker.slash("#platform", "/platform", f"sandbox create {name} size=large")
    found: list[str] = []

    async def look() -> bool:
        async with database.reading() as session:
            rows = await ApprovalStore().waiting(session)
        found[:] = [row.id for row in rows if row.arguments.get("name") == name]
        return bool(found)

    await world.eventually(look, f"{name} waits for approval")
    return found[0]


async def _choices(world: World, command: Command, field: str, typed: str) -> list[str]:
    outcome = await world.ada.slash("#platform", "/platform", command.typed)
    assert outcome.view is not None
    found = await world.ada.options(outcome.view, "value", typed, block_id=field)
    await world.ada.close(outcome.view)
    return [str(option["value"]) for option in found]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_a_command_is_refused_alike_on_every_surface(
    world: World, database: Database, program: aiohttp.ClientSession, name: str
) -> None:
    command = COMMANDS[name]
    app = await world.start_bot()
    assert app.port is not None
    margaret = world.slack.person("margaret")
    token = await Mint(world, database).token("margaret")
    surfaces = Surfaces(world, database, margaret, Program(program, app.port, token))
    for surface in _surfaces(command):
        arguments = {
            key: value.format(surface=surface.value, person=margaret.user_id, other=margaret.user_id, request="a-none")
            for key, value in ARGUMENTS[name].items()
        }
        if surface is Surface.FORM and "person" in arguments:
            arguments["person"] = margaret.user_id
        told = await surfaces.call(surface, command, arguments)
        if surface is Surface.BUTTON:
            await world.message(command.permission, person=margaret)
        else:
            assert command.permission in told, surface
    assert world.sandboxes() == []
