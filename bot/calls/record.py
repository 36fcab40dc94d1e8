"""Writes an accepted call down, once per key, before anybody is told that it was accepted. Runs nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.kit.call import Place, Surface
from bot.kit.declare import Command
from bot.kit.errors import UserError
from bot.kit.ids import new_ref
from bot.sealing import Sealer
from storage.calls import CallRow, CallState, CallStore
from storage.db import Database
from storage.writer import GroupedWriter


@dataclass(frozen=True)
class Request:
    """What a surface made of a delivery. `key` names the delivery, so that a second one of the same is known;
    `raw` holds arguments as typed or as JSON; `response_url` is Slack's, for the answer to one person; `limits` are the
    permission patterns of an API token, which narrow what the person may do (None: nothing does), and `token` is its
    id; `confirmed`: the person was asked “really?” and said yes."""

    command: Command
    raw: Mapping[str, object]
    user_id: str
    surface: Surface
    key: str
    place: Place | None = None
    response_url: str | None = None
    limits: frozenset[str] | None = None
    confirmed: bool = False
    token: str | None = None


@dataclass(frozen=True)
class Recorded:
    """A request that is durably ours to run. `response_url` is sealed."""

    ref: str
    request: Request
    response_url: str | None
    received_at: datetime
    attempt: int = 1


class Journal:
    def __init__(self, db: Database, writer: GroupedWriter, sealer: Sealer, holder: str, lease: timedelta) -> None:
        self._db = db
        self._calls = CallStore()
        self._writer = writer
        self._sealer = sealer
        self._holder = holder
        self._lease = lease

    async def known(self, key: str) -> bool:
        """Whether this key was recorded before."""
        async with self._db.reading() as session:
            return await self._calls.by_key(session, key) is not None

    async def refuse_another(self, request: Request) -> None:
        """Raises UserError when this key was recorded with other arguments: then this request was not done, and will not be."""
        async with self._db.reading() as session:
            row = await self._calls.by_key(session, request.key)
        if row is not None and json.dumps(row.arguments, sort_keys=True) != json.dumps(request.raw, sort_keys=True):
            raise UserError(
                f"This form was taken already, filled in differently: {row.ref}, and only that is done. "
                "Open a new one for what is in it now."
            )

    async def record(self, request: Request, at: datetime, within: float) -> Recorded | None:
        """None when this key was recorded before. Raises Unavailable when it could not be committed within so many seconds;
        then it was not recorded at all."""
        recorded = Recorded(
            ref=new_ref(),
            request=request,
            response_url=self._sealer.seal(request.response_url) if request.response_url else None,
            received_at=at,
        )
        new = await self._writer.insert(
            {
                "ref": recorded.ref,
                "key": request.key,
                "command": request.command.name,
                "surface": request.surface.value,
                "user_id": request.user_id,
                "channel": request.place.channel if request.place else None,
                "thread_ts": request.place.thread_ts if request.place else None,
                "arguments": dict(request.raw),
                "response_url": recorded.response_url,
                "state": CallState.ACCEPTED.value,
                "attempt": 1,
                "lease_holder": self._holder,
                "lease_until": at + self._lease,
                "received_at": at,
                "limits": None if request.limits is None else sorted(request.limits),
                "confirmed": request.confirmed or None,
                "token": request.token,
            },
            deadline_seconds=within,
        )
        return recorded if new else None


def from_row(row: CallRow, command: Command) -> Recorded:
    """A recorded call as it was taken over from a process that died."""
    request = Request(
        command=command,
        raw=row.arguments,
        user_id=row.user_id,
        surface=Surface(row.surface),
        key=row.key,
        place=Place(row.channel, row.thread_ts) if row.channel else None,
        limits=None if row.limits is None else frozenset(row.limits),
        confirmed=row.confirmed is True,
        token=row.token,
    )
    return Recorded(row.ref, request, row.response_url, row.received_at, row.attempt)
