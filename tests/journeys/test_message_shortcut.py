"""A shortcut on a message opens its command's form with what the message says filled in; any group may declare one."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from bot.app import Application
from bot.config import load_settings
from bot.kit.call import Call
from bot.kit.declare import Group, MessageText
from bot.kit.replies import Reply
from bot.slack.manifest import manifest
from bot.wiring import build
from playground.slack import SlackDouble, acme


class NoteArguments(BaseModel):
    text: str = Field(max_length=500)
    source: str


class Note(BaseModel):
    text: str
    source: str


class Notes:
    def __init__(self) -> None:
        self.kept: list[Note] = []


def _prefill(message: MessageText) -> Mapping[str, str]:
    return {"text": message.text, "source": f"{message.channel} {message.ts} {message.author}"}


def _group() -> Group[Notes]:
    group = Group("note", summary="Notes", service=Notes)

    @group.command(
        "keep",
        arguments=NoteArguments,
        result=Note,
        permission="note.keep",
        summary="Keep a message",
        view=lambda note: Reply(text=f"Kept {len(note.text)} characters."),
    )
    async def keep(notes: Notes, _call: Call, arguments: NoteArguments) -> Note:
        note = Note(text=arguments.text, source=arguments.source)
        notes.kept.append(note)
        return note

    group.shortcut("keep", "Keep this message", prefill=_prefill)
    return group


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackDouble]:
    group = _group()
    (tmp_path / "platform.yaml").write_text("access: {roles: {developer: ['note.*']}}")
    async with SlackDouble(manifest("/platform", [group]), acme()) as slack:
        environment = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}",
            "PLATFORM_HTTP_PORT": "0",
            "PLATFORM_CONFIG": str(tmp_path / "platform.yaml"),
        }
        app = Application(await build(load_settings(environment, {}), groups=[group]))
        await app.start()
        await slack.wait_for(lambda: slack.sockets.connections > 0)
        yield slack
        await app.stop()


async def test_a_message_fills_in_the_form_and_its_answer_comes_back_there(slack: SlackDouble) -> None:
    ada, grace = slack.person("ada"), slack.person("grace")
    message = await grace.say("#platform", "The checkout is slow since noon.")
    outcome = await ada.message_shortcut("shortcut:message:note.keep", message)
    assert outcome.view is not None
    assert outcome.view.values["text"]["value"]["value"] == "The checkout is slow since noon."
    assert grace.user_id in outcome.view.values["source"]["value"]["value"]
    assert (await ada.submit(outcome.view)).ok
    await slack.wait_for(lambda: any("Kept 32 characters" in each.text for each in ada.sees("#platform")))
