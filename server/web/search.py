"""The route that searches the library, and its shapes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Router, get
from litestar.params import QueryParameter

from server.application.search import Hit, Search
from server.domain.searching import HitKind
from server.web.given import Given
from server.web.papers import Limit
from server.web.problems import problems
from server.web.structs import Out
from server.web.voters import voter_of

LONGEST_QUERY = 500


class ExcerptOut(Out):
    """Where a hit stands: `before + hit + after` is a stretch of what was found, `…` where it is cut."""

    before: str
    hit: str
    after: str


class HitOut(Out):
    kind: HitKind
    id: str
    """Of the paper, comparison or run."""
    paper_id: str
    paper: str
    """What the paper is called."""
    created_at: datetime
    excerpt: ExcerptOut


class HitsOut(Out):
    items: list[HitOut]


@get("/api/search", responses=problems(422), tags=["Search"])
async def search_library(
    request: Request[Any, Any, Any],
    search: Given[Search],
    q: Annotated[str, QueryParameter(max_length=LONGEST_QUERY)],
    kind: Annotated[HitKind | None, QueryParameter()] = None,
    limit: Limit = 20,
) -> HitsOut:
    """Papers, comparisons and runs that have every word of `q` in title, authors, file name, answer or the reader's name;
    newest first. Full-width or half-width, capitals and accents make no difference."""
    kinds = tuple(HitKind) if kind is None else (kind,)
    hits = await search(q, limit=limit, kinds=kinds, viewer=voter_of(request).id)
    return HitsOut(items=[_hit_out(hit) for hit in hits])


def _hit_out(hit: Hit) -> HitOut:
    e = hit.excerpt
    return HitOut(
        kind=hit.kind,
        id=hit.id,
        paper_id=hit.paper_id,
        paper=hit.paper,
        created_at=hit.created_at,
        excerpt=ExcerptOut(before=e.before, hit=e.hit, after=e.after),
    )


searches = Router("/", route_handlers=[search_library])
