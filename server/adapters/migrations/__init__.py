"""Versions of the tables, oldest first; alembic runs them."""

HEAD = "0006"
"""The newest version. Known without alembic, which costs 0.3 s to import and is needed once."""
