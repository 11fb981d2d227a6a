"""Votes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "votes",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("paper_id", sa.Text, nullable=False),
        sa.Column("comparison_id", sa.Text, nullable=False),
        sa.Column("voter", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("ranks", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_votes"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "paper_id"],
            ["papers.workspace_id", "papers.id"],
            name="fk_votes_papers",
            ondelete="CASCADE",
        ),
    )
    for columns in (["comparison_id"], ["paper_id", "voter"], ["ranks", "row"]):
        op.create_index(f"ix_votes_workspace_id_{'_'.join(columns)}", "votes", ["workspace_id", *columns])


def downgrade() -> None:
    op.drop_table("votes")
