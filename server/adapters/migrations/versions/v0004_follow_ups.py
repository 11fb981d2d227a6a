"""Follow-ups: runs that ask something of another run's persona."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("follows", sa.Text, nullable=True))
    op.create_index("ix_runs_workspace_id_follows", "runs", ["workspace_id", "follows"])


def downgrade() -> None:
    op.drop_index("ix_runs_workspace_id_follows", "runs")
    op.drop_column("runs", "follows")
