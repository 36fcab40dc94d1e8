"""Sandboxes: resources, templates, sleep, extensions, access, shares, what they cost; and emergency brakes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sandboxes", sa.Column("cpu", sa.Integer()))
    op.add_column("sandboxes", sa.Column("memory", sa.BigInteger()))
    op.add_column("sandboxes", sa.Column("storage", sa.BigInteger()))
    op.add_column("sandboxes", sa.Column("hardened", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sandboxes", sa.Column("template", sa.String(), nullable=False, server_default="empty"))
    op.add_column("sandboxes", sa.Column("parameters", sa.Text()))
    op.add_column("sandboxes", sa.Column("furnished", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sandboxes", sa.Column("term_from", _TIME))
    op.add_column("sandboxes", sa.Column("extensions", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sandboxes", sa.Column("asleep", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sandboxes", sa.Column("asleep_why", sa.String()))
    op.add_column("sandboxes", sa.Column("woken_until", _TIME))
    op.add_column("sandboxes", sa.Column("hours", sa.Text()))
    op.add_column("sandboxes", sa.Column("snapshot", sa.Text()))
    op.add_column("sandboxes", sa.Column("active_at", _TIME))
    op.add_column("sandboxes", sa.Column("revoke", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "sandbox_shares",
        sa.Column("sandbox_id", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), primary_key=True, index=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
    )
    op.create_table(
        "sandbox_spans",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sandbox_id", sa.String(), nullable=False, index=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME),
        sa.Column("asleep", sa.Boolean(), nullable=False),
        sa.Column("hourly", sa.Text(), nullable=False),
        sa.Column("awake_hourly", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
    )
    op.create_index("ix_sandbox_spans_until", "sandbox_spans", ["until"])
    is_open = sa.text("until IS NULL")
    op.create_index(
        "uq_sandbox_spans_open",
        "sandbox_spans",
        ["sandbox_id"],
        unique=True,
        postgresql_where=is_open,
        sqlite_where=is_open,
    )
    op.create_table(
        "brakes",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("pulled_at", _TIME),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("released_until", _TIME),
        sa.Column("released_by", sa.String()),
    )
