"""Cast a vote on a comparison: for the whole, or for one row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.application.curtain import is_hidden
from server.application.ports import Clock, Ids, UnitOfWork, UnitOfWorkFactory
from server.application.queries import Queries
from server.application.views import ComparisonView
from server.domain.comparisons import ComparisonStatus
from server.domain.errors import ConflictError, InvalidRequestError
from server.domain.ids import ComparisonId, RunId
from server.domain.runs import RunStatus
from server.domain.votes import MET, UNDECIDED, Contestant, Vote, characters, is_first


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a voter says. `winner`: a label, `tie` or `both_bad`; `row`: None for the whole."""

    comparison_id: ComparisonId
    voter: str
    winner: str
    row: str | None = None
    comment: str = ""


@dataclass(frozen=True)
class CastVote:
    """Keep a vote with what it was about. A vote for the whole reveals the names to its voter, a row's does not."""

    unit_of_work: UnitOfWorkFactory
    queries: Queries
    clock: Clock
    ids: Ids

    async def __call__(self, ballot: Ballot) -> Vote:
        """
        Raises:
            NotFoundError: no such comparison.
            ConflictError: its readers are not done yet.
            InvalidRequestError: no such row, or nobody with this label has an answer there.
        """
        view = await self.queries.unmasked(ballot.comparison_id)
        if view.status is ComparisonStatus.RUNNING:
            raise ConflictError(
                reason_ja="まだ読み取り中の読み手がいます。全員が終わってから投票してください。",
                reason_en="Not all readers are done. Vote when they are.",
            )
        contestants = _contestants(view, ballot.row)
        _check(ballot, contestants)
        async with self.unit_of_work() as uow:
            earlier = await uow.votes.of_voter(ballot.voter, view.paper.paper.id)
            blind = await is_hidden(uow, view.comparison, viewer=ballot.voter)
            runs = frozenset(contestant.run_id for contestant in contestants)
            shown = await _stands_with_its_name(uow, runs)
            vote = Vote(
                id=self.ids.new(),
                workspace_id=view.comparison.workspace_id,
                comparison_id=view.comparison.id,
                paper_id=view.paper.paper.id,
                voter=ballot.voter,
                row=ballot.row,
                winner=ballot.winner,
                comment=ballot.comment,
                blind=blind,
                ranks=blind
                and not shown
                and len(contestants) >= MET
                and is_first(runs, ballot.row, earlier=earlier),
                contestants=contestants,
                created_at=self.clock.now(),
            )
            await uow.votes.add(vote)
            await uow.commit()
        return vote


async def _stands_with_its_name(uow: UnitOfWork, runs: Iterable[RunId]) -> bool:
    """Whether one of the runs can be seen under its name in another comparison: then nobody is blind to it."""
    for run_id in runs:
        if any(not other.blind for other in await uow.comparisons.with_run(run_id)):
            return True
    return False


def _contestants(view: ComparisonView, row: str | None) -> tuple[Contestant, ...]:
    """Who can be judged: those with an answer, and, in a row, with a question there."""
    cells = next((r.cells for r in view.rows if r.kind.id == row), None)
    if row is not None and cells is None:
        known = ", ".join(r.kind.id for r in view.rows)
        raise InvalidRequestError(
            reason_ja=f"この比較に「{row[:40]}」という行はありません（あるのは {known}）。",
            reason_en=f"This comparison has no row '{row[:40]}'. It has: {known}.",
            path="/row",
        )
    found = []
    for candidate in view.candidates:
        run, fields = candidate.run.run, cells[candidate.label] if cells else None
        if run.status is RunStatus.FINISHED and fields != ():
            said = characters(run.answer or {}, fields)
            found.append(
                Contestant(candidate.label, run.id, run.persona, run.engine, run.model, run.language, said)
            )
    return tuple(found)


def _check(ballot: Ballot, contestants: tuple[Contestant, ...]) -> None:
    choices = (*(contestant.label for contestant in contestants), *UNDECIDED)
    if ballot.winner not in choices:
        known = ", ".join(choices)
        raise InvalidRequestError(
            reason_ja=f"winner は {known} のどれかにしてください（答えのない読み手は選べません）。",
            reason_en=f"winner is one of {known}; a reader without an answer cannot win.",
            path="/winner",
        )
