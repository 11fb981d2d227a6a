"""Find records by words. A rare word leads to its records by the index; a common one is met soon by looking at the newest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, text

from server.adapters import tables
from server.adapters.database import Transaction
from server.adapters.documents import EPOCH
from server.application.ports import Found
from server.domain.ids import PaperId, WorkspaceId
from server.domain.runs import RunStatus
from server.domain.searching import HitKind

MANY = 1_000
"""Texts with a word from which on it is common: then one of the next few hundred records has it, too."""
MOST = 5_000
"""Records with all rare words that are looked at, the newest ones."""
TRIGRAM = 3
"""Characters of what SQLite's index knows; it finds nothing shorter by itself, and says nothing of it."""
PLACES = 20_000
"""Of a shorter word that are looked at in the index, before it is taken for a common one."""
AFTER = "\n\n"
"""Follows every text, so that a trigram begins at its last characters, too."""
LAST = "\U0010ffff"

MATCHING = text("SELECT rowid FROM search_index WHERE search_index MATCH :word LIMIT :most")
BEGINNING = text("SELECT doc FROM search_index_grams WHERE term >= :word AND term < :end LIMIT :most")
"""A word of one or two characters begins a trigram wherever it stands."""


@dataclass(frozen=True)
class Rare:
    """A word that few records have: which ones."""

    papers: frozenset[str]
    runs: frozenset[str]
    """By their own text, or by their reader's name."""


@dataclass(frozen=True)
class Common:
    """A word that is looked for record by record."""

    word: str
    personas: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """One search in one workspace."""

    transaction: Transaction
    workspace_id: WorkspaceId

    async def find(
        self,
        words: Sequence[str],
        kind: HitKind,
        *,
        limit: int,
        cursor: str | None,
        personas: Mapping[str, Collection[str]],
    ) -> Sequence[Found]:
        """See `ports.SearchTexts.find`."""
        query = self._query(kind)
        id_ = next(c for c in query.selected_columns if c.key == "id")
        known = [await self._weigh(word, tuple(personas.get(word, ()))) for word in words]
        rare = [await self._ids(kind, word) for word in known if isinstance(word, Rare)]
        if rare:
            # As ids and not as conditions: a planner that wants only a few of the newest would walk through all others.
            among = sorted(set.intersection(*rare), reverse=True)
            among = [one for one in among if cursor is None or one < cursor][:MOST]
            query = query.where(id_.in_(among))
        elif cursor is not None:
            query = query.where(id_ < cursor)
        for word in known:
            if isinstance(word, Common):
                query = query.where(self._says(kind, word))
        rows = await self.transaction.read(query.order_by(id_.desc()).limit(limit))
        return [
            Found(kind, row.id, PaperId(row.paper_id), EPOCH + timedelta(microseconds=row.created_at))
            for row in rows
        ]

    def _query(self, kind: HitKind) -> Select[Any]:
        if kind is HitKind.PAPER:
            texts = tables.search_texts.c
            mine = (texts.workspace_id == self.workspace_id, texts.kind == kind.value)
            return select(texts.id, texts.paper_id, texts.created_at).where(*mine)
        table = tables.comparisons if kind is HitKind.COMPARISON else tables.runs
        query = select(table.c.id, table.c.paper_id, table.c.created_at)
        query = query.where(table.c.workspace_id == self.workspace_id)
        if kind is HitKind.COMPARISON:
            return query
        runs = tables.runs.c
        return query.where(runs.status == RunStatus.FINISHED.value, runs.follows.is_(None))

    async def _weigh(self, word: str, personas: tuple[str, ...]) -> Rare | Common:
        """Which records have the word, if they are few."""
        common = Common(word, personas)
        runs: set[str] = set()
        if personas:
            table = tables.runs.c
            called = select(table.id).where(
                table.workspace_id == self.workspace_id, table.persona.in_(personas)
            )
            runs.update((await self.transaction.read(called.limit(MANY + 1))).scalars())
            if len(runs) > MANY:
                return common
        said = await self._texts(word)
        if said is None:
            return common
        runs.update(id_ for kind, id_ in said if kind == HitKind.RUN)
        return Rare(frozenset(id_ for kind, id_ in said if kind == HitKind.PAPER), frozenset(runs))

    async def _ids(self, kind: HitKind, known: Rare) -> set[str]:
        """The records that have a rare word."""
        if kind is HitKind.PAPER:
            return set(known.papers)
        table = tables.runs.c if kind is HitKind.RUN else tables.comparisons.c
        of_papers = select(table.id).where(
            table.workspace_id == self.workspace_id, table.paper_id.in_(known.papers)
        )
        found = set((await self.transaction.read(of_papers)).scalars()) if known.papers else set()
        if kind is HitKind.RUN or not known.runs:
            return found | known.runs if kind is HitKind.RUN else found
        candidates = tables.candidates.c
        shown = select(candidates.comparison_id).where(
            candidates.workspace_id == self.workspace_id, candidates.run_id.in_(known.runs)
        )
        return found | set((await self.transaction.read(shown)).scalars())

    async def _texts(self, word: str) -> list[tuple[str, str]] | None:
        """Kind and id of the texts that have the word; None: many do."""
        texts = tables.search_texts.c
        query = select(texts.kind, texts.id).where(texts.workspace_id == self.workspace_id)
        if self.transaction.dialect == "sqlite":
            rows = await self._indexed(word)
            if rows is None:
                return None
            query = query.where(texts.seq.in_(rows))
        else:
            query = query.where(texts.folded.contains(word, autoescape=True))
        found = (await self.transaction.read(query.limit(MANY + 1))).all()
        return None if len(found) > MANY else [(kind, id_) for kind, id_ in found]

    async def _indexed(self, word: str) -> list[int] | None:
        """Rows that SQLite's index knows; None: many."""
        if len(word) < TRIGRAM:
            bound = BEGINNING.bindparams(word=word, end=word + LAST, most=PLACES)
            places = (await self.transaction.read(bound)).scalars().all()
            rows = sorted(set(places))
            return None if len(places) == PLACES or len(rows) > MANY else rows
        quoted = '"' + word.replace('"', '""') + '"'
        bound = MATCHING.bindparams(word=quoted, most=MANY + 1)
        rows = list((await self.transaction.read(bound)).scalars())
        return None if len(rows) > MANY else rows

    def _says(self, kind: HitKind, known: Common) -> ColumnElement[bool]:
        """That its own text has the word, or its paper's, or one of its runs', or that its reader is called so."""
        if kind is HitKind.PAPER:
            return tables.search_texts.c.folded.contains(known.word, autoescape=True)
        if kind is HitKind.RUN:
            runs = tables.runs.c
            return or_(
                runs.persona.in_(known.personas),
                self._text(HitKind.RUN, runs.id, known.word),
                self._text(HitKind.PAPER, runs.paper_id, known.word),
            )
        comparisons, candidates = tables.comparisons.c, tables.candidates.c
        texts, readers = tables.search_texts.alias().c, tables.runs.alias().c
        mine = (candidates.workspace_id == self.workspace_id, candidates.comparison_id == comparisons.id)
        said = (texts.workspace_id == self.workspace_id, texts.kind == HitKind.RUN.value)
        called = (readers.workspace_id == self.workspace_id, readers.persona.in_(known.personas))
        has = texts.folded.contains(known.word, autoescape=True)
        return or_(
            self._text(HitKind.PAPER, comparisons.paper_id, known.word),
            _any(*mine, *said, texts.id == candidates.run_id, has),
            _any(*mine, *called, readers.id == candidates.run_id),
        )

    def _text(self, kind: HitKind, id_: ColumnElement[str], word: str) -> ColumnElement[bool]:
        table = tables.search_texts.alias().c
        mine = (table.workspace_id == self.workspace_id, table.kind == kind.value, table.id == id_)
        return _any(*mine, table.folded.contains(word, autoescape=True))


def _any(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a row. Counted, because PostgreSQL would make a table of all rows that `EXISTS` may mean, and
    a few of the newest are all that is looked for."""
    outer = (tables.runs, tables.comparisons)
    return select(func.count()).where(*conditions).correlate(*outer).scalar_subquery() > 0
