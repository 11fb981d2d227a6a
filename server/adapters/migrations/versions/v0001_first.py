"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "papers",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_papers"),
        sa.UniqueConstraint("workspace_id", "sha256", name="uq_papers_workspace_id_sha256"),
    )
    op.create_table(
        "runs",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("paper_id", sa.Text, nullable=False),
        sa.Column("persona", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("reuse_key", sa.Text),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_runs"),
        _of_paper("runs"),
    )
    _index("runs", "workspace_id", "paper_id")
    _index("runs", "workspace_id", "reuse_key")
    _index("runs", "owner", "status", "workspace_id")
    op.create_table(
        "comparisons",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("paper_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_comparisons"),
        _of_paper("comparisons"),
    )
    _index("comparisons", "workspace_id", "paper_id")
    op.create_table(
        "candidates",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("comparison_id", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "comparison_id", "label", name="pk_candidates"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "comparison_id"],
            ["comparisons.workspace_id", "comparisons.id"],
            name="fk_candidates_comparisons",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"],
            ["runs.workspace_id", "runs.id"],
            name="fk_candidates_runs",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    _index("candidates", "workspace_id", "run_id")
    op.create_table(
        "saved_personas",
        sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "workspace_id", "id", "version", name="uq_saved_personas_workspace_id_id_version"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feedback",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_feedback"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"],
            ["runs.workspace_id", "runs.id"],
            name="fk_feedback_runs",
            ondelete="CASCADE",
        ),
    )
    _index("feedback", "workspace_id", "run_id")
    op.create_table(
        "events",
        sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.UniqueConstraint("workspace_id", "stream", "id", name="uq_events_workspace_id_stream_id"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in ("events", "feedback", "saved_personas", "candidates", "comparisons", "runs", "papers"):
        op.drop_table(table)


def _of_paper(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "paper_id"],
        ["papers.workspace_id", "papers.id"],
        name=f"fk_{table}_papers",
        ondelete="CASCADE",
    )


def _index(table: str, *columns: str) -> None:
    """Named as the tables' naming convention names it."""
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
