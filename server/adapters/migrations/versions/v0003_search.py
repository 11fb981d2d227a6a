"""Texts to search the library through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INDEX = """\
CREATE VIRTUAL TABLE search_index USING fts5(
    folded, content='search_texts', content_rowid='seq', tokenize='trigram case_sensitive 1'
)"""
TRIGGERS = {
    "search_texts_added": "AFTER INSERT ON search_texts BEGIN {add} END",
    "search_texts_gone": "AFTER DELETE ON search_texts BEGIN {drop} END",
    "search_texts_changed": "AFTER UPDATE ON search_texts BEGIN {drop} {add} END",
}
ADD = "INSERT INTO search_index (rowid, folded) VALUES (new.seq, new.folded);"
DROP = "INSERT INTO search_index (search_index, rowid, folded) VALUES ('delete', old.seq, old.folded);"


def upgrade() -> None:
    op.create_table(
        "search_texts",
        sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("paper_id", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("workspace_id", "kind", "id", name="uq_search_texts_workspace_id_kind_id"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "paper_id"],
            ["papers.workspace_id", "papers.id"],
            name="fk_search_texts_papers",
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_texts_workspace_id_paper_id", "search_texts", ["workspace_id", "paper_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(INDEX)
        for name, rule in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {rule.format(add=ADD, drop=DROP)}")
    if op.get_bind().dialect.name == "postgresql" and _has_trigrams():
        op.execute("CREATE INDEX search_index ON search_texts USING gin (folded gin_trgm_ops)")


def _has_trigrams() -> bool:
    """PostgreSQL's extension: part of it, but not everywhere installed, and not everyone may turn it on."""
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError:
        return False
    return True


def downgrade() -> None:
    op.drop_table("search_texts")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
