"""The library: papers and what was made from each, newest first; searching and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from server.application.change_records import ChangeRecords
from server.application.list_papers import ListPapers
from server.application.search import Hit, Search
from server.domain.ids import ComparisonId, PaperId
from server.domain.searching import Excerpt, HitKind
from server.web.forms import read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.frame import go, page
from server.web.pages.library_lines import MadeLine, PaperLine, paper_line
from server.web.voters import voter_of

PAGE = 20
MOST_HITS = 60
OPEN = 4
"""Comparisons and readings of a paper that are shown at once; the rest is folded."""

After = Annotated[str | None, QueryParameter(max_length=64)]
Query = Annotated[str | None, QueryParameter(max_length=200)]


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A paper where something was found."""

    paper: PaperLine
    in_paper: Excerpt | None
    """In its title, authors or file name."""
    made: tuple[tuple[MadeLine, Excerpt], ...]
    """Comparisons, and readings that stand in none, with where the words are."""


def found_lines(hits: Sequence[Hit], papers: Sequence[PaperLine]) -> tuple[FoundLine, ...]:
    """Hits by paper, the papers in the order of `papers`."""
    by_id = {(hit.kind, hit.id): hit.excerpt for hit in hits}
    found = []
    for paper in papers:
        made = []
        for line in paper.made:
            kind = HitKind.COMPARISON if line.is_comparison else HitKind.RUN
            if excerpt := by_id.get((kind, line.id)):
                made.append((line, excerpt))
        in_paper = by_id.get((HitKind.PAPER, paper.id))
        if in_paper or made:
            found.append(FoundLine(paper, in_paper, tuple(made)))
    return tuple(found)


@get("/library")
async def library_page(
    request: Request[Any, Any, Any],
    list_papers: Given[ListPapers],
    search: Given[Search],
    after: After = None,
    q: Query = None,
) -> Response[bytes]:
    """Papers, newest first; or what has the words of a query."""
    language, viewer = interface_language(request), voter_of(request).id
    query = (q or "").strip()
    if query:
        hits = await search(query, limit=MOST_HITS, viewer=viewer)
        ids = list(dict.fromkeys(hit.paper_id for hit in hits))
        listed = await list_papers.of(ids, viewer=viewer)
        lines = [paper_line(one, language) for one in listed]
        found = found_lines(hits, lines)
        return page(request, "library.html.j2", query=query, found=found, is_all=len(hits) < MOST_HITS)
    papers = await list_papers(limit=PAGE, cursor=after, viewer=viewer)
    return page(
        request,
        "library.html.j2",
        query="",
        papers=[paper_line(listed, language) for listed in papers.papers],
        open=OPEN,
        after=after,
        older=f"/library?{urlencode({'after': papers.next_cursor})}" if papers.next_cursor else None,
    )


@post("/library/papers/{paper_id:str}/delete", status_code=303)
async def delete_paper_form(
    request: Request[Any, Any, Any], change: Given[ChangeRecords], paper_id: FromPath[str]
) -> Response[bytes]:
    """Remove a paper and everything made from it, then go back to the list."""
    back = await _back(request)
    await change.delete_paper(PaperId(paper_id))
    return go(back, request=request)


@post("/library/comparisons/{comparison_id:str}/delete", status_code=303)
async def delete_comparison_form(
    request: Request[Any, Any, Any], change: Given[ChangeRecords], comparison_id: FromPath[str]
) -> Response[bytes]:
    """Remove a comparison; its readings stay."""
    back = await _back(request)
    await change.delete_comparison(ComparisonId(comparison_id))
    return go(back, request=request)


async def _back(request: Request[Any, Any, Any]) -> str:
    """To the same page of the list. Read before anything is deleted: a form that is wrong deletes nothing."""
    after = (await read_form(request, names=("after",))).one("after")
    return f"/library?{urlencode({'after': after[:64]})}" if after else "/library"
