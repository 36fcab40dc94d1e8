"""Access to a sandbox for its owner and those it is shared with: a kubeconfig that ends, and that can be ended. What is handed
over is kept nowhere; that it was is written down before anybody sees it."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.call import Call, Principal
from bot.kit.clock import Clock
from bot.kit.errors import Refused, Unavailable, UserError
from commands.sandbox import trail
from commands.sandbox.books import Books
from commands.sandbox.objects import ACCESS_SECRET, ID_LABEL, MANAGED_BY, MANAGED_BY_LABEL, USER_ACCOUNT
from commands.sandbox.ports import Cluster, People
from commands.sandbox.rules.access import Login, Server, Token, kubeconfig, lasting
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.access import GivenAccess
from commands.sandbox.values.basics import SandboxDetails
from integrations.kubernetes import (
    AlreadyExists,
    ChangedMeanwhile,
    ClusterError,
    KubernetesObject,
    MintedToken,
    NotFoundInCluster,
    reference_of,
)
from storage.db import Database
from storage.sandbox_access import SandboxAccessRow, SandboxAccessStore
from storage.sandboxes import SandboxRow, SandboxState

log = structlog.stdlib.get_logger(__name__)

_SECRET: Final = reference_of("v1", "Secret")
_STANDING: Final = (SandboxState.READY, SandboxState.SLEEPING)
_AGAIN: Final = "What was given out before is being ended this very moment. Ask again in a few seconds."


class Access:
    def __init__(
        self, db: Database, clock: Clock, settings: SandboxSettings, books: Books, cluster: Cluster, people: People
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings.access
        self._books = books
        self._cluster = cluster
        self._people = people
        self._given = SandboxAccessStore()

    # --- giving ---------------------------------------------------------------------------------------------------

    async def give(self, call: Call, name: str) -> GivenAccess:
        """Raises NotFound, Refused for one that is neither theirs nor shared with them, UserError when it does not stand or is
        about to end. A call that is resumed mints anew: what its dead process had, nobody has seen."""
        async with self._db.reading() as session:
            row = await self._theirs(session, call.principal, name)
        if row.revoke:
            raise UserError(_AGAIN)
        oidc = self._settings.oidc
        try:
            lasts = lasting(self._settings.lifetime, self._clock.now(), row.expires_at)
        except ValueError as problem:
            raise UserError(str(problem)) from None
        if oidc is not None and self._username(row, call.principal) is not None:
            await self._write_down(call, row, None)
            text = kubeconfig(row.name, row.namespace, await self._server(), Login(oidc.command, oidc.arguments()))
            return GivenAccess(sandbox=self._books.details(row), kubeconfig=SecretStr(text), until=None)
        minted = await self._mint(row, lasts)
        server = await self._server()
        await self._write_down(call, row, minted)
        text = kubeconfig(row.name, row.namespace, server, Token(minted.token))
        return GivenAccess(sandbox=self._books.details(row), kubeconfig=SecretStr(text), until=minted.expires_at)

    async def _theirs(self, session: AsyncSession, person: Principal, name: str) -> SandboxRow:
        row = await self._books.find(session, person, "sandbox.access", name)
        if not await self._may(session, person, row):
            raise Refused(
                f"Sandbox “{row.name}” is {row.owner_name}'s: only its owner and those it is shared with get access to it. "
                f"Ask {row.owner_name} to share it with you."
            )
        if not row.wanted or row.state not in _STANDING or row.namespace_uid is None:
            raise UserError(
                f"Sandbox “{row.name}” does not stand: there is nothing to get access to. Try: sandbox show"
            )
        return row

    async def _may(self, session: AsyncSession, person: Principal, row: SandboxRow) -> bool:
        """Its owner; whoever it is shared with; its team, if its owner has left."""
        if not person.may("sandbox.access"):
            return False
        if not row.owner:
            return row.team in person.teams
        return person.user_id == row.owner or row.id in await self._books.shares.with_person(session, person.user_id)

    async def _mint(self, row: SandboxRow, lasts: timedelta) -> MintedToken:
        try:
            secret = await self._secret(row)
            return await self._cluster.mint_token(
                row.namespace,
                USER_ACCOUNT,
                seconds=int(lasts.total_seconds()),
                bound_secret=(ACCESS_SECRET, str(secret["metadata"]["uid"])),
            )
        except (NotFoundInCluster, ChangedMeanwhile) as gone:
            raise UserError(_AGAIN) from gone
        except ClusterError as refused:
            log.warning("access_refused", sandbox=row.id, reason=refused.reason, error=refused.message)
            raise UserError(f"The cluster gives no access: {refused.message}. Ask your platform team.") from refused

    async def _secret(self, row: SandboxRow) -> KubernetesObject:
        """What the tokens are bound to: they are good for nothing once it is deleted."""
        for _attempt in range(3):
            if (found := await self._cluster.get(_SECRET, ACCESS_SECRET, row.namespace)) is not None:
                return found
            metadata = {
                "name": ACCESS_SECRET,
                "namespace": row.namespace,
                "labels": {MANAGED_BY_LABEL: MANAGED_BY, ID_LABEL: row.id},
            }
            try:
                return await self._cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
            except AlreadyExists:
                continue
        raise UserError(_AGAIN)

    async def _write_down(self, call: Call, row: SandboxRow, minted: MintedToken | None) -> None:
        """Before it is handed over, and only if nothing has changed that would forbid it: what was minted for somebody who may
        not have it any more is seen by nobody, and ends."""
        now, person = self._clock.now(), call.principal
        async with self._db.transaction() as session:
            locked = await self._books.sandboxes.lock(session, row.id)
            if locked is None or not locked.wanted or locked.namespace_uid != row.namespace_uid:
                raise UserError(f"Sandbox “{row.name}” is being deleted, or is gone already.")
            allowed = await self._may(session, person, locked)
            if allowed and not locked.revoke:
                entry = trail.access_given(call, locked, minted, now)
                if minted is not None:
                    self._given.add(
                        session,
                        SandboxAccessRow(
                            sandbox_id=row.id,
                            user_id=person.user_id,
                            name=person.name,
                            request_ref=call.ref,
                            credential=minted.credential_id,
                            at=now,
                            until=minted.expires_at,
                        ),
                    )
                await self._books.change(session, locked, entry, active_at=now)
                return
            if minted is not None and not locked.revoke:
                await self._books.changed(session, locked, revoke=True)
        raise UserError(_AGAIN)

    async def _server(self) -> Server:
        """Where people find the cluster: as the platform says, else where the bot does."""
        if self._settings.server is not None:
            return Server(self._settings.server, self._settings.authority)
        found = await self._cluster.endpoint()
        return Server(found.url, self._settings.authority or found.authority, found.server_name, found.unverified)

    def _username(self, row: SandboxRow, person: Principal) -> str | None:
        """How the cluster calls this person, if its owner logs in there; others get a token."""
        oidc = self._settings.oidc
        return oidc.username(row.owner) if oidc is not None and person.user_id == row.owner else None

    # --- ending ---------------------------------------------------------------------------------------------------

    async def revoke(self, call: Call, name: str) -> SandboxDetails:
        """All of it: nobody can tell one's token from another's. Revoking again ends what was given out since."""
        async with self._db.transaction() as session:
            if (done := await self._books.done_by(session, call, "sandbox.access_revoked")) is not None:
                return self._books.details(done)
            row = await self._books.locked(session, call, name, "ending its access")
            entry = trail.access_revoked(call, row, self._clock.now())
            return self._books.details(await self._books.changed(session, row, entry, revoke=True))

    async def look_after(self) -> None:
        """Ends access whose holder may not have it any more: who left, or lost the role. Who cannot be asked about is left for
        the next time."""
        async with self._db.reading() as session:
            holders = await self._given.holders(session, self._clock.now())
        for sandbox_id, user_id in holders:
            try:
                person: Principal | None = await self._people.require(user_id)
            except Unavailable as error:
                log.warning("access_not_looked_after", user_id=user_id, detail=error.detail)
                continue
            except Refused:
                person = None
            await self._end_unless_allowed(sandbox_id, user_id, person, self._clock.now())

    async def _end_unless_allowed(self, sandbox_id: str, user_id: str, person: Principal | None, now: datetime) -> None:
        async with self._db.transaction() as session:
            row = await self._books.sandboxes.lock(session, sandbox_id)
            if row is None or not row.wanted or row.revoke:
                return
            if person is not None and await self._may(session, person, row):
                return
            log.warning("access_ended", sandbox=sandbox_id, user_id=user_id)
            await self._books.changed(session, row, trail.access_lost(row, user_id, now), revoke=True)
