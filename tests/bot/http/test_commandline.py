"""`platform-bot token …` beside a running bot, and `platform-bot openapi` without anything."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.http.openapi import document
from bot.wiring import GROUPS
from tests.bot.http.conftest import Program
from tests.world import World

KEY = {"PLATFORM_AUDIT_KEY": "an audit key of thirty-two and more"}


async def _platform_bot(environment: Mapping[str, str], folder: Path, *words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[3]), **environment},
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_token_is_made_used_listed_and_revoked_while_the_bot_runs(
    program: Program, running: World, tmp_path: Path
) -> None:
    environment = {name: running.environment[name] for name in ("DATABASE_URL", "SLACK_BOT_TOKEN")}
    status, out, err = await _platform_bot(
        environment,
        tmp_path,
        *("token", "create", "--owner", running.ada.user_id, "--name", "pipeline", "--expires", "90d"),
        *("--permission", "sandbox.list", "--permission", "sandbox.show"),
    )
    assert status == 0, err
    token = out.strip()
    assert token.startswith("pb_")
    assert "only time" in err
    assert token not in err
    user = program.with_token(token)
    assert (await user.post("sandbox list")).status == 200
    assert (await user.post("sandbox create", {"name": "mine"})).status == 403

    status, out, err = await _platform_bot(environment, tmp_path, "token", "list")
    line = next(line for line in out.splitlines() if "pipeline" in line)
    assert line.startswith(token.split("_")[1])
    assert "sandbox.list,sandbox.show" in line
    assert line.endswith("good")
    assert token.split("_")[2] not in out

    status, out, err = await _platform_bot(environment, tmp_path, "token", "revoke", token.split("_")[1])
    assert status == 0, err
    for _ in range(300):  # its replicas may believe it for some seconds
        if (found := (await user.post("sandbox list")).status) == 401:
            break
        await asyncio.sleep(0.2)
    assert found == 401
    status, out, err = await _platform_bot(environment, tmp_path, "token", "list")
    assert "revoked" in next(line for line in out.splitlines() if "pipeline" in line)
    for _ in range(20):
        status, out, err = await _platform_bot(environment, tmp_path, "audit", "verify")
        if "it has waited for its seal" not in err:  # as it has on a machine that stood still
            break
    assert status == 0, err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "--owner", "ada", "--name", "x"), "Slack user id"),
        (("create", "--owner", "U0123ABCD", "--name", " "), "--name"),
        (("create", "--owner", "U0123ABCD", "--name", "x", "--permission", "sandbox"), "sandbox.*"),
        (("create", "--owner", "U0123ABCD", "--name", "x", "--expires", "soon"), "36h"),
        (("revoke", "nothing"), "no token nothing"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_mistake_is_told_with_what_would_be_right(
    database_url: str, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    status, out, err = await _platform_bot({"DATABASE_URL": database_url, **KEY}, tmp_path, "token", *words)
    assert status == 1
    assert said in err
    assert out == ""


async def test_a_token_can_be_made_before_the_bot_has_ever_run_and_is_written_down_and_sealed(tmp_path: Path) -> None:
    words = ("token", "create", "--owner", "U0123ABCD", "--name", "first", "--permission", "sandbox.list")
    status, token, err = await _platform_bot(KEY, tmp_path, *words)
    assert status == 0, err
    assert token.startswith("pb_")
    status, out, _err = await _platform_bot({}, tmp_path, "token", "list")
    assert "first" in out
    token_id = token.split("_")[1]
    for _ in range(2):  # the second time it ends nothing
        status, out, err = await _platform_bot(KEY, tmp_path, "token", "revoke", token_id)
        assert status == 0, err
    status, out, err = await _platform_bot(KEY, tmp_path, "audit", "export")
    assert status == 0, err
    made, ended = map(json.loads, out.splitlines())
    assert (made["action"], made["object"], made["on_behalf_of"]) == ("token.created", f"token:{token_id}", "U0123ABCD")
    assert (made["actor"], made["surface"]) == ("command-line", "command-line")
    assert made["after"] == {"name": "first", "permissions": ["sandbox.list"], "expires_at": None}
    assert (ended["action"], ended["object"], ended["on_behalf_of"]) == (
        "token.revoked",
        f"token:{token_id}",
        "U0123ABCD",
    )
    assert (made["sequence"], ended["sequence"]) == (1, 2)
    assert token.split("_")[2].strip() not in out


async def test_a_token_is_not_made_without_the_key_that_it_would_be_written_down_with(tmp_path: Path) -> None:
    status, out, err = await _platform_bot({}, tmp_path, "token", "create", "--owner", "U0123ABCD", "--name", "first")
    assert (status, out) == (1, "")
    assert "PLATFORM_AUDIT_KEY" in err
    status, out, _err = await _platform_bot({}, tmp_path, "token", "list")
    assert "There are no tokens" in out


async def test_the_openapi_document_needs_neither_settings_nor_a_database(tmp_path: Path) -> None:
    status, out, err = await _platform_bot({"DATABASE_URL": "nonsense"}, tmp_path, "openapi")
    assert status == 0, err
    assert json.loads(out) == document(GROUPS)
    assert os.listdir(tmp_path) == []


async def test_the_bot_serves_the_document_that_the_command_prints(program: Program) -> None:
    served = await program.with_token(None).call("GET", "/api/openapi.json")
    assert served.json == document(GROUPS)
    shown = await program.with_token(None).call("GET", "/api/docs")
    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert (await program.with_token(None).call("GET", "/api/nothing")).kind == "unknown-path"
