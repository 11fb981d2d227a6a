"""Answers of earlier runs as examples: only what was proven of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from server.domain.comparing import value_at
from server.domain.examples import Example, misfits
from server.domain.ids import RunId
from server.domain.models import EngineKind
from server.domain.personas import Persona
from server.domain.runs import Run
from server.domain.statements import Claim, EvidenceStatus, IdentityVerdict, Quote, Statement, StatementStatus
from server.domain.votes import Vote

GOOD = 0.8
"""Grounding score from which an answer may serve as an example without anybody's vote."""

RUN = "run:"
"""Begins the name of an example that is an earlier run's answer."""


def best(
    runs: Iterable[Run], persona: Persona, *, votes: Iterable[Vote], apart_from: Run, count: int
) -> tuple[RunId, ...]:
    """The earlier runs to learn from: those voted for most, then those that scored best; one of each paper, none of
    `apart_from`'s. Where there are any in the language of `apart_from`, only those."""
    won = _won(votes)
    usable = [
        run
        for run in runs
        if run.paper_id != apart_from.paper_id
        and run.engine == EngineKind.OPENAI
        and (won[run.id] or (run.grounding and (run.grounding.score or 0.0) >= GOOD))
        and example_of(run, persona, title="")
    ]
    usable = [run for run in usable if run.language == apart_from.language] or usable
    ranked = sorted(usable, key=lambda run: (won[run.id], _score(run), run.created_at, run.id), reverse=True)
    papers = {run.paper_id: run for run in reversed(ranked)}
    return tuple(run.id for run in ranked if papers[run.paper_id] is run)[:count]


def example_of(run: Run, persona: Persona, *, title: str) -> Example | None:
    """What of a run's answer was proven, with its evidence. None: nothing that fits the persona as it is now.

    Args:
        title: Of the run's paper.
    """
    if run.grounding is None or run.grounding.identity is IdentityVerdict.MISMATCH:
        return None
    answer = {
        field_id: value
        for field_id, value in (run.answer or {}).items()
        if run.grounding.fields.get(field_id) is StatementStatus.SUPPORTED and field_id in persona.by_id
    }
    if not answer or misfits(persona, answer, language=run.language):
        return None
    claims = tuple(
        _claim(statement, answer)
        for statement in run.statements
        if statement.path.split("/")[1] in answer and statement.status is StatementStatus.SUPPORTED
    )
    return Example(title, "", run.language, answer, "", name=f"{RUN}{run.id}", claims=claims)


def _claim(statement: Statement, answer: Mapping[str, Any]) -> Claim:
    value = value_at(answer, statement.path)
    quotes = tuple(
        Quote(found.quote, found.page)
        for found in statement.evidence
        if found.status is EvidenceStatus.VERIFIED
    )
    text = value[statement.start : statement.end] if isinstance(value, str) else str(value)
    return Claim(statement.path, statement.start, statement.end, text, quotes)


def _won(votes: Iterable[Vote]) -> Counter[RunId]:
    """How often each run was preferred to another."""
    winners = ((vote.winner, vote.contestants) for vote in votes)
    return Counter(one.run_id for winner, between in winners for one in between if one.label == winner)


def _score(run: Run) -> float:
    return (run.grounding.score or 0.0) if run.grounding else 0.0


def run_of(name: str) -> RunId | None:
    """The run an example's name stands for; None for a file."""
    return RunId(name.removeprefix(RUN)) if name.startswith(RUN) else None
