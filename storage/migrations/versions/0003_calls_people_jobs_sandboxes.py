"""Calls, people, job runs and sandboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("ref", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), nullable=False, unique=True),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("surface", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String()),
        sa.Column("thread_ts", sa.String()),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("response_url", sa.Text()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_holder", sa.String()),
        sa.Column("lease_until", _TIME),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("result", sa.JSON()),
        sa.Column("error", sa.Text()),
    )
    leased = sa.text("lease_until IS NOT NULL")
    op.create_index("ix_calls_live", "calls", ["lease_until"], postgresql_where=leased, sqlite_where=leased)
    op.create_index("ix_calls_received_at", "calls", ["received_at"])
    op.create_table(
        "people",
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("full_member", sa.Boolean(), nullable=False),
        sa.Column("learnt_at", _TIME, nullable=False),
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.String(), primary_key=True),
        sa.Column("due_at", _TIME, primary_key=True),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("claimed_until", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("result", sa.String()),
    )
    op.create_table(
        "sandboxes",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("request_ref", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False, index=True),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("namespace", sa.String(), nullable=False, unique=True),
        sa.Column("namespace_uid", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("unwanted_at", _TIME),
        sa.Column("look_at", _TIME),
        sa.Column("claimed_until", _TIME),
    )
    op.create_index("ix_sandboxes_look_at", "sandboxes", ["look_at"])
    wanted = sa.text("wanted")
    op.create_index(
        "uq_sandboxes_team_name",
        "sandboxes",
        ["team", "name"],
        unique=True,
        postgresql_where=wanted,
        sqlite_where=wanted,
    )
