"""Ensembles as the API shows them: what a persona asks for, who read for a run, and how many agree."""

from __future__ import annotations

from server.domain.ensembles.lineup import Ensemble
from server.domain.runs import Agreement, Member
from server.web.step_shapes import usage_out
from server.web.structs import AgreementOut, EnsembleOut, MemberOut, MemberRefOut, ProblemOut


def ensemble_out(ensemble: Ensemble) -> EnsembleOut:
    return EnsembleOut(
        runs=ensemble.size, over=ensemble.over, merge=ensemble.merge, others=list(ensemble.others)
    )


def member_out(member: Member, *, error: ProblemOut | None) -> MemberOut:
    return MemberOut(
        number=member.number,
        persona=MemberRefOut(
            id=member.persona.id, version=member.persona.version, digest=member.persona.digest
        ),
        model=member.model,
        seed=member.seed,
        temperature=member.temperature,
        answer=None if member.answer is None else dict(member.answer),
        score=member.grounding.score if member.grounding else None,
        usage=usage_out(member.usage),
        duration_ms=member.duration_ms,
        error=error,
    )


def agreement_out(one: Agreement) -> AgreementOut:
    return AgreementOut(path=one.path, start=one.start, end=one.end, agree=one.agree, of=one.of)
