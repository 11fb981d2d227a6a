"""Papers, runs, comparisons, saved personas and feedback as rows, written in one transaction or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from server.adapters import tables
from server.adapters.batch_rows import BatchRows
from server.adapters.bells import Bells
from server.adapters.call_rows import CallRows
from server.adapters.database import Database, Transaction
from server.adapters.documents import dump_document, load_document, microseconds
from server.adapters.key_rows import KeyRows
from server.adapters.listing_rows import ListingRows
from server.adapters.rows import BRIEF, ID, MINE, Rows, newest_first, paper_turn
from server.adapters.run_events import add_event
from server.adapters.run_rows import RunRows
from server.adapters.search_rows import SearchRows
from server.adapters.spending_rows import SpendingRows
from server.adapters.vote_rows import VoteRows
from server.application.ports import (
    Batches,
    Calls,
    Comparisons,
    Feedback,
    Feedbacks,
    Keys,
    Listings,
    Papers,
    Runs,
    SavedPersona,
    SavedPersonas,
    SearchTexts,
    Spending,
    UnitOfWork,
    Votes,
)
from server.domain.comparisons import Comparison
from server.domain.errors import ConflictError, NotFoundError, StorageFullError
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper, PaperStatus
from server.domain.searching import read_paper_text

_IN, _CANDIDATES = tables.comparisons.c, tables.candidates.c
_WITH_RUN = (
    select(_IN.document)
    .where(
        _IN.workspace_id == bindparam(MINE),
        _IN.id.in_(
            select(_CANDIDATES.comparison_id).where(
                _CANDIDATES.workspace_id == bindparam(MINE), _CANDIDATES.run_id == bindparam(ID)
            )
        ),
    )
    .order_by(_IN.id)
    .execution_options(**BRIEF)
)


@dataclass(frozen=True)
class SqlUnitOfWorkFactory:
    """Units of work on the rows of one workspace."""

    database: Database
    workspace_id: WorkspaceId = LOCAL_WORKSPACE

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[UnitOfWork]:
        async with self.database.transaction() as transaction:
            yield SqlUnitOfWork(transaction, self.workspace_id, self.database.bells)


class SqlUnitOfWork:
    """One transaction. Reads see what is committed, and what this unit of work wrote.

    On SQLite other writers of this process wait from the first write to the commit, on PostgreSQL those of the same
    rows: keep slow work outside.
    """

    papers: Papers
    runs: Runs
    calls: Calls
    comparisons: Comparisons
    personas: SavedPersonas
    feedback: Feedbacks
    votes: Votes
    search: SearchTexts
    listings: Listings
    batches: Batches
    spending: Spending
    keys: Keys

    def __init__(
        self, transaction: Transaction, workspace_id: WorkspaceId, bells: Bells | None = None
    ) -> None:
        self._transaction = transaction
        self._workspace_id = workspace_id
        self._bells = bells
        self._told: set[str] = set()
        self.papers = PaperRows(transaction, workspace_id)
        self.runs = RunRows(transaction, workspace_id)
        self.calls = CallRows(transaction, workspace_id)
        self.comparisons = ComparisonRows(transaction, workspace_id)
        self.personas = PersonaRows(transaction, workspace_id)
        self.feedback = FeedbackRows(transaction, workspace_id)
        self.votes = VoteRows(transaction, workspace_id)
        self.search = SearchRows(transaction, workspace_id)
        self.listings = ListingRows(transaction, workspace_id)
        self.batches = BatchRows(transaction, workspace_id)
        self.spending = SpendingRows(transaction, workspace_id)
        self.keys = KeyRows(transaction, workspace_id)

    async def tell(self, stream: str, name: str, data: Mapping[str, Any]) -> None:
        await add_event(self._transaction, self._workspace_id, stream, name=name, data=data)
        self._told.add(stream)

    async def commit(self) -> None:
        """
        Raises:
            ConflictError: a comparison would be left without one of its runs.
        """
        try:
            await self._transaction.commit()
        except IntegrityError as error:
            raise ConflictError(
                reason_ja="比較がこの実行を使っています。先に比較を削除してください。",
                reason_en="A comparison shows this run. Delete the comparison first.",
            ) from error
        if self._bells:
            for stream in self._told:
                self._bells.ring(stream)


class PaperRows(Rows):
    """Papers; the same bytes are one paper of a workspace."""

    async def add(self, paper: Paper) -> None:
        taken = ConflictError(
            reason_ja="同じPDFがすでに登録されています。", reason_en="The same PDF is there already."
        )
        await self.insert(tables.papers, _paper_row(paper), taken=taken)

    async def get(self, id: PaperId) -> Paper | None:  # noqa: A002
        return await self.known(Paper, tables.papers, id)

    async def get_to_change(self, id: PaperId) -> Paper | None:  # noqa: A002
        await self.transaction.begin()
        query = select(tables.papers.c.document).where(self.mine(tables.papers, id))
        return await self.one(Paper, query.with_for_update(key_share=True))

    async def by_sha256(self, workspace_id: WorkspaceId, sha256: str) -> Paper | None:
        table = tables.papers.c
        query = select(table.document).where(table.workspace_id == workspace_id, table.sha256 == sha256)
        return await self.one(Paper, query)

    async def with_extraction(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> Paper | None:
        table = tables.papers.c
        says = table.document.contains(f'"extraction_id":"{extraction_id}"', autoescape=True)
        return await self.one(
            Paper, select(table.document).where(table.workspace_id == workspace_id, says).limit(1)
        )

    async def save(self, paper: Paper) -> None:
        """
        Raises:
            NotFoundError: it was deleted meanwhile.
        """
        statement = update(tables.papers).where(self.mine(tables.papers, paper.id)).values(_paper_row(paper))
        if (await self.transaction.write(statement)).rowcount == 0:
            raise NotFoundError(kind="paper", id=paper.id)
        if text := read_paper_text(paper):
            await SearchRows(self.transaction, self.workspace_id).put(text)

    async def list(self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None) -> Sequence[Paper]:
        table = tables.papers
        query = select(table.c.document).where(table.c.workspace_id == workspace_id)
        return await self.many(Paper, newest_first(query, table, limit=limit, cursor=cursor))

    async def reading(self, *, before: datetime | None = None, limit: int | None = None) -> Sequence[Paper]:
        table = tables.papers.c
        query = select(table.document).where(table.status == PaperStatus.READING)
        if before is not None:
            query = query.where(table.created_at < microseconds(before))
        return await self.many(Paper, query.order_by(table.id).limit(limit))

    async def unkept(self, *, limit: int) -> Sequence[PaperId]:
        table = tables.papers.c
        code = table.document.contains(f'"code":"{StorageFullError.code}"', autoescape=True)
        query = select(table.id).where(table.status == PaperStatus.REFUSED, code).order_by(table.id)
        return [PaperId(id_) for id_ in (await self.transaction.read(query.limit(limit))).scalars()]

    async def waiting(self, *, at_most: int) -> int:
        table = tables.papers.c
        return await self.count(select(table.id).where(table.status == PaperStatus.READING), at_most=at_most)

    async def delete(self, id: PaperId) -> None:  # noqa: A002
        await self.transaction.alone(paper_turn(self.workspace_id, id))
        runs, events = tables.runs.c, tables.events.c
        streams = select(literal("run:") + runs.id).where(
            runs.workspace_id == self.workspace_id, runs.paper_id == id
        )
        await self.transaction.write(
            delete(tables.events).where(
                events.workspace_id == self.workspace_id,
                or_(events.stream == f"paper:{id}", events.stream.in_(streams)),
            )
        )
        await KeyRows(self.transaction, self.workspace_id).forget_answers(id)
        await self.transaction.write(delete(tables.papers).where(self.mine(tables.papers, id)))


class ComparisonRows(Rows):
    """Comparisons, and which runs stand in them."""

    async def add(self, comparison: Comparison) -> None:
        row = {
            "workspace_id": comparison.workspace_id,
            "id": comparison.id,
            "paper_id": comparison.paper_id,
            "created_at": microseconds(comparison.created_at),
            "document": dump_document(comparison),
        }
        await self.insert(tables.comparisons, row)
        for candidate in comparison.candidates:
            statement = insert(tables.candidates).values(
                workspace_id=comparison.workspace_id,
                comparison_id=comparison.id,
                label=candidate.label,
                run_id=candidate.run_id,
            )
            await self.transaction.write(statement)

    async def get(self, id: ComparisonId) -> Comparison | None:  # noqa: A002
        query = select(tables.comparisons.c.document).where(self.mine(tables.comparisons, id))
        return await self.one(Comparison, query)

    async def list(
        self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None, paper_id: PaperId | None = None
    ) -> Sequence[Comparison]:
        table = tables.comparisons
        query = select(table.c.document).where(table.c.workspace_id == workspace_id)
        if paper_id is not None:
            query = query.where(table.c.paper_id == paper_id)
        return await self.many(Comparison, newest_first(query, table, limit=limit, cursor=cursor))

    async def with_run(self, run_id: RunId) -> Sequence[Comparison]:
        rows = await self.transaction.read(_WITH_RUN, self.names(run_id))
        return [load_document(Comparison, document) for document in rows.scalars()]

    async def delete(self, id: ComparisonId) -> None:  # noqa: A002
        await self.transaction.write(delete(tables.comparisons).where(self.mine(tables.comparisons, id)))


class PersonaRows(Rows):
    """Personas saved over HTTP. The newest version is the one saved last."""

    async def add(self, persona: SavedPersona) -> None:
        row = {
            "workspace_id": persona.workspace_id,
            "id": persona.id,
            "version": persona.version,
            "digest": persona.digest,
            "created_at": microseconds(persona.created_at),
            "document": dump_document(persona),
        }
        taken = ConflictError(
            reason_ja=f"「{persona.id}@{persona.version}」はもうあります。version を上げてください。",
            reason_en=f"'{persona.id}@{persona.version}' exists already. Raise its version.",
        )
        await self.insert(tables.saved_personas, row, taken=taken)

    async def get(self, workspace_id: WorkspaceId, id: str, version: str | None) -> SavedPersona | None:  # noqa: A002
        query = self._versions(workspace_id, id).limit(1)
        if version is not None:
            query = query.where(tables.saved_personas.c.version == version)
        return await self.one(SavedPersona, query)

    async def versions(self, workspace_id: WorkspaceId, id: str) -> Sequence[SavedPersona]:  # noqa: A002
        """Newest first."""
        return await self.many(SavedPersona, self._versions(workspace_id, id))

    async def list(self, workspace_id: WorkspaceId) -> Sequence[SavedPersona]:
        table = tables.saved_personas.c
        newest = select(func.max(table.seq)).where(table.workspace_id == workspace_id).group_by(table.id)
        query = select(table.document).where(table.seq.in_(newest)).order_by(table.id)
        return await self.many(SavedPersona, query)

    def _versions(self, workspace_id: WorkspaceId, id: str) -> Select[tuple[str]]:  # noqa: A002
        table = tables.saved_personas.c
        mine = (table.workspace_id == workspace_id, table.id == id)
        return select(table.document).where(*mine).order_by(table.seq.desc())


class FeedbackRows(Rows):
    """What people said about runs."""

    async def add(self, feedback: Feedback) -> None:
        row = {
            "workspace_id": feedback.workspace_id,
            "id": feedback.id,
            "run_id": feedback.run_id,
            "created_at": microseconds(feedback.created_at),
            "document": dump_document(feedback),
        }
        await self.insert(tables.feedback, row)

    async def of_run(self, run_id: RunId) -> Sequence[Feedback]:
        """Oldest first."""
        table = tables.feedback.c
        mine = (table.workspace_id == self.workspace_id, table.run_id == run_id)
        return await self.many(Feedback, select(table.document).where(*mine).order_by(table.id))


def _paper_row(paper: Paper) -> dict[str, Any]:
    return {
        "workspace_id": paper.workspace_id,
        "id": paper.id,
        "sha256": paper.sha256,
        "status": paper.status,
        "created_at": microseconds(paper.created_at),
        "document": dump_document(paper),
    }
