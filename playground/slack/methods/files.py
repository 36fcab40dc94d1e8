"""files.*: the three-step upload (URL, bytes, completion), looking up and deleting."""

import mimetypes
from dataclasses import replace

from playground.slack.methods.call import Call, Method, page
from playground.slack.methods.chat import read_content
from playground.slack.model import File, JsonObject, Message
from playground.slack.refusals import Refusal, invalid_arguments
from playground.slack.state import Workspace

_LARGEST = 1_073_741_824


def methods() -> tuple[Method, ...]:
    return (
        Method("files.getUploadURLExternal", get_upload_url, 4, ("files:write",), json=False),
        Method("files.completeUploadExternal", complete_upload, 4, ("files:write",)),
        Method("files.info", info, 4, ("files:read",), json=False),
        Method("files.list", list_, 3, ("files:read",), json=False),
        Method("files.delete", delete, 3, ("files:write",)),
        Method("files.upload", upload, 2, ("files:write",)),
    )


def new_file(workspace: Workspace, name: str, user_id: str, base_url: str) -> File:
    file_id = workspace.new_id("F")
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File(
        id=file_id,
        name=name,
        title=name,
        user_id=user_id,
        created=int(workspace.now().timestamp()),
        mimetype=guessed,
        filetype=name.rpartition(".")[2] if "." in name else "binary",
        url_private=f"{base_url}/files-pri/{workspace.team.id}-{file_id}/{name}",
    )


def upload(call: Call) -> JsonObject:
    """Retired in 2025."""
    raise Refusal("method_deprecated")


def get_upload_url(call: Call) -> JsonObject:
    name = call.required("filename")
    length = call.number("length", 0, low=0, high=10**12)
    if length <= 0:
        raise invalid_arguments("missing required field: length")
    if length > _LARGEST:
        raise Refusal("file_upload_size_restricted")
    file = call.core.workspace.save_file(new_file(call.core.workspace, name, call.core.bot_user_id, call.core.base_url))
    return {"ok": True, "upload_url": call.core.issue_upload(file.id, length), "file_id": file.id}


def complete_upload(call: Call) -> JsonObject:
    """Shares what was uploaded in a channel or thread; without a channel the files stay private."""
    wanted = call.json("files")
    if not isinstance(wanted, list) or not wanted:
        raise Refusal("invalid_arguments")
    core = call.core
    channel_ids = call.ids("channels") or ((call.text("channel_id"),) if call.text("channel_id") else ())
    files = []
    for entry in wanted:
        file = core.workspace.files.get(str(entry.get("id"))) if isinstance(entry, dict) else None
        received = any(one.file_id == entry.get("id") and one.content is not None for one in core.uploads.values())
        if file is None or not received:
            raise Refusal("file_not_found")
        files.append(replace(file, title=str(entry.get("title") or file.title), complete=True))
    for channel_id in channel_ids:
        channel = core.workspace.channels.get(channel_id)
        if channel is None or (channel.kind != "public" and core.bot_user_id not in channel.members):
            raise Refusal("channel_not_found")
        if channel.is_archived:
            raise Refusal("is_archived")
        if core.bot_user_id not in channel.members:
            raise Refusal("not_in_channel")
    if call.json("blocks") is not None:
        read_content(call)
    files = [core.workspace.save_file(replace(file, shared_in=tuple(channel_ids))) for file in files]
    for channel_id in channel_ids:
        core.workspace.post(
            Message(
                channel_id=channel_id,
                ts=core.workspace.new_ts(),
                user_id=core.bot_user_id,
                bot_id=core.workspace.bot_id,
                text=call.text("initial_comment"),
                thread_ts=call.text("thread_ts"),
                files=tuple(files),
            )
        )
    return {"ok": True, "files": [file.file_json() for file in files]}


def _file(call: Call) -> File:
    file = call.core.workspace.files.get(call.required("file"))
    if file is None or not file.complete:
        raise Refusal("file_not_found")
    return file


def info(call: Call) -> JsonObject:
    return {"ok": True, "file": _file(call).file_json(), "comments": [], "response_metadata": {"next_cursor": ""}}


def list_(call: Call) -> JsonObject:
    wanted = call.text("channel")
    files = [
        file
        for file in call.core.workspace.files.values()
        if file.complete and (not wanted or wanted in file.shared_in)
    ]
    shown, _ = page(call, files)
    return {
        "ok": True,
        "files": [file.file_json() for file in shown],
        "paging": {"count": len(shown), "total": len(files), "page": 1, "pages": 1},
    }


def delete(call: Call) -> JsonObject:
    file = _file(call)
    if file.user_id != call.core.bot_user_id:
        raise Refusal("cant_delete_file")
    del call.core.workspace.files[file.id]
    for channel_id in file.shared_in:
        for message in call.core.workspace.messages(channel_id):
            if any(one.id == file.id for one in message.files):
                left = tuple(one for one in message.files if one.id != file.id)
                call.core.workspace.save_message(replace(message, files=left), detail="files")
    return {"ok": True}
