"""Check an answer that someone brought along against a paper: statement by statement, without any model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from server.application.indexes import Indexes
from server.application.ports import ExtractionStore, UnitOfWorkFactory
from server.application.start_run import ready_paper
from server.domain.brought_text import PATH, BroughtText
from server.domain.check_reports import CheckReport, identity_statements, judge
from server.domain.errors import InvalidRequestError, NotFoundError
from server.domain.fields import Aspect, CheckRule, Field
from server.domain.grounding import Grounder, ground_answer
from server.domain.identity import Identity
from server.domain.ids import LOCAL_WORKSPACE, ExtractionId, PaperId, WorkspaceId
from server.domain.language import detect_language
from server.domain.papers import Paper
from server.domain.personas import Origin, Persona
from server.domain.quotes import PaperIndex
from server.domain.sanitising import sanitise
from server.domain.statements import Claim, Statement
from server.domain.words import Words

MAX_TEXT = 200_000
"""Bytes (UTF-8) of a text: some sixty pages."""
MAX_STATEMENTS = 1_500

TEXT = "text"
"""Id of the synthetic persona of a brought-along text, of its only field, and its engine's name."""

NAME = Words(ja="持ち込みの文章", en="Brought-along text")


def text_field() -> Field:
    """The one question that a brought-along text answers."""
    return Field(TEXT, (Aspect.OVERVIEW,), label=NAME, instruction=Words("", ""), check=CheckRule.QUOTE)


_PERSONA = Persona(TEXT, "1.0.0", NAME, (text_field(),), (), digest="", source="", origin=Origin.BUILTIN)


@dataclass(frozen=True)
class CheckText:
    """Splits a text into statements and holds each against the paper. Keeps nothing."""

    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore
    indexes: Indexes

    async def __call__(
        self, paper_id: PaperId, text: str, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE
    ) -> CheckReport:
        """
        Raises:
            NotFoundError, ConflictError: as for a run.
            InvalidRequestError: nothing to check, or too much.
        """
        async with self.unit_of_work() as uow:
            paper = await ready_paper(uow, paper_id, workspace_id)
        return await self.of_paper(paper, text)

    async def of_paper(self, paper: Paper, text: str) -> CheckReport:
        """The same for a paper that is known to be ready."""
        brought = await asyncio.to_thread(_taken_to_pieces, text)
        extraction_id = ExtractionId(str(paper.extraction_id))
        extraction = await self.extractions.get(paper.workspace_id, extraction_id)
        if extraction is None:
            raise NotFoundError(kind="paper", id=paper.id)
        index = await self.indexes.of(extraction)
        identity = paper.identity(extraction.identity)
        # In a thread: a long text costs seconds, and others are waiting.
        return await asyncio.to_thread(check, brought, paper.id, index, identity)


async def look_at(text: str) -> None:
    """See before there is a paper whether the text could be checked at all.

    Raises:
        InvalidRequestError: nothing to check, or too much.
    """
    await asyncio.to_thread(_taken_to_pieces, text)


def check(brought: BroughtText, paper_id: PaperId, index: PaperIndex, identity: Identity) -> CheckReport:
    """The report on a text, from the paper's index."""
    body, readings = _ground(brought, index)
    verdict, told = judge(brought.parts, body, identity)
    named = identity_statements(brought.parts, identity, path=PATH)
    statements = tuple(sorted((*named, *body, *readings), key=lambda s: (s.start, s.end)))
    return CheckReport(
        paper_id=paper_id,
        extraction_id=index.extraction.id,
        text=brought.text,
        language=detect_language(brought.text),
        verdict=verdict,
        statements=statements,
        grounding=ground_answer(_PERSONA, statements, identity=told, answer={TEXT: brought.text}),
    )


def _ground(brought: BroughtText, index: PaperIndex) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Statements about the paper, and suggested readings, each with its verdict."""
    grounder = Grounder(index)
    body = grounder.ground_text([_quoting(claim, index) for claim in brought.claims])
    titles = [claim.text for claim in brought.references]
    return body, grounder.ground_text(brought.references, references=titles)


def _quoting(claim: Claim, index: PaperIndex) -> Claim:
    """A claim with the quotes that can be in the paper: what is quoted in another script is a translation."""
    japanese = index.extraction.language == "ja"
    quotes = tuple(q for q in claim.quotes if japanese or not any("\u3040" <= c <= "\u9fff" for c in q.quote))
    return replace(claim, quotes=quotes)


def _taken_to_pieces(text: str) -> BroughtText:
    if len(text.encode("utf-8", "replace")) > MAX_TEXT:
        raise InvalidRequestError(
            reason_ja=f"文章が長すぎます（上限 {MAX_TEXT // 1000} kB）。回答の部分だけを送ってください。",
            reason_en=f"The text is too long (at most {MAX_TEXT // 1000} kB). Send the answer alone.",
            path="/text",
        )
    brought = BroughtText(sanitise(text))
    if not brought.text.strip():
        raise InvalidRequestError(
            reason_ja="文章が空です。照合したい回答を貼り付けてください。",
            reason_en="The text is empty. Paste the answer to be checked.",
            path="/text",
        )
    if len(brought.claims) > MAX_STATEMENTS:
        raise InvalidRequestError(
            reason_ja=f"文が多すぎます（上限 {MAX_STATEMENTS:,} 文）。分けて照合してください。",
            reason_en=f"The text has too many statements (at most {MAX_STATEMENTS:,}). Check it in parts.",
            path="/text",
        )
    return brought
