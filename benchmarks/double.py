"""A Slack that says yes to every `chat.postMessage`, in a process of its own: its work is charged to neither side.

Nothing is checked, stored or paced here; playground/slack does that. `python -m benchmarks.double` prints its port and serves
until its input ends.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def double() -> AsyncIterator[str]:
    """Its API's address, ending in a slash."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.double"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        process.stdin.close()
        await process.wait()


async def _serve() -> None:
    numbers = itertools.count(1)

    async def post_message(request: web.BaseRequest) -> web.Response:
        asked = json.loads(await request.read())
        ts = f"1700000000.{next(numbers):06}"
        message = {
            "type": "message",
            "bot_id": "B1",
            "ts": ts,
            "text": asked["text"],
            "blocks": asked.get("blocks", []),
        }
        answer = {"ok": True, "channel": asked["channel"], "ts": ts, "message": message}
        return web.Response(body=json.dumps(answer).encode(), content_type="application/json")

    runner = web.ServerRunner(web.Server(post_message, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
