"""Versions of the tables, oldest first; alembic runs them."""

HEAD = "0005"
"""The newest version. Known without alembic, which costs 0.3 s to import and is needed once."""
