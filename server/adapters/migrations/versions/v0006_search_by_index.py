"""Lists and searches that stay fast: runs by status and reader; short words by the index of trigrams (SQLite)."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("status", "persona"):
        op.create_index(f"ix_runs_workspace_id_{column}_id", "runs", ["workspace_id", column, "id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_index_grams USING fts5vocab(search_index, 'instance')")
        # A trigram begins at every character of a text, its last ones too.
        op.execute("UPDATE search_texts SET folded = folded || char(10, 10)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index_grams")
        op.execute("UPDATE search_texts SET folded = substr(folded, 1, length(folded) - 2)")
    for column in ("status", "persona"):
        op.drop_index(f"ix_runs_workspace_id_{column}_id", "runs")
