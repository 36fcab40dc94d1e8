"""The audit trail, its anchors, and with which token a call came."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    # The database's own time: whether a row has waited too long for its seal is judged by one clock.
    if op.get_bind().dialect.name == "sqlite":
        now = sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
    else:
        now = sa.text("clock_timestamp()")
    op.create_table(
        "audit",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False, server_default=now),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object", sa.String()),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("on_behalf_of", sa.String()),
        sa.Column("surface", sa.String()),
        sa.Column("channel", sa.String()),
        sa.Column("thread_ts", sa.String()),
        sa.Column("call", sa.String()),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False, unique=True),
        sa.Column("sequence", sa.BigInteger(), unique=True),
        sa.Column("seal_key_id", sa.String()),
        sa.Column("mac", sa.String()),
    )
    unsealed = sa.text("sequence IS NULL")
    op.create_index("ix_audit_unsealed", "audit", ["id"], postgresql_where=unsealed, sqlite_where=unsealed)
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_actor", "audit", ["actor", "id"])
    op.create_index("ix_audit_action", "audit", ["action", "id"])
    for column in ("on_behalf_of", "object", "call"):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_audit_{column}", "audit", [column, "id"], postgresql_where=given, sqlite_where=given)
    op.create_table(
        "audit_anchors",
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
    )
    op.add_column("calls", sa.Column("token", sa.String()))
