"""Approvals and votes; whether a call was confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_name", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("plan_hash", sa.String(), nullable=False),
        sa.Column("prices", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("users", sa.Text(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("remind_at", _TIME),
        sa.Column("due_at", _TIME),
        sa.Column("decided_at", _TIME),
        sa.Column("decided_by", sa.String()),
        sa.Column("note", sa.Text()),
        sa.Column("cards", sa.Text(), nullable=False),
        sa.UniqueConstraint("call", "rule"),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_approvals_due", "approvals", ["due_at"], postgresql_where=due, sqlite_where=due)
    op.create_index("ix_approvals_asked_at", "approvals", ["asked_at"])
    op.create_table(
        "approval_votes",
        sa.Column("approval", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("at", _TIME, nullable=False),
    )
    # NULL: not, as the release before this one writes it
    op.add_column("calls", sa.Column("confirmed", sa.Boolean()))
