"""A PostgreSQL database: whether it answers and may be written, its schema, room for connections. Only reads."""

from dataclasses import dataclass

from sqlalchemy import text

from bot.doctor.examine import Check
from bot.doctor.report import Finding, State, failed, ok, warning
from bot.doctor.schema import NEWEST_KEY, URL_VARIABLE, schema_finding
from bot.kit.errors import Unavailable, UserError
from storage.db import Database

# What `Database.open` lets one process use (a pool of 10, as many again under load), and the grouped writer's own one.
PER_REPLICA = 21

_SERVER = text(
    "SELECT current_setting('server_version'), pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on', "
    "to_regclass('alembic_version') IS NOT NULL, "
    "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
)
_REVISION = text("SELECT version_num FROM alembic_version")
# The least of the server's limit (without what it keeps for superusers), the role's and the database's; -1 means no limit.
_ROOM = text(
    "SELECT least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int "
    "- coalesce(current_setting('reserved_connections', true)::int, 0), "
    "nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)) "
    "FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()"
)


@dataclass
class PostgreSQLChecks:
    """`replicas` is how many processes are meant to run on it."""

    url: str
    replicas: int
    revision: str | None = None
    may_create: bool = False
    room: int = 0

    def checks(self) -> list[Check]:
        reads = (URL_VARIABLE,)
        return [
            Check("database", self._server, reads=reads),
            Check("schema", self._schema, reads=reads, after="database"),
            Check("database connections", self._connections, reads=reads, after="database"),
        ]

    async def newest_audit_key(self) -> str | None:
        """The id of the key that the newest entry of the audit trail was written with; None: there is none yet. Raises UserError
        or Unavailable when the database cannot say."""
        db = await Database.open(self.url, pool_size=1)
        try:
            async with db.reading() as session:
                if (await session.execute(text("SELECT to_regclass('audit')"))).scalar() is None:
                    return None
                found = (await session.execute(text(NEWEST_KEY))).scalar()
        finally:
            await db.close()
        return None if found is None else str(found)

    async def _server(self) -> Finding:
        try:
            db = await Database.open(self.url, pool_size=1)
            try:
                return await self._read(db)
            finally:
                await db.close()
        except UserError as error:
            return failed(error.message, f"correct {URL_VARIABLE}")
        except Unavailable as error:
            return failed(str(error), f"start it, or correct {URL_VARIABLE}")

    async def _read(self, db: Database) -> Finding:
        async with db.reading() as session:
            version, standby, read_only, migrated, self.may_create = (await session.execute(_SERVER)).one()
            if migrated:
                self.revision = (await session.execute(_REVISION)).scalar()
            self.room = (await session.execute(_ROOM)).scalar_one()
        found = f"PostgreSQL {version}"
        if standby:
            return failed(f"{found}, a standby: it cannot be written", f"name the primary in {URL_VARIABLE}")
        if read_only:
            return failed(f"{found}, read-only for this user", "set default_transaction_read_only to off")
        return ok(f"{found}, {db.url.host or 'local'}, database {db.url.database}")

    async def _schema(self) -> Finding:
        finding = schema_finding(self.revision)
        if finding.state is State.WARNING and not self.may_create:
            return failed(
                f"{finding.found}; and this user may not make tables",
                "grant it CREATE on the schema, or run `platform-bot migrate` as one who may",
            )
        return finding

    async def _connections(self) -> Finding:
        most = PER_REPLICA * self.replicas
        found = f"{self.replicas} × up to {PER_REPLICA} of {self.room}"
        if most > self.room:
            return warning(
                f"{found}: under load some will wait in vain", "raise max_connections, or run fewer replicas"
            )
        return ok(f"{found}; {self.room // PER_REPLICA} replicas fit")
