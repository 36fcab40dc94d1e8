"""What the OpenAPI document promises holds for generated requests, good and bad, against the running bot.

Schemathesis runs as a program of its own: it brings its own warnings and event loop. It makes the same requests in every run.
"""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.http.openapi import document
from bot.wiring import GROUPS
from tests.bot.http.conftest import Mint, Program
from tests.world import World

_BOUND = 120.0  # seconds, for a busy machine; it takes about ten


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_running_bot_keeps_what_the_document_promises(
    program: Program, mint: Mint, running: World, tmp_path: Path
) -> None:
    assert running.app is not None
    token = await mint.token()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{running.app.port}/api/openapi.json"),
        *("--header", f"Authorization: Bearer {token}"),
        *("--generation-deterministic", "--max-examples", "15"),
        # Names may be taken and sandboxes unknown: a well-formed request is not always granted.
        *("--exclude-checks", "positive_data_acceptance"),
        *("--phases", "examples,coverage,fuzzing", "--no-color", "--warnings", "off"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )
    try:
        async with asyncio.timeout(_BOUND):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode()
    assert f"Tested: {len(document(GROUPS)['paths'])}" in output.decode()
