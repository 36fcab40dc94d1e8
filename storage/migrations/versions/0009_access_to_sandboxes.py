"""Access to sandboxes: who was given some, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sandbox_access",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sandbox_id", sa.String(), nullable=False, index=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("request_ref", sa.String(), nullable=False),
        sa.Column("credential", sa.String()),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
    )
    op.create_index("ix_sandbox_access_until", "sandbox_access", ["until"])
