"""Durable work: answers of models kept as they come, callers' keys, money, batches; when runs end and when they wake."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_HELD_EVENT = """\
CREATE FUNCTION append_held_event(
    in_workspace text, in_stream text, in_run text, in_fence integer, in_name text, in_data text
) RETURNS TABLE (id integer, seq bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    turn text := (SELECT paper_id FROM runs WHERE workspace_id = in_workspace AND runs.id = in_run);
BEGIN
    -- The same turn as `append_event`.
    PERFORM pg_advisory_xact_lock(hashtextextended(in_workspace || '/' || turn, 0));
    RETURN QUERY
        INSERT INTO events (workspace_id, stream, id, name, data)
        SELECT in_workspace, in_stream,
            (SELECT coalesce(max(e.id), 0) + 1 FROM events e WHERE workspace_id = in_workspace AND stream = in_stream),
            in_name, in_data
        WHERE EXISTS (
            SELECT FROM runs
            WHERE workspace_id = in_workspace AND runs.id = in_run AND fence = in_fence AND status = 'running'
        )
        RETURNING events.id, events.seq;
END $$"""
"""Writes the next event of a run for who executes it; no row if the run is not held with this fence."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(APPEND_HELD_EVENT)
    op.add_column("runs", sa.Column("wake_at", sa.BigInteger, nullable=True))
    op.add_column("runs", sa.Column("finished_at", sa.BigInteger, nullable=True))
    op.create_index("ix_runs_finished_at", "runs", ["finished_at"])
    going = sa.text("status IN ('queued', 'running')")
    op.create_index("ix_runs_going", "runs", ["owner", "id"], sqlite_where=going, postgresql_where=going)
    op.create_index("ix_papers_status", "papers", ["status"])
    op.create_table(
        "calls",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "run_id", "asked", "number", name="pk_calls"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"],
            ["runs.workspace_id", "runs.id"],
            name="fk_calls_runs",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=True),
        sa.Column("about", sa.Text, nullable=True),
        sa.Column("paper_id", sa.Text, nullable=True),
        sa.Column("document", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_index(
        "ix_idempotency_keys_workspace_id_paper_id", "idempotency_keys", ["workspace_id", "paper_id"]
    )
    op.create_table(
        "spending",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "run_id", name="pk_spending"),
    )
    op.create_index("ix_spending_workspace_id_day", "spending", ["workspace_id", "day"])
    _create_batches()


def _create_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_batches"),
    )
    op.create_index("ix_batches_status", "batches", ["status"])
    op.create_index("ix_batches_workspace_id_key", "batches", ["workspace_id", "key"])
    op.create_table(
        "batch_items",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("batch_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("paper_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "batch_id", "number", name="pk_batch_items"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "batch_id"],
            ["batches.workspace_id", "batches.id"],
            name="fk_batch_items_batches",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_batch_items_workspace_id_run_id", "batch_items", ["workspace_id", "run_id"])
    op.create_index(
        "ix_batch_items_workspace_id_batch_id_status_number",
        "batch_items",
        ["workspace_id", "batch_id", "status", "number"],
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION append_held_event")
    op.drop_table("batch_items")
    op.drop_table("batches")
    op.drop_table("spending")
    op.drop_table("idempotency_keys")
    op.drop_table("calls")
    op.drop_index("ix_papers_status", "papers")
    op.drop_index("ix_runs_going", "runs")
    op.drop_index("ix_runs_finished_at", "runs")
    op.drop_column("runs", "finished_at")
    op.drop_column("runs", "wake_at")
