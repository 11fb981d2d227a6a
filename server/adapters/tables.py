"""The tables. Every row belongs to a workspace; a record is a JSON document with the queried columns beside it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from server.adapters.column_types import KeptText

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only in a column declared INTEGER."""


GOING = "status IN ('queued', 'running')"
"""Of runs that are not over. Databases use the index of them only for a query that says the same."""


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, KeptText, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> Column[int]:
    """Microseconds since 1970, UTC."""
    return Column(name, BigInteger, nullable=nullable)


papers = Table(
    "papers",
    metadata,
    _text("workspace_id"),
    _text("id"),
    _text("sha256"),
    _text("status"),
    _moment("created_at"),
    _text("document"),
    PrimaryKeyConstraint("workspace_id", "id"),
    UniqueConstraint("workspace_id", "sha256"),
    Index(None, "status"),
)

runs = Table(
    "runs",
    metadata,
    _text("workspace_id"),
    _text("id"),
    _text("paper_id"),
    _text("persona"),
    _text("status"),
    _text("owner"),
    _text("reuse_key", nullable=True),
    Column("fence", Integer, nullable=False),
    _moment("lease_until", nullable=True),
    _moment("created_at"),
    _text("document"),
    # The run that this one is a follow-up of. They go together (`RunRows.delete`).
    _text("follows", nullable=True),
    # A queued run is left alone until then; NULL: it may be taken at once.
    _moment("wake_at", nullable=True),
    _moment("finished_at", nullable=True),
    PrimaryKeyConstraint("workspace_id", "id"),
    ForeignKeyConstraint(
        ["workspace_id", "paper_id"], ["papers.workspace_id", "papers.id"], ondelete="CASCADE"
    ),
    Index(None, "workspace_id", "paper_id"),
    Index(None, "workspace_id", "reuse_key"),
    Index(None, "workspace_id", "follows"),
    Index(None, "owner", "status", "workspace_id"),
    Index(None, "finished_at"),
    # What may be taken up is found among what is not over, however much is.
    Index("ix_runs_going", "owner", "id", sqlite_where=text(GOING), postgresql_where=text(GOING)),
    Index(None, "workspace_id", "status", "id"),
    Index(None, "workspace_id", "persona", "id"),
)

calls = Table(
    "calls",
    metadata,
    _text("workspace_id"),
    _text("run_id"),
    # SHA-256 of all that was asked; and the how manieth time within the run, since the same may be asked twice.
    _text("asked"),
    Column("number", Integer, nullable=False),
    _moment("created_at"),
    _text("document"),
    PrimaryKeyConstraint("workspace_id", "run_id", "asked", "number"),
    ForeignKeyConstraint(["workspace_id", "run_id"], ["runs.workspace_id", "runs.id"], ondelete="CASCADE"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _text("workspace_id"),
    # Of whose key it is and the key itself; what was sent with it.
    _text("key"),
    _text("fingerprint"),
    _moment("created_at"),
    # While it is being answered: until when whoever does holds it.
    _moment("lease_until", nullable=True),
    # What was recorded for it (`run:…`), written in the transaction that recorded it; and of which paper.
    _text("about", nullable=True),
    _text("paper_id", nullable=True),
    # The answer; NULL: not answered yet, or what it tells of was deleted.
    _text("document", nullable=True),
    PrimaryKeyConstraint("workspace_id", "key"),
    Index(None, "created_at"),
    Index(None, "workspace_id", "paper_id"),
)

spending = Table(
    "spending",
    metadata,
    # No reference to the run: who deletes a run does not get the money back.
    _text("workspace_id"),
    _text("run_id"),
    # YYYY-MM-DD, UTC.
    _text("day"),
    # Millionths of a US dollar: what it may cost at most, and what it did cost, NULL until it is over.
    Column("reserved", BigInteger, nullable=False),
    Column("settled", BigInteger, nullable=True),
    PrimaryKeyConstraint("workspace_id", "run_id"),
    Index(None, "workspace_id", "day"),
)

batches = Table(
    "batches",
    metadata,
    _text("workspace_id"),
    _text("id"),
    _text("status"),
    # Of one that can be gone on with: digest of its name and of what its readers ask.
    _text("key", nullable=True),
    _moment("created_at"),
    _text("document"),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index(None, "status"),
    Index(None, "workspace_id", "key"),
)

batch_items = Table(
    "batch_items",
    metadata,
    _text("workspace_id"),
    _text("batch_id"),
    # In the order they are worked on: readers of one paper follow each other.
    Column("number", Integer, nullable=False),
    _text("paper_id"),
    _text("status"),
    # Once it is started; several items may share one.
    _text("run_id", nullable=True),
    _text("document"),
    PrimaryKeyConstraint("workspace_id", "batch_id", "number"),
    ForeignKeyConstraint(
        ["workspace_id", "batch_id"], ["batches.workspace_id", "batches.id"], ondelete="CASCADE"
    ),
    Index(None, "workspace_id", "run_id"),
    Index(None, "workspace_id", "batch_id", "status", "number"),
)

comparisons = Table(
    "comparisons",
    metadata,
    _text("workspace_id"),
    _text("id"),
    _text("paper_id"),
    _moment("created_at"),
    _text("document"),
    PrimaryKeyConstraint("workspace_id", "id"),
    ForeignKeyConstraint(
        ["workspace_id", "paper_id"], ["papers.workspace_id", "papers.id"], ondelete="CASCADE"
    ),
    Index(None, "workspace_id", "paper_id"),
)

candidates = Table(
    "candidates",
    metadata,
    _text("workspace_id"),
    _text("comparison_id"),
    _text("label"),
    _text("run_id"),
    PrimaryKeyConstraint("workspace_id", "comparison_id", "label"),
    ForeignKeyConstraint(
        ["workspace_id", "comparison_id"], ["comparisons.workspace_id", "comparisons.id"], ondelete="CASCADE"
    ),
    # Looked at on commit, so that runs and their comparison may go in any order, but never one without the other.
    ForeignKeyConstraint(
        ["workspace_id", "run_id"], ["runs.workspace_id", "runs.id"], deferrable=True, initially="DEFERRED"
    ),
    Index(None, "workspace_id", "run_id"),
)

saved_personas = Table(
    "saved_personas",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    _text("workspace_id"),
    _text("id"),
    _text("version"),
    _text("digest"),
    _moment("created_at"),
    _text("document"),
    UniqueConstraint("workspace_id", "id", "version"),
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    _text("workspace_id"),
    _text("id"),
    _text("run_id"),
    _moment("created_at"),
    _text("document"),
    PrimaryKeyConstraint("workspace_id", "id"),
    ForeignKeyConstraint(["workspace_id", "run_id"], ["runs.workspace_id", "runs.id"], ondelete="CASCADE"),
    Index(None, "workspace_id", "run_id"),
)

votes = Table(
    "votes",
    metadata,
    _text("workspace_id"),
    _text("id"),
    _text("paper_id"),
    _text("comparison_id"),
    _text("voter"),
    _text("row"),
    Column("ranks", Integer, nullable=False),
    _moment("created_at"),
    _text("document"),
    PrimaryKeyConstraint("workspace_id", "id"),
    # Not of the comparison: a ranking does not change because somebody tidies up.
    ForeignKeyConstraint(
        ["workspace_id", "paper_id"], ["papers.workspace_id", "papers.id"], ondelete="CASCADE"
    ),
    Index(None, "workspace_id", "comparison_id"),
    Index(None, "workspace_id", "paper_id", "voter"),
    Index(None, "workspace_id", "ranks", "row"),
)

search_texts = Table(
    "search_texts",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    _text("workspace_id"),
    _text("kind"),
    _text("id"),
    _text("paper_id"),
    _text("text"),
    # As it is compared. Its trigrams are indexed: on SQLite in `search_index`, which triggers keep in step; on PostgreSQL
    # where the extension pg_trgm may be used.
    _text("folded"),
    _moment("created_at"),
    UniqueConstraint("workspace_id", "kind", "id"),
    ForeignKeyConstraint(
        ["workspace_id", "paper_id"], ["papers.workspace_id", "papers.id"], ondelete="CASCADE"
    ),
    Index(None, "workspace_id", "paper_id"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    # Never given out twice, not even after the newest was deleted: a client resumes after the last it saw.
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    _text("workspace_id"),
    _text("stream"),
    Column("id", Integer, nullable=False),
    _text("name"),
    _text("data"),
    UniqueConstraint("workspace_id", "stream", "id"),
    sqlite_autoincrement=True,
)
