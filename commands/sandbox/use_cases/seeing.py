"""Looking into a sandbox: what runs there and what ails it, what it has cost, who may use it, its logs. The cluster is given a
moment; without it, what the rows know is shown. Changes nothing."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, Final, TypeVar

import structlog

from bot.kit.call import Call, Principal
from bot.kit.clock import Clock
from bot.kit.errors import FieldErrors, NotFound, Unavailable, UserError
from bot.kit.fields import Choice
from bot.kit.text import few, listed
from commands.sandbox.books import Books
from commands.sandbox.inside import Inside, Room
from commands.sandbox.objects import GUARD_NAME
from commands.sandbox.rules.prices import saved, spent
from commands.sandbox.rules.seeing import (
    containers_of,
    log_shown,
    main_container,
    pods_seen,
    quota_seen,
    warnings_seen,
)
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.seeing import GivenOut, Insight, LogsArguments, SandboxLogs, SandboxSeen
from integrations.kubernetes import BadRequest, ClusterError, KubernetesObject, reference_of
from storage.db import Database
from storage.sandbox_access import SandboxAccessStore
from storage.sandbox_spans import SandboxSpanStore
from storage.sandboxes import SandboxRow, SandboxState

FirstT = TypeVar("FirstT")
SecondT = TypeVar("SecondT")
ThirdT = TypeVar("ThirdT")

log = structlog.stdlib.get_logger(__name__)

_POD: Final = reference_of("v1", "Pod")
_EVENT: Final = reference_of("v1", "Event")
_QUOTA: Final = reference_of("v1", "ResourceQuota")
_STANDING: Final = (SandboxState.READY, SandboxState.SLEEPING, SandboxState.EXPIRING)
_A_MOMENT: Final = 2.0  # seconds that the cluster is given
_WHILE_TYPING: Final = 1.5  # of the three that Slack waits for options
_LOOKED_INTO: Final = 5  # sandboxes whose pods are offered while somebody types
_LOG_BYTES: Final = 512 * 1024  # read of a log
_LOG_SHOWN: Final = 10_000  # characters of it that are shown
_MORE_LINES: Final = 100  # read before the first that is shown: a secret may begin there


class Seeing:
    def __init__(self, db: Database, clock: Clock, settings: SandboxSettings, books: Books, inside: Inside) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._books = books
        self._inside = inside
        self._spans = SandboxSpanStore()
        self._given = SandboxAccessStore()

    async def show(self, call: Call, name: str) -> SandboxSeen:
        """Raises NotFound when there is no such sandbox that I may see."""
        now = self._clock.now()
        async with self._db.reading() as session:
            row = await self._books.find(session, call.principal, "sandbox.show", name)
            shares = await self._books.shares.of(session, row.id)
            given = await self._given.live(session, row.id, now)
            spans = await self._spans.of(session, row.id)
        insight, unseen = await self._look_into(row)
        priced = bool(spans) or self._settings.prices is not None
        return SandboxSeen(
            **dict(self._books.details(row)),
            inside=insight,
            unseen=unseen,
            active_at=row.active_at,
            spent=spent(spans, None, now) if priced else None,
            saved=saved(spans, None, now) if priced else None,
            shared_with=tuple(share.name for share in shares),
            access=tuple(GivenOut(to=each.name, until=each.until) for each in given),
        )

    async def _look_into(self, row: SandboxRow) -> tuple[Insight | None, str | None]:
        """What is inside; or why nobody could look, None where there is nothing to look into."""
        room = self._room(row)
        if room is None:
            return None, None
        try:
            async with asyncio.timeout(_A_MOMENT):
                warned = room.list(_EVENT, field_selector="type=Warning")
                pods, quota, events = await _together(room.list(_POD), room.get(_QUOTA, GUARD_NAME), warned)
        except (TimeoutError, Unavailable) as error:
            log.info("sandbox_not_looked_into", sandbox=row.id, error=str(error))
            return None, "The cluster does not answer right now; this is what was known of it last."
        except ClusterError as error:
            log.warning("sandbox_not_looked_into", sandbox=row.id, reason=error.reason, error=error.message)
            return None, f"The cluster does not let anybody look inside: {error.message}"
        return Insight(pods=pods_seen(pods), quota=quota_seen(quota), warnings=warnings_seen(events)), None

    # --- logs -----------------------------------------------------------------------------------------------------

    async def logs(self, call: Call, arguments: LogsArguments) -> SandboxLogs:
        """Raises NotFound, Unavailable, FieldErrors when it is not clear which pod or container, UserError when there is no
        log."""
        async with self._db.reading() as session:
            row = await self._books.find(session, call.principal, "sandbox.logs", arguments.sandbox)
        room = self._room(row)
        if room is None:
            raise UserError(f"Sandbox “{row.name}” does not stand: nothing runs in it. Try: sandbox show")
        try:
            pod = await self._pod(room, row, arguments.pod)
            name, container = str(pod["metadata"]["name"]), arguments.container or main_container(pod)
            if container not in containers_of(pod):
                raise FieldErrors({"container": f"is none of this pod's: {listed(few(containers_of(pod)), 'and')}"})
            raw = await room.logs(
                name, container=container, tail_lines=arguments.lines + _MORE_LINES, limit_bytes=_LOG_BYTES
            )
        except BadRequest as error:
            raise UserError(f"There is no log: {error.message}") from error
        except ClusterError as error:
            raise UserError(f"The cluster does not show the log: {error.message}") from error
        text, cut = log_shown(raw, arguments.lines, _LOG_SHOWN)
        return SandboxLogs(sandbox=row.name, pod=name, container=container, text=text, cut=cut)

    async def _pod(self, room: Room, row: SandboxRow, wanted: str | None) -> KubernetesObject:
        if wanted is not None:
            found = await room.get(_POD, wanted.strip().lower()) if _is_a_name(wanted.strip().lower()) else None
            if found is None:
                raise NotFound(f"There is no pod “{wanted}” in sandbox “{row.name}”. Try: sandbox show {row.name}")
            return found
        pods = sorted(await room.list(_POD), key=lambda each: str(each["metadata"]["name"]))
        if not pods:
            raise UserError(f"Nothing runs in sandbox “{row.name}”.")
        if len(pods) > 1:
            names = [str(each["metadata"]["name"]) for each in pods]
            raise FieldErrors({"pod": f"is needed, for there are several: {listed(few(names, 8), 'and')}"})
        return pods[0]

    async def pods(self, principal: Principal, typed: str) -> Sequence[Choice]:
        """Those whose name holds what was typed, of the sandboxes that are theirs or shared with them; none while the cluster
        does not answer."""
        async with self._db.reading() as session:
            shared = await self._books.shares.with_person(session, principal.user_id)
            rows = await self._books.sandboxes.present(session, frozenset(), principal.user_id, shared)
        rooms = [(row.name, room) for row in rows if (room := self._room(row)) is not None][:_LOOKED_INTO]
        try:
            async with asyncio.timeout(_WHILE_TYPING):
                found = await _each(room.list(_POD) for _name, room in rooms)
        except (TimeoutError, Unavailable, ClusterError) as error:
            log.info("pods_not_offered", error=str(error))
            return []
        return [
            Choice(pod, f"{pod} ({name})")
            for (name, _room), pods in zip(rooms, found, strict=True)
            for pod in sorted(str(each["metadata"]["name"]) for each in pods)
            if typed.lower() in pod
        ]

    def _room(self, row: SandboxRow) -> Room | None:
        if not row.wanted or row.state not in _STANDING or row.namespace_uid is None:
            return None
        return self._inside.of(row.namespace, row.namespace_uid)


async def _together(
    first: Awaitable[FirstT], second: Awaitable[SecondT], third: Awaitable[ThirdT]
) -> tuple[FirstT, SecondT, ThirdT]:
    tasks = asyncio.ensure_future(first), asyncio.ensure_future(second), asyncio.ensure_future(third)
    try:
        return await asyncio.gather(*tasks)
    finally:
        await _stop(tasks)


async def _each(asked: Iterable[Awaitable[FirstT]]) -> list[FirstT]:
    tasks = [asyncio.ensure_future(each) for each in asked]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await _stop(tasks)


async def _stop(tasks: Iterable["asyncio.Future[Any]"]) -> None:
    """Who is still asking when one has failed, or the time is over."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_a_name(text: str) -> bool:
    """Whether a pod may be called so; nothing else is put into an address."""
    return bool(text) and all(part.isalnum() and part.isascii() for part in text.replace("-", ".").split(".") if part)
