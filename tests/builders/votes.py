"""Votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from server.domain.comparisons import LABELS
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, PaperId, RunId
from server.domain.runs import PersonaRef
from server.domain.votes import Contestant, Vote

from .papers import NOON


def a_contestant(label: str = "A", persona: str = "summarizer", **changes: Any) -> Contestant:
    contestant = Contestant(
        label=label,
        run_id=RunId(f"run-{label}"),
        persona=PersonaRef(persona, "1.0.0", "digest"),
        engine="openai",
        model="scripted",
        language="en",
        characters=1000,
    )
    return replace(contestant, **changes)


def a_vote(
    id: str = "vote-1",  # noqa: A002
    *,
    winner: str = "A",
    between: Sequence[Contestant | str] = ("summarizer", "interpreter"),
    **changes: Any,
) -> Vote:
    """A blind one that ranks. `between`: contestants, or the personas of some."""
    contestants = tuple(
        a_contestant(label, one) if isinstance(one, str) else replace(one, label=label)
        for label, one in zip(LABELS, between, strict=False)
    )
    vote = Vote(
        id=id,
        workspace_id=LOCAL_WORKSPACE,
        comparison_id=ComparisonId("comparison-1"),
        paper_id=PaperId("paper-1"),
        voter="somebody",
        row=None,
        winner=winner,
        comment="",
        blind=True,
        ranks=True,
        contestants=contestants,
        created_at=NOON,
    )
    return replace(vote, **changes)
