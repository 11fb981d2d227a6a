"""The readings that made an answer together, as the page of a run shows them."""

from __future__ import annotations

from dataclasses import dataclass

from server.application.views import RunView
from server.domain.ensembles.lineup import Merge, Over, ensemble_of
from server.domain.runs import Member
from server.web import labels
from server.web.catalogue import say
from server.web.plain import plain
from server.web.problem_titles import title_of


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One reading."""

    number: int
    reader: str
    model: str
    seed: str
    proven: str
    tokens: str
    time: str
    outcome: str
    is_ok: bool
    response: str | None


@dataclass(frozen=True, slots=True)
class MembersSheet:
    words: str
    """How many, what differs, how they were merged."""
    lines: tuple[MemberLine, ...]


def members_sheet(view: RunView, language: str) -> MembersSheet | None:
    """None for an answer that one reading made."""
    run = view.run
    if not run.members:
        return None
    chosen = ensemble_of(view.persona.ensemble, run.settings)
    over, merge = (chosen.over, chosen.merge) if chosen else (Over.SAMPLES, Merge.VOTE)
    words = say(
        "ensemble.merged",
        language,
        count=len(run.members),
        over=say(f"ensemble.over.{over}", language),
        merge=say(f"ensemble.merge.{merge}", language),
    )
    return MembersSheet(words, tuple(_line(member, language) for member in run.members))


def _line(member: Member, language: str) -> MemberLine:
    usage, score = member.usage, member.grounding.score if member.grounding else None
    counts = (usage.input_tokens, usage.cached_tokens, usage.output_tokens)
    return MemberLine(
        number=member.number,
        reader=plain(f"{member.persona.id}@{member.persona.version}"),
        model=plain(member.model),
        seed="–" if member.seed is None else str(member.seed),
        proven="–" if score is None else f"{score:.0%}",
        tokens=" / ".join("–" if n is None else f"{n:,}" for n in counts),
        time="–" if member.duration_ms is None else labels.duration(member.duration_ms, language),
        outcome=_outcome(member, language),
        is_ok=member.error is None,
        response=member.response,
    )


def _outcome(member: Member, language: str) -> str:
    if member.error is None:
        return "–" if member.duration_ms is None else say("run.call_ok", language)
    return title_of(member.error.code).in_(language)
