"""The readings that made an answer together, and how many of them say so, as the page of a run shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.application.views import RunView
from server.domain.ensembles.lineup import Merge, Over, ensemble_of
from server.domain.errors import InternalError
from server.domain.fields import FieldType
from server.domain.grounding import field_of
from server.domain.runs import Agreement, Member
from server.web import labels
from server.web.catalogue import say
from server.web.plain import plain

ENTRY_DEPTH = 3
"""Parts of the path of a list's entry: nothing, field, index."""


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


def support_words(view: RunView, field_id: str, language: str) -> str | None:
    """How many readings say what is answered to one question; None where nothing was counted."""
    asked = view.persona.by_id.get(field_id)
    counted = list(_counted(view.run.agreement, field_id))
    if asked is None or not counted:
        return None
    of = counted[0].of
    if len({one.agree for one in counted}) == 1:
        return say("ensemble.alike", language, agree=counted[0].agree, of=of)
    by = "entry_by_entry" if asked.type is FieldType.LIST else "one_by_one"
    separator = "・" if language == "ja" else ", "
    counts = separator.join(str(one.agree) for one in counted)
    return say(f"ensemble.{by}", language, of=of, counts=counts)


def _counted(agreement: Sequence[Agreement], field_id: str) -> Iterator[Agreement]:
    """One count per sentence, or per entry of a list: that of its first part, which names it."""
    seen: set[tuple[str, int]] = set()
    for one in agreement:
        entry = "/".join(one.path.split("/")[:ENTRY_DEPTH])
        if field_of(one.path) == field_id and (entry, one.start) not in seen:
            seen.add((entry, one.start))
            yield one


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
    return labels.PROBLEMS.get(member.error.code, labels.PROBLEMS[InternalError.code]).in_(language)
