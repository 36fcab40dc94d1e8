"""What an app says by response_url or in the acknowledgement of a command: shows, replaces or deletes. Opens no view."""

import asyncio
import json
import time
from dataclasses import replace

from aiohttp import web

from playground.slack.core import Core, ResponseUrl
from playground.slack.methods.call import Call
from playground.slack.methods.chat import read_content
from playground.slack.model import JsonObject, Message
from playground.slack.refusals import Refusal

_KNOWN = {
    "text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts", "metadata",
    "unfurl_links", "unfurl_media", "mrkdwn", "parse", "link_names", "username", "icon_emoji", "icon_url",
}  # fmt: skip


def reply(core: Core, where: ResponseUrl, body: JsonObject) -> Message | None:
    """Applies one reply. Ephemeral to the person unless `in_channel`. Raises Refusal for content Slack would not take.

    Bypasses membership: an app may answer in channels it is not in. Speaks in the channel, also for a button inside a thread,
    unless the body names a `thread_ts`. The answer of a deletion is None.
    """
    workspace = core.workspace
    original = workspace.message(where.channel_id, where.message_ts) if where.message_ts else None
    if body.get("delete_original"):
        if original is not None:
            workspace.delete_message(original, actor_id=core.bot_user_id)
        return None
    response_type = body.get("response_type", "ephemeral")
    if response_type not in ("ephemeral", "in_channel"):
        raise Refusal("invalid_response_type")
    allowed = {key: value for key, value in body.items() if key in _KNOWN and value is not None}
    content = read_content(Call(core, "response_url", "bot", allowed))
    if original is not None and body.get("replace_original"):
        changed = replace(
            original,
            text=content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            edited_ts="" if original.ephemeral_to else workspace.new_ts(),
        )
        return workspace.save_message(changed, actor_id=core.bot_user_id)
    return workspace.post(
        replace(
            content,
            channel_id=where.channel_id,
            ts=workspace.new_ts(),
            thread_ts=str(body.get("thread_ts") or ""),
            ephemeral_to=where.user_id if response_type == "ephemeral" else "",
        )
    )


class ResponseUrls:
    """The HTTP door of response_urls: 5 uses within 30 minutes, JSON only."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def handle(self, request: web.Request) -> web.StreamResponse:
        began = time.perf_counter()
        fault = self._core.faults.strike("response_url")
        body: JsonObject = {}
        status, error = 200, ""
        if fault is not None and fault.kind in ("ratelimited", "server_error"):
            status, error = (429, "ratelimited") if fault.kind == "ratelimited" else (fault.status, "internal_error")
        elif fault is not None and fault.kind == "error":
            status, error = 404, fault.error
        elif fault is None or fault.kind != "drop_before":
            try:
                body = _parsed(await request.text())
                reply(self._core, self._core.use_response_url(request.match_info["key"]), body)
            except Refusal as refusal:
                status, error = (
                    (404 if refusal.error in ("used_url", "expired_url", "invalid_url") else 400),
                    refusal.error,
                )
        self._core.traffic.record(
            "response_url",
            "response_url",
            body,
            {"ok": not error, "error": error} if error else {"ok": True},
            status=status,
            seconds=time.perf_counter() - began,
            error=error,
            note=f"fault {fault.kind}" if fault else "",
        )
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind in ("drop_before", "drop_after") and request.transport is not None:
            request.transport.abort()
        headers = {"Retry-After": str(fault.retry_after)} if status == 429 and fault is not None else {}
        return web.Response(status=status, text=error or "ok", headers=headers)


def _parsed(text: str) -> JsonObject:
    try:
        body = json.loads(text)
    except ValueError:
        raise Refusal("invalid_payload") from None
    if not isinstance(body, dict):
        raise Refusal("invalid_payload")
    return body
