"""Runs as JSON: the answer, how it came about, who read for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server.application.views import RunView
from server.domain.runs import Agreement, Member, Pass, Run, Usage
from server.web.shapes.problems import problem_out, warning_out
from server.web.shapes.statements import grounding_out, statement_out
from server.web.shapes.words import words_out
from server.web.structs import (
    AgreementOut,
    AttemptOut,
    FellBackOut,
    FollowUpOut,
    MemberOut,
    MemberRefOut,
    NamelessRunOut,
    PassOut,
    PersonaRefOut,
    RunInputOut,
    RunOut,
    TimingOut,
    UsageOut,
)


def run_out(view: RunView, language: str) -> RunOut:
    run = view.run
    return RunOut(
        id=run.id,
        status=run.status,
        stage=run.stage,
        paper_id=run.paper_id,
        extraction_id=run.extraction_id,
        persona=PersonaRefOut(
            id=run.persona.id,
            version=run.persona.version,
            digest=run.persona.digest,
            name=view.persona.name.in_(language),
        ),
        engine=run.engine,
        model=run.model,
        language=run.language,
        settings=run.settings.as_dict(),
        reused=view.reused,
        input=_input_out(run),
        answer=_dict(run.answer),
        rejected_answer=_dict(run.rejected_answer),
        statements=[statement_out(s) for s in run.statements],
        grounding=grounding_out(run.grounding) if run.grounding else None,
        usage=_usage_out(run.usage),
        attempts=[AttemptOut(outcome=a.outcome, duration_ms=a.duration_ms) for a in run.attempts],
        passes=[_pass_out(one) for one in run.passes],
        members=[_member_out(member, language) for member in run.members],
        agreement=[_agreement_out(one) for one in run.agreement],
        fell_back=[FellBackOut(model=one.model, code=one.code) for one in run.fell_back],
        timing=TimingOut(
            queued_ms=_ms(run.created_at, run.started_at), total_ms=_ms(run.created_at, run.finished_at)
        ),
        warnings=[warning_out(w, language) for w in run.warnings],
        error=problem_out(run.error, language) if run.error else None,
        created_at=run.created_at,
        finished_at=run.finished_at,
        follow_up=FollowUpOut(run_id=run.follow_up.run_id, question=run.follow_up.question)
        if run.follow_up
        else None,
    )


def nameless_run_out(view: RunView) -> NamelessRunOut:
    run = view.run
    return NamelessRunOut(
        status=run.status,
        answer=_dict(run.answer),
        statements=[statement_out(s) for s in run.statements],
    )


def _member_out(member: Member, language: str) -> MemberOut:
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
        usage=_usage_out(member.usage),
        duration_ms=member.duration_ms,
        error=problem_out(member.error, language) if member.error else None,
    )


def _agreement_out(one: Agreement) -> AgreementOut:
    return AgreementOut(path=one.path, start=one.start, end=one.end, agree=one.agree, of=one.of)


def _pass_out(one: Pass) -> PassOut:
    return PassOut(
        name=one.name,
        label=words_out(one.label),
        pages=list(one.pages),
        asked=one.asked,
        response=one.response,
        usage=_usage_out(one.usage),
        duration_ms=one.duration_ms,
    )


def _usage_out(usage: Usage) -> UsageOut:
    return UsageOut(**{name: getattr(usage, name) for name in UsageOut.__struct_fields__})


def _input_out(run: Run) -> RunInputOut | None:
    if run.input is None:
        return None
    return RunInputOut(
        digest=run.input.digest,
        strategy=run.input.strategy,
        rendering=run.input.rendering,
        pages_read=list(run.input.pages_read),
        pages_in_part=list(run.input.pages_in_part),
        pages_left_out=list(run.input.pages_left_out),
        missed=dict(run.input.missed),
        estimated_tokens=run.input.estimated_tokens,
        billed_tokens=run.input.billed_tokens,
        truncated=run.input.truncated,
        fields_not_asked=list(run.input.fields_not_asked),
        examples=list(run.input.examples),
    )


def _dict(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else dict(value)


def _ms(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds() * 1000) if start and end else None
