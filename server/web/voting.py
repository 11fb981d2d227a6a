"""Routes of votes and the ranking they make."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from server.application.cast_vote import Ballot, CastVote
from server.application.queries import Queries
from server.application.rank_readers import RankReaders
from server.domain.ids import ComparisonId
from server.domain.requests import check_language
from server.web.given import Given
from server.web.negotiation import results
from server.web.problems import problems
from server.web.runs import ShortText
from server.web.safety import accepts, strict_json
from server.web.vote_shapes import RankingOut, VoteOut, ranking_out, vote_out
from server.web.voters import voter_of


class VoteIn(msgspec.Struct, forbid_unknown_fields=True):
    winner: ShortText
    """A label, `tie` or `both_bad`."""
    row: ShortText | None = None
    """Left out: the whole, which reveals the names of a blind comparison."""
    comment: Annotated[str, msgspec.Meta(max_length=2000)] = ""


@post(
    "/api/comparisons/{comparison_id:str}/votes",
    status_code=201,
    guards=[accepts],
    before_request=strict_json,
    opt={"accepts": ("application/json",)},
    tags=["Comparisons"],
    responses={201: results(VoteOut, "The vote is kept"), **problems(404, 408, 409, 413, 415, 422)},
)
async def vote(
    request: Request[Any, Any, Any],
    cast_vote: Given[CastVote],
    queries: Given[Queries],
    rank_readers: Given[RankReaders],
    comparison_id: FromPath[str],
    data: JSONBody[VoteIn],
) -> Response[VoteOut]:
    """Say whose answer is better, for the whole or for a row. Voters are told apart by a cookie or their key; of each
    only the first, blind vote on the same runs counts in the ranking."""
    voter = voter_of(request)
    ballot = Ballot(ComparisonId(comparison_id), voter.id, data.winner, data.row, data.comment)
    kept = await cast_vote(ballot)
    view = await queries.comparison(kept.comparison_id, viewer=voter.id)
    score = await rank_readers.running_score(view)
    return voter.remembered(Response(vote_out(kept, view, score), status_code=201))


@get("/api/ranking", tags=["Comparisons"], responses=problems(422))
async def ranking(
    rank_readers: Given[RankReaders],
    row: Annotated[str | None, QueryParameter(max_length=64)] = None,
    language: Annotated[str | None, QueryParameter(max_length=35)] = None,
) -> RankingOut:
    """Readers (persona version and model) by blind votes: Bradley-Terry, ties as half a win, intervals by resampling
    papers. `row`: votes on one row instead of the whole; `language`: between answers in one language."""
    return ranking_out(await rank_readers(row=row, language=check_language(language)))


voting = Router("/", route_handlers=[vote, ranking])
