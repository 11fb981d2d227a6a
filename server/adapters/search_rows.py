"""What the library is searched through, as rows; `search_looking.py` finds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import bindparam, delete, exists, select

from server.adapters import tables
from server.adapters.column_types import storable
from server.adapters.documents import EPOCH, load_document, microseconds
from server.adapters.rows import BRIEF, Rows, named
from server.adapters.search_looking import AFTER, Look
from server.application.ports import Found
from server.domain.ids import PaperId, WorkspaceId
from server.domain.papers import Paper, PaperStatus
from server.domain.runs import Run, RunStatus
from server.domain.searching import HitKind, SearchText, fold

_FORGET = (
    delete(tables.search_texts)
    .where(named(tables.search_texts, tables.search_texts.c.kind == bindparam("of_kind")))
    .execution_options(**BRIEF)
)


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
            "folded": fold(text.text) + AFTER,
            "created_at": microseconds(text.created_at),
        }
        await self.insert(table, row)

    async def forget(self, kind: HitKind, id: str) -> None:  # noqa: A002
        await self.transaction.write(_FORGET, self.names(id, of_kind=kind.value))

    async def of(self, ids: Sequence[str]) -> Mapping[str, SearchText]:
        table = tables.search_texts
        query = select(table).where(
            table.c.workspace_id == self.workspace_id,
            table.c.kind.in_(
                [HitKind.PAPER.value, HitKind.RUN.value]
            ),  # for the index, in which it comes first
            table.c.id.in_(list(ids)),
        )
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
        return await Look(self.transaction, workspace_id).find(
            [storable(word) for word in words],
            kind,
            limit=limit,
            cursor=cursor,
            personas={storable(word): called for word, called in personas.items()},
        )

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
