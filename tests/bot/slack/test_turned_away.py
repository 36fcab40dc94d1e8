"""What each kind of delivery is acknowledged with when there is no place for it: always that nothing was done."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.config import load_settings
from bot.kit.errors import Busy
from bot.slack.aside import MOST_ASIDE
from bot.slack.forms import Origin, form_view
from bot.wiring import GROUPS, Parts, build, group_sections

_CREATE = GROUPS[0].commands["create"]


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    """Everything wired, with a Slack that nothing answers for."""
    environment = {
        "SLACK_BOT_TOKEN": "xoxb-test",
        "SLACK_SIGNING_SECRET": "secret",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}",
    }
    parts = await build(load_settings(environment, group_sections()))
    yield parts
    await parts.router.close()
    await parts.session.close()
    await parts.writer.close()
    await parts.db.close()


def test_a_slash_command_is_told_to_the_person_alone(parts: Parts) -> None:
    answer = parts.router.turned_away({"command": "/platform", "text": "sandbox list", "user_id": "U1"})
    assert "busy" in str(answer)
    assert "Nothing was done" in str(answer)
    assert "response_type" not in answer  # which means: only for the person


def test_a_form_stays_open_with_what_was_filled_in(parts: Parts) -> None:
    view = {**form_view(_CREATE, {}, Origin(None, None)), "id": "V1", "state": {"values": {}}}
    answer = parts.router.turned_away({"type": "view_submission", "user": {"id": "U1"}, "view": view})
    assert answer["response_action"] == "errors"
    assert all("Nothing was done" in words for words in answer["errors"].values())


async def test_a_button_is_acknowledged_and_the_person_told_by_its_response_url(parts: Parts) -> None:
    assert parts.router.turned_away(_button("http://127.0.0.1:9/respond")) == {}
    assert parts.router.aside == 1


async def test_a_button_is_not_acknowledged_when_nobody_could_be_told_any_more(parts: Parts) -> None:
    for _ in range(MOST_ASIDE):
        parts.router.turned_away(_button("http://127.0.0.1:9/respond"))
    with pytest.raises(Busy):
        parts.router.turned_away(_button("http://127.0.0.1:9/respond"))
    assert parts.router.aside == MOST_ASIDE


def test_options_are_none_and_an_event_is_left_to_come_again(parts: Parts) -> None:
    assert parts.router.turned_away({"type": "block_suggestion", "user": {"id": "U1"}}) == {"options": []}
    with pytest.raises(Busy):
        parts.router.turned_away({"type": "event_callback", "event": {"type": "app_mention"}})


def _button(response_url: str) -> dict[str, Any]:
    return {"type": "block_actions", "user": {"id": "U1"}, "response_url": response_url, "actions": []}
