"""What the library is searched through, as rows with an index of trigrams."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    column,
    delete,
    exists,
    or_,
    select,
    text,
)

from server.adapters import tables
from server.adapters.column_types import storable
from server.adapters.documents import EPOCH, load_document, microseconds
from server.adapters.rows import Rows
from server.application.ports import Found
from server.domain.ids import PaperId, WorkspaceId
from server.domain.papers import Paper, PaperStatus
from server.domain.runs import Run, RunStatus
from server.domain.searching import HitKind, SearchText, fold

TRIGRAM = 3
"""Characters below which the index of trigrams finds nothing, and says nothing of it: those words are looked for in
every text."""


class SearchRows(Rows):
    """Texts, written in the transaction of the record they belong to."""

    async def put(self, text: SearchText) -> None:
        table = tables.search_texts
        await self.transaction.alone(f"{text.workspace_id}/text/{text.kind}/{text.id}")
        await self.forget(text.kind, text.id)
        row = {
            "workspace_id": text.workspace_id,
            "kind": text.kind.value,
            "id": text.id,
            "paper_id": text.paper_id,
            "text": text.text,
            "folded": fold(text.text),
            "created_at": microseconds(text.created_at),
        }
        await self.insert(table, row)

    async def forget(self, kind: HitKind, id: str) -> None:  # noqa: A002
        table = tables.search_texts
        await self.transaction.write(delete(table).where(self.mine(table, id), table.c.kind == kind.value))

    async def of(self, ids: Sequence[str]) -> Mapping[str, SearchText]:
        table = tables.search_texts
        query = select(table).where(table.c.workspace_id == self.workspace_id, table.c.id.in_(list(ids)))
        return {
            row.id: SearchText(
                WorkspaceId(row.workspace_id),
                HitKind(row.kind),
                row.id,
                PaperId(row.paper_id),
                row.text,
                EPOCH + timedelta(microseconds=row.created_at),
            )
            for row in await self.transaction.read(query)
        }

    async def find(
        self,
        workspace_id: WorkspaceId,
        words: Sequence[str],
        *,
        kind: HitKind,
        limit: int,
        cursor: str | None,
        personas: Mapping[str, Collection[str]],
    ) -> Sequence[Found]:
        look = _Look(workspace_id, indexed=await self._is_indexed())
        words = [storable(word) for word in words]
        personas = {storable(word): called for word, called in personas.items()}
        query = look.query(kind)
        id_ = next(c for c in query.selected_columns if c.key == "id")
        for word in words:
            query = query.where(look.has(kind, word, personas.get(word, ())))
        if cursor is not None:
            query = query.where(id_ < cursor)
        rows = await self.transaction.read(query.order_by(id_.desc()).limit(limit))
        return [
            Found(kind, row.id, PaperId(row.paper_id), EPOCH + timedelta(microseconds=row.created_at))
            for row in rows
        ]

    async def missing(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Paper | Run]:
        texts = tables.search_texts.c
        found: list[Paper | Run] = []
        wanted = (
            (tables.papers, HitKind.PAPER, PaperStatus.READY, Paper),
            (tables.runs, HitKind.RUN, RunStatus.FINISHED, Run),
        )
        record: type[Paper | Run]
        for table, kind, status, record in wanted:
            known = exists().where(
                texts.workspace_id == table.c.workspace_id, texts.kind == kind.value, texts.id == table.c.id
            )
            query = select(table.c.document).where(
                table.c.workspace_id == workspace_id, table.c.status == status.value, ~known
            )
            if table is tables.runs:
                query = query.where(table.c.follows.is_(None))
            rows = await self.transaction.read(query.order_by(table.c.id).limit(limit - len(found)))
            found += [load_document(record, document) for document in rows.scalars()]
        return found

    async def _is_indexed(self) -> bool:
        if self.transaction.connection.dialect.name != "sqlite":
            return False
        query = text("SELECT 1 FROM sqlite_master WHERE name = 'search_index'")
        return (await self.transaction.read(query)).scalar_one_or_none() is not None


class _Look:
    """The conditions of one search."""

    def __init__(self, workspace_id: WorkspaceId, *, indexed: bool) -> None:
        self.workspace_id = workspace_id
        self.indexed = indexed

    def query(self, kind: HitKind) -> Select[tuple[str, str, int]]:
        if kind is HitKind.PAPER:
            table = tables.search_texts
            mine = (table.c.workspace_id == self.workspace_id, table.c.kind == kind.value)
            return select(table.c.id, table.c.paper_id, table.c.created_at).where(*mine)
        table = tables.comparisons if kind is HitKind.COMPARISON else tables.runs
        query = select(table.c.id, table.c.paper_id, table.c.created_at)
        query = query.where(table.c.workspace_id == self.workspace_id)
        if kind is HitKind.COMPARISON:
            return query
        runs = tables.runs.c
        return query.where(runs.status == RunStatus.FINISHED.value, runs.follows.is_(None))

    def has(self, kind: HitKind, word: str, personas: Collection[str]) -> ColumnElement[bool]:
        papers = self._texts(HitKind.PAPER, word)
        if kind is HitKind.PAPER:
            return tables.search_texts.c.id.in_(papers)
        runs, said = tables.runs.c, self._texts(HitKind.RUN, word)
        if kind is HitKind.RUN:
            return or_(runs.paper_id.in_(papers), runs.id.in_(said), runs.persona.in_(list(personas)))
        candidates = tables.candidates.c
        shown = select(candidates.comparison_id).where(candidates.workspace_id == self.workspace_id)
        called = select(runs.id).where(
            runs.workspace_id == self.workspace_id, runs.persona.in_(list(personas))
        )
        of_runs = shown.where(or_(candidates.run_id.in_(said), candidates.run_id.in_(called)))
        return or_(tables.comparisons.c.paper_id.in_(papers), tables.comparisons.c.id.in_(of_runs))

    def _texts(self, kind: HitKind, word: str) -> Select[tuple[str]]:
        """Ids of the texts that have the word."""
        table = tables.search_texts.alias()
        query = select(table.c.id).where(
            table.c.workspace_id == self.workspace_id, table.c.kind == kind.value
        )
        if not self.indexed or len(word) < TRIGRAM:
            return query.where(table.c.folded.contains(word, autoescape=True))
        quoted = '"' + word.replace('"', '""') + '"'
        sql = text("SELECT rowid FROM search_index WHERE search_index MATCH :word")
        matching = sql.bindparams(bindparam("word", quoted, unique=True)).columns(column("rowid", Integer))
        return query.where(table.c.seq.in_(matching.scalar_subquery()))
