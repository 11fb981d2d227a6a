"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")

APPEND_EVENT = """\
CREATE FUNCTION append_event(
    in_workspace text, in_stream text, in_kind text, in_record text, in_name text, in_data text
) RETURNS TABLE (id integer, seq bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    turn text := CASE in_kind
        WHEN 'run' THEN (SELECT paper_id FROM runs WHERE workspace_id = in_workspace AND runs.id = in_record)
        WHEN 'paper' THEN in_record
        ELSE in_stream
    END;
BEGIN
    -- One after another for each paper: numbers are dense, and events are committed in the order of seq. Who deletes
    -- the record holds the same lock.
    PERFORM pg_advisory_xact_lock(hashtextextended(in_workspace || '/' || turn, 0));
    -- A statement sees what was committed before it began: this one, what the holders before wrote.
    RETURN QUERY
        INSERT INTO events (workspace_id, stream, id, name, data)
        SELECT in_workspace, in_stream,
            (SELECT coalesce(max(e.id), 0) + 1 FROM events e WHERE workspace_id = in_workspace AND stream = in_stream),
            in_name, in_data
        WHERE CASE in_kind
            WHEN 'run' THEN EXISTS (SELECT FROM runs WHERE workspace_id = in_workspace AND runs.id = in_record)
            WHEN 'paper' THEN EXISTS (SELECT FROM papers WHERE workspace_id = in_workspace AND papers.id = in_record)
            ELSE true
        END
        RETURNING events.id, events.seq;
END $$"""
"""Writes the next event of a stream; no row if the record it tells of is gone."""


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
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(APPEND_EVENT)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION append_event")
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
