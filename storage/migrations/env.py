"""Runs the chosen revisions on the connection that storage/migrate.py hands over; chooses nothing itself."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
