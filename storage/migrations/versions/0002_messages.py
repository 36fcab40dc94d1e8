"""Messages as desired state, and the direct channels the bot has opened."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_DUE = sa.text("due_at IS NOT NULL")
_REPLY = sa.text("parent_key IS NOT NULL")
_SHOWN = sa.text("ts IS NOT NULL")
_CLAIMED = sa.text("claim IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("key", sa.String(), nullable=False, unique=True),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("channel", sa.String()),
        sa.Column("person", sa.String()),
        sa.Column("fallback", sa.String()),
        sa.Column("response_url", sa.Text()),
        sa.Column("response_expires_at", sa.DateTime(timezone=True)),
        sa.Column("response_uses", sa.Integer(), nullable=False),
        sa.Column("parent_key", sa.String()),
        sa.Column("thread_ts", sa.String()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("view", sa.String()),
        sa.Column("object_id", sa.String()),
        sa.Column("body", sa.Text()),
        sa.Column("file_name", sa.String()),
        sa.Column("file_title", sa.String()),
        sa.Column("file_data", sa.LargeBinary()),
        sa.Column("file_id", sa.String()),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=False),
        sa.Column("shown_hash", sa.String()),
        sa.Column("shown_in", sa.String()),
        sa.Column("ts", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim", sa.BigInteger()),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("unsure_since", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_messages_due", "messages", ["due_at"], postgresql_where=_DUE, sqlite_where=_DUE)
    op.create_index("ix_messages_claimed", "messages", ["claim"], postgresql_where=_CLAIMED, sqlite_where=_CLAIMED)
    op.create_index("ix_messages_parent_key", "messages", ["parent_key"], postgresql_where=_REPLY, sqlite_where=_REPLY)
    op.create_index("ix_messages_updated_at", "messages", ["updated_at"])
    op.create_index("ix_messages_ts", "messages", ["ts"], postgresql_where=_SHOWN, sqlite_where=_SHOWN)
    op.create_table(
        "direct_channels",
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("channel", sa.String(), nullable=False),
    )
