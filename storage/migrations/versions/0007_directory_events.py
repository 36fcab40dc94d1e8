"""What is known of people and user groups, domain events and their deliveries, and whose a sandbox was."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("people", sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("people", sa.Column("domain", sa.String()))
    op.create_index("ix_people_learnt_at", "people", ["learnt_at"])
    op.create_table(
        "usergroups",
        sa.Column("ref", sa.String(), primary_key=True),
        sa.Column("group_id", sa.String()),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("learnt_at", _TIME, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_table(
        "event_deliveries",
        sa.Column("event_id", sa.BigInteger(), primary_key=True),
        sa.Column("subscriber", sa.String(), primary_key=True),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("due_at", _TIME),
        sa.Column("claimed_by", sa.String()),
        sa.Column("claimed_until", _TIME),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked_at", _TIME),
        sa.Column("error", sa.Text()),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_event_deliveries_due", "event_deliveries", ["due_at"], postgresql_where=due, sqlite_where=due)
    op.create_index(
        "ix_event_deliveries_order",
        "event_deliveries",
        ["subscriber", "object_id", "event_id"],
        postgresql_where=due,
        sqlite_where=due,
    )
    op.add_column("sandboxes", sa.Column("former_owner", sa.String()))
