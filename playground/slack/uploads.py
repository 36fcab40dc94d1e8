"""Bytes of files: receives them on an upload URL and hands them out to whoever holds the token. Shares nothing."""

from dataclasses import replace

from aiohttp import web

from playground.slack.core import Core


class Uploads:
    def __init__(self, core: Core) -> None:
        self._core = core

    async def receive(self, request: web.Request) -> web.Response:
        """POST of raw bytes or of a form with one file; the length must be the one announced."""
        upload = self._core.uploads.get(request.match_info["key"])
        if upload is None or upload.content is not None:
            return web.Response(status=404, text="no such upload")
        content = await self._content(request)
        if len(content) != upload.length:
            return web.Response(status=400, text="length does not match")
        upload.content = content
        file = self._core.workspace.files[upload.file_id]
        self._core.workspace.save_file(replace(file, content=content))
        return web.Response(text=f"OK - {len(content)}")

    async def _content(self, request: web.Request) -> bytes:
        if request.content_type != "multipart/form-data":
            return await request.read()
        for part in (await request.post()).values():
            if isinstance(part, web.FileField):
                return part.file.read()
        return b""

    async def send(self, request: web.Request) -> web.Response:
        """As in Slack, a file's URL wants the token with files:read."""
        if request.headers.get("Authorization") != f"Bearer {self._core.tokens.bot}":
            return web.Response(status=403)
        self_id = request.match_info["file"].partition("-")[2]
        file = self._core.workspace.files.get(self_id)
        if file is None:
            return web.Response(status=404)
        return web.Response(body=file.content, content_type=file.mimetype)
